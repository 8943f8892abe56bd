"""The work itself: a range of rows becomes one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter, process_time, time
from typing import TYPE_CHECKING, Any, Final

from ..engine.digest import Digest
from ..engine.engine import Engine
from ..engine.hashing import BLOCK
from ..errors import DiskFullError, SyntheticDataError, is_full
from ..sinks.files import CsvPart, ParquetPart, sync
from .metrics import peak_memory
from .told import sentence

if TYPE_CHECKING:
    import pyarrow as pa

_EVERY: Final = 0.1
"""Seconds between two reports of progress."""


class Stopped(Exception):
    """The part was given up because the run was cancelled."""


def part_sentence(error: BaseException, task: Mapping[str, Any]) -> str:
    """What went wrong with a part, for people."""
    if isinstance(error, SyntheticDataError):
        return f"{task['table']}: {error}"
    if is_full(error, Path(task["path"]).parent):
        return f"{task['table']}: {DiskFullError(Path(task['path']).parent)}"
    return sentence(task["table"], error)


def write_part(engine: Engine, task: Mapping[str, Any], report: Callable[[int], None], stopped: Callable[[], bool]) -> dict[str, Any]:
    """Generates and writes one part; returns its rows, bytes, digest state and cost. Raises Stopped and OSError.

    A task is JSON: table, ranges (of rows), path, format, compression, chunk, key, sample (0: no digest).
    """
    began, clock, cpu = time(), perf_counter(), process_time()
    table = task["table"]
    ranges = [(int(start), int(stop)) for start, stop in task["ranges"]]
    path, chunk = Path(task["path"]), int(task["chunk"])
    schema = engine.schema(table)
    digest = Digest(task["key"], task["sample"]) if task["sample"] else None
    writer = CsvPart(path, schema) if task["format"] == "csv" else ParquetPart(path, schema, task["key"], task["compression"])
    told, rows, held = clock, 0, 0
    group: list[pa.RecordBatch] = []
    engine.table(table).layout.prepare(ranges)
    try:
        for start, stop in ranges:
            low = start
            while low < stop:
                if stopped():
                    raise Stopped
                high = min(low + BLOCK, low + chunk - held, stop)
                batch = engine.batch(table, low, high)
                if digest is not None:
                    digest.update(batch)
                group.append(batch)
                rows, held, low = rows + high - low, held + high - low, high
                if perf_counter() - told > _EVERY:
                    told = perf_counter()
                    report(rows)
                if held == chunk:
                    writer.write(group)
                    group, held = [], 0
        if group or (not rows and task["format"] != "csv"):
            writer.write(group)
    finally:
        engine.table(table).layout.prepare(())
        writer.close()
    sync(path)
    return {
        "table": table,
        "index": task["index"],
        "rows": rows,
        "bytes": path.stat().st_size,
        "digest": list(digest.state()) if digest is not None else [rows, 0, 0],
        "began": began,
        "ended": time(),
        "core_seconds": process_time() - cpu,
        "peak_memory": peak_memory(),
        "path": str(path),
    }
