"""Datasets that stand on another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.spec.repository import load_dataset

SHOP = """
dataset_id: shop
history: {start: 2024-01-01, end: 2024-03-31}
tables:
  customers: {columns: {customer_id: key, name: {kind: pool, pool: last_names}}}
  orders:
    rows: events
    columns:
      order_id: key
      customer_id: {kind: reference, to: customers}
      ordered_at: begin
      _picked_at: {kind: timestamp, from: ordered_at, plus: 3 hours, clock: desk}
clocks: {desk: {hours: "09-17"}}
"""
MART = """
dataset_id: mart
extends: shop
driving: facts
tables:
  facts:
    rows: {layout: children, of: orders}
    columns: {fact_id: key, order_id: parent, name: order_id.customer_id.name, at: order_id.ordered_at}
"""


def own(folder: Path, mart: str = MART, shop: str = SHOP) -> Path:
    """A directory with both datasets."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "shop.yaml").write_text(shop)
    (folder / "own" / "mart.yaml").write_text(mart)
    return folder / "own"


def test_its_tables_are_there_and_not_written(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Only the mart's own table is written, over the shop's history, and its rows are those of the shop."""
    folder = own(tmp_path)
    shop, mart = (plan_of(name, datasets=[folder], target_rows=500) for name in ("shop", "mart"))
    assert mart.names == ("facts",)
    assert mart.window == shop.window
    names = {row["customer_id"]: row["name"] for row in preview(shop, "customers", 0, 50).to_pylist()}
    orders = preview(shop, "orders", 0, 500).to_pylist()
    assert preview(mart, "facts", 0, 500).to_pylist() == [
        {"fact_id": n + 1, "order_id": row["order_id"], "name": names[row["customer_id"]], "at": row["ordered_at"]}
        for n, row in enumerate(orders)
    ]


@pytest.mark.parametrize(
    ("mart", "sentence"),
    [
        (MART.replace("extends: shop", "extends: shpo"), r"extends: there is no dataset `shpo`; did you mean `shop`\?"),
        (MART.replace("  facts:", "  orders:"), r"tables\.orders: `shop`, which this dataset extends, has a table of this name"),
        (MART + "clocks: {desk: {hours: 08-10}}", r"clocks\.desk: `shop`, which this dataset extends, has a clock of this name"),
        (MART.replace("extends: shop", "extends: mart"), r"extends: there is no dataset `mart`"),
    ],
)
def test_what_is_said_of_mistakes(tmp_path: Path, mart: str, sentence: str) -> None:
    """One sentence with file, path and nearest name."""
    with pytest.raises(ConfigError, match=sentence):
        load_dataset(own(tmp_path, mart) / "mart.yaml")


def test_circles_are_refused(tmp_path: Path) -> None:
    """Two datasets that extend each other."""
    with pytest.raises(ConfigError, match="datasets extend each other in a circle: mart -> shop -> mart"):
        load_dataset(own(tmp_path, shop=SHOP + "extends: mart\n") / "shop.yaml")
