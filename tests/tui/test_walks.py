"""Steps taken faster than they can be built."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, permutations
from typing import Any

import pytest
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
