"""What the parts of a run have yielded so far, table by table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from ..engine.digest import Digest
from ..plan.plan import Plan, TablePlan
from ..program.codec import to_json
from ..program.tasks import ArrangedSink, CsvSink, ParquetSink, PartFile, PartResult, PartTask, Sink, Work, program_id
from .events import TableResult
from .journal import How
from .place import above

FULL_DIGEST: Final = 1_000_000
"""Rows of a table up to which `digest: auto` counts every row."""

_SAMPLE: Final = 64
"""Of so many rows one counts for a digest of a sample."""


def sample(plan: Plan, table: TablePlan) -> int:
    """1: the digest of a table counts every row; n: one row of n; 0: there is none."""
    wanted = plan.output.digest
    if wanted == "none":
        return 0
    if wanted == "full" or (wanted == "auto" and table.rows <= FULL_DIGEST):
        return 1
    return _SAMPLE


def sample_of_days(plan: Plan) -> int:
    """As `sample`, of days: every row counts where nothing else is said, so that a day has one digest in any series."""
    return {"none": 0, "sample": _SAMPLE}.get(plan.output.digest, 1)


def arranged(plan: Plan, table: TablePlan, path: str, staged: Path, *, whole: bool) -> Sink:
    """Where the rows of a part go, which are written to `path` where they are one file, and where they must be (`whole`).

    `staged` is the run's folder.
    """
    output, work = plan.output, plan.work
    if "://" not in path:
        # Executors of Spark work in folders of their own.
        path, staged = str(Path(path).absolute()), staged.absolute()
    delta = output.mode == "table" and output.environment == "lakehouse"
    into: Sink = (
        CsvSink(path)
        if output.mode == "csv"
        else ParquetSink(path, table.primary_key, output.compression, statistics=delta, bounds=output.delta.bounds)
    )
    if not table.partitions and not table.sorted_by:
        return into
    names = tuple(partition.name for partition in table.partitions)
    spill = str(staged / "spill") if work.spill else ""
    return ArrangedSink(into, names, delta, table.sorted_by, work.hold, work.chunk_size, spill, whole)


class Tally:
    """The parts of a plan's tables: as work to be done, and as what came of it.

    `file` gives the address of a file for its path below the folder of all tables; `aside` is a folder for rows that wait to be written.
    """

    def __init__(self, plan: Plan, run_id: str, file: Callable[[str], str], aside: Path, how: Mapping[str, How] = {}) -> None:
        self._plan, self._run_id, self._file, self._aside, self._how = plan, run_id, file, aside, how
        self._program = program_id(to_json(plan.program))
        self._parts: dict[str, list[PartResult]] = defaultdict(list)
        self._rows: dict[str, dict[int, int]] = defaultdict(dict)
        self._total: dict[str, int] = defaultdict(int)
        self._bytes: dict[str, int] = defaultdict(int)
        self._files: dict[str, list[PartFile]] = {}

    def work(self, tables: tuple[TablePlan, ...]) -> list[Work]:
        """The parts of some tables, the largest first, so that the workers end together; those of many days follow, day by day."""
        found = [(table, part) for table in tables for part in table.parts]
        days = {table.name for table in tables if len(table.parts.under) > 1}
        parts = sorted((one for one in found if one[0].name not in days), key=lambda one: -one[1].rows)
        parts += sorted((one for one in found if one[0].name in days), key=lambda one: one[1].under or date.min)
        return [
            Work(
                PartTask(
                    program=self._program,
                    table=table.name,
                    index=part.index,
                    ranges=part.ranges,
                    as_of=self._plan.day_of(part),
                    chunk=self._plan.work.chunk_size,
                    key=table.primary_key,
                    sample=sample(self._plan, table),
                    delivery=table.delivery,
                    day_columns=table.day_columns,
                ),
                self._sink(table, part.index),
            )
            for table, part in parts
        ]

    def _sink(self, table: TablePlan, index: int) -> Sink:
        path = self._file(self.path(table.name, index))
        return arranged(self._plan, table, path, self._aside, whole=bool(self._plan.output.pattern))

    @property
    def is_delta(self) -> bool:
        """Whether the tables are Delta tables."""
        return self._plan.output.mode == "table" and self._plan.output.environment == "lakehouse"

    def path(self, table: str, index: int) -> str:
        """Of a part's file, below the folder of all tables."""
        path = self._plan.path(self._plan.table(table).parts[index])
        # Delta keeps the files of older versions, and files that are added stand beside others: those carry the run's id.
        if self.is_delta or self._how.get(table, "replace") != "replace":
            return path.replace("/data", f"/part-{self._run_id}", 1)
        return path

    def files(self, table: str) -> list[PartFile]:
        """Of a table, as they are staged; where paths follow a pattern, they are below the folder of all tables."""
        if table in self._files:
            return self._files[table]
        found: list[PartFile] = []
        for part in self.parts(table):
            path = self.path(table, part.index)
            own = PartFile(path if self._plan.output.pattern else path.removeprefix(f"{table}/"), part.rows, part.bytes, part.statistics)
            found += part.files or [own]
        return found

    def put(self, table: str, files: list[PartFile]) -> None:
        """Says which files are staged instead of those that the parts told."""
        self._files[table] = files

    def take(self, result: PartResult) -> None:
        """Counts a part that is done."""
        self._parts[result.table].append(result)
        self._bytes[result.table] += result.bytes
        self.progress(result.table, result.index, result.rows)

    def progress(self, table: str, index: int, rows: int) -> None:
        """Counts the rows of a part so far."""
        self._total[table] += rows - self._rows[table].get(index, 0)
        self._rows[table][index] = rows

    def rows(self, table: str) -> int:
        """Of a table, so far."""
        return self._total[table]

    def bytes(self, table: str) -> int:
        """Of a table's parts that are done."""
        return self._bytes[table]

    def parts_done(self, table: str) -> int:
        """How many parts of a table are."""
        return len(self._parts[table])

    def is_done(self, table: str) -> bool:
        """Whether every part of a table is."""
        return len(self._parts[table]) == len(self._plan.table(table).parts)

    def parts(self, table: str) -> list[PartResult]:
        """Of a table, in order."""
        return sorted(self._parts[table], key=lambda part: part.index)

    def result(self, table: TablePlan) -> TableResult:
        """Of a table that is done."""
        parts = self.parts(table.name)
        counted = sample(self._plan, table)
        digest = Digest(table.primary_key, max(counted, 1))
        for part in parts:
            digest.merge(part.digest)
        seconds = max(part.cost.ended for part in parts) - min(part.cost.began for part in parts)
        where, rows, files = above(self._plan), sum(part.rows for part in parts), self.files(table.name)
        top = where if self._plan.output.pattern else f"{where}/{table.name}"
        return TableResult(
            name=table.name,
            rows=rows,
            bytes=sum(file.bytes for file in files),
            files=tuple(f"{top}/{file.path}" for file in files),
            digest=digest.hex() if counted else "",
            digest_sample=counted,
            seconds=seconds,
            core_seconds=sum(part.cost.core_seconds for part in parts),
            rows_per_second=rows / max(seconds, 1e-9),
            peak_memory_bytes=max(part.cost.peak_memory for part in parts),
        )
