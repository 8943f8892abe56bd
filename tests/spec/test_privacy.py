"""Privacy profiles of a dataset of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
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
