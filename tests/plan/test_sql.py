"""Expressions give what DuckDB gives for the same SQL, NULLs included."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

BASE = """
dataset_id: sums
history: {start: 2024-01-01, end: 2024-12-31}
calendar: {time_zone: America/New_York}
tables:
  things:
    rows: events
    columns:
      k: key
      t: begin
      d: {kind: date, from: t, plus: {min: 0, max: 400, unit: days}, nulls: 0.1}
      u: {kind: timestamp, from: t, plus: {min: 0, max: 400, unit: days}, nulls: 0.1}
      n: {kind: number, distribution: {min: -20, max: 20}, nulls: 0.1}
      m: {kind: number, distribution: {min: -3, max: 3}}
      p: {kind: number, distribution: {min: -100, max: 100}, places: 2, nulls: 0.2}
      b: {kind: boolean, rate: 0.5, nulls: 0.2}
      w: {kind: category, weights: {one: 1, "zwölf": 1, "": 1}, nulls: 0.2}
      name: {kind: text, template: "{k} {w}", nulls: 0.2}
      x: {kind: sql, sql: __SQL__}
"""

EXPRESSIONS = [
    "left(w, 2)", "right(w, 2)", "left(name, 3)", "right(name, 99)", "lpad(w, 4, '0')", "lpad(name, 3, ' ')",
    "rpad(w, 5, 'ü')", "replace(w, 'n', 'nn')", "replace(name, ' ', '')", "replace(w, '', 'x')", "contains(w, 'ö')",
    "contains(name, '1')", "starts_with(w, 'o')", "starts_with(name, '1')", "lower(upper(w))", "length(name)", "length(w)",
    "w || '-' || name", "concat(w, '-', name)", "k::varchar || w", "n::varchar", "p::varchar", "b::varchar", "d::varchar",
    "lpad(m::varchar, 3, '0')", "n // 3", "k // 7", "n % 3", "n // nullif(m, 0)", "greatest(n, m)", "least(n, m, 0)", "least(n, p)",
    "date_diff('day', d, t)", "date_diff('day', t, u)", "date_diff('month', t, d)", "date_diff('year', t, u)",
    "date_diff('hour', t, u)", "date_diff('minute', t, u)", "date_diff('second', t, u)", "date_diff('hour', d, t)",
    "date_diff('day', d, DATE '2024-07-04')", "d + 3", "d - n::integer", "d - DATE '2024-01-01'", "d >= DATE '2024-07-04'",
    "CASE WHEN b THEN name ELSE w END", "CASE WHEN b THEN name END", "coalesce(w, name)", "coalesce(name, 'none')",
    "CASE WHEN n > 0 THEN left(w, 1) ELSE 'q' END", "n IS NULL AND NOT b", "b OR n > 3", "w IN ('one', '')", "nullif(n, m)",
    "nullif(n, p)", "nullif(p, n)",
    "round(p, 1)", "floor(p)", "abs(n) + p",
]  # fmt: skip


def things(plan_of: Callable[..., Plan], folder: Path, sql: str) -> Any:
    """Rows of a table whose column x is the expression."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "sums.yaml").write_text(BASE.replace("__SQL__", json.dumps(sql, ensure_ascii=False)), encoding="utf-8")
    return preview(plan_of("sums", datasets=[folder / "own"], target_rows=2000), "things", 0, 2000)


@pytest.mark.parametrize("sql", EXPRESSIONS)
def test_expressions_equal_those_of_duckdb(plan_of: Callable[..., Plan], tmp_path: Path, sql: str) -> None:
    """2,000 rows with NULLs of every operand."""
    table = things(plan_of, tmp_path, sql)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        connection.register("things", table.drop_columns(["x"]))
        theirs = [row[0] for row in connection.execute(f"SELECT {sql} FROM things ORDER BY k").fetchall()]
    ours = table.column("x").to_pylist()
    assert ours == theirs
    assert len({value for value in ours if value is not None}) > 1


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("left(w, n)", "left takes constants after its text: bigint"),
        ("left(n, 2)", "left takes a text, not a bigint"),
        ("lpad(w, 3, '')", "lpad fills with one character"),
        ("date_diff('dya', d, t)", "not `dya`; did you mean `day`"),
        ("date_diff('day', n, t)", "date_diff takes dates and timestamps, not a bigint"),
        ("p // 2", "`//` divides whole numbers"),
        ("d + d", "a date takes whole days"),
        ("n + d - t", "is not supported; a date takes whole days"),
        ("DATE '2024-13-01'", "'2024-13-01' is not a date"),
        ("t::varchar", "a timestamp cannot be written as text"),
        ("md5(w)", "`md5` is not supported; expressions may use"),
    ],
)
def test_what_is_said_of_mistakes(plan_of: Callable[..., Plan], tmp_path: Path, sql: str, sentence: str) -> None:
    """One sentence each."""
    with pytest.raises(ConfigError, match=sentence):
        things(plan_of, tmp_path, sql)
