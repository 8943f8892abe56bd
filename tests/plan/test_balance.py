"""The weight of those who come back follows from those who are born, and how often their groups come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

CLUB = """
dataset_id: club
driving: visits
tables:
  visits:
    rows: events
    columns:
      visit_id: key
      who: {kind: category, exact: per_1024, weights: {guest: 70, back: auto, new: 4}}
      member_id: {kind: reference, to: members, pick: visit}
      began: begin
  members:
    rows:
      layout: recurring
      of: visits
      where: who = 'new'
      returns: {where: who = 'back', groups: [{visits: 3, weight: 1, every: 20 days}, {visits: 9, weight: 1, every: 9 days}]}
    columns: {member_id: key, first_visit: parent, joined: begin, left: end}
"""

MakePlan = Callable[..., Plan]


def weights(plan: Plan) -> dict[str, float]:
    """The weights of a plan's visits."""
    found: dict[str, float] = plan.dataset.tables["visits"].columns["who"].weights
    return found


@pytest.mark.parametrize("new", [1, 2, 4, 7, 30, 400])
@pytest.mark.parametrize("groups", ["", "weight: 1, every: 20 days}, {visits: 1, weight: 7, every: 9 days}, {visits: 200, "])
def test_births_and_visits_agree(own_plan: MakePlan, new: int, groups: str) -> None:
    """Whatever the weights: the plan is made, with no more births than their weight says."""
    text = CLUB.replace("weight: 1, every: 20 days}, {visits: 9, ", groups) if groups else CLUB
    plan = own_plan(text, "new: 4", f"new: {new}", target_rows=3_000)
    found = weights(plan)
    assert sum(found.values()) == 1_024
    assert list(found) == ["guest", "back", "new"]
    rows: Any = Counter(row["who"] for row in preview(plan, "visits", 1_024, 1_024).to_pylist())
    assert rows == {who: count for who, count in found.items() if count}
    assert 1 <= found["new"] <= found["guest"] * new / 70 * 1.1 + 1


def test_it_is_the_number_that_one_would_have_to_work_out(own_plan: MakePlan) -> None:
    """Written down, the numbers give the same rows."""
    plan = own_plan(CLUB, target_rows=3_000)
    found = weights(plan)
    few = found["new"] // 2
    assert found["back"] == (found["new"] - few) * 3 + few * 9
    written = ", ".join(f"{who}: {count:g}" for who, count in found.items())
    same = own_plan(CLUB, "guest: 70, back: auto, new: 4", written, target_rows=3_000)
    assert preview(plan, "visits", 0, 3_000).to_pylist() == preview(same, "visits", 0, 3_000).to_pylist()
    assert plan.changed == ()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("guest: 70", "guest: auto", r"two weights are `auto`"),
        ("exact: per_1024", "exact: true", r"the weight of `back` can only be `auto` with `exact: per_1024`"),
        ("where: who = 'back'", "where: who = 'guest'", r"the weight of `back` is `auto`, but no recurring rows come back in it"),
        ("visits: 3, weight: 1", "visits: 200, weight: 100", r"members\.rows\.returns: less than one of 1,024 rows would have `new`"),
    ],
)
def test_what_cannot_be_is_refused(own_plan: MakePlan, old: str, new: str, sentence: str) -> None:
    """In a sentence that says where."""
    text = CLUB.replace("new: 4", "new: 0.01") if "less than" in sentence else CLUB
    with pytest.raises(ConfigError, match=sentence):
        own_plan(text, old, new, target_rows=1_000)
