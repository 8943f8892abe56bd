"""Series of days: each the same alone, in any series and in the full history; nothing lost, nothing doubled."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ExistsError, ForeignError, InputError, ParameterError, PlaceError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.program.codec import to_json
from ingen_fab.synthetic_data.core.program.tasks import PartTask
from ingen_fab.synthetic_data.core.run.days_there import standing
from ingen_fab.synthetic_data.core.run.events import SeriesResult
from ingen_fab.synthetic_data.core.run.ledger import LEDGER
from ingen_fab.synthetic_data.core.run.part import generate
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.run.state import repair, verify
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

FAMILIES = (
    "retail_oltp_small",
    "retail_star_small",
    "finance_oltp_small",
    "finance_star_small",
    "ecommerce_star_small",
    "healthcare_oltp_small",
)
MakeSeries = Callable[..., Series]
Call = Callable[..., subprocess.CompletedProcess[str]]
LATE = "incremental_config.late_arrivals={share: 0.2, days: {type: exponential, mean: 1, max: 4}}"


@pytest.fixture
def series_of(tmp_path: Path) -> MakeSeries:
    """A series of so many days from a day on (default: the first of the history), under the test's own folder."""

    def make(dataset_id: str, days: int, *sets: str, start: date | None = None, root: str = "out") -> Series:
        given = (f"output_settings.output_dir={tmp_path / root}", "output_settings.output_mode=parquet", *sets)
        resolved = resolve_parameters(dataset_id, sets=given)
        first = start or resolved.parameters.history.start or resolved.variant.dataset.history.start
        return make_series(resolved, first, first + timedelta(days=days - 1))

    return make


def digests(result: SeriesResult) -> dict[tuple[str, str], str]:
    """(day, table) -> digest."""
    assert result.status == "COMPLETED", result.message
    return {(day.day, table): digest for day in result.days for table, digest in day.digests.items()}


def delivered(series: Series) -> Iterator[tuple[str, date, pa.RecordBatch]]:
    """What each day brings of each table."""
    engine = Engine(series.plan.program)
    for day in series.days:
        for arrival in series.due(day):
            share = series.share(engine, arrival, day)
            for ranges in share.ranges:
                task = PartTask("", share.table, 0, ranges, share.day, 50_000, (), 0, share.delivery)
                for batch in generate(engine, task):
                    yield share.table, day, batch


def full(series: Series, table: str) -> pa.Table:
    """All rows of a table as of the last day of a series that begins with the history."""
    engine, last = Engine(series.plan.program), series.number(series.days[-1])
    with engine.moment.on(last):
        low, high = engine.table(table).layout.rows(0, last)
    low -= series.plan.table(table).first_row < 0
    return pa.Table.from_batches([engine.batch(table, low, high, as_of=last)])


def by_key(rows: Sequence[dict[str, Any]], key: Sequence[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows by their primary key."""
    return {tuple(row[name] for name in key): row for row in rows}


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_a_day_is_the_same_alone_and_in_any_series(series_of: MakeSeries, family: str) -> None:
    """Batches of 1, 7 and 31 days, one day alone, backwards, in two halves, with two workers."""
    first = series_of(family, 1).days[0] + timedelta(days=20)
    whole = digests(run_series(series_of(family, 9, start=first, root="whole"), batch=31, workers=0))
    assert len({day for day, _ in whole}) == 9
    assert digests(run_series(series_of(family, 9, start=first, root="workers"), batch=7, workers=2)) == whole
    halves = {
        **digests(run_series(series_of(family, 3, start=first + timedelta(days=6), root="halves"), batch=1, workers=0)),
        **digests(run_series(series_of(family, 9, start=first, root="halves"), workers=0)),
    }
    assert halves == whole
    backwards: dict[tuple[str, str], str] = {}
    for number in reversed(range(9)):
        backwards |= digests(run_series(series_of(family, 1, start=first + timedelta(days=number), root="backwards"), workers=0))
    assert backwards == whole


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_all_days_together_are_the_full_load(series_of: MakeSeries, family: str) -> None:
    """Applied by key, each type of table gives the rows of a one-shot load as of the last day; new rows come once."""
    series = series_of(family, 40)
    if any(arrival.type == "incremental" and any(c.as_of for c in arrival.table.columns) for arrival in series.arrivals):
        series = series_of(family, 40, "incremental_config.updates=true")
    found: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
    kinds = {arrival.table.name: arrival for arrival in series.arrivals}
    last: dict[str, date] = {}
    for table, day, batch in delivered(series):
        arrival = kinds[table]
        if arrival.type == "snapshot" and last.get(table) != day:
            found[table] = {}
        last[table] = day
        mine = found.setdefault(table, {})
        for row in batch.to_pylist():
            change = row.pop("_change_type", None)
            key = tuple(row[name] for name in arrival.table.primary_key)
            assert change is None or (change == "insert") == (key not in mine)
            mine[key] = row
    for name, arrival in kinds.items():
        assert found.get(name, {}) == by_key(full(series, name).to_pylist(), arrival.table.primary_key), name


def test_late_rows_come_once(series_of: MakeSeries) -> None:
    """On their own day, or at most four days later; what has not come yet is of the last four days."""
    series = series_of("retail_oltp_small", 60, LATE)
    came: dict[int, date] = {}
    own: dict[int, date] = {}
    for table, day, batch in delivered(series):
        if table == "orders":
            for row in batch.to_pylist():
                assert row["order_id"] not in came
                came[row["order_id"]], own[row["order_id"]] = day, row["order_date"]
    assert {0, 1, 2} <= {(came[order] - own[order]).days for order in came} <= {0, 1, 2, 3, 4}
    late = sum(came[order] > own[order] for order in came)
    assert late / len(came) == pytest.approx(0.2, abs=0.03)
    missing = [row for row in full(series, "orders").to_pylist() if row["order_id"] not in came]
    assert 0 < len(missing) < 20
    assert all((series.days[-1] - row["order_date"]).days < 4 for row in missing)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_incremental_variant_is_the_same_world(family: str) -> None:
    """With rows_per_day it is the base dataset with so many rows in all, cell for cell: one program."""
    resolved = resolve_parameters(f"{family}_incremental", sets=("incremental_config.rows_per_day=12",))
    history = resolved.variant.dataset.history
    base = resolve_parameters(family, flags={"target_rows": 12 * ((history.end - history.start).days + 1)})
    mine, theirs = make_plan(resolved), make_plan(base)
    assert to_json(mine.program) == to_json(theirs.program)
    assert resolved.variant.rows_per_day == 100
    assert resolve_parameters("retail_oltp_large_incremental").variant.rows_per_day == 10_000


def test_the_pace_is_said_once() -> None:
    """A dataset has its rows a day, or its rows in all."""
    with pytest.raises(ParameterError, match=r"rows a day: set `incremental_config.rows_per_day`, or take `retail_oltp_small`"):
        make_plan(resolve_parameters("retail_oltp_small_incremental", flags={"target_rows": 5}))
    with pytest.raises(ParameterError, match="set `target_rows`, or take `retail_oltp_small_incremental`"):
        make_plan(resolve_parameters("retail_oltp_small", sets=("incremental_config.rows_per_day=5",)))


def test_history_moves_a_dataset_in_time(series_of: MakeSeries) -> None:
    """Days before it are refused with the first possible one; days after its end go on, for decades."""
    with pytest.raises(InputError, match=r"2022-12-31 is too early: the first day there can be is 2023-01-01.*`history.start` moves it"):
        series_of("retail_oltp_small", 3, start=date(2022, 12, 31))
    moved = series_of("retail_oltp_small", 3, "history.start=2010-05-01")
    assert moved.days[0] == date(2010, 5, 1)
    assert {row["order_date"] for table, _, batch in delivered(moved) if table == "orders" for row in batch.to_pylist()} <= set(moved.days)
    later = series_of("finance_oltp_small", 1, start=date(2061, 3, 1))
    assert sum(batch.num_rows for table, _, batch in delivered(later) if table == "transactions") > 5


def test_days_that_are_there_are_passed_over(series_of: MakeSeries, tmp_path: Path) -> None:
    """Gaps are filled; nothing is written where nothing is missing; `again` writes the same bytes in their places."""
    series = series_of("retail_oltp_small", 9)
    run_series(series_of("retail_oltp_small", 3), workers=0)
    run_series(series_of("retail_oltp_small", 2, start=series.days[6]), workers=0)
    assert standing(series).left == (*series.days[3:6], series.days[8])
    result = run_series(series, workers=0)
    assert ([day.day for day in result.days], result.there) == ([str(day) for day in (*series.days[3:6], series.days[8])], 5)
    before = files_of(tmp_path / "out")
    assert run_series(series, workers=0).days == ()
    assert files_of(tmp_path / "out") == before
    assert len(run_series(series, again=True, workers=0).days) == 9
    assert files_of(tmp_path / "out") == before
    log = query(tmp_path / "out", "SELECT generation_date, status, total_rows FROM log_synthetic_data_generation ORDER BY 1").to_pylist()
    assert {row["generation_date"] for row in log} == set(series.days)
    assert {row["status"] for row in log} == {"COMPLETED"}


def files_of(root: Path) -> dict[str, bytes]:
    """The data files of an output root."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in (root / "Files").rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("seed_value=7", "seed_value was 42, and is 7"),
        ("output_settings.path_format=flat", "path_format was nested_daily, and is flat_with_date"),
        ("incremental_config.table_types={customers: snapshot}", "table_types of customers"),
        ("target_rows=123", "the dataset, its rows or its distributions have changed"),
        ("incremental_config.snapshot_frequency=weekly", "snapshot_frequency was daily, and is weekly"),
    ],
)
def test_another_series_does_not_go_on(series_of: MakeSeries, setting: str, told: str) -> None:
    """What changed is told; asked for, the days are written anew, and old files of theirs go."""
    run_series(series_of("retail_oltp_small", 2), workers=0)
    other = series_of("retail_oltp_small", 2, setting)
    with pytest.raises(InputError, match=told):
        run_series(other, workers=0)
    root = other.plan.output.root
    assert run_series(other, again=True, workers=0).status == "COMPLETED"
    named = {f"Files/retail_oltp_small/{other.path(arrival.table.name, day, 0, 1)}" for day in other.days for arrival in other.due(day)}
    assert named <= set(files_of(root))
    assert set(files_of(root)) == named
    assert standing(other).left == ()
    assert verify(root) == []


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("../{table}/{date}{part}.{ext}", "cannot name a folder"),
        ("/{table}/{date}{part}.{ext}", "cannot name a folder"),
        ("{table}/{year}/{month}{part}.{ext}", "two days one path"),
        ("{table}/{date:%G-%V}{part}.{ext}", "is not a form of a date"),
        ("{date}{part}.{ext}", "needs {table}"),
        ("{table}/{date}.{ext}", "needs {part}"),
        ("{table}/{date}{part}", "needs {ext}"),
        ("{table.__class__}/{date}{part}.{ext}", "which is none of"),
        ("{0}/{table}/{date}{part}.{ext}", "which is none of"),
        ("{table!r}/{date}{part}.{ext}", "only {date} takes a form"),
        ("{table:>99999999}/{date}{part}.{ext}", "only {date} takes a form"),
        ("con/{table}/{date}{part}.{ext}", "cannot name a folder"),
        ("{table}/.hidden/{date}{part}.{ext}", "cannot name a folder"),
        ("{table}\\\\{date}{part}.{ext}", "may hold letters"),
        ("{table}/{date:%s %c}{part}.{ext}", "is not a form of a date"),
        ("{table", "cannot be read"),
        ("nestd", "there is no path pattern"),
    ],
)
def test_patterns_that_lead_elsewhere_are_refused(series_of: MakeSeries, tmp_path: Path, pattern: str, told: str) -> None:
    """In a sentence, before anything is written."""
    with pytest.raises(InputError, match=told.replace("{", r"\{")):
        series_of("retail_oltp_small", 1, f'output_settings.path_format="{pattern}"')
    assert not (tmp_path / "out").exists()


def test_what_others_have_put_there_stays(series_of: MakeSeries, tmp_path: Path) -> None:
    """Files in the place of a day, links on the way to it, and a ledger that is none."""
    series = series_of("retail_oltp_small", 2)
    place = tmp_path / "out" / "Files" / "retail_oltp_small" / series.path("orders", series.days[1], 0, 1)
    place.parent.mkdir(parents=True)
    place.write_text("mine")
    with pytest.raises(ForeignError):
        run_series(series, workers=0)
    assert place.read_text() == "mine"
    place.unlink()
    (tmp_path / "elsewhere").mkdir()
    shutil.rmtree(tmp_path / "out" / "Files" / "retail_oltp_small")
    (tmp_path / "out" / "Files" / "retail_oltp_small").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PlaceError, match="is a link"):
        run_series(series, workers=0)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    (tmp_path / "out" / "Files" / "retail_oltp_small").unlink()
    (tmp_path / "out" / LEDGER).write_text("not a database")
    with pytest.raises(PlaceError, match="not a ledger"):
        run_series(series, workers=0)
    import sqlite3

    (tmp_path / "out" / LEDGER).unlink()
    connection = sqlite3.connect(tmp_path / "out" / LEDGER)
    connection.execute("CREATE TABLE series (place TEXT)")
    connection.close()
    with pytest.raises(PlaceError, match="it holds other tables"):
        run_series(series, workers=0)


def test_without_state_nothing_is_noted(series_of: MakeSeries, tmp_path: Path) -> None:
    """No ledger is made; what stands is not known, and so not replaced. `if_exists: fail` refuses too."""
    series = series_of("retail_oltp_small", 2, "incremental_config.state_management=false")
    assert len(run_series(series, workers=0).days) == 2
    assert not (tmp_path / "out" / LEDGER).exists()
    with pytest.raises(ForeignError):
        run_series(series, workers=0)
    with pytest.raises(ExistsError):
        run_series(series_of("retail_oltp_small", 2, "output_settings.if_exists=fail"), workers=0)


@pytest.mark.slow
def test_damage_is_found_and_mended(series_of: MakeSeries, tmp_path: Path) -> None:
    """Deleted, cut and exchanged files; the days are made again, and are as they were."""
    series = series_of("retail_oltp_small", 6)
    run_series(series, workers=0)
    before = files_of(tmp_path / "out")
    folder = tmp_path / "out" / "Files" / "retail_oltp_small"
    paths = [folder / series.path("orders", day, 0, 1) for day in series.days]
    paths[0].unlink()
    paths[1].write_bytes(paths[1].read_bytes()[:-5])
    shutil.copyfile(paths[3], paths[2])
    assert {(found.day, found.what) for found in verify(tmp_path / "out")} == {
        (series.days[0], "missing"),
        (series.days[1], "changed"),
        (series.days[2], "changed"),
    }
    (result,) = repair(tmp_path / "out")
    assert [day.day for day in result.days] == [str(day) for day in series.days[:3]]
    assert verify(tmp_path / "out") == []
    assert files_of(tmp_path / "out") == before
    assert repair(tmp_path / "out") == []


@pytest.mark.slow
def test_killed_anywhere_it_goes_on(series_of: MakeSeries, tmp_path: Path) -> None:
    """SIGKILL at many moments: no reader sees half a day, and the days end as those of an undisturbed run."""
    run_series(series_of("retail_oltp_small", 15, root="calm"), batch=4, workers=0)
    calm = files_of(tmp_path / "calm")
    command = [sys.executable, "-m", "ingen_fab.synthetic_data", "generate-series", "retail_oltp_small"]
    days = series_of("retail_oltp_small", 15).days
    command += ["-s", str(days[0]), "-e", str(days[-1]), "-b", "4", "--output-dir", "out", "--resume"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    for number in range(12):
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        try:
            process.wait(0.45 + number * 0.1)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        if process.wait() == 0:
            break
        seen = files_of(tmp_path / "out") if (tmp_path / "out" / "Files").exists() else {}
        assert all(seen[name] == calm[name] for name in seen)
    assert run_series(series_of("retail_oltp_small", 15), batch=4, workers=0).status == "COMPLETED"
    assert files_of(tmp_path / "out") == calm
    assert verify(tmp_path / "out") == []
    log = query(tmp_path / "out", "SELECT generation_date FROM log_synthetic_data_generation WHERE status = 'COMPLETED'").to_pylist()
    assert sorted(row["generation_date"] for row in log) == days


def days_of(series: Series) -> dict[tuple[str, date], list[str]]:
    """What each day brings of each table."""
    out: dict[tuple[str, date], list[str]] = {}
    for table, day, batch in delivered(series):
        out.setdefault((table, day), []).extend(str(row) for row in batch.to_pylist())
    return out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "tables"),
    [
        ("snapshot_frequency=weekly", {"inventory"}),
        ("snapshot_frequency=monthly", {"inventory"}),
        ("table_types={products: snapshot}", {"products"}),
        ("table_types={orders: snapshot}", {"orders"}),
        ("table_types={customers: incremental}", {"customers"}),
        ("updates=true", {"orders", "order_items"}),
        ("late_arrivals={share: 0.3, days: {type: uniform, min: 1, max: 3}}", {"orders", "order_items"}),
        # Most customers register with their first order.
        ("seasonal_patterns={saturday: 4}", {"customers", "orders", "order_items", "inventory"}),
        ("state_management=false", set()),
        ("file_path_pattern=flat", set()),
    ],
)
def test_a_key_of_the_days_changes_what_it_names(series_of: MakeSeries, setting: str, tables: set[str]) -> None:
    """And no table besides."""
    start = date(2023, 2, 20)
    before = days_of(series_of("retail_oltp_small", 9, start=start))
    after = days_of(series_of("retail_oltp_small", 9, f"incremental_config.{setting}", start=start))
    differ = {table for table, day in before.keys() | after.keys() if before.get((table, day)) != after.get((table, day))}
    assert differ == tables


def test_snapshots_stand_on_their_days(series_of: MakeSeries) -> None:
    """Sundays, or last days of months."""
    for frequency, days in (("weekly", [date(2023, 2, 26), date(2023, 3, 5)]), ("monthly", [date(2023, 2, 28)])):
        series = series_of("retail_oltp_small", 16, f"incremental_config.snapshot_frequency={frequency}", start=date(2023, 2, 20))
        assert [day for day in series.days if any(arrival.type == "snapshot" for arrival in series.due(day))] == days


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("table_types={orderz: snapshot}", "there is no table `orderz`"),
        ("table_types={inventory: incremental}", "its type can only be snapshot"),
        ("table_types={orders: daily}", "incremental"),
        ("late_arrivals={share: 0.1, days: {type: exponential, mean: 1}}", "needs a `max`"),
        ("late_arrivals={share: 2, days: {type: uniform, min: 1, max: 3}}", "share"),
        ("snapshot_frequency=hourly", "daily"),
        ("rows_per_day=10", "take `retail_oltp_small_incremental`"),
        ("keep=1", "keep"),
    ],
)
def test_keys_that_do_not_fit_are_refused(series_of: MakeSeries, setting: str, told: str) -> None:
    """In a sentence that names what is allowed."""
    with pytest.raises(InputError, match=told):
        series_of("retail_oltp_small", 3, f"incremental_config.{setting}")


def test_one_setting_is_given_once(series_of: MakeSeries) -> None:
    """In either of its blocks."""
    with pytest.raises(InputError, match="one setting"):
        series_of(
            "retail_oltp_small", 2, "incremental_config.seasonal_patterns={monday: 2}", "temporal_patterns.weekdays={monday: 3}",
            "output_settings.path_format=flat", "incremental_config.file_path_pattern=nested",
        )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("family", "start"), [("finance_oltp_small", "2010-05-01"), ("healthcare_oltp_small", "2031-02-01")])
def test_a_dataset_that_was_moved_keeps_its_rules(call: Call, tmp_path: Path, family: str, start: str) -> None:
    """Its SQL speaks of the history by name."""
    done = call("generate", family, "--set", f"history.start={start}", "--validate", cwd=tmp_path)
    assert done.returncode == 0
    assert "checks passed" in done.stderr


@pytest.mark.parametrize(
    ("setting", "files", "same"),
    [
        ("output_settings.rows_per_file=1000", 3, True),
        ("chunking_config.enabled=false", 1, True),
        ("generation_config.parallel_tables=false", 1, True),
        ("output_settings.digest=full", 1, True),
        ("output_settings.digest=sample", 1, False),
        ("output_settings.digest=none", 1, False),
    ],
)
def test_settings_of_work_and_digest_hold_for_days(series_of: MakeSeries, tmp_path: Path, setting: str, files: int, same: bool) -> None:
    """Files of a day, tables one after another, digests of all rows, of some, of none."""
    more = (setting, *(("output_settings.rows_per_file=1000",) if setting.startswith("chunking") else ()))
    known = digests(run_series(series_of("retail_oltp_small", 1, root="known"), workers=0))
    result = run_series(series_of("retail_oltp_small", 1, *more), workers=0)
    assert len(list((tmp_path / "out").rglob("inventory/*.parquet"))) == files
    found = digests(result)
    assert (found == known) == same
    assert all(found.values()) != setting.endswith("none")


def test_days_go_on_for_sixty_years_after_the_history(series_of: MakeSeries) -> None:
    """And then no more, in words of the day that was asked for."""
    end = date(2024, 12, 31)
    assert series_of("retail_oltp_small", 1, start=end + timedelta(days=366 * 60)).days
    with pytest.raises(InputError, match=r"is too late: the last day .* 2085-02-14, sixty years after .*`history.end` moves it"):
        series_of("retail_oltp_small", 1, start=end + timedelta(days=366 * 60 + 1))
