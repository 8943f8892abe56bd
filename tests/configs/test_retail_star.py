"""The retail star, read back from its files by DuckDB, and the promises of its layouts."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

TABLES = ("dim_customer", "dim_product", "dim_store", "dim_promotion", "dim_date", "dim_time", "fact_sales")


def test_small_is_small(plan_of: Callable[..., Plan]) -> None:
    """The six tables of the specification and the promotions, 8 to 25 columns each; the sales are exact, of about 2.6 lines a basket."""
    plan = plan_of("retail_star_small")
    assert set(plan.names) == set(TABLES)
    assert all(8 <= len(table.columns) <= 25 for table in plan.tables)
    assert plan.table("fact_sales").rows == 10_000
    state = {f"{table.name}.{column.name}" for table in plan.tables for column in table.columns if column.as_of}
    assert state == {
        "fact_sales.is_returned", "dim_customer.valid_to", "dim_customer.is_current", "dim_product.valid_to", "dim_product.is_current",
    }  # fmt: skip


def test_billions_are_previewed(plan_of: Callable[..., Plan]) -> None:
    """The last sales of a billion; their keys are those of versions that lie there."""
    plan = plan_of("retail_star_large", target_rows=1_000_000_000, tables=["fact_sales", "dim_date"])
    sales = preview(plan, "fact_sales", 999_999_900, 100)
    assert sales.column("sale_key").to_pylist() == list(range(999_999_901, 1_000_000_001))
    assert all(key % 1000 >= 1 for key in sales.column("customer_key").to_pylist())


def test_the_distribution_of_a_basket_is_fitted_where_lines_are_counted(plan_of: Callable[..., Plan]) -> None:
    """The specification's own numbers, mean 100 and sigma 50, hold for the baskets; the lines stay exactly as many."""
    distribution = {"type": "lognormal", "mean": 100, "sigma": 50}
    plan = plan_of("retail_star_small", target_rows=10_000, distributions__order_amount=distribution)
    assert plan.table("fact_sales").rows == 10_000
    sales = preview(plan, "fact_sales", 0, 10_000).select(["order_number", "net_amount"])
    with duckdb.connect() as connection:
        connection.register("sales", sales)
        found = connection.execute(
            "SELECT avg(s), stddev(s) FROM (SELECT sum(net_amount) AS s FROM sales GROUP BY order_number)"
        ).fetchone()
    assert found is not None
    assert found[0] == pytest.approx(100, rel=0.05)
    assert found[1] == pytest.approx(50, rel=0.15)
