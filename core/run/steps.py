"""From what a run has staged to the steps that publish it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from ..errors import InputError, RunError
from ..plan.plan import Plan, TablePlan
from ..program import folders
from ..program.tasks import SNAPSHOT_DATE, CsvSink, PartFile, PartResult
from ..sinks.lakehouse import own_files, version_of
from ..sinks.warehouse import matching
from .actions import stage_manifest
from .claims import earlier, outdated, replaced
from .day_files import sha256_of
from .events import TableResult
from .gather import compacted, sink_of
from .journal import DayDropped, DayFile, DaysStep, DayTable, DeltaStep, File, FolderStep, How, Journal, Loaded, Step, WarehouseStep
from .manifest import FileEntry, Manifest, TableEntry, manifest_name, manifest_of
from .noted import noted_of
from .place import above, target
from .rewrite import Rewritten, rewrite
from .root import Staged
from .tally import Tally

_NOTHING = Rewritten((), (), 0)


def journal_of(
    plan: Plan,
    staged: Staged,
    tally: Tally,
    results: Sequence[TableResult],
    memory: int,
    how: Mapping[str, How] = {},
    by_day: bool = False,
) -> Journal:
    """The steps that publish a plan's tables and then say so in the manifest, which is staged here; `memory` in bytes.

    `how` names tables that are not replaced, `by_day` says that days of a series are loaded. Raises InputError where what stands
    is not of this dataset, and RunError.
    """
    output, steps = plan.output, list[Step]()
    in_warehouse = output.mode == "table" and output.environment == "warehouse"
    adds = any(way != "replace" for way in how.values())
    if adds and output.pattern:
        raise InputError("rows can be added only to tables that have folders of their own: leave `output_settings.path_format` out")
    if adds and output.mode != "table" and any(table.partitions for table in plan.tables):
        raise InputError("rows cannot be added to files in folders of partitions: leave `partition_config` out, or use output_mode table")
    noted = noted_of(plan) if adds else None
    standing, others = standing_tables(plan, noted.value if noted is not None else None), outdated(plan)
    if adds and others:
        raise InputError("rows can be added only to files of the same format: replace the tables first")
    loads: list[Loaded] = []
    entries: list[TableEntry] = []
    for result in results:
        name, way = result.name, how.get(result.name, "replace")
        table = plan.table(name)
        files = _files(tally, table) if not output.pattern else ()
        merged = _merged(plan, staged, files, table) if way == "merge" else _NOTHING
        before = standing.get(name)
        if before is not None and way != "replace" and output.delta.auto_compact:
            folder = output.root / target(plan, name)
            merged = compacted(plan, staged, table, _stands(plan, table, before), merged, folder.joinpath)
        entry = _entry(plan, tally, result, merged)
        entries.append(
            before.joined(entry, _paths(plan, name, merged.gone), merged.went) if before is not None and way != "replace" else entry
        )
        names = tuple(partition.name for partition in table.partitions)
        files += tuple(File(kept.path, kept.bytes, kept.statistics, kept.values) for kept in merged.written)
        if in_warehouse:
            loads.append(Loaded(table=name, files=files, how=way, key=merged_by(table)))
        elif output.mode == "table":
            number = version_of(output.root / target(plan, name))
            if way != "replace" and before is None and number is not None:
                raise InputError(f"rows cannot be added to the Delta table `{name}`, which no run of this dataset has written")
            delta = output.delta
            steps.append(DeltaStep(name, files, number, way, merged.gone, names, delta.properties, delta.bounds))
        elif not output.pattern:
            steps.append(FolderStep(table=name, files=files, how=way, gone=merged.gone))
    if in_warehouse:
        steps.append(WarehouseStep(tables=tuple(loads), memory=max(memory, 1 << 20), spill=plan.work.spill))
    if output.mode != "table":
        steps[:0] = _moves(plan, staged, tally)
    # What rows are added to holds its other tables still.
    entries += [entry for name, entry in standing.items() if name not in plan.names]
    manifest = manifest_of(plan, staged.run_id, entries, earlier(plan), by_day).text()
    for name, text in (*others.items(), (manifest_name(plan), manifest)):
        steps.append(stage_manifest(output.root, staged.folder, name, text))
    return Journal(schema_name=output.schema, steps=tuple(steps))


def _moves(plan: Plan, staged: Staged, tally: Tally) -> list[Step]:
    """The step that moves files to their paths, where these follow a pattern, and takes away what earlier runs put elsewhere."""
    tables = [table for name in plan.names for table in _by_day(plan, staged, tally, name)] if plan.output.pattern else []
    top = f"{above(plan)}/"
    gone = replaced(plan)
    # A folder of a table goes as a whole where another comes.
    paths = {*gone.elsewhere, *(gone.paths if plan.output.pattern else ())}
    going = {path.removeprefix(top) for path in paths} - {file.path for table in tables for file in table.files}
    if not tables and not going:
        return []
    dropped = (DayDropped(plan.as_of.isoformat(), plan.names[0], tuple(sorted(going))),) if going else ()
    return [DaysStep(place="", tables=tuple(tables), told="{}", dropped=dropped)]


def _by_day(plan: Plan, staged: Staged, tally: Tally, name: str) -> list[DayTable]:
    """The files of a table, day by day."""
    table = plan.table(name)
    days: dict[date, list[PartResult]] = defaultdict(list)
    for part in tally.parts(name):
        days[table.parts[part.index].under or plan.as_of].append(part)
    found = []
    for day, parts in days.items():
        paths = [tally.path(name, part.index) for part in parts]
        files = [DayFile(path, part.bytes, sha256_of(staged.new / path)) for path, part in zip(paths, parts, strict=True)]
        found.append(DayTable(day.isoformat(), name, sum(part.rows for part in parts), "", tuple(files)))
    return found


def _files(tally: Tally, table: TablePlan) -> tuple[File, ...]:
    return tuple(File(file.path, file.bytes, file.statistics, file.values) for file in tally.files(table.name))


def _paths(plan: Plan, table: str, below: Sequence[str]) -> list[str]:
    """Paths below a table's folder as those below the root."""
    return [f"{target(plan, table)}/{path}" for path in below]


def _stands(plan: Plan, table: TablePlan, entry: TableEntry) -> list[PartFile]:
    """The files of a Delta table that stand, as the manifest and the table know them."""
    folder, top = plan.output.root / target(plan, table.name), f"{target(plan, table.name)}/"
    there = {file.relative_to(folder).as_posix() for file in own_files(folder)}
    names = [partition.name for partition in table.partitions]
    noted = [(file.path.removeprefix(top), file) for file in entry.files if file.path.startswith(top)]
    return [PartFile(path, file.rows, file.bytes, "", folders.values(path, names)) for path, file in noted if path in there]


def merged_by(table: TablePlan) -> tuple[str, ...]:
    """The columns whose values rows replace: a snapshot as a whole, others by their key."""
    return (SNAPSHOT_DATE,) if table.delivery is not None and table.delivery.dated else table.primary_key


def _entry(plan: Plan, tally: Tally, result: TableResult, merged: Rewritten) -> TableEntry:
    where, table = target(plan, result.name), plan.table(result.name)
    files = [FileEntry(path, file.rows, file.bytes) for path, file in zip(result.files, tally.files(result.name), strict=True)]
    files += [FileEntry(f"{where}/{file.path}", file.rows, file.bytes) for file in merged.written]
    return TableEntry(result.name, result.rows, result.digest, result.digest_sample, table.primary_key, tuple(files), table.partitions)


def standing_tables(plan: Plan, found: Manifest | None) -> dict[str, TableEntry]:
    """The tables of the run that stands in the plan's place; raises InputError where it was of another dataset or seed."""
    if found is None:
        return {}
    if (found.spec_hash, found.seed) != (plan.spec_hash, plan.seed):
        raise InputError(f"rows can be added only to what the same dataset, settings and seed have made, and not to run {found.run_id}")
    return {table.name: table for table in found.tables}


def _merged(plan: Plan, staged: Staged, files: Sequence[File], table: TablePlan) -> Rewritten:
    """Stages the standing files that hold rows of the keys that come, without these rows."""
    folder, output = plan.output.root / target(plan, table.name), plan.output
    into, key = staged.new / table.name, merged_by(table)
    names = [partition.name for partition in table.partitions]
    if output.mode == "table" and output.environment == "warehouse":
        return Rewritten((), (), matching(output.root, output.schema, table.name, [into / file.name for file in files], key))
    there = own_files(folder) if output.mode == "table" else sorted(folder.glob(f"*.{output.mode}"))
    if strange := next((file for file in there if file.is_symlink() or not file.is_file()), None):
        raise RunError(f"{strange} is not a plain file, so rows cannot be merged with it: move it away, or replace the table")
    sink = CsvSink("") if output.mode == "csv" else replace(sink_of(plan, table), statistics=output.mode == "table")
    stands = {file.relative_to(folder).as_posix(): file for file in there}
    found = rewrite(stands, [into / file.name for file in files], key, into, staged.run_id, sink)
    return replace(found, written=tuple(replace(file, values=folders.values(file.path, names)) for file in found.written))
