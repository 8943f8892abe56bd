"""The same rows on Spark as in Python: in this process, on a cluster, and through a server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from os import statvfs
from pathlib import Path
from typing import Any, Protocol

import duckdb
import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from ingen_fab.synthetic_data.core.errors import ParameterError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.events import DayResult, RunResult
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spark.session import NEEDED
from ingen_fab.synthetic_data.core.spec.resolve import Resolved, resolve_parameters

pytestmark = pytest.mark.slow

Drive = Callable[..., subprocess.Popen[str]]
FAMILIES = {
    "retail_oltp_small": 1_200,
    "retail_star_small": 1_200,
    "finance_oltp_small": 1_200,
    "finance_star_small": 1_200,
    "ecommerce_star_small": 1_200,
    "healthcare_oltp_small": 1_200,
}
"""Dataset -> driving rows."""
WORDS = [f"{name}={rows}" for name, rows in FAMILIES.items()]
DAYS = "retail_oltp_small_incremental"
LARGE = 900_000


class Cluster(Protocol):
    """What the fixture `standalone` gives."""

    master: str
    workers: tuple[int, ...]


def resolved_of(root: Path, dataset_id: str, mode: str, writer: str = "direct", **settings: Any) -> Resolved:
    """Parameters of a dataset whose output goes below a folder."""
    given = {
        "target_rows": FAMILIES.get(dataset_id),
        "generation_settings.mode": mode,
        "spark.writer": writer,
        "output_settings.output_dir": str(root),
        "output_settings.rows_per_file": 100_000,
        **settings,
    }
    return resolve_parameters(dataset_id, flags=given)


def told(result: RunResult) -> dict[str, list[Any]]:
    """Rows, digest and bytes of each table."""
    assert result.status == "COMPLETED", result.message
    return {table.name: [table.rows, table.digest, table.bytes] for table in result.tables}


@pytest.fixture(scope="module")
def of_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which python mode writes each family."""
    return tmp_path_factory.mktemp("python")


@pytest.fixture(scope="module")
def in_python(of_python: Path) -> dict[str, dict[str, list[Any]]]:
    """What python mode makes of each family."""
    root = of_python
    made = {name: told(run(make_plan(resolved_of(root / name, name, "python")), datasets=())) for name in FAMILIES}
    settings: dict[str, Any] = {"incremental_config.rows_per_day": 40, "output_settings.output_mode": "parquet"}
    series = resolved_of(root / DAYS, DAYS, "python", **settings)
    first = series.variant.dataset.history.start
    found = run_series(make_series(series, first, first + timedelta(days=2)), datasets=())
    return {**made, DAYS: {day.day: [day.rows, [list(pair) for pair in sorted(day.digests.items())], day.bytes] for day in found.days}}


@pytest.mark.parametrize("family", FAMILIES)
def test_in_this_process(spark: Any, tmp_path: Path, in_python: dict[str, Any], family: str) -> None:
    """Executors write python mode's own files; what Spark writes has the same rows and types, whoever reads it."""
    direct = told(run(make_plan(resolved_of(tmp_path / "direct", family, "pyspark")), datasets=()))
    assert direct == in_python[family]
    found = told(run(make_plan(resolved_of(tmp_path / "spark", family, "pyspark", "spark")), datasets=()))
    assert {name: value[:2] for name, value in found.items()} == {name: value[:2] for name, value in direct.items()}
    for name in found:
        mine, other = (tmp_path / kind / "Tables" / family / name for kind in ("spark", "direct"))
        same(mine, other)


def same(mine: Path, other: Path) -> None:
    """Raises AssertionError where two Delta tables differ in types or rows."""
    assert DeltaTable(mine).schema() == DeltaTable(other).schema()
    connection = duckdb.connect()
    files = [f"read_parquet('{folder}/*.parquet')" for folder in (mine, other)]
    described = [connection.execute(f"DESCRIBE SELECT * FROM {file}").fetchall() for file in files]
    assert [row[:2] for row in described[0]] == [row[:2] for row in described[1]]
    for left, right in (files, files[::-1]):
        assert connection.execute(f"SELECT count(*) FROM (SELECT * FROM {left} EXCEPT ALL SELECT * FROM {right})").fetchone() == (0,)


@pytest.mark.parametrize(
    ("family", "mode", "writer"),
    [
        *((family, "parquet", ("direct", "spark")[number % 2]) for number, family in enumerate(FAMILIES)),
        ("retail_oltp_small", "table", "direct"),
        ("finance_oltp_small", "table", "spark"),
    ],
)
def test_days_go_on_in_the_other_mode(spark: Any, tmp_path: Path, family: str, mode: str, writer: str) -> None:
    """A series that one mode began goes on in the other, and has the digests that either would have made alone."""
    settings: dict[str, Any] = {"target_rows": None, "output_settings.output_mode": mode, "incremental_config.rows_per_day": 40}
    settings |= {"incremental_config.late_arrivals": {"share": 0.1, "days": {"type": "uniform", "min": 1, "max": 2}}}
    if (mode, writer) == ("table", "spark"):
        settings["partition_config.partition_columns"] = ["year", "month"]
        settings["incremental_config.table_types"] = {"customers": "snapshot"}
        settings["incremental_config.keep_snapshots"] = True
    resolved = [resolved_of(tmp_path / "both", f"{family}_incremental", kind, writer, **settings) for kind in ("python", "pyspark")]
    first = resolved[0].variant.dataset.history.start
    alone = resolved_of(tmp_path / "alone", f"{family}_incremental", "python", **settings)
    # What is loaded into tables together is told together.
    lasts = (1, 3) if mode == "table" else (0, 2)
    whole = run_series(make_series(alone, first, first + timedelta(days=lasts[1])), batch=2, datasets=())
    days: list[DayResult] = []
    for number, last in enumerate(lasts):
        result = run_series(make_series(resolved[number], first, first + timedelta(days=last)), batch=2, datasets=())
        assert result.status == "COMPLETED", result.message
        days += result.days
    assert [(day.digests, day.tables) for day in days] == [(day.digests, day.tables) for day in whole.days]


def test_on_a_cluster(standalone: Cluster, drive: Drive, tmp_path: Path, in_python: dict[str, Any]) -> None:
    """Executors that have nothing of this package get it, and write the same bytes; what Spark writes has the same rows."""
    assert output_of(drive(str(tmp_path / "direct"), "direct", standalone.master, *WORDS, f"{DAYS}=40")) == in_python
    made = output_of(drive(str(tmp_path / "spark"), "spark", standalone.master, *WORDS[:2]))
    for name, tables in made.items():
        assert {table: value[:2] for table, value in tables.items()} == {table: value[:2] for table, value in in_python[name].items()}
        for table in tables:
            same(*(tmp_path / kind / name / "Tables" / name / table for kind in ("spark", "direct")))


def test_through_a_server(connect: str, drive: Drive, tmp_path: Path, of_python: Path, in_python: dict[str, Any]) -> None:
    """SPARK_REMOTE names a server of Spark Connect, which gets everything from its client: each family by a writer, days by both."""
    done = set()
    for number, writer in enumerate(("direct", "spark")):
        words = (*WORDS[number::2], f"{DAYS}=40")
        made = output_of(drive(str(tmp_path / writer), writer, "local[*]", *words, environment={"SPARK_REMOTE": connect}))
        done |= {*made}
        for name, tables in made.items():
            assert {table: value[:2] for table, value in tables.items()} == {table: value[:2] for table, value in in_python[name].items()}
            if name != DAYS:
                for table in tables:
                    same(tmp_path / writer / name / "Tables" / name / table, of_python / name / "Tables" / name / table)
    assert done == {*FAMILIES, DAYS}


def output_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a driver has printed; it ended well."""
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    made: dict[str, Any] = json.loads(out.splitlines()[-1])
    return made


def executor_of(cluster: Cluster) -> int:
    """The process of the newest executor: those of programs before this one may still be on their way out."""
    found: dict[float, int] = {}
    for process in (child for pid in cluster.workers for child in psutil.Process(pid).children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            if "ExecutorBackend" in " ".join(process.cmdline()):
                found[process.create_time()] = process.pid
    return found[max(found)]


def test_an_executor_that_is_killed(standalone: Cluster, drive: Drive, tmp_path: Path) -> None:
    """Its tasks are done by others: the run ends whole, with every row once."""
    expected = told(run(make_plan(resolved_of(tmp_path / "python", "benchmark_orders", "python", target_rows=LARGE)), datasets=()))
    process = drive(str(tmp_path / "spark"), "direct", standalone.master, f"benchmark_orders={LARGE}")
    assert process.stderr is not None
    assert any("a part is done" in line for line in process.stderr)
    os.kill(executor_of(standalone), signal.SIGKILL)
    assert output_of(process)["benchmark_orders"] == expected


def test_a_driver_that_is_killed(drive: Drive, spark: Any, tmp_path: Path) -> None:
    """Nothing of its run is seen, and the next one clears it away."""
    process = drive(str(tmp_path), "direct", "local[2]", f"benchmark_orders={LARGE}")
    assert process.stderr is not None
    assert any("a part is done" in line for line in process.stderr)
    process.kill()
    process.communicate()
    root = tmp_path / "benchmark_orders"
    assert not (root / "Tables" / "benchmark_orders").exists()
    result = run(make_plan(resolved_of(root, "benchmark_orders", "pyspark", target_rows=LARGE)), datasets=())
    assert result.status == "COMPLETED"
    assert DeltaTable(root / "Tables" / "benchmark_orders" / "orders").to_pyarrow_dataset().count_rows() == LARGE
    assert not list(root.glob(".staging/2*"))


@pytest.mark.parametrize("at", ["PhaseChanged", "TableProgress"])
def test_cancelling_stops_the_jobs(spark: Any, tmp_path: Path, at: str) -> None:
    """What Spark was at is stopped, be it only being handed in, and nothing is published."""
    cancel = CancelToken()

    def stop(event: object) -> None:
        if type(event).__name__ == at and getattr(event, "phase", "generate") == "generate":
            cancel.set()

    plan = make_plan(resolved_of(tmp_path, "benchmark_orders", "pyspark", target_rows=4_000_000))
    result = run(plan, emit=stop, cancel=cancel, datasets=())
    assert (result.status, result.rows) == ("CANCELLED", 0)
    assert not (tmp_path / "Tables" / "benchmark_orders").exists()
    assert spark.sparkContext.statusTracker().getActiveJobsIds() == []


def test_a_failure_is_one_sentence(spark: Any, tmp_path: Path, plan_of: Callable[..., Plan]) -> None:
    """What a part meets is told as in python mode."""
    plan = make_plan(resolved_of(tmp_path, "retail_oltp_small", "pyspark"))

    def spoil(event: object) -> None:
        if type(event).__name__ == "PhaseChanged" and getattr(event, "phase", "") == "generate":
            for folder in tmp_path.glob(".staging/*/new/orders"):
                folder.rmdir()
                folder.write_text("in the way")

    result = run(plan, emit=spoil, datasets=())
    assert result.status == "FAILED"
    assert "new/orders: File exists" in result.message
    assert "Traceback" not in result.message


@pytest.mark.parametrize("writer", ["direct", "spark"])
def test_hostile_folders(spark: Any, tmp_path: Path, writer: str) -> None:
    """Names that mean something in URLs and globs are names."""
    root = tmp_path / "a b%20ü#?[x]{y}*;'"
    result = run(make_plan(resolved_of(root, "retail_oltp_small", "pyspark", writer, target_rows=50)), datasets=())
    assert result.status == "COMPLETED", result.message
    assert len(list((root / "Tables" / "retail_oltp_small" / "orders").glob("*.parquet"))) == 1
    assert [path.name for path in tmp_path.iterdir()] == [root.name]


def test_two_jobs_in_one_session(spark: Any, tmp_path: Path) -> None:
    """One is cancelled, and the other never hears of it."""
    plans = [make_plan(resolved_of(tmp_path / f"{n}", "benchmark_orders", "pyspark", target_rows=1_500_000, seed_value=n)) for n in (1, 2)]
    cancel = CancelToken()

    def stop(event: object) -> None:
        if type(event).__name__ == "TableProgress":
            cancel.set()

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(run, plans[0], emit=stop, cancel=cancel, datasets=())
        two = pool.submit(run, plans[1], datasets=())
    assert (one.result().status, two.result().status) == ("CANCELLED", "COMPLETED")
    assert two.result().rows == 1_500_000


@pytest.mark.parametrize("options", [(), ("America/New_York", "INT96", "false")])
def test_a_given_session_is_used(spark: Any, tmp_path: Path, in_python: dict[str, Any], options: tuple[str, ...]) -> None:
    """As it is, though it has other options than Spark's own writer needs, or none: types and digests are those of python mode."""
    given, name = spark.newSession(), "finance_oltp_small"
    for option, value in zip(NEEDED, options or [""] * len(NEEDED), strict=True):
        if value:
            given.conf.set(option, value)
        else:
            given.conf.unset(option)
    before = [given.conf.get(option) for option in NEEDED]
    for writer in ("direct", "spark"):
        found = told(run(make_plan(resolved_of(tmp_path / writer, name, "pyspark", writer)), datasets=(), spark=given))
        assert {table: value[:2] for table, value in found.items()} == {table: value[:2] for table, value in in_python[name].items()}
    assert [given.conf.get(option) for option in NEEDED] == before
    for table in in_python[name]:
        same(*(tmp_path / writer / "Tables" / name / table for writer in ("direct", "spark")))


def test_jars_that_are_needed_later(drive: Drive, tmp_path: Path, in_python: dict[str, Any]) -> None:
    """A process that has started Spark without Delta starts it anew where Spark itself writes tables."""
    words = [WORDS[0], WORDS[2], WORDS[0]]
    made = output_of(drive(str(tmp_path), "direct,spark", "local[2]", *words))
    assert list(made) == ["retail_oltp_small", "finance_oltp_small"]
    for name, tables in made.items():
        assert {table: value[:2] for table, value in tables.items()} == {table: value[:2] for table, value in in_python[name].items()}


def test_csv_is_not_written_by_spark(tmp_path: Path) -> None:
    """A writer that cannot keep the format is refused by name."""
    with pytest.raises(ParameterError, match=r"spark\.writer: `spark` writes tables and parquet: csv is written by `direct`"):
        make_plan(resolved_of(tmp_path, "retail_oltp_small", "pyspark", "spark", **{"output_settings.output_mode": "csv"}))


@pytest.mark.parametrize("mode", ["table", "parquet"])
def test_partitions_and_order(spark: Any, tmp_path: Path, mode: str) -> None:
    """Executors write the same folders, files and bytes as python mode; Spark writes the same folders, rows and order into them."""
    blocks: dict[str, Any] = {
        "output_settings.output_mode": mode,
        "tables": ["orders", "order_items"],
        "partition_config.partition_columns": ["year", "month", "channel"],
        "partition_config.sorting.columns": ["total_amount"],
        "output_settings.rows_per_file": 1_000,
    }
    if mode == "table":
        blocks |= {"delta_config.z_order_columns": ["customer_id"], "delta_config.auto_compact": True}
    found, rows, digests = [], [], []
    for kind, writer in (("python", "direct"), ("pyspark", "direct"), ("pyspark", "spark")):
        root = tmp_path / f"{kind}-{writer}"
        result = run(make_plan(resolved_of(root, "retail_oltp_small", kind, writer, target_rows=1_200, **blocks)), datasets=())
        assert result.status == "COMPLETED", result.message
        top = root / ("Tables" if mode == "table" else "Files") / "retail_oltp_small"
        files = sorted(path for path in top.rglob("*.parquet") if "_delta_log" not in path.parts)
        found.append([(path.parent.relative_to(top).as_posix(), path.stat().st_size) for path in files])
        read = [pq.ParquetFile(path).read() for path in files]
        rows.append([pa.table({name: pc.cast(table[name], pa.string()) for name in table.column_names}).to_pylist() for table in read])
        digests.append([table.digest for table in result.tables])
    assert found[0] == found[1]
    assert [folder for folder, _ in found[0]] == [folder for folder, _ in found[2]]
    assert rows[0] == rows[1] == rows[2]
    assert digests[0] == digests[1] == digests[2]
    assert len(found[0]) > 24


def test_statistics_are_left_out_by_both_writers(spark: Any, tmp_path: Path) -> None:
    """Where `data_skipping` is false, the log has the number of rows alone."""
    for writer in ("direct", "spark"):
        settings: dict[str, Any] = {"delta_config.data_skipping": False, "target_rows": 50}
        run(make_plan(resolved_of(tmp_path / writer, "retail_oltp_small", "pyspark", writer, **settings)), datasets=())
        log = tmp_path / writer / "Tables" / "retail_oltp_small" / "orders" / "_delta_log" / "00000000000000000000.json"
        told = [json.loads(line)["add"]["stats"] for line in log.read_text().splitlines() if '"add"' in line]
        assert [json.loads(text) for text in told] == [{"numRecords": 50}]


def test_what_is_no_session_is_told(spark: Any, tmp_path: Path) -> None:
    """Something else."""
    plan = make_plan(resolved_of(tmp_path, "retail_oltp_small", "pyspark", "spark"))
    assert "must be a SparkSession, not int" in run(plan, datasets=(), spark=42).message


@pytest.mark.parametrize(
    "remote", ["sc://127.0.0.1:{port}/;token=s3cr3t==", "sc://user:s3cr3t@127.0.0.1:{port}", "sc://127.0.0.1:{port}/s3cr3t=1"]
)
def test_a_server_that_is_silent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, remote: str) -> None:
    """It is told at once, and nothing of what may be secret in its address."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        monkeypatch.setenv("SPARK_REMOTE", remote.format(port=one.getsockname()[1]))
        said: list[str] = []
        result = run(make_plan(resolved_of(tmp_path, "retail_oltp_small", "pyspark")), datasets=(), emit=lambda e: said.append(str(e)))
    assert "does not answer" in result.message
    assert "s3cr3t" not in result.message + "".join(said)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("only root may mount")
    try:
        yield folder
    finally:
        # Lazily: whoever was killed there may hold a file for a moment longer.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("blocks", [{}, {"partition_config.partition_columns": ["status"]}], ids=["plain", "partitions"])
def test_a_full_disk(spark: Any, small_disk: Path, blocks: dict[str, Any]) -> None:
    """What executors meet is told as in python mode, and nothing stays."""

    def fill(event: object) -> None:
        if type(event).__name__ == "PhaseChanged" and getattr(event, "phase", "") == "generate":
            (small_disk / "ballast").write_bytes(bytes(statvfs(small_disk).f_bavail * statvfs(small_disk).f_bsize - 200_000))

    plan = make_plan(resolved_of(small_disk, "benchmark_orders", "pyspark", target_rows=150_000, **blocks))
    result = run(plan, emit=fill, datasets=())
    assert result.status == "FAILED"
    assert f"the disk of {small_disk}" in result.message
    assert not (small_disk / "Tables" / "benchmark_orders").exists()
