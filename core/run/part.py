"""The work itself: a range of rows becomes one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter, process_time, time
from typing import Any, Final

from ..engine.digest import Digest
from ..engine.engine import Engine
from ..engine.hashing import BLOCK
from ..sinks.files import CsvPart, ParquetPart, sync
from .metrics import peak_memory

_EVERY: Final = 0.1
"""Seconds between two reports of progress."""


class Stopped(Exception):
    """The part was given up because the run was cancelled."""


def write_part(engine: Engine, task: Mapping[str, Any], report: Callable[[int], None], stopped: Callable[[], bool]) -> dict[str, Any]:
    """Generates and writes one part; returns its rows, bytes, digest state and cost. Raises Stopped and OSError.

    A task is JSON: table, start, stop, path, format, compression, chunk, key, sample (0: no digest).
    """
    began, clock, cpu = time(), perf_counter(), process_time()
    table, start, stop = task["table"], int(task["start"]), int(task["stop"])
    path, chunk = Path(task["path"]), int(task["chunk"])
    schema = engine.schema(table)
    digest = Digest(task["key"], task["sample"]) if task["sample"] else None
    writer = CsvPart(path, schema) if task["format"] == "csv" else ParquetPart(path, schema, task["key"], task["compression"])
    told = clock
    try:
        for low in range(start, stop, chunk):
            high = min(low + chunk, stop)
            group = []
            for block in range(low, high, BLOCK):
                if stopped():
                    raise Stopped
                batch = engine.batch(table, block, min(block + BLOCK, high))
                if digest is not None:
                    digest.update(batch)
                group.append(batch)
                if perf_counter() - told > _EVERY:
                    told = perf_counter()
                    report(min(block + BLOCK, high) - start)
            writer.write(group)
        if start == stop and task["format"] != "csv":
            writer.write([])
    finally:
        writer.close()
    sync(path)
    return {
        "table": table,
        "index": task["index"],
        "rows": stop - start,
        "bytes": path.stat().st_size,
        "digest": list(digest.state()) if digest is not None else [stop - start, 0, 0],
        "began": began,
        "ended": time(),
        "core_seconds": process_time() - cpu,
        "peak_memory": peak_memory(),
        "path": str(path),
    }
