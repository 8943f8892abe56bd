"""The bank's dataset, read back from its files by DuckDB."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.digest import Digest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.bands import banded
from ingen_fab.synthetic_data.core.spec.dataset import hours
from ingen_fab.synthetic_data.core.spec.kinds.reference import Reference
from ingen_fab.synthetic_data.core.spec.repository import CONFIGS, DatasetConfigurationRepository

Digests = Callable[..., dict[str, str]]
Violated = Callable[[Plan, Path], dict[str, object]]

SMALL = "finance_oltp_small"
TABLES = ("branches", "customers", "accounts", "cards", "merchants", "transactions")
GOLDEN = {
    "branches": "a4bd9d48e3ace05d46df9be5341d12e6",
    "customers": "34b8bd96616eb0044b16520dc8e3f2db",
    "accounts": "2879032f88065b6124b110e2f5002c40",
    "cards": "a1c34d2f39ba9c4e7e83262d0d5b669b",
    "merchants": "3b6d6028e289e1947a5ec1bfbba0a4ba",
    "transactions": "1b3169da3cda7cd7d6f8c78206df097a",
}
"""Of a thousand transactions with seed 42."""


@pytest.mark.parametrize(("rows", "seed"), [(150, 42), (300, 7), (1_000, 1), (10_000, 42)])
def test_rules_hold_at_every_size(plan_of: Callable[..., Plan], tmp_path: Path, rows: int, seed: int, violated: Violated) -> None:
    """No check finds a violation, and the transactions are exactly as many as asked for."""
    plan = plan_of(SMALL, target_rows=rows, seed_value=seed, output_settings__output_mode="parquet")
    assert plan.table("transactions").rows == rows
    assert violated(plan, tmp_path / "out") == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 7])
def test_shapes_hold_for_other_seeds(plan_of: Callable[..., Plan], tmp_path: Path, seed: int, violated: Violated) -> None:
    """Every check of the small size holds."""
    plan = plan_of(SMALL, seed_value=seed, output_settings__output_mode="parquet")
    assert violated(plan, tmp_path / "out") == {}


@pytest.mark.slow
def test_shapes_hold_at_a_million(plan_of: Callable[..., Plan], tmp_path: Path, violated: Violated) -> None:
    """Every check holds at a million transactions."""
    plan = plan_of("finance_oltp_large", output_settings__output_mode="parquet")
    assert len(plan.checks) >= 25
    assert violated(plan, tmp_path / "out") == {}


@pytest.mark.parametrize("rows", [1, 100])
def test_too_few_rows_are_refused(plan_of: Callable[..., Plan], rows: int) -> None:
    """Fewer rows than an account needs in two years are refused, with the numbers."""
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


def test_golden_digests(plan_of: Callable[..., Plan]) -> None:
    """A change of these digests is a change of everybody's data: a major release."""
    plan = plan_of(SMALL, target_rows=1_000)
    assert {table.name: table.digest for table in run(plan).tables} == GOLDEN


def test_pieces_and_order_do_not_matter(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """Chunks of 1,000, 777 and 65,536 rows, forwards and backwards, give equal digests."""
    plan = plan_of(SMALL, target_rows=4_000)
    expected = digests(plan, 65_536)
    assert digests(plan, 1_000) == expected
    assert digests(plan, 777, backwards=True) == expected


def test_single_days_are_slices(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """The days of a week across the turn of a month, each from a plan of its own, add up to the week."""
    days = [date(2024, 10, 28) + timedelta(days=n) for n in range(7)]
    week = plan_of(SMALL, target_rows=4_000, window=(days[0], days[-1]))
    total = Digest(week.table("transactions").primary_key)
    for day in days:
        plan = plan_of(SMALL, target_rows=4_000, window=(day, day))
        alone = plan.table("transactions")
        for batch in Engine(plan.program).batches("transactions", alone.first_row, alone.first_row + alone.rows):
            total.update(batch)
    assert total.rows == week.table("transactions").rows
    assert total.hex() == digests(week, 10_000)["transactions"]


@pytest.mark.parametrize("table", TABLES)
def test_scattered_rows_equal_the_block(plan_of: Callable[..., Plan], table: str) -> None:
    """Rows alone, and rows in any order, are those of the whole table."""
    plan = plan_of(SMALL, target_rows=4_000)
    mine = plan.table(table)
    whole = Engine(plan.program).batch(table, 0, mine.rows)
    for place in {0, mine.rows // 3, mine.rows - 1}:
        assert preview(plan, table, place, 1).to_pylist() == whole.slice(place, 1).to_pylist()
    rows = np.random.default_rng(5).permutation(mine.rows)[:700].astype(np.int64)
    frame = Engine(plan.program).table(table).rows_frame(rows)
    for field in whole.schema:
        assert frame.get(field.name).to_arrow(field.type).equals(whole.column(field.name).take(pa.array(rows))), field.name


@pytest.mark.parametrize("later", [date(2025, 2, 11), date(2026, 12, 31)])
def test_a_later_end_changes_no_earlier_row(plan_of: Callable[..., Plan], later: date) -> None:
    """With a window beyond the history, all columns but the as-of ones keep their values."""
    short = plan_of(SMALL, target_rows=1_000)
    long = plan_of(SMALL, target_rows=1_000, window=(date(2023, 1, 1), later), as_of=later)
    assert long.table("transactions").rows > 1_000
    for table in short.tables:
        columns = [column.name for column in table.columns if not column.as_of]
        before = Engine(short.program).batch(table.name, 0, table.rows, columns)
        assert Engine(long.program).batch(table.name, 0, table.rows, columns).equals(before), table.name


def test_unwritten_tables_change_nothing(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """Selecting tables leaves the rows of the selected ones as they are."""
    everything = digests(plan_of(SMALL, target_rows=500), 10_000)
    some = digests(plan_of(SMALL, target_rows=500, tables=["cards", "transactions"]), 10_000)
    assert some == {name: everything[name] for name in some}
    assert len(some) == 2


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
    assert set(column.factors["_busy"]) == set(weights) - {"any_time"}
    average = np.full(24, float(weights["any_time"]))
    for kind, paths in column.factors["_busy"].items():
        mine = np.array(banded(paths["transaction_at.hour"], 24, "hours"), np.float64)
        assert np.average(mine, weights=hourly) == pytest.approx(1, abs=0.01), kind
        average += mine * weights[kind]
    assert average / weights.total() == pytest.approx(np.ones(24), abs=0.01)
