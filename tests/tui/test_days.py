"""The step Days: what a range brings, what is there of it, its run, and how that goes on."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.run.ledger import Ledger
from ingen_fab.synthetic_data.tui.screens.browse import DatasetList
from ingen_fab.synthetic_data.tui.screens.choosing import Choose
from ingen_fab.synthetic_data.tui.screens.dialogs import Confirm
from ingen_fab.synthetic_data.tui.start import first_draft
from ingen_fab.synthetic_data.tui.widgets.days_map import DaysMap
from ingen_fab.synthetic_data.tui.widgets.field import SettingField
from textual.widgets import Input, TextArea

pytestmark = pytest.mark.slow

Drive = Callable[..., None]
Call = Callable[..., subprocess.CompletedProcess[str]]
DAILY = "retail_oltp_small_incremental"
FEW = {"incremental_config": {"rows_per_day": 5}, "tables": ["stores", "orders"]}


async def arrive(driver: Any, start: str = "2023-01-30", end: str = "2023-02-02") -> None:
    """Chooses the dataset that arrives by days and a range of them, and looks at the calendar."""
    driver.wizard.choose(DAILY)
    for path, value in (("incremental_config.rows_per_day", 5), ("tables", FEW["tables"])):
        driver.wizard.edit(path, value)
    await driver.press("8", "e")
    driver.wizard.screen.query_one("#start Input", Input).value = start
    driver.wizard.screen.query_one("#end Input", Input).value = end
    await driver.press("escape")
    await driver.until(lambda: driver.wizard.days is not None and driver.wizard.days.draft is driver.wizard.draft)
    await driver.settled()


def cells(driver: Any) -> dict[str, str]:
    """Month -> its calendar."""
    lines = [line.strip(" │") for line in driver.drawn.splitlines()]
    found = (re.match(r"(20\d\d) ?-?(\d\d|[A-Z]..) {1,2}([■□·✗ ]{31})", f"{line:80}") for line in lines)
    names = {f"{month:02}": f"{date(2023, month, 1):%b}" for month in range(1, 13)}
    return {f"{one[1]} {names.get(one[2], one[2])}": one[3].rstrip() for one in found if one}


def test_a_day_is_looked_at(drive: Drive) -> None:
    """The arrows choose a day, also of another month; Enter tells what it brings, and the arrows go on to the days beside it."""

    async def story(driver: Any) -> None:
        await arrive(driver)
        calendar = driver.wizard.screen.query_one(DaysMap)
        assert calendar.day == date(2023, 1, 30)
        await driver.press("right", "right", "l")
        assert calendar.day == date(2023, 2, 2)
        await driver.press("h")
        assert calendar.day == date(2023, 2, 1)
        assert "Wed 01: " in driver.text("#month")
        await driver.press("enter")
        await driver.until(lambda: "orders" in driver.text("#brings"))
        assert driver.wizard.screen.query_one(".window").border_title == "What Wednesday, 2023-02-01 brings"
        rows = {line.split()[0]: line.split()[1:] for line in driver.text("#brings").splitlines()[1:]}
        assert rows["orders"][0].isdecimal()
        await driver.press("left", "left", "left")
        assert driver.wizard.screen.query_one(".window").border_title == "What Monday, 2023-01-30 brings"
        await driver.press("l")
        await driver.until(lambda: "orders" in driver.text("#brings"))
        await driver.press("escape")
        assert driver.wizard.focused is calendar
        await driver.press("home", "left", "enter")
        assert "2023-01-01 is not among the days that are chosen." in driver.notes

    drive(story)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_a_dataset_that_arrives_by_days_leads_to_them(drive: Drive, size: tuple[int, int]) -> None:
    """Enter in Browse; the calendar shows its history, the curve its events, and the legend counts."""

    async def story(driver: Any) -> None:
        datasets = driver.wizard.screen.query_one(DatasetList)
        datasets.highlighted = [option.id for option in datasets.options].index(DAILY)
        await driver.settled()
        assert "rows     100 rows a day" in driver.text("#about")
        await driver.press("enter")
        assert driver.wizard.current_mode == "days"
        await driver.until(lambda: "731 days to write" in driver.text("#said"))
        assert "73,100 rows of orders, 100 a day" in driver.text("#said")
        assert cells(driver)["2023 Jan"] == "□" * 31
        assert cells(driver)["2023 Feb"] == "□" * 28
        assert driver.text("#legend").startswith("■ published 0   □ planned 731")
        await driver.press(*["down"] * 10)
        assert "2023-11" in driver.text("#month")
        assert "black_friday 24" in driver.text("#month")
        rows = driver.text("#month").split(" · ")[1].strip().removesuffix(" rows")
        line = next(line for line in driver.drawn.splitlines() if re.search(r"2023(-11| Nov) ", line))
        assert re.search(rf" {rows.replace(',', '' if size[0] == 80 else ',')}\b", line)
        assert ("christmas_week 18-24" in driver.drawn) == (size[0] > 80)
        await driver.press("end")
        assert driver.wizard.screen.query_one(DaysMap).month[0].isoformat() == "2024-12-01"
        assert "2024 Dec" in cells(driver)

    drive(story, size=size)


def test_days_are_written_and_seen_to_be_there(drive: Drive) -> None:
    """F5 starts them without a question, the run tells of days, and the calendar of what is published."""

    async def story(driver: Any) -> None:
        await arrive(driver)
        assert cells(driver) == {"2023 Jan": " " * 29 + "□□", "2023 Feb": "□□"}
        await driver.press("f5")
        await driver.until(lambda: driver.wizard.job is not None and driver.wizard.job.result is not None)
        await driver.settled()
        assert driver.wizard.current_mode == "run"
        assert "4 of 4" in driver.text("RunBars")
        assert "done, 4 days" in driver.text("RunScreen #headline")
        await driver.press("enter")
        await driver.settled()
        assert driver.wizard.current_mode == "results"
        await driver.press("8")
        await driver.settled()
        assert cells(driver) == {"2023 Jan": " " * 29 + "■■", "2023 Feb": "■■"}
        assert "all days are there" in driver.text("#said")
        assert len({entry.day for entry in Ledger(Path("synthetic_data")).entries(f"{DAILY}-parquet")}) == 4
        await driver.press("f5")
        await driver.until(lambda: bool(driver.notes))
        assert "All of these days are there" in driver.notes[0]

    drive(story)


def test_writing_again_is_asked_first(drive: Drive) -> None:
    """It replaces; no is the harmless answer."""

    async def story(driver: Any) -> None:
        await arrive(driver, "2023-01-01", "2023-01-02")
        await driver.press("f5")
        await driver.until(lambda: driver.wizard.job is not None and driver.wizard.job.result is not None)
        first = driver.wizard.job
        driver.wizard.edit_days("again", True)
        driver.wizard.edit_days("end", "2023-01-03")
        await driver.press("8", "f5")
        await driver.until(lambda: isinstance(driver.wizard.screen, Confirm))
        assert "writes 2 days again" in driver.text("Confirm Label")
        await driver.press("n")
        assert driver.wizard.job is first
        await driver.press("f5")
        await driver.until(lambda: isinstance(driver.wizard.screen, Confirm))
        await driver.press("y")
        await driver.until(lambda: driver.wizard.job is not first and driver.wizard.job.result is not None)
        assert len(driver.wizard.job.result.days) == 3

    drive(story)


def test_a_cancelled_run_goes_on_behind_what_is_published(drive: Drive) -> None:
    """The question, the headline and the calendar say so; F5 writes the rest and no day twice."""

    async def story(driver: Any) -> None:
        await arrive(driver, "2023-01-01", "2024-12-31")
        driver.wizard.edit_days("batch", 1)
        await driver.press("f5")
        await driver.until(lambda: driver.wizard.job is not None and len(driver.wizard.job.written) > 1)
        await driver.press("8")
        await driver.until(lambda: "■" in driver.drawn.split("legend")[0])
        await driver.press("x")
        await driver.until(lambda: isinstance(driver.wizard.screen, Choose))
        assert "stay" in driver.text("Choose Label")
        # The days at work are published first.
        await driver.press("down", "enter")
        await driver.until(lambda: driver.wizard.job.result is not None)
        await driver.press("5")
        assert driver.wizard.job.result.status == "CANCELLED"
        assert driver.wizard.job.cancel.is_ending()
        assert not driver.wizard.job.cancel.is_set()
        done = len(driver.wizard.job.result.days)
        assert f"{done} of 731 days are written" in driver.text("RunScreen #headline")
        assert "F5 goes on" in driver.text("RunScreen #headline")
        driver.wizard.edit_days("end", str(date(2023, 1, 1) + timedelta(days=done + 4)))
        driver.wizard.edit_days("batch", 50)
        first = driver.wizard.job
        await driver.press("f5")
        await driver.until(lambda: driver.wizard.job is not first and driver.wizard.job.result is not None)
        assert (driver.wizard.job.result.there, len(driver.wizard.job.result.days)) == (done, 5)

    drive(story)


def test_what_is_wrong_stands_at_its_field_or_below(drive: Drive) -> None:
    """A day that is none at its field; what only the whole tells below the fields. F5 says it too."""

    async def story(driver: Any) -> None:
        await arrive(driver)
        field = driver.wizard.screen.query_one("#start", SettingField)
        field.query_one(Input).focus()
        await driver.press("f4", "right", "enter")
        assert field.query_one(Input).value == "2023-01-31", "the calendar opens here, too"
        field.query_one(Input).value = "2023-02-31"
        await driver.settled()
        assert "must be a day such as" in driver.told("start")
        await driver.press("f5")
        await driver.until(lambda: bool(driver.notes))
        assert driver.notes[-1].startswith("First day: must be a day")
        field.query_one(Input).value = "2023-03-01"
        await driver.until(lambda: "ends on 2023-02-02, before it starts on 2023-03-01" in driver.text("#said"))
        await driver.press("f5")
        await driver.until(lambda: len(driver.notes) > 1)
        assert driver.wizard.job is None

    drive(story)


def test_changes_of_days_are_taken_back(drive: Drive) -> None:
    """All defaults at once as one step; from the form of parameters as well, which says so."""

    async def story(driver: Any) -> None:
        await driver.press("8")
        driver.wizard.edit_days("start", "2023-01-05")
        driver.wizard.edit_days("end", "2023-02-02")
        await driver.press("d")
        assert driver.wizard.draft.days == {}
        await driver.press("u")
        assert driver.wizard.draft.days == {"start": "2023-01-05", "end": "2023-02-02"}
        assert driver.notes == []
        await driver.press("3", "u")
        assert driver.wizard.draft.days == {"start": "2023-01-05"}
        assert driver.notes == ["That was a change of the step Days."]

    drive(story)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_parameters_tell_what_the_chosen_days_bring(drive: Drive, size: tuple[int, int]) -> None:
    """Rows, room and time of the days, and not of the whole history; what such a dataset refuses is not offered."""

    async def story(driver: Any) -> None:
        await arrive(driver, "2023-03-01", "2023-03-04")
        await driver.press("3")
        await driver.until(lambda: driver.wizard.days.expected is not None)
        told = driver.text("PlanCard")
        assert told.startswith("2023-03-01 to 2023-03-04: 4 days to write\nabout ")
        assert re.search(r"on disk \([\d.]+ kB a day\)", told)
        rows = sum(driver.wizard.days.daily.rows.values())
        assert f"{rows} rows of orders, {round(rows / 4)} a day" in told
        assert re.search(rf"^orders +{rows} ", told, re.MULTILINE)
        assert "4 days, 2023-03-01 to 2023-03-04" in driver.text("#chosen")
        fields = {field.setting.path: field.display for field in driver.wizard.screen.query(SettingField)}
        assert (fields["target_rows"], fields["as_of"], fields["seed_value"]) == (False, False, True)
        driver.wizard.edit("incremental_config.rows_per_day", 500)
        await driver.until(lambda: driver.wizard.days.draft is driver.wizard.draft)
        assert f"{sum(driver.wizard.days.daily.rows.values()):,} rows of orders" in driver.text("PlanCard")
        driver.wizard.edit("incremental_config.table_types", {"nothing": "snapshot"})
        await driver.until(lambda: "there is no table `nothing`" in driver.text("PlanCard"))
        driver.wizard.choose("retail_oltp_small")
        await driver.settled()
        assert "rows as Delta tables" in driver.text("PlanCard")
        assert {field.display for field in driver.wizard.screen.query(SettingField)} == {True}

    drive(story, size=size)


def test_days_that_come_back_unchanged_keep_their_price(drive: Drive) -> None:
    """A setting that is changed and taken back does not leave the card waiting."""

    async def story(driver: Any) -> None:
        await arrive(driver)
        await driver.press("3")
        await driver.until(lambda: driver.wizard.days.expected is not None)
        driver.wizard.edit("seed_value", 7)
        driver.wizard.edit("seed_value", None)
        await driver.until(lambda: driver.wizard.days.draft is driver.wizard.draft and driver.wizard.days.expected is not None)
        assert "about " in driver.text("PlanCard")

    drive(story)


def test_results_show_days_and_their_checks(drive: Drive) -> None:
    """What the run wrote, table by table and day by day, and whether the days are what was declared."""

    async def story(driver: Any) -> None:
        await arrive(driver, "2023-01-01", "2023-01-04")
        await driver.press("f5")
        await driver.until(lambda: bool(driver.wizard.results))
        await driver.press("6")
        assert driver.text("#summary").startswith(f"{DAILY}: 4 days, ")
        result = driver.wizard.results[0]
        assert driver.text("#files").splitlines()[0].split()[:2] == ["2023-01-01", str(result.days[0].rows)]
        orders = sum(day.tables["orders"] for day in result.days)
        assert re.search(rf"orders +{orders} ", driver.drawn)
        await driver.press("t")
        await driver.until(lambda: driver.text("#verdict").startswith(("✓", "✗", "could")))
        assert "checks passed" in driver.text("#verdict")

    drive(story)


def test_another_dataset_is_generated_by_days_from_their_step_alone(drive: Drive) -> None:
    """F5 elsewhere generates it whole."""

    async def story(driver: Any) -> None:
        await driver.press("8")
        driver.wizard.edit_days("end", "2023-01-02")
        await driver.until(lambda: driver.text("#said").startswith("2023-01-01 to 2023-01-02"))
        assert f"{DAILY} is the same dataset" in driver.text("#said")
        await driver.press("f5")
        await driver.until(lambda: driver.wizard.job is not None and driver.wizard.job.result is not None)
        assert driver.wizard.job.series is not None
        assert len(driver.wizard.results) == 1
        driver.wizard.edit("output_settings.schema", "whole")
        await driver.settled()
        await driver.press("1", "f5")
        await driver.until(lambda: len(driver.wizard.results) == 2)
        assert driver.wizard.job.series is None

    drive(story, config={"target_rows": 200, "output_settings": {"output_mode": "parquet"}})


def test_the_exported_command_finds_all_days_there(drive: Drive, call: Call, tmp_path: Path) -> None:
    """It does what the wizard did: nothing is left to do."""

    async def story(driver: Any) -> None:
        await arrive(driver)
        await driver.press("f5")
        await driver.until(lambda: driver.wizard.job is not None and driver.wizard.job.result is not None)
        await driver.press("7")
        assert driver.text("#use").endswith("--config FILE --start-date 2023-01-30 --end-date 2023-02-02")
        await driver.press(*["t"] * 8)
        await driver.settled()
        words = shlex.split(driver.wizard.screen.query_one(TextArea).text)
        assert words[1:7] == ["generate-series", DAILY, "--start-date", "2023-01-30", "--end-date", "2023-02-02"]
        done = call(*words[1:], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "nothing to do" in done.stdout

    drive(story)


def test_a_saved_config_has_the_days_in_it(drive: Drive, call: Call, tmp_path: Path) -> None:
    """Opened again it is the same draft; the command line takes the days from it, and options are above them."""
    file = tmp_path / "days.yaml"

    async def story(driver: Any) -> None:
        await arrive(driver)
        for name, value in (("batch", 2), ("output_settings.output_mode", "csv"), ("output_settings.path_format", "flat_with_date")):
            driver.wizard.edit_days(name, value)
        await driver.press("7")
        file.write_text(driver.wizard.screen.query_one(TextArea).text)
        draft, _ = first_draft(config=file)
        assert draft.days == driver.wizard.draft.days
        assert draft.config.items() >= driver.wizard.draft.config.items()

    drive(story)
    done = call("generate-series", "--config", str(file), "--end-date", "2023-01-31", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [day["day"] for day in json.loads(done.stdout)["days"]] == ["2023-01-30", "2023-01-31"]
    assert list(tmp_path.rglob("*20230130*.csv"))
    whole = call("generate", "--config", str(file), "--dry-run", cwd=tmp_path)
    assert "days" not in whole.stderr
    file.write_text(file.read_text().replace("batch:", "bacth:"))
    done = call("generate-series", "--config", str(file), cwd=tmp_path)
    assert done.returncode == 2
    assert "days.bacth" in done.stderr


def test_days_have_an_output_of_their_own(drive: Drive) -> None:
    """Parquet where nothing is said; what the parameters say; what the step says."""

    async def story(driver: Any) -> None:
        await driver.press("8")
        await driver.until(lambda: driver.wizard.days is not None)
        assert driver.wizard.days.series.plan.output.mode == "parquet"
        driver.wizard.edit("output_settings.output_mode", "csv")
        await driver.until(lambda: driver.wizard.days.draft is driver.wizard.draft)
        assert driver.wizard.days.series.plan.output.mode == "csv"
        driver.wizard.edit_days("output_settings.output_mode", "table")
        driver.wizard.edit_days("output_settings.path_format", "flat")
        await driver.until(lambda: driver.wizard.days.draft is driver.wizard.draft)
        assert "tables have no paths of days" in driver.wizard.days.problem
        assert driver.wizard.plan is not None, driver.wizard.planned.problems

    drive(story)
