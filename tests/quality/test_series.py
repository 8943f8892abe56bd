"""Days of series: what was written passes, and each way to break it fails the check that speaks of it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path

import duckdb
import pytest
from ingen_fab.synthetic_data.core.errors import InputError, PlaceError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.quality.arrivals import arrivals
from ingen_fab.synthetic_data.core.quality.report import Report
from ingen_fab.synthetic_data.core.quality.series import Asked, days_of
from ingen_fab.synthetic_data.core.quality.validate import validate_output, validate_past, validate_run
from ingen_fab.synthetic_data.core.run.ledger import LEDGER
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.run.state import states
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

LATE = "incremental_config.late_arrivals={share: 0.2, days: {type: exponential, mean: 1, max: 4}}"
UPDATES = "incremental_config.updates=true"
CSV = "output_settings.output_mode=csv"
MONTHLY = "incremental_config.snapshot_frequency=monthly"
WEEKLY = "incremental_config.snapshot_frequency=weekly"
FAMILIES = (
    "retail_oltp_small",
    "retail_star_small",
    "finance_oltp_small",
    "finance_star_small",
    "ecommerce_star_small",
    "healthcare_oltp_small",
)


@dataclass(frozen=True)
class Out:
    """A series that was written."""

    series: Series
    root: Path
    """The output root."""

    def file(self, table: str, day: int) -> Path:
        """The file of a table and a day, counted from 0."""
        return self.root / "Files" / self.series.plan.output.schema / self.series.path(table, self.series.days[day], 0, 1)

    def change(self, table: str, day: int, sql: str) -> None:
        """Puts the rows of a query over `t`, the rows of a file, and `d1`, `d2` .., those of the table's other days, into its place."""
        file = self.file(table, day)
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for number in range(len(self.series.days)):
                if self.file(table, number).exists():
                    connection.execute(f"CREATE VIEW d{number} AS SELECT * FROM read_parquet('{self.file(table, number)}')")
            connection.execute(f"CREATE TABLE t AS SELECT * FROM read_parquet('{file}')")
            connection.execute(f"CREATE TABLE new AS {sql}")
            connection.execute(f"COPY new TO '{file}' (FORMAT parquet)")

    def judged(self) -> Report:
        """The report of all days."""
        return validate_output(self.root)


Write = Callable[..., Out]
Call = Callable[..., subprocess.CompletedProcess[str]]


def write(root: Path, dataset_id: str, days: int, *sets: str, after: int = 0) -> Out:
    """Writes so many days of a dataset, from a day of its history on."""
    flags = {"output_settings.output_mode": None if CSV in sets else "parquet", "output_settings.output_dir": str(root)}
    resolved = resolve_parameters(dataset_id, flags=flags, sets=sets)
    first = resolved.variant.dataset.history.start + timedelta(days=after)
    series = make_series(resolved, first, first + timedelta(days=days - 1))
    assert run_series(series, workers=0).status == "COMPLETED"
    return Out(series, root)


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """`write`, under the test's own folder."""
    return partial(write, tmp_path / "out")


ONE_PROCESS = pytest.mark.xdist_group("damaged days")
"""For the tests that copy what is written once."""


@pytest.fixture(scope="module")
def written_once(tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Twenty days of a dataset, with later states where it has some; for all tests, so they may only be copied."""

    @cache
    def once(dataset_id: str) -> Out:
        return write(tmp_path_factory.mktemp(dataset_id), dataset_id, 20, *((UPDATES,) if "retail" in dataset_id else ()), after=45)

    return once


def broken(report: Report) -> set[str]:
    """The checks that failed."""
    return {f"{r.name} {r.table}{'.' if r.column else ''}{r.column}" for r in report.failures}


def reasons(report: Report) -> set[str]:
    """Why checks were silent."""
    return {silent.reason for silent in report.silent if silent.name != "BusinessRule"}


@pytest.mark.parametrize(
    ("family", "sets", "after"),
    [
        pytest.param(
            family,
            ((), (LATE,), (WEEKLY,))[(number + place) % 3],
            (0, 45, 700)[place],
            marks=pytest.mark.long if (number + place) % 2 else (),
        )
        for number, family in enumerate(FAMILIES)
        for place in range(1, 3)
    ],
)
def test_days_of_any_family_pass(written: Write, family: str, sets: tuple[str, ...], after: int) -> None:
    """From the first day of the history, from a later one, and across its end."""
    report = written(family, 35, *sets, after=after).judged()
    assert broken(report) == set()
    assert len(report.results) > 80


@pytest.mark.parametrize(
    ("dataset", "days", "sets", "after"),
    [
        ("healthcare_oltp_small", 10, ("incremental_config.table_types={patients: incremental}", LATE), 0),
        ("retail_oltp_small", 12, ("incremental_config.table_types={orders: slowly_changing_dimension, customers: snapshot}", LATE), 20),
        ("retail_oltp_small", 32, ("incremental_config.table_types={orders: snapshot}", MONTHLY), 20),
        ("retail_oltp_small", 3, (MONTHLY,), 5),
        ("retail_oltp_small", 6, ("tables=[orders, order_items]", UPDATES, "output_settings.schema=''"), 5),
        ("retail_star_small", 14, (WEEKLY,), (date(2025, 12, 20) - date(2023, 1, 1)).days),
    ],
    ids=["late patients", "orders that change", "orders as snapshots", "no snapshot", "some tables", "a calendar that grows"],
)
def test_other_types_pass(written: Write, dataset: str, days: int, sets: tuple[str, ...], after: int) -> None:
    """What a table brings follows its type; checks that it cannot show are silent."""
    assert broken(written(dataset, days, *sets, after=after).judged()) == set()


@pytest.mark.parametrize(
    ("sets", "after"),
    [
        pytest.param(sets, after, id=f"{after}-{name}", marks=pytest.mark.long if (place + number) % 2 else ())
        for number, (name, sets) in enumerate(
            {"plain": (), "updates": (UPDATES,), "late": (UPDATES, LATE), "csv": (UPDATES, LATE, CSV)}.items()
        )
        for place, after in enumerate((0, 45))
    ],
)
def test_updates_and_late_rows_pass(written: Write, sets: tuple[str, ...], after: int) -> None:
    """What came before is not missed; what cannot be seen is told; with later states, statuses are judged as of the last day."""
    out = written("retail_oltp_small", 15, *sets, after=after)
    report = out.judged()
    assert broken(report) == set()
    assert (report.window, report.as_of) == ((str(out.series.days[0]), str(out.series.days[-1])), str(out.series.days[-1]))
    assert report.tables[3].rows == query(out.root, "SELECT count(*) AS n FROM retail_oltp_small.orders").to_pylist()[0]["n"]
    told = reasons(report)
    assert (UPDATES in sets) != any(reason.endswith("is as it was when the row came") for reason in told)
    assert (after == 0) != (f"rows of customers that came before {out.series.days[0]} are not seen" in told)
    assert any(result.name == "LifecycleOrder" and "never goes back" in result.sentence for result in report.results) == (UPDATES in sets)
    assert any(result.name == "RowCount" and "there should be" in result.sentence and result.table == "orders" for result in report.results)


@pytest.mark.parametrize("after", [0, 45])
def test_balances_pass(written: Write, after: int) -> None:
    """In each account from row to row, and at the end of each day."""
    report = written("finance_oltp_small", 25, after=after).judged()
    assert broken(report) == set()
    assert {result.column for result in report.results if result.name == "FormulaAdherence"} >= {"balance_after", "current_balance"}


@pytest.mark.parametrize("dataset", ["retail_oltp_small", "finance_oltp_small", "retail_star_small"])
def test_a_day_alone_passes(written: Write, dataset: str) -> None:
    """The first one of a history, and another; a part of a series is judged by itself."""
    assert broken(written(dataset, 1).judged()) == set()
    out = written(dataset, 5, after=1)
    day = out.series.days[2]
    report = validate_output(out.root, first_day=day, last_day=day)
    assert (broken(report), report.window) == (set(), (str(day), str(day)))


@dataclass(frozen=True)
class Damage:
    """What is done to a file of a day, and what must fail of it."""

    name: str
    table: str
    day: int
    sql: str
    fails: frozenset[str]
    dataset: str = "retail_oltp_small"


DAMAGE = (
    Damage(
        "a row of the day before once more",
        "orders",
        9,
        "SELECT * FROM t UNION ALL (SELECT * FROM d8 WHERE _change_type = 'insert' AND order_id NOT IN (SELECT order_id FROM t) LIMIT 1)",
        frozenset({"KeyUniqueness orders.order_id", "RowCount orders", "DayAdherence orders.ordered_at"}),
    ),
    Damage(
        "a row twice on a day",
        "orders",
        9,
        "SELECT * FROM t UNION ALL (SELECT * FROM t WHERE _change_type <> 'insert' LIMIT 1)",
        frozenset({"KeyUniqueness orders.order_id", "RowCount orders"}),
    ),
    Damage(
        "a row is gone",
        "order_items",
        9,
        "SELECT * FROM t WHERE order_item_id + 1 <> (SELECT min(order_item_id) FROM t WHERE line_number = 2)",
        frozenset(
            {
                "RowCount order_items",
                "PositionAdherence order_items.line_number",
                "FormulaAdherence orders.item_count",
                "FormulaAdherence orders.total_amount",
            }
        ),
    ),
    Damage(
        "a combination twice in a snapshot",
        "inventory",
        9,
        "SELECT * FROM t UNION ALL (SELECT * FROM t LIMIT 1)",
        frozenset({"KeyUniqueness inventory.store_id, product_id", "RowCount inventory"}),
    ),
    Damage("an older snapshot", "inventory", 9, "SELECT * FROM d8", frozenset({"DayAdherence inventory.counted_at"})),
    Damage(
        "lines of another day",
        "order_items",
        9,
        "SELECT * FROM d8",
        frozenset(
            {
                "KeyUniqueness order_items.order_item_id",
                "RowCount order_items",
                "CardinalityBoundaryAdherence order_items.order_id",
                "DayAdherence order_items",
                "PositionAdherence order_items.line_number",
                "FormulaAdherence orders.item_count",
                "FormulaAdherence orders.total_amount",
            }
        ),
    ),
    Damage(
        "a status that goes back",
        "orders",
        15,
        "SELECT * REPLACE (replace(status, 'delivered', 'placed') AS status) FROM t",
        frozenset({"LifecycleOrder orders.status", "LifecycleAdherence orders.status"}),
    ),
    Damage(
        "updates without inserts",
        "orders",
        9,
        "SELECT * REPLACE ('update_postimage' AS _change_type) FROM t",
        frozenset({"ChangeAdherence orders.order_id"}),
    ),
    Damage(
        "a word that is none",
        "orders",
        9,
        "SELECT * REPLACE (replace(_change_type, 'update_postimage', 'upsert') AS _change_type) FROM t",
        frozenset({"ChangeAdherence orders._change_type"}),
    ),
    Damage(
        "customers of a later day",
        "customers",
        9,
        "SELECT * REPLACE (registered_at + INTERVAL 3 DAY AS registered_at) FROM t",
        frozenset({"DayAdherence customers.registered_at"}),
    ),
    Damage(
        "a balance that does not go on",
        "transactions",
        9,
        "SELECT * REPLACE (balance_after + (transaction_id = (SELECT min(transaction_id) FROM t))::INTEGER AS balance_after) FROM t",
        frozenset({"FormulaAdherence transactions.balance_after"}),
        "finance_oltp_small",
    ),
    Damage(
        "accounts with other balances than their entries",
        "accounts",
        9,
        "SELECT * REPLACE (current_balance + 1 AS current_balance) FROM t",
        frozenset({"FormulaAdherence accounts.current_balance"}),
        "finance_oltp_small",
    ),
)


@ONE_PROCESS
def test_every_check_of_days_is_listed(written_once: Write) -> None:
    """On the page on the quality report, and nothing else."""
    text = (Path(__file__).parents[2] / "docs" / "quality.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"(?m)^\| ([A-Z]\w+) \|", text.partition("## Days of a series")[2].partition("\n## ")[0]))
    found: set[str] = set()
    for dataset in ("retail_oltp_small", "finance_oltp_small"):
        root = written_once(dataset).root
        found |= {check.name for check in arrivals(days_of(root, states(root)[0], Asked(), None))}
    assert listed == found


@ONE_PROCESS
@pytest.mark.parametrize("case", DAMAGE, ids=lambda case: case.name)
def test_damage_is_found(written_once: Write, tmp_path: Path, case: Damage) -> None:
    """Exactly the checks that speak of what was damaged fail, and name what is wrong."""
    whole = written_once(case.dataset)
    out = Out(whole.series, shutil.copytree(whole.root, tmp_path / "out"))
    out.change(case.table, case.day, case.sql)
    report = out.judged()
    assert broken(report) == case.fails
    named = ("KeyUniqueness", "DayAdherence", "ChangeAdherence", "LifecycleOrder", "FormulaAdherence")
    assert all(result.offending for result in report.failures if result.name in named)


def test_a_missing_day_is_named(written: Write) -> None:
    """Of one table, where its file is gone; of all, where the day was never written; at the ends, where it was asked for."""
    out = written("retail_oltp_small", 4)
    days = out.series.days
    written("retail_oltp_small", 3, after=5)
    out.file("customers", 1).unlink()
    missing = {r.table: r.offending for r in out.judged().failures if r.name == "DayCompleteness"}
    gap = str(days[0] + timedelta(days=4))
    assert missing == {**dict.fromkeys(out.series.plan.names, (gap,)), "customers": (str(days[1]), gap)}
    report = validate_output(out.root, first_day=days[2], last_day=days[3])
    assert broken(report) == set()
    report = validate_output(out.root, first_day=days[0] + timedelta(days=5), last_day=days[0] + timedelta(days=8))
    assert {r.offending for r in report.failures if r.name == "DayCompleteness"} == {(str(days[0] + timedelta(days=8)),)}
    with pytest.raises(InputError, match="has no day from 2024-05-01 to 2024-05-01: it has 2023-01-01 to 2023-01-08"):
        validate_output(out.root, first_day=date(2024, 5, 1), last_day=date(2024, 5, 1))


def test_a_file_that_cannot_be_read_fails_its_table(written: Write) -> None:
    """The checks of other tables speak."""
    out = written("retail_oltp_small", 4)
    file = out.file("products", 2)
    file.write_bytes(file.read_bytes()[:-7])
    report = out.judged()
    assert {result.table for result in report.failures} >= {"products"}
    assert next(result for result in report.results if result.name == "RowCount" and result.table == "customers").passed
    for day in range(4):
        out.file("products", day).unlink()
    report = out.judged()
    assert broken(report) == {"TableStructure products"}
    assert "none of 4 files is there" in str(report.failures[0].observed)


def test_the_newest_is_judged(written: Write, tmp_path: Path) -> None:
    """A series and a run of `generate` under one root: what was written last, unless something else is asked for."""
    out = written("retail_oltp_small_incremental", 2)
    assert out.judged().dataset_id == "retail_oltp_small_incremental"
    flags = {"output_settings.output_dir": str(tmp_path / "out"), "output_settings.schema": "other"}
    plan = make_plan(resolve_parameters("retail_oltp_small", flags={**flags, "target_rows": 50}))
    assert run(plan).status == "COMPLETED"
    assert out.judged().output == "table (lakehouse)"
    assert validate_output(out.root, "retail_oltp_small_incremental").output == "parquet (by day)"
    assert validate_output(out.root, first_day=out.series.days[0]).output == "parquet (by day)"
    with pytest.raises(InputError, match="holds no series of `finance_oltp_small`; it may be one of retail_oltp_small_incremental"):
        validate_output(out.root, "finance_oltp_small", first_day=out.series.days[0])


def test_a_ledger_that_is_none_does_not_stand_in_the_way(tmp_path: Path) -> None:
    """Of a run of `generate`; it is told, and refused where days are asked for."""
    flags = {"output_settings.output_dir": str(tmp_path), "target_rows": 50}
    assert run(make_plan(resolve_parameters("retail_oltp_small", flags=flags))).status == "COMPLETED"
    (tmp_path / LEDGER).write_text("mine")
    told: list[str] = []
    assert validate_output(tmp_path, say=told.append).passed
    assert "is not a ledger that can be used" in told[0]
    with pytest.raises(PlaceError, match="is not a ledger that can be used"):
        validate_output(tmp_path, first_day=date(2023, 1, 1))


def test_a_dataset_that_changed_is_not_judged(written: Write) -> None:
    """What was written cannot be judged by another declaration."""
    out = written("retail_oltp_small", 2)
    with closing(sqlite3.connect(out.root / LEDGER)) as ledger, ledger:
        ledger.execute("UPDATE series SET told = replace(told, ?, ?)", [out.series.plan.spec_hash, "0" * 64])
    with pytest.raises(InputError, match="the dataset has changed since the days"):
        out.judged()


def test_the_command(written: Write, call: Call, tmp_path: Path) -> None:
    """Days as options; lines, JSON, JUnit and HTML as for runs; what cannot be meant is refused."""
    out = written("retail_oltp_small_incremental", 3)
    first, _, last = map(str, out.series.days)
    done = call(
        "validate-data", "retail_oltp_small_incremental", "--output-dir", "out", "--junit", "q.xml", "--html", "q.html", cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"as of {last}" in done.stdout.splitlines()[-1]
    assert "DayCompleteness" in (tmp_path / "q.xml").read_text()
    assert "each order_id comes once" in (tmp_path / "q.html").read_text()
    done = call("validate-data", "--output-dir", "out", "--date", first, "--json", cwd=tmp_path)
    assert (json.loads(done.stdout)["passed"], json.loads(done.stdout)["window"]) == (True, [first, first])
    out.file("orders", 1).unlink()
    done = call("validate-data", "--output-dir", "out", "--start-date", first, "--end-date", last, cwd=tmp_path)
    assert done.returncode == 1
    assert f"no day of {first} to {last} is missing on which orders is due" in done.stdout
    for days, told in (
        (("--date", "yesterday"), "--date: `yesterday` is not a day"),
        (("--date", first, "--end-date", last), "--date is one day"),
        (("--start-date", last, "--end-date", first), f"--end-date {first} lies before --start-date {last}"),
    ):
        done = call("validate-data", "--output-dir", "out", *days, cwd=tmp_path)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_columns_with_the_names_of_days_are_read(written: Write) -> None:
    """A calendar has a column `day`: its series is queried like any other."""
    out = written("retail_star_small", 2)
    found = query(out.root, "SELECT count(DISTINCT _day) AS days, min(day) AS least FROM retail_star_small.dim_date").to_pylist()
    assert found == [{"days": 2, "least": 1}]


def test_each_run_of_a_series_can_be_checked(tmp_path: Path) -> None:
    """Of the first of two, whose days are still there, all days are checked; of one that wrote none of them nothing is."""
    resolved = resolve_parameters(
        "retail_oltp_small_incremental",
        sets=[f"output_settings.output_dir={tmp_path}", "incremental_config.rows_per_day=20", "output_settings.output_mode=parquet"],
    )
    runs = [run_series(make_series(resolved, date(2024, 3, day), date(2024, 3, day + 1)), workers=0) for day in (1, 3)]
    assert runs[0].run_id != runs[1].run_id
    for one in runs:
        past = validate_past(tmp_path, one.run_id, one.dataset_id)
        assert past.passed
        assert past.window == ("2024-03-01", "2024-03-04")
        assert validate_run(one).window == past.window
    with pytest.raises(InputError, match="replaced or deleted since"):
        validate_past(tmp_path, "20200101T000000-00000000", runs[0].dataset_id)
