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
    left = set(permutations(keys, 2))
    walk = keys[0]
    while left:
        # As far away as it can go: such a walk ends where it began, when all pairs are taken.
        after = max((b for a, b in left if a == walk[-1]), key=lambda key: (sum(a == key for a, _ in left), key))
        left.remove((walk[-1], after))
        walk += after
    return walk


WALKS = {"forwards": "1234567887654321", "backwards": "8765432112345678", "all pairs": all_pairs("12345678")}


def test_each_pair_is_walked() -> None:
    """All 56 of them."""
    assert set(permutations("12345678", 2)) == set(pairwise(WALKS["all pairs"]))


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
