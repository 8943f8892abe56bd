"""Anything that hands may do to the wizard: keys in any order, texts, sizes; it never breaks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.run.estimate import Estimate, TableEstimate
from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.state import Draft
from textual import events

KEYS = (
    *"123456789npjkhltTyYoucge/[]?x",
    *("tab", "shift+tab", "up", "down", "left", "right", "enter", "escape", "space", "backspace", "home", "end"),
    *("pageup", "pagedown", "f1", "ctrl+r", "ctrl+z", "ctrl+p", "f5", "ctrl+g", "f6", "ctrl+c"),
)
STARTS = {"f5", "ctrl+g", "ctrl+p"}
"""What can start a run: two keys, and the palette."""
NAMES = {"/": "slash", "[": "left_square_bracket", "]": "right_square_bracket", "?": "question_mark"}
HAND = st.one_of(
    st.sampled_from(KEYS),
    st.lists(st.sampled_from(KEYS), min_size=2, max_size=5).map(lambda keys: ("at once", " ".join(keys))),
    st.text(max_size=8).map(lambda text: ("text", text)),
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
)


@pytest.mark.slow
@settings(max_examples=max(settings().max_examples // 10, 1))
@given(st.lists(HAND, min_size=5, max_size=40))
def test_no_walk_of_keys_breaks_the_wizard(walk: list[str | tuple[str, str] | tuple[int, int]]) -> None:
    """No exception, and the wizard still answers."""

    def unmeasured(plan: object) -> Estimate:
        return Estimate(1.0, 1, 1, {table.name: TableEstimate(table.rows, 1, 1.0) for table in plan.tables})  # type: ignore[attr-defined]

    def unwritten(*_: object, **__: object) -> NoReturn:
        raise OSError("the disk is full")

    async def story(folder: Path) -> None:
        config = {"target_rows": 50, "output_settings": {"output_dir": str(folder)}}
        wizard = Wizard(Draft("retail_oltp_small", config), estimate=unmeasured, run=unwritten, compile_=unwritten)
        async with wizard.run_test(size=(80, 24)) as pilot:
            for hand in walk:
                if wizard.leaving:
                    break
                if isinstance(hand, str) and hand != "ctrl+c":
                    await pilot.press(NAMES.get(hand, hand))
                elif isinstance(hand, str) or hand[0] == "at once":
                    for key in str(hand if isinstance(hand, str) else hand[1]).split():
                        wizard.post_message(events.Key(NAMES.get(key, key), key if len(key) == 1 else None))
                    # Not the pilot's way to wait: it waits for screens that are never finished where the wizard is left.
                    while wizard.is_running and (wizard.message_queue_size or wizard.leaving):
                        await asyncio.sleep(0)
                elif isinstance(hand[0], int) and isinstance(hand[1], int):
                    await pilot.resize_terminal(hand[0], hand[1])
                else:
                    wizard.post_message(events.Paste(str(hand[1])))
            if not wizard.leaving:
                await pilot.press("escape", "escape", "escape")
                await pilot.press("ctrl+q", "ctrl+q")
            pressed = {key for hand in walk for key in ([hand] if isinstance(hand, str) else str(hand[1]).split())}
            assert wizard.job is None or STARTS & pressed

    with TemporaryDirectory() as folder:
        asyncio.run(story(Path(folder)))
