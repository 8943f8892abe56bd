"""Categories that mostly have the value of what a row refers to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

CLUB = """
dataset_id: club
driving: visits
tables:
  members:
    rows: {number: 2_000, initial_share: 0.8}
    columns:
      member_id: key
      usual: {kind: category, weights: {phone: 3, desk: 2}, exact: true}
      rare: {kind: category, weights: {phone: 1, desk: 9}}
  visits:
    rows: events
    columns:
      visit_id: key
      member_id: {kind: reference, to: members, skew: none, nulls: 0.25}
      goal: {kind: category, exact: per_1024, weights: {look: 90, buy: 10}, factors: [{of: buy, column: device, times: {phone: 0.5}}]}
      device: {kind: category, weights: {phone: 60, desk: 40}, inherit: {from: member_id.usual, share: 0.8}}
      usual: member_id.usual
"""


@pytest.fixture
def club(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(CLUB, *change, **{"target_rows": 40_000, **settings})


def rows(plan: Plan) -> list[dict[str, Any]]:
    """All visits."""
    found: list[dict[str, Any]] = Engine(plan.program).batch("visits", 0, plan.table("visits").rows).to_pylist()
    return found


def test_most_rows_take_the_value(club: Callable[..., Plan]) -> None:
    """Four of five, and of the fifth whoever draws the same; all others draw by the weights."""
    same, devices = Counter[bool](), defaultdict[bool, Counter[str]](Counter)
    for row in rows(club()):
        devices[row["member_id"] is None][row["device"]] += 1
        if row["member_id"] is not None and row["goal"] == "look":
            same[row["device"] == row["usual"]] += 1
    assert abs(same[True] / same.total() - (0.8 + 0.2 * (0.36 + 0.16))) < 0.015
    assert all(abs(counts["phone"] / counts.total() - 0.6) < 0.02 for counts in devices.values())


def test_factors_hold_beside_it(club: Callable[..., Plan]) -> None:
    """Half as many of those at a phone buy, whoever they are."""
    counts: Counter[tuple[bool, str, str]] = Counter()
    for row in rows(club()):
        counts[row["member_id"] is None, row["device"], row["goal"]] += 1
    for guest in (False, True):
        rate = {
            device: counts[guest, device, "buy"] / (counts[guest, device, "buy"] + counts[guest, device, "look"])
            for device in ("phone", "desk")
        }
        assert abs(rate["phone"] / rate["desk"] - 0.5) < 0.09


def test_rows_alone_are_the_same(club: Callable[..., Plan]) -> None:
    """A hundred rows are those of the whole."""
    plan = club()
    assert preview(plan, "visits", 23_456, 100).to_pylist() == rows(plan)[23_456:23_556]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from: member_id.usual", "from: member_id.rare"),
        ("from: member_id.usual", "from: member_id.member_id"),
        ("{phone: 60, desk: 40}, inherit", "{desk: 40, phone: 60}, inherit"),
    ],
)
def test_only_of_the_same_weights(club: Callable[..., Plan], old: str, new: str) -> None:
    """Other weights would change those of the rows, and what factors make of them."""
    with pytest.raises(ConfigError, match=r"`inherit` takes texts of a category with the same values and weights, and no others"):
        club(old, new)
