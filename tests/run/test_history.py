"""The runs of an output root: listed, beside each other, and taken away."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable, write_deltalake
from ingen_fab.synthetic_data.core.errors import InputError, PlaceError, RunError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.delete import delete, doomed
from ingen_fab.synthetic_data.core.run.differences import compare
from ingen_fab.synthetic_data.core.run.history import find, history
from ingen_fab.synthetic_data.core.run.manifest import TableEntry, read_manifest
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run

MakePlan = Callable[..., Plan]
Call = Callable[..., subprocess.CompletedProcess[str]]


def files(root: Path) -> set[str]:
    """All data below a root."""
    return {path.relative_to(root).as_posix() for top in ("Files", "Tables") for path in (root / top).rglob("*") if path.is_file()}


def test_runs_are_listed_compared_and_deleted(plan_of: MakePlan, call: Call, tmp_path: Path) -> None:
    root = tmp_path / "out"
    assert history(root) == ()
    first = plan_of("retail_oltp_small", target_rows=300, output_settings__output_mode="parquet")
    second = plan_of("retail_oltp_small", target_rows=400, seed_value=7, output_settings__output_mode="parquet")
    ids = [run(plan).run_id for plan in (first, second)]
    # The second took the place of the first; a third stands beside it.
    beside = run(plan_of("retail_oltp_small", target_rows=200, output_settings__schema="beside"))
    found = history(root)
    assert [one.run_id for one in found] == [beside.run_id, *reversed(ids)]
    assert [one.stands for one in found] == [True, True, False]
    assert [(one.seed, one.target_rows, one.rows) for one in found[1:]] == [(7, 400, second.rows), (42, 300, first.rows)]
    assert find(found, "last-1").run_id == ids[1]
    assert find(found, ids[0]).run_id == ids[0]
    for wrong in ("", "last-3", "2", "20200101", "last-²", f"last-{'1' * 5000}"):
        with pytest.raises(InputError):
            find(found, wrong)

    told = compare(root, found[2], found[1])
    assert {setting.name: (setting.first, setting.second) for setting in told.settings} == {
        "target_rows": ("300", "400"),
        "seed_value": ("default", "7"),
    }
    orders = next(table for table in told.tables if table.name == "orders")
    assert (orders.first, orders.second, orders.digests[0]) == (300, 400, "")
    assert orders.digests[1] == next(table.digest for table in tables_of(root) if table.name == "orders")
    assert "customer_id" in orders.columns
    assert "order_id" not in orders.columns
    same = compare(root, found[1], found[1])
    assert same.is_same
    assert same.settings == ()

    listed = json.loads(call("history", "--json", "--output-dir", str(root), cwd=tmp_path).stdout)
    assert [one["run_id"] for one in listed] == [one.run_id for one in found]
    written = list(csv.DictReader(call("history", "--csv", "--output-dir", str(root), cwd=tmp_path).stdout.splitlines()))
    assert [(row["run_id"], int(row["rows"]), float(row["seconds"])) for row in written] == [
        (row["run_id"], row["rows"], row["seconds"]) for row in listed
    ]
    lines = call("history", "--output-dir", str(root), cwd=tmp_path).stdout.splitlines()
    assert len(lines) == 4
    assert ids[1] in lines[2]
    compared = call("compare", "last-2", "last-1", "--output-dir", str(root), cwd=tmp_path)
    assert compared.returncode == 1
    assert "seed_value: default | 7" in compared.stdout
    assert call("compare", "last", "last", "--output-dir", str(root), cwd=tmp_path).returncode == 0
    assert call("watch", "--output-dir", str(root), cwd=tmp_path).stderr.strip() == f"no run is at work under {root}"

    mine = root / "Files" / "retail_oltp_small" / "orders" / "notes.txt"
    mine.write_text("not of a run")
    with pytest.raises(InputError, match="nothing that run"):
        delete(root, ids[0])
    expected = doomed(root, ids[1])
    gone = delete(root, ids[1])
    assert gone == expected
    assert set(gone.tables) == set(second.names)
    left = files(root)
    assert mine.relative_to(root).as_posix() in left
    assert not [path for path in left if path.startswith("Files/") and path.endswith(".parquet")]
    assert query(root, "SELECT count(*) AS n FROM beside.orders").column("n").to_pylist() == [200]
    assert [one.stands for one in history(root)] == [True, False, False]


def test_nothing_was_generated(call: Call, tmp_path: Path) -> None:
    """A sentence for people; for programs an empty list, and the names of the columns alone. A file is no output root."""
    assert call("history", cwd=tmp_path).stdout == "nothing has been generated under synthetic_data\n"
    assert json.loads(call("history", "--json", cwd=tmp_path).stdout) == []
    (head,) = csv.reader(call("history", "--csv", cwd=tmp_path).stdout.splitlines())
    assert head[0] == "run_id"
    assert head[-1] == "rows_per_second"
    (tmp_path / "file").write_text("")
    for command in ("history", "watch"):
        refused = call(command, "--output-dir", "file", cwd=tmp_path)
        assert (refused.returncode, refused.stderr) == (2, "Error: file is not a folder: name the output root of a run\n")


def test_runs_by_days_stand_while_their_days_do(call: Call, tmp_path: Path) -> None:
    """They are told with their days, compared by what these brought, and not deleted, since later days build on them."""
    out = ["--output-dir", str(tmp_path / "out")]
    days = [("2024-03-01", "2024-03-03"), ("2024-03-04", "2024-03-05")]

    for first, last in days:
        span = ["--start-date", first, "--end-date", last, "--set", "incremental_config.rows_per_day=5"]
        done = call("generate-series", "retail_oltp_small_incremental", *span, *out, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    second, first_run = json.loads(call("history", "--json", *out, cwd=tmp_path).stdout)
    assert [(run["stands"], run["first_day"], run["last_day"]) for run in (first_run, second)] == [(True, *days[0]), (True, *days[1])]
    found = call("compare", first_run["run_id"], second["run_id"], *out, cwd=tmp_path)
    assert "  days: 2024-03-01 to 2024-03-03 | 2024-03-04 to 2024-03-05" in found.stdout
    assert "orders: " in found.stdout
    with pytest.raises(InputError, match=r"wrote days of a series \(2024-03-04 to 2024-03-05\), which later days build on"):
        delete(tmp_path / "out", second["run_id"])
    again = ["--start-date", "2024-03-04", "--end-date", "2024-03-05", "--ignore-state", "--set", "incremental_config.rows_per_day=5"]
    assert call("generate-series", "retail_oltp_small_incremental", *again, *out, cwd=tmp_path).returncode == 0
    gone = call("compare", first_run["run_id"], second["run_id"], *out, cwd=tmp_path)
    assert f"what the days of run {second['run_id']} brought is not there as files any more" in gone.stdout
    assert "orders: " not in gone.stdout


def tables_of(root: Path) -> tuple[TableEntry, ...]:
    """The tables of the newest manifest of files."""
    return read_manifest(root / ".manifests" / "retail_oltp_small-lakehouse-parquet.json").tables


@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
def test_tables_go_with_their_versions_and_nothing_else(environment: str, plan_of: MakePlan, tmp_path: Path) -> None:
    root = tmp_path / "out"
    settings = {"output_settings__target_environment": environment}
    run(plan_of("retail_oltp_small", target_rows=100, **settings))
    newest = run(plan_of("retail_oltp_small", target_rows=120, **settings))
    other = run(plan_of("retail_oltp_small", target_rows=50, output_settings__schema="other", **settings))
    strange = tmp_path / "out" / "Tables" / "retail_oltp_small" / "orders" / "mine.parquet"
    if environment == "lakehouse":
        strange.write_text("mine")
    before, expected = files(root), doomed(root, newest.run_id)
    assert delete(root, newest.run_id) == expected
    assert expected.files == len(before - files(root))
    assert expected.size == "of the warehouse" if environment == "warehouse" else "older versions" in expected.size
    with pytest.raises(InputError):
        query(root, "SELECT * FROM retail_oltp_small.orders")
    assert query(root, "SELECT count(*) AS n FROM other.orders").column("n").to_pylist() == [50]
    if environment == "lakehouse":
        assert [path for path in files(root) if path.startswith("Tables/retail_oltp_small/")] == [
            "Tables/retail_oltp_small/orders/mine.parquet"
        ]
    assert {one.run_id for one in history(root) if one.stands} == {other.run_id}
    with pytest.raises(InputError):
        delete(root, newest.run_id)
    if environment == "lakehouse":
        # A log that cannot be read is not one without runs.
        for commit in (root / "Tables").glob("log_*/_delta_log/*.json"):
            commit.write_text("{")
        with pytest.raises(RunError, match="cannot be read"):
            history(root)
    for place in ("s3://bucket/folder", "/dev/null"):
        with pytest.raises(PlaceError):
            history(place)


def test_links_are_refused_and_shared_files_stay(plan_of: MakePlan, tmp_path: Path) -> None:
    """A manifest that names what lies beyond a link, or what another names too, takes neither away."""
    root = tmp_path / "out"
    result = run(plan_of("retail_oltp_small", target_rows=100, output_settings__output_mode="csv"))
    manifest = root / result.manifest
    value = json.loads(manifest.read_text())
    path = value["tables"][0]["files"][0]["path"]
    (root / ".manifests" / "x-lakehouse-csv.json").write_text(
        json.dumps({**value, "run_id": "20200101T000000-aaaa", "tables": [], "earlier": [path]})
    )
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious.csv").write_text("1")
    (root / "Files" / "link").symlink_to(outside)
    value["tables"][1]["files"].append({"path": "Files/link/precious.csv", "rows": 1, "bytes": 1})
    manifest.write_text(json.dumps(value))
    with pytest.raises(PlaceError):
        delete(root, result.run_id)
    (root / "Files" / "link").unlink()
    delete(root, result.run_id)
    assert (outside / "precious.csv").exists()
    assert {file for file in files(root) if file.startswith("Files/")} == {path}


@pytest.mark.parametrize(
    ("schema", "table"), [("..", "orders"), ("", "../../precious"), ("", "log_synthetic_data_generation"), ("a/b", "orders")]
)
def test_a_manifest_cannot_name_what_no_run_writes(schema: str, table: str, plan_of: MakePlan, tmp_path: Path) -> None:
    root = tmp_path / "out"
    result = run(plan_of("retail_oltp_small", target_rows=10))
    value = json.loads((root / result.manifest).read_text())
    value["parameters"]["output_settings"]["schema"] = schema
    value["tables"][0]["name"] = table
    (root / result.manifest).write_text(json.dumps(value))
    before = files(root)
    with pytest.raises(InputError, match="that no run writes"):
        delete(root, result.run_id)
    assert files(root) == before


def test_what_others_changed_stays(plan_of: MakePlan, tmp_path: Path) -> None:
    """A commit of somebody else in a Delta table, another table in its place in the warehouse, rows that were put in."""
    root = tmp_path / "out"
    lake = run(plan_of("retail_oltp_small", target_rows=100))
    house = run(plan_of("retail_oltp_small", target_rows=100, output_settings__target_environment="warehouse"))
    stores = root / "Tables" / "retail_oltp_small" / "stores"
    write_deltalake(str(stores), DeltaTable(str(stores)).to_pyarrow_table().slice(0, 3), mode="append")
    with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
        connection.execute("CREATE OR REPLACE TABLE retail_oltp_small.stores AS SELECT 1 AS mine")
        connection.execute("INSERT INTO retail_oltp_small.products SELECT * FROM retail_oltp_small.products LIMIT 3")
    # Anybody may have written to the log.
    DeltaTable(str(root / "Tables" / "log_synthetic_data_generation")).update(updates={"peak_memory_gb": "CAST('NaN' AS DOUBLE)"})
    assert 0 in {one.peak_memory_bytes for one in history(root)}
    for result, changed in ((lake, ("stores",)), (house, ("products", "stores"))):
        gone = delete(root, result.run_id)
        assert sorted(gone.changed) == list(changed)
        assert len(gone.tables) == 6 - len(changed)
        with pytest.raises(InputError, match="nothing"):
            delete(root, result.run_id)
    assert DeltaTable(str(stores)).to_pyarrow_table().num_rows == 15
    with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
        assert connection.execute("SELECT * FROM retail_oltp_small.stores").fetchall() == [(1,)]


def test_files_beside_a_newer_table_are_deleted_and_written_again(plan_of: MakePlan, tmp_path: Path) -> None:
    """Tables and files of one name stand in two places, and each is its own run's."""
    root = tmp_path / "out"
    older = run(plan_of("retail_oltp_small", target_rows=100, output_settings__output_mode="parquet"))
    newer = run(plan_of("retail_oltp_small", target_rows=120))
    assert {one.run_id for one in history(root) if one.stands} == {older.run_id, newer.run_id}
    # Manifests that somebody wrote claim the table, and a file that no run wrote.
    mine = root / "Files" / "retail_oltp_small" / "orders" / "mine.parquet"
    mine.write_text("mine")
    manifest = root / older.manifest
    value = json.loads(manifest.read_text())
    claimed = next(table for table in value["tables"] if table["name"] == "customers")
    claimed["files"].append({"path": mine.relative_to(root).as_posix(), "rows": 1, "bytes": 1})
    manifest.write_text(json.dumps(value))
    forged = json.loads((root / newer.manifest).read_text())
    customers = [{**table, "files": []} for table in forged["tables"] if table["name"] == "customers"]
    (root / ".manifests" / "zzz-lakehouse-table.json").write_text(
        json.dumps({**forged, "run_id": "20200101T000000-00000000", "tables": customers})
    )
    with pytest.raises(InputError, match="newer runs have replaced"):
        delete(root, "20200101T000000-00000000")
    gone = delete(root, older.run_id)
    # A file that is not as long as the manifest says is somebody's work, and its table stays.
    assert (gone.kept, gone.changed, gone.files) == ((), ("customers",), 5)
    assert mine.read_text() == "mine"
    assert {one.run_id for one in history(root) if one.stands} == {older.run_id, newer.run_id}
    assert query(root, "SELECT count(*) AS n FROM retail_oltp_small.orders").column("n").to_pylist() == [120]
    mine.unlink()
    again = run(plan_of("retail_oltp_small", target_rows=50, output_settings__output_mode="parquet"))
    assert again.status == "COMPLETED", again.message
