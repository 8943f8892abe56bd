"""Users' own datasets: what is accepted, and what is said of mistakes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

SHOP = """
dataset_id: shop
tables:
  customers: {columns: {customer_id: key, name: {kind: pool, pool: last_names}, joined_at: begin}}
  orders:
    rows: events
    columns:
      order_id: key
      customer_id: {kind: reference, to: customers}
      ordered_at: begin
      amount: {kind: number, distribution: {type: lognormal, mean: 80, stddev: 60}, places: 2}
"""


def write(folder: Path, text: str) -> Path:
    """A directory with one dataset."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "shop.yaml").write_text(text)
    return folder / "own"


def test_ten_lines_are_a_dataset(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Two tables with keys, a reference, a time and an amount; customers exist before they order."""
    plan = plan_of("shop", datasets=[write(tmp_path, SHOP)], target_rows=5_000)
    assert {table.name: table.rows for table in plan.tables} == {"customers": 500, "orders": 5_000}
    orders = preview(plan, "orders", 0, 5_000).to_pylist()
    joined = {row["customer_id"]: row["joined_at"] for row in preview(plan, "customers", 0, 500).to_pylist()}
    assert all(joined[order["customer_id"]] < order["ordered_at"] for order in orders)
    assert abs(sum(float(order["amount"]) for order in orders) / 5_000 - 80) < 4


def test_quotas_are_exact(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Shares of NULL and of orphans are met to the row, and orphans point at no customer."""
    text = SHOP.replace("to: customers}", "to: customers, nulls: 0.05, orphans: 0.02}")
    plan = plan_of("shop", datasets=[write(tmp_path, text)], target_rows=10_000)
    keys = [row["customer_id"] for row in preview(plan, "orders", 0, 10_000).to_pylist()]
    assert keys.count(None) == 500
    assert sum(key is not None and key > 1_000 for key in keys) == 200


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("2024-02-29, as: date", date(2024, 2, 29)),
        ("2024-02-29, as: varchar", "2024-02-29"),
        ("true", True),
    ],
)
def test_a_constant_is_a_day_or_a_truth_value_too(plan_of: Callable[..., Plan], tmp_path: Path, written: str, value: object) -> None:
    """As it is documented; a day is one that others are counted from."""
    text = SHOP + f"      fixed: {{kind: constant, value: {written}}}\n"
    text += "      _first: {kind: constant, value: 2024-01-01}\n      later: {kind: date, from: _first, plus: 3 days}\n"
    rows = preview(plan_of("shop", datasets=[write(tmp_path, text)], target_rows=10), "orders", 0, 10).to_pylist()
    assert {row["fixed"] for row in rows} == {value}
    assert {row["later"] for row in rows} == {date(2024, 1, 4)}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("rows: events", "rows: event", "no layout is called `event`; did you mean `events`?"),
        ("kind: number", "kind: numbr", "no kind is called `numbr`; did you mean `number`?"),
        ("places: 2", "plces: 2", "tables.orders.columns.amount.plces: unknown key; did you mean `places`?"),
        ("to: customers", "to: customer", "there is no table `customer`; did you mean `customers`?"),
        ("pool: last_names", "pool: last_name", "there is no pool `last_name`; did you mean `last_names`?"),
        (", stddev: 60", "", "a lognormal distribution needs stddev"),
        ("type: lognormal", "type: exponential", "`stddev` has no effect on a exponential distribution"),
        ("mean: 80", "mean: 80, min: 90", "the mean 80 lies outside 90 to inf"),
        ("dataset_id: shop", "dataset_id: shop\ndataset_id: shop", "line 3: `dataset_id` is given twice"),
        ("ordered_at: begin", "ordered_at: begin\n      day: ordered_at.dte", "nothing called `dte` is inside; did you mean `date`?"),
        ("ordered_at: begin", "ordered_at: begin\n      a: {kind: sql, sql: b + 1}\n      b: {kind: sql, sql: a + 1}", "in a circle"),
        ("ordered_at: begin", "ordered_at: begin\n      a: {kind: sql, sql: 'amount +* 2'}", "is not SQL"),
        ("ordered_at: begin", "ordered_at: begin\n      a: {kind: sql, sql: system('ls')}", "is not supported"),
        ("ordered_at: begin", "ordered_at: begin\n      a: {kind: text, template: '{amount.__class__}'}", "nothing called `__class__`"),
        ("order_id: key", "order_id: {kind: number, distribution: 3}", "has no key"),
        ("rows: events", "rows: {layout: children, of: customers, count: {type: geometric, mean: 9, min: 1, max: 4}}", "lies outside"),
        ("dataset_id: shop", "dataset_id: ../shop", "is not a name"),
    ],
)
def test_mistakes_get_sentences(plan_of: Callable[..., Plan], tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """A wrong file is refused with a sentence that names the file, and mostly the path and the nearest match."""
    folder = write(tmp_path, SHOP.replace(old, new, 1))
    with pytest.raises(ConfigError) as refused:
        plan_of("../shop" if "../" in new else "shop", datasets=[folder])
    assert sentence in str(refused.value)
    assert str(folder / "shop.yaml") in str(refused.value)
