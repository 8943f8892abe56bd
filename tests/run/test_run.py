"""Runs, as their user sees them: files, tables, log, and what is left after trouble."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.errors import ExistsError, InputError, LockedError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.events import Event, RunFinished, TableProgress
from ingen_fab.synthetic_data.core.run.publish import locked
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run

ZOO = """
dataset_id: zoo
tables:
  animals: {columns: {animal_id: key, name: {kind: pool, pool: beasts}}}
"""
MONITORING = """
SELECT dataset_id, generation_mode, AVG(rows_per_second) as avg_rows_per_sec, AVG(duration_seconds) as avg_duration,
    MIN(rows_per_second) as min_speed, MAX(rows_per_second) as max_speed
FROM log_synthetic_data_generation WHERE status = 'COMPLETED' GROUP BY dataset_id, generation_mode;
"""


@pytest.mark.parametrize("workers", [1, 2, pytest.param(4, marks=pytest.mark.slow)])
def test_workers_and_files_do_not_matter(plan_of: Callable[..., Plan], workers: int) -> None:
    """Any number of worker processes, and files cut small, give the digests of one process."""
    settings = {"target_rows": 3_000, "output_settings__output_mode": "parquet"}
    alone = run(plan_of("retail_oltp_small", **settings))
    many = run(plan_of("retail_oltp_small", **settings, output_settings__rows_per_file=1_000), workers=workers)
    assert many.status == "COMPLETED", many.message
    assert {t.name: t.digest for t in many.tables} == {t.name: t.digest for t in alone.tables}
    assert len(next(t for t in many.tables if t.name == "order_items").files) > 1


def test_files_hold_what_the_digest_says(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Digests of the parquet files that were read back are those of the result and of the manifest."""
    plan = plan_of("retail_oltp_small", target_rows=2_000, output_settings__output_mode="parquet")
    result = run(plan)
    assert [table.name for table in result.tables if table.files and table.digest] == list(plan.names)
    manifest = json.loads((tmp_path / "out" / result.manifest).read_text())
    for table, noted in zip(result.tables, manifest["tables"], strict=True):
        batches = [batch for file in table.files for batch in pq.ParquetFile(tmp_path / "out" / file).read().to_batches()]
        assert digest_of(batches, plan.table(table.name).primary_key) == table.digest == noted["digest"]


@pytest.mark.slow
def test_delta_tables_are_replaced_in_one_commit(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A second run replaces the rows; the old version stays readable."""
    run(plan_of("retail_oltp_small", target_rows=500))
    result = run(plan_of("retail_oltp_small", target_rows=800))
    folder = tmp_path / "out" / "Tables" / "retail_oltp_small" / "orders"
    table = DeltaTable(folder)
    assert table.version() == 1
    assert table.to_pyarrow_table().num_rows == 800
    assert DeltaTable(folder, version=0).to_pyarrow_table().num_rows == 500
    assert result.status == "COMPLETED"


@pytest.mark.parametrize("mode", ["csv", "parquet"])
def test_files_are_read_by_others(plan_of: Callable[..., Plan], tmp_path: Path, mode: str) -> None:
    """DuckDB reads the files and finds the rows, the keys and the totals."""
    run(plan_of("retail_oltp_small", target_rows=500, output_settings__output_mode=mode))
    folder = tmp_path / "out" / "Files" / "retail_oltp_small"
    reader = f"read_{mode}"
    sql = f"""SELECT count(*), count(DISTINCT order_id), bool_and(total_amount = lines) FROM {reader}('{folder}/orders/*')
        JOIN (SELECT order_id, sum(line_total) AS lines FROM {reader}('{folder}/order_items/*') GROUP BY 1) USING (order_id)"""
    found = duckdb.execute(sql).fetchone()
    assert found is not None
    assert found[:2] == (500, 500)
    assert mode == "csv" or found[2] is True


def test_warehouse_is_a_duckdb_file(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """The warehouse holds a schema for the dataset and one for config, under the spec's names."""
    plan = plan_of("retail_oltp_small", target_rows=500, output_settings__target_environment="warehouse")
    assert run(plan).status == "COMPLETED"
    with duckdb.connect(str(tmp_path / "out" / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM retail_oltp_small.orders").fetchone() == (500,)
        assert connection.execute("SELECT status FROM config.log_synthetic_data_generation").fetchone() == ("COMPLETED",)


def test_log_answers_the_documented_queries(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Each run has one row; the monitoring SQL runs as it is written, by both spellings of the table."""
    run(plan_of("retail_oltp_small", target_rows=300))
    run(plan_of("retail_oltp_small", target_rows=400))
    root = tmp_path / "out"
    assert query(root, MONITORING).num_rows == 1
    assert query(root, "SELECT target_rows FROM config.log_synthetic_data_generation ORDER BY 1").to_pylist() == [
        {"target_rows": 300},
        {"target_rows": 400},
    ]
    assert query(root, "SELECT count(*) AS n FROM retail_oltp_small.orders").to_pylist() == [{"n": 400}]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE log_synthetic_data_generation",
        "SELECT 1; SELECT 2",
        "COPY (SELECT 1) TO 'x.csv'",
        "SELECT * FROM read_csv('/etc/hostname')",
        "ATTACH 'other.db'",
        "SET enable_external_access = true",
        "SELEC",
    ],
)
def test_queries_only_read_the_output(plan_of: Callable[..., Plan], tmp_path: Path, sql: str) -> None:
    """Anything but one SELECT over the output is refused with a sentence."""
    run(plan_of("retail_oltp_small", target_rows=10))
    with pytest.raises(InputError):
        query(tmp_path / "out", sql)


def test_if_exists_fail_refuses_before_any_work(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Nothing is touched where the output exists and may not be replaced."""
    run(plan_of("retail_oltp_small", target_rows=300))
    with pytest.raises(ExistsError):
        run(plan_of("retail_oltp_small", target_rows=400, output_settings__if_exists="fail"))
    assert query(tmp_path / "out", "SELECT count(*) AS n FROM retail_oltp_small.orders").to_pylist() == [{"n": 300}]


@pytest.mark.parametrize("workers", [0, 2])
def test_cancel_leaves_nothing(plan_of: Callable[..., Plan], tmp_path: Path, workers: int) -> None:
    """A cancelled run publishes nothing, leaves no staging folder and is logged as cancelled."""
    cancel = CancelToken()

    def stop(event: Event) -> None:
        if isinstance(event, TableProgress):
            cancel.set()

    result = run(plan_of("retail_oltp_small", target_rows=20_000), emit=stop, cancel=cancel, workers=workers)
    assert result.status == "CANCELLED"
    root = tmp_path / "out"
    assert not (root / "Tables" / "retail_oltp_small").exists()
    assert not (root / ".staging").exists()
    assert query(root, "SELECT status FROM log_synthetic_data_generation").to_pylist() == [{"status": "CANCELLED"}]


def test_runs_exclude_each_other(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """While one run holds the output root, another is refused with a sentence."""
    with locked(tmp_path / "out"), pytest.raises(LockedError, match="is writing to"):
        run(plan_of("retail_oltp_small", target_rows=10))


@pytest.mark.parametrize("workers", [0, 1])
def test_a_list_that_changes_fails_the_run(own_plan: Callable[..., Plan], tmp_path: Path, workers: int) -> None:
    """A list that is another one than the plan has read gives a failed run with a sentence, and nothing is published."""
    (tmp_path / "own" / "pools").mkdir(parents=True)
    (tmp_path / "own" / "pools" / "beasts.csv").write_text("name\nlynx\n")
    plan = own_plan(ZOO, target_rows=100)
    (tmp_path / "own" / "pools" / "beasts.csv").write_text("name\nwolf\n")
    events: list[Event] = []
    result = run(plan, emit=events.append, workers=workers)
    assert result.status == "FAILED"
    assert "has changed since the plan was made" in result.message
    assert isinstance(events[-1], RunFinished)
    assert not (tmp_path / "out" / "Tables" / "zoo").exists()


@pytest.mark.parametrize("moment", [pytest.param(1, marks=pytest.mark.slow), 4, pytest.param(6, marks=pytest.mark.slow)])
def test_a_killed_run_leaves_no_partial_table(plan_of: Callable[..., Plan], tmp_path: Path, moment: int) -> None:
    """After SIGKILL at several moments each table is the old one or the new one, as a whole, and the next run succeeds."""
    root = tmp_path / "out"
    old = plan_of("retail_oltp_large", target_rows=300)
    assert run(old).status == "COMPLETED"
    command = [sys.executable, "-m", "ingen_fab.synthetic_data", "generate", "retail_oltp_large", "-r", "150000", "--set"]
    process = subprocess.Popen(
        [*command, "output_settings.rows_per_file=10000", "--output-dir", str(root)], stderr=subprocess.PIPE, text=True
    )
    if process.stderr is not None:
        for _ in range(moment):
            process.stderr.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
    assert process.returncode == -signal.SIGKILL
    new = plan_of("retail_oltp_large", target_rows=150_000)
    for table in old.tables:
        found = DeltaTable(root / "Tables" / "retail_oltp_large" / table.name).to_pyarrow_table().num_rows
        assert found in (table.rows, new.table(table.name).rows), table.name
    result = run(plan_of("retail_oltp_small", target_rows=300))
    assert result.status == "COMPLETED", result.message
    assert not (root / ".staging").exists()
    counted = query(root, "SELECT status, count(*) AS n FROM log_synthetic_data_generation GROUP BY 1").to_pylist()
    assert {row["status"] for row in counted} <= {"COMPLETED", "FAILED"}
