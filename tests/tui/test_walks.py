"""Steps taken faster than they can be built."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.steps import STEPS
from textual import events

Drive = Callable[..., None]
PAIRS = list(permutations(range(1, 8), 2))


@pytest.mark.parametrize("step", STEPS)
def test_keys_are_offered_before_a_step_is_built(drive: Drive, step: str) -> None:
    """Whether an action is possible is asked of screens that have no widgets yet."""

    async def story(driver: Any) -> None:
        made = Wizard.MODES[step]()
        for bindings in made._bindings.key_to_bindings.values():
            for binding in bindings:
                made.check_action(binding.action.partition("(")[0], ())

    drive(story)


def _walks() -> dict[str, list[int]]:
    """Forwards and backwards from each step, so that every pair of steps is taken one right after the other, as the first two."""
    rings = {f"{first} and {sign}{by}": (first, by * (1 if sign == "+" else -1)) for first in range(7) for by in (1, 2, 3) for sign in "+-"}
    return {name: [(first + n * by) % 7 + 1 for n in range(7)] for name, (first, by) in rings.items()}


@pytest.mark.slow
@pytest.mark.parametrize("pause", [None, 0.0, 0.1, 0.3, 0.6])
@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
def test_walking_fast_never_fails(drive: Drive, pause: float | None, backwards: bool) -> None:
    """One key after the other, without a wait or with a short one."""
    keys = "7654321" if backwards else "1234567"

    async def story(driver: Any) -> None:
        for key in keys + keys[::-1]:
            driver.wizard.post_message(events.Key(key, key))
            if pause is not None:
                await driver.pilot.pause(pause)
        await driver.settled()
        assert driver.wizard.current_mode == list(STEPS)[int(keys[0]) - 1]

    drive(story)


def test_every_pair_is_walked() -> None:
    """The walks below begin with each of the 42."""
    assert sorted(tuple(walk[:2]) for walk in _walks().values()) == sorted(PAIRS)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1, 8))
def test_any_two_steps_are_taken_at_once(drive: Drive, first: int) -> None:
    """In a wizard that has just opened."""
    for walk in (walk for walk in _walks().values() if walk[0] == first):

        async def story(driver: Any, walk: list[int] = walk) -> None:
            for number in walk:
                driver.wizard.post_message(events.Key(str(number), str(number)))
            await driver.pilot.pause()
            await driver.until(lambda: driver.wizard.current_mode == list(STEPS)[walk[-1] - 1])

        drive(story)
