"""Nothing that works behind the wizard keeps it open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from threading import Event
from time import monotonic
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import RunError
from ingen_fab.synthetic_data.core.job import run_job
from ingen_fab.synthetic_data.tui.screens.dialogs import Confirm

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


@pytest.mark.slow
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


@pytest.mark.slow
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
