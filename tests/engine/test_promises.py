"""The promises of the engine: the same cells, however they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.digest import Digest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

Digests = Callable[..., dict[str, str]]

TABLES = ("customers", "products", "stores", "orders", "order_items", "inventory")
ROWS = 4_000


def test_chunks_do_not_matter(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """Chunks of 1,000, an odd number and 65,536 rows, forwards and backwards, give equal digests."""
    plan = plan_of("retail_oltp_small", target_rows=ROWS)
    expected = digests(plan, 65_536)
    assert digests(plan, 1_000) == expected
    assert digests(plan, 777, backwards=True) == expected


@pytest.mark.parametrize("seed", [0, 1, 42])
def test_seeds_differ_and_repeat(plan_of: Callable[..., Plan], seed: int, digests: Digests) -> None:
    """A seed gives the same tables each time, and other tables than another seed."""
    mine = digests(plan_of("retail_oltp_small", target_rows=500, seed_value=seed), 10_000)
    again = digests(plan_of("retail_oltp_small", target_rows=500, seed_value=seed), 10_000)
    other = digests(plan_of("retail_oltp_small", target_rows=500, seed_value=seed + 1), 10_000)
    assert mine == again
    assert all(mine[name] != other[name] for name in TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_single_rows_equal_the_block(plan_of: Callable[..., Plan], table: str) -> None:
    """Row k alone is row k of the whole table."""
    plan = plan_of("retail_oltp_small", target_rows=ROWS)
    mine = plan.table(table)
    whole = preview(plan, table, 0, min(mine.rows, 10_000)).to_pylist()
    for place in {0, 1, mine.rows // 3, mine.rows // 2, mine.rows - 1}:
        if place < len(whole):
            assert preview(plan, table, place, 1).to_pylist() == [whole[place]]


def test_single_days_are_slices(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """The days of a week, each from a plan of its own, add up to the week."""
    start = date(2024, 11, 25)
    days = [start + timedelta(days=n) for n in range(7)]
    week = plan_of("retail_oltp_small", target_rows=ROWS, window=(days[0], days[-1]))
    for name in ("orders", "order_items"):
        total = Digest(week.table(name).primary_key)
        for day in days:
            alone = plan_of("retail_oltp_small", target_rows=ROWS, window=(day, day)).table(name)
            plan = plan_of("retail_oltp_small", target_rows=ROWS, window=(day, day))
            for batch in Engine(plan.program).batches(name, alone.first_row, alone.first_row + alone.rows):
                total.update(batch)
        assert total.rows == week.table(name).rows
        assert total.hex() == digests(week, 10_000)[name]


def test_a_later_end_changes_no_earlier_row(plan_of: Callable[..., Plan]) -> None:
    """With a window beyond the history, all columns but the as-of ones keep their values."""
    short = plan_of("retail_oltp_small", target_rows=1_000)
    later = date(2025, 3, 31)
    long = plan_of("retail_oltp_small", target_rows=1_000, window=(date(2023, 1, 1), later), as_of=later)
    for table in short.tables:
        if table.layout == "snapshot":
            continue
        assert long.table(table.name).rows > table.rows or table.layout == "entities"
        columns = [column.name for column in table.columns if not column.as_of]
        before = Engine(short.program).batch(table.name, 0, table.rows, columns)
        after = Engine(long.program).batch(table.name, 0, table.rows, columns)
        assert pa.Table.from_batches([before]).equals(pa.Table.from_batches([after])), table.name


def test_unwritten_tables_change_nothing(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """Selecting tables leaves the rows of the selected ones as they are."""
    everything = digests(plan_of("retail_oltp_small", target_rows=500), 10_000)
    some = digests(plan_of("retail_oltp_small", target_rows=500, tables=["orders", "inventory"]), 10_000)
    assert some == {name: everything[name] for name in some}


def test_target_rows_are_exact(plan_of: Callable[..., Plan]) -> None:
    """The driving table has exactly the rows that were asked for, scale factor included."""
    for rows in (1, 2, 7, 999, 12_345):
        assert plan_of("retail_oltp_small", target_rows=rows).table("orders").rows == rows
    assert plan_of("retail_oltp_small", target_rows=50_000, scale_factor=2.0).table("orders").rows == 100_000


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
