"""Frames: columns are resolved in one direction and kept, and so is what layouts and kernels work out of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.errors import CellError
from ingen_fab.synthetic_data.core.engine.ground import laid_as
from ingen_fab.synthetic_data.core.engine.layouts.entities import Entities
from ingen_fab.synthetic_data.core.engine.layouts.events import Events
from ingen_fab.synthetic_data.core.plan.plan import Plan

CLUB = """
dataset_id: club
driving: trips
target_rows: 4_000
tables:
  owners:
    rows: {number: 0.5 per driving, initial_share: 1.0}
    columns:
      owner_id: key
      city: {kind: category, weights: {a: 40, b: 30, c: 20, d: 10}}
  boats:
    rows: {layout: children, of: owners, count: {type: geometric, mean: 2, min: 1, max: 6}}
    columns: {boat_id: key, owner_id: parent}
  trips:
    rows: {layout: events}
    columns:
      trip_id: key
      boat_id: {kind: reference, to: boats, skew: none}
      how: {kind: category, weights: {x: 90, y: 10}}
      owner: {kind: copy, from: boat_id.owner_id.owner_id}
      city: {kind: copy, from: boat_id.owner_id.city}
      asked: {kind: sql, sql: "CASE WHEN how = 'y' THEN boat_id.owner_id.owner_id ELSE 0 END"}
      there: {kind: sql, sql: "CASE WHEN how = 'y' THEN boat_id.owner_id.city ELSE 'none' END"}
"""


def test_a_memo_is_worked_out_once(plan_of: Callable[..., Plan]) -> None:
    """For each owner and name apart, and for each frame."""
    table = Engine(plan_of("retail_oltp_large").program).table("orders")
    frame, other = table.frame(0, 10), table.frame(0, 10)
    asked: list[str] = []

    def compute(name: str) -> Callable[[], int]:
        def work() -> int:
            asked.append(name)
            return len(asked)

        return work

    assert [frame.memo(table, "one", compute("one")) for _ in range(3)] == [1, 1, 1]
    assert frame.memo(table, "two", compute("two")) == 2
    assert frame.memo(compute, "one", compute("owner")) == 3
    assert other.memo(table, "one", compute("frame")) == 4
    assert asked == ["one", "two", "owner", "frame"]


def test_keys_follow_from_the_rows_that_a_reference_finds(plan_of: Callable[..., Plan]) -> None:
    """Its part `row`, the frame that it points at and its own values speak of the same rows, in ranges and scattered."""
    engine = Engine(plan_of("retail_oltp_large").program)
    orders = engine.table("orders")
    rows = np.random.default_rng(1).integers(0, 100_000, 300)
    for frame in (orders.frame(5_000, 300), orders.rows_frame(rows)):
        found = frame.get("customer_id", "row")
        target, places, there = frame.through("customer_id")
        assert target is frame.through("customer_id").frame
        assert target.table.name == "customers"
        assert places is None
        assert (there is None) == (found.valid is None)
        assert target.rows.tolist() == found.values.tolist()
        assert frame.get("customer_id").values.tolist() == (found.values + 1).tolist()


def test_parents_without_children_are_left_out(plan_of: Callable[..., Plan]) -> None:
    """Of a range whose parents have few children, only those are worked out that have any; theirs alone, and what these stand on."""
    engine = Engine(plan_of("healthcare_oltp_small").program)
    procedures = engine.table("procedures")
    frame = procedures.frame(0, 2_000)
    found, places = frame.parents
    assert places is not None
    assert found.start is None
    assert found.rows[places].tolist() == (frame.get("diagnosis_id").values - 1).tolist()
    above, higher = found.parents
    assert higher is not None
    assert np.unique(higher).tolist() == list(range(above.count))
    apart = engine.table("diagnoses").rows_frame(found.rows)
    for column in ("rank", "icd10_code", "patient_id", "diagnosed_on", "_stage"):
        assert found.get(column).values.tolist() == apart.get(column).values.tolist()


def test_parents_behind_a_reference_are_each_rows_own(own_plan: Callable[..., Plan]) -> None:
    """What a reference finds lies in no order; asked for some rows alone, each one still stands on its own parent."""
    plan = own_plan(CLUB)
    found = Engine(plan.program).batch("trips", 0, 4_000).to_pylist()
    some = [row for row in found if row["how"] == "y"]
    assert len(some) > 300
    assert [(row["asked"], row["there"]) for row in some] == [(row["owner"], row["city"]) for row in some]
    alone = ["asked", "there"]
    assert Engine(plan.program).batch("trips", 0, 4_000, alone).to_pylist() == [{name: row[name] for name in alone} for row in found]


def test_rows_are_asked_for_in_any_order_and_again(own_plan: Callable[..., Plan]) -> None:
    """Each place has its own row, whether all or few rows are asked for, and as of days of their own."""
    boats = Engine(own_plan(CLUB).program).table("boats")
    days = np.arange(1_000) % 90
    for frame in (boats.frame(500, 1_000), boats.frame(500, 1_000, seen=days)):
        for places in (np.array([7, 3, 900, 3, 7, 12]), np.arange(1_000)[::-1], np.array([3, 3, 8, 500])):
            some, inside = frame.asked_for(places)
            assert some.rows[inside].tolist() == (places + 500).tolist()
            assert np.broadcast_to(some.seen, some.count).tolist() == np.broadcast_to(frame.seen, 1_000)[some.rows - 500].tolist()


@pytest.mark.parametrize(("start", "stop"), [(0, 10), (-5, 100), (100_000, 100_100)])
@pytest.mark.parametrize(
    "dataset", ["healthcare_oltp_small", "retail_oltp_small", "retail_star_small", "finance_oltp_small", "ecommerce_star_small"]
)
def test_rows_past_the_end_are_said_to_be_none(plan_of: Callable[..., Plan], dataset: str, start: int, stop: int) -> None:
    """One sentence names the table and its last row: tables grow up to the last day of the calendar, whatever days are written."""
    plan = plan_of(dataset)
    engine = Engine(plan.program)
    for table in plan.tables:
        end = engine.table(table.name).layout.rows(0, len(engine.calendar.weights) - 1)[1]
        assert end >= table.first_row + table.rows
        first = max(end + start, 0)
        said = rf"`{table.name}`: there is no row {end + stop - 1:,} counted from 0, as the last one is {end - 1:,}"
        with pytest.raises(CellError, match=said):
            engine.batch(table.name, first, end + stop)
        assert engine.batch(table.name, max(end - 5, 0), end).num_rows == min(end, 5)


def test_the_end_of_a_snapshot_is_that_of_the_day(plan_of: Callable[..., Plan]) -> None:
    """One engine tells it for one day after the other."""
    plan = plan_of("retail_oltp_small")
    engine = Engine(plan.program)
    ends = {}
    for day in (engine.planned, 60, engine.planned):
        with engine.moment.on(day):
            ends[day] = end = engine.table("inventory").layout.before(day)
        assert engine.batch("inventory", end - 1, end, as_of=day).num_rows == 1
        with pytest.raises(CellError, match=rf"`inventory`: there is no row {end:,} counted from 0"):
            engine.batch("inventory", end - 1, end + 1, as_of=day)
    assert ends[60] < ends[engine.planned]


def test_what_a_layout_does_not_know_is_said(plan_of: Callable[..., Plan]) -> None:
    """The table and its layout are named."""
    engine = Engine(plan_of("retail_oltp_large").program)
    orders = engine.table("orders")
    assert laid_as(orders, Events) is orders.layout
    with pytest.raises(TypeError, match=r"rows of orders \(layout events\) are not laid out as Entities"):
        laid_as(orders, Entities)
    for ask in (orders.layout.position, orders.layout.siblings, orders.layout.version, orders.layout.of_parents):
        with pytest.raises(TypeError, match=r"rows of orders \(layout events\)"):
            ask(orders.frame(0, 1))
