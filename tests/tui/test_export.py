"""Export: every form in its tab, what becomes of it, and what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ingen_fab.synthetic_data.tui.screens.export import _TITLES
from textual.widgets import Input

BEGINS = {
    "yaml": "dataset_id: retail_oltp_small\n",
    "json": '{\n  "dataset_id"',
    "command": "synthetic-data generate retail_oltp_small ",
    "python": "from ingen_fab.synthetic_data import ",
    "pytest": '"""Tests on retail_oltp_small. ',
    "airflow": "from datetime import ",
    "actions": "- name: Install synthetic-data\n",
    "notebook": '{\n "cells": [',
    "days": "synthetic-data generate-series retail_oltp_small ",
    "compile": "synthetic-data compile --dataset-id retail_oltp_small ",
}


def test_every_form_is_shown_copied_and_saved(drive: Any, tmp_path: Path) -> None:
    """One after another; what was copied or saved is told below the text, and no message stands over it."""

    async def story(driver: Any) -> None:
        copied: list[str] = []
        driver.wizard.copy_to_clipboard = copied.append
        await driver.press("7")
        for form in _TITLES:
            await driver.until(lambda: driver.wizard.screen.query_one("#text").text)
            text = driver.wizard.screen.query_one("#text").text
            assert text.startswith(BEGINS[form]), form
            assert "retail_oltp_small" in str(driver.wizard.screen.query_one("#text").border_title)
            await driver.press("c")
            assert copied[-1] == text
            assert driver.text("#use").startswith("Copied")
            assert driver.notes == []
            await driver.press("t")
        await driver.press("s", "enter")
        assert driver.text("#use").startswith("Saved retail_oltp_small.yaml; then: synthetic-data generate --config")
        assert "synthetic-data tui --config retail_oltp_small.yaml" in driver.text("#use")
        await driver.press(*"ttttt", "s", "enter")
        assert driver.text("#use") == "Saved dag_retail_oltp_small.py"
        await driver.press("t", "s", "enter")
        assert driver.text("#use") == "Saved steps_retail_oltp_small.yaml"
        assert driver.notes == []

    drive(story, config={"target_rows": 60}, size=(80, 24))
    assert (tmp_path / "dag_retail_oltp_small.py").read_text().startswith(BEGINS["airflow"])


def test_what_is_missing_is_said_of_every_form(drive: Any) -> None:
    """A draft that cannot be generated is exported as it is, with the sentence about it."""

    async def story(driver: Any) -> None:
        await driver.press("7")
        for _ in range(8):
            assert "did you mean `orders`?" in driver.text("#use")
            await driver.press("t")

    drive(story, config={"tables": ["order"]}, size=(80, 24))


def test_what_a_field_does_not_hold_is_said(drive: Any) -> None:
    """Text that is no value leaves the draft as it was; whoever exports that is told. The filter takes other words for the old ones."""

    async def story(driver: Any) -> None:
        await driver.press("7", "3", "slash")
        await driver.type("target")
        await driver.press("enter")
        await driver.type("many")
        await driver.press("escape", "7")
        assert driver.text("#use").startswith("not all that Parameters shows is in it: ")
        assert "many" in driver.text("#use")
        await driver.press("3", "slash")
        await driver.type("seed")
        assert driver.wizard.screen.query_one("#filter", Input).value == "seed"

    drive(story)


def test_the_command_of_what_arrives_by_days_is_that_of_its_days(drive: Any) -> None:
    """Whoever copies it for a schedule gets the days of step 8; forms that generate none say so."""

    async def story(driver: Any) -> None:
        driver.wizard.choose("retail_oltp_small_incremental")
        driver.wizard.edit("incremental_config.rows_per_day", 9)
        driver.wizard.edit_days("start", "2024-03-01")
        driver.wizard.edit_days("end", "2024-03-03")
        await driver.press("7", "t", "t")
        expected = "synthetic-data generate-series retail_oltp_small_incremental --start-date 2024-03-01 --end-date 2024-03-03 "
        await driver.until(lambda: driver.wizard.screen.query_one("#text").text.startswith(expected))
        assert "--rows-per-day 9" in driver.wizard.screen.query_one("#text").text
        await driver.press("t")
        assert "the whole history at once" in driver.text("#use")

    drive(story)
