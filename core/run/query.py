"""Asking the log tables and the data, read-only, in SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, RunError
from ..sinks.warehouse import FILE, literal, quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_LIMIT = "2GiB"


def query(output_dir: Path | str, sql: str) -> pa.Table:
    """The result of one SELECT over the config and log tables and the data of an output root.

    Log tables answer to `log_…` and `config.log_…`, data to `<dataset_id>.<table>`, tables without a schema to their
    names. Nothing can be written, and no file outside the output root can be read. Raises InputError, and
    RunError while a run holds the warehouse or a file is broken.
    """
    import duckdb

    output_dir = Path(output_dir)
    if not output_dir.is_dir():
        raise InputError(f"{output_dir} is no output root: generate something first, or name another with --output-dir")
    root = output_dir.resolve()
    connection = duckdb.connect(config={"memory_limit": _LIMIT, "temp_directory": ""})
    try:
        try:
            _name_tables(connection, root)
        except duckdb.Error as error:
            raise RunError(f"{root} cannot be read now: {error}") from None
        connection.execute(f"SET allowed_directories = [{literal(str(root))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return _answer(connection, sql)
    finally:
        connection.close()


def _answer(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    import duckdb
    import pyarrow

    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
            raise InputError("a query is one SELECT statement; nothing can be changed here")
        found = connection.sql(statements[0].query).to_arrow_table()
    except duckdb.Error as error:
        raise InputError(str(error).strip().replace("\n\n", "\n")) from None
    if not isinstance(found, pyarrow.Table):
        raise InputError("the query gave no table")
    return found


def _name_tables(connection: duckdb.DuckDBPyConnection, root: Path) -> None:
    if (root / FILE).exists():
        connection.execute(f"ATTACH {literal(str(root / FILE))} AS warehouse (READ_ONLY)")
        rows = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'warehouse'"
        ).fetchall()
        for schema, name in rows:
            where = "" if schema == "main" else str(schema)
            _view(connection, where, str(name), f"SELECT * FROM warehouse.{quoted(str(schema))}.{quoted(str(name))}")
    for schema, folder in _folders(root / "Files"):
        files = sorted(folder.glob("*.parquet")) or sorted(folder.glob("*.csv"))
        if files:
            reader = "read_parquet" if files[0].suffix == ".parquet" else "read_csv"
            listed = ", ".join(literal(str(file)) for file in files)
            _view(connection, schema, folder.name, f"SELECT * FROM {reader}([{listed}])")
    for schema, folder in _folders(root / "Tables"):
        _delta_view(connection, schema, folder)


def _delta_view(connection: duckdb.DuckDBPyConnection, schema: str, folder: Path) -> None:
    from ..sinks.lakehouse import current_files

    files = current_files(folder)
    if files:
        listed = ", ".join(literal(file) for file in files)
        _view(connection, schema, folder.name, f"SELECT * FROM read_parquet([{listed}])")


def _folders(root: Path) -> list[tuple[str, Path]]:
    """(schema, table folder) under a folder that may hold tables and schemas of tables."""
    out = []
    for first in sorted(root.iterdir()) if root.is_dir() else []:
        if not first.is_dir():
            continue
        if (first / "_delta_log").is_dir() or any(first.glob("*.parquet")) or any(first.glob("*.csv")):
            out.append(("", first))
        else:
            out += [(first.name, second) for second in sorted(first.iterdir()) if second.is_dir()]
    return out


def _view(connection: duckdb.DuckDBPyConnection, schema: str, name: str, sql: str) -> None:
    schemas = [schema or "main"]
    if not schema and name.startswith(("log_", "config_", "sample_")):
        schemas.append("config")
    elif schema == "config":
        schemas.append("main")
    for where in schemas:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(where)}")
        connection.execute(f"CREATE OR REPLACE VIEW {quoted(where)}.{quoted(name)} AS {sql}")
