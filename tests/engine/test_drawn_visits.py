"""Members that come back by a law of rates, rows by their own clocks, and what goes with both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

LATER = date(2023, 1, 1), date(2025, 3, 31)
CLUB = """
dataset_id: club
calendar: {time_zone: America/New_York}
temporal_patterns: {hourly_distribution: {"18-22": 3.0, default: 0.5}}
tables:
  places:
    rows:
      layout: list
      values: [{place: here, zone: America/New_York}, {place: there, zone: Asia/Tokyo}, {place: down, zone: Australia/Sydney}]
    columns: {place_id: key, place: copy, zone: copy}
  visits:
    rows: {layout: events, within_day: pages, time_zone: zone}
    columns:
      visit_id: key
      who: {kind: category, exact: per_1024, weights: {guest: 600, back: 340, new: 84}}
      member_id: {kind: reference, to: members, pick: visit}
      place_id: {kind: reference, to: places, skew: none}
      zone: place_id.zone
      channel: {kind: category, weights: {mail: 40, walk: 60}}
      began: begin
      day: began.date
  members:
    rows:
      layout: recurring
      of: visits
      where: who = 'new'
      returns: {where: who = 'back', rates: {gamma: 0.7}, ageing: {0 days: 12, 60 days: 3, 1 year: 1}, initial_share: 0.4}
    columns: {member_id: key, first_visit: parent, joined: begin, rate: {kind: popularity, of: visits.member_id}}
  pages:
    rows:
      layout: children
      of: visits
      count: {type: geometric, mean: 3, min: 2, max: 9}
      duration: {type: exponential, mean: 60, max: 600, unit: seconds}
    columns:
      page_id: key
      visit_id: parent
      place: position
      page:
        kind: sequence
        first: {home: 100}
        first_by: {column: visit_id.channel, values: {mail: {item: 60, list: 40}}}
        between: {list: 50, item: 50}
        column: visit_id.who
      thing_id:
        kind: reference
        to: things
        affinity: {column: shelf, share: 1, returning: 1}
        favourites: {of: visit_id.member_id, number: 1, share: 0.5}
  things:
    rows: {number: 200, initial_share: 1}
    columns: {thing_id: key, shelf: {kind: category, weights: [a, b, c, d]}}
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


@pytest.fixture
def club(plan_of: Callable[..., Plan], tmp_path: Path) -> Callable[..., Plan]:
    """Plans of the dataset."""
    return lambda **settings: plan_of("club", datasets=[own(tmp_path)], **settings)


@pytest.mark.parametrize(("target", "seed"), [(1, 1), (40, 2), (900, 3), (5_000, 4), (40_000, 5)])
def test_members_come_after_their_birth(club: Callable[..., Plan], target: int, seed: int) -> None:
    """Who is born in a visit makes it, who comes back was born on a day before, and guests are nobody, at every size."""
    plan = club(target_rows=target, seed_value=seed)
    members = {row["member_id"]: row for row in rows(plan, "members")}
    for visit in rows(plan, "visits"):
        assert (visit["who"] == "guest") == (visit["member_id"] is None)
        if visit["who"] == "new":
            assert members[visit["member_id"]]["first_visit"] == visit["visit_id"]
        if visit["who"] == "back":
            assert members[visit["member_id"]]["joined"] < visit["began"]
    assert list(members) == list(range(1, len(members) + 1))


def test_how_often_members_come_follows_the_law(club: Callable[..., Plan]) -> None:
    """A third comes once, nobody makes a large part of the visits, some come twice a day, and those with a higher rate more often."""
    plan = club(target_rows=60_000)
    mine = [visit for visit in rows(plan, "visits") if visit["member_id"] is not None]
    counts = Counter(visit["member_id"] for visit in mine)
    born = [row for row in rows(plan, "members") if row["first_visit"] is not None and row["joined"].year == 2023]
    assert 0.15 < sum(counts[row["member_id"]] == 1 for row in born) / len(born) < 0.5
    assert max(counts.values()) < len(mine) * 0.005
    assert max(Counter((visit["member_id"], visit["day"]) for visit in mine).values()) > 1
    often = [counts[row["member_id"]] for row in born if row["rate"] > 2]
    seldom = [counts[row["member_id"]] for row in born if row["rate"] < 0.5]
    assert sum(often) / len(often) > 2.5 * sum(seldom) / len(seldom)


def test_hours_are_those_of_the_row(club: Callable[..., Plan]) -> None:
    """Evenings are as busy in each zone as declared, and all of a visit lies on its day in the dataset's own zone."""
    plan = club(target_rows=30_000)
    home = ZoneInfo("America/New_York")
    for zone in ("America/New_York", "Asia/Tokyo", "Australia/Sydney"):
        hours = [visit["began"].astimezone(ZoneInfo(zone)).hour for visit in rows(plan, "visits") if visit["zone"] == zone]
        assert abs(sum(18 <= hour < 22 for hour in hours) / len(hours) - 12 / 22) < 0.02
    assert all(visit["began"].astimezone(home).date() == visit["day"] for visit in rows(plan, "visits"))


def test_any_part_is_the_same(club: Callable[..., Plan]) -> None:
    """A row alone, a page of a preview and a later end have the values of the whole."""
    plan, later = club(target_rows=4_000), club(target_rows=4_000, window=LATER, as_of=LATER[1])
    for table in ("visits", "members", "pages"):
        whole = rows(plan, table)
        engine = Engine(plan.program)
        assert [engine.batch(table, place, place + 1).to_pylist()[0] for place in (0, 77, len(whole) - 1)] == [
            whole[p] for p in (0, 77, -1)
        ]
        assert preview(plan, table, len(whole) - 60, 60).to_pylist() == whole[-60:]
        assert rows(later, table)[: len(whole)] == whole


def test_landings_and_interests(club: Callable[..., Plan]) -> None:
    """First pages go by the channel; members look at one shelf, and half of the time at one thing."""
    plan = club(target_rows=20_000)
    channel = {visit["visit_id"]: visit["channel"] for visit in rows(plan, "visits")}
    member = {visit["visit_id"]: visit["member_id"] for visit in rows(plan, "visits")}
    shelf = {row["thing_id"]: row["shelf"] for row in rows(plan, "things")}
    pages = rows(plan, "pages")
    landed = Counter((channel[page["visit_id"]], page["page"]) for page in pages if page["place"] == 1)
    assert set(landed) == {("mail", "item"), ("mail", "list"), ("walk", "home")}
    assert 0.57 < landed["mail", "item"] / (landed["mail", "item"] + landed["mail", "list"]) < 0.63
    shelves: dict[int, set[str]] = {}
    things: dict[int, Counter[int]] = {}
    for page in pages:
        who = member[page["visit_id"]]
        if who is not None:
            shelves.setdefault(who, set()).add(shelf[page["thing_id"]])
            things.setdefault(who, Counter())[page["thing_id"]] += 1
    assert all(len(seen) == 1 for seen in shelves.values())
    often = [counts for counts in things.values() if counts.total() > 20]
    assert often
    assert all(max(counts.values()) > counts.total() * 0.2 for counts in often)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rates: {gamma: 0.7}, ", "", "say who comes back by `groups`, or by `rates`"),
        ("rates: {gamma: 0.7}, ", "groups: [{visits: 1, weight: 1, every: 30 days}], ", "goes with `rates`"),
        ("0 days: 12, ", "0 days: 17, ", "at least 1/16 of the largest"),
        ("time_zone: zone", "time_zone: who", "there is no time zone"),
        ("time_zone: zone", "time_zone: began", "cannot tell the time zone"),
        ("{mail: {item: 60, list: 40}}", "{male: {item: 60}}", "male"),
        ("{mail: {item: 60, list: 40}}", "{mail: {item: 0}}", "the weights are all 0"),
        ("        favourites: {of: visit_id.member_id, number: 1, share: 0.5}\n", "", "`returning` of `affinity` needs `favourites`"),
        ("joined: begin", "joined: begin, visits: visits", "by `rates` is not known before"),
    ],
)
def test_what_does_not_go_gets_a_sentence(plan_of: Callable[..., Plan], tmp_path: Path, old: str, new: str, said: str) -> None:
    """One clear sentence for each."""
    assert old in CLUB
    with pytest.raises(ConfigError, match=said):
        plan_of("club", datasets=[own(tmp_path, CLUB.replace(old, new))])
