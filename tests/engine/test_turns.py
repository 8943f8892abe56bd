"""Who comes to a grid how often: uneven visits, those that follow soon, and scripts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.turns import APART, PATTERNS, SOON, TURNS, counts, patterns
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

SCHOOL = """
dataset_id: school
driving: lessons
history: {start: 2024-01-01, end: 2024-12-31}
calendar: {time_zone: Europe/Berlin}
temporal_patterns: {weekdays: {saturday: 0, sunday: 0}}
tables:
  pupils:
    rows: {layout: posts, number: 0.3 per lessons, at_least: 128, block: 16, turnover: 5 years}
    columns:
      pupil_id: key
      _kind: {kind: quota, pool: pupil_kinds}
      course: _kind.course
      since: {kind: begin, as: date}
      gone: {kind: copy, from: left_on.ever}
      left_on: {kind: end, as: date}
  teachers:
    rows: {layout: posts, number: 0.001 per lessons, block: 8, turnover: 2 years}
    columns: {teacher_id: key, _kind: {kind: quota, pool: teacher_kinds}}
  lessons:
    rows:
      layout: grid
      of: teachers
      quota: _kind
      hours: ["08:00-12:00", "13:00-17:00"]
      open_days: days
      length: steps
    columns:
      lesson_id: key
      teacher_id: parent
      pupil_id:
        kind: attendee
        to: pupils
        quota: _kind
        fits: art
        visits: visits
        skew: {lognormal: 0.9}
        again: 0.3
        script: course
        scripts: {exam: {of: music, visits: [0 days, 12 days, 21 days, 48 days, 120 days]}}
      number: pupil_id.visit
      again: pupil_id.comes_again
      follows: pupil_id.follows
      began: pupil_id.script_began
      course: pupil_id.course
      starts_at: begin
      on: starts_at.date
"""
TEACHERS = "art,days,steps,weight\nmusic,mon tue wed thu fri,2,8\n"
PUPILS = "art,visits,course,weight\nmusic,1,,10\nmusic,4,,4\nmusic,2,exam,2\n"


@pytest.fixture
def plan(plan_of: Callable[..., Plan], tmp_path: Path) -> Callable[..., Plan]:
    """A plan of the school with settings."""

    def make(text: str = SCHOOL, **settings: Any) -> Plan:
        (tmp_path / "own" / "pools").mkdir(parents=True, exist_ok=True)
        (tmp_path / "own" / "school.yaml").write_text(text)
        (tmp_path / "own" / "pools" / "teacher_kinds.csv").write_text(TEACHERS)
        (tmp_path / "own" / "pools" / "pupil_kinds.csv").write_text(PUPILS)
        return plan_of("school", datasets=[tmp_path / "own"], **settings)

    return make


def rows_of(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    mine = plan.table(table)
    out: list[dict[str, Any]] = Engine(plan.program).batch(table, mine.first_row, mine.first_row + mine.rows).to_pylist()
    return out


@pytest.mark.parametrize("seed", [7, 42, 2024])
def test_visits_are_uneven_and_follow_each_other(plan: Callable[..., Plan], seed: int) -> None:
    """Few come often; whoever comes again does so within weeks, and scripts are kept but for how long turns really last."""
    lessons = sorted(rows_of(plan(target_rows=20_000, seed_value=seed), "lessons"), key=lambda row: row["starts_at"])
    by: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for lesson in lessons:
        by[lesson["pupil_id"]].append(lesson)
    assert all(one["number"] == place + 1 for mine in by.values() for place, one in enumerate(mine))
    assert all(len({one["on"] for one in mine}) == len(mine) for mine in by.values())
    free = np.array([len(mine) for mine in by.values() if not mine[0]["course"]])
    assert free.var() > 2 * free.mean()
    pairs = [(one, other) for mine in by.values() for one, other in pairwise(mine)]
    soon = [other["on"] - one["on"] for one, other in pairs if one["again"]]
    later = [other["on"] - one["on"] for one, other in pairs if not one["again"]]
    assert timedelta(10) < sorted(soon)[len(soon) // 2] < timedelta(24)
    assert sum(gap < timedelta(20) for gap in later) < len(later) / 20
    assert all(other["follows"] == one["again"] for one, other in pairs)
    scripted = [one for mine in by.values() for one in mine if one["course"]]
    assert all(one["began"] is not None and one["began"] <= one["on"] for one in scripted)
    assert all(one["began"] is None for one in lessons if not one["course"])
    assert sum((one["on"] - one["began"]).days <= 160 for one in scripted) > 0.95 * len(scripted)


def test_chunks_single_rows_and_a_later_end_do_not_matter(plan: Callable[..., Plan]) -> None:
    """Rows are the same in pieces of any size, alone, and where the window goes on."""
    short = plan(target_rows=5_000)
    whole = rows_of(short, "lessons")
    engine = Engine(short.program)
    assert [row for batch in engine.batches("lessons", 0, 5_000, 137) for row in batch.to_pylist()] == whole
    assert preview(short, "lessons", 3_333, 1).to_pylist() == [whole[3_333]]
    end = date(2026, 2, 1)
    assert rows_of(plan(target_rows=5_000, window=(date(2024, 1, 1), end), as_of=end), "lessons")[:5_000] == whole
    day = plan(target_rows=5_000, window=(date(2024, 5, 14), date(2024, 5, 14)))
    assert rows_of(day, "lessons") == [row for row in whole if row["on"] == date(2024, 5, 14)]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("skew: {lognormal: 0.9}", "skew: {lognormal: 0.9, gamma: 1}", "how often people come follows one law"),
        (
            "[0 days, 12 days,",
            "[0 days, 8 days,",
            "a script begins at 0 days and ends within 750, and its visits are 9 days apart or more",
        ),
        ("scripts: {exam:", "scripts: {test:", "`course` of `pupil_kinds` is exam, which is none of `scripts`"),
        ("        script: course\n", "", "`scripts` need `script`, the field of `pupil_kinds` that names one of them"),
        ("{of: music,", "{of: musik,", r"scripts\.exam is of `musik`, which is no art of `teacher_kinds`; did you mean `music`"),
        ("again: 0.3\n", "again: 1\n", "must be at most 0.8, not `1`"),
    ],
)
def test_what_cannot_be_is_refused(plan: Callable[..., Plan], before: str, after: str, sentence: str) -> None:
    """One sentence."""
    assert before in SCHOOL
    with pytest.raises(ConfigError, match=sentence):
        plan(SCHOOL.replace(before, after, 1), target_rows=3_000)


@pytest.mark.parametrize("mean", [64, 4096, 23_170, 65_536, 400_000])
def test_patterns_are_apart_and_turns_alike(mean: int) -> None:
    """No two turns of a pattern are near, also over the end of the round; the first few patterns fill all turns alike."""
    visits = counts(mean, ("lognormal", 0.9))
    made = patterns(((visits, ()),), 300)
    assert made.visits[0].tolist() == list(visits)
    has = np.diff(made.before[0].astype(np.int64), axis=1) > 0
    distance = made.after[0][has]
    assert distance.min() >= APART
    assert (made.since[0][has] >= APART).all()
    for first in (40, PATTERNS):
        load = has[:first].sum(axis=0)
        assert load.max() - load.min() <= 8
    if 8_192 < mean < 100_000:
        assert 0.2 < (distance <= SOON).mean() < 0.75
    assert has.shape == (PATTERNS, TURNS)
