"""The Quality tab of Results: a run's files are checked behind the screens."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.quality.validate import validate_run
from ingen_fab.synthetic_data.tui.widgets.quality import Checks, QualityPanel
from textual.widgets import DataTable, Footer

pytestmark = pytest.mark.slow

Drive = Callable[..., None]
PARQUET = {"target_rows": 500, "output_settings": {"output_mode": "parquet"}}


async def ran(driver: Any) -> None:
    """Generates, and waits until what was written is checked."""
    await driver.press("f5")
    await driver.until(lambda: bool(driver.wizard.results))
    await driver.until(lambda: all(check.ended.is_set() for check in driver.wizard.checks.values()))
    await driver.press("6", "t")


def shown_rows(driver: Any) -> list[list[str]]:
    """The texts of the table of checks."""
    checks = driver.wizard.screen.query_one(Checks)
    return [[str(cell) for cell in checks.get_row_at(n)] for n in range(checks.row_count)]


def test_a_run_is_checked_behind_the_screens(drive: Drive) -> None:
    """All checks stand there, and `s` saves the page; each side has its own key in the footer."""

    async def story(driver: Any) -> None:
        await ran(driver)
        assert driver.text("#verdict").startswith("✓ ")
        assert "checks passed" in driver.text("#verdict")
        assert len(shown_rows(driver)) > 200
        assert "Quality ✓" in driver.text("#of-quality")
        assert len(driver.wizard.screen.query_one(Footer).query("FooterKey")) <= 6
        assert driver.wizard.screen.focused is driver.wizard.screen.query_one(Checks)
        await driver.press("s", "enter")
        assert Path("retail_oltp_small-quality.html").read_text().lstrip().startswith("<!doctype html>")
        await driver.press("t")
        assert driver.wizard.screen.query_one("#written", DataTable).row_count == 6

    drive(story, config=PARQUET)


def test_failures_come_first_and_are_told(drive: Drive) -> None:
    """With what was found and which rows; the tab says that something is wrong before it is opened."""

    def damaged(result: Any, **options: Any) -> Any:
        file = Path(result.output_root) / next(table for table in result.tables if table.name == "stores").files[0]
        shutil.copy(Path(result.output_root) / next(table for table in result.tables if table.name == "products").files[0], file)
        return validate_run(result, **options)

    async def story(driver: Any) -> None:
        await ran(driver)
        rows = shown_rows(driver)
        failed = [row for row in rows if row[0] == "✗"]
        assert 0 < len(failed) < len(rows)
        assert rows[: len(failed)] == failed
        assert "checks failed" in driver.text("#verdict")
        assert "Quality ✗" in driver.text("#of-quality")
        assert failed[0][1] in driver.text("#detail")
        await driver.press("down")
        assert "found" in driver.text("#detail")

    drive(story, config=PARQUET, validate=damaged)


def test_what_cannot_be_checked_says_why(drive: Drive) -> None:
    """One sentence instead of checks; there is nothing to save."""

    def refuses(result: Any, **options: Any) -> Any:
        raise InputError("the files are somewhere else")

    async def story(driver: Any) -> None:
        await ran(driver)
        assert driver.text("#verdict") == "could not be checked: the files are somewhere else"
        await driver.press("s")
        assert driver.wizard.screen.query(QualityPanel)

    drive(story, config=PARQUET, validate=refuses)


@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
def test_the_next_run_need_not_wait_for_a_check(drive: Drive, environment: str) -> None:
    """It stops the check of what it replaces, and is checked itself; the first run says that it was replaced."""

    async def story(driver: Any) -> None:
        await driver.press("f5")
        await driver.until(lambda: len(driver.wizard.results) == 1)
        await driver.press("6")
        driver.wizard.action_generate()
        await driver.until(lambda: len(driver.wizard.results) == 2)
        await driver.until(lambda: all(check.ended.is_set() for check in driver.wizard.checks.values()))
        first, second = driver.wizard.results
        assert second.status == "COMPLETED", second.message
        assert driver.wizard.checks[second.run_id].report.passed
        driver.wizard.checks.pop(first.run_id, None)
        driver.wizard.check(first)
        await driver.settled()
        assert "has been replaced since" in driver.wizard.checks[first.run_id].problem

    drive(story, config={"target_rows": 300, "output_settings": {"target_environment": environment}})


def test_a_large_run_is_checked_when_it_is_looked_for(drive: Drive) -> None:
    """Its check takes minutes, which nobody asked for yet."""
    asked: list[str] = []

    async def story(driver: Any) -> None:
        await driver.press("f5")
        await driver.until(lambda: bool(driver.wizard.results))
        result = replace(driver.wizard.results[0], run_id="large", rows=30_000_000)
        asked.clear()
        driver.wizard.results = (result,)
        await driver.press("6")
        assert asked == []
        await driver.press("t")
        assert asked == ["large"]

    def notes(result: Any, **options: Any) -> Any:
        asked.append(result.run_id)
        raise InputError("not now")

    drive(story, config=PARQUET, validate=notes)
