"""Rows that are born in rows of another table and come back to it by turn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.spec.layouts.recurring import schedule

CLUB = """
dataset_id: club
tables:
  visits:
    rows: {layout: events}
    columns:
      visit_id: key
      who: {kind: category, exact: per_1024, weights: {guest: 732, back: 256, new: 36}}
      member_id: {kind: reference, to: members, pick: visit}
      visit_number: member_id.visit
      plan: member_id.visits
      began: begin
  members:
    rows:
      layout: recurring
      of: visits
      where: who = 'new'
      returns:
        where: who = 'back'
        groups: [{visits: 4, weight: 20, every: 60 days}, {visits: 11, weight: 16, every: 20 days}]
    columns: {member_id: key, first_visit: parent, visits: visits, joined: begin, left: end, active: current}
"""


def own(folder: Path, text: str = CLUB) -> Path:
    """A directory with the dataset."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "club.yaml").write_text(text)
    return folder / "own"


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    mine = plan.table(table)
    found: list[dict[str, Any]] = Engine(plan.program).batch(table, mine.first_row, mine.first_row + mine.rows).to_pylist()
    return found


@pytest.mark.parametrize(("target", "seed"), [(1, 1), (40, 2), (900, 3), (1_024, 4), (5_000, 5), (40_000, 6), (300_000, 7)])
def test_visits_are_numbered_in_time_order(plan_of: Callable[..., Plan], tmp_path: Path, target: int, seed: int) -> None:
    """1, 2, 3 .. without a hole for each member, on different days, never before joining nor after leaving, at every size."""
    plan = plan_of("club", datasets=[own(tmp_path)], target_rows=target, seed_value=seed)
    members = {row["member_id"]: row for row in rows(plan, "members")}
    mine: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for visit in rows(plan, "visits"):
        assert (visit["who"] == "guest") == (visit["member_id"] is None) == (visit["visit_number"] is None)
        if visit["member_id"] is not None:
            mine[visit["member_id"]].append(visit)
    for member, visits in mine.items():
        assert [visit["visit_number"] for visit in visits] == list(range(1, len(visits) + 1))
        assert all(a["began"].date() < b["began"].date() for a, b in pairwise(visits))
        assert visits[0]["began"] >= members[member]["joined"]
        assert members[member]["left"] is None or visits[-1]["began"] < members[member]["left"]
        assert len(visits) <= members[member]["visits"] + 1
        assert all(visit["who"] == "back" for visit in visits[1:])
        assert (visits[0]["who"] == "new") == (members[member]["first_visit"] == visits[0]["visit_id"])
    assert list(members) == list(range(1, len(members) + 1))
    assert [row["joined"] for row in members.values()] == sorted(row["joined"] for row in members.values())


def test_everybody_comes_as_often_as_planned(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Members whose life lies in the data make exactly 4 or 11 visits after the first; gaps vary, and follow `every`."""
    plan = plan_of("club", datasets=[own(tmp_path)], target_rows=300_000)
    counts: Counter[int] = Counter()
    began: dict[int, list[float]] = defaultdict(list)
    for visit in rows(plan, "visits"):
        if visit["member_id"] is not None:
            counts[visit["member_id"]] += 1
            began[visit["member_id"]].append(visit["began"].timestamp())
    whole = [row for row in rows(plan, "members") if row["first_visit"] is not None and row["left"] is not None]
    assert len(whole) > 1_000
    assert {row["visits"] for row in whole} == {4, 11}
    assert all(counts[row["member_id"]] == row["visits"] + 1 for row in whole)
    for visits, every in ((4, 60), (11, 20)):
        gaps = [(b - a) / 86_400 for row in whole if row["visits"] == visits for a, b in pairwise(sorted(began[row["member_id"]])[1:])]
        mean = sum(gaps) / len(gaps)
        spread = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
        assert abs(mean / every - 1) < 0.35
        assert 0.4 < spread / mean < 1.3


def test_classes_are_exact(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Of each 36 members 20 come 4 times and 16 come 11 times."""
    plan = plan_of("club", datasets=[own(tmp_path)], target_rows=50_000)
    visits = [row["visits"] for row in rows(plan, "members")]
    for start in range(0, len(visits) - 35, 36):
        assert Counter(visits[start : start + 36]) == {4: 20, 11: 16}


def test_single_rows_equal_the_block(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Row k alone is row k of the whole table."""
    for target in (3_000, 60_000):
        plan = plan_of("club", datasets=[own(tmp_path)], target_rows=target)
        for table in ("visits", "members"):
            whole = rows(plan, table)
            for place in (0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 1):
                assert preview(plan, table, place, 1).to_pylist() == [whole[place]]


def test_a_later_end_changes_no_visit(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Visits and members stay the same; those beyond the end are numbered on."""
    end = date(2026, 6, 30)
    short = plan_of("club", datasets=[own(tmp_path)], target_rows=6_000)
    long = plan_of("club", datasets=[own(tmp_path)], target_rows=6_000, window=(date(2023, 1, 1), end), as_of=end)
    before, after = rows(short, "visits"), rows(long, "visits")
    assert len(after) > len(before)
    assert after[: len(before)] == before
    state = {"left", "active"}
    members = [{k: v for k, v in row.items() if k not in state} for row in rows(long, "members")]
    assert members[: short.table("members").rows] == [{k: v for k, v in row.items() if k not in state} for row in rows(short, "members")]
    mine: dict[int, list[int]] = defaultdict(list)
    for visit in after:
        if visit["member_id"] is not None:
            mine[visit["member_id"]].append(visit["visit_number"])
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in mine.values())


@given(times=st.integers(1, 60), every=st.floats(1, 400), days=st.floats(0.5, 6_000))
def test_a_schedule_shares_out_its_turns(times: int, every: float, days: float) -> None:
    """Lags rise by two turns at least, the first lies behind the round of birth, and each turn's number has equally many."""
    parts, lags, leaves = schedule(times, every, days)
    assert len(lags) == times
    assert times % parts == 0
    assert lags[0] > parts
    assert all(b - a >= 2 for a, b in pairwise(lags))
    assert set(Counter(lag % parts for lag in lags).values()) == {times // parts}
    assert leaves >= lags[-1] + 2


def test_without_returns_they_stay(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """What is born and does not come back never leaves, and others may refer to it by popularity once it is there."""
    start, stop = CLUB.index("      returns:"), CLUB.index("    columns: {member_id: key")
    text = CLUB[:start] + CLUB[stop:]
    text = text.replace("visits: visits, ", "").replace("pick: visit", "skew: none").replace("      visit_number: member_id.visit\n", "")
    text = text.replace("      plan: member_id.visits\n", "      joined: member_id.joined\n")
    plan = plan_of("club", datasets=[own(tmp_path, text)], target_rows=5_000)
    members = rows(plan, "members")
    assert len(members) == Counter(row["who"] for row in rows(plan, "visits"))["new"]
    assert all(row["active"] and row["left"] is None for row in members)
    late = [row for row in rows(plan, "visits") if row["began"].year >= 2023 and row["visit_id"] > 1_000]
    assert all(row["joined"] < row["began"] for row in late)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("back: 256", "back: 255", r"36 of 1,024 rows of `visits` are births whose members come back 256 times, but 255 rows are"),
        ("where: who = 'back'", "where: who = 'new'", r"members\.rows\.returns: names another value of `who`"),
        ("pick: visit", "pick: visit, skew: none", r"`skew`, `distinct` and `affinity` have no effect on `pick: visit`"),
        ("pick: visit", "skew: none", r"rows of `members` come back; refer to the rows of `visits` in which they do"),
        ("every: 60 days", "every: 2 hours", r"2 hours is shorter than a day"),
        ("to: members", "to: visits", r"`pick: visit` is of rows that are born in `visits`; `visits` holds events"),
    ],
)
def test_what_is_said_of_mistakes(plan_of: Callable[..., Plan], tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """One sentence: what is wrong, where, and what is meant."""
    text = CLUB.replace(old, new)
    if "pick: visit" not in text or "to: visits" in text:
        text = text.replace("      visit_number: member_id.visit\n", "").replace("      plan: member_id.visits\n", "")
    with pytest.raises(ConfigError, match=sentence):
        plan_of("club", datasets=[own(tmp_path, text)], target_rows=1_000)
