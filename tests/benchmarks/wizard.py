"""How soon the wizard is there, and whether a flood of events can hold it up.

python tests/benchmarks/wizard.py [starts]
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event as Word
from time import monotonic, perf_counter, thread_time
from typing import Any, Final

from ingen_fab.synthetic_data.core.job import JobResult
from ingen_fab.synthetic_data.core.run.events import Event, LogLine, PhaseChanged, RunResult, RunStarted, TableProgress
from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.garbage import settling
from ingen_fab.synthetic_data.tui.state import Draft

RECORDED: Final = Path(__file__).resolve().parents[2] / "screenshots" / "recorded_run.jsonl"
EVENTS: Final = 20_000
SIZE: Final = (120, 40)
SHOWN: Final = {"first paint": b"Browse", "datasets": b"retail_oltp_small", "plan": b"42,612"}
"""What is there, and a text that tells it."""
LONGEST: Final = 60.0


def start(folder: Path) -> dict[str, float]:
    """Milliseconds from the start of the command to each thing that it shows, and those of the processor until the last."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    words = [str(Path(sys.executable).parent / "synthetic-data"), "tui", "retail_oltp_small"]
    began = perf_counter()
    process = subprocess.Popen(
        words,
        cwd=folder,
        stdin=other,
        stdout=other,
        stderr=other,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "SYNTHETIC_DATA_SETTINGS": "off"},
    )
    os.close(other)
    drawn, end = b"", monotonic() + LONGEST
    out: dict[str, float] = {}
    while len(out) < len(SHOWN) and monotonic() < end:
        if select.select([main], [], [], 0.05)[0]:
            drawn += os.read(main, 65_536)
        for name, text in SHOWN.items():
            if name not in out and text in drawn:
                out[name] = (perf_counter() - began) * 1000
    process.send_signal(signal.SIGTERM)
    # It draws once more on its way out, and must not wait for a reader.
    while select.select([main], [], [], 0.5)[0]:
        try:
            if not os.read(main, 65_536):
                break
        except OSError:
            break
    _, _, used = os.wait4(process.pid, 0)
    os.close(main)
    return {**out, "processor, whole life": (used.ru_utime + used.ru_stime) * 1000}


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


def main(arguments: list[str]) -> None:
    """Prints the medians of some starts, and the worst of a flood."""
    turns = int(arguments[0]) if arguments else 5
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    with TemporaryDirectory() as folder, chdir(folder):
        start(Path(folder))
        found = [start(Path(folder)) for _ in range(turns)]
        for name in found[0]:
            print(f"{name:<24} {median(one[name] for one in found if name in one):>7.0f} ms")
        _, worst, worked = asyncio.run(stall())
        print(f"{EVENTS:,} events: worst stall {worst:.0f} ms by the clock, {worked:.0f} ms of work")


if __name__ == "__main__":
    main(sys.argv[1:])
