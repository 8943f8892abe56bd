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
from ingen_fab.synthetic_data.core.spec.bands import hours
from ingen_fab.synthetic_data.core.spec.kinds.category import Category
from ingen_fab.synthetic_data.core.spec.repository import CONFIGS, DatasetConfigurationRepository

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
    """What is bought in the parts of the day adds up to the categories' weights: each kind has its hours, and no more or less."""
    dataset = DatasetConfigurationRepository().get("finance_oltp_large").dataset
    column = dataset.tables["transactions"].columns["_taste"]
    assert isinstance(column, Category)
    assert column.by is not None
    weights: Counter[str] = Counter()
    with (CONFIGS / "reference" / "merchant_categories.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            weights[row["busy"]] += int(row["weight"])
    assert column.weights == dict(weights)
    hourly = np.array(hours(dict(dataset.temporal_patterns.hourly_distribution)))
    parts = [tuple(int(hour) for hour in band.split("-")) for band in column.by.values]
    share = np.array([hourly[low:high].sum() for low, high in parts]) / hourly.sum()
    for kind, weight in weights.items():
        mine = np.array([part[kind] / sum(part.values()) for part in column.by.values.values()])
        assert np.average(mine, weights=share) * weights.total() == pytest.approx(weight, rel=0.2), kind
