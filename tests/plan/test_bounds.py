"""What a plan refuses, because no run could write it: circles, endless texts, deep expressions, too many rows or files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError, InputError
from ingen_fab.synthetic_data.core.plan.plan import MOST_FILES, Plan
from ingen_fab.synthetic_data.core.program.codec import to_json
from ingen_fab.synthetic_data.core.run import part
from ingen_fab.synthetic_data.core.run.estimate import estimate
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.compiled import MOST_TEXT

MakePlan = Callable[..., Plan]

BASE = """
dataset_id: things
history: {start: 2024-01-01, end: 2024-12-31}
driving: things
tables:
  things:
    rows: events
    columns:
      k: key
      n: {kind: number, distribution: {min: -20, max: 20}}
"""


def plan_with(own_plan: MakePlan, *columns: str) -> Plan:
    """A plan of the dataset with more columns."""
    return own_plan(BASE + "".join(f"      {column}\n" for column in columns), target_rows=100)


def sql(text: str) -> str:
    """The column x of an expression."""
    return f"x: {{kind: sql, sql: {json.dumps(text)}}}"


def nested(pattern: str, depth: int) -> str:
    """An expression in itself."""
    out = "n"
    for _ in range(depth):
        out = pattern.format(out)
    return out


@pytest.mark.parametrize(
    "text", [nested("CASE {} WHEN 1 THEN 2 ELSE 3 END", 14), nested("length(({} BETWEEN 1 AND 2)::varchar)", 14)], ids=["case", "between"]
)
def test_nested_subjects_are_worked_out_once(own_plan: MakePlan, text: str) -> None:
    """Not twice at each depth: that took minutes from depth 12 on."""
    clock = perf_counter()
    plan = plan_with(own_plan, sql(text))
    preview(plan, "things", 0, 10)
    assert perf_counter() - clock < 5
    assert len(json.dumps(to_json(plan.program.tables["things"]))) < 5_000


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (nested("({})", 500), "is nested too deeply"),
        (nested("CASE WHEN {} = 1 THEN 1 END", 200), "is nested too deeply"),
        ("n + " * 5_000 + "1", "has 20,001 characters; an expression may have 10,000"),
        ("lpad('a', 2000000000, 'b')", "a text in it could reach 2,000,000,000 characters; 30,000 are allowed"),
        ("lpad('a', 3)", "a function lacks an argument"),
        ("round(n, 0.5)", "round takes a number of places from 0 to 9"),
        ("floor(n, 2)", "floor takes 1 arguments, not 2"),
        ("null", "has no type, because it is always NULL"),
        ("'a' || null", "concat takes texts"),
        ("n; n", "is not one expression"),
        ("n::decimal(30,2)", "a decimal has at most 18 digits, 9 of them after the point"),
        ("n::decimal(5)", "a cast to decimal(5) is not supported"),
        ("case when 'a' then 1 end", "a varchar is not a condition"),
    ],
    ids=lambda value: value[:24],
)
def test_an_expression_that_cannot_be_is_refused(own_plan: MakePlan, text: str, sentence: str) -> None:
    """With the column's name and a short sentence, at once."""
    clock = perf_counter()
    with pytest.raises(ConfigError) as refused:
        plan_with(own_plan, sql(text))
    assert "tables.things.columns.x: " in str(refused.value)
    assert sentence in str(refused.value)
    assert len(str(refused.value)) < 700
    assert perf_counter() - clock < 5


@pytest.mark.parametrize("kind", ["decimal(39,2)", "decimal(5,6)", "decimal(38,19)", "decimal(0,0)"])
def test_a_decimal_has_as_many_digits_as_can_be_written(own_plan: MakePlan, kind: str) -> None:
    """Arrow holds 38, the engine's whole numbers 18 after the point."""
    with pytest.raises(ConfigError, match="a decimal has 1 to 38 digits, at most 18 of them after the point"):
        plan_with(own_plan, f'x: {{kind: number, distribution: {{min: 1, max: 2}}, as: "{kind}"}}')


@pytest.mark.parametrize("column", ['{{kind: sql, sql: "{0} || {0}"}}', '{{kind: text, template: "{{{0}}}{{{0}}}"}}'], ids=["sql", "text"])
def test_texts_that_double_are_refused_by_the_first_column_that_is_too_long(own_plan: MakePlan, column: str) -> None:
    """36 columns would make 2 TB of a row."""
    doubling = [f"a{n}: {column.format(f'a{n - 1}')}" for n in range(1, 37)]
    with pytest.raises(ConfigError, match=r"tables\.things\.columns\.a10: .*could reach 40,960 characters; 30,000 are allowed"):
        plan_with(own_plan, 'a0: {kind: sql, sql: "k::varchar"}', *doubling)


@pytest.mark.parametrize(("of", "circle"), [("a", "a -> a"), ("b", "a -> b -> a")])
@pytest.mark.parametrize("driving", ["things", "a"])
def test_tables_that_stand_on_themselves_are_refused(own_plan: MakePlan, of: str, circle: str, driving: str) -> None:
    """Directly or through others; the sentence shows the circle."""
    more = f"  a:\n    rows: {{layout: children, of: {of}}}\n    columns: {{k: key}}\n"
    more += "  b:\n    rows: {layout: children, of: a}\n    columns: {k: key}\n"
    with pytest.raises(ConfigError, match=f"tables.a.rows: rows of `a` depend on themselves: {circle}"):
        own_plan(BASE.replace("driving: things", f"driving: {driving}") + more)


def test_a_table_has_a_bounded_number_of_rows(own_plan: MakePlan) -> None:
    """Beyond it, what the engine multiplies rows by would leave 64 bits."""
    more = "  a:\n    rows: {layout: entities, number: 1000000000000000000}\n    columns: {k: key}\n"
    with pytest.raises(ConfigError, match=r"tables\.a\.rows\.number: must be at most 1,000,000,000,000"):
        own_plan(BASE + more)
    with pytest.raises(InputError, match="scale_factor: makes 10,000,000,000,000 rows of the driving table"):
        own_plan(BASE, target_rows=10**8, scale_factor=1e5)


@pytest.mark.parametrize("dataset", ["retail_oltp_large", "ecommerce_star_large"])
def test_a_trillion_rows_are_planned_at_once(plan_of: MakePlan, dataset: str) -> None:
    """With an estimate, its files counted but not listed; a run refuses so many."""
    clock = perf_counter()
    plan = plan_of(dataset, target_rows=10**12)
    expected = estimate(plan)
    listed = plan.to_json()
    assert perf_counter() - clock < 15
    assert expected.bytes > 10**12
    assert len(json.dumps(listed)) < 1_000_000
    assert plan.files > MOST_FILES
    assert sum(table["files"] for table in listed["tables"]) == plan.files
    largest = max(plan.tables, key=lambda table: table.rows)
    assert largest.parts[-1].ranges[-1][1] == largest.first_row + largest.rows
    assert largest.parts[7].ranges[0][0] == largest.parts[6].ranges[-1][1]
    assert plan.too_many in plan.notes
    with pytest.raises(InputError, match=r"output_settings\.rows_per_file: .* or more, or lower target_rows"):
        run(plan)


def test_the_number_of_rows_a_file_that_is_named_is_enough(plan_of: MakePlan) -> None:
    """The sentence's advice is followed."""
    plan = plan_of("retail_oltp_large", target_rows=10**12)
    advice = plan.too_many.split("set it to ")[1].split(" ")[0].replace(",", "")
    assert not plan_of("retail_oltp_large", target_rows=10**12, output_settings__rows_per_file=int(advice)).too_many


def test_what_must_be_counted_one_by_one_is_bounded(plan_of: MakePlan) -> None:
    """Rather than counted for an hour."""
    with pytest.raises(ConfigError, match="versions of `customers` can be counted for at most 500,000,000 rows"):
        plan_of("retail_star_large", target_rows=10**12)


def test_a_pool_that_is_no_file_is_not_offered_for_itself(own_plan: MakePlan, tmp_path: Path) -> None:
    """A folder of the pool's name says so, rather than `did you mean` the same."""
    (tmp_path / "own" / "pools" / "mine.csv").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"the pool `mine` cannot be read: .*mine\.csv is not a file"):
        plan_with(own_plan, "x: {kind: pool, pool: mine}")


def test_the_longest_texts_of_a_batch_are_one_array() -> None:
    """Arrow counts the bytes of an array of texts in 32 bits: in ASCII, those of all rows that a run works out at once fit."""
    assert MOST_TEXT * part._ROWS < 2**31
