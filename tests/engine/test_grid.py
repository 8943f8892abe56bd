"""Grids of posts and the panels that visit them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

ZONE = ZoneInfo("America/Chicago")
SURGERY = """
dataset_id: surgery
driving: visits
history: {start: 2024-01-01, end: 2024-12-31}
calendar: {time_zone: America/Chicago}
temporal_patterns: {weekdays: {saturday: 0, sunday: 0}}
tables:
  guests:
    rows: {layout: posts, number: 0.3 per visits, at_least: 128, block: 16, turnover: 5 years}
    columns:
      guest_id: key
      _kind: {kind: quota, pool: guest_kinds}
      age: _kind.age
      visits: _kind.visits
      since: {kind: begin, as: date}
      left_on: {kind: end, as: date}
      gone: left_on.ever
  desks:
    rows: {layout: posts, number: 0.001 per visits, block: 8, turnover: 2 years}
    columns: {desk_id: key, _kind: {kind: quota, pool: desk_kinds}, skill: _kind.skill, days: _kind.days, since: {kind: begin, as: date}}
  visits:
    rows:
      layout: grid
      of: desks
      quota: _kind
      hours: ["08:00-12:00", "13:00-17:00"]
      open_days: days
      length: steps
      extra_length: {type: empirical, values: {0: 70, 1: 20, 2: 10}}
      track: track
    columns:
      visit_id: key
      desk_id: parent
      guest_id: {kind: attendee, to: guests, quota: _kind, fits: skill, visits: visits}
      number: guest_id.visit
      skill: desk_id._kind.skill
      starts_at: begin
      ends_at: end
      on: starts_at.date
      paid: {kind: boolean, rate: 0.25, exact: true}
"""
DESKS = """skill,track,days,steps,weight
general,first,mon tue wed thu fri,2,3
general,first,mon tue thu fri,2,1
young,first,mon tue wed thu fri,1,1
heart,second,mon tue wed thu fri,3,2
skin,second,tue wed thu,1,1
"""
GUESTS = """age,first,second,visits,weight
child,young,skin,1,4
well,general,none,1,4
sick,general,heart,4,5
fair,general,skin,2,3
"""


def own(folder: Path, text: str = SURGERY) -> Path:
    """A directory with the dataset and its lists."""
    (folder / "own" / "pools").mkdir(parents=True, exist_ok=True)
    (folder / "own" / "surgery.yaml").write_text(text)
    (folder / "own" / "pools" / "desk_kinds.csv").write_text(DESKS)
    (folder / "own" / "pools" / "guest_kinds.csv").write_text(GUESTS)
    return folder / "own"


def rows_of(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    mine = plan.table(table)
    batch = Engine(plan.program).batch(table, mine.first_row, mine.first_row + mine.rows)
    out: list[dict[str, Any]] = batch.to_pylist()
    return out


@pytest.mark.parametrize(("rows", "seed"), [(1, 42), (97, 1), (3_000, 7), (30_000, 42)])
def test_nothing_is_booked_twice(plan_of: Callable[..., Plan], tmp_path: Path, rows: int, seed: int) -> None:
    """Exactly so many rows, on the step, in the hours of an open day, one after another at each desk."""
    plan = plan_of("surgery", datasets=[own(tmp_path)], target_rows=rows, seed_value=seed)
    desks = {desk["desk_id"]: desk for desk in rows_of(plan, "desks")}
    visits = rows_of(plan, "visits")
    assert len(visits) == rows
    assert [visit["visit_id"] for visit in visits] == list(range(1, rows + 1))
    assert [visit["on"] for visit in visits] == sorted(visit["on"] for visit in visits)
    assert abs(sum(visit["paid"] for visit in visits) - rows / 4) <= 12 + rows / 100
    last: dict[int, datetime] = {}
    for visit in visits:
        start, end = visit["starts_at"].astimezone(ZONE), visit["ends_at"].astimezone(ZONE)
        assert start < end
        assert start.minute % 15 == end.minute % 15 == start.second == 0
        minute = end.hour * 60 + end.minute
        assert (8 <= start.hour < 12 and minute <= 720) or (13 <= start.hour < 17 and minute <= 1020)
        assert start.strftime("%a").lower() in desks[visit["desk_id"]]["days"]
        assert desks[visit["desk_id"]]["since"] < visit["on"]
        assert last.get(visit["desk_id"], start) <= start
        last[visit["desk_id"]] = end


@pytest.mark.parametrize(("rows", "seed"), [(300, 1), (3_000, 7), (30_000, 42)])
def test_each_visit_knows_the_next(plan_of: Callable[..., Plan], tmp_path: Path, rows: int, seed: int) -> None:
    """The day of a guest's next visit to a desk of the skill, while the guest is there; the same for a row alone; NULL beyond the days."""
    text = SURGERY.replace("      number: guest_id.visit\n", "      number: guest_id.visit\n      next_on: guest_id.next_on\n")
    plan = plan_of("surgery", datasets=[own(tmp_path, text)], target_rows=rows, seed_value=seed)
    gone = {guest["guest_id"]: guest["gone"] or date.max for guest in rows_of(plan, "guests")}
    mine: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    visits = rows_of(plan, "visits")
    for visit in visits:
        mine[visit["guest_id"], visit["skill"]].append(visit)
    followed = 0
    for (guest, _), found in mine.items():
        for visit, later in zip_longest(found, found[1:]):
            if later is None:
                assert visit["next_on"] is None or visit["next_on"] >= gone[guest] or visit["next_on"] > plan.window[1]
            else:
                assert visit["next_on"] == later["on"]
                followed += 1
    assert followed > rows / 4
    engine = Engine(plan.program)
    for row in (0, rows // 2, rows - 1):
        assert engine.batch("visits", row, row + 1).to_pylist() == [visits[row]]


@pytest.mark.parametrize(("rows", "seed"), [(1, 42), (300, 1), (3_000, 7), (30_000, 42)])
def test_visitors_fit_and_take_turns(plan_of: Callable[..., Plan], tmp_path: Path, rows: int, seed: int) -> None:
    """Guests visit desks of their own skills while they are there, once a day at most, and their visits are counted."""
    plan = plan_of("surgery", datasets=[own(tmp_path)], target_rows=rows, seed_value=seed)
    guests = {guest["guest_id"]: guest for guest in rows_of(plan, "guests")}
    seen: dict[tuple[int, str], int] = defaultdict(int)
    days = set()
    for visit in sorted(rows_of(plan, "visits"), key=lambda visit: visit["starts_at"]):
        guest = guests[visit["guest_id"]]
        wanted = {"child": {"young", "skin"}, "well": {"general"}, "sick": {"general", "heart"}, "fair": {"general", "skin"}}
        assert visit["skill"] in wanted[guest["age"]]
        assert guest["since"] < visit["on"]
        assert guest["gone"] is None or visit["on"] < guest["gone"]
        assert (visit["guest_id"], visit["on"]) not in days
        days.add((visit["guest_id"], visit["on"]))
        seen[visit["guest_id"], visit["skill"]] += 1
        assert visit["number"] == seen[visit["guest_id"], visit["skill"]]
    if rows >= 3_000:
        came = {guest: seen[guest, "general"] for guest in guests}
        mean = {age: _mean([came[g] for g in guests if guests[g]["age"] == age]) for age in ("well", "sick", "fair")}
        assert 2.5 < mean["sick"] / mean["well"] < 5
        assert 1.5 < mean["fair"] / mean["well"] < 2.7
        assert any(guest["since"] >= date(2024, 1, 1) and came[number] for number, guest in guests.items())


def _mean(values: list[int]) -> float:
    return sum(values) / len(values)


def test_seats_are_never_empty(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """As many guests are there on any later day as on the first; whoever comes takes the place and kind of who leaves."""
    end = date(2032, 6, 30)
    plan = plan_of("surgery", datasets=[own(tmp_path)], target_rows=3_000, window=(date(2024, 1, 1), end), as_of=end)
    guests = rows_of(plan, "guests")
    posts = sum(guest["since"] < date(2024, 1, 1) for guest in guests)
    assert len(guests) > 2 * posts
    for day in (date(2024, 1, 2), date(2025, 3, 4), date(2029, 5, 6), date(2032, 6, 30)):
        there = [guest for guest in guests if guest["since"] < day and (guest["gone"] is None or day <= guest["gone"] - timedelta(days=1))]
        assert len(there) == posts
        assert {age: sum(guest["age"] == age for guest in there) * 16 // posts for age in ("child", "well", "sick", "fair")} == {
            "child": 4, "well": 4, "sick": 5, "fair": 3,
        }  # fmt: skip
    assert all(guest["left_on"] == (guest["gone"] if guest["gone"] <= date(2032, 6, 30) else None) for guest in guests)


def test_chunks_single_rows_and_a_later_end_do_not_matter(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Rows are the same in pieces of any size, alone, scattered, and where the window goes on."""
    folder = own(tmp_path)
    plan = plan_of("surgery", datasets=[folder], target_rows=5_000)
    whole = rows_of(plan, "visits")
    engine = Engine(plan.program)
    assert [row for batch in engine.batches("visits", 0, 5_000, 137) for row in batch.to_pylist()] == whole
    scattered = engine.table("visits").rows_frame(np.array([4_999, 3, 3, 1_234, 77]))
    for column in ("guest_id", "number", "starts_at", "ends_at", "desk_id"):
        kind = engine.schema("visits").field(column).type
        assert scattered.get(column).to_arrow(kind).to_pylist() == [whole[n][column] for n in (4_999, 3, 3, 1_234, 77)]
    assert preview(plan, "visits", 2_222, 1).to_pylist() == [whole[2_222]]
    end = date(2026, 2, 1)
    long = plan_of("surgery", datasets=[folder], target_rows=5_000, window=(date(2024, 1, 1), end), as_of=end)
    assert rows_of(long, "visits")[:5_000] == whole
    day = plan_of("surgery", datasets=[folder], target_rows=5_000, window=(date(2024, 5, 14), date(2024, 5, 14)))
    assert rows_of(day, "visits") == [row for row in whole if row["on"] == date(2024, 5, 14)]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("0.001 per visits", "8", r"visits\.rows: 2024-\d\d-\d\d has \d+ rows for 3 posts of a kind in `desks`, but a post has room for"),
        ("0.3 per visits", "128", r"columns\.guest_id: a post for \w+ has up to \d+ rows a day, but only \d+ rows of `guests` are sure"),
        ("{saturday: 0, sunday: 0}", "{sunday: 0}", r"visits\.rows: 2024-01-06 has \d+ rows by the temporal patterns, but no post is open"),
        ("open_days: days", "open_days: dais", "the pool `desk_kinds` has no field `dais`; did you mean `days`"),
        ("quota: _kind\n", "quota: skill\n", "`skill` of `desks` is of kind copy; a grid goes by a `quota`"),
        ("fits: skill", "fits: track", "no row of `guest_kinds` has first = first, so nobody comes to these posts"),
        ("visits: visits", "visits: age", "`age` of `guest_kinds` is child; visits are whole numbers from 1 to 64"),
        ("13:00-17:00", "11:00-17:00", "ends before it starts, or is not after the stretch before it"),
        ("block: 8", "block: 4", "the weights of `desk_kinds` add up to 8, but the posts come in blocks of 4"),
        ("turnover: 2 years", "turnover: 2 days", "a turnover is a year or more"),
        ("length: steps", "length: days", "the field `days` does not hold whole numbers from 1 on"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(plan_of: Callable[..., Plan], tmp_path: Path, before: str, after: str, sentence: str) -> None:
    """One sentence with the place, and with numbers where there is too little room."""
    assert before in SURGERY
    with pytest.raises(ConfigError, match=sentence):
        plan_of("surgery", datasets=[own(tmp_path, SURGERY.replace(before, after, 1))], target_rows=60_000)
