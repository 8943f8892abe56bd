"""`state` of series that were loaded into tables: which days they hold, whether they hold what they should, and how that is mended."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from ingen_fab.synthetic_data.core.errors import InputError, LockedError, NoOutputError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.run.calendars import calendars
from ingen_fab.synthetic_data.core.run.manifest import manifests
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.run.state import repair, verify
from ingen_fab.synthetic_data.core.sinks.lakehouse import current_files
from ingen_fab.synthetic_data.core.spec.resolve import Resolved, resolve_parameters

pytestmark = pytest.mark.slow

DATASET = "retail_oltp_small"
FIRST = date(2023, 2, 1)
KEEP = "incremental_config.keep_snapshots=true"
LATE = "incremental_config.late_arrivals={share: 0.3, days: {type: uniform, min: 1, max: 3}}"
Make = Callable[..., Series]
Call = Callable[..., subprocess.CompletedProcess[str]]
both = pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])


def resolved_of(root: Path, environment: str, *sets: str) -> Resolved:
    """Tables under a root."""
    flags = {"output_settings.output_dir": str(root), "output_settings.target_environment": environment}
    return resolve_parameters(DATASET, flags=flags, sets=("target_rows=300", "output_settings.output_mode=table", *sets))


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Path]:
    """Loads so many days in two batches, and tells where."""

    def make(environment: str, *sets: str, days: int = 6) -> Path:
        series = make_series(resolved_of(tmp_path / "out", environment, *sets), FIRST, FIRST + timedelta(days=days - 1))
        result = run_series(series, batch=days // 2, workers=0)
        assert result.status == "COMPLETED", result.message
        return tmp_path / "out"

    return make


def change(root: Path, *sql: str) -> None:
    """Somebody changes the warehouse."""
    with duckdb.connect(root / "warehouse.duckdb") as connection:
        for statement in sql:
            connection.execute(statement)


def files(root: Path, table: str) -> list[Path]:
    """Of a Delta table."""
    return [Path(file) for file in current_files(root / "Tables" / DATASET / table) or ()]


@both
@pytest.mark.parametrize("sets", [(), (KEEP, LATE)])
def test_tables_that_were_merged_hold_what_follows_from_the_plan(
    load: Callable[..., Path], environment: str, sets: tuple[str, ...]
) -> None:
    """Although their manifest has no digest of them; each table is counted."""
    root, told, seen = load(environment, *sets), list[tuple[int, int]](), list[str]()
    (noted,) = manifests(root)
    assert "" in {table.digest for table in noted.value.tables}
    assert verify(root, lambda done, total: told.append((done, total)), seen.append) == []
    assert told == [(number + 1, len(noted.tables)) for number in range(len(noted.tables))]
    assert seen == []


@both
def test_the_calendar_shows_the_days_of_tables(load: Callable[..., Path], environment: str) -> None:
    """By the manifest; a run of `generate` is no series."""
    root = load(environment)
    (found,) = calendars(root)
    assert (found.place, found.dataset_id) == (f"{DATASET}-{environment}-table", DATASET)
    assert (found.span, len(found.days), found.missing) == ((FIRST, FIRST + timedelta(days=5)), 6, [])
    assert (found.bytes is None) == (environment == "warehouse")
    assert run(make_plan(resolved_of(root, environment)), workers=0).status == "COMPLETED"
    for ask in (calendars, verify):
        with pytest.raises(NoOutputError, match="no series of days"):
            ask(root)


def test_damage_of_a_warehouse_is_found_and_mended(load: Callable[..., Path]) -> None:
    """A value, a row, a table; of a table with a digest and of merged ones."""
    root = load("warehouse")
    change(
        root,
        f"UPDATE {DATASET}.customers SET city = 'elsewhere' WHERE customer_id = (SELECT min(customer_id) FROM {DATASET}.customers)",
        f"DELETE FROM {DATASET}.orders WHERE order_id = (SELECT min(order_id) FROM {DATASET}.orders)",
        f"DROP TABLE {DATASET}.products",
        f"UPDATE {DATASET}.inventory SET on_hand = on_hand + 1",
        f"ALTER TABLE {DATASET}.stores ADD COLUMN more BIGINT",
    )
    found = {damage.table: damage.what for damage in verify(root)}
    assert found.keys() == {"customers", "orders", "products", "inventory", "stores"}
    assert (found["customers"], found["products"], found["inventory"], found["stores"]) == ("changed", "missing", "changed", "changed")
    assert "rows instead of" in found["orders"]
    (result,) = repair(root)
    assert (result.status, len(result.days)) == ("COMPLETED", 6)
    assert verify(root) == []
    assert repair(root) == []


def test_a_warehouse_that_somebody_has_open_is_not_damaged(load: Callable[..., Path]) -> None:
    """It cannot be looked at now, and says so; one that is no database is."""
    root = load("warehouse", days=2)
    holder = [
        sys.executable,
        "-c",
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(flush=True); input()",
        str(root / "warehouse.duckdb"),
    ]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as held:
        assert held.stdout is not None
        held.stdout.readline()
        with pytest.raises(LockedError):
            verify(root)
        held.communicate(b"\n")
    (root / "warehouse.duckdb").write_bytes(b"rubbish" * 2_000)
    assert {damage.what.partition(":")[0].rpartition("/")[2] for damage in verify(root)} == {"warehouse.duckdb cannot be opened"}


def test_damage_of_delta_tables_is_found_and_mended(load: Callable[..., Path]) -> None:
    """A file that is gone, one that is no parquet, one with other values, a table that is gone."""
    root = load("lakehouse", KEEP)
    files(root, "customers")[0].unlink()
    files(root, "orders")[0].write_bytes(b"rubbish")
    shutil.rmtree(root / "Tables" / DATASET / "stores")
    changed = files(root, "inventory")[1]
    rows = pq.read_table(changed)
    pq.write_table(rows.set_column(0, rows.schema.field(0), rows.column(0).take(list(reversed(range(len(rows)))))), changed)
    found = {damage.table: damage.what for damage in verify(root)}
    assert found.keys() == {"customers", "orders", "stores", "inventory"}
    assert (found["stores"], found["inventory"]) == ("missing", "changed")
    assert "cannot be read" in found["orders"]
    (result,) = repair(root)
    assert result.status == "COMPLETED"
    assert verify(root) == []


def test_a_dataset_that_has_changed_is_told(load: Callable[..., Path]) -> None:
    """Rows are counted still; nothing is loaded over it."""
    root, seen = load("lakehouse"), list[str]()
    (noted,) = manifests(root)
    noted.path.write_text(noted.path.read_text().replace(noted.value.spec_hash, "0" * 64))
    assert verify(root, say=seen.append) == []
    assert len(seen) == 1
    assert "another specification hash" in seen[0]
    files(root, "orders")[0].unlink()
    with pytest.raises(InputError, match="another specification hash"):
        repair(root)


@pytest.mark.parametrize(("name", "value"), [("window", ["x", "y"]), ("as_of", "2001-01-01"), ("as_of", "9999-01-01")])
def test_a_manifest_is_not_believed(load: Callable[..., Path], name: str, value: object) -> None:
    """Days that there cannot be are one sentence, and hide no other series."""
    root, seen = load("warehouse", days=2), list[str]()
    (noted,) = manifests(root)
    noted.path.write_text(json.dumps({**json.loads(noted.path.read_text()), name: value}))
    with pytest.raises(NoOutputError, match="holds no series of days"):
        calendars(root, seen.append)
    (told,) = seen
    assert re.search(r"tells? (which|of) days|does not tell which days", told)


def test_the_commands(load: Callable[..., Path], call: Call) -> None:
    """For scripts and for people: 1 where a table differs, 0 after it was loaded anew."""
    root = load("warehouse")
    shown = call("state", "show", "--output-dir", str(root), cwd=root)
    assert f"{DATASET} ({DATASET}-warehouse-table): 6 days, 2023-02-01 to 2023-02-06, 0 missing" in shown.stdout
    assert "2023 Feb  ######" in shown.stdout
    assert call("state", "verify", "--output-dir", str(root), cwd=root).returncode == 0
    change(root, f"DELETE FROM {DATASET}.orders")
    found = call("state", "verify", "--output-dir", str(root), "--json", cwd=root)
    assert found.returncode == 1
    (damage,) = json.loads(found.stdout)
    assert (damage["day"], damage["table"], damage["path"]) == (None, "orders", f"warehouse.duckdb/{DATASET}/orders")
    told = call("state", "verify", "--output-dir", str(root), cwd=root).stdout
    assert f"1 table not as written; to regenerate: synthetic-data state repair --output-dir {root}" in told
    assert call("state", "repair", "--output-dir", str(root), cwd=root).returncode == 0
    assert call("state", "verify", "--output-dir", str(root), cwd=root).returncode == 0
