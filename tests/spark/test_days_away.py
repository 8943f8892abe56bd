"""Series of days that Spark loads into Delta tables by itself: the rows of a folder, whole tables, and turns with python mode."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pytest
from deltalake import DeltaTable, write_deltalake
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.errors import DaysError, ParameterError, RunError
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

DATASET = "retail_oltp_small"
KEYS = {"customers": ("customer_id",), "orders": ("order_id",), "inventory": ("product_id", "store_id", "snapshot_date")}
KEPT: dict[str, Any] = {"partition_config": {"partition_columns": ["month"]}, "incremental_config": {"keep_snapshots": True}}


class Bucket(Protocol):
    """What the fixture `s3` gives."""

    url: str

    def objects(self) -> dict[str, bytes]:
        """Everything in it."""


def given(root: Path | str, mode: str, **blocks: Any) -> dict[str, Any]:
    """Settings of a series."""
    return {
        "target_rows": 1_000,
        "tables": list(KEYS),
        "generation_settings": {"mode": mode},
        "spark": {"writer": "spark"},
        "output_settings": {"output_mode": "table", "output_dir": str(root)},
        **blocks,
    }


def series_at(root: Path | str, last: int, mode: str = "pyspark", **blocks: Any) -> Series:
    """Days of January 2023, from the first one."""
    return make_series(resolve_parameters(DATASET, edited=given(root, mode, **blocks)), date(2023, 1, 1), date(2023, 1, last))


def loaded(series: Series, batch: int) -> None:
    """Writes what is not there."""
    result = run_series(series, batch=batch, workers=0, datasets=())
    assert result.status == "COMPLETED", result.message


def held(root: Path | str) -> dict[str, tuple[int, str]]:
    """Table -> rows and digest of what anybody reads there."""
    out = {}
    for name, key in KEYS.items():
        rows = DeltaTable(f"{root}/Tables/{DATASET}/{name}").to_pyarrow_table()
        own = rows.select(sorted(column for column in rows.column_names if column != "month"))
        out[name] = rows.num_rows, digest_of(own.to_batches(), [column for column in key if column in own.column_names])
    return out


def test_days_are_those_of_a_folder(spark: Any, tmp_path: Path) -> None:
    """In batches, resumed, with partitions and kept snapshots: rows, digests, the files of the manifest, and nothing that waits."""
    here, there = tmp_path / "here", tmp_path / "there"
    loaded(series_at(here, 3, "python", **KEPT), batch=3)
    loaded(series_at(f"file://{there}", 1, **KEPT), batch=1)
    loaded(series_at(f"file://{there}", 3, **KEPT), batch=2)
    assert held(there) == held(here)
    (manifest,) = there.glob("Files/.manifests/*.json")
    noted = {table["name"]: table for table in json.loads(manifest.read_text())["tables"]}
    assert {name: table["rows"] for name, table in noted.items()} == {name: rows for name, (rows, _) in held(here).items()}
    for name, table in noted.items():
        found = DeltaTable(there / "Tables" / DATASET / name)
        assert sorted(there / file["path"] for file in table["files"]) == sorted(map(Path, found.file_uris()))
        assert sum(file["rows"] for file in table["files"]) == table["rows"]
    assert not list(there.glob("Files/.incoming/*"))
    with pytest.raises(DaysError, match="partition_config has changed"):
        run_series(series_at(f"file://{there}", 4, incremental_config={"keep_snapshots": True}))


def test_a_batch_that_fails(spark: Any, tmp_path: Path) -> None:
    """Somebody else has written to a table meanwhile: the others are put back, and no run goes on from that table."""
    there = tmp_path / "there"
    loaded(series_at(f"file://{there}", 1), batch=1)
    wanted, orders = held(there), there / "Tables" / DATASET / "orders"

    def intrude(event: object) -> None:
        if type(event).__name__ == "SystemSample" and DeltaTable(orders).version() == 0:
            write_deltalake(orders, DeltaTable(orders).to_pyarrow_table(), mode="append")

    result = run_series(series_at(f"file://{there}", 2), batch=1, datasets=(), emit=intrude)
    assert (result.status, result.message) == ("FAILED", f"file://{orders} has been written to by others since")
    assert {name: found == wanted[name] for name, found in held(there).items()} == {"customers": True, "orders": False, "inventory": True}
    assert not list(there.glob("Files/.incoming/*"))
    with pytest.raises(RunError, match="orders has been written to by others since"):
        run_series(series_at(f"file://{there}", 2), batch=1, datasets=())


CLINIC = """
dataset_id: clinic
driving: visits
history: {start: 2023-01-01, end: 2023-03-31}
tables:
  people: {columns: {person_id: key, joined_at: begin}}
  visits: {rows: events, columns: {visit_id: key, person_id: {kind: reference, to: people}, visited_at: begin}}
"""


@pytest.mark.long
def test_rows_that_are_added(spark: Any, own_plan: Callable[..., Plan], tmp_path: Path) -> None:
    """Events without a look at those that stand, entities merged: tables, and what is noted of them, are those of python mode."""

    def clinic(root: str, mode: str, **window: Any) -> Plan:
        how = {"generation_settings__mode": mode, "output_settings__output_dir": root, "output_settings__output_mode": "table"}
        return own_plan(CLINIC, target_rows=200, **how, **({"spark__writer": "spark"} if mode == "pyspark" else {}), **window)

    first, last = date(2023, 2, 10), date(2023, 3, 31)
    found = {}
    for mode, root in (("python", str(tmp_path / "here")), ("pyspark", f"file://{tmp_path}/there")):
        assert run(clinic(root, mode, window=(date(2023, 1, 1), first), as_of=first), datasets=()).status == "COMPLETED"
        result = run(
            clinic(root, mode, window=(date(2023, 2, 11), last), as_of=last), datasets=(), how={"visits": "append", "people": "merge"}
        )
        assert result.status == "COMPLETED", result.message
        folder = tmp_path / ("here" if mode == "python" else "there")
        (manifest,) = folder.rglob(".manifests/*.json")
        noted = {table["name"]: table for table in json.loads(manifest.read_text())["tables"]}
        for name, table in noted.items():
            stands = DeltaTable(folder / "Tables" / "clinic" / name)
            assert sorted(folder / file["path"] for file in table["files"]) == sorted(map(Path, stands.file_uris()))
            rows = stands.to_pyarrow_table()
            found[mode, name] = (
                table["rows"],
                rows.num_rows,
                digest_of(rows.to_batches(), [{"people": "person_id", "visits": "visit_id"}[name]]),
            )
    assert {name: each for (mode, name), each in found.items() if mode == "python"} == {
        name: each for (mode, name), each in found.items() if mode == "pyspark"
    }
    # By a further commit that took no file away.
    actions = [
        json.loads(line) for line in (tmp_path / "there/Tables/clinic/visits/_delta_log/00000000000000000001.json").read_text().splitlines()
    ]
    assert any("add" in action for action in actions)
    assert not any("remove" in action for action in actions)


DRIVER = """
import json, os, signal, sys
from collections.abc import Callable
from datetime import date
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spark.storage import SparkStore
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

given, last, fatal = json.loads(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
absorb = SparkStore.absorb

def die(self, path, *others):
    found = absorb(self, path, *others)
    if path.endswith(fatal):
        os.kill(os.getpid(), signal.SIGKILL)
    return found

if fatal:
    SparkStore.absorb = die
series = make_series(resolve_parameters("retail_oltp_small", edited=given), date(2023, 1, 1), date(2023, 1, last))
result = run_series(series, batch=2, datasets=())
assert result.status == "COMPLETED", result.message
"""


@pytest.mark.long
def test_modes_take_turns(s3: Bucket, bare_python: Path, tmp_path: Path) -> None:
    """A series that python mode began goes on with Spark, is killed between two tables, goes on, and is python mode's again."""

    def on_spark(last: int, fatal: str = "") -> int:
        told = json.dumps(given(s3.url, "pyspark", **KEPT))
        environment = {**os.environ, "PYSPARK_PYTHON": str(bare_python), "SPARK_LOCAL_IP": "127.0.0.1"}
        ended = subprocess.run([sys.executable, "-c", DRIVER, told, str(last), fatal], env=environment, capture_output=True, check=False)
        assert ended.returncode in (0, -signal.SIGKILL), ended.stderr.decode()
        return ended.returncode

    loaded(series_at(tmp_path, 5, "python", **KEPT), batch=5)
    loaded(series_at(s3.url, 2, "python", **KEPT), batch=1)
    wanted = held(s3.url)
    assert on_spark(4, "orders") == -signal.SIGKILL
    assert {name for name, found in held(s3.url).items() if found != wanted[name]} >= {"orders"}
    assert any("/.incoming/" in key for key in s3.objects())
    # Whoever comes next puts the tables back: Spark, and after another such end python mode.
    assert on_spark(3) == 0
    assert on_spark(4, "orders") == -signal.SIGKILL
    loaded(series_at(s3.url, 4, "python", **KEPT), batch=1)
    assert on_spark(5) == 0
    assert held(s3.url) == held(tmp_path)
    # Hadoop leaves an empty object in the place of a folder.
    assert not [key for key, content in s3.objects().items() if "/.incoming/" in key and content]


def test_what_is_in_no_order_is_refused(tmp_path: Path) -> None:
    """By name: a merge of Spark's sorts nothing."""
    with pytest.raises(ParameterError, match=r"partition_config\.sorting\.columns: Spark merges rows into `orders` at file:"):
        series_at(f"file://{tmp_path}", 2, partition_config={"sorting": {"columns": ["orders.customer_id"]}})
