"""The wizard with a pattern of paths, which is a setting like any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingen_fab.synthetic_data.tui.screens.dialogs import Replace
from textual.widgets import TextArea

Drive = Callable[..., None]
SMALL = {"target_rows": 30, "history": {"start": "2024-03-01", "end": "2024-03-03"}}


def test_a_pattern_is_planned_run_and_exported(drive: Drive, tmp_path: Path) -> None:
    """Tables have none, which the wizard says; files have: in Results, in the command, and asked about before they are replaced."""
    folder = tmp_path / "out" / "Files" / "retail_oltp_small"

    async def story(driver: Any) -> None:
        wizard = driver.wizard
        wizard.edit("output_settings.path_format", "hive_partitioned")
        await driver.settled()
        assert wizard.planned.plan is None
        assert any("tables have no paths: use output_mode parquet or csv" in sentence for sentence in wizard.planned.sentences)
        wizard.edit("output_settings.output_mode", "csv")
        await driver.settled()
        assert driver.wizard.plan.output.pattern == "hive_partitioned"
        await driver.press("f5")
        await driver.until(lambda: bool(wizard.results))
        result = wizard.results[0]
        assert result.status == "COMPLETED"
        assert (folder / "orders" / "year=2024" / "month=03" / "day=02" / "data.csv").is_file()
        wizard.action_step("results")
        await driver.settled()
        assert "year=2024/month=03/day=03/data.csv" in driver.text("#files")
        wizard.edit("output_settings.path_format", "flat")
        await driver.settled()
        await driver.press("f5")
        assert isinstance(wizard.screen, Replace)
        await driver.press("escape")
        wizard.action_step("export")
        await driver.settled()
        exported = wizard.screen.query_one(TextArea).text
        assert "path_format: flat_with_date" in exported

    drive(story, config={**SMALL, "output_settings": {"output_dir": str(tmp_path / "out")}})
