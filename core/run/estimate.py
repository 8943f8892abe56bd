"""What a run will cost, from a short measured probe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

from .. import format as shown
from ..engine.engine import Engine
from ..engine.parts import Ranges
from ..frozen import dataclass
from ..plan.machine import spark_missing
from ..plan.plan import Plan, TablePlan
from ..program.tasks import CsvSink, Delivery, ParquetSink, PartResult, PartTask
from ..sinks.warehouse import ENOUGH
from .executor import is_small
from .part import work_off
from .tally import sample
from .told import told

_PROBE: Final = 131_072
"""Rows: a whole row group, because what a row group has once weighs most in small ones."""
_SCATTERED: Final = 524_288
"""Rows of a probe whose rows lie in many ranges: short ones cost more a row than those of a run."""
_WARM: Final = 1_024
_DAYS: Final = 8
"""Files of a table that is cut at days."""
_SLOW: Final = 0.2
_FEW: Final = 8_192
"""Rows of a probe where a thousand of them, far from the first ones, take longer than `_SLOW` seconds: stock of large stores."""
_BRIEF: Final = 0.15
"""Seconds of a probe below which it is done twice."""
_MEASURED: Final = 5_000_000_000
"""Rows of a plan up to which a probe is worth its while: what the engine keeps of all rows takes it longer than the sentence is worth."""
_CELL_SECONDS: Final = 7e-8
_CELL_BYTES: Final = 2.0
"""What a cell costs above that, as it does on average in large runs of the shipped datasets."""
START: Final = 0.3
"""Seconds to start workers, until their first row."""
FIXED: Final = 0.12
"""Seconds to log and to publish."""
_FILE: Final = 0.005
"""Seconds to make a file, and its folder, outlast a power cut."""
_SPARK: Final = 9.0
"""Seconds until a session of Spark has done its first job on this machine."""
_TASK: Final = 0.05
"""Seconds that a task takes Spark beside its work."""
_BY_SPARK: Final = 4.0
"""What Spark's own writer takes, as a multiple of ours."""
_WORKER_BYTES: Final = 130_000_000
_LOAD_BYTES: Final = 100_000_000
"""What a load of the warehouse takes beside the memory that DuckDB counts."""
_ORDERED: Final = 1.8
"""A part whose rows are put in order costs this many times one that is written as it comes."""
_NEAR: Final = 3e-7
"""Seconds to put a cell into a cluster, which one process does for all."""
_WAREHOUSE: Final = 1.6
"""A warehouse load costs about this many times the parquet run."""


@dataclass(frozen=True, slots=True)
class TableEstimate:
    """One table's share of an estimate."""

    rows: int
    bytes: int
    core_seconds: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """Expected cost of a run."""

    seconds: float
    bytes: int
    memory_bytes: int
    per_table: Mapping[str, TableEstimate]
    modes: Mapping[str, float] = field(default_factory=dict)
    """Seconds in each mode that can be used here, where there is more than one."""

    def told(self, days: int = 1) -> str:
        """In a line, of so many days together."""
        daily = f" ({shown.bytes_(self.bytes / days)} a day)" if days > 1 else ""
        cost = f"about {shown.duration(self.seconds)}, {shown.bytes_(self.bytes)} on disk{daily}"
        return f"{cost}, {shown.bytes_(self.memory_bytes)} of memory"

    @property
    def elsewhere(self) -> list[str]:
        """Lines about the other modes."""
        return [f"in {mode} mode about {shown.duration(took)}" for mode, took in self.modes.items() if took != self.seconds]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "seconds": self.seconds,
            "modes": dict(self.modes),
            "bytes": self.bytes,
            "memory_bytes": self.memory_bytes,
            "tables": {
                name: {"rows": table.rows, "bytes": table.bytes, "core_seconds": table.core_seconds}
                for name, table in self.per_table.items()
            },
        }


def estimate(plan: Plan) -> Estimate:
    """Seconds, bytes and memory of a run, from one row group of each table that is really written.

    Above five billion rows nothing is written: then it goes by the cells alone. Raises DataError where rows cannot be computed.
    """
    engine = Engine(plan.program)
    per_table = _rough(plan) if plan.rows > _MEASURED else _probed(plan, engine)
    inside = is_small(plan)
    workers = 1 if inside else plan.work.workers
    ordered = {table.name for table in plan.tables if table.partitions or table.sorted_by}
    work = sum(found.core_seconds * (_ORDERED if name in ordered else 1) for name, found in per_table.items())
    loads = plan.output.mode == "table" and plan.output.environment == "warehouse"
    if loads:
        work *= _WAREHOUSE
    files = _FILE * plan.files if plan.output.pattern else 0.0
    files += _FILE * sum(len(table.parts) * _partitions(plan, table) for table in plan.tables if table.partitions) / workers
    near = _NEAR * sum(table.rows * len(table.columns) for table in plan.tables if table.clustered_by)
    modes = in_modes(plan, work, work / workers + FIXED + (0.0 if inside else START) + files + near, plan.files)
    memory = memory_of(plan, engine, 0 if inside else workers, max(table.rows for table in plan.tables))
    if loads:
        # The workers have ended by then.
        memory = max(memory, _WORKER_BYTES + ENOUGH + _LOAD_BYTES)
    size = sum(found.bytes for found in per_table.values())
    return Estimate(modes[plan.work.mode], size, memory, per_table, modes if len(modes) > 1 else {})


def in_modes(plan: Plan, work: float, in_python: float, files: int) -> dict[str, float]:
    """Seconds in each mode that can be used here, the plan's own among them, of so much work of cores; `in_python` is known."""
    modes = {"python": in_python}
    if plan.work.mode == "pyspark" or not spark_missing():
        writing = _BY_SPARK if plan.work.writer == "spark" else 1.0
        modes["pyspark"] = _SPARK + FIXED + (work * writing + files * _TASK) / max(plan.work.workers, 1)
    return modes


def memory_of(plan: Plan, engine: Engine, workers: int, rows: int) -> int:
    """Bytes that a run takes whose tasks have at most so many rows; 0 workers: it works in one process."""
    row_bytes = max(24.0 * len(table.columns) for table in plan.tables)
    chunk = max(min(plan.work.chunk_size, rows), min(plan.wanted.sorts, plan.work.hold))
    kept = sum(engine.table(name).layout.kept_bytes for name in plan.program.tables)
    return int(_WORKER_BYTES * (workers + 1) + max(workers, 1) * (chunk * row_bytes + kept))


def _partitions(plan: Plan, table: TablePlan) -> int:
    """Partitions of a part of a table, as far as days tell them; those of other columns are not known before they are written."""
    first, last = plan.window
    days, months = (last - first).days + 1, (last.year - first.year) * 12 + last.month - first.month + 1
    named = {
        "day" if partition.type == "date" else partition.name
        for partition in table.partitions
        if partition.derived or partition.type == "date"
    }
    found = days if "day" in named else months if "month" in named else last.year - first.year + 1 if "year" in named else 1
    # A part has a stretch of the days.
    return -(-found // len(table.parts))


def _rough(plan: Plan) -> dict[str, TableEstimate]:
    cells = {table.name: table.rows * len(table.columns) for table in plan.tables}
    return {
        table.name: TableEstimate(table.rows, round(cells[table.name] * _CELL_BYTES), cells[table.name] * _CELL_SECONDS)
        for table in plan.tables
    }


def _probed(plan: Plan, engine: Engine) -> dict[str, TableEstimate]:
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, told():
        path = Path(folder) / "probe"
        return {table.name: (_probe_days if len(table.parts.under) > 1 else _probe)(plan, engine, table, path) for table in plan.tables}


def _middle(engine: Engine, table: TablePlan, most: int) -> Ranges:
    parts = engine.table(table.name).layout.parts(table.first_row, table.first_row + table.rows, most)
    return parts[len(parts) // 2]


def _probe_days(plan: Plan, engine: Engine, table: TablePlan, path: Path) -> TableEstimate:
    """Of a table that is cut at days: a few of its files, from all over the time, because small ones cost by their number."""
    parts = [table.parts[len(table.parts) * (2 * n + 1) // (2 * _DAYS)] for n in range(_DAYS)]
    size, seconds = 0.0, 0.0
    for number, part in enumerate((parts[0], *parts)):
        start, stop = part.ranges[0]
        ranges = part.ranges if part.rows <= _PROBE else ((start, min(stop, start + _PROBE)),)
        clock = perf_counter()
        written = write_probe(plan, engine, table, ranges, path, engine.planned, sample(plan, table)).bytes
        if number:
            # The first one builds what a worker builds once.
            share = part.rows / sum(stop - start for start, stop in ranges)
            size, seconds = size + written * share, seconds + (perf_counter() - clock) * share
    return TableEstimate(table.rows, round(size / _DAYS * len(table.parts)), seconds / _DAYS * len(table.parts))


def write_probe(
    plan: Plan, engine: Engine, table: TablePlan, ranges: Ranges, path: Path, day: int, counted: int, delivery: Delivery | None = None
) -> PartResult:
    """Writes some rows as of a day, as a run would; `counted` as `PartTask.sample`."""
    chunk, key = plan.work.chunk_size, table.primary_key
    task = PartTask("", table.name, 0, ranges, day, chunk, key, counted, delivery)
    sink = CsvSink(str(path)) if plan.output.mode == "csv" else ParquetSink(str(path), key, plan.output.compression)
    return work_off(engine, task, sink, lambda _: None, lambda: False)


def _probe(plan: Plan, engine: Engine, table: TablePlan, path: Path) -> TableEstimate:
    ranges = _middle(engine, table, _PROBE)
    if len(ranges) > 1:
        ranges = _middle(engine, table, _SCATTERED)
    count = sum(stop - start for start, stop in ranges)

    def write(ranges: Ranges) -> tuple[float, int]:
        clock = perf_counter()
        size = write_probe(plan, engine, table, ranges, path, engine.planned, sample(plan, table)).bytes
        return perf_counter() - clock, size

    # The first rows also build the tables that a worker builds once.
    (start, stop), (_, end) = ranges[0], ranges[-1]
    first = write(((start, min(start + _WARM, stop)),))[0]
    clock = perf_counter()
    engine.batch(table.name, max(end - _WARM, ranges[-1][0]), end)
    if perf_counter() - clock > _SLOW and len(ranges) == 1:
        ranges, count = ((start, min(start + _FEW, stop)),), min(count, _FEW)
    seconds, size = write(ranges)
    if count == table.rows:
        return TableEstimate(table.rows, size, first + seconds)
    if seconds < _BRIEF:
        # Fresh memory costs a short probe more than it costs a long run.
        seconds = min(seconds, write(ranges)[0])
    return TableEstimate(table.rows, round(size / count * table.rows), first + seconds / count * table.rows)
