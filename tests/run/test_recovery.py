"""A publication that was cut is finished by the next run; staging without a journal is removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.publish import STAGING, locked, recover
from ingen_fab.synthetic_data.core.run.run import run

pytestmark = pytest.mark.slow


def staged_run(root: Path, steps: list[dict[str, str]]) -> Path:
    """What a run leaves that died right after it wrote its journal."""
    staged = root / STAGING / "20240101T000000-dead"
    for name in ("orders", "items"):
        (staged / "new" / name).mkdir(parents=True)
        (staged / "new" / name / "data.csv").write_text(f"new {name}")
    (staged / "publish.json").write_text(json.dumps(steps))
    return staged


STEPS = [
    {"kind": "folder", "from": "new/orders", "to": "Files/shop/orders"},
    {"kind": "folder", "from": "new/items", "to": "Files/shop/items"},
    {"kind": "manifest", "to": ".manifests/shop.json", "text": "{}"},
]


@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_cut_publication_is_finished(tmp_path: Path, done: int) -> None:
    """Wherever it was cut, all tables and the manifest are there afterwards, old files are gone and staging is empty."""
    for name in ("orders", "items"):
        (tmp_path / "Files" / "shop" / name).mkdir(parents=True)
        (tmp_path / "Files" / "shop" / name / "old.csv").write_text("old")
    staged = staged_run(tmp_path, STEPS)
    if done >= 1:
        # Cut between the two renames of a step: the old folder is away, the new one not yet there.
        (staged / "old" / "Files" / "shop").mkdir(parents=True)
        (tmp_path / "Files" / "shop" / "orders").rename(staged / "old" / "Files" / "shop" / "orders")
    if done >= 2:
        (staged / "new" / "orders").rename(tmp_path / "Files" / "shop" / "orders")
    assert any("finished publishing" in sentence for sentence in recover(tmp_path))
    for name in ("orders", "items"):
        assert [file.name for file in (tmp_path / "Files" / "shop" / name).iterdir()] == ["data.csv"]
    assert (tmp_path / ".manifests" / "shop.json").read_text() == "{}"
    assert not staged.exists()
    assert recover(tmp_path) == []


def test_unfinished_staging_is_removed(tmp_path: Path) -> None:
    """Without a journal nothing of a run becomes visible."""
    staged = staged_run(tmp_path, STEPS)
    (staged / "publish.json").unlink()
    assert any("removed" in sentence for sentence in recover(tmp_path))
    assert not (tmp_path / "Files").exists()
    assert not staged.exists()


def test_the_lock_is_given_back(tmp_path: Path) -> None:
    """One run after another may hold the root, and no trace of the holder stays."""
    for _ in range(2):
        with locked(tmp_path / "out"):
            assert (tmp_path / "out" / STAGING / "holder").is_file()
    assert not (tmp_path / "out" / STAGING).exists()


def test_a_warehouse_that_cannot_be_opened(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A file that is no DuckDB database fails the run with a sentence, not a traceback."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "warehouse.duckdb").write_text("no database " * 1_000)
    plan = plan_of("retail_oltp_small", target_rows=50, output_settings__target_environment="warehouse")
    result = run(plan)
    assert result.status == "FAILED"
    assert "cannot be opened" in result.message
    assert not (tmp_path / "out" / STAGING).exists()
