"""`target_rows` counts the driving table exactly, or the declaration is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan

MakePlan = Callable[..., Plan]
LINES = """
dataset_id: shop
driving: lines
tables:
  customers: {rows: {number: 300}, columns: {customer_id: key, registered_at: begin}}
  visits:
    rows: {layout: events, number: 5_000}
    columns: {visit_id: key, outcome: {kind: category, exact: per_1024, weights: {order: 10, none: 90}}}
  bills: {rows: BILLS, columns: {bill_id: key}}
  lines:
    rows: {layout: children, of: bills, count: {type: empirical, values: {1: 60, 2: 30, 5: 10}}}
    primary_key: [bill_id, line]
    columns: {bill_id: parent, line: position}
"""
OWNED = "{of: customers, per_owner: [{share: 1}, {share: 0.5, after: 60 days}]}"


@pytest.mark.parametrize(
    "rows", ["{layout: entities}", "{layout: events}", "{layout: children, of: customers, count: {type: empirical, values: {0: 1, 3: 1}}}"]
)
def test_parents_follow_from_what_is_counted(own_plan: MakePlan, rows: str) -> None:
    """To the row."""
    assert own_plan(LINES, "BILLS", rows, target_rows=1_001).table("lines").rows == 1_001


@pytest.mark.parametrize(
    ("rows", "origin"),
    [
        ("{layout: renewals, of: customers, every: 1 years}", "`customers`"),
        (OWNED, "`customers`"),
        ("{layout: subset, of: visits, where: outcome = 'order'}", "`visits`"),
        ("{layout: recurring, of: visits, where: outcome = 'order'}", "`visits`"),
        ("{layout: posts, number: 64}", "its posts"),
        ("{layout: calendar, step: day}", "its calendar"),
        ("{layout: list, values: [{code: a}, {code: b}]}", "its list"),
    ],
)
def test_parents_of_a_number_of_their_own_are_refused(own_plan: MakePlan, rows: str, origin: str) -> None:
    """Their children cannot be as many as `target_rows` says."""
    with pytest.raises(ConfigError) as error:
        own_plan(LINES, "BILLS", rows, target_rows=1_001)
    assert f"driving: `target_rows` cannot count `lines`: how many rows `bills` has follows from {origin}; let another table drive" in str(
        error.value
    )


def test_rows_born_of_owners_cannot_drive(own_plan: MakePlan) -> None:
    """How many there are follows from the owners."""
    with pytest.raises(ConfigError, match="cannot count `bills`: how many rows `bills` has follows from `customers`"):
        own_plan(LINES.replace("driving: lines", "driving: bills"), "BILLS", OWNED)


def test_what_may_drive_is_said(own_plan: MakePlan) -> None:
    """In words of the language."""
    with pytest.raises(ConfigError, match=r"`bills` holds posts; these can drive a dataset: .*events"):
        own_plan(LINES.replace("driving: lines", "driving: bills"), "BILLS", "{layout: posts, number: 64}")
