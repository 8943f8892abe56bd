"""The bank's dataset, read back from its files by DuckDB."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.spec.bands import banded, hours
from ingen_fab.synthetic_data.core.spec.kinds.reference import Reference
from ingen_fab.synthetic_data.core.spec.repository import CONFIGS, DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.shapes import equal

SMALL = "finance_oltp_small"
TABLES = ("branches", "customers", "accounts", "cards", "merchants", "transactions")


@pytest.mark.parametrize("rows", [1, 5])
def test_too_few_rows_are_refused(plan_of: Callable[..., Plan], rows: int) -> None:
    """Fewer rows than an account needs in two months are refused, with the numbers."""
    with pytest.raises(ConfigError, match=rf"tables\.transactions\.rows: {rows} rows .* ask for more"):
        plan_of(SMALL, target_rows=rows)


def test_small_is_small(plan_of: Callable[..., Plan]) -> None:
    """The six tables of the specification, of 8 to 25 columns, each with a meaning."""
    plan = plan_of(SMALL)
    assert sorted(plan.names) == sorted(TABLES)
    assert plan.table("transactions").rows == 10_000
    assert plan.rows <= 12_000
    assert all(8 <= len(table.columns) <= 25 for table in plan.tables)
    assert all(column.about for table in plan.tables for column in table.columns)
    keys = {(table.name, key.column, key.parent) for table in plan.tables for key in table.foreign_keys}
    assert {
        ("customers", "home_branch_id", "branches"),
        ("accounts", "customer_id", "customers"),
        ("cards", "account_id", "accounts"),
        ("transactions", "account_id", "accounts"),
        ("transactions", "card_id", "cards"),
        ("transactions", "merchant_id", "merchants"),
    } <= keys


def test_billions_are_previewed(plan_of: Callable[..., Plan]) -> None:
    """The last rows of a billion, whose balances chain."""
    plan = plan_of("finance_oltp_large", target_rows=1_000_000_000)
    last = preview(plan, "transactions", 999_999_900, 100).to_pylist()
    assert [row["transaction_id"] for row in last] == list(range(999_999_901, 1_000_000_001))
    assert {row["transaction_date"] for row in last} == {date(2024, 12, 31)}


def test_hours_keep_the_mix_of_merchants() -> None:
    """The factors of card purchases average to 1 in every hour over all merchants, and for each kind over the hours."""
    dataset = DatasetConfigurationRepository().get("finance_oltp_large").dataset
    column = dataset.tables["transactions"].columns["merchant_id"]
    assert isinstance(column, Reference)
    hourly = np.array(hours(dict(dataset.temporal_patterns.hourly_distribution)))
    weights: Counter[str] = Counter()
    with (CONFIGS / "reference" / "merchant_categories.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            weights[row["busy"]] += int(row["weight"])
    factors = {equal(one.of)[1]: one.times for one in column.factors}
    assert {(equal(one.of)[0], one.column) for one in column.factors} == {("_busy", "transaction_at.hour")}
    assert set(factors) == set(weights) - {"any_time"}
    average = np.full(24, float(weights["any_time"]))
    for kind, times in factors.items():
        mine = np.array(banded(times, 24, "hours"), np.float64)
        assert np.average(mine, weights=hourly) == pytest.approx(1, abs=0.01), kind
        average += mine * weights[kind]
    assert average / weights.total() == pytest.approx(np.ones(24), abs=0.01)
