"""Nothing that works behind the wizard keeps it open, and nothing fails on the way out; what would be lost is asked about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from threading import Event
from time import monotonic
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import RunError
from ingen_fab.synthetic_data.core.job import run_job
from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.screens.dialogs import Confirm
from ingen_fab.synthetic_data.tui.state import Draft
from ingen_fab.synthetic_data.tui.steps import STEPS
from textual.css.query import NoMatches
from textual.widgets import Input

pytestmark = pytest.mark.slow

Drive = Callable[..., None]
Reported = Callable[[], str]
PARQUET = {"target_rows": 50, "output_settings": {"output_mode": "parquet"}}


@pytest.fixture
def stuck() -> Iterator[Callable[..., Any]]:
    """Work that looks at no cancel token and does not end by itself."""
    end = Event()

    def work(*_: Any, **__: Any) -> Any:
        end.wait(50)
        raise RunError("a test has ended")

    yield work
    end.set()


def test_a_check_that_hangs_does_not_keep_the_wizard(drive: Drive, stuck: Callable[..., Any]) -> None:
    """The wizard ends at once."""

    async def story(driver: Any) -> None:
        await driver.pilot.press("f5")
        await driver.until(lambda: bool(driver.wizard.checks))
        await driver.pilot.press("q")
        await driver.until(lambda: not driver.wizard.is_running)

    began = monotonic()
    drive(story, config=PARQUET, validate=stuck)
    assert monotonic() - began < 40


def test_a_run_that_hangs_is_left_when_asked_twice(drive: Drive, stuck: Callable[..., Any]) -> None:
    """The first time the wizard asks and waits for it, the second time it goes."""

    async def story(driver: Any) -> None:
        await driver.pilot.press("f5")
        await driver.until(lambda: driver.wizard.job is not None)
        await driver.pilot.press("ctrl+c")
        await driver.until(lambda: isinstance(driver.wizard.screen, Confirm))
        await driver.pilot.press("y")
        await driver.until(driver.wizard.job.cancel.is_set)
        assert driver.wizard.is_running
        await driver.pilot.press("ctrl+c")
        await driver.until(lambda: not driver.wizard.is_running)

    began = monotonic()
    drive(story, config=PARQUET, run=stuck)
    assert monotonic() - began < 40


def test_a_plan_that_fails_for_no_known_reason_is_a_sentence(drive: Drive, reported: Reported) -> None:
    """And the wizard goes on: another setting, another dataset."""

    async def story(driver: Any) -> None:
        assert "this should not have happened (AttributeError" in driver.wizard.planned.problems[0][1]
        await driver.press("2")
        assert "should not have happened" in driver.text("SchemaScreen #headline")
        await driver.press("f5", "5", "3")
        assert driver.wizard.job is None
        driver.wizard._machine = None
        driver.wizard.choose("retail_oltp_large")
        await driver.settled()
        assert driver.wizard.plan is not None

    drive(story, machine="no machine")
    assert "AttributeError" in reported()


def test_a_check_that_fails_for_no_known_reason_is_a_sentence(drive: Drive, reported: Reported) -> None:
    """What was written is there all the same."""

    def fails(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("by nothing")

    async def story(driver: Any) -> None:
        await driver.pilot.press("f5")
        await driver.until(lambda: driver.wizard.results)
        await driver.press("6", "t")
        await driver.until(lambda: any(check.ended.is_set() for check in driver.wizard.checks.values()))
        assert "could not be checked" in driver.text("#verdict")
        assert "ZeroDivisionError" in driver.text("#verdict")

    drive(story, config=PARQUET, run=partial(run_job, check=False), validate=fails)
    assert "ZeroDivisionError: by nothing" in reported()


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_changed_settings_are_asked_about(drive: Drive, key: str) -> None:
    """From a field too; no stays, and asked twice it goes."""

    async def story(driver: Any) -> None:
        await driver.press("3", "down", "1")
        assert isinstance(driver.wizard.focused, Input)
        if key == "q":
            await driver.press("escape")
        await driver.press(key)
        assert "settings of retail_oltp_small are not saved" in driver.text("Confirm Label")
        await driver.press("n")
        assert driver.wizard.is_running
        assert driver.wizard.draft.config == {"target_rows": 1}
        await driver.press(key)
        assert isinstance(driver.wizard.screen, Confirm)
        await driver.pilot.press("y" if key == "q" else key)
        await driver.until(lambda: not driver.wizard.is_running)
        assert driver.wizard.return_code == 0

    drive(story)


def test_settings_of_another_dataset_are_asked_about(drive: Drive) -> None:
    """They are not shown, but would be lost as well."""

    async def story(driver: Any) -> None:
        driver.wizard.edit("target_rows", 7)
        driver.wizard.choose("retail_oltp_large")
        await driver.settled()
        await driver.press("q")
        assert "settings of retail_oltp_small are not saved" in driver.text("Confirm Label")

    drive(story)


@pytest.mark.parametrize("way", [("7", "s", "enter"), ("7", "c"), ("f5",)], ids=["saved", "copied", "generated"])
def test_what_was_taken_away_is_not_asked_about(drive: Drive, way: tuple[str, ...]) -> None:
    """Nothing would be lost."""

    async def story(driver: Any) -> None:
        driver.wizard.edit("target_rows", 60)
        await driver.settled()
        assert driver.wizard.unsaved
        await driver.press(*way)
        await driver.until(lambda: not driver.wizard.unsaved and not driver.wizard.running)
        await driver.pilot.press("q")
        await driver.until(lambda: not driver.wizard.is_running)

    drive(story, config=PARQUET)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_is_being_built_is_left_without_a_word(drive: Drive, step: str) -> None:
    """Its widgets are not there when it would show what is known; the exit code stays that of the signal."""

    async def story(driver: Any) -> None:
        driver.wizard.action_step("browse" if step != "browse" else "schema")
        driver.wizard.action_step(step)
        driver.wizard._terminated(15)
        async with asyncio.timeout(60):
            # Not the driver's way: it would wait for the widgets of a step that is never finished.
            while driver.wizard.is_running:
                await asyncio.sleep(0)
        assert driver.wizard.return_code == 143

    drive(story)


def test_what_fails_on_the_way_out_is_no_defect(drive: Drive) -> None:
    """A watcher, a callback, a worker."""

    async def fails() -> None:
        raise NoMatches("gone")

    async def story(driver: Any) -> None:
        driver.wizard.watch(driver.wizard, "expected", fails, init=False)
        driver.wizard.exit(return_code=143)
        driver.wizard.screen.run_worker(fails)
        driver.wizard.screen.call_next(fails)
        driver.wizard.exit()
        await driver.until(lambda: not driver.wizard.is_running)
        assert driver.wizard.return_code == 143

    drive(story)


def test_a_defect_is_shown_as_ever() -> None:
    """Where the wizard was not being left."""

    async def fails() -> None:
        raise NoMatches("a defect")

    wizard = Wizard(Draft("retail_oltp_small", {}))

    async def main() -> None:
        async with wizard.run_test() as pilot:
            wizard.screen.call_next(fails)
            await pilot.pause()

    with pytest.raises(NoMatches, match="a defect"):
        asyncio.run(main())
    assert wizard.return_code == 1
