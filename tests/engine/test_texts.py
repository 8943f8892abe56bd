"""Texts of words and of a given length, and JSON documents."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

NOTES = """
dataset_id: notes
tables:
  notes:
    rows: events
    columns:
      note_id: key
      at: begin
      day: at.date
      title: {kind: text, words: {min: 1, max: 4}}
      code: {kind: text, length: 12, case: upper}
      body: {kind: text, length: {type: lognormal, mean: 80, stddev: 50, min: 5, max: 500}}
      said: {kind: text, template: 'said "{title}" \\ {note_id}'}
      is_read: {kind: boolean, rate: 0.5, nulls: 0.1}
      price: {kind: number, distribution: 3.5, places: 2}
      name: {kind: pool, pool: last_names, nulls: 0.3}
      url: {kind: text, template: "https://www.example.com/{name}/{note_id:06}", case: lower}
      document:
        kind: json
        fields: {id: note_id, at: at, day: day, "said so": said, is_read: is_read, price: price, name: name}
"""

MakePlan = Callable[..., Plan]


@pytest.fixture
def plan(own_plan: MakePlan) -> Plan:
    """5,000 notes."""
    return own_plan(NOTES, target_rows=5_000)


@pytest.fixture
def rows(plan: Plan) -> list[dict[str, Any]]:
    """All of them."""
    return preview(plan, "notes", 0, 5_000).to_pylist()


def test_texts_have_their_size(rows: list[dict[str, Any]]) -> None:
    """Words between min and max, each as often as the distribution says; characters to the letter."""
    words = np.bincount([len(row["title"].split()) for row in rows], minlength=5) / len(rows)
    assert np.allclose(words, [0, 0.25, 0.25, 0.25, 0.25], atol=0.03)
    assert {len(row["code"]) for row in rows} == {12}
    lengths = np.array([len(row["body"]) for row in rows])
    assert lengths.min() >= 5
    assert lengths.max() <= 500
    assert abs(lengths.mean() - 80) < 4
    assert len({row["body"] for row in rows}) > 4_500


def test_texts_read_like_texts(rows: list[dict[str, Any]]) -> None:
    """A capital first, a full stop after a cut, no word twice in a row, nothing but ASCII."""
    for row in rows:
        assert row["title"][0].isupper()
        assert row["body"][0].isupper()
        assert row["body"].endswith(".")
        assert row["code"].isupper()
        assert (row["title"] + row["body"]).isascii()
        spoken = row["title"].lower().split()
        assert all(a != b for a, b in pairwise(spoken))


def test_documents_say_what_the_columns_say(rows: list[dict[str, Any]]) -> None:
    """Strings with quotes and backslashes, numbers, booleans, days, moments in UTC, NULL as null."""
    for row in rows:
        found = json.loads(row["document"])
        assert list(found) == ["id", "at", "day", "said so", "is_read", "price", "name"]
        assert found["id"] == row["note_id"]
        assert found["at"] == row["at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        assert found["day"] == row["day"].isoformat()
        assert found["said so"] == row["said"]
        assert (found["is_read"], found["name"], found["price"]) == (row["is_read"], row["name"], 3.5)
    assert any(json.loads(row["document"])["name"] is None for row in rows)


@pytest.mark.parametrize("column", ["title", "code", "body", "document"])
def test_scattered_rows_equal_the_block(plan: Plan, column: str) -> None:
    """One by one and scattered; nothing depends on the rows beside."""
    table = Engine(plan.program).table("notes")
    block = table.frame(0, 5_000).get(column).strings()
    some = np.array([4_999, 0, 17, 2_500, 1], np.int64)
    gathered = table.rows_frame(some).get(column).strings()
    for place, row in enumerate(some.tolist()):
        assert gathered[place] == block[row]
        assert table.frame(row, 1).get(column).strings()[0] == block[row]
    assert len(table.frame(0, 0).get(column)) == 0


def test_no_pandas_is_imported_on_the_way(plan: Plan, tmp_path: Path) -> None:
    """It takes longer than most runs."""
    code = f"""
import sys
from ingen_fab.synthetic_data import make_plan, resolve_parameters
from ingen_fab.synthetic_data.core.engine.engine import Engine
plan = make_plan(resolve_parameters("notes", flags={{"datasets": [{str(tmp_path / "own")!r}], "target_rows": 300}}))
Engine(plan.program).batch("notes", 0, 300, ["title", "body", "document"])
print("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("length: 12, case", "length: 0, case", "a text has 1 to 2,000 characters"),
        ("length: 12, case", "length: 9_999, case", "a text has 1 to 2,000 characters"),
        ("min: 5, max: 500}", "min: 5}", "give a number, or a distribution with a min and a max"),
        ("words: {min: 1, max: 4}", "words: 3, length: 12", "one of the three"),
        ("words: {min: 1, max: 4}", "words: 3 days", "has no unit of time"),
        ("words: {min: 1, max: 4}", "words: 3, ascii: true", "`ascii` has no effect"),
        ("name: name}", "name: nam}", "no column `nam`; did you mean `name`?"),
    ],
)
def test_what_is_said_of_mistakes(own_plan: MakePlan, old: str, new: str, sentence: str) -> None:
    """In a sentence that says what is allowed."""
    with pytest.raises(ConfigError) as refused:
        own_plan(NOTES, old, new)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(("low", "high"), [(0, 9), (0, 12_345), (-120, 7), (99_999_990, 100_000_005), (3, 5_000_000_000)])
def test_a_width_is_the_least(own_plan: MakePlan, low: int, high: int) -> None:
    """As in Python's own templates: longer numbers stay whole, a sign stands before the zeros."""
    text = f"""
dataset_id: notes
tables:
  notes:
    rows: events
    columns:
      note_id: key
      n: {{kind: number, distribution: {{min: {low}, max: {high}}}}}
      t: {{kind: text, template: "<{{n:03}}|{{n:07}}|{{n}}>"}}
"""
    plan = own_plan(text, target_rows=500)
    rows = preview(plan, "notes", 0, 500).to_pylist()
    assert [row["t"] for row in rows] == [f"<{row['n']:03}|{row['n']:07}|{row['n']}>" for row in rows]
