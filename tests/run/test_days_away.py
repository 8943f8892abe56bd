"""Series of days into Delta tables on an object store: the rows of a folder, resumed, told, verified and repaired."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pytest
from deltalake import DeltaTable, write_deltalake
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.errors import DaysError, ParameterError
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

DATASET = "retail_oltp_small"
TABLES = ("customers", "orders", "inventory")
Call = Callable[..., subprocess.CompletedProcess[str]]
"""The fixture `call`: a command in this process."""


class Bucket(Protocol):
    """What the fixture `s3` gives."""

    url: str

    def objects(self) -> dict[str, bytes]:
        """Everything in it."""


def series_at(root: Path | str, last: int, first: int = 1, **blocks: Any) -> Series:
    """Days of January 2023."""
    given = {
        "target_rows": 1_000,
        "tables": list(TABLES),
        "incremental_config": {"keep_snapshots": True},
        **blocks,
        "output_settings": {"output_mode": "table", "output_dir": str(root), **blocks.get("output_settings", {})},
    }
    return make_series(resolve_parameters(DATASET, edited=given), date(2023, 1, first), date(2023, 1, last))


def loaded(series: Series, batch: int = 2, **more: Any) -> int:
    """Rows that a run has written."""
    result = run_series(series, batch=batch, workers=0, datasets=(), **more)
    assert result.status == "COMPLETED", result.message
    return result.rows


def held(root: Path | str) -> dict[str, tuple[int, str]]:
    """Table -> rows and digest of what anybody reads there."""
    out = {}
    for name in TABLES:
        rows = DeltaTable(f"{root}/Tables/{DATASET}/{name}").to_pyarrow_table()
        key = {"customers": ("customer_id",), "orders": ("order_id",)}.get(name, ("product_id", "store_id", "snapshot_date"))
        rows = rows.select(sorted(column for column in rows.column_names if column not in ("year", "month", "day")))
        out[name] = rows.num_rows, digest_of(rows.to_batches(), key)
    return out


def run_ids(root: str) -> set[str]:
    """Whose content each table has, by its newest commit."""
    return {DeltaTable(f"{root}/Tables/{DATASET}/{name}").history(1)[0]["userMetadata"] for name in TABLES}


BLOCKS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "arranged": {
        "partition_config": {"partition_columns": ["month"], "sorting": {"columns": ["orders.customer_id"]}},
        "delta_config": {"auto_compact": True, "z_order_columns": ["orders.store_id"]},
        "output_settings": {"rows_per_file": 1_000},
    },
}


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_days_are_those_of_a_folder(s3: Bucket, tmp_path: Path, call: Call, name: str) -> None:
    """In batches, resumed, in one load: rows and digests, files that nobody can see the half of, the log, and the state."""
    blocks = BLOCKS[name]
    here, there = tmp_path / "here", f"{s3.url}/there"
    loaded(series_at(here, 7, **blocks), batch=7)
    loaded(series_at(there, 2, **blocks), batch=1)
    assert loaded(series_at(there, 7, **blocks), batch=3) > 0
    assert held(there) == held(here)
    assert loaded(series_at(there, 7, **blocks)) == 0
    for table in TABLES:
        # Two batches of the first run, two of the second; each is one commit.
        assert DeltaTable(f"{there}/Tables/{DATASET}/{table}").version() == 3
    objects = s3.objects()
    manifest = json.loads(objects[f"there/Files/.manifests/{DATASET}-lakehouse-table.json"])
    assert {table["name"]: table["rows"] for table in manifest["tables"]} == {table: rows for table, (rows, _) in held(there).items()}
    assert all(len(objects[f"there/{file['path']}"]) == file["bytes"] for table in manifest["tables"] for file in table["files"])
    log = DeltaTable(f"{there}/Tables/log_synthetic_data_generation").to_pyarrow_table()
    assert sorted(log.column("generation_date").to_pylist()) == [date(2023, 1, day) for day in range(1, 8)]
    shown = call("state", "show", "--output-dir", there, "--json", cwd=tmp_path)
    assert [(found["days"], found["missing"], found["failed"]) for found in json.loads(shown.stdout)] == [(7, [], [])]
    assert call("state", "verify", "--output-dir", there, cwd=tmp_path).returncode == 0


def test_small_files_that_stand_are_put_together(s3: Bucket, tmp_path: Path) -> None:
    """By the merge that comes, in its commit; and what others do to keep a table in order is no change of it."""
    blocks: dict[str, Any] = {"tables": ["orders"], "incremental_config": {}, "delta_config": {"auto_compact": True}, "target_rows": 20_000}
    loaded(series_at(tmp_path / "here", 11, **blocks), batch=11)
    loaded(series_at(s3.url, 9, **blocks), batch=1)
    table = DeltaTable(f"{s3.url}/Tables/{DATASET}/orders")
    assert table.version() == 8
    assert len(table.file_uris()) < 4
    table.optimize.compact()
    table.vacuum(0, dry_run=False, enforce_retention_duration=False)
    assert table.version() > 8
    loaded(series_at(s3.url, 11, **blocks), batch=1)
    rows = [
        digest_of(DeltaTable(f"{root}/Tables/{DATASET}/orders").to_pyarrow_table().to_batches(), ("order_id",))
        for root in (tmp_path / "here", s3.url)
    ]
    assert rows[0] == rows[1]


def test_what_changed_is_verified_and_repaired(s3: Bucket, tmp_path: Path, call: Call) -> None:
    """By somebody else, who left a table that is none of ours any more; settings that changed are refused."""
    loaded(series_at(s3.url, 4))
    wanted = held(s3.url)
    with pytest.raises(DaysError, match="seed_value was 42, and is 7"):
        run_series(series_at(s3.url, 5, seed_value=7))
    DeltaTable(f"{s3.url}/Tables/{DATASET}/orders").delete("order_id <= 2")
    verified = call("state", "verify", "--output-dir", s3.url, cwd=tmp_path)
    assert (verified.returncode, verified.stdout.splitlines()[0].split(": ")[0]) == (1, f"Tables/{DATASET}/orders")
    with pytest.raises(Exception, match="orders has been written to by others since"):
        run_series(series_at(s3.url, 5), workers=0)
    assert call("state", "repair", "--output-dir", s3.url, cwd=tmp_path).returncode == 0
    assert held(s3.url) == wanted


def test_a_batch_that_is_cut(s3: Bucket, tmp_path: Path, call: Call) -> None:
    """One that is killed between the commits of two tables leaves days that the next run goes on from, as if they had not been begun."""
    loaded(series_at(tmp_path / "here", 6))
    loaded(series_at(s3.url, 2))
    script = f"""
import os, signal
from datetime import date
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.sinks.store import Store
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

change = Store.change

def die(self, path, *others):
    change(self, path, *others)
    if path.endswith("orders"):
        os.kill(os.getpid(), signal.SIGKILL)

Store.change = die
given = {json.dumps(dict(series_at(s3.url, 5).plan.parameters))!r}
import json
series = make_series(resolve_parameters("{DATASET}", edited=json.loads(given)), date(2023, 1, 1), date(2023, 1, 5))
run_series(series, batch=3, workers=0, datasets=())
"""
    assert subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False).returncode == -signal.SIGKILL
    assert len(run_ids(s3.url)) == 2
    assert call("state", "verify", "--output-dir", s3.url, cwd=tmp_path).returncode == 1
    (shown,) = json.loads(call("state", "show", "--output-dir", s3.url, "--json", cwd=tmp_path).stdout)
    assert (shown["days"], shown["begun"]) == (2, ["2023-01-03"])
    loaded(series_at(s3.url, 3))
    assert len(run_ids(s3.url)) == 1
    loaded(series_at(s3.url, 6))
    assert held(s3.url) == held(tmp_path / "here")


def test_a_batch_that_stops(s3: Bucket) -> None:
    """A cancel and a commit of somebody else: the days before stay, and the tables are whole."""
    cancel = CancelToken()

    def stop(event: object) -> None:
        if type(event).__name__ == "DaysProgress":
            cancel.set()

    result = run_series(series_at(s3.url, 6), batch=2, workers=0, datasets=(), emit=stop, cancel=cancel)
    assert (result.status, len(result.days)) == ("CANCELLED", 2)
    wanted = held(s3.url)
    theirs = f"{s3.url}/Tables/{DATASET}/inventory"

    def intrude(event: object) -> None:
        if type(event).__name__ == "SystemSample" and DeltaTable(theirs).version() == 0:
            write_deltalake(theirs, DeltaTable(theirs).to_pyarrow_table().slice(0, 1), mode="append")

    result = run_series(series_at(s3.url, 4), batch=2, workers=0, datasets=(), emit=intrude)
    assert (result.status, result.message) == ("FAILED", f"{theirs} has been written to by others since")
    assert {name: found for name, found in held(s3.url).items() if name != "inventory"} == {
        name: found for name, found in wanted.items() if name != "inventory"
    }


def test_the_commands(s3: Bucket, tmp_path: Path, call: Call) -> None:
    """A day, a series that goes on, a dry run; files of days, and an order that Spark does not give, are refused by name."""
    words = (f"{DATASET}_incremental", "--output-dir", s3.url, "--set", "target_tables=[orders]")
    days = ("--start-date", "2023-01-01", "--end-date", "2023-01-03")
    refused = call("generate-series", f"{DATASET}_incremental", *days, "--output-dir", s3.url, cwd=tmp_path)
    assert refused.returncode == 2
    assert f"parquet files cannot appear all at once at {s3.url}" in refused.stderr
    with pytest.raises(ParameterError, match=r"partition_config\.sorting\.columns: Spark merges rows into `orders` at s3://.* in no order"):
        series_at(s3.url, 2, generation_settings={"mode": "pyspark"}, partition_config={"sorting": {"columns": ["orders.customer_id"]}})
    assert series_at(s3.url, 2, target_rows=5_000_000, generation_settings={"mode": "auto"}).plan.work.mode == "python"
    made = call("generate-incremental", words[0], "--date", "2023-01-01", *words[1:3], "--output-mode", "table", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    dry = call("generate-series", words[0], *days, *words[1:3], "--output-mode", "table", "--dry-run", cwd=tmp_path)
    assert (dry.returncode, "1 day there, 2 days left" in dry.stdout) == (0, True)
    made = call("generate-series", words[0], *days, *words[1:3], "--output-mode", "table", "--json", cwd=tmp_path)
    assert (made.returncode, json.loads(made.stdout)["there"]) == (0, 1), made.stderr
    assert not list(tmp_path.iterdir())
