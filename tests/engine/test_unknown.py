"""The row for the unknown: key -1, written first, pointed at instead of NULL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

SHOP = """
dataset_id: shop
history: {start: 2024-01-01, end: 2024-03-31}
driving: sales
tables:
  stores:
    rows: {number: 30}
    unknown: {name: Nobody, area: 1.5, kind: other, big: false, since: 1900-01-01}
    columns:
      store_id: key
      kind: {kind: category, weights: {mall: 1, street: 1}}
      area: {kind: number, distribution: {min: 1, max: 9}, places: 2}
      big: {kind: boolean, rate: 0.5}
      since: {kind: date, from: opened_at}
      opened_at: begin
      name: {kind: text, template: "S{store_id}"}
      code: {kind: code, scheme: pattern, pattern: "AA##"}
      manager: {kind: pool, pool: last_names}
  sales:
    rows: events
    columns:
      sale_id: key
      channel: {kind: category, weights: {shop: 2, web: 1}}
      store_id: {kind: reference, to: stores, when: "channel = 'shop'", nulls: 0.1}
      copied: {kind: reference, to: stores, match: store_id}
      area: store_id.area
"""


@pytest.fixture
def shop(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(SHOP, *change, **{"target_rows": 1_000, **settings})


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    return preview(plan, table, 0, plan.table(table).rows).to_pylist()


def test_it_is_the_first_row_and_changes_no_other(shop: Callable[..., Plan]) -> None:
    """Its values where they are given, else NULL; all other rows are those of a table without it."""
    with_it = rows(shop(), "stores")
    without = rows(shop("    unknown: {name: Nobody, area: 1.5, kind: other, big: false, since: 1900-01-01}\n", ""), "stores")
    assert with_it[1:] == without
    first = {name: str(value) for name, value in with_it[0].items() if value is not None}
    assert first == {"store_id": "-1", "kind": "other", "area": "1.50", "big": "False", "since": "1900-01-01", "name": "Nobody"}


def test_references_point_at_it_instead_of_null(shop: Callable[..., Plan]) -> None:
    """Where a condition fails, in the share of nulls, and by match; what is behind it is NULL."""
    plan = shop()
    areas = {row["store_id"]: row["area"] for row in rows(plan, "stores")}
    sales = rows(plan, "sales")
    assert sum(row["store_id"] == -1 for row in sales) > sum(row["channel"] == "web" for row in sales)
    for row in sales:
        assert row["copied"] == row["store_id"]
        assert row["area"] == (None if row["store_id"] == -1 else areas[row["store_id"]])
    columns = {column.name: column for column in plan.table("sales").columns}
    assert not columns["store_id"].nullable
    assert columns["area"].nullable


def test_chunks_do_not_matter(shop: Callable[..., Plan]) -> None:
    """One batch or many."""
    plan = shop()
    mine = plan.table("stores")
    assert (mine.first_row, mine.rows) == (-1, 31)
    engine = Engine(plan.program)
    many = [row for batch in engine.batches("stores", -1, 30, 7) for row in batch.to_pylist()]
    assert many == engine.batch("stores", -1, 30).to_pylist() == rows(plan, "stores")
    assert [preview(plan, "stores", n, 1).to_pylist()[0] for n in range(31)] == many


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("area: 1.5,", "area: 1.555,", r"unknown\.area: `1.555` is not of type decimal"),
        ("area: 1.5,", "area: wide,", r"unknown\.area: `wide` is not of type decimal"),
        ("area: 1.5,", "store_id: 7,", "unknown names `store_id`, which is not a written column beside the key"),
        ("area: 1.5,", "aera: 1.5,", "unknown names `aera`"),
        ("rows: events", "rows: events\n    unknown: {}", "in a table that holds no events"),
    ],
)
def test_what_is_said_of_mistakes(shop: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """One sentence each."""
    with pytest.raises(ConfigError, match=sentence):
        shop(old, new)
