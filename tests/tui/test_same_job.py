"""Whoever starts a run, the same is left of it: rows of the log, manifest, report."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.cli.generate import generate
from ingen_fab.synthetic_data.core.job import run_job
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.quality.validate import validate_output
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

OWN_TO_A_RUN = {
    "log_id", "job_id", "started_at", "completed_at", "created_date", "started_date", "completed_date", "generation_date",
    "rows_per_second", "duration_seconds", "peak_memory_gb", "cpu_cores_used",
}  # fmt: skip
TABLES = ("log_synthetic_data_generation", "config_synthetic_data_generation_jobs", "config_synthetic_data_datasets")


def left(root: Path) -> dict[str, Any]:
    """What a run left, without what belongs to this one run."""
    rows = {
        name: [
            {key: value for key, value in row.items() if key not in OWN_TO_A_RUN}
            for row in query(root, f"SELECT * FROM {name}").to_pylist()
        ]
        for name in TABLES
    }
    (manifest,) = (json.loads(file.read_text()) for file in (root / ".manifests").glob("*.json"))
    del manifest["run_id"]
    for table in manifest["tables"]:
        for file in table["files"]:
            file["path"] = Path(file["path"]).parent.as_posix()
    report = validate_output(root).to_json()
    kept = {key: value for key, value in report.items() if key not in ("run_id", "seconds", "output_root")}
    return {**rows, "manifest": manifest, "report": kept}


@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
def test_every_front_end_runs_the_same_job(
    drive: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    """The command line, the wizard and Python."""
    flags = {"target_rows": 200, "output_settings.target_environment": environment, "output_settings.output_dir": "out"}
    found = {}
    for name in ("cli", "python", "wizard"):
        (tmp_path / name).mkdir()

    monkeypatch.chdir(tmp_path / "cli")
    assert generate("retail_oltp_small", flags, (), None, False, False) == 0
    found["cli"] = left(Path("out"))

    monkeypatch.chdir(tmp_path / "python")
    assert run_job(make_plan(resolve_parameters("retail_oltp_small", flags=flags))).run.status == "COMPLETED"
    found["python"] = left(Path("out"))

    async def story(driver: Any) -> None:
        os.chdir(tmp_path / "wizard")
        await driver.press("f5")
        await driver.until(lambda: bool(driver.wizard.results))
        run_id = driver.wizard.results[0].run_id
        report = driver.wizard.checks[run_id].report
        assert report.run_id == run_id
        assert report.results == validate_output(Path("out")).results

    settings = {"target_environment": environment, "output_dir": "out"}
    drive(story, config={"target_rows": 200, "output_settings": settings})
    found["wizard"] = left(tmp_path / "wizard" / "out")
    assert found["cli"]["log_synthetic_data_generation"][0]["message"].startswith("quality: ")
    assert found["wizard"] == found["cli"]
    assert found["python"] == found["cli"]
