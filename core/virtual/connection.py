"""A DuckDB connection whose tables are generated while they are scanned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..api import SyntheticDataGenerator
from .scan import Source, name_virtual

if TYPE_CHECKING:
    import duckdb


def virtual(
    dataset_id: str | None = None,
    target_rows: int | None = None,
    seed: int | None = None,
    *,
    scale_factor: float | None = None,
    as_of: date | None = None,
    tables: Sequence[str] | None = None,
    parameters: Mapping[str, Any] = {},
    config: Path | str | None = None,
    datasets: Sequence[Path | str] = (),
    custom_schema: Path | str | None = None,
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with each table of a dataset under its name, of which nothing is written or held.

    Rows are generated while a statement reads them: only the columns that it needs, and only the rows that its conditions on
    keys and on the time at which rows begin may choose. They are the rows that a run writes. The connection is in memory, its
    time zone is UTC, it has one thread (`SET threads` gives it more), and the caller closes it. Arguments, and what they raise,
    are those of `SyntheticDataGenerator`.
    """
    import duckdb

    generator = SyntheticDataGenerator(
        dataset_id,
        target_rows,
        seed,
        scale_factor=scale_factor,
        as_of=as_of,
        tables=tables,
        parameters=parameters,
        config=config,
        datasets=datasets,
        custom_schema=custom_schema,
    )
    source = Source(generator.plan)
    connection = duckdb.connect()
    # In the caller's own thread, where Ctrl-C reaches what generates; that takes most of the time, and one core.
    connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
    name_virtual(connection, source)
    return connection
