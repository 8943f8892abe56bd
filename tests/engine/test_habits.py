"""References that most rows take over, and favourites to which owners return."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.explain.column import column_facts
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

CHAIN = """
dataset_id: chain
history: {start: 2024-01-01, end: 2024-12-31}
driving: orders
tables:
  shops:
    rows: {number: 24, initial_share: 0.7, lifetime: {type: exponential, mean: 500, unit: days}}
    columns: {shop_id: key, size: {kind: number, distribution: {min: 1, max: 9}}, opened: begin, closed: end}
  goods:
    rows: {number: 300, initial_share: 1}
    columns: {good_id: key, class: {kind: category, weights: {a: 1, b: 1, c: 1, d: 1}}}
  people:
    rows: {number: 500, initial_share: 0.8}
    columns:
      person_id: key
      home_id: {kind: reference, to: shops, nulls: 0.1}
  orders:
    rows: events
    columns:
      order_id: key
      at: begin
      channel: {kind: category, weights: {store: 3, web: 1}, exact: true}
      person_id: {kind: reference, to: people, skew: none}
      shop_id:
        {kind: reference, to: shops, pick: share, weight: size, when: channel = 'store', inherit: {from: person_id.home_id, share: 0.8}}
      drawn_id: {kind: reference, to: shops, inherit: {from: person_id.home_id, share: 0.8}}
      loved_id: {kind: reference, to: shops, skew: none, favourites: {of: person_id, number: 3, share: 0.9, every: 100 days}}
      device: {kind: category, weights: {phone: 5, tablet: 1, desk: 4}, favourites: {of: person_id, number: 1, share: 0.9}}
      home_id: person_id.home_id
  lines:
    rows: {layout: children, of: orders, count: {min: 1, max: 3}}
    columns:
      line_id: key
      order_id: parent
      person_id: order_id.person_id
      good_id: {kind: reference, to: goods, distinct: true, favourites: {of: order_id.person_id, number: 8, share: 0.7}}
      quantity: {kind: number, distribution: {min: 1, max: 3}}
  stock:
    rows: {layout: snapshot, of: [shops, goods]}
    primary_key: [shop_id, good_id]
    columns:
      shop_id: {kind: parent, of: shops}
      good_id: {kind: parent, of: goods}
      on_hand: {kind: stock, of: lines.quantity}
      sold: on_hand.sold
      reviewed_at: on_hand.reviewed_at
"""
Shops = dict[int, tuple[date, date]]


@pytest.fixture
def chain(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(CHAIN, *change, **{"target_rows": 20_000, **settings})


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    found: list[dict[str, Any]] = Engine(plan.program).batch(table, 0, plan.table(table).rows).to_pylist()
    return found


def open_times(plan: Plan) -> Shops:
    """The first and the last day of each shop."""
    return {row["shop_id"]: (row["opened"].date(), row["closed"].date() if row["closed"] else date.max) for row in rows(plan, "shops")}


@pytest.mark.parametrize("column", ["shop_id", "drawn_id"])
def test_most_rows_take_the_row_over_where_it_is_there(chain: Callable[..., Plan], column: str) -> None:
    """Four of five, and few of the others by chance; nobody comes to a shop that is not open."""
    plan = chain()
    shops = open_times(plan)
    found = [row for row in rows(plan, "orders") if row[column] is not None]
    assert all(shops[row[column]][0] <= row["at"].date() <= shops[row[column]][1] for row in found)
    there = [row for row in found if row["home_id"] and shops[row["home_id"]][0] < row["at"].date() < shops[row["home_id"]][1]]
    assert len(there) > 8_000
    assert 0.79 < sum(row[column] == row["home_id"] for row in there) / len(there) < 0.84
    assert any(row["home_id"] and shops[row["home_id"]][1] < row["at"].date() for row in found)


def test_a_share_follows_its_weight_in_what_is_not_taken_over(chain: Callable[..., Plan]) -> None:
    """The others are the quota of the day, so that a large shop has more of them."""
    plan = chain("lifetime: {type: exponential, mean: 500, unit: days}", "some_stay: true")
    size = {row["shop_id"]: row["size"] for row in rows(plan, "shops")}
    others = Counter(row["shop_id"] for row in rows(plan, "orders") if row["shop_id"] not in (None, row["home_id"]))
    old = [shop for shop in size if shop <= 16]
    small, large = ([others[shop] for shop in old if (size[shop] > 5) == is_large] for is_large in (False, True))
    assert sum(large) / len(large) > 1.7 * sum(small) / len(small)


def test_stock_counts_the_very_sales(chain: Callable[..., Plan]) -> None:
    """Of each shop and good since the review, wherever the customers come from."""
    plan = chain()
    orders = {row["order_id"]: row for row in rows(plan, "orders")}
    sold: defaultdict[tuple[int, int, date], int] = defaultdict(int)
    for line in rows(plan, "lines"):
        order = orders[line["order_id"]]
        sold[order["shop_id"], line["good_id"], order["at"].date()] += line["quantity"]
    stock = preview(plan, "stock", 0, plan.table("stock").rows).to_pylist()
    assert sum(row["sold"] for row in stock) > 200
    for row in stock:
        days = (date(2024, 12, 31) - row["reviewed_at"].date()).days
        mine = sum(sold[row["shop_id"], row["good_id"], date(2024, 12, 31) - timedelta(days=back)] for back in range(days + 1))
        assert row["sold"] == mine
        assert row["on_hand"] >= 0


def test_owners_return_to_few(chain: Callable[..., Plan]) -> None:
    """Nine of ten orders of a quarter go to a handful of shops, the first of them most often; in the long run they change."""
    plan = chain()
    shops = open_times(plan)
    first, last = defaultdict[int, Counter[int]](Counter), defaultdict[int, Counter[int]](Counter)
    for row in rows(plan, "orders"):
        assert shops[row["loved_id"]][0] <= row["at"].date() <= shops[row["loved_id"]][1]
        if row["at"].month in (1, 12):
            (first if row["at"].month == 1 else last)[row["person_id"]][row["loved_id"]] += 1
    often = {person: counts.most_common() for person, counts in first.items() if counts.total() >= 5}
    total = sum(count for ranks in often.values() for _, count in ranks)
    assert 0.45 < sum(ranks[0][1] for ranks in often.values()) / total < 0.75
    kept = [ranks[0][0] in last[person] for person, ranks in often.items() if ranks[0][1] >= 3]
    assert sum(kept) / len(kept) < 0.4


def test_favourites_are_as_popular_as_what_is_drawn_freely(chain: Callable[..., Plan]) -> None:
    """Over all owners, goods come in the shares of their popularity, and devices in those of their weights."""
    plan = chain()
    tablet = sum(row["device"] == "tablet" for row in rows(plan, "orders")) / 20_000
    assert abs(tablet - 0.1) < 0.05
    loyal = Counter(row["good_id"] for row in rows(plan, "lines"))
    free = Counter(row["good_id"] for row in rows(chain(", favourites: {of: order_id.person_id, number: 8, share: 0.7}", ""), "lines"))
    top = [good for good, _ in free.most_common(30)]
    share = [sum(counts[good] for good in top) / counts.total() for counts in (loyal, free)]
    assert abs(share[0] / share[1] - 1) < 0.2


def test_siblings_differ_though_their_owner_has_favourites(chain: Callable[..., Plan]) -> None:
    """And half of all lines are of goods that their owner has bought three times and more."""
    orders, owners = defaultdict[int, list[int]](list), defaultdict[int, Counter[int]](Counter)
    for row in rows(chain(), "lines"):
        orders[row["order_id"]].append(row["good_id"])
        owners[row["person_id"]][row["good_id"]] += 1
    assert all(len(set(goods)) == len(goods) for goods in orders.values())
    again = sum(count for counts in owners.values() for count in counts.values() if count >= 3)
    assert again / sum(counts.total() for counts in owners.values()) > 0.5


def test_any_piece_of_the_rows_is_the_same(chain: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """In any order, and one row alone."""
    plan = chain(target_rows=3_000)
    assert digests(plan, 10_000) == digests(plan, 173, backwards=True)
    assert preview(plan, "orders", 2_345, 1).to_pylist() == rows(plan, "orders")[2_345:2_346]


def test_a_later_end_changes_no_earlier_row(chain: Callable[..., Plan]) -> None:
    """Neither what is taken over nor what is returned to."""
    plan = chain(target_rows=3_000)
    window = (date(2024, 1, 1), date(2025, 6, 30))
    later = chain(target_rows=3_000, window=window, as_of=window[1])
    assert later.table("orders").rows > 3_000
    assert rows(later, "orders")[:3_000] == rows(plan, "orders")
    lines = rows(plan, "lines")
    assert rows(later, "lines")[: len(lines)] == lines


def test_factors_and_likeness_hold_for_favourites(chain: Callable[..., Plan]) -> None:
    """On the web goods of class a sell five times as well, and siblings are alike."""
    plan = chain("distinct: true, favourites", "factors: [{of: class = 'a', column: order_id.channel, times: {web: 5}}], favourites")
    classes = {row["good_id"]: row["class"] for row in rows(plan, "goods")}
    channel = {row["order_id"]: row["channel"] for row in rows(plan, "orders")}
    counts: Counter[tuple[str, bool]] = Counter()
    for row in rows(plan, "lines"):
        counts[channel[row["order_id"]], classes[row["good_id"]] == "a"] += 1
    odds = [counts[each, True] / counts[each, False] for each in ("web", "store")]
    assert 3.5 < odds[0] / odds[1] < 6.5
    plan = chain("distinct: true, favourites", "distinct: true, affinity: {column: class, share: 0.9}, favourites")
    orders = defaultdict[int, list[str]](list)
    for row in rows(plan, "lines"):
        orders[row["order_id"]].append(classes[row["good_id"]])
    pairs = [found[0] == found[1] for found in orders.values() if len(found) > 1]
    assert sum(pairs) / len(pairs) > 0.75


def test_an_explanation_says_whose_favourites(chain: Callable[..., Plan]) -> None:
    """How many, and how long they last."""
    told = "0.9 of the rows go to one of 3 of person_id, each replaced every 100 days"
    assert ("favourites", told) in column_facts(chain(), "orders.loved_id").law


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("inherit: {from: person_id.home_id, share: 0.8}}\n      loved", "inherit: {from: person_id, share: 0.8}}\n      loved",
         r"`inherit` takes a reference to `shops`; `person_id` is not one"),
        ("favourites: {of: order_id.person_id, number: 8, share: 0.7}", "inherit: {from: good_id, share: 0.7}",
         r"`inherit` is of references by `pick: draw` or `pick: share`; it goes with no `match` and no `distinct`"),
        ("of: person_id, number: 3", "of: channel, number: 3",
         r"`favourites` are of a whole number, such as a reference; `channel` is a varchar"),
        ("every: 100 days", "every: 5 hours", r"favourites last 1 to 40,000 days, not `5 hours`"),
        ("pick: share, weight: size,", "pick: share, weight: size, favourites: {of: person_id, share: 0.5},",
         r"`favourites` are of a drawn reference, or of one by `match`; they go with no other `pick`"),
        ("of: lines.quantity", "of: lines.quantity, review: 30 days", r"then a review period is at most 14 days"),
        ("number: 1, share: 0.9}}", "number: 1, share: 0.9}, exact: true}", r"`favourites` go with no `exact`, `only_while` or `inherit`"),
    ],
)  # fmt: skip
def test_what_is_said_of_mistakes(chain: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """One sentence each."""
    with pytest.raises(ConfigError, match=sentence):
        chain(old, new)
