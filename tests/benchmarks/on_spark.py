"""A orders to Delta in one warm session of Spark on all cores: both writers, python mode, and dbldatagen. Prints rows of a table as JSON.

python tests/benchmarks/on_spark.py '{"rows": 10000000, "times": 3}'
python tests/benchmarks/on_spark.py '{"memory_of": [1000000, 10000000, 100000000]}'    memory of the driver instead
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spark.session import Place, open_cluster
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

_WARM = 200_000


def _ours(rows: int, folder: Path, mode: str, writer: str) -> int:
    settings = {
        "target_rows": rows,
        "generation_settings.mode": mode,
        "spark.writer": writer,
        "output_settings.output_dir": str(folder),
        "output_settings.digest": "sample",
    }
    result = run(make_plan(resolve_parameters("benchmark_orders", flags=settings)), datasets=())
    if result.status != "COMPLETED":
        raise SystemExit(result.message)
    return result.rows


def _dbldatagen(spark: Any, rows: int, folder: Path) -> int:
    sys.path.insert(0, str(Path(__file__).parent / "peers"))
    orders = import_module("dbldatagen_spark").orders
    orders(spark, rows, os.cpu_count() or 1).write.format("delta").mode("overwrite").save(str(folder / "orders"))
    return rows


def main(rows: int, times: int) -> None:
    """Measures all in turns; the best of each counts."""
    master = f"local[{os.cpu_count()}]"
    clock = perf_counter()
    spark = open_cluster(Place(master, {"spark.driver.memory": "3g"}, delta=True)).spark
    spark.range(1).count()
    cold = perf_counter() - clock
    ways: dict[str, Callable[[int, Path], int]] = {
        "python mode": lambda count, folder: _ours(count, folder, "python", "direct"),
        "pyspark, writer direct": lambda count, folder: _ours(count, folder, "pyspark", "direct"),
        "pyspark, writer spark": lambda count, folder: _ours(count, folder, "pyspark", "spark"),
    }
    if find_spec("dbldatagen") is not None:
        ways["dbldatagen"] = lambda count, folder: _dbldatagen(spark, count, folder)
    else:
        print("dbldatagen is not installed", file=sys.stderr)
    best: dict[str, float] = {}
    for turn in range(times + 1):
        for name, way in ways.items():
            folder = Path(tempfile.mkdtemp(prefix="benchmark-spark-"))
            count = _WARM if not turn else rows
            clock = perf_counter()
            done = way(count, folder)
            rate = done / (perf_counter() - clock)
            if turn:
                best[name] = max(best.get(name, 0.0), rate)
            shutil.rmtree(folder)
            print(f"  {name}: {rate / 1e6:.2f} M rows/s{'' if turn else ', warming up'}", file=sys.stderr, flush=True)
    java = [child for child in psutil.Process().children() if "java" in child.name()]
    driver = f"{sum(child.memory_info().rss for child in java) / 1e6:.0f} MB of Java"
    base, peer = best["python mode"], best.get("dbldatagen")
    goals = {"pyspark, writer direct": "0.8 of python mode", "pyspark, writer spark": "1.3 M, 2.5 times dbldatagen"}
    told = []
    for name, rate in best.items():
        beside = f"{rate / peer:.1f}" if peer else ""
        told.append((name, f"{rate / 1e6:.2f} M", f"{rate / base:.2f}", beside, goals.get(name, "")))
    told.append(("a session from nothing, with its first job", f"{cold:.1f} s", "", "", "15 s"))
    print(json.dumps([*told, ("memory after all of it", driver, "", "", "")]))


def memory(sizes: Sequence[int]) -> None:
    """What the driver holds after runs of some sizes, in one session, by both writers: of Java what its heap keeps after a collection."""
    spark = open_cluster(Place(f"local[{os.cpu_count()}]", {"spark.driver.memory": "1g"}, delta=True)).spark
    java = spark._jvm.java.lang
    told = []
    for rows in sizes:
        for writer in ("direct", "spark"):
            with tempfile.TemporaryDirectory(prefix="benchmark-spark-") as folder:
                _ours(rows, Path(folder), "pyspark", writer)
            # The first one leaves what waits to be finalized.
            java.System.gc()
            java.System.gc()
            heap = java.Runtime.getRuntime()
            live = heap.totalMemory() - heap.freeMemory()
            process = psutil.Process()
            held = sum(child.memory_info().rss for child in process.children() if "java" in child.name())
            sums = [f"{size / 1e6:.0f} MB" for size in (live, held, process.memory_info().rss)]
            told.append((f"writer {writer}", f"{rows:,}", *sums))
            print(f"  {' '.join(told[-1])}", file=sys.stderr, flush=True)
    print(json.dumps(told))


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    if "memory_of" in given:
        memory(given["memory_of"])
    else:
        main(**given)
