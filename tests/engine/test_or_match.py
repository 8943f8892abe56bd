"""What a reference matches where nothing is found by its first `match`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.dependences import Dependences
from ingen_fab.synthetic_data.core.plan.plan import Plan

SHOP = """
dataset_id: shop
driving: visits
history: {start: 2024-01-01, end: 2024-06-30}
tables:
  shops:
    rows: {number: 40, initial_share: 1}
    columns:
      shop_id: key
      size: {kind: number, distribution: {min: 1, max: 9}}
      line: {kind: category, weights: {bread: 1, tea: 1, toys: 1}}
      state: {kind: category, weights: {north: 1, south: 1}}
  visits:
    rows: events
    columns:
      visit_id: key
      at: begin
      wanted: {kind: category, weights: {bread: 1, tea: 1, boats: 1}}
      home: {kind: category, weights: {north: 1, south: 1, abroad: 1}}
      shop_id: {kind: reference, to: shops, match: {line: wanted, state: home}, or_match: [{line: wanted}, {state: home}]}
      line: shop_id.line
      state: shop_id.state
"""


@pytest.fixture
def shop(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(SHOP, *change, **{"target_rows": 3_000, **settings})


def test_the_first_that_fits_is_taken(shop: Callable[..., Plan]) -> None:
    """One after the other; NULL where none fits."""
    plan = shop()
    seen = set()
    for row in Engine(plan.program).batch("visits", 0, plan.table("visits").rows).to_pylist():
        has, at_home = row["wanted"] != "boats", row["home"] != "abroad"
        assert row["line"] == row["wanted"] if has else row["line"] != "boats"
        assert row["state"] == row["home"] if at_home else row["state"] != "abroad"
        assert (row["shop_id"] is None) == (not has and not at_home)
        seen.add((has, at_home))
    assert len(seen) == 4


def test_any_piece_is_the_same(shop: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """In pieces of any size and order, and alone."""
    plan = shop()
    assert digests(plan, 65_536) == digests(plan, 77, backwards=True)
    engine = Engine(plan.program)
    whole = engine.batch("visits", 0, 200).to_pylist()
    assert [Engine(plan.program).batch("visits", n, n + 1).to_pylist()[0] for n in (3, 77, 199)] == [whole[n] for n in (3, 77, 199)]


def test_their_columns_are_dependences(shop: Callable[..., Plan]) -> None:
    """Also those that only a later match compares."""
    plan = shop(
        "match: {line: wanted, state: home}, or_match: [{line: wanted}, {state: home}]", "match: {line: wanted}, or_match: [{state: home}]"
    )
    told = [one.told("visits") for one in Dependences(plan.dataset).told(("visits", "shop_id"))]
    assert "shops.state (or_match)" in told
    assert "home (or_match)" in told


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("or_match: [{line: wanted}, {state: home}]", "or_match: [{}]", r"or_match.*needs 1 or more entries"),
        ("or_match: [{line: wanted}, {state: home}]", "or_match: [{size: home}]", "compares fixed values of one type"),
        ("or_match: [{line: wanted}, {state: home}]", "or_match: [{stat: home}]", "`stat`"),
        ("match: {line: wanted, state: home}, or_match", "or_match", "comes after a `match`"),
    ],
)
def test_what_makes_no_sense_is_refused(shop: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """With a sentence that says where."""
    with pytest.raises(ConfigError, match=sentence):
        shop(old, new)
