"""The work itself: the rows of a task go into a sink."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from tempfile import gettempdir
from time import perf_counter, process_time, time
from typing import TYPE_CHECKING, Final

from ..engine.delivery import delivered, schema_of
from ..engine.digest import Digest
from ..engine.engine import Engine
from ..engine.hashing import BLOCK
from ..errors import DiskFullError, SyntheticDataError, is_full
from ..program.tasks import Cost, PartResult, PartTask, Sink
from ..sinks.parts import opened
from .metrics import peak_memory
from .told import sentence

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS: Final = 2 * BLOCK
"""Rows that are worked out at once: what they are computed from costs time of its own, however few they are."""
_EVERY: Final = 0.1
"""Seconds between two reports of progress."""


class Stopped(Exception):
    """The part was given up because the run was cancelled."""


def part_sentence(error: BaseException, task: PartTask, sink: Sink) -> str:
    """What went wrong with a part, for people."""
    if isinstance(error, SyntheticDataError):
        return f"{task.table}: {error}"
    path = getattr(sink, "path", "") or getattr(getattr(sink, "into", None), "path", "")
    # What an object store says comes as an error of ours: a disk is that on which rows wait.
    place = Path(gettempdir()) if "://" in path else Path(path).parent
    if is_full(error, place):
        return f"{task.table}: {DiskFullError(place)}"
    return sentence(task.table, error)


def generate(engine: Engine, task: PartTask) -> Generator[pa.RecordBatch]:
    """The rows of a task in small batches, cut where a chunk is full; raises CellError."""
    layout = engine.table(task.table).layout
    layout.prepare(task.ranges)
    held = 0
    try:
        for start, stop in task.ranges:
            low = start
            while low < stop:
                high = min(low + _ROWS, low + task.chunk - held, stop)
                if task.delivery is None:
                    yield engine.batch(task.table, low, high, as_of=task.as_of, day_columns=task.day_columns)
                    held = (held + high - low) % task.chunk
                else:
                    yield delivered(engine, task.table, low, high, task.as_of, task.delivery, task.day_columns)
                low = high
    finally:
        layout.prepare(())


def work_off(engine: Engine, task: PartTask, sink: Sink, report: Callable[[int], None], stopped: Callable[[], bool]) -> PartResult:
    """Generates a part and gives it to its sink; `report` is told of the rows so far. Raises Stopped, CellError and OSError."""
    began, clock, cpu = time(), perf_counter(), process_time()
    digest = Digest(task.key, task.sample) if task.sample else None
    schema = schema_of(engine.schema(task.table, task.day_columns), task.delivery)
    counted = [name for name in schema.names if name not in task.day_columns]
    writer = opened(sink, schema)
    told, rows, held = clock, 0, 0
    group: list[pa.RecordBatch] = []
    batches = generate(engine, task)
    try:
        while not stopped():
            batch = next(batches, None)
            if batch is None:
                break
            if digest is not None:
                digest.update(batch.select(counted) if task.day_columns else batch)
            group.append(batch)
            rows, held = rows + batch.num_rows, held + batch.num_rows
            if perf_counter() - told > _EVERY:
                told = perf_counter()
                report(rows)
            if held >= task.chunk:
                writer.write(group)
                group, held = [], 0
        else:
            raise Stopped
        if group or not rows:
            writer.write(group)
    finally:
        batches.close()
        writer.close()
    written = writer.finish()
    return PartResult(
        table=task.table,
        index=task.index,
        rows=rows,
        bytes=written.bytes,
        digest=digest.state() if digest is not None else (rows, 0, 0),
        cost=Cost(began, time(), process_time() - cpu, peak_memory()),
        statistics=written.statistics,
        files=written.files,
    )
