"""Jumps lead where they were meant to: to a column of another dataset, and to a day that the preview may not reach."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.tui.screens.one_day import OneDay

Drive = Callable[..., None]
DAILY = "retail_oltp_small_incremental"


def place(driver: Any) -> str:
    """The column under the cursor of the schema."""
    screen = driver.wizard.screen
    return f"{screen._under_cursor()}.{screen._column_under_cursor()}"


@pytest.mark.parametrize(("step", "found"), [("schema", "diagnoses.severity"), ("preview", "diagnoses")])
def test_a_jump_waits_for_the_plan_of_its_dataset(drive: Drive, step: str, found: str) -> None:
    """Whoever chooses a dataset and jumps at once lands where they wanted to, and not where the old plan has room."""

    async def story(driver: Any) -> None:
        await driver.press("2", "4", "1")
        driver.wizard.choose("healthcare_oltp_small")
        assert driver.wizard.planned.draft is not driver.wizard.draft
        await driver.wizard.go_to(step, "diagnoses.severity")
        await driver.settled()
        await driver.settled()
        screen = driver.wizard.screen
        assert (place(driver) if step == "schema" else screen.view.table) == found
        if step == "preview":
            columns = [column.name for column in screen.behind.plan.table(found).columns]
            assert columns[screen.view.column] == "severity"

    drive(story)


@pytest.mark.parametrize("step", ["schema", "preview"])
def test_a_jump_is_forgotten_with_its_dataset(drive: Drive, step: str) -> None:
    """One that waits for settings to be corrected leads nowhere in another dataset."""

    async def story(driver: Any) -> None:
        await driver.press("2", "4", "1")
        driver.wizard.choose("healthcare_oltp_small")
        driver.wizard.edit("target_rows", -5)
        await driver.settled()
        await driver.wizard.go_to(step, "customers.email")
        await driver.settled()
        assert driver.wizard.planned.plan is None
        driver.wizard.choose("retail_oltp_small")
        await driver.settled()
        screen = driver.wizard.screen
        assert (place(driver) if step == "schema" else screen.view.table) != ("customers.email" if step == "schema" else "customers")

    drive(story)


@pytest.mark.parametrize("seen", [True, False])
def test_a_day_after_the_history_leaves_the_preview_as_it_was(drive: Drive, seen: bool) -> None:
    """It is said that it is not seen there; rows and tabs go on, whether the preview was visited before or not."""

    async def story(driver: Any) -> None:
        driver.wizard.choose(DAILY)
        driver.wizard.edit("incremental_config.rows_per_day", 5)
        await driver.settled()
        await driver.press(*(["4"] if seen else []), "8")
        await driver.until(lambda: driver.wizard.days is not None and driver.wizard.days.draft is driver.wizard.draft)
        days, planned = driver.wizard.screen, driver.wizard.planned
        day = planned.plan.as_of + timedelta(days=30)
        series = make_series(planned.resolved, planned.plan.as_of, day)
        driver.wizard.push_screen(OneDay(series, day), days._rows)
        await driver.settled()
        await driver.press("r")
        await driver.settled()
        assert any(f"not {day}" in note for note in driver.notes)
        screen = driver.wizard.screen
        assert screen.NAME == "preview"
        assert driver.text("#where").startswith("orders: row 1 of ")
        await driver.press("t")
        assert screen.view.table != "orders"
        await driver.press("1", "4")
        assert screen.view is not None

    drive(story)


def test_a_day_of_the_history_stands_alone_in_the_trail(drive: Drive) -> None:
    """What was looked at before is not gone back to."""

    async def story(driver: Any) -> None:
        await driver.press("4", "t")
        await driver.wizard.go_to("preview", "@2024-03-05")
        await driver.settled()
        screen = driver.wizard.screen
        assert (len(screen.trail), screen.view.as_of, screen.roots) == (1, date(2024, 3, 5), {})

    drive(story)
