"""The local warehouse: one DuckDB file with a schema for each dataset."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..errors import RunError
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


def literal(text: str) -> str:
    """A SQL string."""
    return "'" + text.replace("'", "''") + "'"


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
        raise RunError(f"{root / FILE} cannot be opened: {error}") from None


def load_tables(connection: duckdb.DuckDBPyConnection, schema: str, tables: Mapping[str, Sequence[Path]]) -> None:
    """Replaces the tables of a schema by the rows of parquet files, all in one transaction."""
    connection.execute("BEGIN")
    try:
        where = schema or "main"
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(where)}")
        for name, files in tables.items():
            listed = ", ".join(literal(str(file)) for file in files)
            connection.execute(f"CREATE OR REPLACE TABLE {quoted(where)}.{quoted(name)} AS SELECT * FROM read_parquet([{listed}])")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def table_names(connection: duckdb.DuckDBPyConnection, schema: str) -> set[str]:
    """Names of the tables of a schema."""
    rows = connection.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = ?", [schema or "main"]).fetchall()
    return {str(row[0]) for row in rows}


def write_rows(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
    """Replaces a small table of schema `config`."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS config")
    connection.register("incoming", rows_table(rows, schema))
    connection.execute(f"CREATE OR REPLACE TABLE config.{quoted(name)} AS SELECT * FROM incoming")
    connection.unregister("incoming")


def read_rows(connection: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    """All rows of a table of schema `config`; none where there is no such table."""
    if name not in table_names(connection, "config"):
        return []
    found = connection.execute(f"SELECT * FROM config.{quoted(name)}")
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
