"""Rows that come into a Delta table on an object store: what stands is read there, and written anew on this machine first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..plan.plan import Plan, TablePlan
from ..program import folders
from ..program.tasks import PartFile
from ..sinks.sources import Stored
from ..sinks.store import Store
from .gather import compacted, sink_of, unstopped
from .place import target
from .rewrite import Rewritten, rewrite
from .root import Staged
from .steps import merged_by


def merged_away(
    plan: Plan, staged: Staged, store: Store, table: TablePlan, version: int, coming: Sequence[PartFile], merges: bool
) -> Rewritten:
    """What becomes of the files of a table that stand, when the files that come are added to a version of it.

    Or merged with it by its key (`merges`).

    The files that take their place are at the store already, where nobody sees them before a commit. Raises RunError and OSError.
    """
    top = target(plan, table.name)
    standing = store.standing(top, version)

    def lies(path: str) -> Stored:
        return Stored(store.url, f"{top}/{path}")

    found = Rewritten((), (), 0)
    if merges:
        stands = {file.path: lies(file.path) for file in standing}
        into = staged.new / table.name
        found = rewrite(stands, [lies(file.path) for file in coming], merged_by(table), into, staged.run_id, sink_of(plan, table))
        names = [partition.name for partition in table.partitions]
        found = replace(found, written=tuple(replace(file, values=folders.values(file.path, names)) for file in found.written))
    if plan.output.delta.auto_compact:
        found = compacted(plan, staged, table, standing, found, lies)
    for file in found.written:
        source = staged.new.joinpath(table.name, *file.path.split("/"))
        store.send(source, f"{top}/{file.path}", unstopped)
        source.unlink()
    return found
