"""References by match: the row of another table whose columns equal values of this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.kernels.pool import combinations
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

SHOP = """
dataset_id: shop
history: {start: 2024-01-01, end: 2024-03-31}
driving: orders
tables:
  stores:
    rows: {number: 200, initial_share: 0.5, lifetime: {type: exponential, mean: 90, unit: days}}
    columns: {store_id: key, opened_at: begin, closed_at: end}
  dim_store:
    rows: {layout: children, of: stores}
    columns: {store_key: key, store_id: parent, opened_at: store_id.opened_at}
  channels:
    rows: {layout: list, pool: email_domains}
    columns: {channel_id: key, group: {kind: category, weights: {shop: 1, web: 1, post: 1}}, big: {kind: boolean, rate: 0.5}}
  orders:
    rows: events
    columns:
      order_id: key
      at: begin
      store_id: {kind: reference, to: stores, nulls: 0.2}
      due: {kind: timestamp, from: at, plus: {value: 30, type: constant, unit: days}}
      group: {kind: category, weights: {shop: 1, web: 1, post: 1, fax: 1}}
      big: {kind: boolean, rate: 0.5}
      store_key: {kind: reference, to: dim_store, match: store_id}
      later_key: {kind: reference, to: stores, match: store_id, at: due}
      channel_id: {kind: reference, to: channels, match: {group: group, big: big}}
      opened_at: store_key.opened_at
      seen_group: channel_id.group
"""


@pytest.fixture
def shop(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(SHOP, *change, **{"target_rows": 3_000, **settings})


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    return preview(plan, table, 0, plan.table(table).rows).to_pylist()


def test_a_copy_of_a_table_is_found_by_its_parent(shop: Callable[..., Plan]) -> None:
    """NULL where the own value is NULL, else the one child of that store; paths go on through it."""
    plan = shop()
    keys = {row["store_id"]: row for row in rows(plan, "dim_store")}
    orders = rows(plan, "orders")
    assert sum(row["store_id"] is None for row in orders) == 600
    for row in orders:
        child = keys.get(row["store_id"])
        assert row["store_key"] == (child and child["store_key"])
        assert row["opened_at"] == (child and child["opened_at"])


def test_at_asks_for_the_living_of_another_moment(shop: Callable[..., Plan]) -> None:
    """Thirty days on, the store is found unless it closed by then."""
    plan = shop()
    closed = {row["store_id"]: row["closed_at"] for row in rows(plan, "stores")}
    missing = 0
    for row in rows(plan, "orders"):
        gone = closed.get(row["store_id"])
        if row["store_id"] is None or (gone is not None and gone.date() < row["due"].date()):
            assert row["later_key"] is None
            missing += row["store_id"] is not None
        elif gone is None:
            # Those that close after the end of the data are still open in what is written.
            assert row["later_key"] in (row["store_id"], None)
    assert missing > 20


def test_a_list_is_found_by_its_values(shop: Callable[..., Plan]) -> None:
    """Every row that fits is drawn, no other, and NULL where none fits."""
    plan = shop()
    fitting: dict[tuple[str, bool], set[int]] = {}
    for row in rows(plan, "channels"):
        fitting.setdefault((row["group"], row["big"]), set()).add(row["channel_id"])
    drawn: dict[tuple[str, bool], set[int]] = {}
    for row in rows(plan, "orders"):
        place = (row["group"], row["big"])
        if row["channel_id"] is None:
            assert place not in fitting
            assert row["seen_group"] is None
        else:
            drawn.setdefault(place, set()).add(row["channel_id"])
            assert row["seen_group"] == row["group"]
    assert drawn == fitting


def test_single_rows_equal_the_block(shop: Callable[..., Plan]) -> None:
    """A row previewed alone is the row of the block."""
    plan = shop()
    block = rows(plan, "orders")
    assert [preview(plan, "orders", n, 1).to_pylist()[0] for n in range(0, 3000, 97)] == block[::97]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("match: store_id}", "match: stroe_id}", "table `dim_store` has no column `stroe_id`; did you mean `store_id`"),
        ("match: store_id}", "match: {opened_at: at}}", r"rows of `dim_store` \(children\) cannot be found by opened_at"),
        ("{layout: children, of: stores}", "{layout: children, of: stores, count: 2}", "only children of count 1 are found by it"),
        ("{group: group, big: big}", "{group: at}", "`at` is a timestamp, but `group` of `channels` is a varchar"),
        ("at: due}", "at: group}", "`group` is not a date or timestamp"),
        ("match: store_id}", "match: store_id, skew: none}", "have no effect on a reference by `match`"),
        ("nulls: 0.2}", "at: at}", "`at` has no effect without `match`"),
    ],
)
def test_what_is_said_of_mistakes(shop: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """One sentence each."""
    with pytest.raises(ConfigError, match=sentence):
        shop(old, new)


@pytest.mark.parametrize(("lists", "values"), [(0, 1), (1, 300), (2, 5), (4, 10_000), (5, 10_000), (8, 300), (8, 2)])
@pytest.mark.parametrize("count", [0, 1, 1_000])
def test_combinations_of_many_lists(lists: int, values: int, count: int) -> None:
    """Each row is told what it wants, also where all combinations that there might be are more than a number can count."""
    words = tuple(f"v{number}" for number in range(values))
    draws = np.random.default_rng(1)
    wants = [(draws.integers(0, values, count), words) for _ in range(lists)]
    found, place = combinations(wants, count)
    assert [found[at] for at in place.tolist()] == [tuple(words[coded[row]] for coded, _ in wants) for row in range(count)]
    assert len(set(found)) == len(found)
