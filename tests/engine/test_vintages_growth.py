"""How fast births over a long past may grow or fall."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan

BANK = """
dataset_id: bank
driving: visits
history: {start: 2000-01-01, end: 2023-12-31}
tables:
  branches:
    rows: {number: 200, past: 28 years, yearly_growth: -0.5}
    columns: {branch_id: key, opened_on: {kind: begin, as: date}}
  visits:
    rows: events
    columns: {visit_id: key, at: begin, branch_id: {kind: reference, to: branches}}
"""


def test_births_that_halve_each_year_come_in_order(own_plan: Callable[..., Plan]) -> None:
    """Up to the largest factor that whole numbers hold."""
    plan = own_plan(BANK, target_rows=1_000)
    days = [row["opened_on"] for row in Engine(plan.program).batch("branches", 0, 200).to_pylist()]
    assert days == sorted(days)
    assert days[100].year - days[0].year <= 1


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("past: 28 years", "past: 60 years", "`yearly_growth: -0.5` over 60 years is more than births can follow"),
        ("past: 28 years, yearly_growth: -0.5", "past: 40 years, yearly_growth: 2", "more than births can follow: write a shorter"),
        ("past: 28 years, yearly_growth: -0.5", "past: 2 years, yearly_growth: 2", "births can follow from 2000-01-01 to 2023-12-31"),
    ],
)
def test_more_is_refused(own_plan: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """With a sentence that says where."""
    with pytest.raises(ConfigError, match=sentence):
        own_plan(BANK, old, new, target_rows=1_000)
