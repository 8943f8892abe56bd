"""What a key press costs the wizard's form: milliseconds of work of its one thread, so that other load on the machine hardly counts.

python tests/benchmarks/keys.py [columns rows]
"""

from __future__ import annotations

import asyncio
import os
import sys
from statistics import mean, median
from tempfile import TemporaryDirectory
from time import perf_counter, thread_time

from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.garbage import settling
from ingen_fab.synthetic_data.tui.state import Draft
from textual.events import Key
from textual.pilot import Pilot

WALK = 40
PACE = 0.1
"""Seconds between two keys: of a quick typist, and less than the wizard waits before it plans."""
TEXT = "1234567"


async def settled(wizard: Wizard, pilot: Pilot[None]) -> None:
    """Waits for the plan, so that its work is not counted."""
    while True:
        await pilot.pause()
        planned = wizard.planned
        if planned is not None and planned.draft is wizard.draft and all(worker.is_finished for worker in wizard.workers):
            return
        await asyncio.sleep(0.01)


async def pressed(wizard: Wizard, pilot: Pilot[None], keys: list[str]) -> list[float]:
    """Milliseconds of work of each key, all that follows from it included; a driver that waits for widgets would cost more than they do."""
    took = []
    for key in keys:
        began = thread_time()
        wizard.post_message(Key(key, key if len(key) == 1 else None))
        await asyncio.sleep(PACE)
        took.append((thread_time() - began) * 1000)
    await settled(wizard, pilot)
    return took


async def measure(size: tuple[int, int]) -> dict[str, list[float]]:
    """The first visit, walking through the fields, and typing into one."""
    wizard = Wizard(Draft("retail_oltp_small", {}))
    out: dict[str, list[float]] = {}
    with settling() as wizard.settled:
        async with wizard.run_test(size=size) as pilot:
            await settled(wizard, pilot)
            began, worked = perf_counter(), thread_time()
            await pilot.press("3")
            out["first visit"] = [(thread_time() - worked) * 1000]
            out["first visit, by the clock"] = [(perf_counter() - began) * 1000]
            await settled(wizard, pilot)
            out["tab"] = await pressed(wizard, pilot, ["tab"] * WALK)
            out["shift+tab"] = await pressed(wizard, pilot, ["shift+tab"] * (WALK - 1))
            out["a character"] = await pressed(wizard, pilot, list(TEXT))
            # Of the plan that comes a moment later, what is shown.
            began = thread_time()
            await settled(wizard, pilot)
            out["its plan"] = [(thread_time() - began) * 1000]
            out["backspace"] = await pressed(wizard, pilot, ["backspace"] * len(TEXT))
    return out


def main() -> None:
    """Prints the median and the worst of each."""
    size = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else (200, 60)
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, took in asyncio.run(measure(size)).items():
            print(f"{name:<26} median {median(took):7.1f} ms   mean {mean(took):7.1f} ms   worst {max(took):7.1f} ms   of {len(took)}")


if __name__ == "__main__":
    main()
