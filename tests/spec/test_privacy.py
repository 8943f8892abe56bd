"""Privacy profiles of a dataset of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.check import Check
from ingen_fab.synthetic_data.core.quality.derived import derive
from ingen_fab.synthetic_data.core.quality.report import Silent
from ingen_fab.synthetic_data.core.run.preview import preview

CLUB = """
dataset_id: club
privacy:
  coarse: {members: {age: {kind: sql, sql: "_age // 10 * 10", about: In tens}}}
  none_at_all: {members: {age: {kind: sql, sql: "_age * 0"}, height: {kind: number, distribution: 0}}}
tables:
  members:
    rows: events
    columns:
      member_id: key
      _age: {kind: number, distribution: {min: 18, max: 99}}
      age: {kind: copy, from: _age, about: In years}
      next_age: {kind: sql, sql: age + 1}
      taller: {kind: sql, sql: height + 1}
      height: {kind: number, distribution: {min: 150, max: 210}}
"""


def members(plan_of: Callable[..., Plan], folder: Path, text: str = CLUB, **settings: str) -> list[dict[str, int]]:
    """A hundred members."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "club.yaml").write_text(text)
    plan = plan_of("club", datasets=[folder / "own"], target_rows=100, **settings)
    out: list[dict[str, int]] = preview(plan, "members", 0, 100).to_pylist()
    return out


def test_a_profile_puts_its_columns_in_place(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """The named columns follow the profile, in their old places; the others keep their values, also those that go by them."""
    plain = members(plan_of, tmp_path)
    coarse = members(plan_of, tmp_path, privacy="coarse")
    assert coarse == [{**row, "age": row["age"] // 10 * 10} for row in plain]
    assert [list(row) for row in coarse] == [list(row) for row in plain]
    assert members(plan_of, tmp_path, privacy="none_at_all") == [{**row, "age": 0, "height": 0} for row in plain]


def test_names_of_what_is_replaced_are_taken(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """No column may have a name under which a profile keeps what it replaces."""
    with pytest.raises(ConfigError, match="`_behind_age`: names that begin with `_behind_` are those of what a privacy profile replaces"):
        members(plan_of, tmp_path, CLUB.replace("_age: {kind", "_behind_age: {kind", 1))


def test_checks_of_what_is_replaced_say_why_they_are_silent(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """What names a replaced column of its tables is silent with the reason; a column of the same name elsewhere is checked as before."""
    text = f"""{CLUB}
  trees:
    rows: {{number: 50}}
    columns: {{tree_id: key, height: {{kind: number, distribution: {{min: 1, max: 30}}}}}}
driving: members
checks:
  Nobody is a giant: SELECT member_id FROM members WHERE height > 250
  No tree is a giant: SELECT tree_id FROM trees WHERE height > 250
"""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "club.yaml").write_text(text)
    plan, private = (plan_of("club", datasets=[tmp_path / "own"], target_rows=100, **one) for one in ({}, {"privacy": "none_at_all"}))
    before, after = derive(plan), derive(private)

    def of(found: tuple[Check, ...] | tuple[Silent, ...], table: str) -> set[tuple[str, str]]:
        return {(one.name, one.sentence) for one in found if one.table == table}

    assert of(after.checks, "trees") == of(before.checks, "trees")
    assert ("BusinessRule", "No tree is a giant") in of(after.checks, "trees")
    assert Silent("FormulaAdherence", "members", "next_age is age + 1", "the privacy profile replaces members.age") in after.silent
    assert {"next_age is age + 1", "Nobody is a giant"} <= {sentence for _, sentence in of(after.silent, "members")}
    assert not of(after.silent, "trees")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("{age: {kind: sql, sql: \"_age //", "{ages: {kind: sql, sql: \"_age //", "replaces `members.ages`, which is not a column"),
        ("coarse: {members:", "coarse: {member:", r"privacy\.coarse replaces `member.age`, which is not a column"),
        (
            "height: {kind: number, distribution: 0}",
            "member_id: key",
            r"privacy\.none_at_all replaces `members.member_id`, which is the key",
        ),
    ],
)  # fmt: skip
def test_a_profile_names_columns(plan_of: Callable[..., Plan], tmp_path: Path, before: str, after: str, sentence: str) -> None:
    """One sentence where it names nothing, or the key."""
    assert before in CLUB
    with pytest.raises(ConfigError, match=sentence):
        members(plan_of, tmp_path, CLUB.replace(before, after, 1))
