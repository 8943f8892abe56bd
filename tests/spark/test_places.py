"""Spark writes to where only it can: the rows of python mode, a commit a table, and nothing of a run that did not end."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.errors import ForeignError, ParameterError, PlaceError, RunError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spark.reach import options, packages, spelled
from ingen_fab.synthetic_data.core.spark.reasons import said
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

DATASET = "retail_oltp_small"
Drive = Callable[..., subprocess.Popen[str]]


class Bucket(Protocol):
    """What the fixture `s3` gives."""

    url: str
    environment: Mapping[str, str]

    def objects(self) -> dict[str, bytes]:
        """Everything in it."""


def output_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a driver has printed; it ended well, and told no secret."""
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    assert "a-secret-of-tests" not in out + errors
    made: dict[str, Any] = json.loads(out.splitlines()[-1])
    return made


def plan_at(root: Path | str, mode: str = "pyspark", **settings: Any) -> Plan:
    """A plan whose tables Spark writes, a part for each 1,000 rows."""
    given = {
        "target_rows": 1_200,
        "tables": ["stores", "orders"],
        "generation_settings.mode": mode,
        "spark.writer": "spark",
        "output_settings.output_dir": str(root),
        "output_settings.rows_per_file": 1_000,
        **settings,
    }
    return make_plan(resolve_parameters(DATASET, flags=given))


@pytest.mark.slow
def test_tables_that_only_spark_writes(spark: Any, tmp_path: Path) -> None:
    """Rows, digests and types are those of python mode; a second run replaces the tables, and the manifest names what stands."""
    local = {table.name: table.digest for table in run(plan_at(tmp_path / "local", "python"), datasets=()).tables}
    plan, root = plan_at(f"file://{tmp_path}/away"), tmp_path / "away"
    for version in (0, 1):
        result = run(plan, datasets=())
        assert result.status == "COMPLETED", result.message
        assert {table.name: table.digest for table in result.tables} == local
        for table in plan.tables:
            found = DeltaTable(root / "Tables" / DATASET / table.name)
            assert found.schema() == DeltaTable(tmp_path / "local" / "Tables" / DATASET / table.name).schema()
            assert digest_of(found.to_pyarrow_table().to_batches(), table.primary_key) == local[table.name]
            assert (found.version(), found.transaction_version(result.run_id)) == (version, 0)
    manifest = json.loads((root / result.manifest).read_text())
    listed = {file["path"]: file["bytes"] for table in manifest["tables"] for file in table["files"]}
    assert len(listed) == plan.files
    assert listed == {path: (root / path).stat().st_size for path in listed}
    logged = DeltaTable(root / "Tables" / "log_synthetic_data_generation").to_pyarrow_table()
    assert logged.column("total_rows").to_pylist() == [plan.rows] * 2


@pytest.mark.slow
def test_how_tables_lie(spark: Any, tmp_path: Path) -> None:
    """Partitions, order, properties and clusters are those that are wanted, also of a table that lay otherwise before."""
    local = {table.name: table.digest for table in run(plan_at(tmp_path / "local", "python"), datasets=()).tables}
    folder = tmp_path / "away" / "Tables" / DATASET / "orders"

    def made(**blocks: Any) -> DeltaTable:
        plan = plan_at(f"file://{tmp_path}/away", **blocks)
        result = run(plan, datasets=())
        assert result.status == "COMPLETED", result.message
        assert {table.name: table.digest for table in result.tables} == local
        found = DeltaTable(folder)
        rows = found.to_pyarrow_table(columns=[column.name for column in plan.table("orders").columns])
        assert digest_of(rows.to_batches(), ("order_id",)) == local["orders"]
        tables = {table["name"]: table for table in json.loads((tmp_path / "away" / result.manifest).read_text())["tables"]}
        assert sorted(tmp_path / "away" / file["path"] for file in tables["orders"]["files"]) == sorted(map(Path, found.file_uris()))
        return found

    blocks: dict[str, Any] = {
        "partition_config.partition_columns": ["year", "month", "channel"],
        "partition_config.sorting.columns": ["total_amount"],
        "delta_config.auto_compact": True,
        "delta_config.optimize_write": True,
        "delta_config.data_skipping": False,
    }
    first = made(**blocks)
    assert first.metadata().partition_columns == ["year", "month", "channel"]
    assert first.metadata().configuration == {
        "delta.autoOptimize.optimizeWrite": "true",
        "delta.autoOptimize.autoCompact": "true",
        "delta.dataSkippingNumIndexedCols": "0",
    }
    # Of two parts, a file a partition.
    files = first.file_uris()
    assert len({Path(file).parent for file in files}) == len(files) > 12
    assert len(first.file_uris(file_pruning_predicate=[("month", "=", "3")])) < len(files) / 6
    for file in files:
        amounts = pq.ParquetFile(file).read(["total_amount"]).column(0)
        assert amounts.equals(amounts.take(pc.sort_indices(amounts)))
    assert "max.order_id" not in pa.table(first.get_add_actions(flatten=True)).column_names
    second = made(**{"delta_config.z_order_columns": ["customer_id"]})
    assert (second.metadata().partition_columns, second.metadata().configuration) == ([], {})
    spans = sorted((one["min.customer_id"], one["max.customer_id"]) for one in pa.table(second.get_add_actions(flatten=True)).to_pylist())
    assert len(spans) > 1
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_two_orders_are_refused(tmp_path: Path) -> None:
    """What python mode's own files can have, and those that Delta puts in order cannot."""
    both: dict[str, Any] = {"partition_config.sorting.columns": ["total_amount"], "delta_config.z_order_columns": ["customer_id"]}
    with pytest.raises(ParameterError, match=r"partition_config\.sorting\.columns: Delta puts the rows of `orders` at file:"):
        plan_at(f"file://{tmp_path}", **both)


@pytest.mark.slow
def test_a_run_that_is_cancelled(spark: Any, tmp_path: Path) -> None:
    """The table that Spark had committed goes again."""
    cancel = CancelToken()

    def stop(event: object) -> None:
        if type(event).__name__ == "TableFinished":
            cancel.set()

    one_by_one: dict[str, Any] = {"generation_config.parallel_tables": False}
    plan = plan_at(f"file://{tmp_path}", **one_by_one)
    result = run(plan, emit=stop, cancel=cancel, datasets=())
    assert (result.status, result.rows) == ("CANCELLED", 0)
    assert not list(tmp_path.glob(f"Tables/{DATASET}/*"))


@pytest.mark.slow
def test_what_is_refused(spark: Any, tmp_path: Path) -> None:
    """Tables of others, and folders whose names Spark would not take."""
    write_deltalake(tmp_path / "Tables" / DATASET / "stores", pa.table({"x": [1]}))
    with pytest.raises(ForeignError, match="is a Delta table that no run is known to have written"):
        run(plan_at(f"file://{tmp_path}", tables=["stores"]), datasets=())
    with pytest.raises(PlaceError, match="give it as a path, without file://"):
        plan_at(f"file://{tmp_path}/a b")


@pytest.mark.slow
def test_through_a_server(connect: str, drive: Drive, tmp_path: Path) -> None:
    """It writes the tables, the log and the manifest, and its client sees none of the folders."""
    local = run(plan_at(tmp_path / "local", "python", tables=None), datasets=())
    made = output_of(drive(f"file://{tmp_path}", "spark", "local[*]", f"{DATASET}=1200", environment={"SPARK_REMOTE": connect}))[DATASET]
    assert {name: value[:2] for name, value in made.items()} == {table.name: [table.rows, table.digest] for table in local.tables}
    top = tmp_path / DATASET
    orders = DeltaTable(top / "Tables" / DATASET / "orders")
    assert orders.schema() == DeltaTable(tmp_path / "local" / "Tables" / DATASET / "orders").schema()
    assert DeltaTable(top / "Tables" / "log_synthetic_data_generation").to_pyarrow_table().column("status").to_pylist() == ["COMPLETED"]
    (manifest,) = top.glob("Files/.manifests/*.json/part-*.txt")
    assert [table["name"] for table in json.loads(manifest.read_text())["tables"]] == list(made)


@pytest.mark.long
def test_a_driver_that_is_killed(spark: Any, drive: Drive, tmp_path: Path) -> None:
    """Tables that it had committed are replaced by the next run, and no row is there twice."""
    process = drive(f"file://{tmp_path}", "spark", "local[2]", f"{DATASET}=1200")
    assert process.stderr is not None
    assert any("a part is done" in line for line in process.stderr)
    process.kill()
    process.communicate()
    root = tmp_path / DATASET
    assert list(root.glob(f"Tables/{DATASET}/*/_delta_log"))
    assert not (root / "Files").exists()
    plan = plan_at(f"file://{root}", tables=None)
    result = run(plan, datasets=())
    assert result.status == "COMPLETED", result.message
    for table, found in zip(plan.tables, result.tables, strict=True):
        rows = DeltaTable(root / "Tables" / DATASET / table.name).to_pyarrow_table()
        assert digest_of(rows.to_batches(), table.primary_key) == found.digest


@pytest.mark.long
def test_s3(s3: Bucket, drive: Drive, tmp_path: Path) -> None:
    """A session of our own gets the jars and the credentials that it needs, and tells nobody of them."""
    local = run(plan_at(tmp_path, "python", tables=None), datasets=())
    made = output_of(drive(s3.url, "spark", "local[2]", f"{DATASET}=1200"))[DATASET]
    assert {name: value[:2] for name, value in made.items()} == {table.name: [table.rows, table.digest] for table in local.tables}
    secret = s3.environment["AWS_SECRET_ACCESS_KEY"]
    assert not [key for key, content in s3.objects().items() if secret.encode() in content]


def test_what_a_session_is_given() -> None:
    """The settings of the environment, under the names that Hadoop has for them; an account where the URL has none."""
    aws = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "hush", "AWS_ENDPOINT_URL": "http://localhost:1", "AWS_REGION": "r"}
    found = options("s3://bucket/a", aws)
    assert (found["fs.s3a.secret.key"], found["fs.s3a.endpoint"], found["fs.s3a.endpoint.region"]) == ("hush", "http://localhost:1", "r")
    assert "fs.s3a.aws.credentials.provider" in options("s3://bucket/a", {**aws, "AWS_SESSION_TOKEN": "t"})
    host = "acct.dfs.core.windows.net"
    url = f"abfss://box@{host}/a"
    assert options(url, {"AZURE_STORAGE_ACCOUNT_KEY": "hush"}) == {f"fs.azure.account.key.{host}": "hush"}
    assert options(url, {"AZURE_STORAGE_SAS_TOKEN": "hush"})[f"fs.azure.sas.fixed.token.{host}"] == "hush"
    client = {"AZURE_CLIENT_ID": "me", "AZURE_CLIENT_SECRET": "hush", "AZURE_TENANT_ID": "them"}
    assert options(url, client)[f"fs.azure.account.oauth2.client.secret.{host}"] == "hush"
    assert options(url, {}) == {}
    assert [packages(place) for place in (url, "file:///a")] == [["org.apache.hadoop:hadoop-azure:3.5.0"], []]
    assert spelled("az://box/a", {"AZURE_STORAGE_ACCOUNT_NAME": "acct"}) == url
    assert "add hadoop-aws" in said(RuntimeError('No FileSystem for scheme "s3a"'))
    assert "start it with Delta's jars" in said(RuntimeError("[TABLE_OR_VIEW_NOT_FOUND] The table or view `HISTORY` cannot be found."))
    with pytest.raises(RunError, match="names no account: set AZURE_STORAGE_ACCOUNT_NAME"):
        spelled("az://box/a", {})
