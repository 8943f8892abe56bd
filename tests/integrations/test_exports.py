"""What the wizard exports runs as it stands, each form where it belongs, with the same rows; opened again it is the same draft."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml
from ingen_fab.synthetic_data import SyntheticDataGenerator
from ingen_fab.synthetic_data.core.plan.make_series import as_files
from ingen_fab.synthetic_data.core.spec.export import FORMS, export, export_series, save
from ingen_fab.synthetic_data.core.spec.pipelines import PIPELINES, Pipeline, export_pipeline
from ingen_fab.synthetic_data.core.spec.resolve import Resolved, resolve_parameters
from ingen_fab.synthetic_data.core.spec.series import SeriesSettings
from ingen_fab.synthetic_data.tui.start import first_draft
from ingen_fab.synthetic_data.tui.state import Draft

Shell = Callable[..., subprocess.CompletedProcess[str]]

DRAFT: Mapping[str, Any] = {
    "target_rows": 60,
    "seed_value": 7,
    "dataset_name": 'it\'s {{ ds }}, {% raw %}, {# note #} and ${{ secrets.X }} "all" of $HOME',
    "tables": ["customers", "orders"],
    "distributions": {"order_amount": {"type": "lognormal", "mean": 90.0, "stddev": 40.0}},
    "relationship_null_percentage": 0.05,
    "output_settings": {"output_mode": "parquet", "output_dir": "the data", "path_format": "{table}/{date}{part}.{ext}"},
}


@pytest.fixture
def resolved() -> Resolved:
    """A draft with words that other programs would read as their own."""
    return resolve_parameters("retail_oltp_small", edited=DRAFT)


@pytest.fixture(scope="module")
def total() -> str:
    """What the orders of the draft come to."""
    generator = SyntheticDataGenerator("retail_oltp_small", parameters={"seed_value": 7, **_flat(DRAFT)})
    return str(generator.generate()["orders"]["total_amount"].sum())


def _flat(config: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says where data is written."""
    return {name: value for name, value in config.items() if name != "output_settings"}


def _written(root: Path) -> str:
    """What the orders that were written come to."""
    parts = [pq.read_table(path, columns=["total_amount"]) for path in (root / "Files").rglob("orders/**/*.parquet")]
    return str(pc.sum(pa.concat_tables(parts)["total_amount"]).as_py())


@pytest.mark.slow
@pytest.mark.parametrize("form", ["yaml", "json", "command", "python", *PIPELINES])
def test_it_runs_as_it_stands(form: Any, resolved: Resolved, total: str, tmp_path: Path, shell: Shell, airflow: Shell) -> None:
    """By the command line, Python, pytest, Airflow and a step's shell, with the rows of the draft; a notebook by its cells."""
    folder = tmp_path / "it's here"
    folder.mkdir()
    text = export(resolved, form) if form in FORMS else export_pipeline(resolved, form, folder)
    if form in ("yaml", "json"):
        save(text, folder / f"run.{form}")
        done = shell(f"synthetic-data generate --config run.{form}", cwd=folder)
    elif form == "command":
        done = shell(text, cwd=folder)
    elif form == "python":
        save(f"{text}print(tables['orders']['total_amount'].sum())\n", folder / "run.py")
        done = shell(f"{sys.executable} run.py", cwd=folder)
    elif form == "pytest":
        further = f"\n\ndef test_sum(retail_oltp_small):\n    assert str(retail_oltp_small['orders']['total_amount'].sum()) == '{total}'\n"
        save(text + further, folder / "test_run.py")
        done = shell("pytest -q test_run.py", cwd=folder)
        assert "2 passed" in done.stdout
    elif form == "airflow":
        done = airflow(text, date(2024, 1, 1))
    elif form == "actions":
        install, generate = yaml.safe_load(text)
        assert install["run"] == "pip install ingen-fab-synthetic-data"
        # As GitHub fills in an expression that is a text.
        done = shell(generate["run"].replace("${{ '${{' }}", "${{"), cwd=folder)
    else:
        notebook = json.loads(text)
        assert (notebook["nbformat"], len({cell["id"] for cell in notebook["cells"]})) == (4, len(notebook["cells"]))
        code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
        save(f"{code}\nprint(tables['orders']['total_amount'].sum())\n", folder / "cells.py")
        done = shell(f"{sys.executable} cells.py", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    if form in ("python", "notebook"):
        assert done.stdout.splitlines()[-1] == total
    elif form != "pytest":
        assert _written(folder / "the data") == total


@pytest.mark.slow
def test_days_run_as_they_stand(tmp_path: Path, shell: Shell, airflow: Shell) -> None:
    """Of a dataset that arrives by days: a day a run in Airflow, the range of the wizard in a step, with the same files."""
    resolved = as_files(resolve_parameters("retail_oltp_small_incremental", edited={"incremental_config": {"rows_per_day": 5}}))
    days = date(2024, 3, 1), date(2024, 3, 2)
    series = export_series(resolved, SeriesSettings(), days)
    steps = yaml.safe_load(export_pipeline(resolved, "actions", tmp_path, series))
    (tmp_path / "step").mkdir()
    (tmp_path / "dag").mkdir()
    done = shell(steps[1]["run"], cwd=tmp_path / "step")
    assert done.returncode == 0, done.stderr
    done = airflow(export_pipeline(resolved, "airflow", tmp_path / "dag"), *days)
    assert done.returncode == 0, done.stderr
    found = [
        {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.glob("synthetic_data/Files/**/*.parquet"))}
        for root in (tmp_path / "step", tmp_path / "dag")
    ]
    assert found[0] == found[1] != {}


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize(
    "draft",
    [
        Draft("retail_oltp_small", {}),
        Draft("retail_oltp_large", {"target_rows": 60, "scale_factor": 0.5, "as_of": "2024-03-01"}),
        Draft("retail_oltp_small", DRAFT),
        Draft("finance_oltp_small", {"temporal_patterns": {"weekdays": {"sunday": 0.5}}, "history": {"start": "2024-01-01"}}),
        Draft("retail_oltp_small_incremental", {"incremental_config": {"rows_per_day": 20, "updates": True}}),
    ],
    ids=lambda draft: f"{draft.dataset_id}-{len(draft.config)}",
)
def test_opened_again_it_is_the_same_draft(form: Any, draft: Draft, tmp_path: Path) -> None:
    """The wizard opens with a saved file as it was when the file was saved, and exports the same text."""
    file = tmp_path / f"run.{form}"
    text = export(resolve_parameters(draft.dataset_id, edited=draft.config), form)
    save(text, file)
    again, _ = first_draft(config=file)
    assert again == draft
    assert export(resolve_parameters(again.dataset_id, edited=again.config), form) == text


def test_every_form_is_in_the_wizard() -> None:
    """Each has a tab and a name for its file."""
    from ingen_fab.synthetic_data.tui.screens.export import _FILES, _TITLES

    forms: tuple[Pipeline, ...] = PIPELINES
    assert [*FORMS, *forms, "days", "compile"] == list(_TITLES) == list(_FILES)
