"""Spells as rows of a table of their own, and references to them."""

from __future__ import annotations

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
    rows: {number: 60, initial_share: 0.3, lifetime: {type: exponential, mean: 900, unit: days}}
    columns:
      good_id: key
      shelf: {kind: category, weights: {fruit: 6, bread: 6, toys: 6, tea: 1, pens: 1}}
      offer: {kind: spell, per: shelf, starts: thursday, weights: {0: 8, 0.25: 1, 0.5: 1}, as: "decimal(3,2)"}
      mood: {kind: spell, weights: {good: 3, bad: 1}, every: 5 days}
      born: begin
  offers:
    rows: {layout: spells, of: goods, column: offer, without: [0]}
    unknown: {rate: 0}
    columns:
      offer_id: key
      good_id: parent
      shelf: copy
      rate: good_id.offer
      first: good_id.offer.first_day
      last: good_id.offer.last_day
      from: begin
  lines:
    rows: events
    columns:
      line_id: key
      at: begin
      on: at.date
      good_id: {kind: reference, to: goods}
      shelf: good_id.shelf
      rate: good_id.offer
      offer_id: {kind: reference, to: offers, match: {shelf: shelf}}
      told: offer_id.rate
      until: offer_id.last
"""


@pytest.fixture
def shop(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(SHOP, *change, **{"target_rows": 10_000, **settings})


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table that a plan writes."""
    mine = plan.table(table)
    found: list[dict[str, Any]] = Engine(plan.program).batch(table, mine.first_row, mine.first_row + mine.rows).to_pylist()
    return found


def test_each_offer_is_a_row_from_the_first_good_of_its_shelf_on(shop: Callable[..., Plan]) -> None:
    """In order of time, from the one that holds when the history begins; the row for the unknown comes first."""
    plan = shop()
    unknown, *offers = rows(plan, "offers")
    assert (unknown["offer_id"], unknown["shelf"], unknown["rate"]) == (-1, None, 0)
    assert [row["offer_id"] for row in offers] == list(range(1, len(offers) + 1))
    assert [row["first"] for row in offers] == sorted(row["first"] for row in offers)
    assert len({(row["shelf"], row["first"]) for row in offers}) == len(offers)
    assert {float(row["rate"]) for row in offers} == {0.25, 0.5}
    assert offers[0]["first"] == date(2022, 12, 29)
    assert all(row["last"] == row["first"] + timedelta(days=6) for row in offers)
    start = date(2023, 1, 1)
    assert all(
        (row["from"] - timedelta(hours=5)).date() in (max(row["first"], start), max(row["first"], start) - timedelta(1)) for row in offers
    )
    born: dict[str, Any] = {}
    for good in rows(plan, "goods"):
        born.setdefault(good["shelf"], good["born"].date())
    assert len(born) == 5
    assert all(max(row["first"], start) >= born[row["shelf"]] for row in offers)


def test_lines_refer_to_the_offer_of_their_day_and_shelf(shop: Callable[..., Plan]) -> None:
    """Where there is one, which agrees with what the good says; the others to the row for the unknown."""
    plan = shop()
    offers = {row["offer_id"]: row for row in rows(plan, "offers")}
    found = rows(plan, "lines")
    for line in found:
        offer = offers[line["offer_id"]]
        assert line["rate"] == (line["told"] or 0) == offer["rate"]
        assert (line["offer_id"] == -1) == (line["rate"] == 0)
        if line["offer_id"] != -1:
            assert (offer["shelf"], offer["last"]) == (line["shelf"], line["until"])
            assert offer["first"] <= line["on"] <= offer["last"]
    assert 0.1 < sum(line["offer_id"] != -1 for line in found) / len(found) < 0.4


def test_any_piece_and_any_day_is_the_same(shop: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """In pieces of any size and order, alone, in a window, and as of a later end, which only goes on."""
    plan = shop()
    assert digests(plan, 65_536) == digests(plan, 77, backwards=True)
    whole = rows(plan, "offers")
    assert Engine(plan.program).batch("offers", 50, 51).to_pylist() == whole[51:52]
    window = shop(window=(date(2024, 3, 2), date(2024, 3, 9)))
    assert rows(window, "offers") == whole
    before = rows(shop(window=(date(2024, 3, 2), date(2024, 3, 9)), as_of=date(2024, 3, 9)), "offers")
    assert before == whole[: len(before)]
    assert before[-1]["first"] <= date(2024, 3, 9) < whole[len(before)]["first"]
    later = rows(shop(window=(date(2023, 1, 1), date(2025, 3, 31)), as_of=date(2025, 3, 31)), "offers")
    assert later[: len(whole)] == whole
    assert len(later) > len(whole)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("column: offer", "column: shelf", "`shelf` of `goods` is of the kind category, not a spell"),
        ("column: offer", "column: mood", "the spells of `mood` are those of single rows; give it a `per` that is a column of `goods`"),
        ("column: offer", "column: ofer", "table `goods` has no column `ofer`; did you mean `offer`"),
        ("of: goods, column", "of: lines, column", "table `lines` has no column `offer`"),
        ("without: [0]", "without: [0.3]", "`offer` is never `0.3`"),
        ("without: [0]", "without: [0, 0.25, 0.5]", "`offer` has no other values"),
        ("number: 60", "number: 70_000", "`goods` is not entities or a list of at most 65,536 rows"),
        ("match: {shelf: shelf}", "match: {rate: rate}", r"rows of `offers` \(spells\) cannot be found by rate"),
        ("{kind: reference, to: offers, match: {shelf: shelf}}", "{kind: reference, to: offers, skew: none}", "whose rows are not drawn"),
    ],
)
def test_what_cannot_be_rows_is_named(shop: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """With what it may be."""
    with pytest.raises(ConfigError, match=sentence):
        shop(old, new)
