"""Where tables go, and what is refused there before anything is written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from ..errors import DiskSpaceError, ExistsError, ForeignError, ParameterError, PlaceError
from ..plan.plan import Plan
from .log import DATASETS, JOBS, LOG, SAMPLES
from .root import real_folder, refuse_bytes, within

_BYTES_A_CELL: Final = 12
"""Rough size of a written cell, for the check of the free disk before anything is measured."""
_RESERVED: Final = frozenset({"information_schema", "pg_catalog", "temp", "system", "memory", "warehouse", "_tables"})
"""Schemas that DuckDB, or the product, calls something of its own so."""
_LOG_TABLES: Final = frozenset({LOG, JOBS, DATASETS, SAMPLES})
_LITTER: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What file browsers leave in every folder they show."""


def target(plan: Plan, table: str) -> str:
    """Folder of a table relative to the output root; for the warehouse's tables, the file and the table's name."""
    return "/".join(_names(plan, table))


def _names(plan: Plan, table: str) -> list[str]:
    output = plan.output
    top = "Files" if output.mode != "table" else "Tables" if output.environment == "lakehouse" else "warehouse.duckdb"
    return [top, *([output.schema] if output.schema else []), table]


def refuse_names(plan: Plan) -> None:
    """Raises ParameterError and PlaceError for names that mean something else to DuckDB or to the log."""
    schema = plan.output.schema
    refuse_bytes(plan.output.root)
    if plan.output.environment == "warehouse" and os.name != "nt" and "\\" in str(plan.output.root.resolve()):
        raise PlaceError(f"`output_dir`: {plan.output.root} has a backslash in its path, which a warehouse cannot have; choose another")
    if schema.lower() in _RESERVED:
        raise ParameterError("output_settings.schema", f"`{schema}` is a name of the warehouse's own; choose another")
    if schema.lower() not in ("", "config", "main"):
        return
    for name in plan.names:
        if name.lower() in _LOG_TABLES:
            told = f"a table `{name}` would take the place of the log's own; choose a schema of its own for the dataset"
            raise ParameterError("output_settings.schema", told)


def refuse_targets(plan: Plan) -> None:
    """Raises ExistsError where `if_exists: fail` says so, else ForeignError and PlaceError where a table cannot go."""
    output = plan.output
    if output.mode == "table" and output.environment == "warehouse":
        _refuse_in_warehouse(plan)
        return
    for name in plan.names:
        names = _names(plan, name)
        folder = within(output.root, *names)
        if output.if_exists == "fail" and (folder.is_symlink() or folder.exists()):
            raise ExistsError(folder)
        _refuse_inside_tables(output.root, names[:-1])
        if not real_folder(folder):
            continue
        if output.mode != "table":
            refuse_foreign(output.root, folder)
        else:
            _refuse_delta(folder)


def refuse_foreign(root: Path, folder: Path) -> None:
    """Raises ForeignError where a folder that would be replaced holds anything but files that a manifest names."""
    from .claims import claims

    known = claims(root)
    for path in sorted(folder.iterdir()):
        if path.name in _LITTER:
            continue
        if (path.is_dir() and not path.is_symlink()) or path.relative_to(root).as_posix() not in known:
            raise ForeignError(path, "is not known to be written by a run, and would be removed")


def _refuse_inside_tables(root: Path, above: list[str]) -> None:
    """A table's folder does not take the tables of a schema that has the table's name."""
    if len(above) < 2:
        return
    folder = root.joinpath(*above)
    files = folder.is_dir() and any(path.suffix in (".parquet", ".csv") for path in folder.iterdir())
    if files or (folder / "_delta_log").exists():
        raise ForeignError(folder, "is a table, so it cannot hold the tables of a schema")


def _refuse_delta(folder: Path) -> None:
    from ..sinks.lakehouse import refusal

    if not real_folder(folder / "_delta_log"):
        first = next((path for path in sorted(folder.iterdir()) if path.name not in _LITTER), None)
        if first is not None:
            raise ForeignError(first, "is not a part of a Delta table that a run wrote")
        return
    why = refusal(folder)
    if why:
        raise PlaceError(f"{folder} {why}: move it away, or choose another `output_dir` or `schema`")


def _refuse_in_warehouse(plan: Plan) -> None:
    from ..sinks.warehouse import FILE, connect, relations
    from .claims import claims

    output = plan.output
    if len({name.lower() for name in plan.names}) < len(plan.names):
        raise ParameterError(
            "output_settings.target_environment", "the warehouse does not tell apart names that differ in their case alone"
        )
    if not (output.root / FILE).exists():
        return
    connection = connect(output.root, 256 << 20, read_only=True)
    try:
        found = relations(connection, output.schema)
    finally:
        connection.close()
    known = claims(output.root)
    for name in plan.names:
        where = output.root / target(plan, name)
        kind = found.get(name.lower())
        if kind is None:
            continue
        if output.if_exists == "fail":
            raise ExistsError(where)
        if kind != "BASE TABLE":
            raise ForeignError(where, "is a view, so no table can take its place")
        if target(plan, name) not in known:
            raise ForeignError(where, "is not known to be written by a run, and would be removed")


def check_disk(plan: Plan) -> None:
    """Raises DiskSpaceError where the plan, roughly, does not fit."""
    cells = sum(table.rows * len(table.columns) for table in plan.tables)
    needed = cells * _BYTES_A_CELL
    if plan.output.mode == "table" and plan.output.environment == "warehouse":
        needed *= 2
    free = shutil.disk_usage(plan.output.root).free
    if needed > free:
        raise DiskSpaceError(plan.output.root, needed, free)
