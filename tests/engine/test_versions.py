"""Versions: every state of an entity, keys that stay, and an order in which they could have been loaded."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.layouts.entities import Entities
from ingen_fab.synthetic_data.core.engine.layouts.versions import Versions
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.program import rows as told
from ingen_fab.synthetic_data.core.program.changes import Changes
from ingen_fab.synthetic_data.core.run.preview import preview

SHOP = """
dataset_id: shop
history: {start: 2024-01-01, end: 2024-06-30}
calendar: {time_zone: America/New_York}
driving: sales
tables:
  people:
    rows:
      number: 500
      initial_share: 0.5
      lifetime: {type: exponential, mean: 400, unit: days}
      changes: {groups: [{share: 0.5, every: 40 days}, {share: 0.25, every: 300 days}], columns: {tier: 3, vip: 1}}
    columns:
      person_id: key
      tier: {kind: category, weights: {a: 1, b: 1, c: 1}}
      vip: {kind: boolean, rate: 0.5}
  dim_person:
    rows: {layout: versions, of: people}
    columns:
      person_key: key
      person_id: parent
      tier: copy
      vip: copy
      luck: {kind: number, distribution: {min: 0, max: 1_000_000}}
      valid_from: begin
      valid_to: {kind: end, open: 9999-12-31}
      ended: {kind: end, as: date}
      is_current: current
      version: position
  sales:
    rows: events
    columns:
      sale_id: key
      at: begin
      person_id: {kind: reference, to: people, nulls: 0.1}
      person_key: {kind: reference, to: dim_person, match: person_id}
      tier: person_key.tier
      same: person_id.tier
"""

COPIES = """versions, of: people}
    columns:
      person_key: key
      person_id: parent
      tier: copy
      vip: copy
"""


@pytest.fixture
def shop(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(SHOP, *change, **{"target_rows": 2_000, **settings})


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    return preview(plan, table, 0, plan.table(table).rows).to_pylist()


def test_periods_neither_gap_nor_overlap(shop: Callable[..., Plan]) -> None:
    """One version begins where the one before ends, each differs from it, the last one alone is current."""
    by_person: dict[int, list[dict[str, Any]]] = {}
    for row in rows(shop(), "dim_person"):
        by_person.setdefault(row["person_id"], []).append(row)
    assert len(by_person) == 500
    assert max(map(len, by_person.values())) > 40
    for mine in by_person.values():
        assert [row["version"] for row in mine] == list(range(1, len(mine) + 1))
        assert [row["is_current"] for row in mine] == [False] * (len(mine) - 1) + [True]
        for here, after in itertools.pairwise(mine):
            assert here["valid_from"] < here["valid_to"] == after["valid_from"]
            assert here["ended"] is not None
            assert (here["tier"], here["vip"]) != (after["tier"], after["vip"])
        assert mine[-1]["valid_to"].year == 9999
        assert mine[-1]["ended"] is None


def test_keys_are_unique_and_say_whose_version_it_is(shop: Callable[..., Plan]) -> None:
    """Here 10,000 times the person's number and the version's: with a change each 40 days there may be over a thousand."""
    found = rows(shop(), "dim_person")
    assert all(row["person_key"] == row["person_id"] * 10_000 + row["version"] for row in found)
    assert len({row["person_key"] for row in found}) == len(found)


def test_rows_stand_in_the_order_of_their_keys(shop: Callable[..., Plan]) -> None:
    """The versions of one person follow each other."""
    keys = [row["person_key"] for row in rows(shop(), "dim_person")]
    assert keys == sorted(keys)


def test_a_row_that_happens_finds_the_version_of_its_day(shop: Callable[..., Plan]) -> None:
    """NULL where the person is; its columns are those of the person on that day."""
    plan = shop()
    versions = {row["person_key"]: row for row in rows(plan, "dim_person")}
    seen = set()
    for sale in rows(plan, "sales"):
        if sale["person_id"] is None:
            assert sale["person_key"] is None
            continue
        mine = versions[sale["person_key"]]
        assert mine["person_id"] == sale["person_id"]
        assert mine["valid_from"] <= sale["at"] < mine["valid_to"]
        assert sale["tier"] == sale["same"] == mine["tier"]
        seen.add(mine["is_current"])
    assert seen == {True, False}


def test_a_later_end_only_closes_and_adds(shop: Callable[..., Plan]) -> None:
    """Rows keep their keys and everything but their end; new ones begin after the earlier end."""
    ends = (date(2024, 4, 30), date(2024, 6, 30))
    early, late = ({row["person_key"]: row for row in rows(shop(as_of=day, window=(date(2024, 1, 1), day)), "dim_person")} for day in ends)
    zone = ZoneInfo("America/New_York")
    assert {key for key, row in late.items() if row["valid_from"].astimezone(zone).date() <= ends[0]} == set(early)
    assert len(late) > len(early)
    for key, before in early.items():
        after = late[key]
        for name in ("person_id", "tier", "vip", "luck", "valid_from", "version"):
            assert before[name] == after[name]
        if not before["is_current"]:
            assert before == after
    state = {column.name for column in shop().table("dim_person").columns if column.as_of}
    assert state == {"valid_to", "ended", "is_current"}


def test_a_narrow_window_has_all_versions_as_of_the_end(shop: Callable[..., Plan]) -> None:
    """As of the end of the history each person has a current version, whatever days of sales are written."""
    assert rows(shop(window=(date(2024, 2, 1), date(2024, 2, 2))), "dim_person") == rows(shop(), "dim_person")


def test_pieces_and_single_rows_equal_the_whole(shop: Callable[..., Plan]) -> None:
    """However the rows are cut, also across blocks of 65,536 persons."""
    plan = shop()
    whole = rows(plan, "dim_person")
    assert [preview(plan, "dim_person", n, 1).to_pylist()[0] for n in range(0, len(whole), 131)] == whole[::131]
    wide = shop("number: 500", "number: 200_000")
    engine = Engine(wide.program)
    layout = engine.table("dim_person").layout
    assert isinstance(layout, Versions)
    count = wide.table("dim_person").rows
    ids = layout.block(0, count).rows
    assert bool((np.diff(ids) > 0).all())
    assert layout.before(engine.as_of + 1) == count
    again = Engine(wide.program).table("dim_person").layout
    pieces = [again.block(low, min(100_003, count - low)).rows for low in range(0, count, 100_003)]
    assert np.array_equal(np.concatenate(pieces), ids)
    assert bool((engine.table("dim_person").rows_frame(ids).day <= engine.as_of).all())


def test_entities_that_never_change_have_one_version(shop: Callable[..., Plan]) -> None:
    """The table is a copy with periods."""
    plan = shop("changes: {groups: [{share: 0.5, every: 40 days}, {share: 0.25, every: 300 days}], columns: {tier: 3, vip: 1}}", "")
    assert {row["version"] for row in rows(plan, "dim_person")} == {1}
    assert plan.table("dim_person").rows == 500


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (COPIES, COPIES.replace("people", "sales").split("      tier")[0], "`sales` holds events; versions are of entities"),
        ("match: person_id}", "skew: none}", "`dim_person` holds versions, whose rows are not drawn"),
        ("match: person_id}", "match: {tier: same}}", r"rows of `dim_person` \(versions\) cannot be found by tier"),
        ("tier: copy", "tier: {kind: copy, from: teir}", "table `dim_person` has no column `teir`"),
        ("tier: copy", "teir: copy", "`people` has no column `teir`; did you mean `tier`"),
        ("at: begin", "at: begin\n      n: position", r"rows of events have no position; those of .*children.*versions have"),
        ("at: begin", "at: begin\n      n: current", "rows of events do not end; those of .*entities.*versions do"),
        ("at: begin", "at: begin\n      n: copy", "say `from:`: rows of events stand on nothing that has a `n`"),
    ],
)
def test_what_is_said_of_mistakes(shop: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """One sentence each."""
    with pytest.raises(ConfigError, match=sentence):
        shop(old, new)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    periods=st.lists(st.integers(1, 900), min_size=1, max_size=3, unique=True),
    seed=st.integers(0, 1 << 30),
    number=st.integers(1, 3_000),
    day=st.integers(-2_500, 4_000),
)
def test_the_days_of_changes_and_their_count_agree(shop: Callable[..., Plan], periods: list[int], seed: int, number: int, day: int) -> None:
    """A row has had as many changes by a day as changes whose day has come; they lie after its birth, one a day at most."""
    program = replace(shop().program, seed=seed)
    changes = Changes(tuple((period, 64 // len(periods)) for period in periods), {"tier": 16})
    entities = program.tables["people"].rows
    assert isinstance(entities, told.Entities)
    rows_ = replace(entities, number=number, before=max(number // 2, 1), changes=changes)
    tables = {"people": replace(program.tables["people"], rows=rows_)}
    people = Engine(replace(program, tables=tables)).table("people").layout
    assert isinstance(people, Entities)
    ids = np.arange(min(number, 500), dtype=np.int64)
    born = people.born(ids)
    count = people.changes.version_of(ids, born, day)
    after = people.changes.changed(ids, born, count + 1)
    assert bool((after > np.maximum(day, born)).all())
    some = count > 0
    last = people.changes.changed(ids[some], born[some], count[some])
    assert bool((last <= day).all())
    assert bool((last > born[some]).all())
    two = count > 1
    assert bool(
        (people.changes.changed(ids[two], born[two], count[two]) > people.changes.changed(ids[two], born[two], count[two] - 1)).all()
    )


def test_what_a_plan_counted_is_what_an_engine_counts(plan_of: Callable[..., Plan]) -> None:
    """Workers and previews find the versions where the plan says, and count nothing."""
    plan = plan_of("retail_star_small", target_rows=30_000)
    table = plan.program.tables["dim_customer"]
    counted = table.rows
    assert isinstance(counted, told.Versions)
    bare = {**plan.program.tables, "dim_customer": replace(table, rows=replace(counted, starts=None))}
    assert Engine(replace(plan.program, tables=bare)).table("dim_customer").layout.counted() == counted
    assert counted.starts is not None
    assert counted.starts[-1] == plan.table("dim_customer").rows
