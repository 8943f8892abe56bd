"""Plans that are kept: the same as those that are made, and nothing broken or foreign is read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.kept import planned
from ingen_fab.synthetic_data.core.plan.machine import Machine
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.plan.store import folder
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

IDS = sorted(info.dataset_id for info in DatasetConfigurationRepository().list())
HERE = Machine(2, 8 << 30)


def told(plan: Plan) -> dict[str, Any]:
    """All of a plan, parts as lists."""
    every = {field.name: getattr(plan, field.name) for field in fields(plan) if field.name != "tables"}
    return {**every, "json": plan.to_json(), "dataset": plan.dataset, "program": plan.program, "written": plan.dataset.written}


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., Plan]:
    """Plans with a cache of the test's own."""

    def make(dataset_id: str = "retail_oltp_small", machine: Machine = HERE, **flags: Any) -> Plan:
        return planned(dataset_id, flags=flags, environ={"SYNTHETIC_DATA_CACHE": str(tmp_path)}, machine=machine)[0]

    return make


def entries(tmp_path: Path) -> list[Path]:
    """The files of the cache."""
    return sorted((tmp_path / "plans").glob("*")) if (tmp_path / "plans").is_dir() else []


@pytest.mark.parametrize("dataset_id", IDS)
def test_a_kept_plan_is_the_made_one(dataset_id: str, plan: Callable[..., Plan], tmp_path: Path) -> None:
    """Declaration, program, parts, notes and all."""
    made = plan(dataset_id)
    (entry,) = entries(tmp_path)
    before = entry.read_bytes()
    again = plan(dataset_id)
    assert told(again) == told(made)
    assert [list(table.parts) for table in again.tables] == [list(table.parts) for table in made.tables]
    assert entry.read_bytes() == before
    value = json.loads(before.partition(b"\n")[2])
    value["value"]["outline"]["dataset_name"] = "Read"
    entry.write_bytes(_rehashed(json.dumps(value).encode()))
    assert plan(dataset_id).dataset_name == "Read"


def test_settings_have_plans_of_their_own(plan: Callable[..., Plan], tmp_path: Path) -> None:
    """Another seed is another entry."""
    assert plan(seed_value=1).seed == 1
    assert plan(seed_value=2).seed == 2
    assert plan(seed_value=1).seed == 1
    assert len(entries(tmp_path)) == 2


def test_work_is_shared_out_anew(plan: Callable[..., Plan]) -> None:
    """A kept plan knows the machine that it is read on."""
    assert plan(machine=Machine(2, 8 << 30)).work.workers == 2
    small = plan(machine=Machine(1, 1 << 20))
    assert (small.work.workers, small.work.chunk_size) == (1, 1_000)
    assert any("of the free memory" in note for note in small.notes)


def _rehashed(body: bytes) -> bytes:
    return sha256(body).hexdigest().encode() + b"\n" + body


def _foreign(data: bytes) -> bytes:
    value = json.loads(data.partition(b"\n")[2])
    return _rehashed(json.dumps({**value, "key": "0" * 64}).encode())


def _strange(data: bytes) -> bytes:
    value = json.loads(data.partition(b"\n")[2])
    return _rehashed(json.dumps({**value, "value": {**value["value"], "outline": {**value["value"]["outline"], "seed": "7"}}}).encode())


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data.replace(b"Retail", b"Retell"),
        lambda data: _rehashed(b"{"),
        lambda data: _rehashed(b"[" * 10_000),
        lambda data: _rehashed(b"[]"),
        _foreign,
        _strange,
    ],
)
def test_what_is_broken_is_ignored(damage: Callable[[bytes], bytes], plan: Callable[..., Plan], tmp_path: Path) -> None:
    """And replaced by the plan that is made anew."""
    made = plan()
    (entry,) = entries(tmp_path)
    whole = entry.read_bytes()
    entry.write_bytes(damage(whole))
    assert told(plan()) == told(made)
    assert entry.read_bytes() == whole


@pytest.mark.parametrize("name", ["program", "dataset"])
def test_what_is_broken_inside_is_made_anew(name: str, plan: Callable[..., Plan], tmp_path: Path) -> None:
    """The declaration and the program are read when they are asked for."""
    made = plan()
    (entry,) = entries(tmp_path)
    value = json.loads(entry.read_bytes().partition(b"\n")[2])
    value["value"][name] = {"nothing": 1}
    entry.write_bytes(_rehashed(json.dumps(value).encode()))
    assert told(plan()) == told(made)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="modes of files are of POSIX")
def test_what_others_may_write_is_not_read(plan: Callable[..., Plan], tmp_path: Path) -> None:
    """A folder that anybody may write to is not trusted, nor is a link."""
    plan()
    (entry,) = entries(tmp_path)
    value = json.loads(entry.read_bytes().partition(b"\n")[2])
    value["value"]["outline"]["dataset_name"] = "Theirs"
    entry.write_bytes(_rehashed(json.dumps(value).encode()))
    assert plan().dataset_name == "Theirs"
    (tmp_path / "plans").chmod(0o777)
    assert plan().dataset_name == "Retail OLTP - Small"
    (tmp_path / "plans").chmod(0o700)
    entry.rename(tmp_path / "elsewhere.json")
    entry.symlink_to(tmp_path / "elsewhere.json")
    assert plan().dataset_name == "Retail OLTP - Small"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="links are of POSIX")
def test_a_link_for_the_folder_leads_nowhere(plan: Callable[..., Plan], tmp_path: Path) -> None:
    """Nothing is written or removed where it points, however many files lie there."""
    mine = tmp_path / "mine"
    mine.mkdir()
    for number in range(150):
        (mine / f"{number}.json").write_text("mine")
    (tmp_path / "plans").symlink_to(mine)
    assert plan().dataset_name == "Retail OLTP - Small"
    assert len(list(mine.iterdir())) == 150


def test_own_datasets_are_not_kept(tmp_path: Path, plan: Callable[..., Plan]) -> None:
    """Nor is anything that follows from a file beside the shipped ones."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.yaml").write_text(
        "dataset_id: mine\ntables:\n  things:\n    rows: events\n    columns: {thing_id: key}\n", encoding="utf-8"
    )
    assert plan("mine", datasets=[str(tmp_path / "own")]).dataset_id == "mine"
    (tmp_path / "few.yaml").write_text("tables: [orders]\n", encoding="utf-8")
    assert plan(custom_schema=str(tmp_path / "few.yaml")).names == ("orders",)
    (tmp_path / "config.yaml").write_text(f"custom_schema: {tmp_path / 'few.yaml'}\n", encoding="utf-8")
    environ = {"SYNTHETIC_DATA_CACHE": str(tmp_path)}
    assert planned("retail_oltp_small", config=tmp_path / "config.yaml", environ=environ)[0].names == ("orders",)
    assert entries(tmp_path) == []


def test_a_config_file_counts_by_its_content(tmp_path: Path) -> None:
    """The same name with another text is another plan."""
    config, environ = tmp_path / "config.yaml", {"SYNTHETIC_DATA_CACHE": str(tmp_path)}
    for seed in (5, 6, 5):
        config.write_text(f"seed: {seed}\n", encoding="utf-8")
        assert planned("retail_oltp_small", config=config, environ=environ)[0].seed == seed
    assert len(entries(tmp_path)) == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")
def test_a_config_that_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    """Neither a pipe into which nobody writes nor a device without an end is read for the sake of the cache."""
    os.mkfifo(tmp_path / "config.yaml")
    for config in (tmp_path / "config.yaml", Path("/dev/zero")):
        with pytest.raises(ConfigError, match="is not a regular file"):
            planned("retail_oltp_small", config=config, environ={"SYNTHETIC_DATA_CACHE": str(tmp_path)})


def test_nothing_is_kept_where_nobody_may_write(tmp_path: Path) -> None:
    """A plan needs no cache."""
    (tmp_path / "file").write_text("")
    environ = {"SYNTHETIC_DATA_CACHE": str(tmp_path / "file" / "inside")}
    assert planned("retail_oltp_small", environ=environ)[0].seed == 42
    assert planned("retail_oltp_small", environ={"SYNTHETIC_DATA_CACHE": "off"})[0].seed == 42


def test_the_folder_is_the_platform_s() -> None:
    """Or the one that the environment names; `off` is none."""
    assert folder({"SYNTHETIC_DATA_CACHE": "/a"}) == Path("/a/plans")
    assert folder({"SYNTHETIC_DATA_CACHE": "off", "HOME": "/h"}) is None
    assert folder({}) is None
