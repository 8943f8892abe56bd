"""What becomes of a run's staged files before they are published: Delta tables are clustered, and small files are put together.

All of it happens in the staging folder, so a publication knows nothing of it, and nothing of it can be seen half done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Final

from ..errors import RunCancelled
from ..plan.plan import Plan, TablePlan
from ..program.folders import folder
from ..program.tasks import ParquetSink, PartFile
from ..sinks.gathering import Order, gathered
from ..sinks.sources import Source
from .day_files import prune
from .rewrite import Rewritten
from .root import Staged
from .tally import Tally

_MANY: Final = 8
"""Small files of a partition that stand from which on they are put together: each row is rewritten a few times at most."""


def gather(plan: Plan, staged: Staged, tally: Tally, stopped: Callable[[], bool]) -> None:
    """Puts the files of each table together as the plan wants it; raises RunCancelled."""

    for table in plan.tables:
        gather_table(plan, staged, table, tally, lambda: go_on(stopped))


def gather_table(plan: Plan, staged: Staged, table: TablePlan, tally: Tally, step: Callable[[], None]) -> None:
    """As `gather`, of a table; `step` is called often, and may raise."""
    files, into = tally.files(table.name), staged.new / table.name
    if table.partitions:
        files, empty = filled(files)
        for file in empty:
            (into / file.path).unlink()
            prune(into, (into / file.path).parent)
    if tally.is_delta:
        files = [file for group in _groups(files).values() for file in _put_together(plan, staged, table, group, step)]
    tally.put(table.name, files)


def go_on(stopped: Callable[[], bool]) -> None:
    """Raises RunCancelled where a run is stopped."""
    if stopped():
        raise RunCancelled


def is_gathered(plan: Plan, table: TablePlan) -> bool:
    """Whether the files of a Delta table may be put together, so that they must be read before anybody sees them."""
    alone = len(table.parts) == 1 and not table.partitions
    return bool(table.clustered_by) or (plan.output.delta.auto_compact and not alone)


def filled(files: list[PartFile]) -> tuple[list[PartFile], list[PartFile]]:
    """Files that hold rows, else the first one; and the others."""
    kept = [file for file in files if file.rows] or files[:1]
    return kept, [file for file in files if file not in kept]


def _groups(files: Iterable[PartFile]) -> dict[tuple[str | None, ...], list[PartFile]]:
    """The files of each partition."""
    out: dict[tuple[str | None, ...], list[PartFile]] = defaultdict(list)
    for file in files:
        out[file.values].append(file)
    return out


def _put_together(plan: Plan, staged: Staged, table: TablePlan, files: list[PartFile], step: Callable[[], None]) -> list[PartFile]:
    """The files of a partition."""
    most = plan.output.rows_per_file

    def sources_of(found: list[PartFile]) -> list[Source]:
        return [staged.new / table.name / file.path for file in found]

    if table.clustered_by:
        # What comes into one file and is sorted there has no other order.
        alone = len(files) == 1 and (bool(table.sorted_by) or not files[0].rows)
        return files if alone else _rewritten(plan, staged, table, files, sources_of(files), "together-00000", step)
    if not plan.output.delta.auto_compact:
        return files
    return [
        file
        for number, several in enumerate(bins(files, most))
        for file in (
            _rewritten(plan, staged, table, several, sources_of(several), f"together-{number:05}", step) if len(several) > 1 else several
        )
    ]


def compacted(
    plan: Plan, staged: Staged, table: TablePlan, standing: Iterable[PartFile], merged: Rewritten, lies: Callable[[str], Source]
) -> Rewritten:
    """A merge that also puts together the small files that stand, where a partition has many of them.

    `standing` are the files of the Delta table, with paths below its folder; `lies` tells where one lies.
    """
    most = plan.output.rows_per_file
    stays = [file for file in standing if file.path not in merged.gone]
    gone, written, numbers = list(merged.gone), list(merged.written), count()
    for group in _groups([*stays, *merged.written]).values():
        small = [file for file in group if file.rows * 2 <= most]
        if len(small) < _MANY:
            continue
        for several in bins(small, most):
            if len(several) > 1:
                sources = [_staged(staged, table, file) if file in merged.written else lies(file.path) for file in several]
                written += _rewritten(plan, staged, table, several, sources, f"stood-{next(numbers):05}", unstopped)
                gone += [file.path for file in several if file not in merged.written]
                written = [file for file in written if file not in several]
    return replace(merged, gone=tuple(gone), written=tuple(written))


def _staged(staged: Staged, table: TablePlan, file: PartFile) -> Path:
    return staged.new.joinpath(table.name, *file.path.split("/"))


def unstopped() -> None:
    """Nothing stops a publication."""


def bins(files: Iterable[PartFile], most: int) -> Iterator[list[PartFile]]:
    """Neighbours that have so many rows together at most."""
    held: list[PartFile] = []
    for file in files:
        if held and sum(one.rows for one in held) + file.rows > most:
            yield held
            held = []
        held.append(file)
    if held:
        yield held


def _rewritten(
    plan: Plan, staged: Staged, table: TablePlan, files: list[PartFile], sources: Sequence[Source], name: str, step: Callable[[], None]
) -> list[PartFile]:
    """The rows of files of one partition in new ones, which `name` tells from all others; of the sources those that are staged go."""
    into = staged.new / table.name
    steps = [folder(one.name, value) for one, value in zip(table.partitions, files[0].values, strict=True)]
    into.joinpath(*steps).mkdir(parents=True, exist_ok=True)
    found = gathered(
        sources,
        sink_of(plan, table),
        order_of(plan, table, staged.folder),
        lambda place: into.joinpath(*steps, f"part-{staged.run_id}-{name}-{place:05}.parquet"),
        step,
    )
    for source in sources:
        if isinstance(source, Path) and source.is_relative_to(into):
            source.unlink()
    return [replace(file, path="/".join([*steps, file.path]), values=files[0].values) for file in found]


def sink_of(plan: Plan, table: TablePlan) -> ParquetSink:
    """How files of a Delta table are written."""
    return ParquetSink("", table.primary_key, plan.output.compression, statistics=True, bounds=plan.output.delta.bounds)


def order_of(plan: Plan, table: TablePlan, staged: Path) -> Order:
    """How the rows of files that are put together lie."""
    work = plan.work
    spill = staged / "spill" if work.spill else None
    return Order(table.clustered_by, table.sorted_by, plan.output.rows_per_file, work.hold, work.chunk_size, spill)
