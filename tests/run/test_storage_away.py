"""Partitions, order, clusters and the settings of Delta tables on an object store: what they are in a folder, and nothing else seen."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.errors import ParameterError
from ingen_fab.synthetic_data.core.plan.machine import Machine
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.program.tasks import ArrangedSink, ParquetSink
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.events import TableFinished
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.scratch import scratch_folder
from ingen_fab.synthetic_data.core.sinks.lakehouse import Form
from ingen_fab.synthetic_data.core.sinks.parts import opened
from ingen_fab.synthetic_data.core.sinks.store import Part, Store
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

DATASET = "retail_oltp_small"
BY_MONTH = {"partition_columns": ["year", "month"]}
SORTED = {"sorting": {"columns": ["customer_id"]}}
BLOCKS: Mapping[str, Mapping[str, Any]] = {
    "partitions": {"partition_config": BY_MONTH, "delta_config": {"stats_collection": False}},
    "sorted": {"partition_config": {**SORTED, "partition_columns": ["status"]}, "delta_config": {"optimize_write": True}},
    "near": {"partition_config": {"bucketing": {"columns": ["orders.store_id"]}}, "delta_config": {"z_order_columns": ["customer_id"]}},
    "compact": {"partition_config": {**SORTED, "partition_columns": ["status"]}, "delta_config": {"auto_compact": True}},
}
Call = Callable[..., subprocess.CompletedProcess[str]]


class Bucket(Protocol):
    """What the fixture `s3` gives."""

    url: str

    def objects(self) -> dict[str, bytes]:
        """Everything in it."""


@pytest.fixture(autouse=True)
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, in which nothing may be left."""
    (tmp_path / "waiting").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "waiting"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path / "waiting"


def plan_at(root: Path | str, machine: Machine | None = None, **blocks: Any) -> Plan:
    """Of 1,500 orders, in files of 1,000 rows."""
    given = {
        "target_rows": 1_500,
        "history": {"start": "2024-01-20", "end": "2024-03-10"},
        "tables": ["orders", "stores"],
        **blocks,
        "generation_settings": {"mode": "python", **blocks.get("generation_settings", {})},
        "output_settings": {"rows_per_file": 1_000, "output_dir": str(root)},
    }
    return make_plan(resolve_parameters(DATASET, edited=given), machine=machine)


def written(plan: Plan, workers: int = 0) -> dict[str, tuple[int, str]]:
    result = run(plan, workers=workers, datasets=())
    assert result.status == "COMPLETED", result.message
    return {table.name: (table.rows, table.digest) for table in result.tables}


def table_at(plan: Plan, name: str) -> DeltaTable:
    return DeltaTable(f"{plan.output.place}/Tables/{DATASET}/{name}")


def shape(plan: Plan, name: str) -> list[tuple[str, int, str]]:
    """Of each file of a table its folder, its bytes and what the log tells of it, in order."""
    actions = table_at(plan, name).get_add_actions()
    found = zip(*(actions.column(column).to_pylist() for column in ("path", "size_bytes", "num_records")), strict=True)
    return sorted((path.rpartition("/")[0], size, str(rows)) for path, size, rows in found)


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_they_are_those_of_a_folder(s3: Bucket, tmp_path: Path, waiting: Path, name: str) -> None:
    """Rows, digests, partitions, properties, statistics and files, each as large; one commit a table, also the second time."""
    local, away = plan_at(tmp_path / "local", **BLOCKS[name]), plan_at(f"{s3.url}/x", **BLOCKS[name])
    wanted = written(local)
    for version, workers in enumerate((2, 0)):
        assert written(away, workers) == wanted
        assert {table_at(away, table.name).version() for table in away.tables} == {version}
        assert not list(waiting.iterdir())
    for table in away.tables:
        here, there = (table_at(plan, table.name) for plan in (local, away))
        assert here.metadata().partition_columns == there.metadata().partition_columns == [one.name for one in table.partitions]
        assert here.metadata().configuration == there.metadata().configuration
        assert shape(local, table.name) == shape(away, table.name)
        own = [column.name for column in table.columns]
        assert digest_of(there.to_pyarrow_table(columns=own).to_batches(), table.primary_key) == wanted[table.name][1]
    # Neither a version that is gone nor a part that was put together has left a file that no commit names.
    named = {file.partition("://")[2].partition("/")[2] for table in away.tables for file in files_of_all_versions(away, table.name)}
    assert {key for key in s3.objects() if f"/{DATASET}/" in key and key.endswith(".parquet")} == named


def files_of_all_versions(plan: Plan, name: str) -> set[str]:
    table = table_at(plan, name)
    return {file for version in range(table.version() + 1) for file in DeltaTable(table.table_uri, version=version).file_uris()}


def test_partitions_of_any_text(s3: Bucket) -> None:
    """Letters that mean something in URLs, in folders or to S3 come back as they were."""
    texts = ["a b", "ä/ö", "50%", "a:b?c", "x=y", "it's", "é&+~", "a#b", "[q]{}^|", "tab\t", "..", "a%2Fb", "€ 😀", None]
    rows = pa.table({"n": pa.array(range(len(texts))), "text": pa.array(texts)})
    store, top = Store(f"{s3.url}/date=2024"), "Tables/orders"
    into = ParquetSink(store.at(f"{top}/part-run-00000.parquet"), ("n",), "snappy", statistics=True)
    writer = opened(ArrangedSink(into, ("text",), True, (), 1_000, 1_000), rows.schema)
    writer.write(rows.to_batches())
    writer.close()
    parts = [Part(f"{top}/{file.path}", file.bytes, file.statistics, file.rows, file.values) for file in writer.finish().files]
    store.commit(top, parts, rows.schema, Form(("text",)), "run")
    found = DeltaTable(store.at(top))
    assert found.to_pyarrow_table().sort_by("n").to_pydict() == rows.to_pydict()
    assert sorted(map(str, texts)) == sorted(str(one["text"]) for one in found.partitions())


def test_rows_wait_on_disk(s3: Bucket, waiting: Path) -> None:
    """Where 1,000 rows fit, sorted runs wait and make the files of a machine with much memory."""
    tiny = Machine(1, 1_000_000)
    spill: dict[str, Any] = {"generation_settings": {"enable_spill": True}, "target_rows": 4_000}
    block = {"partition_config": {"partition_columns": ["status"], **SORTED}, **spill}
    much, little = plan_at(f"{s3.url}/much", **block), plan_at(f"{s3.url}/little", tiny, **block)
    assert written(much) == written(little)
    assert shape(much, "orders") == shape(little, "orders")
    assert not list(waiting.iterdir())


@pytest.mark.parametrize("name", ["compact", "partitions"])
def test_what_is_cancelled_leaves_nothing(s3: Bucket, waiting: Path, name: str) -> None:
    """Neither at the store nor on this machine, while files are put together."""
    cancel = CancelToken()
    finished = 0

    def stop(event: object) -> None:
        nonlocal finished
        finished += isinstance(event, TableFinished)
        if finished == 2:
            cancel.set()

    result = run(plan_at(s3.url, **BLOCKS[name]), emit=stop, cancel=cancel, workers=0, datasets=())
    assert (result.status, finished) == ("CANCELLED", 2)
    assert not [key for key in s3.objects() if f"/{DATASET}/" in key]
    assert not list(waiting.iterdir())


def test_what_is_killed_leaves_nothing_to_the_next(s3: Bucket, waiting: Path) -> None:
    """What waited on this machine goes with the next run, and not with one that still works."""
    script = f"""
import os, signal
from ingen_fab.synthetic_data import make_plan, resolve_parameters, run_job

def die(event):
    if getattr(event, "phase", "") == "publish":
        os.kill(os.getpid(), signal.SIGKILL)

settings = {{"target_rows": 100, "output_settings": {{"output_dir": "{s3.url}"}}, "delta_config": {{"z_order_columns": ["customer_id"]}}}}
run_job(make_plan(resolve_parameters("{DATASET}", edited=settings)), emit=die)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL
    (left,) = waiting.glob("synthetic-data-run-*")
    with scratch_folder() as mine:
        assert not left.exists()
        with scratch_folder() as other:
            assert mine.exists()
    assert not other.exists()
    assert not list(waiting.iterdir())


def test_which_mode_writes_them(tmp_path: Path, call: Call) -> None:
    """Either: only rows that are sorted and clustered are of python mode alone. A dry run contacts nobody."""
    near, order = {"z_order_columns": ["customer_id"]}, {"sorting": {"columns": ["total_amount"]}}
    blocks: list[dict[str, Any]] = [{"delta_config": {"auto_compact": True}}, {"partition_config": {"enabled": True}}]
    for block in blocks:
        assert plan_at("s3://nowhere/x", generation_settings={"mode": "pyspark"}, **block).work.writer == "spark"
    both: dict[str, Any] = {"delta_config": near, "partition_config": order}
    with pytest.raises(ParameterError, match="and in no other: leave one of them out, use the generation mode `python`"):
        plan_at("s3://nowhere/x", generation_settings={"mode": "pyspark"}, **both)
    made = plan_at("s3://nowhere/x", target_rows=3_000_000, generation_settings={"mode": "auto"}, **both)
    assert (made.work.mode, made.work.mode_reason[:5]) == ("python", "auto:")
    words = ("generate", DATASET, "-r", "60", "--enable-partitioning", "--output-dir", "s3://nowhere/x", "--dry-run")
    done = call(*words, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_disk_without_room(s3: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told before anything is made, where parts wait; those that go to the store need none."""
    usage = shutil.disk_usage(tempfile.gettempdir())._replace(free=10_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    result = run(plan_at(s3.url, **BLOCKS["near"]), workers=0, datasets=())
    assert (result.status, "the disk for temporary files" in result.message) == ("FAILED", True)
    assert run(plan_at(s3.url, **BLOCKS["partitions"]), workers=0, datasets=()).status == "COMPLETED"
