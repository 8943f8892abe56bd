"""Where tables go, and what is refused there before anything is written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from ..errors import DiskSpaceError, ExistsError, ForeignError, ParameterError, PlaceError
from ..plan.plan import Environment, Plan
from ..program.folders import is_folder
from ..sinks.warehouse import Relation
from .claims import Claims, Replaced, by_path, claims, replaced, staying
from .ledger import Ledger, schema_and_mode
from .manifest import manifest_name, read_manifest
from .place import file_folders, place, target
from .root import MANIFESTS, RUN_ID, real_folder, refuse_bytes, within
from .schemas import SCHEMAS

_BYTES_A_CELL: Final = 12
"""Rough size of a written cell, for the check of the free disk before anything is measured."""
_RESERVED: Final = frozenset({"information_schema", "pg_catalog", "temp", "system", "memory", "warehouse", "_tables"})
"""Schemas that DuckDB, or the product, calls something of its own so."""
_LITTER: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What file browsers leave in every folder they show."""


def refuse_names(plan: Plan) -> None:
    """Raises ParameterError and PlaceError for names that mean something else to DuckDB or to the log."""
    schema = plan.output.schema
    if not plan.output.url:
        refuse_bytes(plan.output.root)
    if plan.output.environment == "warehouse" and os.name != "nt" and "\\" in str(plan.output.root.resolve()):
        raise PlaceError(f"`output_dir`: {plan.output.root} has a backslash in its path, and a warehouse cannot lie there; choose another")
    if schema.lower() in _RESERVED:
        raise ParameterError("output_settings.schema", f"`{schema}` is a name of the warehouse's own; choose another")
    if schema.lower() not in ("", "config", "main"):
        return
    for name in plan.names:
        if name.lower() in SCHEMAS:
            told = f"a table `{name}` would take the place of the log's own; choose a schema of its own for the dataset"
            raise ParameterError("output_settings.schema", told)


def refuse_targets(plan: Plan) -> None:
    """Raises ExistsError where `if_exists: fail` says so, else ForeignError and PlaceError where a table cannot go."""
    output = plan.output
    mine = within(output.root, MANIFESTS, manifest_name(plan))
    if mine.is_symlink() or mine.exists():
        try:
            read_manifest(mine)
        except ValueError as error:
            raise ForeignError(mine, f"is not a manifest of a run ({error}), and would be replaced") from None
    known = claims(output.root)
    if output.mode == "table" and output.environment == "warehouse":
        _refuse_in_warehouse(plan, known)
        return
    gone = replaced(plan)
    if output.mode != "table":
        _refuse_series(plan)
        _refuse_mixture(plan, gone)
    if output.pattern:
        _refuse_by_path(plan, known, gone)
        return
    for name in plan.names:
        names = place(plan, name)
        folder = within(output.root, *names)
        if output.if_exists == "fail" and (folder.is_symlink() or folder.exists()):
            raise ExistsError(folder)
        _refuse_inside_tables(output.root, names[:-1], gone)
        if not real_folder(folder):
            continue
        if output.mode != "table":
            refuse_foreign(output.root, folder, known, gone.paths)
        else:
            _refuse_delta(output.root, folder, known, plan.table(name).column_names)


def _refuse_mixture(plan: Plan, gone: Replaced) -> None:
    """Raises ExistsError and PlaceError for files of earlier runs that may not be replaced, or would stand beside others of their table."""
    root = plan.output.root
    # A folder of a table is looked at as a whole.
    first = next((path for path in (sorted(gone.paths) if plan.output.pattern else gone.elsewhere) if (root / path).exists()), None)
    if plan.output.if_exists == "fail" and first is not None:
        raise ExistsError(root / first)
    left = staying(plan) if by_path(plan) else None
    if left is not None:
        told = "is of an earlier run, and this one would leave it: where paths follow a pattern, write all tables of that run"
        raise PlaceError(f"{root / left} {told}, or choose another `schema`")


def _refuse_by_path(plan: Plan, known: Claims, gone: Replaced) -> None:
    """Raises ExistsError, ForeignError and PlaceError where a file of a plan cannot go."""
    root, top = plan.output.root, file_folders(plan.output.schema)
    _refuse_inside_tables(root, top, gone)
    for table in plan.tables:
        for part in table.parts:
            file = within(root, *top, *plan.path(part).split("/"))
            if not file.is_symlink() and not file.exists():
                continue
            if plan.output.if_exists == "fail":
                raise ExistsError(file)
            if file.is_symlink() or not file.is_file() or file.relative_to(root).as_posix() not in known.paths:
                raise ForeignError(file, "is not known to be written by a run, and would be replaced")


def _refuse_series(plan: Plan) -> None:
    """Raises ForeignError where the days of a series have the folder of a plan's tables."""
    output = plan.output
    if any(schema_and_mode(name)[0] == output.schema for name in Ledger(output.root).places()):
        folder = output.root.joinpath(*file_folders(output.schema))
        raise ForeignError(folder, "holds days of a series, and `query` would show those")


def refuse_log(root: Path, environment: Environment) -> None:
    """Raises PlaceError where the tables of the log are links or cannot be read, and ForeignError where they are not the log's own."""
    if environment == "warehouse":
        _refuse_log_in_warehouse(root)
        return
    from ..sinks.lakehouse import refusal, small_refusal

    for name, schema in sorted(SCHEMAS.items()):
        folder = within(root, "Tables", name)
        if not (real_folder(folder) and real_folder(folder / "_delta_log")):
            continue
        if why := refusal(folder):
            raise PlaceError(f"the log's own table {folder} {why}: move it away, or choose another `output_dir`")
        if why := small_refusal(folder, schema, _is_of_a_run):
            raise ForeignError(folder, f"{why}, and the log would be written to it", "`output_dir`")


def _is_of_a_run(row: Mapping[str, Any]) -> bool:
    """Whether a row of the log or the jobs is named by a run; those of the datasets tell nothing of that."""
    return "job_id" not in row or RUN_ID.fullmatch(str(row["job_id"])) is not None


def _refuse_log_in_warehouse(root: Path) -> None:
    from ..sinks.warehouse import ENOUGH, FILE, connect, small_refusal

    if not (root / FILE).exists():
        return
    connection = connect(root, ENOUGH, read_only=True)
    try:
        for name, schema in sorted(SCHEMAS.items()):
            if why := small_refusal(connection, name, schema, ("job_id", RUN_ID.pattern) if "job_id" in schema.names else None):
                raise ForeignError(root / FILE / "config" / name, f"{why}, and the log would be written to it", "`output_dir`")
    finally:
        connection.close()


def refuse_foreign(root: Path, folder: Path, known: Claims, gone: Container[str] = ()) -> None:
    """Raises ForeignError where a folder that would be replaced holds anything but files that a manifest names.

    Folders in it may hold files that go before it does, and those of partitions files that a manifest names.
    """
    for path in sorted(folder.iterdir()):
        is_folder_itself = path.is_dir() and not path.is_symlink()
        if path.name in _LITTER or (is_folder_itself and _may_go(root, path, known, gone)):
            continue
        if is_folder_itself or path.relative_to(root).as_posix() not in known.paths:
            raise ForeignError(path, "is not known to be written by a run, and would be removed")


def _may_go(root: Path, folder: Path, known: Claims, gone: Container[str]) -> bool:
    """Whether a folder in that of a table goes with it."""
    return _holds_only(root, folder, gone) or (is_folder(folder.name) and _holds_only(root, folder, known.paths))


def _holds_only(root: Path, folder: Path, gone: Container[str]) -> bool:
    """Whether all that is in a folder, and there is something, is in `gone`."""
    pending, files = [folder], 0
    while pending:
        for path in pending.pop().iterdir():
            if path.is_dir() and not path.is_symlink():
                pending.append(path)
            elif path.relative_to(root).as_posix() in gone:
                files += 1
            else:
                return False
    return bool(files)


def refuse_foreign_delta(root: Path, folder: Path, known: Claims, columns: Iterable[str], own: str = "") -> None:
    """Raises ForeignError where a Delta table is none that a run is known to have written; `own` is the id of the run that asks.

    One without rows that has the very columns that come is taken, whoever declared it.
    """
    from ..sinks.lakehouse import awaits, is_of_others

    within_folder = folder.relative_to(root).as_posix() + "/"
    # What runs wrote lies there until somebody vacuums; the names of their commits stay even then.
    if any(path.startswith(within_folder) and (root / path).is_file() for path in known.paths):
        return
    if is_of_others(folder, {*known.runs, own}) and not awaits(folder, columns):
        raise ForeignError(folder, "is a Delta table that no run is known to have written, and would be replaced")


def refuse_foreign_relations(
    found: Mapping[str, Relation], root: Path, schema: str, names: Iterable[str], known: Claims, own: str, waiting: Container[str]
) -> None:
    """Raises ForeignError where tables or views stand in the warehouse that no run is known to have written.

    `waiting` are those that are taken whoever declared them (`sinks.warehouse.awaiting`).
    """
    from ..sinks.warehouse import FILE

    for name in names:
        relation = found.get(name.lower())
        path = "/".join([FILE, *([schema] if schema else []), name])
        if relation is None:
            continue
        if relation.is_view:
            raise ForeignError(root / path, "is a view, so no table can take its place")
        if name.lower() in waiting or (own and relation.run_id == own):
            continue
        if path not in known.paths:
            raise ForeignError(root / path, "is not known to be written by a run, and would be removed")
        if not relation.run_id:
            # A run leaves its id in the comment of each table, which goes with the table.
            raise ForeignError(root / path, "was made by somebody in the place of a run's table, and would be removed")


def _refuse_inside_tables(root: Path, above: list[str], gone: Container[str]) -> None:
    """A table's folder does not take the tables of a schema that has the table's name."""
    if len(above) < 2:
        return
    folder = root.joinpath(*above)
    found = folder.iterdir() if folder.is_dir() else ()
    files = any(path.suffix in (".parquet", ".csv") and path.relative_to(root).as_posix() not in gone for path in found)
    if files or (folder / "_delta_log").exists():
        raise ForeignError(folder, "is a table, so it cannot hold the tables of a schema")


def _refuse_delta(root: Path, folder: Path, known: Claims, columns: Iterable[str]) -> None:
    from ..sinks.lakehouse import refusal

    if not real_folder(folder / "_delta_log"):
        first = next((path for path in sorted(folder.iterdir()) if path.name not in _LITTER), None)
        if first is not None:
            raise ForeignError(first, "is not a part of a Delta table that a run wrote")
        return
    why = refusal(folder)
    if why:
        raise PlaceError(f"{folder} {why}: move it away, or choose another `output_dir` or `schema`")
    refuse_foreign_delta(root, folder, known, columns)


def _refuse_in_warehouse(plan: Plan, known: Claims) -> None:
    from ..sinks.warehouse import ENOUGH, FILE, awaiting, connect, relations

    output = plan.output
    if len({name.lower() for name in plan.names}) < len(plan.names):
        raise ParameterError(
            "output_settings.target_environment", "the warehouse does not tell apart names that differ in their case alone"
        )
    if not (output.root / FILE).exists():
        return
    connection = connect(output.root, ENOUGH, read_only=True)
    try:
        found = relations(connection, output.schema)
        waiting = awaiting(connection, output.schema, {table.name: table.column_names for table in plan.tables})
    finally:
        connection.close()
    there = [name for name in plan.names if name.lower() in found]
    if there and output.if_exists == "fail":
        raise ExistsError(output.root / target(plan, there[0]))
    refuse_foreign_relations(found, output.root, output.schema, there, known, "", waiting)


def bytes_of(plan: Plan, names: Container[str]) -> int:
    """What some tables of a plan take on a disk, roughly."""
    return sum(table.rows * len(table.columns) for table in plan.tables if table.name in names) * _BYTES_A_CELL


def check_disk(plan: Plan) -> None:
    """Raises DiskSpaceError where the plan, roughly, does not fit."""
    needed = bytes_of(plan, plan.names)
    if plan.output.mode == "table" and plan.output.environment == "warehouse":
        needed *= 2
    free = shutil.disk_usage(plan.output.root).free
    if needed > free:
        raise DiskSpaceError(plan.output.root, needed, free)
