"""How soon the wizard is there and answers, beside other applications of Textual, and whether a flood of events can hold it up.

python tests/benchmarks/run.py --only wizard
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event as Word
from time import perf_counter, thread_time
from typing import Any, Final

from applications import OTHERS, OURS, SIZE, installed, start
from ingen_fab.synthetic_data.core.job import JobResult
from ingen_fab.synthetic_data.core.run.events import Event, LogLine, PhaseChanged, RunResult, RunStarted, TableProgress
from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.garbage import settling
from ingen_fab.synthetic_data.tui.state import Draft

RECORDED: Final = Path(__file__).resolve().parents[2] / "screenshots" / "recorded_run.jsonl"
EVENTS: Final = 20_000
LONGEST: Final = 60.0
Row = tuple[str, ...]


def beside(turns: int, folder: Path) -> list[Row]:
    """The wizard and its peers in turns: medians, and each as so many times ours."""
    applications = (OURS, *installed())
    found: dict[str, dict[str, list[float]]] = {}
    for turn in range(turns + 1):
        for each in applications:
            for name, values in start(each, folder).items():
                # The first turn fills caches.
                found.setdefault(each.name, {}).setdefault(name, []).extend(values if turn else [])
    ours = found[OURS.name]
    out = []
    for name in (*ours, *(["a letter, the longest"] if "a letter" in ours else [])):
        what, of = name.partition(",")[0] if "longest" in name else name, max if "longest" in name else median
        row = [name, f"{of(ours[what]):.0f} ms"]
        for peer in applications[1:]:
            value = of(found[peer.name][what]) if found[peer.name].get(what) else None
            row.append("" if value is None else f"{value:.0f} ms ({value / of(ours[what]):.1f})")
        out.append((*row, *[""] * (1 + len(OTHERS) - len(applications))))
    return out


def flood(ended: Word, emit: Callable[[Event], None], result: RunResult) -> JobResult:
    """As many events as fast as they can be told: progress, and a line of the log each."""
    emit(RunStarted("flood", "retail_oltp_small", (("orders", EVENTS),), 2, 0.0))
    emit(PhaseChanged("generate", 0.0))
    for number in range(EVENTS // 2):
        emit(TableProgress("orders", number, EVENTS, number, number / 1000))
        emit(LogLine("info", f"line {number} of a log that is longer than anybody reads", number / 1000))
    ended.set()
    return JobResult(result, None)


async def stall() -> tuple[float, float, float]:
    """Seconds until all was shown, and the longest hold-up of the screen: milliseconds by the clock, and of work of its thread."""
    ended = Word()
    result = RunResult.from_json(json.loads(RECORDED.read_text(encoding="utf-8").splitlines()[-1]))

    def run(_: Any, *, emit: Callable[[Event], None], **__: Any) -> JobResult:
        return flood(ended, emit, result)

    wizard = Wizard(Draft("retail_oltp_small", {"output_settings": {"output_mode": "parquet"}}), run=run)
    worst = worked = 0.0
    with settling() as wizard.settled:
        async with wizard.run_test(size=SIZE) as pilot:
            while wizard.plan is None:
                await pilot.pause()
            await pilot.press("5")
            await pilot.pause()
            began = perf_counter()
            wizard.action_generate()
            quiet = 0
            while quiet < 50 and perf_counter() - began < LONGEST:
                clock, work = perf_counter(), thread_time()
                await asyncio.sleep(0.01)
                worst, worked = max(worst, perf_counter() - clock - 0.01), max(worked, thread_time() - work)
                quiet += ended.is_set()
            took = perf_counter() - began
    return took, worst * 1000, worked * 1000


def main(given: str) -> None:
    """Prints rows of a table as JSON."""
    turns = int(json.loads(given).get("turns", 5))
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    with TemporaryDirectory() as folder, chdir(folder):
        rows = beside(turns, Path(folder))
        _, worst, worked = asyncio.run(stall())
    none = [""] * len(OTHERS)
    rows.append((f"{EVENTS:,} events, the longest stall", f"{worst:.0f} ms", *none))
    rows.append((f"{EVENTS:,} events, the most work at once", f"{worked:.0f} ms", *none))
    print(json.dumps(rows))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "{}")
