"""What was written, as DuckDB sees it: a view for each table, whatever it is stored as."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from ..errors import InputError, RunError
from ..plan.plan import Plan, TablePlan
from ..run.run import target
from ..sinks.warehouse import FILE, literal, quoted

if TYPE_CHECKING:
    import duckdb

_MEMORY: Final = 256 << 20
"""Bytes that DuckDB may use where nobody says otherwise; what needs more uses temporary files."""
_THREADS: Final = 2
"""Each needs memory of its own: with more of them the same memory would not suffice."""


@contextmanager
def opened(
    plan: Plan, manifest: Mapping[str, Any] | None, memory: int = _MEMORY
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, str]]]:
    """A connection with a view for each table that is there, and why the others are not: table -> sentence.

    Raises InputError where nothing of the plan was written, and RunError while the warehouse is held by a run.
    """
    import duckdb

    with TemporaryDirectory(prefix="synthetic-data-") as spill:
        config: dict[str, Any] = {
            "memory_limit": f"{memory >> 20}MiB",
            "temp_directory": spill,
            "threads": min(_THREADS, os.cpu_count() or 1),
        }
        connection = duckdb.connect(config=config)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            try:
                yield connection, _views(connection, plan, manifest)
            except duckdb.IOException as error:
                raise RunError(f"{plan.output.root} cannot be read now: {str(error).splitlines()[0]}") from None
        finally:
            connection.close()


def _views(connection: duckdb.DuckDBPyConnection, plan: Plan, manifest: Mapping[str, Any] | None) -> dict[str, str]:
    import duckdb

    if plan.output.mode == "table" and plan.output.environment == "warehouse":
        if not (plan.output.root / FILE).exists():
            raise InputError(f"{plan.output.root / FILE} does not exist: generate {plan.dataset_id} first")
        connection.execute(f"ATTACH {literal(str(plan.output.root / FILE))} AS warehouse (READ_ONLY)")
    problems: dict[str, str] = {}
    for table in plan.tables:
        try:
            reader = _reader(plan, table, manifest)
            connection.execute(f"CREATE VIEW {quoted(table.name)} AS SELECT * FROM {reader}")
            # A view binds late: a file that is damaged or gone is found here, not in the middle of a check.
            connection.execute(f"SELECT * FROM {quoted(table.name)} LIMIT 0")
        except (duckdb.Error, OSError, FileNotFoundError) as error:
            connection.execute(f"DROP VIEW IF EXISTS {quoted(table.name)}")
            problems[table.name] = str(error).splitlines()[0]
    if len(problems) == len(plan.tables):
        raise InputError(f"nothing of {plan.dataset_id} can be read under {plan.output.root}: {next(iter(problems.values()))}")
    return problems


def _reader(plan: Plan, table: TablePlan, manifest: Mapping[str, Any] | None) -> str:
    root, output = plan.output.root, plan.output
    if output.mode == "table" and output.environment == "warehouse":
        return f"warehouse.{quoted(output.schema or 'main')}.{quoted(table.name)}"
    folder = root / target(plan, table.name)
    if output.mode == "table":
        from ..sinks.lakehouse import current_files

        files = current_files(folder)
        if files is None:
            raise FileNotFoundError(f"{folder} is no Delta table")
        return f"read_parquet([{_listed(files)}])"
    files = _noted(root, table, manifest) or sorted(str(path) for path in folder.glob(f"*.{output.mode}"))
    if not files:
        raise FileNotFoundError(f"{folder} holds no {output.mode} file")
    if output.mode == "csv":
        return _csv(table, files)
    return f"read_parquet([{_listed(files)}])"


def _noted(root: Path, table: TablePlan, manifest: Mapping[str, Any] | None) -> list[str]:
    """The files that the manifest names; one that is gone is missed."""
    for noted in (manifest or {}).get("tables", ()):
        if noted["name"] == table.name:
            return [str(root / file["path"]) for file in noted["files"] if file["path"]]
    return []


def _listed(files: Sequence[str]) -> str:
    return ", ".join(literal(file) for file in files)


def _csv(table: TablePlan, files: Sequence[str]) -> str:
    """CSV has no types: those of the plan, columns that it does not know as texts."""
    types = {column.name: "TIMESTAMPTZ" if column.type == "timestamp" else column.type.upper() for column in table.columns}
    with open(files[0], encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])
    columns = ", ".join(f"{literal(name)}: {literal(types.get(name, 'VARCHAR'))}" for name in header)
    return (
        f"read_csv([{_listed(files)}], columns = {{{columns}}}, header = true, auto_detect = false, delim = ',', quote = '\"', "
        "escape = '\"', nullstr = '')"
    )
