"""Datasets on disk: what stands is used where it is what was asked for, and everything else is written once, beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data import (
    InputError,
    ParameterError,
    PlaceError,
    RunError,
    SyntheticDataGenerator,
    UnknownNameError,
    WrittenDataset,
    make_plan,
    resolve_parameters,
    run_job,
    written_dataset,
)
from ingen_fab.synthetic_data.core.plan.kept import planned_series
from ingen_fab.synthetic_data.core.run.manifest import manifests
from ingen_fab.synthetic_data.core.run.series import run_series

Asked = Callable[..., WrittenDataset]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where datasets are asked for; it is not there yet."""
    return tmp_path / "data"


@pytest.fixture
def asked(place: Path) -> Asked:
    """A dataset on disk, by the arguments of the generator."""

    def ask(*arguments: Any, **named: Any) -> WrittenDataset:
        return written_dataset(SyntheticDataGenerator(*arguments, **named).resolved, place)

    return ask


def standing(place: Path, **settings: Any) -> str:
    """The id of a run of a hundred orders to a place."""
    given = {"target_rows": 100, "output_settings.output_dir": str(place), **{k.replace("__", "."): v for k, v in settings.items()}}
    done = run_job(make_plan(resolve_parameters("retail_oltp_small", flags=given)), check=False).run
    assert done.status == "COMPLETED"
    return done.run_id


def test_it_holds_what_the_generator_computes(asked: Asked, place: Path) -> None:
    """In files and in views, under the table's name alone and with its schema."""
    found = asked("retail_oltp_small", target_rows=100, seed=7)
    orders = SyntheticDataGenerator("retail_oltp_small", target_rows=100, seed=7).arrow()["orders"]
    assert (found.storage, found.seed, found.tables[0], found.rows["orders"]) == ("parquet", 7, "products", 100)
    assert [path.relative_to(found.root).as_posix() for path in found.files("orders")] == ["Files/retail_oltp_small/orders/data.parquet"]
    assert found.root.parent == place
    assert repr(found) == f"<WrittenDataset of retail_oltp_small: 6 tables, seed 7, parquet under {found.root}>"
    total = sum(orders["total_amount"].to_pylist())
    with found.connect() as connection:
        for name in ("orders", "retail_oltp_small.orders"):
            assert connection.execute(f"SELECT count(*), sum(total_amount) FROM {name}").fetchall() == [(100, total)]


def test_paths_are_a_wish_like_any_other(asked: Asked) -> None:
    """A dataset under a pattern is not one without, holds the same rows, and is written once."""
    given = {"output_settings": {"path_format": "hive_partitioned"}, "history": {"start": "2024-03-01", "end": "2024-03-04"}}
    plain, hive = (asked("retail_oltp_small", 40, parameters={**given, "output_settings": more}) for more in ({}, given["output_settings"]))
    assert plain.root != hive.root
    assert [path.parent.name for path in hive.files("orders")] == ["day=01", "day=02", "day=03", "day=04"]
    with plain.connect() as one, hive.connect() as other:
        sql = "SELECT count(*), sum(total_amount) FROM orders"
        assert one.execute(sql).fetchall() == other.execute(sql).fetchall()
    assert asked("retail_oltp_small", 40, parameters=given) == hive


@pytest.mark.slow
def test_connections_are_apart(asked: Asked) -> None:
    """What one makes or changes, no other sees, and the files stay as they were."""
    found = asked("retail_oltp_small", target_rows=50)
    before = {path: path.read_bytes() for path in found.root.rglob("*.parquet")}
    with found.connect() as one, found.connect() as other:
        one.execute("CREATE TABLE mine AS SELECT * FROM orders")
        one.execute("DROP VIEW orders")
        assert other.execute("SELECT count(*) FROM orders").fetchall() == [(50,)]
        assert other.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'mine'").fetchall() == [(0,)]
    assert {path: path.read_bytes() for path in found.root.rglob("*.parquet")} == before


@pytest.mark.slow
def test_it_is_written_once(asked: Asked, place: Path) -> None:
    """Eight that ask at once get one run's files; whatever rows follow from has a folder of its own."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: asked("retail_oltp_small", target_rows=50), range(8)))
    assert len({each.root for each in found}) == 1
    (noted,) = manifests(found[0].root)
    others = [
        asked("retail_oltp_small", target_rows=51),
        asked("retail_oltp_small", target_rows=50, seed=1),
        asked("retail_oltp_small", target_rows=50, tables=["orders"]),
        asked("retail_oltp_small", target_rows=50, as_of=date(2025, 3, 1)),
        asked("retail_oltp_small", target_rows=50, parameters={"output_settings.output_mode": "csv"}),
    ]
    assert len({each.root for each in (found[0], *others)}) == 6
    assert asked("retail_oltp_small", target_rows=50) == found[0]
    assert [each.run_id for each in manifests(found[0].root)] == [noted.run_id]
    assert not list(place.glob("Files"))


def test_what_was_written_needs_no_lock(asked: Asked, place: Path) -> None:
    """So that it is found where nothing can be written; anything else is refused there by name."""
    found = asked("retail_oltp_small", target_rows=50)
    lock = place / f"{found.root.name}.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    assert asked("retail_oltp_small", target_rows=50) == found
    found.files("orders")[0].unlink()
    with pytest.raises(PlaceError, match="cannot be used"):
        asked("retail_oltp_small", target_rows=50)


def test_what_has_gone_is_written_again(asked: Asked) -> None:
    """Where a file of it is missing."""
    found = asked("retail_oltp_small", target_rows=50)
    found.files("orders")[0].unlink()
    assert asked("retail_oltp_small", target_rows=50).files("orders")[0].is_file()


def test_what_stands_is_used_as_it_is(asked: Asked, place: Path) -> None:
    """As long as it agrees with every setting that was asked for, whatever the others are; nothing is written then."""
    standing(place, seed_value=17, output_settings__output_mode="csv")
    before = sorted(place.rglob("*"))
    for wishes in ({}, {"target_rows": 100}, {"seed": 17}, {"tables": ["orders", "customers"]}, {"target_rows": 100, "scale_factor": 1.0}):
        found = asked("retail_oltp_small", **wishes)
        assert (found.root, found.storage, found.seed, found.rows["orders"]) == (place, "csv", 17, 100)
    assert sorted(place.rglob("*")) == before
    with found.connect() as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchall() == [(100,)]


@pytest.mark.parametrize(
    "wishes",
    [
        {"seed": 42},
        {"target_rows": 60},
        {"scale_factor": 0.5},
        {"as_of": date(2025, 3, 1)},
        {"parameters": {"output_settings.output_mode": "parquet"}},
        {"parameters": {"distributions.customer_age": {"type": "normal", "mean": 40, "stddev": 5, "min": 18, "max": 95}}},
    ],
)
def test_what_stands_otherwise_is_left_alone(asked: Asked, place: Path, wishes: dict[str, Any]) -> None:
    """A setting that it does not have is neither ignored, nor is what stands replaced."""
    run = standing(place, seed_value=17, output_settings__output_mode="csv")
    found = asked("retail_oltp_small", **{"target_rows": 50, **wishes})
    assert found.root.parent == place
    assert found.rows["orders"] == (25 if "scale_factor" in wishes else wishes.get("target_rows", 50))
    assert [noted.run_id for noted in manifests(place)] == [run]


@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
def test_tables_that_stand_are_used(asked: Asked, place: Path, environment: str) -> None:
    """Delta tables have files, tables of the warehouse have none."""
    standing(place, output_settings__target_environment=environment)
    found = asked("retail_oltp_small")
    assert (found.root, found.storage) == (place, "delta" if environment == "lakehouse" else "warehouse")
    with found.connect() as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchall() == [(100,)]
    if environment == "lakehouse":
        assert all(path.is_file() for path in found.files("orders"))
    else:
        with pytest.raises(InputError, match=r"`orders` lies in .*warehouse.duckdb, and has no files of its own: ask it by `connect\(\)`"):
            found.files("orders")


def test_days_that_stand_are_no_dataset(asked: Asked, place: Path) -> None:
    """What a series brings holds some days, and some rows twice: a dataset is written beside it."""
    flags = {"output_settings.output_dir": str(place), "incremental_config.rows_per_day": 20}
    series, _ = planned_series("retail_oltp_small_incremental", date(2024, 3, 1), date(2024, 3, 3), flags=flags)
    assert run_series(series).status == "COMPLETED"
    found = asked("retail_oltp_small_incremental", parameters={"incremental_config.rows_per_day": 1})
    assert found.root.parent == place
    assert found.rows["orders"] == 731


def test_own_datasets_by_what_they_say(asked: Asked, tmp_path: Path) -> None:
    """A changed file is another dataset."""
    text = "dataset_id: shop\ntables: {customers: {columns: {customer_id: key, name: {kind: pool, pool: last_names}, joined_at: begin}}}\n"
    own = tmp_path / "own"
    own.mkdir()
    (own / "shop.yaml").write_text(text)
    found = asked("shop", target_rows=30, datasets=[own])
    assert found.rows == {"customers": 30}
    assert asked("shop", target_rows=30, datasets=[own]) == found
    (own / "shop.yaml").write_text(text.replace("last_names", "first_names"))
    assert asked("shop", target_rows=30, datasets=[own]).root != found.root


def test_what_cannot_be_asked_for(asked: Asked, place: Path) -> None:
    """One sentence each."""
    with pytest.raises(ParameterError, match=r"output_settings\.output_dir: the dataset lies where it is asked for: leave it out"):
        asked("retail_oltp_small", parameters={"output_settings.output_dir": "elsewhere"})
    with pytest.raises(UnknownNameError, match="did you mean `orders`"):
        asked("retail_oltp_small", target_rows=50).files("order")
    (place / "file").write_text("")
    with pytest.raises(PlaceError, match=r"file cannot be used \(.*\): choose another folder"):
        written_dataset(SyntheticDataGenerator("retail_oltp_small", target_rows=50).resolved, place / "file")


def test_ctrl_c_stops_whoever_asks(place: Path) -> None:
    """Not this dataset alone; and nothing of it is left that would be taken for one."""
    code = f"""
import os, signal, threading
from pathlib import Path
from ingen_fab.synthetic_data import resolve_parameters, written_dataset
place = Path({str(place)!r})
def stop():
    while not list(place.glob("*/.staging/*/new/orders")):
        pass
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=stop, daemon=True).start()
try:
    settings = {{"target_rows": 2_000_000, "generation_settings": {{"mode": "python"}}}}
    written_dataset(resolve_parameters("retail_oltp_small", edited=settings), place)
except KeyboardInterrupt:
    print("stopped")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "stopped\n"
    (root,) = place.glob("retail_oltp_small-*/")
    assert not manifests(root)
    assert not list(root.glob("Files/**/*.parquet"))


def test_files_that_went_meanwhile_are_named(asked: Asked) -> None:
    """When a connection is asked for."""
    found = asked("retail_oltp_small", target_rows=50)
    for path in found.files("orders"):
        os.unlink(path)
    with pytest.raises(RunError, match=f"`orders` under {found.root} cannot be read: .*data.parquet does not exist"):
        found.connect()
