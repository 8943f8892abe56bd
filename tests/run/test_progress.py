"""A run that is at work is seen from elsewhere, and how long it will still take is told well."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from threading import Thread

import pytest
from ingen_fab.synthetic_data.core.job import run_job
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.events import Event, PhaseChanged, RunStarted, TableProgress
from ingen_fab.synthetic_data.core.run.progress import progress
from ingen_fab.synthetic_data.core.run.remaining import remaining, work_done
from ingen_fab.synthetic_data.core.run.root import locked
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.watch import Watched, follow

MakePlan = Callable[..., Plan]
Call = Callable[..., subprocess.CompletedProcess[str]]


def test_a_run_is_seen_while_it_works_and_not_afterwards(plan_of: MakePlan, tmp_path: Path) -> None:
    plan = plan_of("retail_oltp_small", target_rows=20_000, output_settings__output_mode="parquet")
    seen: list[Event] = []
    watched = Watched(plan.output.root)
    told: list[bool] = []

    def look(event: Event) -> None:
        if isinstance(event, PhaseChanged) and event.phase == "generate":
            found = progress(plan.output.root)
            assert found is not None
            assert found.life == "alive"
            assert found.process.pid == os.getpid()
            assert (found.dataset_id, found.rows, found.seed) == ("retail_oltp_small", plan.rows, plan.seed)
            watcher.start()
            told.append(watched.look()[0])

    watcher = Thread(target=follow, args=(Watched(plan.output.root), seen.append, CancelToken()))
    result = run(plan, emit=look, workers=0)
    watcher.join(10)
    assert result.status == "COMPLETED"
    assert told == [True]
    assert seen
    assert isinstance(seen[0], RunStarted)
    assert seen[0].run_id == result.run_id
    assert len(set(seen)) == len(seen), "nothing is told twice"
    assert progress(plan.output.root) is None
    assert not (plan.output.root / ".staging").exists()
    assert watched.look() == (False, [])
    assert watched.outcome().status == "COMPLETED"
    assert {(one.table, one.rows) for one in watched.untold() if isinstance(one, TableProgress)} == {
        (t.name, t.rows) for t in result.tables
    }
    # A log that knows nothing of the run does not say that it completed.
    rmtree(plan.output.root / "Tables")
    ended = watched.outcome()
    assert ended.status == "FAILED"
    assert ended.message.startswith("its end is not known")


def test_a_run_that_died_is_told_as_such_and_what_it_left_hinders_nobody(plan_of: MakePlan, call: Call, tmp_path: Path) -> None:
    plan = plan_of("retail_oltp_small", target_rows=200, output_settings__output_mode="parquet")
    kept = b""

    def keep(event: Event) -> None:
        nonlocal kept
        if isinstance(event, PhaseChanged) and event.phase == "generate":
            kept = (plan.output.root / ".staging" / "progress").read_bytes()

    run(plan, emit=keep)
    value = json.loads(kept)
    # As if another process had written it, which has died since: its number is another's now.
    value["process"]["born"] -= 1000.0
    (plan.output.root / ".staging").mkdir()
    left = plan.output.root / ".staging" / "progress"
    left.write_text(json.dumps(value))
    found = progress(plan.output.root)
    assert found is not None
    assert found.life == "dead"
    assert Watched(plan.output.root).dead == found
    assert Watched(plan.output.root).outcome().message == found.died
    told = call("watch", "--json", "--output-dir", str(plan.output.root), cwd=tmp_path)
    ended = json.loads(told.stdout)
    assert (told.returncode, ended["event"], ended["status"]) == (1, "RunFinished", "FAILED")
    elsewhere = {**value, "process": {**value["process"], "host": "another"}}
    left.write_text(json.dumps({**elsewhere, "written": value["written"] + 1e6}))
    found = progress(plan.output.root)
    assert found is not None
    assert found.life == "unknown"
    assert "on another" in found.process.told
    left.write_text(json.dumps({**elsewhere, "written": 0.0}))
    found = progress(plan.output.root)
    assert found is not None
    assert found.life == "dead"
    with locked(plan.output.root):
        pass
    assert run_job(plan, check=False).run.status == "COMPLETED"
    assert not (plan.output.root / ".staging").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"rows": float("nan")},
        {"rows": "many"},
        {"tables": [{"table": "strange", "rows": 1, "total": 1, "bytes": 1, "elapsed": 0.0}]},
        {"sample": {"cpu_percent": float("inf"), "memory_bytes": 1, "elapsed": 1.0}},
        {"unheard": 1},
        {"started": None},
    ],
)
def test_what_no_run_tells_is_passed_over(change: dict[str, object], tmp_path: Path) -> None:
    fine = {
        "process": {"pid": os.getpid(), "host": socket.gethostname(), "born": 1.0, "program": ""},
        "started": {"run_id": "x", "dataset_id": "x", "tables": [["orders", 1]], "workers": 1, "time": 1.0},
        "dataset_id": "x",
        "mode": "python",
        "seed": 1,
        "rows": 1,
        "written": 1.0,
    }
    (tmp_path / ".staging").mkdir()
    file = tmp_path / ".staging" / "progress"
    file.write_text(json.dumps(fine))
    assert progress(tmp_path) is not None
    file.write_text(json.dumps({**fine, **change}))
    assert progress(tmp_path) is None
    file.unlink()
    file.symlink_to(tmp_path)
    assert progress(tmp_path) is None


def test_what_is_left_starts_with_the_estimate_and_ends_with_what_is_measured() -> None:
    assert remaining(0.0, 0.0) is None
    assert remaining(0.0, 1.0, 50.0) == pytest.approx(57.5)
    assert remaining(0.0, 0.0, 50.0) == 50.0
    assert remaining(0.25, 10.0) == pytest.approx(30.0)
    assert remaining(1.0, 7.0, 50.0) == 0.0
    # Twice as slow as expected: half of it shows early, nearly all of it later.
    assert remaining(0.5, 50.0, 50.0) == pytest.approx(50.0, rel=0.06)
    # Half a second of start-up counts for little after one second.
    early = remaining(0.5 / 50, 1.0, 50.0)
    assert early is not None
    assert 49 * 0.67 < early < 49 * 1.33


def test_work_is_weighed_by_what_it_costs() -> None:
    rows = {"orders": (0, 100), "lines": (300, 300)}
    assert work_done(rows) == pytest.approx(0.75)
    assert work_done(rows, {"orders": 3.0, "lines": 1.0}) == pytest.approx(0.25)
    assert work_done({**rows, "new": (0, 400)}, {"orders": 3.0, "lines": 1.0}) == pytest.approx(1 / 8)
    assert work_done({}) == 0.0
    assert work_done({"none": (0, 0)}) == 0.0


def test_what_is_told_again_is_only_what_is_new(plan_of: MakePlan, tmp_path: Path) -> None:
    plan = plan_of("retail_oltp_small", target_rows=40_000, output_settings__output_mode="parquet")
    found = []

    def keep(event: Event) -> None:
        if isinstance(event, PhaseChanged):
            found.append(progress(plan.output.root))

    run(plan, emit=keep)
    early, late = found[0], found[-1]
    assert early is not None
    assert late is not None
    assert late.since(late) == []
    assert set(late.since(early)) == set(late.since(None)) - set(early.since(None)) != set()


def test_samples_of_a_long_run_keep_its_beginning() -> None:
    from ingen_fab.synthetic_data.tui.samples import Samples

    samples = Samples()
    for value in range(10_000):
        samples.add(float(value))
    found = samples.values
    assert 100 <= len(found) <= 241
    assert found == sorted(found)
    assert found[0] < 100
    assert found[-1] > 9_900
