"""Publications that were cut are finished, those that fail are undone, and what others put into `.staging` stays harmless."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import PlaceError, SyntheticDataError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run import publish
from ingen_fab.synthetic_data.core.run.publish import STAGING, is_cut, locked, recover
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run

ID = "20240101T000000-dead0000"


def manifest(**more: Any) -> str:
    """The text of a manifest."""
    told = {"run_id": "20230101T000000-beef0000", "dataset_id": "shop", "spec_hash": "", "as_of": "2023-01-01"}
    return json.dumps({**told, "window": ["2022-01-01", "2023-01-01"], "parameters": {}, "tables": [], **more})


NEW = manifest(run_id=ID)
FILES = [{"name": "data.csv", "bytes": 8}]
STEPS: list[dict[str, Any]] = [
    {"kind": "folder", "table": "orders", "files": FILES},
    {"kind": "folder", "table": "items_", "files": FILES},
    {"kind": "manifest", "name": "shop-lakehouse-csv.json", "sha256": sha256(NEW.encode()).hexdigest()},
]


def staged_run(root: Path, text: str = "") -> Path:
    """What a run leaves that died right after it wrote its journal."""
    staged = root / STAGING / ID
    for name in ("orders", "items_"):
        (staged / "new" / name).mkdir(parents=True)
        (staged / "new" / name / "data.csv").write_text(f"new {name[:4]}")
    (staged / "manifests" / "new").mkdir(parents=True)
    (staged / "manifests" / "new" / "shop-lakehouse-csv.json").write_text(NEW)
    (staged / "publish.json").write_text(text or json.dumps({"schema_name": "shop", "steps": STEPS}))
    return staged


def old_run(root: Path) -> None:
    """Two tables, and the manifest that names their files."""
    paths = [f"Files/shop/{name}/old.csv" for name in ("orders", "items_")]
    for path in paths:
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text("old")
    (root / ".manifests").mkdir()
    (root / ".manifests" / "shop-lakehouse-csv.json").write_text(manifest(earlier=paths))


def files(root: Path) -> list[str]:
    """Names of all files of the tables."""
    return sorted(path.name for path in (root / "Files").rglob("*") if path.is_file())


def test_a_cut_publication_is_finished(tmp_path: Path) -> None:
    """All tables and the manifest are there afterwards, old files are gone and staging is empty."""
    old_run(tmp_path)
    staged = staged_run(tmp_path)
    assert is_cut(tmp_path)
    assert recover(tmp_path) == [f"finished publishing run {ID}, which had been interrupted"]
    assert files(tmp_path) == ["data.csv", "data.csv"]
    assert (tmp_path / ".manifests" / "shop-lakehouse-csv.json").read_text() == NEW
    assert not staged.exists()
    assert recover(tmp_path) == []


def test_unfinished_staging_is_removed(tmp_path: Path) -> None:
    """Without a journal nothing of a run becomes visible."""
    staged = staged_run(tmp_path)
    (staged / "publish.json").unlink()
    assert recover(tmp_path) == [f"removed the unfinished output of run {ID}"]
    assert not (tmp_path / "Files").exists()
    assert not staged.exists()


@pytest.mark.parametrize("lost", ["orders", "items_"])
@pytest.mark.parametrize("how", ["gone", "shorter"])
def test_a_staged_part_that_is_lost_is_an_error(tmp_path: Path, lost: str, how: str) -> None:
    """The sentence names the file, and the tables are as they were."""
    old_run(tmp_path)
    staged = staged_run(tmp_path)
    part = staged / "new" / lost / "data.csv"
    part.unlink()
    if how == "shorter":
        part.write_text("n")
    (told,) = recover(tmp_path)
    assert "cannot be published" in told
    assert f"{lost}/data.csv" in told
    assert "nothing of this run was published" in told
    assert files(tmp_path) == ["old.csv", "old.csv"]
    assert "old.csv" in (tmp_path / ".manifests" / "shop-lakehouse-csv.json").read_text()
    assert list((tmp_path / STAGING).iterdir()) == []


def test_foreign_files_stop_a_recovery(tmp_path: Path) -> None:
    """A file that no manifest names is never removed, by the journal of a dead run either."""
    old_run(tmp_path)
    staged_run(tmp_path)
    (tmp_path / "Files" / "shop" / "items_" / "thesis.docx").write_text("years of work")
    (told,) = recover(tmp_path)
    assert "thesis.docx" in told
    assert files(tmp_path) == ["old.csv", "old.csv", "thesis.docx"]


def hostile(outside: Path) -> dict[str, str]:
    """Journals that no run of ours writes."""
    steps = {
        "path": {"kind": "manifest", "name": f"../../{outside.name}/planted.json", "sha256": None},
        "absolute": {"kind": "manifest", "name": str(outside / "planted.json"), "sha256": None},
        "old words": {"kind": "manifest", "to": str(outside / "planted"), "text": "x"},
        "table": {"kind": "folder", "table": "../../outside", "files": FILES},
        "file": {"kind": "folder", "table": "orders", "files": [{"name": "../x", "bytes": 1}]},
        "kind": {"kind": "remove", "table": "orders"},
        "no kind": {"kind": ["folder"], "table": "orders", "files": FILES},
        "no file": {"kind": "folder", "table": "orders", "files": []},
        "number": {"kind": "folder", "table": "orders", "files": [{"name": "data.csv", "bytes": "8"}]},
    }
    texts = {name: json.dumps({"schema_name": "shop", "steps": [step]}) for name, step in steps.items()}
    texts |= {
        "schema": json.dumps({"schema_name": "..", "steps": STEPS}),
        "cut": '{"schema_name": "sh',
        "deep": "[" * 100_000,
        "list": "[]",
    }
    return texts | {"null": "null", "bytes": "\udcff"}


@pytest.mark.parametrize("name", list(hostile(Path("/outside"))))
def test_hostile_journals_are_set_aside(plan_of: Callable[..., Plan], tmp_path: Path, name: str) -> None:
    """Nothing outside the root is touched, a sentence says where the journal went, and the root works on."""
    outside, root = tmp_path / "outside", tmp_path / "out"
    outside.mkdir()
    root.mkdir()
    staged = staged_run(root, "x")
    (staged / "publish.json").write_bytes(hostile(outside)[name].encode(errors="surrogateescape"))
    (told,) = recover(root)
    assert told.startswith(f"{ID} was set aside as ")
    assert (root / STAGING / f"broken-{ID}").is_dir()
    assert list(outside.iterdir()) == []
    assert recover(root) == []
    assert run(plan_of("retail_oltp_small", target_rows=5, output_settings__output_mode="csv")).status == "COMPLETED"


@pytest.mark.parametrize("link", ["new", "old", "new/orders", "manifests", "manifests/new", "new/orders/data.csv"])
def test_links_in_what_was_staged_lead_nowhere(tmp_path: Path, link: str) -> None:
    """A journal whose folders are links moves nothing into the root, and nothing out of it."""
    outside, root = tmp_path / "outside", tmp_path / "out"
    old_run(root)
    staged = staged_run(root)
    place = staged / link
    kept = outside / "kept"
    kept.parent.mkdir()
    if place.exists():
        place.rename(kept)
    else:
        kept.mkdir()
    place.symlink_to(kept)
    before = sorted(str(path.relative_to(outside)) for path in outside.rglob("*"))
    (told,) = recover(root)
    assert told.startswith(f"{ID} was set aside as ")
    assert f": {link} in it is neither a folder nor a file" in told
    assert sorted(str(path.relative_to(outside)) for path in outside.rglob("*")) == before
    assert files(root) == ["old.csv", "old.csv"]


def test_files_that_no_step_lists_stop_a_recovery(tmp_path: Path) -> None:
    """What a run did not stage does not become a part of a table."""
    old_run(tmp_path)
    (staged_run(tmp_path) / "new" / "orders" / "more.csv").write_text("planted")
    (told,) = recover(tmp_path)
    assert "holds files that its run did not write" in told
    assert files(tmp_path) == ["old.csv", "old.csv"]


def test_manifests_whose_tables_stay_are_not_removed(tmp_path: Path) -> None:
    """A planted step takes no claim away."""
    old_run(tmp_path)
    named = tmp_path / ".manifests" / "shop-lakehouse-parquet.json"
    named.write_text(manifest(tables=[{"name": "visits", "files": [{"path": "Files/shop/visits/data.parquet"}]}]))
    steps = [{"kind": "manifest", "name": named.name, "sha256": None}]
    staged_run(tmp_path, json.dumps({"schema_name": "shop", "steps": steps}))
    (told,) = recover(tmp_path)
    assert "names tables that stay" in told
    assert named.exists()


def test_what_is_no_manifest_is_not_replaced(tmp_path: Path) -> None:
    """Somebody else's file of a manifest's name stops a recovery."""
    old_run(tmp_path)
    named = tmp_path / ".manifests" / "shop-lakehouse-csv.json"
    text = named.read_text()
    staged_run(tmp_path)
    named.write_text("my notes")
    (told,) = recover(tmp_path)
    assert "is not known to be written by a run" in told or "is not a manifest of a run" in told
    assert named.read_text() == "my notes"
    assert text


def test_foreign_tables_stop_a_recovery(tmp_path: Path) -> None:
    """Tables that no run wrote, in the warehouse or of Delta, are replaced by no journal, planted or not."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq
    from deltalake import DeltaTable, write_deltalake

    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("CREATE SCHEMA shop; CREATE TABLE shop.orders AS SELECT 42 AS mine")
    folder = tmp_path / "Tables" / "shop" / "orders"
    folder.mkdir(parents=True)
    write_deltalake(str(folder), pa.table({"mine": [42]}))
    for kind in ("warehouse", "delta"):
        staged = tmp_path / STAGING / ID
        (staged / "new" / "orders").mkdir(parents=True)
        part = staged / "new" / "orders" / f"part-{ID}.parquet"
        pq.write_table(pa.table({"mine": [1]}), part)
        loaded = {"table": "orders", "files": [{"name": part.name, "bytes": part.stat().st_size}]}
        step = {"kind": "delta", **loaded, "before": 0}
        if kind == "warehouse":
            step = {"kind": "warehouse", "tables": [loaded], "memory": 1 << 26, "spill": False}
        (staged / "publish.json").write_text(json.dumps({"schema_name": "shop", "steps": [step]}))
        (told,) = recover(tmp_path)
        assert "orders is " in told
        assert "known to" in told
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        assert connection.execute("FROM shop.orders").fetchall() == [(42,)]
    assert DeltaTable(str(folder)).to_pyarrow_table().column("mine").to_pylist() == [42]


@pytest.mark.parametrize(
    "step",
    [
        {"kind": "folder", "how": "merge", "files": [{"name": f"part-{ID}.csv", "bytes": 3}], "gone": ["mine.csv"]},
        {"kind": "folder", "how": "append", "files": [{"name": "mine.csv", "bytes": 9}]},
        {"kind": "folder", "how": "append", "files": [{"name": f"part-{ID}.csv", "bytes": 9}]},
        {"kind": "delta", "before": None, "files": [{"name": "mine.csv", "bytes": 3}]},
        {"kind": "delta", "before": None, "files": [{"name": f"part-{ID}.parquet", "bytes": 3}]},
    ],
    ids=["merge", "append another's", "append nothing", "delta of another's", "delta of nothing"],
)
def test_planted_steps_take_nothing_away(tmp_path: Path, step: dict[str, Any]) -> None:
    """Neither when they are done nor when they are undone: files and logs of others lie where they lay."""
    top = tmp_path / ("Files" if step["kind"] == "folder" else "Tables") / "shop" / "orders"
    (top / "_delta_log").mkdir(parents=True)
    mine = [top / "mine.csv", top / "_delta_log" / f"{0:020}.json"]
    for file in mine:
        file.write_text("old")
    staged = tmp_path / STAGING / ID
    (staged / "new" / "orders").mkdir(parents=True)
    (staged / "new" / "orders" / f"part-{ID}.csv").write_text("new")
    (staged / "publish.json").write_text(json.dumps({"schema_name": "shop", "steps": [{"table": "orders", **step}]}))
    (told,) = recover(tmp_path)
    assert "cannot be published" in told
    assert [file.read_text() for file in mine] == ["old", "old"]


def test_what_no_run_leaves_is_set_aside(tmp_path: Path) -> None:
    """Folders of other names, and links, with a journal or without one: nothing in them is removed."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep").write_text("mine")
    (outside / "publish.json").write_text(json.dumps({"schema_name": "", "steps": []}))
    root = tmp_path / "out"
    (root / STAGING / "z").mkdir(parents=True)
    (root / STAGING / "z" / "publish.json").write_text("[]")
    (root / STAGING / ID).symlink_to(outside)
    assert not is_cut(root)
    told = recover(root)
    assert len(told) == 2
    assert all("was set aside" in sentence for sentence in told)
    assert sorted(path.name for path in outside.iterdir()) == ["keep", "publish.json"]
    assert recover(root) == []


@pytest.mark.parametrize("name", [STAGING, ".manifests", "Tables", "Files", ".lock", "warehouse.duckdb"])
@pytest.mark.parametrize("kind", ["link", "other"])
def test_links_and_odd_things_are_refused_by_name(tmp_path: Path, name: str, kind: str) -> None:
    """A link that leads elsewhere, or a file for a folder: untouched, and named in the sentence."""
    root, outside = tmp_path / "out", tmp_path / "outside"
    root.mkdir()
    (outside / ID).mkdir(parents=True)
    if kind == "link":
        (root / name).symlink_to(outside)
    elif name in (".lock", "warehouse.duckdb"):
        (root / name).mkdir()
    else:
        (root / name).write_text("file")
    with pytest.raises(PlaceError, match=f"{name} is a "), locked(root):
        recover(root)
    assert [path.name for path in outside.iterdir()] == [ID]


def test_a_pipe_for_a_lock_is_refused(tmp_path: Path) -> None:
    """It is not waited for."""
    os.mkfifo(tmp_path / ".lock")
    with pytest.raises(PlaceError, match="is a pipe"), locked(tmp_path):
        pass


@pytest.mark.parametrize("stale", ["12345", "no number", "folder", "link"])
def test_the_lock_is_given_back(tmp_path: Path, stale: str) -> None:
    """One run after another may hold the root, whatever a dead one left in the place of the holder's name."""
    root = tmp_path / "out"
    for _ in range(2):
        with locked(root):
            assert (root / STAGING / "holder").read_text() == str(os.getpid())
    assert not (root / STAGING).exists()
    (root / STAGING).mkdir()
    holder = root / STAGING / "holder"
    if stale == "folder":
        holder.mkdir()
    elif stale == "link":
        (tmp_path / "mine").write_text("mine")
        holder.symlink_to(tmp_path / "mine")
    else:
        holder.write_text(stale)
    with locked(root):
        recover(root)
    if stale == "link":
        assert (tmp_path / "mine").read_text() == "mine"


def test_a_warehouse_that_cannot_be_opened(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A file that is no DuckDB database fails the run with a sentence, and leaves nothing behind."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "warehouse.duckdb").write_text("no database " * 1_000)
    plan = plan_of("retail_oltp_small", target_rows=50, output_settings__target_environment="warehouse")
    with pytest.raises(SyntheticDataError, match="cannot be opened"):
        run(plan)
    assert not (tmp_path / "out" / STAGING).exists()
    assert run(plan_of("retail_oltp_small", target_rows=50)).status == "COMPLETED"


@pytest.mark.slow
@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
@pytest.mark.parametrize("mode", ["table", "csv"])
def test_a_publication_that_fails_is_undone(
    plan_of: Callable[..., Plan], tmp_path: Path, environment: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the last step fails, after all tables went out, the ones of the run before are there again and may be replaced."""

    def plan(seed: int) -> Plan:
        where = {"output_settings__target_environment": environment, "output_settings__output_mode": mode}
        return plan_of("retail_oltp_small", target_rows=20, seed_value=seed, **where)

    def rows() -> list[Any]:
        return query(tmp_path / "out", "SELECT * FROM retail_oltp_small.orders ORDER BY 1").to_pylist()

    assert run(plan(1)).status == "COMPLETED"
    before = rows()
    lost = "manifests/new" if mode == "csv" or environment == "lakehouse" else "new/orders"
    real = publish.write_whole

    def losing(path: Path, text: str) -> None:
        real(path, text)
        if path.name == "publish.json":
            shutil.rmtree(path.parent / lost)

    monkeypatch.setattr(publish, "write_whole", losing)
    result = run(plan(2))
    assert result.status == "FAILED"
    assert "nothing of this run was published" in result.message
    assert rows() == before
    monkeypatch.setattr(publish, "write_whole", real)
    assert run(plan(3)).status == "COMPLETED"
    assert rows() != before
    assert not (tmp_path / "out" / STAGING).exists()
