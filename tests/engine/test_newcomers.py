"""Births that events bring about: who orders for the first time registers just before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan

SHOP = """
dataset_id: shop
driving: orders
history: {start: 2024-01-01, end: 2024-12-31}
calendar: {name: us_retail, time_zone: America/New_York}
tables:
  people:
    rows:
      {number: 2_000, initial_share: 0.5, first: {of: orders.person_id, share: 0.6}, lifetime: {type: exponential, mean: 400, unit: days}}
    columns: {person_id: key, joined: begin, joined_on: joined.date, left: end}
  goods:
    rows: {number: 20, initial_share: 1}
    columns: {good_id: key}
  orders:
    rows: events
    columns:
      order_id: key
      at: begin
      on: at.date
      person_id: {kind: reference, to: people, skew: {gamma: 1}}
      joined: person_id.joined
      other_id: {kind: reference, to: people}
      good_id: {kind: reference, to: goods}
"""
Rows = list[dict[str, Any]]


@pytest.fixture
def shop(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(SHOP, *change, **{"target_rows": 10_000, **settings})


def rows(plan: Plan, table: str, first: int = 0, last: int | None = None) -> Rows:
    """Rows of a table."""
    found: Rows = Engine(plan.program).batch(table, first, plan.table(table).rows if last is None else last).to_pylist()
    return found


def test_a_share_of_who_is_born_orders_minutes_later(shop: Callable[..., Plan]) -> None:
    """On the same day, and nobody orders before; ids follow time."""
    plan = shop()
    people, orders = rows(plan, "people"), rows(plan, "orders")
    first: dict[int, Any] = {}
    for order in orders:
        first.setdefault(order["person_id"], order["at"])
        assert order["joined"] < order["at"]
    born = [one for one in people if one["joined_on"] >= date(2024, 1, 1)]
    assert len(born) == 1_000
    at_once = [
        one for one in born if first.get(one["person_id"], one["joined"] + timedelta(days=1)) <= one["joined"] + timedelta(minutes=9)
    ]
    assert 0.55 < len(at_once) / len(born) < 0.68
    on = {(order["person_id"], order["at"]): order["on"] for order in orders}
    assert all(on[one["person_id"], first[one["person_id"]]] == one["joined_on"] for one in at_once)
    assert [one["joined"] for one in born] == sorted(one["joined"] for one in born)
    # Others are drawn as usual, so that the newcomers' later orders are not more than those of who was there.
    assert 4 < sum(order["person_id"] > 1_000 for order in orders) / len(born) < 7


def test_other_references_do_not_claim(shop: Callable[..., Plan]) -> None:
    """Only the one that is named."""
    found = rows(shop(), "orders")
    assert 0 < sum(order["person_id"] == order["other_id"] for order in found) < 100


def test_days_with_too_few_events_have_births_of_their_own(shop: Callable[..., Plan]) -> None:
    """Nobody is lost, and each event is of one newcomer at most."""
    plan = shop(target_rows=300)
    people, orders = rows(plan, "people"), rows(plan, "orders")
    assert len(people) == 2_000
    assert all(order["joined"] < order["at"] for order in orders if order["joined"].date() < order["at"].date())
    assert max(Counter(order["person_id"] for order in orders).values()) < 20


def test_any_piece_is_the_same(shop: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """In pieces of any size and order, alone, and with a later end."""
    plan = shop()
    assert digests(plan, 65_536) == digests(plan, 333, backwards=True)
    for table in ("orders", "people"):
        whole = rows(plan, table)
        assert rows(plan, table, 1_500, 1_501) == whole[1_500:1_501]
        later = shop(window=(date(2024, 1, 1), date(2025, 6, 30)), as_of=date(2025, 6, 30))
        for one, other in zip(whole, rows(later, table), strict=False):
            assert {**one, "left": None} == {**other, "left": None} if table == "people" else one == other


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("of: orders.person_id", "of: person_id", "`of` names a table and its reference, as `orders.customer_id` does, not `person_id`"),
        ("of: orders.person_id", "of: orders.good_id", "`orders.good_id` is no reference that draws rows of `people`, one by one"),
        ("of: orders.person_id", "of: orders.buyer_id", "table `orders` has no column `buyer_id`"),
        ("share: 0.6}", "share: 1.2}", r"first\.share"),
        ("initial_share: 0.5, first", "past: 9 years, first", "`first` goes with no `of` and no `past`"),
    ],
)
def test_what_makes_no_sense_is_refused(shop: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """With a sentence that says where."""
    with pytest.raises(ConfigError, match=sentence):
        shop(old, new)
