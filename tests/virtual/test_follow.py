"""From a row to those that belong to it, and searches over rows that nobody wrote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from threading import Timer

import numpy as np
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.hashing import Ints
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.look import order, texts
from ingen_fab.synthetic_data.core.run.preview import PlanRows
from ingen_fab.synthetic_data.core.run.sampled import sampled, share
from ingen_fab.synthetic_data.core.virtual.follow import orphans, parent, reference, references_to, relation
from ingen_fab.synthetic_data.core.virtual.search import Search

MakePlan = Callable[..., Plan]


def cell(rows: PlanRows, table: str, place: int, column: str, day: date | None = None) -> str | None:
    return texts(rows.some(table, np.array([place]), [column], day).column(0))[0]


@pytest.mark.parametrize("dataset_id", ["retail_oltp_small", "retail_star_small", "finance_star_small", "healthcare_oltp_small"])
def test_keys_lead_to_their_rows_and_back(plan_of: MakePlan, dataset_id: str) -> None:
    """Of every reference: the parent has the key, and its children by the same column hold the row that was left."""
    plan = plan_of(dataset_id, target_rows=700)
    rows, followed = PlanRows(plan), 0
    for table in plan.tables:
        for link in table.foreign_keys:
            for place in (0, table.rows // 2, table.rows - 1):
                found = parent(rows, table.name, place, link)
                assert found.key == cell(rows, table.name, place, link.column)
                if found.place is None:
                    assert found.why in ("null", "not written")
                    continue
                followed += 1
                assert cell(rows, link.parent, found.place, link.parent_column, found.as_of) == found.key
                back = next(each for each in references_to(plan, link.parent) if (each.table, each.column) == (table.name, link.column))
                kin = relation(rows, link.parent, found.place, back)
                assert kin.key == found.key
                assert place in kin.places or not kin.is_whole
                assert {cell(rows, table.name, int(each), link.column) for each in kin.places} <= {found.key}
    assert followed > 5


def test_a_fact_leads_to_the_version_of_its_day(plan_of: MakePlan) -> None:
    """Of all versions of a customer that one whose time holds the moment of the sale."""
    rows = PlanRows(plan_of("retail_star_small", target_rows=2_000))
    link = reference(rows.plan, "fact_sales", "customer_key")
    assert link is not None
    places = {parent(rows, "fact_sales", place, link).place for place in range(0, 2_000, 97)}
    current = [cell(rows, "dim_customer", place, "is_current") for place in places if place is not None]
    assert "false" in current


def test_a_billion_rows_are_searched_where_they_may_lie(plan_of: MakePlan) -> None:
    """Keys and times lead to few rows; a search without such help ends at its bound, and can go on or be stopped."""
    rows = PlanRows(plan_of("retail_oltp_small", target_rows=10**9))
    search = Search(rows, "orders")
    assert search.by_condition("order_id IN (5, 999999999)").tolist() == [4, 999_999_998]
    assert search.is_whole
    assert search.generated < 10_000
    assert rows.begun_before("orders", date(2024, 3, 5)) == Search(rows, "orders").by_condition("order_date = DATE '2024-03-05'")[0]
    bounded = Search(rows, "orders", start=500, bound=10_000)
    assert not len(bounded.by_condition("status = 'lost'"))
    assert 10_500 <= bounded.reached < 10**6
    stopped = Search(rows, "orders", bound=10**9)
    Timer(0.3, stopped.stop).start()
    assert not len(stopped.by_value("status", pa.scalar("lost")))
    assert not stopped.is_whole


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("totl > 1", "did you mean `total_amount`"),
        ("total_amount >", "cannot be read"),
        ("true; DROP TABLE orders", "without a semicolon"),
        ("true) OR (true", "closes a bracket"),
        ("total_amount > (SELECT 1)", "a query of its own"),
        ("order_id IN (FROM orders)", "a query of its own"),
        ("read_text('/etc/passwd') IS NULL", "may not call read_text"),
        ("_row = 5", "_row"),
        ("", "empty"),
    ],
)
def test_bad_conditions_get_a_sentence(plan_of: MakePlan, condition: str, told: str) -> None:
    """None of them reads anything but the rows of its table."""
    with pytest.raises(InputError, match=told.replace("(", r"\(")):
        Search(PlanRows(plan_of("retail_oltp_small", target_rows=100)), "orders").by_condition(condition)


def test_rows_at_any_places_are_the_same(plan_of: MakePlan) -> None:
    """In any order, of every layout, and as of any day."""
    rows = PlanRows(plan_of("retail_star_small", target_rows=500))
    draw = np.random.default_rng(1)
    for table in rows.plan.tables:
        for day in (None, date(2024, 3, 5)):
            count = rows.count(table.name, day)
            places = draw.permutation(min(count, 300))
            whole = rows.page(table.name, 0, min(count, 300), day).to_pylist()
            assert rows.some(table.name, places, as_of=day).to_pylist() == [whole[place] for place in places]
    with pytest.raises(InputError, match="can be seen as of"):
        rows.count("fact_sales", date(1999, 1, 1))


def test_samples_hold_the_truth_within_their_bounds(plan_of: MakePlan) -> None:
    """Against the whole column; a sample as large as the table is the truth itself."""
    rows = PlanRows(plan_of("retail_oltp_small", target_rows=15_000))
    truth = sampled(rows, "orders", "total_amount", most=15_000, seconds=60)
    assert truth.is_whole
    assert truth.error == 0
    found = sampled(rows, "orders", "total_amount", most=3_000, seconds=60)
    assert found.rows == 3_000
    assert truth.mean is not None
    assert found.mean == pytest.approx(truth.mean, abs=4 * found.error)
    assert 0 < found.error < truth.mean / 10
    store, exact = (sampled(rows, "orders", "store_id", most=most, seconds=60) for most in (3_000, 15_000))
    assert store.nulls.low <= exact.nulls.share <= store.nulls.high
    assert store.seen == exact.seen == store.distinct
    assert sampled(rows, "orders", "order_id", most=3_000, seconds=60).distinct is None
    assert share(0, 100, 10**9).high == pytest.approx(0.037, abs=0.001)


def test_orphans_are_told(plan_of: MakePlan) -> None:
    """A key of no row is one, NULL is none; a sample counts them, and following one leads nowhere."""
    plan = plan_of("finance_oltp_small", target_rows=2_000, orphan_percentage=0.02, relationship_null_percentage=0.05)
    table, link = next((table.name, key) for table in plan.tables for key in table.foreign_keys if plan.has_orphans(table.name, key.column))
    rows, column = PlanRows(plan), link.column
    count = plan.table(table).rows
    stray = orphans(rows, table, column, np.arange(count))
    keys = texts(rows.some(table, np.arange(count), [column]).column(0))
    known = plan.table(link.parent).rows
    assert stray.tolist() == [place for place, key in enumerate(keys) if key is not None and int(key) > known]
    assert len(stray)
    assert parent(rows, table, int(stray[0]), link).why == "orphan"

    def strays(places: Ints) -> int:
        return len(orphans(rows, table, column, places))

    found = sampled(rows, table, column, strays=strays).orphans
    assert found is not None
    assert found.share == len(stray) / count


def test_sorting_keeps_equal_values_in_their_order() -> None:
    """NULL comes last, either way."""
    column = pa.chunked_array([pa.array(["b", "a", None, "b"]).dictionary_encode()])
    assert order(column).tolist() == [1, 0, 3, 2]
    assert order(column, falling=True).tolist() == [0, 3, 1, 2]
