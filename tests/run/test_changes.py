"""Rows that are added to what stands, or merged with it: through the core, for the days of a series."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from ingen_fab.synthetic_data.core.errors import RunError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.validate import validate_output
from ingen_fab.synthetic_data.core.run import actions
from ingen_fab.synthetic_data.core.run.journal import How
from ingen_fab.synthetic_data.core.run.publish import recover
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.root import locked
from ingen_fab.synthetic_data.core.run.run import run

pytestmark = pytest.mark.slow

CLINIC = """
dataset_id: clinic
tables:
  people: {columns: {person_id: key, joined_at: begin}}
  visits: {rows: events, columns: {visit_id: key, person_id: {kind: reference, to: people}, visited_at: begin}}
"""
HOW: dict[str, How] = {"visits": "append", "people": "merge"}
PLACES = [(e, m) for e in ("lakehouse", "warehouse") for m in ("table", "csv")] + [("lakehouse", "parquet")]


class Crash(SystemExit):
    """The end of a process: nothing is put back."""


def series(own_plan: Callable[..., Plan], environment: str, mode: str) -> tuple[Plan, Plan, Plan]:
    """The first days, the days after them, and all of them at once."""
    where = {"output_settings__target_environment": environment, "output_settings__output_mode": mode, "target_rows": 200}
    start, end = own_plan(CLINIC, **where).window
    cut = start + timedelta(days=(end - start).days // 2)
    first = own_plan(CLINIC, window=(start, cut), as_of=cut, **where)
    return first, own_plan(CLINIC, window=(cut + timedelta(days=1), end), as_of=end, **where), own_plan(CLINIC, **where)


def rows(root: Path) -> dict[str, list[str]]:
    """Of all tables."""
    return {name: [str(row) for row in query(root, f"SELECT * FROM clinic.{name} ORDER BY 1").to_pylist()] for name in HOW}


def manifest(root: Path) -> dict[str, Any]:
    """The tables of the only manifest."""
    (file,) = (root / ".manifests").glob("*.json")
    return {table["name"]: table for table in json.loads(file.read_text())["tables"]}


def crash(*_: Any) -> None:
    """A step at which the process ends."""
    raise Crash


@pytest.mark.parametrize(("environment", "mode"), PLACES)
def test_days_join_those_that_stand(own_plan: Callable[..., Plan], tmp_path: Path, environment: str, mode: str) -> None:
    """Events are added and entities merged: what stands then is what one run of all days writes."""
    root = tmp_path / "out"
    first, second, whole = series(own_plan, environment, mode)
    assert run(whole).status == "COMPLETED"
    wanted, told = rows(root), manifest(root)
    assert run(first).status == "COMPLETED"
    before = rows(root)
    assert all(len(before[name]) < len(wanted[name]) for name in HOW)
    result = run(second, how=HOW)
    assert result.status == "COMPLETED", result.message
    assert rows(root) == wanted
    found = manifest(root)
    for name in HOW:
        assert found[name]["rows"] == told[name]["rows"]
        if environment == "lakehouse" or mode == "csv":
            assert all((root / file["path"]).is_file() for file in found[name]["files"])
            assert sum(file["rows"] for file in found[name]["files"]) == found[name]["rows"]
    assert found["visits"]["digest"] == told["visits"]["digest"]
    # All of it is known to be ours, and so may be replaced.
    assert run(whole).status == "COMPLETED"
    assert rows(root) == wanted
    assert validate_output(root).passed


@pytest.mark.parametrize(("environment", "mode"), PLACES)
def test_each_step_may_be_done_twice(
    own_plan: Callable[..., Plan], tmp_path: Path, environment: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A publication that is cut before or after any of its steps is finished by the next run, and nothing is added twice."""
    root = tmp_path / "out"
    first, second, whole = series(own_plan, environment, mode)
    assert run(whole).status == "COMPLETED"
    wanted = rows(root)
    done = dict(actions.DO)
    undone = dict(actions.UNDO)
    steps = 2 if environment == "warehouse" and mode == "table" else 3
    for cut in range(2 * steps):
        assert run(first).status == "COMPLETED"
        count = [0]

        def step(kind: str, cut: int = cut, count: list[int] = count) -> Callable[[Any, Any], None]:
            def work(place: Any, told: Any) -> None:
                if count[0] == cut:
                    raise Crash
                done[kind](place, told)
                if count[0] + 1 == cut:
                    raise Crash
                count[0] += 2

            return work

        for kind in done:
            monkeypatch.setitem(actions.DO, kind, step(kind))
            monkeypatch.setitem(actions.UNDO, kind, crash)
        with pytest.raises(Crash):
            run(second, how=HOW)
        for known, own in ((actions.DO, done), (actions.UNDO, undone)):
            for kind, action in own.items():
                monkeypatch.setitem(known, kind, action)
        with locked(root):
            assert any("finished publishing" in sentence for sentence in recover(root)), cut
        assert rows(root) == wanted, cut
        assert not (root / ".staging").exists()


@pytest.mark.parametrize(("environment", "mode"), PLACES)
def test_a_change_that_fails_is_undone(
    own_plan: Callable[..., Plan], tmp_path: Path, environment: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the last step fails, the rows are those of before, except those of a warehouse, which is told."""
    root = tmp_path / "out"
    first, second, _ = series(own_plan, environment, mode)
    assert run(first).status == "COMPLETED"
    before = rows(root)

    def fails(*_: Any) -> None:
        raise RunError("the disk is gone")

    monkeypatch.setitem(actions.DO, "manifest", fails)
    result = run(second, how=HOW)
    assert result.status == "FAILED"
    if environment == "warehouse" and mode == "table":
        assert "the warehouse, which holds the new tables" in result.message
    else:
        assert "nothing of this run was published" in result.message
        assert rows(root) == before


@pytest.mark.parametrize("mode", ["table", "csv", "parquet"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_merging_reads_plain_files_alone(own_plan: Callable[..., Plan], tmp_path: Path, mode: str, kind: str) -> None:
    """A link, or a pipe, in the place of a file that a run wrote is named; nothing changes where it leads."""
    first, second, _ = series(own_plan, "lakehouse", mode)
    assert run(first).status == "COMPLETED"
    (entry,) = manifest(tmp_path / "out")["people"]["files"]
    file, outside = tmp_path / "out" / entry["path"], tmp_path / "outside"
    file.rename(outside)
    file.symlink_to(outside) if kind == "link" else os.mkfifo(file)
    before = outside.read_bytes()
    result = run(second, how=HOW)
    assert result.status == "FAILED"
    assert f"{file.name}" in result.message
    assert "not a plain file" in result.message
    assert outside.read_bytes() == before


def test_rows_join_only_their_own(own_plan: Callable[..., Plan], tmp_path: Path) -> None:
    """What another seed has made is not added to."""
    where = {"output_settings__output_mode": "csv", "target_rows": 20}
    assert run(own_plan(CLINIC, **where)).status == "COMPLETED"
    result = run(own_plan(CLINIC, seed_value=7, **where), how=HOW)
    assert result.status == "FAILED"
    assert "rows can be added only to what the same dataset, settings and seed have made" in result.message


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_with_the_library_of_fabrics_kernel(
    own_plan: Callable[..., Plan], tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """It cannot take single files out of a table, so the commit is written here; its own commits follow, and one of others is seen."""
    url = request.getfixturevalue("s3").url if place == "s3" else str(tmp_path / "out")
    where = {"output_settings__output_mode": "table", "output_settings__output_dir": url, "target_rows": 200}
    start, last = own_plan(CLINIC, **where).window
    first = start + timedelta(days=(last - start).days // 2)

    def held() -> dict[str, list[str]]:
        tables = {name: DeltaTable(f"{url}/Tables/clinic/{name}") for name in HOW}
        return {name: sorted(map(str, table.to_pyarrow_table().to_pylist())) for name, table in tables.items()}

    def joined() -> str:
        assert run(own_plan(CLINIC, window=(start, first), as_of=first, **where), datasets=()).status == "COMPLETED"
        plan = own_plan(CLINIC, window=(first + timedelta(days=1), last), as_of=last, **where)
        return run(plan, datasets=(), how=dict.fromkeys(HOW, "merge")).status

    assert run(own_plan(CLINIC, **where), datasets=()).status == "COMPLETED"
    wanted = held()
    monkeypatch.delattr("deltalake.transaction.RemoveAction")
    assert joined() == "COMPLETED"
    assert held() == wanted
    commit = DeltaTable(f"{url}/Tables/clinic/people").history(1)[0]
    assert "clientVersion" not in commit, "written by the library"
    assert joined() == "COMPLETED"
    assert held() == wanted
