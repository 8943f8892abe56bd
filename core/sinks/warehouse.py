"""The local warehouse: one DuckDB file with a schema for each dataset."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Literal

from ..errors import RunError, first_line
from ..frozen import dataclass
from .files import plain_place, sync
from .reading import exact, literal, rows_of
from .rows import rows_table

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

FILE: Final = "warehouse.duckdb"
STAGING: Final = ".staging"
APPLIED: Final = "_applied_publication"
"""Names the last publication that added to tables, so that it is not done twice."""
_WRITTEN_BY: Final = "written by run "
"""Begins the comment of a table."""
ENOUGH: Final = 256 << 20
"""Bytes that DuckDB may use at most: a load gets no faster with more, and its memory grows with its rows up to whatever it may use."""
_TYPES: Final = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "date32[day]": "DATE",
    "timestamp[us, tz=UTC]": "TIMESTAMP WITH TIME ZONE",
}
_THREADS: Final = 2
"""Each needs memory of its own, and a third one finds little to do."""


def quoted(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def keywords() -> frozenset[str]:
    """DuckDB's words, in lower case, that name a table only between quotes."""
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'").fetchall()
    return frozenset(str(name) for (name,) in rows)


def connect(
    root: Path, memory_limit: int, spill: Path | None = None, read_only: bool = False, staged: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection to the warehouse of an output root; `memory_limit` in bytes, of which `ENOUGH` are used at most.

    `spill` is a folder for temporary files. Of all other files those below `staged` can be read (default: the root's staging
    folder), whatever views and macros somebody has put into the database.

    Raises RunError where the file cannot be opened, as while another program holds it.
    """
    import duckdb

    memory = min(max(memory_limit, 64 << 20), ENOUGH)
    config: dict[str, Any] = {"memory_limit": f"{memory >> 20}MiB", "threads": min(_THREADS, os.cpu_count() or 1)}
    config["temp_directory"] = str(spill) if spill is not None else ""
    allowed = str((staged or root / STAGING).resolve())
    try:
        connection = duckdb.connect(str(root / FILE), read_only=read_only, config=config)
        connection.execute(f"SET allowed_directories = [{literal(allowed + os.sep)}, {literal(exact(allowed) + os.sep)}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return connection
    except duckdb.Error as error:
        raise RunError(f"{root / FILE} cannot be opened: {first_line(error)}") from None


@contextmanager
def writing(root: Path, memory_limit: int, spill: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may write; closed at the end. Raises RunError as `connect`."""
    if "?" not in str(root.resolve()):
        connection = connect(root, memory_limit, spill)
        try:
            yield connection
        finally:
            connection.close()
        return
    # DuckDB takes what follows `?` for parameters and looks for its log elsewhere: a copy is changed.
    with TemporaryDirectory(prefix="synthetic-data-", dir=plain_place()) as folder:
        if (root / FILE).exists():
            copyfile(root / FILE, Path(folder) / FILE)
        connection = connect(Path(folder), memory_limit, spill, staged=root / STAGING)
        try:
            yield connection
        finally:
            connection.close()
        draft = root / f".{FILE}.draft"
        draft.unlink(missing_ok=True)
        copyfile(Path(folder) / FILE, draft)
        sync(draft)
        draft.replace(root / FILE)
        sync(root)


@dataclass(frozen=True, slots=True)
class Load:
    """Rows that come into a table."""

    table: str
    files: tuple[Path, ...]
    """Parquet."""
    how: Literal["replace", "append", "merge"] = "replace"
    key: tuple[str, ...] = ()
    """Columns by which rows are merged."""


def load_tables(connection: duckdb.DuckDBPyConnection, schema: str, loads: Sequence[Load], name: str) -> None:
    """Replaces, appends or merges rows of the tables of a schema, all in one transaction.

    `name` is of this transaction: where it has been done already, nothing is, unless all tables are replaced.
    """
    import duckdb

    connection.execute("BEGIN")
    try:
        where = schema or "main"
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(where)}")
        if all(load.how == "replace" for load in loads) or _first_time(connection, name):
            for load in loads:
                _load(connection, where, load, load.table.lower() in relations(connection, where))
                connection.execute(f"COMMENT ON TABLE {quoted(where)}.{quoted(load.table)} IS {literal(_WRITTEN_BY + name)}")
        connection.execute("COMMIT")
    except BaseException:
        # After some errors DuckDB has rolled back by itself, or takes no more statements.
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        raise


def _first_time(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether a transaction was not done yet, and notes that it is; the last one is known, and no other can be done again."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS main.{quoted(APPLIED)} (run_id VARCHAR)")
    if connection.execute(f"SELECT 1 FROM main.{quoted(APPLIED)} WHERE run_id = ?", [name]).fetchone():
        return False
    connection.execute(f"DELETE FROM main.{quoted(APPLIED)}")
    connection.execute(f"INSERT INTO main.{quoted(APPLIED)} VALUES (?)", [name])
    return True


def _load(connection: duckdb.DuckDBPyConnection, schema: str, load: Load, is_there: bool) -> None:
    table = f"{quoted(schema)}.{quoted(load.table)}"
    rows = rows_of("parquet", [str(file.resolve()) for file in load.files])
    if load.how == "replace" or not is_there:
        declared = _declared(connection, schema, load.table, rows) if is_there else []
        if declared:
            for statement in (*declared, f"INSERT INTO {table} BY NAME SELECT * FROM {rows}"):
                connection.execute(statement)
        else:
            connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {rows}")
        _same_columns(connection, table, load.files)
        return
    if load.how == "merge":
        if not load.key:
            raise RunError("rows can be merged only into a table that has a primary key")
        same = " AND ".join(f"mine.{quoted(column)} = coming.{quoted(column)}" for column in load.key)
        connection.execute(f"DELETE FROM {table} AS mine USING {rows} AS coming WHERE {same}")
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {rows}")


def _declared(connection: duckdb.DuckDBPyConnection, schema: str, table: str, rows: str) -> list[str]:
    """Statements that make a table anew as it is declared, without rows; none where no more is said of it than rows say themselves."""
    found = _columns_of(connection, schema, table)
    comments = [(column.name, column.comment) for column in found if column.comment]
    if not comments and all(column.nullable for column in found):
        return []
    coming = [(str(name), str(kind)) for name, kind, *_ in connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()]
    if coming != [(column.name, column.type) for column in found]:
        return []
    place = f"{quoted(schema)}.{quoted(table)}"
    columns = ", ".join(f"{quoted(column.name)} {column.type}{'' if column.nullable else ' NOT NULL'}" for column in found)
    told = [f"COMMENT ON COLUMN {place}.{quoted(name)} IS {literal(comment)}" for name, comment in comments]
    return [f"CREATE OR REPLACE TABLE {place} ({columns})", *told]


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: str
    nullable: bool
    comment: str


def _columns_of(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[_Column]:
    """The columns of a table, in their order."""
    found = connection.execute(
        "SELECT column_name, data_type, is_nullable, comment FROM system.main.duckdb_columns()"
        " WHERE database_name = system.main.current_database() AND system.main.lower(schema_name) = system.main.lower($1)"
        " AND system.main.lower(table_name) = system.main.lower($2) ORDER BY column_index",
        [schema, table],
    ).fetchall()
    return [_Column(str(name), str(kind), bool(nullable), comment or "") for name, kind, nullable, comment in found]


def awaiting(connection: duckdb.DuckDBPyConnection, schema: str, tables: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Of some tables with their columns those that are there with these columns and without rows, in small letters.

    Nothing is lost when rows take their place.
    """
    where = schema or "main"
    out = set()
    for name, relation in relations(connection, schema).items():
        wanted = next((columns for table, columns in tables.items() if table.lower() == name), None)
        if relation.is_view or wanted is None:
            continue
        if {column.name.lower() for column in _columns_of(connection, where, name)} != {column.lower() for column in wanted}:
            continue
        if connection.execute(f"SELECT 1 FROM {quoted(where)}.{quoted(name)} LIMIT 1").fetchone() is None:
            out.add(name)
    return frozenset(out)


def _same_columns(connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[Path]) -> None:
    """Raises RunError where a loaded table has other columns than its files: nothing would say so later."""
    import pyarrow.parquet as pq

    found = [str(name) for name, *_ in connection.execute(f"DESCRIBE {table}").fetchall()]
    if files and found != (wanted := pq.read_schema(files[0]).names):
        raise RunError(f"{table} was loaded with the columns {', '.join(found)} instead of {', '.join(wanted)}")


def matching(root: Path, schema: str, table: str, files: Sequence[Path], key: Sequence[str]) -> int:
    """Rows of a table whose keys parquet files hold; raises RunError."""
    if not (root / FILE).exists():
        return 0
    connection = connect(root, ENOUGH, read_only=True)
    try:
        if table.lower() not in relations(connection, schema):
            return 0
        if not key:
            raise RunError("rows can be merged only into a table that has a primary key")
        columns = ", ".join(map(quoted, key))
        rows = rows_of("parquet", [str(file) for file in files])
        where = f"{quoted(schema or 'main')}.{quoted(table)}"
        found = connection.execute(f"SELECT count(*) FROM {where} WHERE ({columns}) IN (SELECT ({columns}) FROM {rows})").fetchone()
        return int(found[0]) if found is not None else 0
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view."""

    is_view: bool
    run_id: str
    """Of the run that wrote it last; empty where that is not known."""


def relations(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, Relation]:
    """Tables and views of a schema by their names in small letters (case does not matter)."""
    here = "WHERE database_name = system.main.current_database() AND system.main.lower(schema_name) = system.main.lower($1)"
    sql = (
        f"SELECT system.main.lower(table_name), false, comment FROM system.main.duckdb_tables() {here}"
        f" UNION ALL SELECT system.main.lower(view_name), true, NULL FROM system.main.duckdb_views() {here}"
    )
    found = connection.execute(sql, [schema or "main"]).fetchall()
    return {str(name): Relation(is_view, _run_of(comment or "")) for name, is_view, comment in found}


def _run_of(comment: str) -> str:
    """The run that a table's comment names; empty for any other comment."""
    return comment.removeprefix(_WRITTEN_BY) if comment.startswith(_WRITTEN_BY) else ""


def write_rows(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
    """Replaces a small table of schema `config`."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS config")
    connection.register("incoming", rows_table(rows, schema))
    connection.execute(f"CREATE TABLE IF NOT EXISTS config.{quoted(name)} AS SELECT * FROM incoming LIMIT 0")
    # What is said of columns stays said.
    connection.execute(f"DELETE FROM config.{quoted(name)}")
    connection.execute(f"INSERT INTO config.{quoted(name)} BY NAME SELECT * FROM incoming")
    connection.unregister("incoming")


def append_rows(
    connection: duckdb.DuckDBPyConnection, rows: Mapping[str, tuple[Sequence[Mapping[str, Any]], pa.Schema]], again: bool
) -> None:
    """Appends rows to some tables of schema `config`, all in one transaction.

    `again`: a row whose first column is there already is left as it is.
    """
    connection.execute("CREATE SCHEMA IF NOT EXISTS config")
    connection.execute("BEGIN")
    for name, (coming, schema) in rows.items():
        key = quoted(schema.names[0])
        connection.register("incoming", rows_table(coming, schema))
        connection.execute(f"CREATE TABLE IF NOT EXISTS config.{quoted(name)} AS SELECT * FROM incoming LIMIT 0")
        only = f" WHERE {key} NOT IN (SELECT {key} FROM config.{quoted(name)})" if again else ""
        connection.execute(f"INSERT INTO config.{quoted(name)} BY NAME SELECT * FROM incoming{only}")
        connection.unregister("incoming")
    connection.execute("COMMIT")


def sql_type(kind: pa.DataType) -> str:
    """DuckDB's name of a type that a column of the log has."""
    return _TYPES[str(kind)]


def small_refusal(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, key: tuple[str, str] | None) -> str:
    """Why rows cannot come into a small table of schema `config`; empty where they can, or there is none.

    `key` names a column, and a regular expression that every value of it matches in a table of ours.
    """
    there = relations(connection, "config").get(name)
    if there is None:
        return ""
    if there.is_view:
        return "is a view"
    table = f"config.{quoted(name)}"
    found = {str(column): str(kind) for column, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall()}
    if found != {field.name: sql_type(field.type) for field in schema}:
        return "is a table with other columns than the log's own"
    if key is None:
        return ""
    strange = f"system.main.regexp_full_match({quoted(key[0])}, {literal(key[1])}) IS NOT TRUE"
    is_strange = connection.execute(f"SELECT 1 FROM {table} WHERE {strange} LIMIT 1").fetchone() is not None
    return "is a table that no run is known to have written" if is_strange else ""


def read_rows(connection: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    """All rows of a table of schema `config`; none where there is no such table."""
    if name not in relations(connection, "config"):
        return []
    found = connection.execute(f"SELECT * FROM config.{quoted(name)}")
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
