"""The retail star, read back from its files by DuckDB, and the promises of its layouts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.digest import Digest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.run.run import run

Digests = Callable[..., dict[str, str]]
Violated = Callable[[Plan, Path], dict[str, object]]

TABLES = ("dim_customer", "dim_product", "dim_store", "dim_date", "dim_time", "fact_sales")
GOLDEN = {
    "dim_customer": "a0c248cd918aa6163feb1b583be7d429",
    "dim_product": "fc3790efd363efb5a085bc16c1118504",
    "dim_store": "d7a2a888c700304c79b850e21dc5f208",
    "dim_date": "951abdc3e20c711ffc0b522d2393f5b0",
    "dim_time": "df2997352a01c9dc1bc777e806cd868d",
    "fact_sales": "0aebdd06fc48a55d609b2bcc3256c559",
}
"""Of a thousand sales with seed 42."""


@pytest.mark.parametrize(("rows", "seed"), [(1, 42), (300, 42), (1_000, 1), (1_000, 7), (10_000, 42)])
def test_structure_holds_at_every_size(plan_of: Callable[..., Plan], tmp_path: Path, rows: int, seed: int, violated: Violated) -> None:
    """No check that speaks of structure finds a violation."""
    plan = plan_of("retail_star_small", target_rows=rows, seed_value=seed, output_settings__output_mode="parquet")
    assert violated(plan, tmp_path / "out") == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 7])
def test_shapes_hold_at_ten_thousand(plan_of: Callable[..., Plan], tmp_path: Path, seed: int, violated: Violated) -> None:
    """The same for other seeds."""
    plan = plan_of("retail_star_small", target_rows=10_000, seed_value=seed, output_settings__output_mode="parquet")
    assert violated(plan, tmp_path / "out") == {}


@pytest.mark.slow
def test_shapes_hold_at_a_million(plan_of: Callable[..., Plan], tmp_path: Path, violated: Violated) -> None:
    """Every check holds at a million sales."""
    plan = plan_of("retail_star_large", output_settings__output_mode="parquet")
    assert len(plan.checks) >= 20
    assert violated(plan, tmp_path / "out") == {}


def test_small_is_small(plan_of: Callable[..., Plan]) -> None:
    """The six tables of the specification, 8 to 25 columns each; the sales are exact, of about 2.6 lines a basket."""
    plan = plan_of("retail_star_small")
    assert set(plan.names) == set(TABLES)
    assert all(8 <= len(table.columns) <= 25 for table in plan.tables)
    assert plan.table("fact_sales").rows == 10_000
    state = {f"{table.name}.{column.name}" for table in plan.tables for column in table.columns if column.as_of}
    assert state == {
        "fact_sales.is_returned", "dim_customer.valid_to", "dim_customer.is_current", "dim_product.valid_to", "dim_product.is_current",
    }  # fmt: skip


def test_golden_digests(plan_of: Callable[..., Plan]) -> None:
    """A change of these digests is a change of everybody's data: a major release."""
    plan = plan_of("retail_star_small", target_rows=1_000)
    assert {table.name: table.digest for table in run(plan).tables} == GOLDEN


def test_chunks_and_order_do_not_matter(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """Chunks of 1,000, an odd number and 65,536 rows, forwards and backwards, give equal digests."""
    plan = plan_of("retail_star_small", target_rows=4_000)
    expected = digests(plan, 65_536)
    assert digests(plan, 1_000) == expected
    assert digests(plan, 777, backwards=True) == expected


def test_single_days_are_slices(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """The days of a week, each from a plan of its own, add up to the week."""
    start = date(2024, 11, 25)
    days = [start + timedelta(days=n) for n in range(7)]
    week = plan_of("retail_star_small", target_rows=4_000, window=(days[0], days[-1]))
    total = Digest(week.table("fact_sales").primary_key)
    for day in days:
        plan = plan_of("retail_star_small", target_rows=4_000, window=(day, day))
        alone = plan.table("fact_sales")
        for batch in Engine(plan.program).batches("fact_sales", alone.first_row, alone.first_row + alone.rows):
            total.update(batch)
    assert total.rows == week.table("fact_sales").rows
    assert total.hex() == digests(week, 10_000)["fact_sales"]


@pytest.mark.parametrize("table", TABLES)
def test_single_and_scattered_rows_equal_the_block(plan_of: Callable[..., Plan], table: str) -> None:
    """Row k alone, and among scattered ones, is row k of the whole table."""
    plan = plan_of("retail_star_small", target_rows=2_000)
    mine = plan.table(table)
    whole = preview(plan, table, 0, mine.rows)
    rows = whole.to_pylist()
    for place in {0, 1, mine.rows // 3, mine.rows // 2, mine.rows - 1}:
        assert preview(plan, table, place, 1).to_pylist() == [rows[place]]
    engine = Engine(plan.program)
    low = max(mine.first_row, 0)
    ordered = engine.table(table).layout.block(low, mine.first_row + mine.rows - low).rows
    places = np.arange(len(ordered))[::-7]
    frame = engine.table(table).rows_frame(ordered[places])
    schema = engine.schema(table)
    for field in schema:
        scattered = frame.get(field.name).to_arrow(field.type)
        assert scattered.to_pylist() == whole.column(field.name).take(pa.array(places + low - mine.first_row)).to_pylist(), field.name


def test_a_later_end_changes_no_earlier_row(plan_of: Callable[..., Plan]) -> None:
    """With a window beyond the history, all columns but the as-of ones keep their values, and rows are only added."""
    short = plan_of("retail_star_small", target_rows=1_000)
    later = date(2025, 3, 31)
    long = plan_of("retail_star_small", target_rows=1_000, window=(date(2023, 1, 1), later), as_of=later)
    for table in short.tables:
        columns = [column.name for column in table.columns if not column.as_of]
        found = []
        for plan in (short, long):
            mine = plan.table(table.name)
            found.append({tuple(row.values()) for row in preview(plan, table.name, 0, mine.rows).select(columns).to_pylist()})
        assert found[0] <= found[1], table.name
        assert len(found[1]) > len(found[0]) or table.name in ("dim_store", "dim_time")


def test_tables_selected_alone_are_the_same(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """Selecting tables leaves the rows of the selected ones as they are."""
    everything = digests(plan_of("retail_star_small", target_rows=500), 10_000)
    for names in (["fact_sales"], ["dim_customer", "dim_date"]):
        assert digests(plan_of("retail_star_small", target_rows=500, tables=names), 10_000) == {name: everything[name] for name in names}


def test_billions_are_previewed(plan_of: Callable[..., Plan]) -> None:
    """The last sales of a billion; their keys are those of versions that lie there."""
    plan = plan_of("retail_star_large", target_rows=1_000_000_000, tables=["fact_sales", "dim_date"])
    sales = preview(plan, "fact_sales", 999_999_900, 100)
    assert sales.column("sale_key").to_pylist() == list(range(999_999_901, 1_000_000_001))
    assert all(key % 1000 >= 1 for key in sales.column("customer_key").to_pylist())


def test_the_law_of_a_basket_is_fitted_where_lines_are_counted(plan_of: Callable[..., Plan]) -> None:
    """The specification's own numbers, mean 100 and sigma 50, hold for the baskets; the lines stay exactly as many."""
    law = {"type": "lognormal", "mean": 100, "sigma": 50}
    plan = plan_of("retail_star_small", target_rows=10_000, distributions__order_amount=law)
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
