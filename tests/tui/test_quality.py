"""The Quality tab of Results: a run's files are checked behind the screens."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.job import JobResult, run_job
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.report import Silent
from ingen_fab.synthetic_data.core.quality.words import figure
from ingen_fab.synthetic_data.core.run.events import CheckProgress, Event, PhaseChanged
from ingen_fab.synthetic_data.tui.screens.dialogs import Confirm
from ingen_fab.synthetic_data.tui.widgets.keys import Keys
from ingen_fab.synthetic_data.tui.widgets.plot import Plot
from ingen_fab.synthetic_data.tui.widgets.quality import Checks, QualityPanel
from textual.widgets import DataTable

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
        assert len(driver.wizard.screen.query_one(Keys).shown) <= 7
        assert driver.wizard.screen.focused is driver.wizard.screen.query_one(Checks)
        await driver.press("s", "enter")
        assert Path("retail_oltp_small-quality.html").read_text().lstrip().startswith("<!doctype html>")
        await driver.press("t")
        assert driver.wizard.screen.query_one("#written", DataTable).row_count == 6

    drive(story, config=PARQUET)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_what_could_not_be_checked_is_listed(drive: Drive, size: tuple[int, int]) -> None:
    """In the words of the report: after all others, with its reason and a mark of its own, and `not checked` finds it."""

    async def story(driver: Any) -> None:
        await ran(driver)
        state = next(iter(driver.wizard.checks.values()))
        silent = Silent("BusinessRule", "orders", "large shops sell more", "it speaks from 1,000,000 target rows")
        state.report = replace(state.report, silent=(silent,))
        driver.wizard.screen.query_one(QualityPanel).show(state)
        assert driver.text("#verdict").endswith(", 1 could not be checked")
        rows = shown_rows(driver)
        assert [row[0] for row in rows].count("–") == 1
        assert rows[-1][:2] == ["–", "BusinessRule"]
        await driver.press("slash")
        await driver.type("not checked")
        assert [row[0] for row in shown_rows(driver)] == ["–"]
        assert "orders: it speaks" in driver.drawn
        assert "not checked" in driver.drawn.split("not checked", 1)[1]
        assert driver.text("#detail").split("\n")[1] == "  not checked: it speaks from 1,000,000 target rows"
        await driver.type("nowhere")
        assert "no check has these words" in driver.drawn

    drive(story, config=PARQUET, size=size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_limits_are_beside_what_was_found(drive: Drive, size: tuple[int, int]) -> None:
    """In sight at every size; what a check is of has the room that is left; without a failure there is a sentence instead of a grid."""

    async def story(driver: Any) -> None:
        await ran(driver)
        head = next(line for line in driver.drawn.splitlines() if "expected" in line and "found" in line)
        assert "limit" in head
        await driver.press("slash")
        await driver.type("payment_method TVComplement")
        state = next(iter(driver.wizard.checks.values()))
        result = next(one for one in state.report.results if (one.name, one.column) == ("TVComplement", "payment_method"))
        line = next(line for line in driver.drawn.splitlines() if "✓ " in line and "TVComplement" in line)
        assert figure(result.limit)[:5] in line
        await driver.press("escape", "f")
        assert "no check failed" in driver.drawn
        if size[0] == 200:
            await driver.press("f", "slash")
            await driver.type("promotion one week")
            assert "a promotion is of one week and one subcategory, and what it takes off is the same for all" in driver.drawn

    drive(story, config=PARQUET, size=size)


def test_failures_come_first_and_are_told(drive: Drive) -> None:
    """With what was found and which rows; the tab says that something is wrong before it is opened."""

    def damaged(plan: Plan, emit: Callable[[Event], None], **options: Any) -> JobResult:
        def told(event: Event) -> None:
            if isinstance(event, PhaseChanged) and event.phase == "check":
                stores, products = (next(plan.output.root.rglob(f"{name}/data.parquet")) for name in ("stores", "products"))
                shutil.copy(products, stores)
            emit(event)

        return run_job(plan, emit=told, **options)

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

    drive(story, config=PARQUET, run=damaged)


def test_what_cannot_be_checked_says_why(drive: Drive) -> None:
    """One sentence instead of checks; there is nothing to save."""

    def unchecked(plan: Plan, **options: Any) -> JobResult:
        return run_job(plan, check=False, **options)

    def refuses(result: Any, **options: Any) -> Any:
        raise InputError("the files are somewhere else")

    async def story(driver: Any) -> None:
        await ran(driver)
        assert driver.text("#verdict") == "could not be checked: the files are somewhere else"
        await driver.press("s")
        assert driver.wizard.screen.query(QualityPanel)

    drive(story, config=PARQUET, run=unchecked, validate=refuses)


@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
def test_the_next_run_is_checked_too(drive: Drive, environment: str) -> None:
    """It stops the check of what it replaces, where one was asked for; the first run says that it was replaced."""

    async def story(driver: Any) -> None:
        await driver.press("f5")
        await driver.until(lambda: len(driver.wizard.results) == 1)
        await driver.press("6")
        first = driver.wizard.results[0]
        assert driver.wizard.checks.pop(first.run_id).report.passed
        driver.wizard.check(first)
        driver.wizard.action_generate()
        await driver.until(lambda: isinstance(driver.wizard.screen, Confirm))
        driver.wizard.screen.dismiss(True)
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


def test_stopping_a_check_keeps_what_was_written(drive: Drive) -> None:
    """The question says so; the run is complete, and its check is made again when it is looked for."""
    asked: list[bool] = []
    stop = threading.Event()

    def held(plan: Plan, emit: Callable[[Event], None], **options: Any) -> JobResult:
        def told(event: Event) -> None:
            emit(event)
            if isinstance(event, CheckProgress) and not stop.is_set():
                asked.append(True)
                stop.wait(30)

        return run_job(plan, emit=told, **options)

    async def story(driver: Any) -> None:
        await driver.pilot.press("f5")
        await driver.until(lambda: bool(asked) and driver.wizard.job.checked[1] > 0)
        assert "checking, 0 of " in driver.text("#headline")
        driver.wizard.action_cancel_run()
        await driver.pilot.pause()
        assert "What was written is complete" in str(driver.wizard.screen.query_one("Confirm Label").render())
        driver.wizard.screen.dismiss(True)
        await driver.until(driver.wizard.job.cancel.is_set)
        stop.set()
        await driver.until(lambda: bool(driver.wizard.results))
        assert driver.wizard.results[0].status == "COMPLETED"
        assert driver.wizard.checks == {}
        await driver.press("6", "t")
        await driver.until(lambda: all(check.ended.is_set() for check in driver.wizard.checks.values()))
        assert "checks passed" in driver.text("#verdict")

    drive(story, config=PARQUET, run=held)


def test_checks_are_narrowed_and_drawn(drive: Drive) -> None:
    """By words, tables, concerns and failures; what was found is drawn beside what is declared."""

    async def story(driver: Any) -> None:
        await driver.press("f5")
        await driver.until(lambda: bool(driver.wizard.results))
        await driver.press("enter", "t")
        await driver.until(lambda: driver.wizard.screen.query_one(Checks).row_count > 200)
        checks = driver.wizard.screen.query_one(Checks)
        assert "orders " in driver.text("#by-table")
        await driver.press("slash")
        await driver.type("retail_classes")
        assert 1 < checks.row_count < 10
        await driver.press("enter", "down")
        plot = driver.wizard.screen.query_one("#found", Plot)
        assert plot.display
        assert "Apparel" in driver.text("#found")
        assert "─" in driver.text("#found")
        await driver.press("f")
        assert checks.row_count == 0
        assert "failures alone" in str(checks.border_title)
        await driver.press("f", "slash", "escape")
        assert checks.row_count > 200
        assert checks.has_focus

    drive(story, config={"target_rows": 200, "output_settings": {"output_mode": "csv"}})
