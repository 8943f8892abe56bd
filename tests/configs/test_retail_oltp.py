"""The retail dataset: what it holds."""

from __future__ import annotations

from collections.abc import Callable

from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview


def test_small_is_small(plan_of: Callable[..., Plan]) -> None:
    """The six tables of the small size hold at most 60,000 rows and 8 to 20 columns each."""
    plan = plan_of("retail_oltp_small")
    assert plan.names == ("products", "stores", "customers", "orders", "order_items", "inventory")
    assert plan.rows <= 60_000
    assert all(8 <= len(table.columns) <= 20 for table in plan.tables)
    assert plan.table("orders").rows == 10_000


def test_billions_are_previewed(plan_of: Callable[..., Plan]) -> None:
    """The last rows of a billion-row table, with totals that equal the sum of their lines."""
    plan = plan_of("retail_oltp_large", target_rows=1_000_000_000)
    orders = preview(plan, "orders", 999_999_900, 100)
    assert orders.column("order_id").to_pylist() == list(range(999_999_901, 1_000_000_001))
    last = orders.slice(99).to_pylist()[0]
    lines = [
        line for line in preview(plan, "order_items", plan.table("order_items").rows - 12, 12).to_pylist() if line["order_id"] == 10**9
    ]
    assert last["total_amount"] == sum(line["line_total"] for line in lines)
