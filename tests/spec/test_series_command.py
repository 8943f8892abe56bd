"""The command that generates days, as an export of the wizard, does what it says."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.plan.make_series import as_files, make_series
from ingen_fab.synthetic_data.core.run.days_there import told_of
from ingen_fab.synthetic_data.core.run.ledger import Ledger
from ingen_fab.synthetic_data.core.spec.export import FORMS, export, export_series
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters
from ingen_fab.synthetic_data.core.spec.series import SeriesSettings

Call = Callable[..., subprocess.CompletedProcess[str]]
WINDOW = date(2023, 1, 30), date(2023, 2, 1)
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "usual": ("retail_oltp_small_incremental", {}),
    "pace": ("retail_oltp_small_incremental", {"incremental_config": {"rows_per_day": 7}, "output_settings": {"path_format": "flat"}}),
    "whole": ("retail_oltp_small", {"target_rows": 900, "output_settings": {"output_mode": "csv"}, "tables": ["stores", "orders"]}),
    "work": ("retail_oltp_small", {"generation_settings": {"memory_fraction": 0.5, "enable_spill": True}}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_command_writes_the_days_that_were_planned(call: Call, tmp_path: Path, name: str) -> None:
    """Of the same dataset, with the same settings, in the same files."""
    dataset_id, edited = CASES[name]
    edited = {**edited, "output_settings": {**edited.get("output_settings", {}), "output_dir": str(tmp_path / "out")}}
    resolved = as_files(resolve_parameters(dataset_id, edited=edited))
    series = make_series(resolved, *WINDOW)
    words = shlex.split(export_series(resolved, SeriesSettings(batch=2), WINDOW))
    assert words[:3] == ["synthetic-data", "generate-series", dataset_id]
    done = call(*words[1:], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    ledger = Ledger(tmp_path / "out")
    (place,) = ledger.places()
    (told,), wanted = ledger.told(place).values(), told_of(series)
    assert {key: value for key, value in told.items() if key != "parameters"} == {k: v for k, v in wanted.items() if k != "parameters"}
    assert {entry.day for entry in ledger.entries(place)} == set(series.days)


def test_what_arrives_by_days_is_exported_without_rows_in_all() -> None:
    """`target_rows` is refused of it."""
    resolved = as_files(resolve_parameters("retail_oltp_small_incremental"))
    for form in FORMS:
        assert "target" not in export(resolved, form)
    assert "output_mode: parquet" in export(resolved, "yaml")


def test_tables_are_named_where_files_are_the_default() -> None:
    """`table` is the default of `generate`, and not of days."""
    resolved = resolve_parameters("retail_oltp_small", edited={"output_settings": {"output_mode": "table"}})
    assert "--output-mode table" in export_series(resolved, SeriesSettings(again=True), WINDOW)
    assert export_series(resolved, SeriesSettings(again=True), WINDOW).count("--ignore-state") == 1
