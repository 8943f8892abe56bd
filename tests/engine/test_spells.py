"""Values that hold for some days: promotions by class, and what they sell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan

SHOP = """
dataset_id: shop
driving: lines
history: {start: 2023-01-01, end: 2024-12-31}
calendar: {name: us_retail, time_zone: America/New_York}
tables:
  goods:
    rows:
      number: 300
      initial_share: 0.7
      lifetime: {type: exponential, mean: 900, unit: days}
      changes: {groups: [{share: 0.5, every: 120 days}], columns: {price: {factor: {min: 0.8, max: 1.2}}}}
    columns:
      good_id: key
      shelf: {kind: category, weights: {fruit: 1, bread: 1, toys: 1, tea: 1, pens: 1, mugs: 1}}
      number: {kind: number, distribution: {min: 1, max: 9}}
      price: {kind: number, distribution: {min: 1, max: 9}, places: 2}
      offer:
        kind: spell
        per: shelf
        starts: thursday
        weights: {0: 8, 0.25: 1, 0.5: 1}
        months: {7: {0.1: 1}}
        events: {black_friday: {0.5: 1}, christmas_week: {0.25: 1}}
        as: decimal(3,2)
      mood: {kind: spell, weights: {good: 3, bad: 1}, every: 5 days}
  lines:
    rows: events
    columns:
      line_id: key
      at: begin
      good_id: {kind: reference, to: goods, elasticity: {column: price, exponent: -2, discount: offer}}
      shelf: good_id.shelf
      rate: good_id.offer
      first: good_id.offer.first_day
      last: good_id.offer.last_day
      mood: good_id.mood
      on: at.date
      event: at.event
"""


@pytest.fixture
def shop(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(SHOP, *change, **{"target_rows": 30_000, **settings})


def lines(plan: Plan) -> list[dict[str, Any]]:
    """All lines."""
    found: list[dict[str, Any]] = Engine(plan.program).batch("lines", 0, plan.table("lines").rows).to_pylist()
    return found


def test_a_spell_lasts_from_thursday_to_wednesday_and_is_of_a_shelf(shop: Callable[..., Plan]) -> None:
    """All goods of a shelf have it, of those that are looked at by another day another one."""
    rates: defaultdict[tuple[str, date], set[float]] = defaultdict(set)
    for line in lines(shop()):
        assert line["first"].weekday() == 3
        assert line["first"] <= line["on"] <= line["last"] == line["first"] + timedelta(days=6)
        rates[line["shelf"], line["first"]].add(float(line["rate"]))
    assert all(len(found) == 1 for found in rates.values())
    found = [(first, rate) for (_, first), one in rates.items() for rate in one]
    usual = [rate for first, rate in found if (first + timedelta(days=3)).month not in (7, 11, 12)]
    assert len(usual) > 400
    assert 0.74 < usual.count(0) / len(usual) < 0.86
    assert {rate for first, rate in found if (first + timedelta(days=3)).month == 7} == {0.1}
    assert {rate for first, rate in found if first in (date(2023, 11, 23), date(2024, 11, 28))} == {0.5}
    assert {rate for first, rate in found if first in (date(2023, 12, 21), date(2024, 12, 19))} == {0.25}


def test_without_per_each_row_has_spells_of_its_own(shop: Callable[..., Plan]) -> None:
    """Of five days, in the shares of the weights."""
    moods: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    for line in lines(shop()):
        moods[line["good_id"], (line["on"] - date(2023, 1, 1)).days // 5].add(line["mood"])
    assert all(len(found) == 1 for found in moods.values())
    assert 0.22 < sum("bad" in found for found in moods.values()) / len(moods) < 0.28


def test_more_is_sold_at_a_discount(shop: Callable[..., Plan]) -> None:
    """Half off sells four times as much of all that is sold at its price."""
    counts: defaultdict[tuple[date, str], int] = defaultdict(int)
    rate: dict[tuple[date, str], float] = {}
    for line in lines(shop(target_rows=120_000)):
        counts[line["first"], line["shelf"]] += 1
        rate[line["first"], line["shelf"]] = float(line["rate"])
    shelves, weeks = sorted({shelf for _, shelf in counts}), sorted({first for first, _ in counts})
    uplift = []
    for week, other in zip(weeks[1:], weeks, strict=False):
        at_price = [shelf for shelf in shelves if rate.get((week, shelf)) == rate.get((other, shelf)) == 0]
        for shelf in shelves:
            if at_price and rate.get((week, shelf)) == 0.5 and rate.get((other, shelf)) == 0:
                base = sum(counts[week, one] for one in at_price) / sum(counts[other, one] for one in at_price)
                uplift.append(counts[week, shelf] / counts[other, shelf] / base)
    assert len(uplift) > 20
    assert 3.3 < sorted(uplift)[len(uplift) // 2] < 4.7


def test_any_piece_is_the_same(shop: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """In pieces of any size and order; alone; and as of another day and a later end."""
    plan = shop()
    assert digests(plan, 65_536) == digests(plan, 777, backwards=True)
    whole = lines(plan)
    assert Engine(plan.program).batch("lines", 20_000, 20_001).to_pylist() == whole[20_000:20_001]
    later = shop(window=(date(2023, 1, 1), date(2025, 3, 31)), as_of=date(2025, 3, 31))
    assert lines(later)[: len(whole)] == whole
    on_black_friday = {
        float(row["offer"])
        for row in Engine(plan.program).batch("goods", 0, 200, as_of=(date(2024, 11, 29) - date(2023, 1, 1)).days).to_pylist()
    }
    assert on_black_friday == {0.5}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("every: 5 days", "every: 36 hours", "a spell lasts 1 to 366 whole days, not 36 hours"),
        ("every: 5 days", "every: 5 days, starts: monday", "`starts` is of spells of whole weeks, not of 5 days"),
        ("weights: {good: 3, bad: 1}", "weights: {good: 3}", "a spell has several values"),
        ("weights: {good: 3, bad: 1}", "weights: {good: 0, bad: 0}", "the weights are all 0"),
        ("black_friday: {", "black_fryday: {", "the calendar has no event `black_fryday`; did you mean `black_friday`?"),
        ("months: {7:", "months: {13:", r"months\.13"),
        ("per: shelf", "per: price", "`price` changes, may be NULL, or is neither a whole number nor a text of a list"),
        ("as: decimal(3,2)", "as: date", "a spell is a text or a number, not `date`"),
        ("discount: offer", "discount: mood", "`mood` of `goods` is not a `spell` of decimal numbers"),
        ("discount: offer", "discount: number", "`number` of `goods` is not a `spell` of decimal numbers"),
        ("{0.1: 1}", "{1: 1}", "is a share that is taken off: 0 or more, and less than 1"),
        ("{0.1: 1}", "{0.001: 1}", r"`0.001` is not a value of `as: decimal\(3,2\)`"),
        ("{0.1: 1}", "{1e-999999999: 1}", r"is not a value of `as: decimal\(3,2\)`"),
        ("{0.1: 1}", "{10: 1}", r"`10` is not a value of `as: decimal\(3,2\)`"),
        ("{0.1: 1}", "{inf: 1}", "not all values are numbers"),
        ("weights: {good: 3, bad: 1}", "weights: {1: 3, 1.7: 1}, as: bigint", "`1.7` is not a value of `as: bigint`"),
        ("weights: {good: 3, bad: 1}", "weights: {1: 3, 3000000000: 1}, as: integer", "`3000000000` is not a value of `as: integer`"),
        ("weights: {good: 3, bad: 1}", "weights: {good: 3, bad: 1}, as: integer", "not all values are numbers"),
    ],
)
def test_what_makes_no_sense_is_refused(shop: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """With a sentence that says where."""
    with pytest.raises(ConfigError, match=sentence):
        shop(old, new)
