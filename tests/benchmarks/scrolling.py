"""The preview's grid on a billion rows: what a key takes, from the press to the rows on the screen, at the first row and at the last.

.venv/bin/python tests/benchmarks/scrolling.py [rows]
"""

from __future__ import annotations

import asyncio
import os
import sys
from statistics import median
from time import perf_counter, process_time
from typing import Final

from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.screens.preview import Rows
from ingen_fab.synthetic_data.tui.state import Draft
from textual.events import Key

KEYS: Final = ("down", "pagedown", "right", "up", "pageup", "left")
TIMES: Final = 8
SIZE: Final = (200, 60)


async def main(rows: int) -> None:
    """Prints milliseconds, the median and the longest of 8 presses: until the cursor has moved, and until its row is there."""
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    wizard = Wizard(Draft("retail_oltp_large", {"target_rows": rows}))
    async with wizard.run_test(size=SIZE) as pilot:
        while wizard.expected is None:
            await asyncio.sleep(0.02)
        await pilot.press("4")
        while not (wizard.screen.query(Rows) and wizard.screen.query_one(Rows).pages.page(0) is not None):
            await asyncio.sleep(0.02)
        grid = wizard.screen.query_one(Rows)
        print(f"orders of {rows:,} rows at {SIZE[0]}x{SIZE[1]}; milliseconds, median and longest of {TIMES}")
        print(f"{'from row':>15}  {'key':<9}  {'answered':>15}  {'row is there':>15}  {'processor':>9}")
        for start in (500, rows // 2, rows - 600):
            for key in KEYS:
                grid.move(start, 8)
                await _there(grid)
                await asyncio.sleep(1)
                answered, there, before = [], [], process_time()
                for _ in range(TIMES):
                    begin, cell = perf_counter(), (grid.row, grid.column)
                    wizard.post_message(Key(key, None))
                    while cell == (grid.row, grid.column):
                        await asyncio.sleep(0)
                    answered.append(perf_counter() - begin)
                    await _there(grid)
                    there.append(perf_counter() - begin)
                    await asyncio.sleep(0.05)
                spent = (process_time() - before) / TIMES * 1000
                print(f"{start + 1:>15,}  {key:<9}  {_told(answered):>15}  {_told(there):>15}  {spent:>9.1f}")


async def _there(grid: Rows) -> None:
    while grid.pages.page(grid.row) is None:
        await asyncio.sleep(0.001)


def _told(seconds: list[float]) -> str:
    return f"{median(seconds) * 1000:.1f} {max(seconds) * 1000:7.1f}"


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10**9))
