"""Values that their type cannot hold: one sentence with table, column and row, wherever rows are computed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from ingen_fab.synthetic_data.core.api import SyntheticDataGenerator
from ingen_fab.synthetic_data.core.engine.errors import named
from ingen_fab.synthetic_data.core.errors import DataError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview, probe
from ingen_fab.synthetic_data.core.run.run import run
from typer.testing import CliRunner

MakePlan = Callable[..., Plan]

BASE = """
dataset_id: things
history: {start: 2024-01-01, end: 2024-12-31}
tables:
  things:
    rows: events
    columns:
      k: key
      n: {kind: number, distribution: {min: -20, max: 20}, nulls: 0.5}
      x: __COLUMN__
"""


def text_of(sql: str, kind: str = "") -> str:
    """The dataset with an expression."""
    column = {"kind": "sql", "sql": sql} | ({"as": kind} if kind else {})
    return BASE.replace("__COLUMN__", json.dumps(column))


def values(own_plan: MakePlan, sql: str, kind: str = "") -> list[object]:
    """The expression's values in 1,000 rows."""
    found: list[object] = preview(own_plan(text_of(sql, kind), target_rows=1000), "things", 0, 1000).column("x").to_pylist()
    return found


@pytest.mark.parametrize(
    ("sql", "kind", "row", "reason"),
    [
        ("k * 999999999999 * 999999999999", "", 0, "a whole number"),
        ("CASE WHEN k = 7 THEN k * 999999999999 * 999999999999 ELSE 0 END", "", 6, "a whole number"),
        ("coalesce(nullif(k, 7), k * 999999999999 * 999999999999)", "", 6, "a whole number"),
        ("-(k * 9000000000000000) - 999999999999999999", "", 913, "a whole number"),
        ("floor(k / 0.000001 * 999999999999)", "", 9, "a whole number"),
        ("k::double * 1000000000000 / 0.000001", "bigint", 9, "a whole number"),
        ("k * 100", "decimal(5,2)", 9, "a number has more digits than a decimal(5,2)"),
        ("k * 1000000000", "integer", 2, "beyond the 2,147,483,647 of an integer"),
        ("DATE '9999-12-31' + (k - 3)", "", 3, "a date lies outside the years 1 to 9999"),
        ("date_diff('hour', DATE '2024-01-01', DATE '2024-01-01' + k * 100000000)", "", 0, "a date lies outside"),
    ],
)
def test_a_value_out_of_range_names_its_row(own_plan: MakePlan, sql: str, kind: str, row: int, reason: str) -> None:
    """It is never wrapped."""
    with pytest.raises(DataError) as refused:
        values(own_plan, sql, kind)
    assert str(refused.value).startswith("`things.x` cannot be computed: a ")
    assert reason in str(refused.value)
    assert str(refused.value).endswith(f", in row {row} counted from 0")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CASE WHEN k > 1000 THEN k * 999999999999 * 999999999999 ELSE k END", list(range(1, 1001))),
        ("CASE k % 2 WHEN 5 THEN k * 999999999999 * 999999999999 ELSE k END", list(range(1, 1001))),
        ("coalesce(k, k * 999999999999 * 999999999999)", list(range(1, 1001))),
        ("nullif(k, k) * 999999999999 * 999999999999", [None] * 1000),
        ("CASE WHEN k > 1000 THEN k * 999999999999 * 999999999999 * 0.5 ELSE k END", list(range(1, 1001))),
        ("lower(CASE WHEN k > 1000 THEN (k * 999999999999 * 999999999999)::varchar END)", [None] * 1000),
        ("k * 9223372036854775", [k * 9223372036854775 for k in range(1, 1001)]),
        ("(k * 9000000000000000) - (k * 9000000000000000)", [0] * 1000),
        ("DATE '9999-12-31' + (0 * k)", [date(9999, 12, 31)] * 1000),
    ],
)
def test_what_no_row_needs_may_be_out_of_range(own_plan: MakePlan, sql: str, expected: list[object]) -> None:
    """Branches that are not taken, NULLs, and numbers up to the edge."""
    assert values(own_plan, sql) == expected


@pytest.mark.parametrize("workers", [0, 1])
def test_a_run_ends_with_the_sentence(own_plan: MakePlan, workers: int) -> None:
    """In this process and in a worker, however late the row."""
    plan = own_plan(text_of("CASE WHEN k = 90000 THEN k * 999999999999 * 999999999999 END"), target_rows=100_000)
    result = run(plan, workers=workers)
    assert result.status == "FAILED"
    assert "`things.x` cannot be computed: a whole number" in result.message
    assert "in row 89,999 counted from 0" in result.message


def test_batches_end_with_the_sentence(tmp_path: Path) -> None:
    """The Python API raises the product's error."""
    file = tmp_path / "things.yaml"
    file.write_text(text_of("k * 999999999999 * 999999999999"))
    generator = SyntheticDataGenerator(target_rows=10, custom_schema=file)
    with pytest.raises(DataError, match=r"`things\.x` cannot be computed"):
        list(generator.batches("things"))


@pytest.mark.parametrize("sql", ["k * 999999999999 * 999999999999", "DATE '9999-12-31' + k", "(k * 9000000000000000) * (1000 - k)"])
def test_validate_says_what_a_preview_would(own_plan: MakePlan, tmp_path: Path, sql: str) -> None:
    """With the column's place in the file."""
    from ingen_fab.synthetic_data.cli.app import app

    file = tmp_path / "things.yaml"
    file.write_text(text_of(sql))
    told = CliRunner().invoke(app, ["validate", str(file)]).exception
    assert f"{file}: tables.things.columns.x: a " in str(told)
    with pytest.raises(DataError):
        probe(own_plan(text_of(sql), target_rows=1000))


def test_texts_that_are_too_long_together_say_what_helps() -> None:
    """Arrow holds two gigabytes of text in an array: its refusal is told in the product's words."""
    with pytest.raises(pa.ArrowCapacityError) as caught:
        pc.binary_join_element_wise(*[pa.array(["x" * (1 << 20)])] * 2100, "")
    assert named(caught.value, "notes", "body").reason.endswith("a smaller `chunk_size` has fewer of them at once")
