"""Posts, and the small words that stand beside them: bounds of dates, steps at a time, draws that pairs and families share."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.hashing import hash_ints
from ingen_fab.synthetic_data.core.engine.layouts.posts import Posts
from ingen_fab.synthetic_data.core.engine.permute import shuffle_pow2, unshuffle_pow2
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

HOMES = """
dataset_id: homes
tables:
  homes:
    rows: {layout: posts, number: 100, block: 4, turnover: 3 years}
    columns: {home_id: key, since: {kind: begin, as: date}, left_on: {kind: end, as: date}, ever: left_on.ever, _rent: {kind: quota, pool: rents}, rent: _rent.rent}
  calls:
    rows: events
    columns:
      call_id: key
      at: begin
      called_on: at.date
      _wanted: {kind: date, from: called_on, minus: {min: 0, max: 90, unit: days}}
      floor: {kind: sql, sql: "DATE '2024-03-01'"}
      ceiling: {kind: sql, sql: "CASE WHEN call_id % 3 > 0 THEN DATE '2024-11-01' END"}
      asked_on: {kind: date, from: _wanted, not_before: floor, not_after: ceiling}
      asked_at: {kind: timestamp, from: asked_on, plus: {min: 0, max: 30, unit: hours}, not_after: asked_on}
      due: {kind: sql, sql: "CASE WHEN call_id % 4 > 0 THEN called_on + 30 END"}
      state: {kind: lifecycle, steps: {open: {}, late: {after: open, share: 0.2, lag: 90 days}, done: {after: open, at: due}}}
      done_at: state.done
      family: {kind: sql, sql: "(call_id - 1) // 2"}
      _rent: {kind: pool, pool: rents, per: family}
      rent: _rent.rent
      _other: {kind: pool, pool: rents, per: family, alternate: call_id}
      other: _other.rent
      npi: {kind: code, scheme: npi}
      home_id: {kind: reference, to: homes}
  notes:
    rows: {layout: children, of: calls}
    columns: {note_id: key, call_id: parent, called_on: call_id.called_on}
  pages:
    rows: {layout: children, of: notes}
    columns: {page_id: key, note_id: parent, call_id: note_id.call_id, its_key: note_id.call_id.call_id, called_on: note_id.called_on}
history: {start: 2024-01-01, end: 2024-12-31}
"""  # noqa: E501
RENTS = "rent,weight\nlow,1\nmiddle,2\nhigh,1\n"


def made(plan_of: Callable[..., Plan], folder: Path, text: str = HOMES, rents: str = RENTS, **settings: Any) -> Plan:
    """A plan of the homes."""
    (folder / "own" / "pools").mkdir(parents=True, exist_ok=True)
    (folder / "own" / "homes.yaml").write_text(text)
    (folder / "own" / "pools" / "rents.csv").write_text(rents)
    return plan_of("homes", datasets=[folder / "own"], target_rows=600, **settings)


def rows_of(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    mine = plan.table(table)
    out: list[dict[str, Any]] = Engine(plan.program).batch(table, mine.first_row, mine.first_row + mine.rows).to_pylist()
    return out


@given(st.integers(2, 12), st.integers(0, 2**62))
def test_shuffles_are_undone(bits: int, key: int) -> None:
    """Each place of a shuffle is found again, whatever the key."""
    places = np.arange(1 << bits, dtype=np.int64)
    keys = hash_ints(key, np.full(1 << bits, 7, np.int64))
    shuffled = shuffle_pow2(bits, keys, places)
    assert sorted(shuffled.tolist()) == places.tolist()
    assert unshuffle_pow2(bits, keys, shuffled).tolist() == places.tolist()


@pytest.mark.parametrize("years", [0, 3, 14])
def test_one_row_holds_a_seat_on_each_day(plan_of: Callable[..., Plan], tmp_path: Path, years: int) -> None:
    """The holder of a post on a day sits on it, was born before and has not left; successors follow without a gap."""
    end = date(2024 + years, 12, 31)
    plan = made(plan_of, tmp_path, window=(date(2024, 1, 1), end), as_of=end)
    layout = Engine(plan.program).table("homes").layout
    assert isinstance(layout, Posts)
    posts = np.arange(100, dtype=np.int64)
    for day in (0, 1, 100, 366 + 365 * years - 1):
        days = np.full(100, day, np.int64)
        holders = layout.holder(posts, days)
        assert layout.post(holders).tolist() == posts.tolist()
        assert bool((layout.born(holders) < day).all())
        assert bool((layout.left(holders) > day).all())
    homes = rows_of(plan, "homes")
    lasting = [home for home in homes if home["left_on"] is None]
    assert len(lasting) == 100 + sum(home["since"] == end for home in homes)
    by_post = defaultdict(list)
    for number, home in enumerate(homes):
        by_post[int(layout.post(np.array([number]))[0])].append(home)
    for held in by_post.values():
        assert all(later["since"] + timedelta(days=1) == earlier["ever"] for earlier, later in itertools.pairwise(held))
        assert len({home["rent"] for home in held}) == 1
    assert Counter(home["rent"] for home in homes[:100]) == {"low": 25, "middle": 50, "high": 25}


def test_dates_keep_their_bounds(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A date is raised and lowered to its bounds; one that is NULL bounds nothing, and the upper one is the stronger."""
    calls = rows_of(made(plan_of, tmp_path), "calls")
    assert all(call["asked_on"] >= date(2024, 3, 1) for call in calls)
    assert all(call["asked_on"] <= date(2024, 11, 1) for call in calls if call["ceiling"])
    assert any(call["asked_on"] > date(2024, 11, 1) for call in calls)
    assert all(call["asked_at"].date() == call["asked_on"] for call in calls)
    assert any(call["asked_at"].hour == 23 and call["asked_at"].minute == 59 for call in calls)


def test_a_step_may_happen_at_a_date(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """The step is shown from its date on, as of the end of the data, and never where there is no date."""
    calls = rows_of(made(plan_of, tmp_path), "calls")
    assert {call["state"] for call in calls} == {"open", "late", "done"}
    for call in calls:
        if call["done_at"] is not None:
            assert call["done_at"].date() == call["due"] <= date(2024, 12, 31)
        assert (call["state"] == "done") == (call["done_at"] is not None)
        assert call["state"] != "done" or call["due"] is not None
    with pytest.raises(ConfigError, match="step `done` has both `lag` and `at`"):
        made(plan_of, tmp_path, HOMES.replace("at: due}", "at: due, lag: 3 days}"))
    with pytest.raises(ConfigError, match="step `done`: `family` is not a date or timestamp"):
        made(plan_of, tmp_path, HOMES.replace("at: due}", "at: family}"))


def test_families_share_a_draw_and_pairs_differ(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """`per` gives one row of the list to all rows of equal number; `alternate` gives even and odd numbers different ones."""
    calls = rows_of(made(plan_of, tmp_path), "calls")
    seen = defaultdict(set)
    for call in calls:
        seen[call["family"]].add(call["rent"])
    assert all(len(rents) == 1 for rents in seen.values())
    assert len({rent for rents in seen.values() for rent in rents}) == 3
    assert {call["other"] for call in calls if call["call_id"] % 2 == 0} == {"low", "high"}
    assert {call["other"] for call in calls if call["call_id"] % 2} == {"middle"}
    with pytest.raises(ConfigError, match="`rent` is not a whole number"):
        made(plan_of, tmp_path, HOMES.replace("alternate: call_id", "alternate: rent"))


@pytest.mark.parametrize("skew", ["none", "{zipf: 1.2}"])
def test_references_reach_who_holds_a_seat(plan_of: Callable[..., Plan], tmp_path: Path, skew: str) -> None:
    """A drawn row of posts is there on the day of the row that refers to it, also long after the history."""
    end = date(2033, 5, 1)
    text = HOMES.replace("to: homes}", f"to: homes, skew: {skew}}}")
    plan = made(plan_of, tmp_path, text, window=(date(2024, 1, 1), end), as_of=end)
    homes = {home["home_id"]: home for home in rows_of(plan, "homes")}
    calls = rows_of(plan, "calls")
    assert all(homes[call["home_id"]]["since"] < call["called_on"] for call in calls)
    assert all(homes[call["home_id"]]["left_on"] is None or call["called_on"] < homes[call["home_id"]]["left_on"] for call in calls)
    often = Counter(call["home_id"] for call in calls).most_common(1)[0][1]
    assert (often > len(calls) / 50) == (skew != "none")
    assert preview(plan, "calls", 3_000, 1).to_pylist() == [calls[3_000]]


def test_npis_have_their_check_digit(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Distinct ten-digit numbers that start with 2 and pass Luhn's test behind the prefix 80840."""
    numbers = [call["npi"] for call in rows_of(made(plan_of, tmp_path), "calls")]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        digits = [int(digit) for digit in reversed("80840" + number)]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
        assert (sum(digits[::2]) + sum(doubled)) % 10 == 0
        assert len(number) == 10
        assert number[0] == "2"


def test_copies_of_keys_are_foreign_keys(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A copied parent, or a key at the end of a path, points at the table whose key it is; other copies point nowhere."""
    found = {(key.column, key.parent, key.parent_column) for key in made(plan_of, tmp_path).table("pages").foreign_keys}
    assert found == {("note_id", "notes", "note_id"), ("call_id", "calls", "call_id"), ("its_key", "calls", "call_id")}


@pytest.mark.parametrize(
    ("before", "after", "rents", "sentence"),
    [
        ("pool: rents}, rent", "pool: rents}, rent", "rent,weight\nlow,1\nhigh,2\n", "add up to 3, which is not a power of two from 4 on"),
        ("pool: rents}, rent", "pool: rents}, rent", "rent,weight\nlow,1\nhigh,7\n", "add up to 8, but the posts come in blocks of 4"),
        ("block: 4", "block: 6", RENTS, "6 is not a power of two"),
        ("kind: pool, pool: rents, per", "kind: quota, pool: rents, per", RENTS, "per: unknown key"),
        ("kind: pool, pool: rents, per: family}", "kind: quota, pool: rents}", RENTS, "a list is dealt over posts; these rows hold events"),
        ("home_id: key,", "home_id: key, other: {kind: reference, to: homes},", RENTS, "`homes` holds posts; its rows are drawn"),
    ],
)
def test_what_cannot_be_is_refused(
    plan_of: Callable[..., Plan], tmp_path: Path, before: str, after: str, rents: str, sentence: str
) -> None:
    """One sentence with the place."""
    assert before in HOMES
    with pytest.raises(ConfigError, match=sentence):
        made(plan_of, tmp_path, HOMES.replace(before, after, 1), rents)
