"""What a run replaces, and what it refuses to take the place of."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from ingen_fab.synthetic_data.core.errors import ExistsError, ForeignError, ParameterError, PlaceError, SyntheticDataError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.schemas import SCHEMAS
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

pytestmark = pytest.mark.slow

DATASET = "retail_oltp_small"
Make = Callable[..., Plan]


def plan(make: Make, mode: str = "csv", environment: str = "lakehouse", **more: Any) -> Plan:
    """A small plan."""
    settings = {"output_settings__output_mode": mode, "output_settings__target_environment": environment}
    return make(DATASET, **{"target_rows": 20, **settings, **more})


def done(plan: Plan) -> None:
    """Runs."""
    result = run(plan, datasets=())
    assert result.status == "COMPLETED", result.message


def everything(root: Path) -> dict[str, bytes]:
    """All files and their bytes, but the log."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file() and "config" not in path.parts}


@pytest.mark.parametrize("mode", ["csv", "parquet"])
def test_foreign_files_are_refused_by_name(plan_of: Make, tmp_path: Path, mode: str) -> None:
    """A file, or a folder, that no run wrote: the run is refused before anything is written, and goes on when it is away."""
    done(plan(plan_of, mode))
    mine = tmp_path / "out" / "Files" / DATASET / "customers" / "my_thesis.docx"
    mine.write_text("years of work")
    before = everything(tmp_path / "out")
    with pytest.raises(ForeignError, match=r"my_thesis\.docx"):
        run(plan(plan_of, mode))
    assert everything(tmp_path / "out") == before
    mine.unlink()
    mine.mkdir()
    with pytest.raises(ForeignError, match=r"my_thesis\.docx"):
        run(plan(plan_of, mode))
    mine.rmdir()
    done(plan(plan_of, mode))


@pytest.mark.parametrize("mode", ["csv", "table"])
def test_a_schema_is_not_replaced_by_a_table_of_its_name(plan_of: Make, tmp_path: Path, mode: str) -> None:
    """Six tables in `orders` stay when a table `orders` without a schema is asked for; and the other way round."""
    done(plan(plan_of, mode, output_settings__schema="orders"))
    before = everything(tmp_path / "out")
    with pytest.raises(ForeignError, match="orders"):
        run(plan(plan_of, mode, output_settings__schema=""))
    assert everything(tmp_path / "out") == before
    other = {"output_settings__output_dir": str(tmp_path / "other")}
    done(plan(plan_of, mode, output_settings__schema="", **other))
    with pytest.raises(ForeignError, match="is a table"):
        run(plan(plan_of, mode, output_settings__schema="orders", **other))


def test_runs_of_some_tables_leave_the_others_known(plan_of: Make, tmp_path: Path) -> None:
    """A run of one table, and then of all again, replaces what all three wrote; so does another mode in between."""
    for mode in ("csv", "parquet", "csv"):
        for tables in (None, ["products"], None):
            done(plan(plan_of, mode, tables=tables))
    for tables in (None, ["products"], None):
        done(plan(plan_of, "table", "warehouse", tables=tables))
    files = [path for path in (tmp_path / "out" / "Files").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".csv"}


def test_another_mode_ends_the_claims_of_the_one_before(plan_of: Make, tmp_path: Path) -> None:
    """No manifest names files that are gone: one whose tables were all replaced is removed, others lose the replaced ones."""
    done(plan(plan_of, "parquet"))
    done(plan(plan_of, "csv", tables=["products"]))
    manifests = tmp_path / "out" / ".manifests"

    def named() -> list[str]:
        every = [json.loads(path.read_text()) for path in manifests.glob("*.json")]
        return [file["path"] for value in every for table in value["tables"] for file in table["files"]]

    assert len(named()) == 6
    assert all((tmp_path / "out" / path).is_file() for path in named())
    done(plan(plan_of, "csv"))
    assert [path.name for path in manifests.iterdir()] == [f"{DATASET}-lakehouse-csv.json"]
    assert all((tmp_path / "out" / path).is_file() for path in named())


@pytest.mark.parametrize("schema", ["information_schema", "pg_catalog", "PG_Catalog", "temp", "system", "memory", "warehouse"])
@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
def test_names_of_the_warehouse_are_refused(plan_of: Make, tmp_path: Path, schema: str, environment: str) -> None:
    """Before anything is written."""
    with pytest.raises(ParameterError, match=schema):
        run(plan(plan_of, "table", environment, output_settings__schema=schema))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("schema", ["", "config", "CONFIG"])
@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
@pytest.mark.parametrize("name", ["log_synthetic_data_generation", "sample_dataset_configurations"])
def test_the_log_is_no_table_of_a_dataset(own_plan: Make, tmp_path: Path, schema: str, environment: str, name: str) -> None:
    """A table of its name is refused where the log lies, and welcome elsewhere."""
    text = f"dataset_id: logs\ntables:\n  {name}: {{columns: {{id: key}}}}\n"
    settings = {"target_rows": 5, "output_settings__target_environment": environment}
    with pytest.raises(ParameterError, match=name):
        run(own_plan(text, output_settings__schema=schema, **settings))
    assert not (tmp_path / "out").exists()
    done(own_plan(text, output_settings__schema="mine", **settings))
    assert query(tmp_path / "out", "SELECT status FROM config.log_synthetic_data_generation").num_rows == 1


@pytest.mark.parametrize("mode", ["table", "csv"])
@pytest.mark.parametrize("place", ["", "/customers"])
@pytest.mark.parametrize("kind", ["file", "link"])
def test_files_and_links_where_folders_go(plan_of: Make, tmp_path: Path, mode: str, place: str, kind: str) -> None:
    """Named and left alone; other datasets and modes work on."""
    top = "Tables" if mode == "table" else "Files"
    where = tmp_path / "out" / top / f"{DATASET}{place}"
    where.parent.mkdir(parents=True)
    if kind == "file":
        where.write_text("mine")
    else:
        (tmp_path / "outside").mkdir()
        where.symlink_to(tmp_path / "outside")
    with pytest.raises(PlaceError, match=f"{where.name} is a {kind}"):
        run(plan(plan_of, mode))
    assert where.is_symlink() or where.read_text() == "mine"
    assert kind == "file" or not list((tmp_path / "outside").iterdir())
    done(plan(plan_of, "csv" if mode == "table" else "table"))
    done(plan(plan_of, mode, output_settings__schema="another"))


@pytest.mark.parametrize("kind", ["append-only", "broken", "partitions", "foreign"])
def test_delta_tables_that_refuse(plan_of: Make, tmp_path: Path, kind: str) -> None:
    """Told before anything is generated, and nothing of any table changes."""
    folder = tmp_path / "out" / "Tables" / DATASET / "orders"
    folder.mkdir(parents=True)
    if kind == "broken":
        (folder / "_delta_log").mkdir()
        (folder / "_delta_log" / f"{0:020}.json").write_text("no json")
    elif kind == "foreign":
        (folder / "notes.txt").write_text("mine")
    else:
        rows = pa.table({"a": [1], "b": [2]})
        if kind == "append-only":
            write_deltalake(str(folder), rows, configuration={"delta.appendOnly": "true"})
        else:
            write_deltalake(str(folder), rows, partition_by=["a"])
    before = everything(tmp_path / "out")
    with pytest.raises((PlaceError, ForeignError), match="orders"):
        run(plan(plan_of, "table"))
    assert {name: data for name, data in everything(tmp_path / "out").items() if name != ".lock"} == before
    done(plan(plan_of, "table", output_settings__schema="another"))


def test_an_own_table_of_the_warehouse_is_kept(plan_of: Make, tmp_path: Path) -> None:
    """A table, or view, that somebody made in the warehouse is refused by name."""
    (tmp_path / "out").mkdir()
    for what in ("TABLE", "VIEW"):
        with duckdb.connect(str(tmp_path / "out" / "warehouse.duckdb")) as connection:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {DATASET}; CREATE {what} {DATASET}.orders AS SELECT 42 AS mine")
        with pytest.raises(ForeignError, match="orders"):
            run(plan(plan_of, "table", "warehouse"))
        with duckdb.connect(str(tmp_path / "out" / "warehouse.duckdb")) as connection:
            assert connection.execute(f"FROM {DATASET}.orders").fetchall() == [(42,)]
            connection.execute(f"DROP {what} {DATASET}.orders")
    done(plan(plan_of, "table", "warehouse"))
    done(plan(plan_of, "table", "warehouse"))
    with duckdb.connect(str(tmp_path / "out" / "warehouse.duckdb")) as connection:
        connection.execute("CREATE OR REPLACE TABLE retail_oltp_small.orders AS SELECT 1 AS mine")
    with pytest.raises(ForeignError, match=r"retail_oltp_small.orders was made by somebody in the place of a run's table"):
        run(plan(plan_of, "table", "warehouse"))


@pytest.mark.parametrize("vacuumed", [False, True])
def test_a_delta_table_of_a_run_stays_known(plan_of: Make, tmp_path: Path, vacuumed: bool) -> None:
    """Also when others have put its files together, and removed those that a manifest names."""
    done(plan(plan_of, "table"))
    table = DeltaTable(str(tmp_path / "out" / "Tables" / DATASET / "orders"))
    rows = table.to_pyarrow_table()
    write_deltalake(table, rows, mode="overwrite")
    if vacuumed:
        table.vacuum(0, dry_run=False, enforce_retention_duration=False)
    done(plan(plan_of, "table"))


def test_a_foreign_delta_table_is_kept(plan_of: Make, tmp_path: Path) -> None:
    """One that no run wrote is refused by name."""
    folder = tmp_path / "out" / "Tables" / DATASET / "orders"
    folder.mkdir(parents=True)
    write_deltalake(str(folder), pa.table({"a": [42]}))
    with pytest.raises(ForeignError, match="orders is a Delta table that no run is known to have written"):
        run(plan(plan_of, "table"))
    assert DeltaTable(str(folder)).to_pyarrow_table().column("a").to_pylist() == [42]


@pytest.mark.parametrize("mode", ["table", "csv"])
@pytest.mark.parametrize(
    "where", ["log_synthetic_data_generation", "log_synthetic_data_generation/_delta_log", "config_synthetic_data_datasets"]
)
def test_links_for_tables_of_the_log_are_refused(plan_of: Make, tmp_path: Path, mode: str, where: str) -> None:
    """Nothing is written where they lead."""
    outside, place = tmp_path / "outside", tmp_path / "out" / "Tables" / where
    outside.mkdir()
    place.parent.mkdir(parents=True)
    place.symlink_to(outside)
    with pytest.raises(PlaceError, match=f"{where} is a link"):
        run(plan(plan_of, mode))
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("text", ["not json", "{}", "", '{"add": {}}'])
def test_a_broken_log_is_told_before_anything_is_written(plan_of: Make, tmp_path: Path, text: str) -> None:
    """And the sentence says what to do about it."""
    done(plan(plan_of, "csv"))
    log = tmp_path / "out" / "Tables" / "log_synthetic_data_generation"
    for path in (log / "_delta_log").iterdir():
        path.write_text(text)
    before = everything(tmp_path / "out")
    with pytest.raises(PlaceError, match=r"the log's own table .*cannot be read .*: move it away"):
        run(plan(plan_of, "csv"))
    assert everything(tmp_path / "out") == before
    log.rename(tmp_path / "aside")
    done(plan(plan_of, "csv"))


NAMES = sorted(SCHEMAS)
LOG = "log_synthetic_data_generation"


def rows_of_log(name: str, **values: Any) -> pa.Table:
    """One row for a table of the log, without values but those that are given."""
    schema = SCHEMAS[name]
    return pa.table({field.name: pa.array([values.get(field.name)], field.type) for field in schema}, schema=schema)


FOREIGN: dict[str, Callable[[str], pa.Table]] = {
    "other columns": lambda _: pa.table({"a": [42]}),
    "one column more": lambda name: rows_of_log(name).append_column("mine", pa.array([42])),
    "one column less": lambda name: rows_of_log(name).drop_columns(["dataset_id"]),
    "other types": lambda name: rows_of_log(name).set_column(0, SCHEMAS[name].names[0], pa.array([42])),
}


@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
@pytest.mark.parametrize(("kind", "name"), [*((kind, LOG) for kind in FOREIGN), *(("other columns", name) for name in NAMES)])
def test_foreign_tables_of_the_log_are_refused(plan_of: Make, tmp_path: Path, environment: str, kind: str, name: str) -> None:
    """By name, before anything is written, and in every mode."""
    root = tmp_path / "out"
    plant(root, environment, name, FOREIGN[kind](name))
    before = everything(root)
    for mode in ("table", "csv"):
        with pytest.raises(ForeignError, match=f"{name} is a .*table with other columns than the log's own, and the log would be") as told:
            run(plan(plan_of, mode, environment), datasets=())
        assert "\n" not in str(told.value)
    assert {path: data for path, data in everything(root).items() if path != ".lock"} == before


def plant(root: Path, environment: str, name: str, rows: pa.Table) -> None:
    """Somebody's own table where one of the log goes."""
    root.mkdir(exist_ok=True)
    if environment == "lakehouse":
        write_deltalake(str(root / "Tables" / name), rows)
        return
    with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA IF NOT EXISTS config")
        connection.execute(f"CREATE TABLE config.{name} AS FROM rows")


@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
@pytest.mark.parametrize("name", [LOG, "config_synthetic_data_generation_jobs"])
def test_a_log_is_known_by_its_rows(plan_of: Make, tmp_path: Path, environment: str, name: str) -> None:
    """One with the very columns of ours is refused where its rows are none of runs; what earlier versions wrote goes on."""
    root, job = tmp_path / "out", "20240229T123000-0123abcd"
    plant(root, environment, name, rows_of_log(name, job_id="mine"))
    with pytest.raises(ForeignError, match=f"{name} is a .*table that no run is known to have written"):
        run(plan(plan_of, "csv", environment), datasets=())
    shutil.rmtree(root)
    for each in NAMES:
        values = {"job_id": job, "log_id": job, "dataset_id": "mine"}
        plant(root, environment, each, rows_of_log(each, **values))
    for _ in range(2):
        done(plan(plan_of, "csv", environment))
    assert query(root, f"SELECT count(*) AS n FROM {name}").to_pylist() == [{"n": 3}]


@pytest.mark.parametrize("what", ["view", "features"])
def test_what_the_log_cannot_be_added_to_is_refused(plan_of: Make, tmp_path: Path, what: str) -> None:
    """Before anything is written."""
    root = tmp_path / "out"
    if what == "view":
        root.mkdir()
        with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
            connection.execute(f"CREATE SCHEMA config; CREATE VIEW config.{LOG} AS SELECT 42 AS x")
    else:
        write_deltalake(str(root / "Tables" / LOG), rows_of_log(LOG), configuration={"delta.enableChangeDataFeed": "true"})
    with pytest.raises(ForeignError, match=f"{LOG} is a (view|Delta table with features)"):
        run(plan(plan_of, "csv", "warehouse" if what == "view" else "lakehouse"), datasets=())
    assert not (root / "Files").exists()


def commit(log: Path) -> Path:
    """The newest commit of a Delta table's log."""
    return max(log.glob("*.json"))


@pytest.mark.parametrize("name", [LOG, "config_synthetic_data_datasets"])
@pytest.mark.parametrize("where", ["above", "absolute", "link", "pipe", "folder", "commit is a link", "commit is a pipe"])
def test_a_log_that_leads_elsewhere_is_refused(plan_of: Make, tmp_path: Path, name: str, where: str) -> None:
    """Its Delta log may name plain files of its folder alone; nothing else is read, waited for, or added to."""
    info = DatasetConfigurationRepository().list()
    assert run(plan(plan_of), datasets=info).status == "COMPLETED"
    root = tmp_path / "out"
    folder, last = root / "Tables" / name, commit(root / "Tables" / name / "_delta_log")
    (part,) = folder.glob("*.parquet")
    outside = tmp_path / part.name
    if where.startswith("commit"):
        last.rename(outside)
        last.symlink_to(outside) if where.endswith("link") else os.mkfifo(last)
    elif where in ("above", "absolute"):
        path = f"../../../{part.name}" if where == "above" else str(outside)
        part.rename(outside)
        last.write_text(last.read_text().replace(f'"path":"{part.name}"', f'"path":"{path}"'))
    else:
        part.rename(outside)
        make: dict[str, Callable[[], None]] = {"link": lambda: part.symlink_to(outside), "pipe": lambda: os.mkfifo(part)}
        make.get(where, part.mkdir)()
    before = sorted(path for path in root.rglob("*"))
    with pytest.raises((PlaceError, ForeignError), match=f"{name} .*which is not a plain file"):
        run(plan(plan_of), datasets=info)
    assert sorted(path for path in root.rglob("*")) == before


def test_broken_manifests_claim_nothing(plan_of: Make, tmp_path: Path) -> None:
    """Whatever lies in the folder of manifests, runs work on, and what only it names is not replaced."""
    done(plan(plan_of, "csv"))
    folder = tmp_path / "out" / ".manifests"
    junk = {
        "a": "[" * 50_000,
        "b": "{",
        "c": "null",
        "d": '{"tables": 5, "earlier": {}}',
        "e": '{"tables": [{"files": [{"path": 3}, 4]}, 5]}',
        "g": json.dumps({"earlier": [f"Files/{DATASET}/orders/mine.csv"]}),
    }
    for name, text in junk.items():
        (folder / f"{name}.json").write_text(text)
    (folder / "f.json").mkdir()
    mine = tmp_path / "out" / "Files" / DATASET / "orders" / "mine.csv"
    mine.write_text("mine")
    with pytest.raises(ForeignError, match=r"mine\.csv"):
        run(plan(plan_of, "csv"))
    mine.unlink()
    done(plan(plan_of, "csv"))
    assert all((folder / f"{name}.json").read_text() == text for name, text in junk.items())
    next(folder.glob("retail*")).unlink()
    with pytest.raises(SyntheticDataError, match="is not known to be written by a run"):
        run(plan(plan_of, "csv"))


def test_if_exists_fail_names_what_is_there(plan_of: Make, tmp_path: Path) -> None:
    """Also where it is a file."""
    (tmp_path / "out" / "Files" / DATASET).mkdir(parents=True)
    (tmp_path / "out" / "Files" / DATASET / "orders").write_text("mine")
    with pytest.raises(ExistsError, match="orders exists"):
        run(plan(plan_of, "csv", output_settings__if_exists="fail"))
