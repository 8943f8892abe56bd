"""The bank's warehouse, read back from its files by DuckDB."""

from __future__ import annotations

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

Digests = Callable[..., dict[str, str]]
Violated = Callable[[Plan, Path], dict[str, object]]

SMALL = "finance_star_small"
TABLES = ("fact_transactions", "dim_account", "dim_customer", "dim_merchant", "dim_transaction_type", "dim_date")
GOLDEN = {
    "dim_account": "3a6bb01197f6943765f4af33e581a9e6",
    "dim_customer": "e0c1bbe2339bc86648d9a819d8396782",
    "dim_merchant": "19d0d502bba8ae60a3fba507cabc4bd5",
    "dim_transaction_type": "22d674e516cc732b113545279e8294ce",
    "dim_date": "b65251141c41b14aec48af4079ff7146",
    "fact_transactions": "60eaff5ec9f4538d31f3a8b819660cee",
}
"""Of a thousand postings with seed 42."""


def rows_of(plan: Plan, table: str) -> pa.Table:
    """All rows of a table that a plan writes."""
    mine, engine = plan.table(table), Engine(plan.program)
    return pa.Table.from_batches(engine.batches(table, mine.first_row, mine.first_row + mine.rows), engine.schema(table))


@pytest.mark.parametrize(("rows", "seed"), [(150, 42), (300, 7), (1_000, 1), (10_000, 42)])
def test_rules_hold_at_every_size(plan_of: Callable[..., Plan], tmp_path: Path, rows: int, seed: int, violated: Violated) -> None:
    """No check finds a violation, and the postings are exactly as many as asked for."""
    plan = plan_of(SMALL, target_rows=rows, seed_value=seed, output_settings__output_mode="parquet")
    assert plan.table("fact_transactions").rows == rows
    assert violated(plan, tmp_path / "out") == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 7])
def test_shapes_hold_for_other_seeds(plan_of: Callable[..., Plan], tmp_path: Path, seed: int, violated: Violated) -> None:
    """Every check of the small size holds."""
    assert violated(plan_of(SMALL, seed_value=seed, output_settings__output_mode="parquet"), tmp_path / "out") == {}


@pytest.mark.slow
def test_shapes_hold_at_a_million(plan_of: Callable[..., Plan], tmp_path: Path, violated: Violated) -> None:
    """Every check holds at a million postings."""
    plan = plan_of("finance_star_large", output_settings__output_mode="parquet")
    assert len(plan.checks) >= 20
    assert violated(plan, tmp_path / "out") == {}


def test_too_few_rows_are_refused(plan_of: Callable[..., Plan]) -> None:
    """Fewer rows than an account needs in two years are refused, with the numbers."""
    with pytest.raises(ConfigError, match=r"20 rows are fewer than the .* entries that are due"):
        plan_of(SMALL, target_rows=20)


def test_small_is_small(plan_of: Callable[..., Plan]) -> None:
    """The six tables of the specification, of 8 to 25 columns, each with a meaning, and keys of all dimensions in the facts."""
    plan = plan_of(SMALL)
    assert sorted(plan.names) == sorted(TABLES)
    assert plan.table("fact_transactions").rows == 10_000
    assert plan.rows <= 13_000
    assert all(8 <= len(table.columns) <= 25 for table in plan.tables)
    assert all(column.about for table in plan.tables for column in table.columns)
    keys = {(key.column, key.parent) for key in plan.table("fact_transactions").foreign_keys}
    assert keys == {
        ("date_key", "dim_date"),
        ("settlement_date_key", "dim_date"),
        ("account_key", "dim_account"),
        ("customer_key", "dim_customer"),
        ("merchant_key", "dim_merchant"),
        ("transaction_type_key", "dim_transaction_type"),
    }


def test_the_world_is_that_of_the_bank(plan_of: Callable[..., Plan]) -> None:
    """The postings are those of finance_oltp, and so are the accounts' balances."""
    star, oltp = plan_of(SMALL, target_rows=2_000), plan_of("finance_oltp_small", target_rows=2_000)
    for mine, theirs, columns in (
        ("fact_transactions", "transactions", ["reference", "transaction_at", "amount", "balance_after", "status"]),
        ("dim_account", "accounts", ["iban", "opening_balance", "current_balance", "closed_on"]),
        ("dim_merchant", "merchants", []),
    ):
        shift = 1 if mine == "dim_merchant" else 0
        assert rows_of(star, mine).slice(shift).select(columns).equals(rows_of(oltp, theirs).select(columns)), mine


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
    total = Digest(week.table("fact_transactions").primary_key)
    for day in days:
        plan = plan_of(SMALL, target_rows=4_000, window=(day, day))
        alone = plan.table("fact_transactions")
        for batch in Engine(plan.program).batches(alone.name, alone.first_row, alone.first_row + alone.rows):
            total.update(batch)
    assert total.hex() == digests(week, 10_000)["fact_transactions"]


def test_scattered_rows_equal_the_block(plan_of: Callable[..., Plan]) -> None:
    """Postings alone, and in any order, are those of the whole table."""
    plan = plan_of(SMALL, target_rows=4_000)
    whole = Engine(plan.program).batch("fact_transactions", 0, 4_000)
    for place in (0, 1_333, 3_999):
        assert preview(plan, "fact_transactions", place, 1).to_pylist() == whole.slice(place, 1).to_pylist()
    rows = np.random.default_rng(5).permutation(4_000)[:700].astype(np.int64)
    frame = Engine(plan.program).table("fact_transactions").rows_frame(rows)
    for field in whole.schema:
        assert frame.get(field.name).to_arrow(field.type).equals(whole.column(field.name).take(pa.array(rows))), field.name


def test_a_later_end_changes_no_earlier_row(plan_of: Callable[..., Plan]) -> None:
    """With a window beyond the history, all columns but the as-of ones keep their values."""
    later = date(2025, 2, 11)
    short = plan_of(SMALL, target_rows=1_000)
    long = plan_of(SMALL, target_rows=1_000, window=(date(2023, 1, 1), later), as_of=later)
    assert long.table("fact_transactions").rows > 1_000
    for table in short.tables:
        columns = [column.name for column in table.columns if not column.as_of]
        before = rows_of(short, table.name).select(columns)
        assert rows_of(long, table.name).slice(0, len(before)).select(columns).combine_chunks().equals(before.combine_chunks()), table.name


def test_unwritten_tables_change_nothing(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """Selecting tables leaves the rows of the selected ones as they are."""
    everything = digests(plan_of(SMALL, target_rows=500), 10_000)
    some = digests(plan_of(SMALL, target_rows=500, tables=["fact_transactions", "dim_customer"]), 10_000)
    assert some == {name: everything[name] for name in some}
    assert len(some) == 2
