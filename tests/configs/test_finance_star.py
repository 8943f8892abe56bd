"""The bank's warehouse, read back from its files by DuckDB."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan

SMALL = "finance_star_small"
TABLES = ("fact_transactions", "dim_account", "dim_customer", "dim_merchant", "dim_card", "dim_branch", "dim_transaction_type", "dim_date")


def rows_of(plan: Plan, table: str) -> pa.Table:
    """All rows of a table that a plan writes."""
    mine, engine = plan.table(table), Engine(plan.program)
    return pa.Table.from_batches(engine.batches(table, mine.first_row, mine.first_row + mine.rows), engine.schema(table))


def test_too_few_rows_are_refused(plan_of: Callable[..., Plan]) -> None:
    """Fewer rows than an account needs in two months are refused, with the numbers."""
    with pytest.raises(ConfigError, match=r"5 rows .* ask for more"):
        plan_of(SMALL, target_rows=5)


def test_small_is_small(plan_of: Callable[..., Plan]) -> None:
    """The specification's six tables, cards and branches, of 8 to 25 columns, each with a meaning; facts have keys of all dimensions."""
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
        ("card_key", "dim_card"),
        ("branch_key", "dim_branch"),
        ("transaction_type_key", "dim_transaction_type"),
    }


def test_the_world_is_that_of_the_bank(plan_of: Callable[..., Plan]) -> None:
    """The postings are those of finance_oltp, and so are the accounts' balances."""
    star, oltp = plan_of(SMALL, target_rows=2_000), plan_of("finance_oltp_small", target_rows=2_000)
    for mine, theirs, columns in (
        ("fact_transactions", "transactions", ["reference", "transaction_at", "amount", "balance_after", "status", "rail", "transfer_id"]),
        ("dim_account", "accounts", ["account_number", "opening_balance", "current_balance", "closed_on"]),
        ("dim_merchant", "merchants", ["merchant_code", "mcc", "city", "onboarded_on"]),
        ("dim_card", "cards", ["card_id", "last_four", "card_type", "daily_limit", "issued_on", "replaced_on", "expires_on", "is_active"]),
        ("dim_branch", "branches", ["branch_id", "branch_code", "branch_name", "bic", "postal_code", "cash_machines", "opened_on"]),
    ):
        shift = 1 if mine in ("dim_merchant", "dim_card") else 0
        one, other = rows_of(star, mine).slice(shift).select(columns), rows_of(oltp, theirs).select(columns)
        # A column of a dimension with a row -1 may be NULL, and that of the bank may not: types and values are the same.
        assert one.schema.types == other.schema.types, mine
        assert one.to_pydict() == other.to_pydict(), mine
