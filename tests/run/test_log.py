"""The log: appended to once a run, at a cost that does not grow, and right whatever became of a run."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable
from ingen_fab.synthetic_data.core.plan.plan import Environment, Plan
from ingen_fab.synthetic_data.core.run.log import LogStore
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.running import open_runs
from ingen_fab.synthetic_data.core.run.schemas import JOBS, LOG, SCHEMAS, JobRow, LogRow
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository, DatasetInfo

ENVIRONMENTS: list[Environment] = ["lakehouse", "warehouse"]
VALUES: dict[str, Any] = {"string": "x", "int64": 1, "date32[day]": date(2024, 2, 29), "double": 0.5}
MOMENT = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)


def row(table: str, number: int, status: str) -> Any:
    """A row of a run."""
    run_id = f"20240229T123000-{number:08}"
    made = {field.name: VALUES.get(str(field.type), MOMENT) for field in SCHEMAS[table]}
    made |= {name: run_id for name in ("log_id", "job_id") if name in made} | {"status": status}
    return (LogRow if table == LOG else JobRow)(**made)


def begin(store: LogStore, number: int) -> None:
    """Notes that a run has started."""
    store.begin(row(LOG, number, "RUNNING"), row(JOBS, number, "RUNNING"), [], [])


def end(store: LogStore, number: int) -> None:
    """Notes that it has ended."""
    store.end(row(LOG, number, "COMPLETED"), row(JOBS, number, "COMPLETED"))


def statuses(root: Path, table: str = LOG) -> list[str]:
    """Of all runs, in order."""
    key = SCHEMAS[table].names[0]
    return [str(found["status"]) for found in query(root, f"SELECT status FROM config.{table} ORDER BY {key}").to_pylist()]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_run_is_seen_at_work_and_then_as_it_ended(tmp_path: Path, environment: Environment) -> None:
    """One row a run, all the time, with the types of the log; other readers see runs that have ended."""
    store = LogStore(tmp_path, environment, 1 << 28)
    for number, before in ((1, []), (2, ["COMPLETED"])):
        begin(store, number)
        for table in (LOG, JOBS):
            assert statuses(tmp_path, table) == [*before, "RUNNING"]
        found = query(tmp_path, f"SELECT * FROM {LOG} WHERE status = 'RUNNING'").to_pylist()
        assert found == [asdict(row(LOG, number, "RUNNING"))]
        end(store, number)
        assert statuses(tmp_path) == [*before, "COMPLETED"] == statuses(tmp_path, JOBS)
    assert not (tmp_path / ".running").exists()
    if environment == "lakehouse":
        assert DeltaTable(str(tmp_path / "Tables" / LOG)).to_pyarrow_table().column("status").to_pylist() == ["COMPLETED"] * 2
    else:
        with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
            assert connection.execute(f"SELECT status FROM config.{LOG}").fetchall() == [("COMPLETED",)] * 2


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("next_one", ENVIRONMENTS)
def test_a_dead_run_is_logged_by_the_next(tmp_path: Path, environment: Environment, next_one: Environment) -> None:
    """As failed, in the tables of its own environment; the other one tells it, and leaves them to a run of their own."""
    begin(LogStore(tmp_path, environment, 1 << 28), 1)
    store = LogStore(tmp_path, next_one, 1 << 28)
    begin(store, 2)
    assert statuses(tmp_path) == ["FAILED", "RUNNING"] == statuses(tmp_path, JOBS)
    end(store, 2)
    assert statuses(tmp_path) == ["FAILED", "COMPLETED"]
    assert query(tmp_path, f"SELECT message FROM {LOG} ORDER BY 1").to_pylist()[0] == {"message": "the process ended before the run did"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("cut", ["before both", "between", "after both"])
def test_an_end_that_was_cut_is_finished(tmp_path: Path, environment: Environment, cut: str) -> None:
    """The run had ended, so that is what the next one logs; a row that stands there already is not written twice."""
    store = LogStore(tmp_path, environment, 1 << 28)
    begin(store, 1)
    end(store, 1)
    begin(store, 2)
    (found,) = open_runs(tmp_path)
    file = tmp_path / ".running" / f"{found.run_id}.json"
    if cut == "before both":
        value = json.loads(file.read_text())
        value["rows"][LOG]["status"] = value["rows"][JOBS]["status"] = "COMPLETED"
        file.write_text(json.dumps({**value, "ended": True}))
    elif cut == "after both" or environment == "warehouse":
        kept: list[bytes] = []
        end_keeping(store, file, kept)
        file.parent.mkdir()
        file.write_bytes(kept[0])
    else:
        kept = []
        end_keeping(store, file, kept)
        file.parent.mkdir()
        file.write_bytes(kept[0])
        jobs = DeltaTable(str(tmp_path / "Tables" / JOBS))
        jobs.restore(0)
    begin(store, 3)
    for table in (LOG, JOBS):
        assert statuses(tmp_path, table) == ["COMPLETED", "COMPLETED", "RUNNING"]
    assert [found.run_id[-1] for found in open_runs(tmp_path)] == ["3"]


def end_keeping(store: LogStore, file: Path, kept: list[bytes]) -> None:
    """Ends run 2, and keeps what its file held before it went."""
    os.link(file, file.with_name("kept"))
    value = json.loads(file.read_text())
    value["rows"][LOG]["status"] = value["rows"][JOBS]["status"] = "COMPLETED"
    kept.append(json.dumps({**value, "ended": True}).encode())
    file.with_name("kept").unlink()
    end(store, 2)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", "[" * 100_000, '{"environment": "lakehouse", "ended": true, "rows": {}}', '{"rows": 1}']
)
def test_files_that_no_run_wrote_are_passed_over(tmp_path: Path, text: str) -> None:
    """Of other names, or with anything else in them."""
    (tmp_path / ".running").mkdir()
    for name in ("20240229T123000-00000001.json", "notes.txt", "x.json"):
        (tmp_path / ".running" / name).write_text(text)
    assert list(open_runs(tmp_path)) == []
    store = LogStore(tmp_path, "lakehouse", 1 << 28)
    begin(store, 2)
    end(store, 2)
    assert statuses(tmp_path) == ["COMPLETED"]
    assert (tmp_path / ".running" / "notes.txt").read_text() == text


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("message", "\ud800"),
        ("started_at", "9999-12-31T23:59:59-14:00"),
        ("started_at", "2024-01-01T00:00:00+00:00:01.5"),
        ("duration_seconds", 10**400),
        ("duration_seconds", math.nan),
        ("duration_seconds", "1"),
    ],
    ids=["half a letter", "late", "odd offset", "huge", "not a number", "text"],
)
def test_values_that_no_table_holds_are_passed_over(tmp_path: Path, environment: Environment, column: str, value: Any) -> None:
    """Each in the file of a run that would be one otherwise; queries and runs work on."""
    store = LogStore(tmp_path, environment, 1 << 28)
    begin(store, 1)
    file = tmp_path / ".running" / "20240229T123000-00000001.json"
    told = json.loads(file.read_text())
    told["rows"][LOG][column] = value
    file.write_text(json.dumps(told))
    begin(store, 2)
    assert statuses(tmp_path) == ["RUNNING"]
    end(store, 2)
    assert statuses(tmp_path) == ["COMPLETED"]
    assert file.exists()


@pytest.mark.parametrize("kind", ["foreign", "broken"])
def test_a_planted_run_of_the_warehouse_touches_none(tmp_path: Path, kind: str) -> None:
    """A run of the lakehouse neither opens a database that it does not write to nor makes anything in it."""
    begin(LogStore(tmp_path, "warehouse", 1 << 28), 1)
    database = tmp_path / "warehouse.duckdb"
    if kind == "foreign":
        with duckdb.connect(str(database)) as connection:
            connection.execute("CREATE TABLE mine AS SELECT 42 AS x")
    else:
        database.write_text("no database")
    before = database.read_bytes()
    store = LogStore(tmp_path, "lakehouse", 1 << 28)
    begin(store, 2)
    end(store, 2)
    assert database.read_bytes() == before
    database.unlink()
    assert statuses(tmp_path) == ["FAILED", "COMPLETED"]
    begin(LogStore(tmp_path, "warehouse", 1 << 28), 3)
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute(f"SELECT status FROM config.{LOG}").fetchall() == [("FAILED",)]


@pytest.mark.parametrize("stuck", [False, True])
def test_a_planted_run_of_the_lakehouse_makes_no_table(tmp_path: Path, stuck: bool) -> None:
    """Nor does one of the other environment; where it cannot be noted as failed, it stays as it is and stops nobody."""
    begin(LogStore(tmp_path, "lakehouse", 1 << 28), 1)
    if stuck:
        (tmp_path / ".running" / ".20240229T123000-00000001.json.draft").mkdir()
    begin(LogStore(tmp_path, "warehouse", 1 << 28), 2)
    assert not (tmp_path / "Tables").exists()
    assert statuses(tmp_path) == ["RUNNING" if stuck else "FAILED", "RUNNING"]


@pytest.mark.parametrize("table", [LOG, JOBS])
def test_links_in_place_of_a_part_are_not_followed(tmp_path: Path, table: str) -> None:
    """Whoever knows the id of a run, as it stands in `.running`, knows no name of a file that it writes."""
    store = LogStore(tmp_path, "lakehouse", 1 << 28)
    begin(store, 1)
    (found,) = open_runs(tmp_path)
    mine, folder = tmp_path / "mine.txt", tmp_path / "Tables" / table
    mine.write_text("mine")
    folder.mkdir(parents=True)
    link = folder / f"part-{found.run_id}.parquet"
    link.symlink_to(mine)
    end(store, 1)
    assert link.is_symlink()
    assert mine.read_text() == "mine"
    assert statuses(tmp_path, table) == ["COMPLETED"]


@pytest.mark.parametrize(
    "change", [{"seed_value": 1 << 63}, {"started_at": "2024-02-29T12:30:00"}, {"message": None}, {"total_rows": "1"}, {"more": 1}]
)
def test_a_row_that_no_run_wrote_is_passed_over(tmp_path: Path, change: dict[str, Any]) -> None:
    """Whole numbers of more than 64 bits, moments without an offset, and what is not of the column's type."""
    begin(LogStore(tmp_path, "lakehouse", 1 << 28), 1)
    (file,) = (tmp_path / ".running").iterdir()
    value = json.loads(file.read_text())
    assert len(list(open_runs(tmp_path))) == 1
    value["rows"][LOG] |= change
    file.write_text(json.dumps(value))
    assert list(open_runs(tmp_path)) == []


def used() -> tuple[int, int]:
    """Bytes that this process has read and written so far."""
    told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(told["rchar"]), int(told["wchar"])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="counts bytes as Linux does")
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_three_hundredth_run_costs_what_the_third_does(tmp_path: Path, environment: Environment) -> None:
    """Bytes read and written, in the median of runs in a row, commits, and files that a query reads."""
    store = LogStore(tmp_path, environment, 1 << 28)
    costs: list[tuple[int, int]] = []
    for number in range(1, 331):
        before = used()
        begin(store, number)
        end(store, number)
        costs.append(tuple(after - was for after, was in zip(used(), before, strict=True)))  # type: ignore[arg-type]

    def typical(first: int, last: int) -> list[int]:
        return [sorted(cost[n] for cost in costs[first:last])[(last - first) // 2] for n in (0, 1)]

    early, late = typical(60, 160), typical(229, 329)
    assert statuses(tmp_path) == ["COMPLETED"] * 330
    if environment == "lakehouse":
        table = DeltaTable(str(tmp_path / "Tables" / LOG))
        assert len(table.file_uris()) < 110
        # A commit a run, and one for each hundred that are put together.
        assert 330 <= table.version() + 1 <= 334
    assert late[1] < early[1] * 1.2
    assert late[0] < early[0] * 1.2, (early, late)


@pytest.mark.slow
def test_the_log_of_files_and_tables_is_one(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Runs of every environment and mode in one root: a row each."""
    for seed, (environment, mode) in enumerate((e, m) for e in ENVIRONMENTS for m in ("table", "csv")):
        where = {"output_settings__target_environment": environment, "output_settings__output_mode": mode}
        assert run(plan_of("retail_oltp_small", target_rows=5, seed_value=seed, **where)).status == "COMPLETED"
    found = query(tmp_path / "out", f"SELECT seed_value FROM {LOG} ORDER BY 1").column("seed_value").to_pylist()
    assert found == [0, 1, 2, 3]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_own_dataset_is_listed_by_whoever_runs_it_and_stays(
    plan_of: Callable[..., Plan], tmp_path: Path, environment: Environment
) -> None:
    """With or without the folder in which it lies."""
    root, own = tmp_path / "out", tmp_path / "own"
    own.mkdir()
    (own / "shop.yaml").write_text("{dataset_id: shop, tables: {visits: {rows: events, columns: {visit_id: key, visited_at: begin}}}}")
    repository = DatasetConfigurationRepository([own])

    def listed(dataset_id: str, datasets: Sequence[DatasetInfo] | None) -> list[str]:
        flags = {"output_settings__output_dir": str(root), "output_settings__target_environment": environment}
        assert run(plan_of(dataset_id, target_rows=5, datasets=[own], **flags), datasets=datasets).status == "COMPLETED"
        return [str(row["dataset_id"]) for row in query(root, "SELECT dataset_id FROM config_synthetic_data_datasets").to_pylist()]

    assert "shop" not in listed("retail_oltp_small", None)
    assert listed("shop", None)[-1] == "shop"
    assert listed("retail_oltp_small", None)[-1] == "shop"
    assert sorted(listed("shop", repository.list())) == sorted(listed("shop", None))
