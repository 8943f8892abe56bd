"""Steps taken faster than they can be built."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise, permutations
from typing import Any

import pytest
from ingen_fab.synthetic_data.tui import ahead
from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.steps import STEPS
from textual import events

Drive = Callable[..., None]


def all_pairs(keys: str) -> str:
    """A walk in which each key follows each other one."""
    left = {key: [other for other in keys if other != key] for key in keys}
    ahead, walk = [keys[0]], ""
    while ahead:
        # A way on is taken while there is one; where none is left, the walk is closed from its end.
        if left[ahead[-1]]:
            ahead.append(left[ahead[-1]].pop())
        else:
            walk += ahead.pop()
    return walk


WALKS = {"forwards": "123456789987654321", "backwards": "987654321123456789", "all pairs": all_pairs("123456789")}


def test_each_pair_is_walked() -> None:
    """All 72 of them."""
    assert set(permutations("123456789", 2)) == set(pairwise(WALKS["all pairs"]))


def test_keys_are_offered_before_a_step_is_built(drive: Drive) -> None:
    """Whether an action is possible is asked of screens that have no widgets yet."""

    async def story(driver: Any) -> None:
        for step in STEPS:
            made: Any = Wizard.MODES[step]()  # type: ignore[operator]  # each is a function or a class
            for bindings in made._bindings.key_to_bindings.values():
                for binding in bindings:
                    made.check_action(binding.action.partition("(")[0], ())

    drive(story)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("walk", "pause"),
    [
        pytest.param(walk, pause, id=f"{name}-{pause}", marks=() if name == "all pairs" or pause == 0.0 else pytest.mark.long)
        for name, walk in WALKS.items()
        for pause in (None, 0.0, 0.1)
    ],
)
def test_walking_fast_never_fails(drive: Drive, walk: str, pause: float | None) -> None:
    """One key after the other, without a wait or with a short one."""

    async def story(driver: Any) -> None:
        for key in walk:
            driver.wizard.post_message(events.Key(key, key))
            if pause is not None:
                await driver.pilot.pause(pause)
        await driver.settled()
        assert driver.wizard.current_mode == list(STEPS)[int(walk[-1]) - 1]

    drive(story)


def test_keys_of_one_moment_go_where_those_before_them_lead(drive: Drive) -> None:
    """Through steps that are built for them, into a field, dialogs and the palette, and out of them."""

    async def story(driver: Any) -> None:
        async def burst(*keys: str) -> None:
            for key in keys:
                driver.wizard.post_message(events.Key(key, key if len(key) == 1 else None))
            await driver.settled()

        await burst("3", "slash", *"a4n")
        assert (driver.wizard.current_mode, driver.wizard.focused.value) == ("parameters", "a4n")
        await burst("escape", "4", "o", *"401", "enter")
        assert driver.text("#where").startswith("orders: row 401 of")
        await burst("question_mark", "slash", *"x7", "escape", "escape", "down")
        assert driver.wizard.current_mode == "preview"
        assert driver.text("#where").startswith("orders: row 402 of")
        await burst("7", "s", *"4q")
        assert driver.wizard.focused.value.endswith("4q")
        await burst("escape", "ctrl+p", *"28", "escape", "2")
        assert driver.wizard.current_mode == "schema"
        assert not driver.wizard.screen.is_modal

    drive(story)


def test_a_key_that_waits_for_what_never_comes_is_handed_on(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A widget that hangs holds the others for a while only."""
    monkeypatch.setattr(ahead, "LONGEST_HOLD", 0.2)

    async def story(driver: Any) -> None:
        over = asyncio.Event()
        driver.wizard.focused.call_later(over.wait)
        driver.wizard.post_message(events.Key("2", "2"))
        try:
            async with asyncio.timeout(20):
                await asyncio.sleep(0)
                while not driver.wizard.has_typed_ahead:
                    await asyncio.sleep(0.01)
                while driver.wizard.has_typed_ahead:
                    await asyncio.sleep(0.01)
        finally:
            over.set()
        await driver.until(lambda: driver.wizard.current_mode == "schema")

    drive(story)
