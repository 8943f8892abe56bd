"""Any expression is refused with a sentence, or gives what DuckDB gives, or says that a value goes out of range."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from math import isclose
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.errors import DataError, InputError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

BASE = """
dataset_id: sums
history: {start: 2024-01-01, end: 2024-12-31}
tables:
  things:
    rows: events
    columns:
      k: key
      d: {kind: date, from: t, plus: {min: 0, max: 400, unit: days}, nulls: 0.1}
      t: begin
      n: {kind: number, distribution: {min: -20, max: 20}, nulls: 0.1}
      h: {kind: number, distribution: {min: -999999999, max: 999999999}}
      p: {kind: number, distribution: {min: -100, max: 100}, places: 2, nulls: 0.2}
      b: {kind: boolean, rate: 0.5, nulls: 0.2}
      w: {kind: category, weights: {one: 1, "zwölf": 1, "": 1}, nulls: 0.2}
      name: {kind: text, template: "{k} {w}", nulls: 0.2}
      x: {kind: sql, sql: __SQL__}
"""
ROWS = 150
FORGIVEN = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def _of(pattern: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda found: pattern.format(*found))


def _expressions() -> dict[str, st.SearchStrategy[str]]:
    numbers: st.SearchStrategy[str] = st.deferred(lambda: number)
    texts: st.SearchStrategy[str] = st.deferred(lambda: text)
    truths: st.SearchStrategy[str] = st.deferred(lambda: truth)
    days: st.SearchStrategy[str] = st.deferred(lambda: day)
    whole = st.integers(0, 10**12).map(str)
    few = st.integers(0, 12).map(str)
    words = st.sampled_from(["''", "'one'", "'ö'", "'1 '"])
    marks = st.sampled_from(["'x'", "'0'", "'ü'"])
    arithmetic = st.sampled_from(["+", "-", "*", "*", "/", "//", "%"])
    order = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])

    def chosen(kind: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            _of("CASE WHEN {} THEN {} ELSE {} END", truths, kind, kind),
            _of("CASE {} WHEN {} THEN {} WHEN {} THEN {} END", numbers, numbers, kind, few, kind),
            _of("coalesce({}, {})", kind, kind),
            _of("nullif({}, {})", kind, kind),
        )

    number = st.one_of(
        st.sampled_from(["n", "k", "h", "p", "n", "p", "2.5", "0", "NULL"]),
        whole,
        _of("({} {} {})", numbers, arithmetic, numbers),
        _of("({} {} {})", numbers, arithmetic, numbers),
        _of("round({}, {})", numbers, st.sampled_from("012")),
        _of("{}({})", st.sampled_from(["abs", "floor", "ceil", "-"]), numbers),
        _of("{}({}, {})", st.sampled_from(["least", "greatest"]), numbers, numbers),
        _of("({})::{}", numbers, st.sampled_from(["bigint", "integer", "double", "decimal(18,2)", "decimal(5,1)"])),
        _of("length({})", texts),
        _of("date_diff('{}', {}, {})", st.sampled_from(["day", "month", "year"]), days, days),
        chosen(numbers),
    )
    text = st.one_of(
        st.sampled_from(["w", "name", "w"]),
        words,
        _of("({} || {})", texts, texts),
        _of("concat({}, {})", texts, texts),
        _of("{}({})", st.sampled_from(["lower", "upper"]), texts),
        _of("{}({}, {})", st.sampled_from(["left", "right"]), texts, few),
        _of("{}({}, {}, {})", st.sampled_from(["lpad", "rpad"]), texts, few, marks),
        _of("replace({}, {}, {})", texts, words, words),
        _of("({})::varchar", st.one_of(days, truths, st.sampled_from(["n", "p", "k"]))),
        chosen(texts),
    )
    truth = st.one_of(
        st.sampled_from(["b", "true", "NULL"]),
        _of("({} {} {})", numbers, order, numbers),
        _of("({} {} {})", texts, order, texts),
        _of("({} BETWEEN {} AND {})", numbers, numbers, numbers),
        _of("({} IN ({}, {}))", numbers, few, numbers),
        _of("({} {} {})", truths, st.sampled_from(["AND", "OR"]), truths),
        _of("(NOT {})", truths),
        _of("({} IS NULL)", st.one_of(numbers, texts)),
        _of("contains({}, {})", texts, words),
    )
    day = st.one_of(
        st.sampled_from(["d", "d", "date '2024-07-04'", "date '9999-12-31'"]),
        _of("({} {} ({})::integer)", days, st.sampled_from("+-"), numbers),
        chosen(days),
    )
    return {"number": number, "text": text, "truth": truth, "day": day}


ANY = st.one_of(*_expressions().values())


def ours(folder: Path, sql: str) -> Any:
    """The rows with the expression as their last column, or the sentence that refuses it."""
    (folder / "sums.yaml").write_text(BASE.replace("__SQL__", json.dumps(sql, ensure_ascii=False)), encoding="utf-8")
    try:
        resolved = resolve_parameters("sums", flags={"target_rows": ROWS}, repository=DatasetConfigurationRepository([folder]))
        return preview(make_plan(resolved), "things", 0, ROWS)
    except (InputError, DataError) as error:
        return str(error)


def same(mine: Any, theirs: Any) -> bool:
    """Whether two values are one, whatever type a number has."""
    numbers = (int, float, Decimal)
    if isinstance(mine, numbers) and isinstance(theirs, numbers) and not isinstance(mine, bool):
        if isinstance(mine, float) or isinstance(theirs, float):
            return isclose(mine, theirs, rel_tol=1e-9, abs_tol=1e-9)
        return Decimal(mine) == Decimal(theirs)
    return bool(mine == theirs)


def duckdb_says(table: Any, sql: str) -> Sequence[Any] | None:
    """DuckDB's values, None where it has none."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        # A division by 0 is NULL.
        connection.execute("SET ieee_floating_point_ops = false")
        connection.register("things", table.drop_columns(["x"]))
        try:
            return [row[0] for row in connection.execute(f"SELECT {sql} FROM things ORDER BY k").fetchall()]
        except duckdb.Error:
            return None


@settings(suppress_health_check=FORGIVEN)
@given(sql=ANY)
def test_an_expression_is_refused_or_equals_duckdb(tmp_path: Path, sql: str) -> None:
    """Numbers up to the edges of 64 bits, texts, conditions and dates, nested in each other."""
    table = ours(tmp_path, sql)
    if isinstance(table, str):
        assert re.search(r"tables\.things\.columns\.x: .|`things\.x` cannot be computed: .+, in row \d+ counted from 0$", table)
        return
    theirs = duckdb_says(table, sql)
    if theirs is None:
        return
    mine = table.column("x").to_pylist()
    assert [pair for pair in zip(mine, theirs, strict=True) if not same(*pair)] == []


@pytest.mark.slow
@settings(suppress_health_check=FORGIVEN)
@given(
    sql=st.one_of(
        st.text(max_size=40),
        st.lists(st.sampled_from(["n", "(", ")", "CASE", "WHEN", "END", ",", "1", "'", "||", "lpad", "round"])).map(" ".join),
    )
)
def test_any_text_is_an_expression_or_a_sentence(tmp_path: Path, sql: str) -> None:
    """Nothing but the product's own errors comes of it."""
    ours(tmp_path, sql)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_dates_reach_from_the_first_year_to_the_last(tmp_path: Path, day: date) -> None:
    """Both ends are dates; a day beyond is refused."""
    assert ours(tmp_path, f"date '{day}'").column("x").to_pylist() == [day] * ROWS
    beyond = ours(tmp_path, f"date '{day}' {'-' if day == date.min else '+'} 1")
    assert beyond == "`things.x` cannot be computed: a date lies outside the years 1 to 9999, in row 0 counted from 0"
