"""Commands as whole processes: how long they take to start, and what a dataset costs beside a peer's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

import pyarrow.parquet as pq
from ingen_fab.synthetic_data.core.run.ledger import Entry, Ledger, WrittenFile

BIN: Final = Path(sys.executable).parent
OURS: Final = str(BIN / "synthetic-data")
BARE: Final = (sys.executable, "-c", "import numpy, pyarrow")

STARTS: Final[Mapping[str, tuple[tuple[str, ...], float]]] = {
    "synthetic-data --help": ((OURS, "--help"), 0.6),
    "ingen_fab package synthetic-data --help": ((str(BIN / "ingen_fab"), "package", "synthetic-data", "--help"), 0.6),
    "show retail_oltp_small": ((OURS, "show", "retail_oltp_small"), 2.0),
    "preview retail_oltp_small orders": ((OURS, "preview", "retail_oltp_small", "orders"), 2.0),
    "generate retail_oltp_small --no-validate": ((OURS, "generate", "retail_oltp_small", "--no-validate"), 4.4),
    "generate retail_oltp_small, with its checks": ((OURS, "generate", "retail_oltp_small"), 6.8),
}
"""What is started -> its words, and the goal: so many times as long as the bare import of numpy and pyarrow."""


@dataclass(frozen=True)
class Cost:
    """What a process and its children took."""

    wall: float
    cpu: float
    """Seconds, of all that it waited for."""
    peak: int
    """Bytes of the process itself."""


def cost(words: Sequence[str], folder: str, environ: Mapping[str, str] = {}) -> Cost:
    """Runs a command in a folder and waits for it; raises RuntimeError where it fails."""
    given = {**os.environ, **environ}
    # A start without compiled files is no start that anybody sees twice.
    given.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as told:
        began = perf_counter()
        process = subprocess.Popen(words, cwd=folder, env=given, stdout=subprocess.DEVNULL, stderr=told)
        _, status, used = os.wait4(process.pid, 0)
        wall = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            told.seek(0)
            raise RuntimeError((told.read().decode(errors="replace").strip().splitlines() or ["no word"])[-1])
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def starts(turns: int) -> list[tuple[str, ...]]:
    """Medians of whole processes that take turns with the bare import, first with plans that are kept, then without any."""
    out: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        for kept in (True, False):
            environ = {"SYNTHETIC_DATA_CACHE": f"{folder}/kept" if kept else "off", "SYNTHETIC_DATA_DIR": f"{folder}/out"}
            jobs = {"import numpy, pyarrow": BARE, **{name: words for name, (words, _) in STARTS.items() if kept or "help" not in name}}
            found: dict[str, list[Cost]] = {name: [] for name in jobs}
            for turn in range(turns + 1):
                for name, words in jobs.items():
                    one = cost(words, folder, environ)
                    if turn:
                        found[name].append(one)
            bare = found.pop("import numpy, pyarrow")
            wall, cpu = median(one.wall for one in bare), median(one.cpu for one in bare)
            note = "" if kept else ", and no plan is kept"
            out.append((f"import numpy, pyarrow{note}", f"{wall:.2f} s", f"{cpu:.2f} s", "", "", ""))
            for name, costs in found.items():
                mine, used = median(one.wall for one in costs), median(one.cpu for one in costs)
                out.append((name, f"{mine:.2f} s", f"{used:.2f} s", f"{mine / wall:.1f}", f"{used / cpu:.1f}", str(STARTS[name][1])))
    return out


def rivals(rows: int) -> list[tuple[str, ...]]:
    """Shops with orders, lines and customers, all tables to parquet: rows, values, seconds of the processors, memory."""
    scale, orders = ("large", 5_000_000) if rows >= 10_000_000 else ("medium", 500_000)
    ours = ("generate", "retail_oltp_large", "--target-rows", str(orders), "--output-mode", "parquet", "--no-validate", "--output-dir")
    theirs = ("generate", "retail", "--scale", scale, "--seed", "42", "--format", "parquet", "--output")
    out: list[tuple[str, ...]] = []
    for name, words in (("this, retail_oltp", (OURS, *ours)), *((tool, (str(BIN / tool), *theirs)) for tool in ("spindle", "shape"))):
        if shutil.which(words[0]) is None:
            out.append((name, "", "", "", "", "", "not installed"))
            continue
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            try:
                used = cost((*words, f"{folder}/out"), folder)
            except RuntimeError as error:
                out.append((name, "", "", "", "", "", str(error)[:60]))
                continue
            files = [pq.read_metadata(file) for file in Path(folder).rglob("*.parquet")]
        count, cells = sum(file.num_rows for file in files), sum(file.num_rows * file.num_columns for file in files)
        rates = f"{count / used.cpu / 1e6:.2f} M", f"{cells / used.cpu / 1e6:.1f} M"
        out.append((name, f"{count:,}", f"{cells:,}", f"{used.cpu:.1f} s", *rates, f"{used.peak / 1e6:.0f} MB"))
    return out


def days(number: int) -> list[tuple[str, ...]]:
    """A small year, a finished one, one small day; and days of a large dataset beside a one-shot run of as many rows."""
    small, large = "retail_oltp_small_incremental", "retail_oltp_large_incremental"
    out: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        environ = {"SYNTHETIC_DATA_CACHE": f"{folder}/kept"}
        year = (OURS, "generate-series", small, "-s", "2023-01-01", "-e", "2023-12-31", "--output-dir", "year")
        found = cost(year, folder, environ)
        rows = _rows(Path(folder) / "year")
        out.append(("a year of the small shop", f"{found.wall:.1f} s", f"{rows:,}", f"{rows / found.wall:,.0f}", "", "30 s"))
        found = min((cost(year, folder, environ) for _ in range(5)), key=lambda one: one.wall)
        out.append(("the same again, all there", f"{found.wall:.2f} s", "0", "", "", "0.5 s"))
        words = (OURS, "generate-incremental", small, "-d", "2024-03-15", "--output-dir", "day")
        found = cost(words, folder, environ)
        out.append(("one small day", f"{found.wall:.2f} s", f"{_rows(Path(folder) / 'day'):,}", "", "", "1.5 s"))
        out += _ledger(Path(folder))
        last = (date(2023, 1, 1) + timedelta(days=number - 1)).isoformat()
        tables = ("--tables", "orders,order_items", "--output-dir")
        series = cost((OURS, "generate-series", large, "-s", "2023-01-01", "-e", last, *tables, "large"), folder, environ)
        mine = _rows(Path(folder) / "large")
        orders = _rows(Path(folder) / "large", "orders")
        once = ("generate", "retail_oltp_large", "-r", str(orders), "--no-validate", "--output-mode", "parquet")
        whole = cost((OURS, *once, *tables, "whole"), folder, environ)
        theirs = _rows(Path(folder) / "whole")
        rates = mine / series.wall, theirs / whole.wall
        out.append((f"{number} large days", f"{series.wall:.1f} s", f"{mine:,}", f"{rates[0]:,.0f}", f"{rates[0] / rates[1]:.2f}", "0.5"))
        out.append(("as many rows in one run", f"{whole.wall:.1f} s", f"{theirs:,}", f"{rates[1]:,.0f}", "1", ""))
    return out


def _ledger(root: Path) -> list[tuple[str, ...]]:
    """A ledger of ten years, asked for a day and for all of them."""
    ledger, first, place = Ledger(root), date(2015, 1, 1), "shop-parquet"
    days = [first + timedelta(days=n) for n in range(3_653)]
    files = (WrittenFile("2015/01/01/orders/data.parquet", 1_000, "0" * 64),)
    entries = [Entry(day, f"table_{n}", "run", 100, "0" * 32, files) for day in days for n in range(8)]
    ledger.note(place, entries, {})
    out: list[tuple[str, ...]] = []
    for what, last, goal in (("a day", first, "0.1 s"), ("all days", days[-1], "")):
        walls = []
        for _ in range(5):
            began = perf_counter()
            ledger.entries(place, first, last)
            walls.append(perf_counter() - began)
        out.append((f"{what} of a ledger of ten years", f"{min(walls):.4f} s", f"{len(entries):,}", "", "", goal))
    return out


def _rows(root: Path, table: str = "") -> int:
    """Rows of the parquet files below a folder, of one table or all."""
    found = (root / "Files").rglob("*.parquet")
    return sum(pq.read_metadata(file).num_rows for file in found if not table or file.parent.name == table)


if __name__ == "__main__":
    asked: dict[str, Any] = json.loads(sys.argv[1])
    ((what, given),) = asked.items()
    print(json.dumps({"turns": starts, "rows": rivals, "days": days}[what](given)))
