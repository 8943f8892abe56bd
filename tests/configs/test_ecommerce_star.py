"""The e-commerce dataset: read back from its files by DuckDB, and the same however it is asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

TABLES = ("dim_product", "dim_campaign", "dim_user", "dim_session", "fact_page_views", "fact_orders")


def test_small_is_small(plan_of: Callable[..., Plan]) -> None:
    """The six tables have 8 to 32 columns each; ten thousand page views are some three thousand visits, and hundreds of orders."""
    plan = plan_of("ecommerce_star_small")
    assert sorted(plan.names) == sorted(TABLES)
    assert all(8 <= len(table.columns) <= 32 for table in plan.tables)
    assert plan.table("fact_page_views").rows == 10_000
    assert 2_800 <= plan.table("dim_session").rows <= 3_300
    assert 180 <= plan.table("fact_orders").rows <= 250


@pytest.mark.parametrize("rows", [1, 2, 5, 999, 5_155, 5_156, 10_311, 77_777])
def test_page_views_are_exact(plan_of: Callable[..., Plan], rows: int) -> None:
    """So many page views, and the visits' counts add up to them."""
    plan = plan_of("ecommerce_star_small", target_rows=rows)
    sessions = plan.table("dim_session").rows
    counts = Engine(plan.program).batch("dim_session", 0, sessions, ["page_views"]).column(0).to_numpy()
    assert plan.table("fact_page_views").rows == rows == counts.sum()


def test_billions_are_previewed(plan_of: Callable[..., Plan]) -> None:
    """The last rows of a billion page views belong together with their visit, which has as many and ends with the last."""
    plan = plan_of("ecommerce_star_large", target_rows=1_000_000_000)
    last = preview(plan, "fact_page_views", 999_999_900, 100).to_pylist()
    assert [row["page_view_key"] for row in last] == list(range(999_999_901, 1_000_000_001))
    session = preview(plan, "dim_session", last[-1]["session_key"] - 1, 1).to_pylist()[0]
    mine = [row for row in last if row["session_key"] == session["session_key"]]
    assert session["page_views"] == len(mine)
    assert session["ended_at"] == last[-1]["left_at"]
