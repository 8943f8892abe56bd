"""What is skipped is never what a filter chooses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.plan.plan import Plan, TablePlan
from ingen_fab.synthetic_data.core.virtual.scan import Source
from ingen_fab.synthetic_data.core.virtual.units import Pruner

MakePlan = Callable[..., Plan]

FAMILIES = {
    "retail_oltp_small": 3_000,
    "retail_star_small": 3_000,
    "finance_oltp_small": 6_000,
    "finance_star_small": 6_000,
    "ecommerce_star_small": 8_000,
    "healthcare_oltp_small": 3_000,
    "benchmark_orders": 5_000,
}
"""Rows of the driving table: enough for every day to have some."""
BOUNDED = {
    "retail_oltp_small": {
        "customers": {"customer_id", "registered_at"},
        "orders": {"order_id", "ordered_at", "order_date"},
        "order_items": {"order_item_id", "order_id"},
        "inventory": {"counted_at"},
    },
    "retail_star_small": {"fact_sales": {"sale_key", "date_key", "sold_at"}, "dim_date": {"date_key", "date"}},
    "finance_oltp_small": {"transactions": {"transaction_id", "transaction_at", "transaction_date"}, "cards": {"card_id", "issued_on"}},
    "finance_star_small": {"fact_transactions": {"transaction_key", "date_key", "transaction_at"}},
    "ecommerce_star_small": {
        "dim_user": {"user_key", "signed_up_at"},
        "dim_session": {"session_key", "started_at", "session_date"},
        "fact_page_views": {"page_view_key", "session_key", "viewed_at", "view_date"},
        "fact_orders": {"order_key", "session_key", "order_date"},
    },
    "healthcare_oltp_small": {
        "patients": {"patient_id", "registered_on"},
        "appointments": {"appointment_id", "visit_date", "starts_at"},
        "diagnoses": {"diagnosis_id", "appointment_id", "diagnosed_on"},
        "prescriptions": {"prescription_id", "diagnosis_id", "prescribed_on"},
    },
    "benchmark_orders": {"orders": {"order_id", "order_ts"}},
}
"""What a filter must be able to prune by, of some tables."""
EVENTS = """
dataset_id: clocks
history: {start: __START__, end: 2024-12-31}
calendar: {time_zone: __ZONE__}
driving: events
tables:
  people:
    rows: {number: 500}
    columns: {id: key, joined: begin, left: end}
  events:
    rows: events
    columns:
      id: key
      person_id: {kind: reference, to: people}
      at: begin
      on_day: {kind: copy, from: at.date}
      dated: {kind: date, from: at}
      later: {kind: timestamp, from: at, plus: {type: uniform, min: 0, max: 9, unit: days}}
      sometimes: {kind: copy, from: at, nulls: 0.1}
  parts:
    rows: {layout: children, of: events, count: 2}
    columns:
      id: key
      event_id: parent
      at: {kind: copy, from: event_id.at}
      on_day: {kind: copy, from: event_id.on_day}
      dated: {kind: date, from: event_id.at}
      copied: {kind: copy, from: at.date}
      person_id: {kind: copy, from: event_id.person_id}
"""


def physical(column: pa.Array) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Values as whole numbers."""
    kind = pa.int32() if pa.types.is_date32(column.type) or pa.types.is_int32(column.type) else pa.int64()
    return np.asarray(column.cast(kind)).astype(np.int64)


def bounded(engine: Engine, table: TablePlan, rng: np.random.Generator, ranges: int) -> set[str]:
    """Asserts that every value lies within the bounds of ranges at random that hold it; returns the columns that have any."""
    mine, out = engine.table(table.name), set[str]()
    start, stop = max(table.first_row, 0), table.first_row + table.rows
    if not mine.layout.dense or start == stop:
        return out
    rows = engine.batch(table.name, start, stop)
    edges = np.sort(rng.integers(start, stop, (ranges, 2)), axis=1)
    # Single rows, too: nothing is closer.
    edges[::3, 1] = edges[::3, 0]
    first, last = mine.rows_frame(edges[:, 0]), mine.rows_frame(edges[:, 1])
    for name in mine.written:
        found = mine.bounds(first, last, name)
        if found is None:
            continue
        out.add(name)
        values = physical(rows.column(name))
        for (low, high), least, most in zip((edges - start).tolist(), *(each.tolist() for each in found), strict=True):
            inside = values[low : high + 1]
            assert least <= inside.min(), (table.name, name, low, high)
            assert inside.max() <= most, (table.name, name, low, high)
    return out


@pytest.mark.parametrize("dataset_id", FAMILIES)
def test_every_value_lies_within_the_bounds_of_every_range(plan_of: MakePlan, dataset_id: str) -> None:
    """Also around the days on which clocks change, for all tables of all families."""
    plan = plan_of(dataset_id, target_rows=FAMILIES[dataset_id])
    engine, rng = Engine(plan.program), np.random.default_rng(7)
    found = {table.name: bounded(engine, table, rng, 400) for table in plan.tables}
    for name, columns in BOUNDED[dataset_id].items():
        assert columns <= found[name], (name, found[name])


@pytest.mark.parametrize(
    ("zone", "start", "whole"),
    [
        ("UTC", "2023-01-01", True),
        ("Europe/Berlin", "2023-01-01", True),
        ("Africa/Cairo", "2023-01-01", True),
        ("Australia/Lord_Howe", "2023-01-01", True),
        ("Pacific/Apia", "2011-01-01", False),
    ],
)
def test_days_of_any_zone_have_bounds_where_they_are_whole(own_plan: MakePlan, zone: str, start: str, whole: bool) -> None:
    """Clocks that change at midnight, by half an hour, or leave out a whole day, after which moments have no bounds."""
    plan = own_plan(EVENTS.replace("__ZONE__", zone).replace("__START__", start), target_rows=9_000)
    engine, rng = Engine(plan.program), np.random.default_rng(3)
    expected = {"id", "on_day", "dated"} | ({"at"} if whole else set())
    assert bounded(engine, plan.table("events"), rng, 3_000) == expected
    assert bounded(engine, plan.table("parts"), rng, 3_000) == {"id", "event_id", "on_day"} | (
        {"at", "dated", "copied"} if whole else set()
    )
    assert bounded(engine, plan.table("people"), rng, 3_000) == {"id"} | ({"joined"} if whole else set())


@pytest.mark.parametrize("dataset_id", FAMILIES)
def test_pruned_answers_are_the_answers(plan_of: MakePlan, dataset_id: str) -> None:
    """Of filters on each column that has bounds, alone and together with one that has none, and what is scanned is less."""
    plan = plan_of(dataset_id, target_rows=FAMILIES[dataset_id] * 3)
    source, rng = Source(plan), np.random.default_rng(11)
    for table in plan.tables:
        virtual = source.tables()[table.name]
        rows = virtual.scanner().to_reader().read_all()
        if not rows.num_rows:
            continue
        for name, values in zip(rows.schema.names, rows.columns, strict=True):
            kind = values.type
            if not (pa.types.is_integer(kind) or pa.types.is_date32(kind) or pa.types.is_timestamp(kind)) or values.null_count:
                continue
            low, high = sorted(rng.integers(0, rows.num_rows, 2).tolist())
            some = pa.array([values[place].as_py() for place in (low, high, 0)], kind)
            for expression in (
                (pc.field(name) >= values[low]) & (pc.field(name) < values[high]),
                pc.field(name) == values[low],
                pc.field(name).isin(some) | (pc.field(rows.schema.names[-1]).is_null()),
                ~(pc.field(name) > values[high]),
            ):
                expected = rows.filter(expression)
                got = virtual.scanner(None, expression).to_reader().read_all()
                assert got.num_rows == expected.num_rows, (table.name, str(expression))
                digests = {digest_of(each.to_batches(), table.primary_key) for each in (got, expected)}
                assert len(digests) == 1, (table.name, str(expression))


def test_a_day_of_a_billion_is_a_few_ranges(plan_of: MakePlan) -> None:
    """And so are a key and a list of keys."""
    plan = plan_of("retail_oltp_large", target_rows=1_000_000_000)
    engine, table = Engine(plan.program), plan.table("orders")

    def count(expression: pc.Expression, *columns: str) -> int:
        ranges = Pruner(engine, "orders", columns).ranges(0, table.rows, expression)
        return sum(stop - start for start, stop in ranges)

    day = pa.scalar(19_875, pa.date32())
    low, high = (engine.table("orders").layout.before(19_875 - engine.calendar.origin + n) for n in (0, 1))
    assert high - low <= count(pc.field("order_date") == day, "order_date") < (high - low) * 1.02
    assert count(pc.field("order_id") == pa.scalar(123_456_789), "order_id") <= 4_096
    assert count(pc.field("order_id").isin(pa.array([1, 5_000_000, 999_999_999])), "order_id") <= 3 * 4_096
    assert count(pc.field("order_id") == pa.scalar(0), "order_id") == 0
    assert count(pc.field("status") == pa.scalar("paid"), "status") == table.rows
