"""The checks that a dataset brings along: SQL of somebody else, which reads the dataset's tables and does nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals
from threading import Timer

import pytest
from ingen_fab.synthetic_data.cli.show import validate_file
from ingen_fab.synthetic_data.core.errors import ConfigError, InputError, RunCancelled
from ingen_fab.synthetic_data.core.job import Inspection
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.report import Result
from ingen_fab.synthetic_data.core.quality.validate import validate, validate_output, validate_run
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.statement import rule

TEXT = """
dataset_id: tiny
target_rows: 20
tables:
  people: {columns: {id: key, name: {kind: pool, pool: last_names}}}
  orders:
    rows: events
    columns:
      id: key
      total: {kind: number, distribution: {type: lognormal, mean: 80, stddev: 60}, places: 2}
checks:
  a rule: SELECT id FROM orders WHERE total < 0
"""
TABLES = {"orders": ("id", "total"), "people": ("id", "name")}
ENDLESS = "SELECT count(*) AS n FROM range(1000000000000), orders HAVING count(*) < 0"

MakePlan = Callable[..., Plan]


def with_check(sql: str) -> tuple[str, str]:
    """What to replace in TEXT, and by what."""
    return "a rule: SELECT id FROM orders WHERE total < 0", f"a rule: {json.dumps(sql)}"


def rule_of(plan: Plan) -> Result:
    """The result of the one rule."""
    (found,) = [result for result in validate(plan, groups=("rule",)).results if result.name == "BusinessRule"]
    return found


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("SELECT 1) t; COPY (SELECT '..') TO '{file}' (HEADER false); SELECT 0 FROM (SELECT 1 FROM orders", "one statement"),
        ("SELECT 1) t, (SELECT * FROM read_text('/etc/passwd')", "cannot be read"),
        ("SELECT * FROM read_csv('/etc/passwd')", r"may not call read_csv\(\)"),
        ("SELECT * FROM '/etc/passwd'", "not a table of the dataset"),
        ("SELECT getenv('HOME') FROM orders", r"may not call getenv\(\)"),
        ("SELECT 'HOME'.getenv() FROM orders", r"may not call getenv\(\)"),
        ("ATTACH '{file}' AS other", "one SELECT"),
        ("COPY orders TO '{file}'", "one SELECT"),
        ("EXPLAIN ANALYZE SELECT 1", "one SELECT"),
        ("SUMMARIZE orders", "one SELECT"),
        ("WITH x AS (DELETE FROM orders RETURNING id) SELECT * FROM x", "one SELECT|cannot be read"),
        ("WITH x AS (INSERT INTO orders VALUES (1) RETURNING id) SELECT * FROM x", "one SELECT"),
        ("SELECT * FROM main.orders", "without their schema"),
        ("SELECT * FROM duckdb_settings()", r"may not call duckdb_settings\(\)"),
        ("SELECT * FROM query('SELECT 1')", r"may not call query\(\)"),
        ("SELECT id FROM order", "did you mean `orders`"),
        ("TABLE order", "names `order`, which is not a table of the dataset; did you mean `orders`"),
        ("SELECT totl FROM orders", "did you mean `total`"),
        ("SELECT o.totl FROM orders o", "did you mean `total`"),
        ("SELECT id FROM orders WHERE", "cannot be read|names"),
        ("SELECT " + "(" * 26 + "1" + ")" * 26, "nested 26 levels deep; 20 are allowed"),
        ("SELECT " + "CASE 1 WHEN 1 THEN " * 26 + "1" + " END" * 26, "nested 26 levels deep"),
        ("SELECT " + "NOT " * 2_000 + "true", "nested too deeply"),
        ("SELECT '" + "x" * 50_000 + "'", "it may have 50,000"),
        ("SELECT " + "(')' || " * 26 + "1" + ")" * 26, "nested 26 levels deep"),
        ("SELECT * FROM (WITH pg_settings AS (SELECT 1 z) SELECT * FROM pg_settings) x, pg_settings", "are the database's own"),
        ("SELECT * FROM (WITH a AS (SELECT 1 z) SELECT * FROM a) x, a", "names `a`, which is not a table"),
        ("WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a", "names `b`, which is not a table"),
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", "names `a`, which is not a table"),
        ("WITH a AS (WITH c AS (SELECT 1) SELECT * FROM c) SELECT * FROM a, c", "names `c`, which is not a table"),
        ("PIVOT orders ON id", "has a PIVOT that is not allowed"),
        ("SELECT * FROM (PIVOT orders ON id)", "has a PIVOT that is not allowed"),
        ('WITH "x.csv" AS (SELECT 1) SELECT * FROM "x.csv"', "without points and slashes"),
        ("", "is empty"),
        ("-- nothing", "is empty"),
    ],
)
def test_what_is_not_one_select_is_refused_with_its_place(own_plan: MakePlan, tmp_path: Path, sql: str, sentence: str) -> None:
    """Planning says which check it is; nothing is run, read or written."""
    file = tmp_path / "written"
    with pytest.raises(ConfigError, match=sentence) as refused:
        own_plan(TEXT, *with_check(sql.format(file=file) if "{file}" in sql else sql))
    assert [place for place, _ in refused.value.problems] == ["checks.a rule"]
    assert not file.exists()


def test_validate_names_every_mistake(tmp_path: Path) -> None:
    """With the file and the place of each."""
    file = tmp_path / "tiny.yaml"
    file.write_text(TEXT + "  another: SELECT totl FROM orders\n  a third: COPY orders TO 'x'\n")
    with pytest.raises(ConfigError) as refused:
        validate_file(file)
    another, third = str(refused.value).splitlines()
    assert another.startswith(f"{file}: checks.another: the check names `totl`")
    assert third == f"{file}: checks.a third: the check must be one SELECT over the dataset's tables; nothing else is allowed"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM orders WHERE total < 0;",
        "select o.ID from Orders o join people as p using (id) where p.name is null",
        "FROM orders SELECT max(total) AS most HAVING most < 0",
        "WITH big(x) AS (SELECT id FROM orders) SELECT x FROM big WHERE x < 0",
        "WITH orders AS (SELECT * FROM orders WHERE total < 0) SELECT id FROM orders",
        "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM a WHERE x < 3), b AS (FROM a) SELECT x FROM b WHERE x < 0",
        "WITH a AS MATERIALIZED (SELECT 1 AS x) SELECT id FROM orders WHERE total < 0 AND id IN (WITH c AS (FROM a) FROM c)",
        "SELECT id FROM orders WHERE total < 0 AND id::VARCHAR IN (" + "'(', 'CASE', " * 15 + "'x')",
        "SELECT id FROM orders EXCEPT SELECT id FROM orders -- and a remark",
        "SELECT i FROM range(3) AS t(i) WHERE i < 0",
        "SELECT id FROM orders, unnest([1, 2]) AS u(n) WHERE n < 0",
        "SELECT id FROM orders WHERE list_sum([d * 2 for d in [1, 2]]) < 0",
        "SELECT id FROM orders WHERE len(list_transform([1], lambda q: q + 1)) = 0",
        "SELECT id, row_number() OVER w AS n FROM orders WINDOW w AS (ORDER BY id) QUALIFY n < 0",
        "SELECT s.total FROM (SELECT {'total': total} AS s FROM orders) WHERE s.total < 0",
        "VALUES (1) EXCEPT VALUES (1)",
        "TABLE orders LIMIT 0",
        "SELECT orders.n FROM (SELECT name, count(*) AS n FROM people, orders GROUP BY name) AS orders WHERE orders.n < 0",
        "SELECT o.n FROM (SELECT o.id AS n FROM orders AS o) AS o WHERE o.n < 0",
        "SELECT o.a FROM orders AS o(a, b) WHERE o.a < 0",
        "SELECT p.z FROM unnest([1]) AS p(z), (SELECT p.id FROM people AS p) AS q WHERE p.z < 0",
    ],
)  # fmt: skip
def test_selects_of_all_kinds_are_checks(own_plan: MakePlan, sql: str) -> None:
    """What DuckDB understands as reading the tables is allowed, and passes where it finds no row."""
    plan = own_plan(TEXT, *with_check(sql), output_settings__output_mode="parquet")
    assert run(plan).status == "COMPLETED"
    found = rule_of(plan)
    assert (found.observed, found.passed) == (0, True)


def test_what_passes_the_first_look_is_looked_at_again(own_plan: MakePlan, tmp_path: Path) -> None:
    """A plan that was made by other means brings SQL that no parser has seen: it is refused where it would run."""
    plan = own_plan(TEXT, output_settings__output_mode="parquet")
    assert run(plan).status == "COMPLETED"
    file = tmp_path / "written"
    for sql in ("SELECT * FROM read_text('/etc/hostname')", f"SELECT 1) t; COPY (SELECT 1) TO '{file}'; SELECT 0 FROM (SELECT 1"):
        report = validate(replace(plan, checks={"a rule": (0, sql)}), groups=("rule",))
        assert report.results == ()
        assert [silent.name for silent in report.silent] == ["BusinessRule"]
    assert not file.exists()


@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
@pytest.mark.parametrize("mode", ["table", "csv"])
def test_broken_rows_are_named(own_plan: MakePlan, mode: str, environment: str) -> None:
    """However they are stored, and also where Python has no room for a value."""
    sql = "SELECT id, 'infinity'::DATE AS day FROM orders WHERE id = 7"
    plan = own_plan(TEXT, *with_check(sql), output_settings__output_mode=mode, output_settings__target_environment=environment)
    assert run(plan).status == "COMPLETED"
    found = rule_of(plan)
    assert (found.observed, found.offending) == (1, ("7, infinity",))


def test_a_check_that_takes_too_long_fails(own_plan: MakePlan) -> None:
    """With a sentence; the others are checked."""
    plan = own_plan(TEXT, *with_check(ENDLESS), output_settings__output_mode="parquet")
    assert run(plan).status == "COMPLETED"
    report = validate(plan, seconds=0.3)
    assert [(result.name, result.observed) for result in report.failures] == [
        ("BusinessRule", "it ran longer than 0.3 seconds and was stopped")
    ]


def test_a_check_can_be_cancelled(own_plan: MakePlan) -> None:
    """While its statement runs: a run stays published and says that the check was stopped."""
    plan = own_plan(TEXT, *with_check(ENDLESS), output_settings__output_mode="parquet")
    cancel = CancelToken()

    def look(plan: Plan, progress: Callable[[int, int], None], token: CancelToken) -> object:
        Timer(0.2, token.set).start()
        return Inspection()(plan, progress, token)

    result = run(plan, cancel=cancel, inspect=look)  # type: ignore[arg-type]
    assert result.status == "COMPLETED"
    assert result.notes[-1] == "what was written is complete; its check was stopped"
    other = CancelToken()
    Timer(0.2, other.set).start()
    with pytest.raises(RunCancelled):
        validate_output(plan.output.root, repository=DatasetConfigurationRepository([plan.output.root.parent / "own"]), cancel=other)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["generate", "validate-data"])
@pytest.mark.parametrize("signal", [SIGINT, SIGTERM])
def test_a_signal_stops_the_check(own_plan: MakePlan, tmp_path: Path, command: str, signal: Signals) -> None:
    """Once is enough: what is published stays, and the command says what became of it."""
    plan = own_plan(TEXT, *with_check(ENDLESS), output_settings__output_mode="parquet")
    if command == "validate-data":
        run(plan)
    scratch, own = tmp_path / "scratch", tmp_path / "own"
    scratch.mkdir()
    line = [sys.executable, "-m", "ingen_fab.synthetic_data", command, "tiny", "-o", "parquet", "--output-dir", str(plan.output.root)]
    environment = {**os.environ, "TMPDIR": str(scratch), "SYNTHETIC_DATA_DATASETS": str(own)}
    process = subprocess.Popen(line, env=environment, stdout=-1, stderr=-1, text=True)
    while not any(scratch.iterdir()) and process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    process.send_signal(signal)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal, (out, err)
    if command == "generate":
        assert err.splitlines()[-1].endswith("what was written is complete; its check was stopped")
    assert (plan.output.root / "Files" / "tiny" / "orders" / "data.parquet").is_file()


def test_files_elsewhere_are_not_checked(own_plan: MakePlan, tmp_path: Path) -> None:
    """A link out of the root stands for a table that cannot be read."""
    plan = own_plan(TEXT, output_settings__output_mode="parquet")
    run(plan)
    file = plan.output.root / "Files" / "tiny" / "orders" / "data.parquet"
    file.rename(tmp_path / "away.parquet")
    file.symlink_to(tmp_path / "away.parquet")
    report = validate(plan)
    assert [(f.name, f.table) for f in report.failures] == [("TableStructure", "orders")]
    assert f"{file} is not a plain file under" in str(report.failures[0].observed)


def test_a_run_whose_files_were_replaced_is_not_checked(own_plan: MakePlan) -> None:
    """Parquet files that a later run wrote as CSV are gone: it is said by which."""
    first = run(own_plan(TEXT, output_settings__output_mode="parquet"))
    plan = own_plan(TEXT, output_settings__output_mode="csv")
    second = run(plan)
    repository = DatasetConfigurationRepository([plan.output.root.parent / "own"])
    with pytest.raises(InputError, match="has been replaced since"):
        validate_run(first, repository=repository)
    with pytest.raises(InputError, match="there is tiny-lakehouse-csv"):
        validate_output(plan.output.root, mode="parquet", repository=repository)
    assert validate_output(plan.output.root, repository=repository).run_id == second.run_id


@pytest.mark.parametrize("name", ["a b", "it's", "50%20", "a#b", "what?", "[x]", "é😀", "k=v"])
def test_roots_may_have_any_name(own_plan: MakePlan, tmp_path: Path, name: str) -> None:
    """Also the folder that the dataset and its lists lie in."""
    plan = own_plan(TEXT, output_settings__output_mode="csv")
    run(plan)
    root = shutil.move(plan.output.root, tmp_path / name)
    assert validate(replace(plan, output=replace(plan.output, root=Path(root)))).passed


def test_validate_plans_the_checks(tmp_path: Path) -> None:
    """What DuckDB can never answer is said before anything is generated."""
    file = tmp_path / "tiny.yaml"
    wrong = ("SELECT ?", "SELECT * FROM orders AS o(a, b, c, d, e)", "SELECT id + DATE '2024-01-01' + 'x'::BLOB FROM orders")
    file.write_text(TEXT + "".join(f"  no {n}: {json.dumps(sql)}\n" for n, sql in enumerate(wrong)))
    with pytest.raises(ConfigError) as refused:
        validate_file(file)
    assert [place for place, _ in refused.value.problems] == ["checks.no 0", "checks.no 1", "checks.no 2"]
    assert all(text.startswith("the check cannot be asked: ") for _, text in refused.value.problems)


@pytest.mark.parametrize("arrow", ["x -> x * 2", "(x, y) -> x + y"])
def test_an_arrow_is_told_how_it_is_written(tmp_path: Path, arrow: str) -> None:
    """No setting of DuckDB is named, which nobody can change here."""
    file = tmp_path / "tiny.yaml"
    file.write_text(TEXT + f"  an arrow: SELECT id FROM orders WHERE len(list_transform([1], {arrow})) = 0\n")
    with pytest.raises(ConfigError) as refused:
        validate_file(file)
    told = "the check cannot be asked: a function without a name is written `lambda x: x * 2`, not `x -> x * 2`"
    assert refused.value.problems == (("checks.an arrow", told),)


def test_a_rule_of_a_table_that_is_shadowed_names_it() -> None:
    """A query of WITH is not seen by itself: what it reads under its own name is the table."""
    assert rule("WITH orders AS (SELECT id FROM orders) SELECT id FROM orders", TABLES).tables == ("orders",)


def test_rules_know_what_they_read() -> None:
    """Tables in the order in which they are named, and all columns."""
    found = rule("SELECT p.name FROM people p JOIN Orders USING (id) WHERE total > 0 ;", TABLES)
    assert found.tables == ("people", "orders")
    assert found.columns == {"name", "total"}
    assert found.sql == "SELECT p.name FROM people p JOIN Orders USING (id) WHERE total > 0"
