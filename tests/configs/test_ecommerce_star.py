"""The e-commerce dataset: read back from its files by DuckDB, and the same however it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

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

TABLES = ("dim_product", "dim_campaign", "dim_user", "dim_session", "fact_page_views", "fact_orders")
ROWS = 9_000
"""Page views of the tests of promises: a block of visits, and one that the history's end cuts."""

GOLDEN = {
    "dim_product": "35ed1b4d145fe6a3a5f2c69eeffe7d9e",
    "dim_campaign": "f6d06e2b357fabb6e33dbe08ee423c34",
    "dim_user": "f7961f5618e4e3addbf6989c64ecc131",
    "dim_session": "92f69aeb33b0822f504b132694e79627",
    "fact_page_views": "fa39a87a7741e93c89047c477803f36b",
    "fact_orders": "0845c723b4bf8a31c1106cb1e4a2ffdf",
}
"""Of a thousand page views with seed 42."""


@pytest.mark.parametrize("rows", [1, 2, 3, 300, 1_000, 10_000, 20_000])
def test_structure_holds_at_every_size(plan_of: Callable[..., Plan], tmp_path: Path, rows: int, violated: Violated) -> None:
    """No check that speaks at the size finds a violation; a single page view is a dataset, too."""
    plan = plan_of("ecommerce_star_small", target_rows=rows, output_settings__output_mode="parquet")
    assert violated(plan, tmp_path / "out") == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 7])
def test_other_seeds_hold_too(plan_of: Callable[..., Plan], tmp_path: Path, seed: int, violated: Violated) -> None:
    """Ten thousand page views of other seeds break no check."""
    plan = plan_of("ecommerce_star_small", seed_value=seed, output_settings__output_mode="parquet")
    assert violated(plan, tmp_path / "out") == {}


@pytest.mark.slow
def test_shapes_hold_at_a_million(plan_of: Callable[..., Plan], tmp_path: Path, violated: Violated) -> None:
    """Every check holds at a million page views."""
    plan = plan_of("ecommerce_star_large", output_settings__output_mode="parquet")
    assert len(plan.checks) >= 12
    assert violated(plan, tmp_path / "out") == {}


def test_small_is_small(plan_of: Callable[..., Plan]) -> None:
    """The six tables have 8 to 25 columns each; ten thousand page views are some two thousand visits."""
    plan = plan_of("ecommerce_star_small")
    assert sorted(plan.names) == sorted(TABLES)
    assert all(8 <= len(table.columns) <= 25 for table in plan.tables)
    assert plan.table("fact_page_views").rows == 10_000
    assert 1_800 <= plan.table("dim_session").rows <= 2_200


def test_golden_digests(plan_of: Callable[..., Plan]) -> None:
    """A change of these digests is a change of everybody's data: a major release."""
    plan = plan_of("ecommerce_star_small", target_rows=1_000)
    assert {table.name: table.digest for table in run(plan).tables} == GOLDEN


@pytest.mark.parametrize("rows", [1, 2, 5, 999, 5_155, 5_156, 10_311, 77_777])
def test_page_views_are_exact(plan_of: Callable[..., Plan], rows: int) -> None:
    """So many page views, and the visits' counts add up to them."""
    plan = plan_of("ecommerce_star_small", target_rows=rows)
    sessions = plan.table("dim_session").rows
    counts = Engine(plan.program).batch("dim_session", 0, sessions, ["page_views"]).column(0).to_numpy()
    assert plan.table("fact_page_views").rows == rows == counts.sum()


@pytest.mark.slow
def test_chunks_and_order_do_not_matter(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """Chunks of 1,000, an odd number and 65,536 rows, forwards and backwards, give equal digests."""
    plan = plan_of("ecommerce_star_small", target_rows=ROWS)
    expected = digests(plan, 65_536)
    assert digests(plan, 1_000) == expected
    assert digests(plan, 777, backwards=True) == expected


@pytest.mark.parametrize("table", TABLES)
def test_single_and_scattered_rows_equal_the_block(plan_of: Callable[..., Plan], table: str) -> None:
    """Row k alone, and among rows from all over the table, is row k of the whole."""
    plan = plan_of("ecommerce_star_small", target_rows=ROWS)
    mine = plan.table(table)
    whole = pa.Table.from_batches([Engine(plan.program).batch(table, mine.first_row, mine.first_row + mine.rows)])
    for place in {0, 1, mine.rows // 2, mine.rows - 1}:
        assert preview(plan, table, place, 1).to_pylist() == whole.slice(place, 1).to_pylist()
    places = [mine.rows - 1, 1, mine.rows // 2, mine.rows // 3, 2, mine.rows // 2]
    rows = np.array(places, np.int64) + mine.first_row
    engine = Engine(plan.program)
    frame = engine.table(table).rows_frame(rows)
    schema = engine.schema(table)
    found = pa.table([frame.get(field.name).to_arrow(field.type) for field in schema], schema=schema)
    assert found.to_pylist() == [whole.slice(place, 1).to_pylist()[0] for place in places]


@pytest.mark.slow
@pytest.mark.parametrize("table", ["dim_session", "fact_page_views", "fact_orders"])
def test_single_days_make_the_week(plan_of: Callable[..., Plan], table: str, digests: Digests) -> None:
    """The last days of the history made one by one hold the rows of the week, but for what is seen as of the end."""
    end = date(2024, 12, 31)
    week = plan_of("ecommerce_star_small", target_rows=ROWS, window=(date(2024, 12, 25), end), as_of=end)
    total = Digest(week.table(table).primary_key)
    for number in range(7):
        day = date(2024, 12, 25) + timedelta(days=number)
        plan = plan_of("ecommerce_star_small", target_rows=ROWS, window=(day, day), as_of=end)
        alone = plan.table(table)
        for batch in Engine(plan.program).batches(table, alone.first_row, alone.first_row + alone.rows):
            total.update(batch)
    assert total.rows == week.table(table).rows > 0
    assert total.hex() == digests(week, 10_000)[table]


def test_a_later_end_changes_no_earlier_row(plan_of: Callable[..., Plan]) -> None:
    """With a window beyond the history, all columns but the as-of ones keep their values, in the cut block too."""
    short = plan_of("ecommerce_star_small", target_rows=ROWS)
    later = date(2025, 6, 30)
    long = plan_of("ecommerce_star_small", target_rows=ROWS, window=(date(2023, 1, 1), later), as_of=later)
    for table in short.tables:
        columns = [column.name for column in table.columns if not column.as_of]
        before = Engine(short.program).batch(table.name, table.first_row, table.first_row + table.rows, columns)
        after = Engine(long.program).batch(table.name, table.first_row, table.first_row + table.rows, columns)
        assert before.equals(after), table.name
    for name in ("dim_session", "fact_page_views", "fact_orders", "dim_user"):
        assert long.table(name).rows > short.table(name).rows


@pytest.mark.slow
def test_checks_hold_beyond_the_history(plan_of: Callable[..., Plan], tmp_path: Path, violated: Violated) -> None:
    """Half a year more breaks no check of structure."""
    later = date(2025, 6, 30)
    settings = {"target_rows": 9_999, "output_settings__output_mode": "parquet"}
    plan = plan_of("ecommerce_star_small", window=(date(2023, 1, 1), later), as_of=later, **settings)
    assert violated(plan, tmp_path / "out") == {}


def test_tables_alone_are_the_same(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """Selecting tables leaves the rows of the selected ones as they are."""
    everything = digests(plan_of("ecommerce_star_small", target_rows=700), 10_000)
    some = digests(plan_of("ecommerce_star_small", target_rows=700, tables=["fact_orders", "dim_user"]), 10_000)
    assert some == {name: everything[name] for name in some}


def test_billions_are_previewed(plan_of: Callable[..., Plan]) -> None:
    """The last rows of a billion page views belong together with their visit, which has as many and ends with the last."""
    plan = plan_of("ecommerce_star_large", target_rows=1_000_000_000)
    last = preview(plan, "fact_page_views", 999_999_900, 100).to_pylist()
    assert [row["page_view_key"] for row in last] == list(range(999_999_901, 1_000_000_001))
    session = preview(plan, "dim_session", last[-1]["session_key"] - 1, 1).to_pylist()[0]
    mine = [row for row in last if row["session_key"] == session["session_key"]]
    assert session["page_views"] == len(mine)
    assert session["ended_at"] == last[-1]["left_at"]
