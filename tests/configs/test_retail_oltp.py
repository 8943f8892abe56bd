"""The retail dataset, read back from its files by DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.run import run

Violated = Callable[[Plan, Path], dict[str, object]]

GOLDEN = {
    "customers": "fa6c3b30a352147c88c9428305552a0a",
    "products": "3d8be67f0e4abbb37fb1ced96e726976",
    "stores": "46a65f5482698e795f52d1cf131e5d8a",
    "orders": "4bb04e70c65ecab67153894043cd8cda",
    "order_items": "03efd4920ab3b7f069afe34c796a9e41",
    "inventory": "506e82b070900fb68057ca05bedc843d",
}
"""Of a thousand orders with seed 42."""


@pytest.mark.parametrize("rows", [1, 300, 10_000])
def test_structure_holds_at_every_size(plan_of: Callable[..., Plan], tmp_path: Path, rows: int, violated: Violated) -> None:
    """No check that speaks of structure finds a violation."""
    plan = plan_of("retail_oltp_small", target_rows=rows, output_settings__output_mode="parquet")
    assert violated(plan, tmp_path / "out") == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 7, 42])
def test_shapes_hold_at_a_million(plan_of: Callable[..., Plan], tmp_path: Path, seed: int, violated: Violated) -> None:
    """Every check holds at a million orders, for three seeds."""
    plan = plan_of("retail_oltp_large", target_rows=1_000_000, seed_value=seed, output_settings__output_mode="parquet")
    assert len(plan.checks) >= 15
    assert violated(plan, tmp_path / "out") == {}


def test_small_is_small(plan_of: Callable[..., Plan]) -> None:
    """The six tables of the small size hold at most 60,000 rows and 8 to 20 columns each."""
    plan = plan_of("retail_oltp_small")
    assert plan.names == ("customers", "products", "stores", "orders", "order_items", "inventory")
    assert plan.rows <= 60_000
    assert all(8 <= len(table.columns) <= 20 for table in plan.tables)
    assert plan.table("orders").rows == 10_000


def test_golden_digests(plan_of: Callable[..., Plan]) -> None:
    """A change of these digests is a change of everybody's data: a major release."""
    plan = plan_of("retail_oltp_small", target_rows=1_000)
    assert {table.name: table.digest for table in run(plan).tables} == GOLDEN
