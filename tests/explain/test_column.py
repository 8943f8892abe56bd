"""What is told of a column is what the plan does: its values, what it is computed from, and the settings that change it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.errors import InputError, UnknownNameError
from ingen_fab.synthetic_data.core.explain.column import column_facts
from ingen_fab.synthetic_data.core.explain.sample import ROWS, Sampler, blocks
from ingen_fab.synthetic_data.core.explain.words import KINDS, LAYOUTS, law
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import MOST, preview
from ingen_fab.synthetic_data.core.spec.distributions import Distribution
from ingen_fab.synthetic_data.core.spec.kinds import KINDS as KNOWN_KINDS
from ingen_fab.synthetic_data.core.spec.layouts.base import LAYOUTS as KNOWN_LAYOUTS
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters


def made(**edited: Any) -> Plan:
    """Retail, with some settings."""
    return make_plan(resolve_parameters("retail_oltp_small", edited=edited))


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Retail as it is."""
    return made()


def test_every_layout_and_kind_is_explained() -> None:
    """And nothing that there is not."""
    assert set(LAYOUTS) == set(KNOWN_LAYOUTS)
    assert set(KINDS) == set(KNOWN_KINDS)


def test_a_column_is_told_with_its_law_and_values(plan: Plan) -> None:
    """By its path, by its name alone or by an alias; hidden columns lead on to what they stand for."""
    area = column_facts(plan, "floor_area")
    assert (area.table, area.unit) == ("stores", "m2")
    assert dict(area.law)["distribution"] == "lognormal, mean 1,200, standard deviation 500, from 200 to 9,000 m2"
    assert area.depends_on == ("stores.store_format (by)",)
    assert column_facts(plan, "orders.payment_method").values == (("card", 0.62), ("wallet", 0.25), ("invoice", 0.08), ("gift_card", 0.05))
    assert column_facts(plan, "customer_age").column == "birth_date"
    assert column_facts(plan, "stores.city").depends_on == ("list us_places (from)",)
    assert "stores (near)" in column_facts(plan, "customers.city").depends_on
    assert "orders.status" in column_facts(plan, "orders.channel").used_by
    owner = column_facts(plan, "orders.customer_id")
    assert owner.roles == ("-> customers.customer_id",)
    assert {"relationship_null_percentage", "orphan_percentage"} <= dict(owner.settings).keys()
    assert dict(column_facts(plan, "orders.status").law)["cancelled"].startswith("after placed; share 0.03")
    with pytest.raises(UnknownNameError, match=r"did you mean `orders.total_amount`"):
        column_facts(plan, "orders.totl")
    with pytest.raises(InputError, match=r"write stores.city or customers.city"):
        column_facts(plan, "city")


@pytest.mark.parametrize(
    ("path", "edited"),
    [
        ("order_items.quantity", {"distributions": {"order_items.quantity": {"type": "geometric", "mean": 3, "min": 1, "max": 9}}}),
        ("customers.birth_date", {"distributions": {"customer_age": {"type": "normal", "mean": 30, "stddev": 5, "min": 18, "max": 60}}}),
    ],
)
def test_a_setting_is_named_by_the_columns_that_it_changes(path: str, edited: Mapping[str, Any], plan: Plan) -> None:
    """By each of them, and by no other."""
    named = {
        (table.name, column.name)
        for table in plan.tables
        for column in table.columns
        if f"distributions.{path}" in dict(column_facts(plan, f"{table.name}.{column.name}").settings)
    }
    changed = made(**edited).changed
    assert named == {(table.name, column.name) for table in plan.tables for column in table.columns if (table.name, column.name) in changed}


def test_a_sample_shows_what_a_run_writes(plan: Plan) -> None:
    """Shares of values, the shape of numbers, hours and weekdays in local time, examples of texts."""
    sampler = Sampler(plan)
    written = {
        column: preview(plan, table, 0, min(plan.table(table).rows, MOST)).column(column).to_pylist()
        for table, column in (("orders", "channel"), ("order_items", "quantity"), ("customers", "email"))
    }
    in_shops = written["channel"].count("store") / len(written["channel"])
    channel = sampler.column("orders", "channel")
    assert (channel.rows, channel.shape) == (ROWS, None)
    assert dict(channel.values)["store"] == pytest.approx(in_shops, abs=0.06)  # two of 16 pieces lie at Cyber Monday
    quantity = sampler.column("order_items", "quantity")
    assert quantity.shape is not None
    assert quantity.shape.labels[:2] == ("1", "2")
    assert quantity.shape.shares[0] == pytest.approx(written["quantity"].count(1) / len(written["quantity"]), abs=0.03)
    hours = sampler.column("orders", "ordered_at").shape
    assert hours is not None
    assert max(range(24), key=hours.shares.__getitem__) in (17, 18, 19)
    assert sampler.column("orders", "order_id").shape is None
    assert set(sampler.column("customers", "email").examples) <= set(written["email"])
    empty = sampler.column("orders", "store_id")
    assert empty.empty == pytest.approx(1 - in_shops, abs=0.06)


@given(st.integers(0, 10**12))
def test_a_sample_is_of_the_whole_table(rows: int) -> None:
    """Its pieces lie in the table, from its first row to its last, and do not overlap."""
    found = blocks(rows)
    assert sum(size for _, size in found) == min(rows, ROWS)
    assert [first for first, _ in found] == sorted(first for first, _ in found)
    assert all(first + size <= after for (first, size), (after, _) in pairwise(found))
    assert not found or (found[0][0], sum(found[-1])) == (0, rows)


def test_laws_are_read_as_sentences() -> None:
    """Each end that there is."""
    assert law(Distribution(type="constant", value=3), "pieces") == "always 3 pieces"
    assert law(Distribution(type="exponential", mean=6, max=180, unit="minutes")) == "exponential, mean 6, at most 180 minutes"
    assert law(Distribution(type="pareto", mean=3, min=1)) == "pareto, mean 3, at least 1"
    assert law(Distribution(type="empirical", values={1: 2, 5: 1})) == "one of 2 values, each with its weight"


def test_what_a_column_follows_from_in_the_end_and_the_shape_of_long_tails() -> None:
    """Of amounts between salaries and bills most are small: both tails are put together, so that the plot shows them."""
    plan = make_plan(resolve_parameters("finance_oltp_small"))
    facts = column_facts(plan, "transactions.amount")
    assert facts.depends_on == ("transactions.transaction_type (from)",)
    assert "customers.annual_income" in facts.further
    assert not {"transactions.amount", "transactions.transaction_type"} & set(facts.further)
    found = Sampler(plan).column("transactions", "amount")
    low, middle, high = map(float, found.quartiles)
    assert float(found.least) < low < middle < high < float(found.most)
    assert found.shape is not None
    assert max(found.shape.shares) <= 0.5
    assert sum(found.shape.shares) == pytest.approx(1)
    assert [end.partition(" ")[2] for end in found.shape.ends] == ["and less", "and more"]
