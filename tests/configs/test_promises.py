"""The promises of the engine, kept by every shipped dataset: the same cells, however they are asked for."""

from __future__ import annotations

import json
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
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

MakePlan = Callable[..., Plan]
Digests = Callable[[Plan, int, bool], dict[str, str]]

GOLDEN: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "golden.json").read_text())["digests"]
"""Digests of each table of the smallest size, with a thousand driving rows and seed 42."""
SMALLEST = {info.world: info.dataset_id for info in sorted(DatasetConfigurationRepository().list(), key=lambda info: -info.target_rows)}
DATASETS = sorted(SMALLEST.values())
ROWS = {"ecommerce_star_small": 9_000}
"""Page views: a block of 1,024 visits, and one that the history's end cuts."""
SHIPPED = pytest.mark.parametrize("dataset_id", DATASETS)


def rows_of(dataset_id: str) -> int:
    """Driving rows that show every case of a dataset's layouts."""
    return ROWS.get(dataset_id, 3_000)


def whole(plan: Plan, name: str, columns: list[str] | None = None) -> pa.RecordBatch:
    """All rows of a table that a plan writes."""
    table = plan.table(name)
    return Engine(plan.program).batch(name, table.first_row, table.first_row + table.rows, columns)


def happening(plan: Plan) -> list[str]:
    """The tables whose rows have a day of their own; versions and spells are written whole, whatever the window."""
    engine = Engine(plan.program)
    return [table.name for table in plan.tables if engine.table(table.name).layout.happens and table.layout not in ("versions", "spells")]


@SHIPPED
def test_golden_digests(plan_of: MakePlan, dataset_id: str) -> None:
    """A change of these digests is a change of everybody's data: a major release."""
    plan = plan_of(dataset_id, target_rows=1_000)
    assert {table.name: table.digest for table in run(plan).tables} == GOLDEN[dataset_id]


@SHIPPED
def test_pieces_and_order_do_not_matter(plan_of: MakePlan, digests: Digests, dataset_id: str) -> None:
    """Pieces of 1,000, 777 and 65,536 rows, forwards and backwards, give equal digests."""
    plan = plan_of(dataset_id, target_rows=rows_of(dataset_id))
    expected = digests(plan, 65_536, False)
    assert digests(plan, 1_000, False) == expected
    assert digests(plan, 777, True) == expected


@pytest.mark.slow
@SHIPPED
def test_workers_do_not_matter(plan_of: MakePlan, digests: Digests, dataset_id: str) -> None:
    """Nor do the files that a table is cut into."""
    settings = {"output_settings__output_mode": "parquet", "output_settings__rows_per_file": 1_000}
    plan = plan_of(dataset_id, target_rows=rows_of(dataset_id), **settings)
    wanted = digests(plan, 65_536, False)
    for workers in (1, 3):
        found = {table.name: (table.digest, len(table.files)) for table in run(plan, workers=workers).tables}
        assert {name: digest for name, (digest, _) in found.items()} == wanted, workers
        assert max(files for _, files in found.values()) >= 3


@pytest.mark.slow
@SHIPPED
def test_seeds_differ_and_repeat(plan_of: MakePlan, digests: Digests, dataset_id: str) -> None:
    """A seed gives the same tables each time, and other tables than another seed, calendars and lists aside."""
    mine, again, other = (digests(plan_of(dataset_id, target_rows=500, seed_value=seed), 10_000, False) for seed in (7, 7, 8))
    assert mine == again
    plan = plan_of(dataset_id, target_rows=500)
    drawn = [table.name for table in plan.tables if table.layout not in ("calendar", "list")]
    assert [name for name in drawn if mine[name] == other[name]] == []


@pytest.mark.slow
@SHIPPED
@pytest.mark.parametrize("first", [date(2024, 11, 28), date(2024, 12, 25)])
def test_single_days_are_slices(plan_of: MakePlan, digests: Digests, dataset_id: str, first: date) -> None:
    """The days of a week, each from a plan of its own, add up to the week: across a month's end, and at the end; state is as of one day."""
    end = plan_of(dataset_id, target_rows=rows_of(dataset_id)).as_of
    days = [first + timedelta(days=n) for n in range(7)]
    week = plan_of(dataset_id, target_rows=rows_of(dataset_id), window=(days[0], days[-1]), as_of=end)
    totals = {name: Digest(week.table(name).primary_key) for name in happening(week)}
    for day in days:
        plan = plan_of(dataset_id, target_rows=rows_of(dataset_id), window=(day, day), as_of=end)
        engine = Engine(plan.program)
        for name, total in totals.items():
            alone = plan.table(name)
            for batch in engine.batches(name, alone.first_row, alone.first_row + alone.rows):
                total.update(batch)
    expected = digests(week, 10_000, False)
    assert {name: total.hex() for name, total in totals.items()} == {name: expected[name] for name in totals}
    assert all(total.rows == week.table(name).rows for name, total in totals.items())


@pytest.mark.slow
@SHIPPED
def test_single_and_scattered_rows_equal_the_block(plan_of: MakePlan, dataset_id: str) -> None:
    """Row k alone, and among rows from anywhere in any order, is row k of the whole table."""
    plan = plan_of(dataset_id, target_rows=rows_of(dataset_id))
    for table in plan.tables:
        block = whole(plan, table.name)
        for place in {0, table.rows // 3, table.rows - 1}:
            assert preview(plan, table.name, place, 1).to_pylist() == block.slice(place, 1).to_pylist(), table.name
        engine, low = Engine(plan.program), max(table.first_row, 0)
        ordered = engine.table(table.name).layout.block(low, table.first_row + table.rows - low).rows
        places = np.random.default_rng(5).permutation(len(ordered))[:400]
        frame = engine.table(table.name).rows_frame(ordered[places])
        expected = block.take(pa.array(places + (low - table.first_row)))
        for field in engine.schema(table.name):
            found = frame.get(field.name).to_arrow(field.type)
            assert found.to_pylist() == expected.column(field.name).to_pylist(), f"{table.name}.{field.name}"


@pytest.mark.slow
@SHIPPED
@pytest.mark.parametrize("later", [date(2025, 2, 11), date(2026, 3, 31)])
def test_a_later_end_changes_no_earlier_row(plan_of: MakePlan, dataset_id: str, later: date) -> None:
    """With a window beyond the history, all columns but the as-of ones keep their values, and rows are only added."""
    short = plan_of(dataset_id, target_rows=rows_of(dataset_id))
    long = plan_of(dataset_id, target_rows=rows_of(dataset_id), window=(short.window[0], later), as_of=later)
    assert any(long.table(table.name).rows > table.rows for table in short.tables)
    for table in short.tables:
        if table.layout == "snapshot":
            continue
        columns = [column.name for column in table.columns if not column.as_of]
        found: list[set[tuple[object, ...]]] = [
            {tuple(row.values()) for row in whole(plan, table.name, columns).to_pylist()} for plan in (short, long)
        ]
        assert found[0] <= found[1], table.name


@pytest.mark.slow
@SHIPPED
def test_tables_alone_are_the_same(plan_of: MakePlan, digests: Digests, dataset_id: str) -> None:
    """Selecting a table leaves its rows as they are."""
    everything = digests(plan_of(dataset_id, target_rows=500), 10_000, False)
    for name in everything:
        assert digests(plan_of(dataset_id, target_rows=500, tables=[name]), 10_000, False) == {name: everything[name]}


@SHIPPED
def test_driving_rows_are_exact(plan_of: MakePlan, dataset_id: str) -> None:
    """The driving table has exactly the rows that were asked for, scale factor included."""
    for rows in (777, 12_345):
        assert [table.rows for table in plan_of(dataset_id, target_rows=rows).tables if table.driving] == [rows]
    assert [table.rows for table in plan_of(dataset_id, target_rows=5_000, scale_factor=2.0).tables if table.driving] == [10_000]
