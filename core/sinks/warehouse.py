"""The local warehouse: one DuckDB file with a schema for each dataset."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from ..errors import RunError
from .files import plain_place, sync
from .reading import rows_of
from .rows import rows_table

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

FILE: Final = "warehouse.duckdb"
ENOUGH: Final = 256 << 20
"""Bytes that DuckDB may use at most: a load is no faster with more, and its memory grows with its rows up to whatever it may use."""
_THREADS: Final = 2
"""Each needs memory of its own, and a third one finds little to do."""


def quoted(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def connect(root: Path, memory_limit: int, spill: Path | None = None, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the warehouse of an output root; `memory_limit` in bytes, of which `ENOUGH` are used at most.

    `spill` is a folder for temporary files.

    Raises RunError where the file cannot be opened, as while another program holds it.
    """
    import duckdb

    memory = min(max(memory_limit, 64 << 20), ENOUGH)
    config: dict[str, Any] = {"memory_limit": f"{memory >> 20}MiB", "threads": min(_THREADS, os.cpu_count() or 1)}
    config["temp_directory"] = str(spill) if spill is not None else ""
    try:
        return duckdb.connect(str(root / FILE), read_only=read_only, config=config)
    except duckdb.Error as error:
        raise RunError(f"{root / FILE} cannot be opened: {str(error).splitlines()[0]}") from None


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
        connection = connect(Path(folder), memory_limit, spill)
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


def load_tables(connection: duckdb.DuckDBPyConnection, schema: str, tables: Mapping[str, Sequence[Path]]) -> None:
    """Replaces the tables of a schema by the rows of parquet files, all in one transaction."""
    import duckdb

    connection.execute("BEGIN")
    try:
        where = schema or "main"
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(where)}")
        for name, files in tables.items():
            rows = rows_of("parquet", [str(file) for file in files])
            connection.execute(f"CREATE OR REPLACE TABLE {quoted(where)}.{quoted(name)} AS SELECT * FROM {rows}")
            _same_columns(connection, f"{quoted(where)}.{quoted(name)}", files)
        connection.execute("COMMIT")
    except BaseException:
        # After some errors DuckDB has rolled back by itself, or takes no more statements.
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        raise


def _same_columns(connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[Path]) -> None:
    """Raises RunError where a loaded table has other columns than its files: nothing would say so later."""
    import pyarrow.parquet as pq

    found = [str(name) for name, *_ in connection.execute(f"DESCRIBE {table}").fetchall()]
    if files and found != (wanted := pq.read_schema(files[0]).names):
        raise RunError(f"{table} was loaded with the columns {', '.join(found)} instead of {', '.join(wanted)}")


def relations(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, str]:
    """Tables and views of a schema, whose names have no case, by their names in small letters: `BASE TABLE` or `VIEW`."""
    sql = "SELECT lower(table_name), table_type FROM information_schema.tables WHERE lower(table_schema) = lower(?)"
    return {str(name): str(kind) for name, kind in connection.execute(sql, [schema or "main"]).fetchall()}


def write_rows(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
    """Replaces a small table of schema `config`."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS config")
    connection.register("incoming", rows_table(rows, schema))
    connection.execute(f"CREATE OR REPLACE TABLE config.{quoted(name)} AS SELECT * FROM incoming")
    connection.unregister("incoming")


def read_rows(connection: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    """All rows of a table of schema `config`; none where there is no such table."""
    if name not in relations(connection, "config"):
        return []
    found = connection.execute(f"SELECT * FROM config.{quoted(name)}")
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
