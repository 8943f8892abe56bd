"""Stock: which places keep which goods, how much of them, empty shelves, and warehouses beside shops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan

CHAIN = """
dataset_id: chain
history: {start: 2024-01-01, end: 2024-12-31}
driving: orders
tables:
  places:
    rows: {number: 9, initial_share: 0.7}
    columns:
      place_id: key
      _sends: {kind: sql, sql: place_id = 1}
      what: {kind: category, weights: {small: 1, large: 1}, by: {column: _sends, values: {true: {depot: 1}}}}
      size: {kind: sql, sql: "CASE what WHEN 'depot' THEN 0 WHEN 'small' THEN 2 ELSE 6 END"}
      sends: {kind: sql, sql: CASE WHEN _sends THEN 1 ELSE 0 END}
      room: {kind: sql, sql: "CASE what WHEN 'small' THEN 1 WHEN 'large' THEN 2 ELSE 3 END"}
      opened: begin
  goods:
    rows: {number: 400, initial_share: 0.8, lifetime: {type: exponential, mean: 700, unit: days}}
    columns:
      good_id: key
      _pace: {kind: popularity, of: lines.good_id}
      colour: {kind: category, weights: {red: 1, blue: 1}}
      line: {kind: sql, sql: "CASE WHEN _pace > 0.8 THEN 'first' WHEN _pace > 0.3 THEN 'second' ELSE 'third' END"}
      rank: {kind: sql, sql: "CASE line WHEN 'first' THEN 1 WHEN 'second' THEN 2 ELSE 3 END"}
      began: begin
      ended: end
  orders:
    rows: events
    columns:
      order_id: key
      at: begin
      channel: {kind: category, weights: {shop: 3, web: 1}}
      place_id: {kind: reference, to: places, pick: share, weight: size, when: channel = 'shop'}
      from_id: {kind: reference, to: places, pick: share, weight: sends, when: channel = 'web'}
      room: {kind: sql, sql: "coalesce(place_id.room, 3)"}
  lines:
    rows: {layout: children, of: orders, count: {min: 1, max: 9}}
    columns:
      line_id: key
      order_id: parent
      good_id:
        kind: reference
        to: goods
        skew: {lognormal: 1.0}
        distinct: true
        required: true
        affinity: {column: colour, share: 0.8}
        factors:
          - {of: line = 'second', column: order_id.room, times: {"0-2": 0}}
          - {of: line = 'third', column: order_id.room, times: {"0-3": 0}}
          - {of: colour = 'red', column: order_id.channel, times: {web: 3}}
      pieces: {kind: number, distribution: {min: 1, max: 3}}
  stock:
    rows: {layout: snapshot, of: [places, goods], where: good_id.rank <= place_id.room}
    primary_key: [place_id, good_id]
    columns:
      place_id: {kind: parent, of: places}
      good_id: {kind: parent, of: goods}
      shown: {kind: sql, sql: place_id.room * 2}
      on_hand:
        kind: stock
        of: lines.pieces
        by: {column: what, values: {depot: 2 days}}
        least: shown
        empty: 0.1
      target: on_hand.target
      opening: on_hand.opening
      received: on_hand.received
      sold: on_hand.sold
      reviewed_at: on_hand.reviewed_at
"""
STOCK = "        empty: 0.1\n"
Rows = list[dict[str, Any]]


@pytest.fixture
def chain(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(CHAIN, *change, **{"target_rows": 8_000, **settings})


def rows(plan: Plan, table: str, engine: Engine | None = None, day: int | None = None) -> Rows:
    """All rows of a table, as of a day."""
    engine = engine or Engine(plan.program)
    as_of = engine.as_of if day is None else day
    with engine.moment.on(as_of):
        count = engine.table(table).layout.before(as_of + 1)
    found: Rows = engine.batch(table, 0, count, as_of=as_of).to_pylist()
    return found


def test_a_place_keeps_and_sells_what_it_has_room_for(chain: Callable[..., Plan]) -> None:
    """One row for each living combination for which the condition holds, and no sale of another; the depot keeps all."""
    plan = chain()
    places, goods = ({row[key]: row for row in rows(plan, table)} for table, key in (("places", "place_id"), ("goods", "good_id")))
    found = {(row["place_id"], row["good_id"]) for row in rows(plan, "stock")}
    living = [good for good in goods.values() if good["ended"] is None]
    assert found == {(p, g["good_id"]) for p, place in places.items() for g in living if g["rank"] <= place["room"]}
    orders = {row["order_id"]: row for row in rows(plan, "orders")}
    sold = [(orders[line["order_id"]], goods[line["good_id"]]) for line in rows(plan, "lines")]
    assert len(sold) > 30_000
    assert all(good["rank"] <= order["room"] for order, good in sold)
    # What siblings have in common, and factors by another column, still hold.
    reds = [[good["colour"] == "red" for order, good in sold if order["channel"] == channel] for channel in ("web", "shop")]
    assert sum(reds[0]) / len(reds[0]) > 1.3 * sum(reds[1]) / len(reds[1])


def test_orders_have_one_place_and_the_depot_is_no_shop(chain: Callable[..., Plan]) -> None:
    """A weight of 0 has no share."""
    for row in rows(chain(), "orders"):
        assert (row["place_id"] is None) == (row["channel"] == "web") == (row["from_id"] == 1)
        assert row["place_id"] != 1


def test_sold_is_counted_wherever_it_was_taken_from(chain: Callable[..., Plan]) -> None:
    """In shops since a review a week ago at most, in the depot since one two days ago at most."""
    plan = chain()
    orders = {row["order_id"]: row for row in rows(plan, "orders")}
    sold: defaultdict[tuple[int, int, date], int] = defaultdict(int)
    for line in rows(plan, "lines"):
        order = orders[line["order_id"]]
        sold[order["place_id"] or order["from_id"], line["good_id"], order["at"].date()] += line["pieces"]
    last = date(2024, 12, 31)
    for row in rows(plan, "stock"):
        days = (last - row["reviewed_at"].date()).days
        assert days < (2 if row["place_id"] == 1 else 7)
        assert row["sold"] == sum(sold[row["place_id"], row["good_id"], last - timedelta(days=back)] for back in range(days + 1))
        assert row["on_hand"] == row["opening"] + row["received"] - row["sold"] >= 0


def test_a_share_of_the_shelves_is_empty_until_the_next_review(chain: Callable[..., Plan]) -> None:
    """Those that got nothing, whether or not somebody bought one; elsewhere stock covers most of what is sold."""
    found = rows(chain(target_rows=40_000), "stock")
    assert 0.07 < sum(row["opening"] == 0 for row in found) / len(found) < 0.13
    assert all(row["on_hand"] == 0 for row in found if row["opening"] == 0)
    assert any(row["sold"] for row in found if row["opening"] == 0)
    filled = [row for row in found if row["opening"]]
    assert all(row["opening"] == row["target"] and row["received"] % 6 == 0 for row in filled)
    assert sum(row["received"] > 0 for row in filled) / len(filled) < 0.06


def test_stock_is_deeper_where_more_is_sold(chain: Callable[..., Plan]) -> None:
    """By the place and by the good, and never below what is shown."""
    plan = chain(target_rows=200_000)
    places, goods = ({row[key]: row for row in rows(plan, table)} for table, key in (("places", "place_id"), ("goods", "good_id")))
    by: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows(plan, "stock"):
        assert row["target"] >= row["shown"]
        by[places[row["place_id"]]["what"], goods[row["good_id"]]["line"]].append(row["target"])
    mean = {key: sum(values) / len(values) for key, values in by.items()}
    assert mean["large", "first"] > 2 * mean["small", "first"]
    assert mean["large", "first"] > 1.4 * mean["large", "second"]


def test_what_was_so_at_a_review_stays_so(chain: Callable[..., Plan]) -> None:
    """Target and opening of a cell differ only with its review; nothing is reviewed before its place and good began."""
    plan = chain()
    engine = Engine(plan.program)
    begun = [
        {row[key]: row[at] for row in rows(plan, table)}
        for table, key, at in (("places", "place_id", "opened"), ("goods", "good_id", "began"))
    ]
    known: dict[tuple[int, int, object], tuple[int, int]] = {}
    for day in range(340, 366):
        for row in rows(plan, "stock", engine, day):
            assert row["reviewed_at"] >= max(begun[0][row["place_id"]], begun[1][row["good_id"]])
            if row["reviewed_at"] in (begun[0][row["place_id"]], begun[1][row["good_id"]]):
                continue
            cell = row["place_id"], row["good_id"], row["reviewed_at"]
            assert known.setdefault(cell, (row["target"], row["opening"])) == (row["target"], row["opening"])


def test_any_piece_of_a_snapshot_is_the_same(chain: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """With a condition too, in pieces of any size and order, and any row alone."""
    plan = chain()
    assert digests(plan, 65_536) == digests(plan, 777, backwards=True)
    whole = rows(plan, "stock")
    assert Engine(plan.program).batch("stock", 500, 501).to_pylist() == whole[500:501]
    assert plan.table("stock").rows == len(whole)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("where: good_id.rank <= place_id.room", "where: on_hand > 1", r"`on_hand` is not of a member: go through a `parent` column"),
        ("where: good_id.rank <= place_id.room", "where: good_id.rank", r"`good_id.rank` is a \w+, not a condition"),
        ("where: good_id.rank <= place_id.room", "where: good_id.size <= 3", r"table `goods` has no column `size`"),
        (STOCK, "        empty: 0.7\n", r"on_hand\.empty: .* 0\.5"),
        (STOCK, "        service: 1\n", r"on_hand\.service: .* 1"),
        ("least: shown", "least: reviewed_at", r"`reviewed_at` is not a whole number that is always there|circle"),
        ("depot: 2 days", "depot: 36 hours", r"a review period is a whole number of days, 366 at most, not `36 hours`"),
        ("depot: 2 days", "barn: 2 days", r"`what` of `places` is never `barn`"),
        ("column: what, values", "column: opened, values", r"`opened` is not a fixed category"),
        ("{of: colour = 'red', column", "{of: rank = 'red', column", r"`factors` and `affinity`|is not a fixed category"),
    ],
)
def test_what_makes_no_sense_is_refused(chain: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """With a sentence that says where."""
    with pytest.raises(ConfigError, match=sentence):
        chain(old, new)
