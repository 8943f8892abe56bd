"""From what a run has staged to the steps that publish it."""

from __future__ import annotations

from collections.abc import Sequence

from ..plan.plan import Plan
from ..sinks.lakehouse import version_of
from .claims import manifest_name, manifest_text, outdated
from .events import TableResult
from .journal import DeltaStep, File, FolderStep, Journal, Loaded, Step, WarehouseStep
from .publish import stage_manifest
from .root import Staged
from .tally import Tally
from .targets import target


def journal_of(plan: Plan, staged: Staged, tally: Tally, results: Sequence[TableResult], memory: int) -> Journal:
    """The steps that publish a plan's tables and then say so in the manifest, which is staged here; `memory` in bytes."""
    output, steps = plan.output, list[Step]()
    files = {name: _files(tally, name) for name in plan.names}
    if output.mode == "table" and output.environment == "warehouse":
        tables = tuple(Loaded(table=name, files=found) for name, found in files.items())
        steps.append(WarehouseStep(tables=tables, memory=max(memory, 1 << 20), spill=plan.work.spill))
    elif output.mode == "table":
        for name, found in files.items():
            steps.append(DeltaStep(table=name, files=found, before=version_of(output.root / target(plan, name))))
    else:
        steps += [FolderStep(table=name, files=found) for name, found in files.items()]
    manifest = manifest_text(plan, staged.run_id, results, {name: tally.parts(name) for name in plan.names})
    for name, text in (*outdated(plan).items(), (manifest_name(plan), manifest)):
        steps.append(stage_manifest(output.root, staged.folder, name, text))
    return Journal(schema_name=output.schema, steps=tuple(steps))


def _files(tally: Tally, table: str) -> tuple[File, ...]:
    return tuple(File(name=tally.file_name(table, part.index), bytes=part.bytes, statistics=part.statistics) for part in tally.parts(table))
