"""What is looked for is found: fields, names to tick, checks, patterns; and what is said about it stands where it is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.run import part
from ingen_fab.synthetic_data.core.run.events import DayResult, SeriesResult
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.tui.about import in_titles
from ingen_fab.synthetic_data.tui.state import Draft
from ingen_fab.synthetic_data.tui.widgets.days_map import DaysMap
from ingen_fab.synthetic_data.tui.widgets.diagram import DiagramView
from ingen_fab.synthetic_data.tui.widgets.field import SettingField
from textual.widgets import Input

Drive = Callable[..., None]
SMALL, MIDDLE, LARGE = SIZES = [(80, 24), (120, 40), (200, 60)]


def control(driver: Any, path: str) -> Any:
    """What takes the value of a setting."""
    return driver.wizard.screen.query_one(f"#{path.replace('.', '--')}", SettingField).control


def test_a_message_that_stands_is_not_repeated(drive: Drive) -> None:
    """However often its key is pressed."""

    async def story(driver: Any) -> None:
        await driver.press("3", "u", "u", "u")
        assert driver.notes == ["There is no change to take back."]

    drive(story)


@pytest.mark.parametrize("size", SIZES)
def test_down_leads_from_the_filter_to_the_first_field(drive: Drive, size: tuple[int, int]) -> None:
    """And enter to the one that the words name best."""

    async def story(driver: Any) -> None:
        await driver.press("3", "slash")
        await driver.type("history")
        first = next(one for one in driver.wizard.screen.query(SettingField) if one.display)
        await driver.press("down")
        assert driver.wizard.screen.current is first
        await driver.press("escape", "slash", "ctrl+u")
        await driver.type("history to")
        await driver.press("enter")
        assert driver.wizard.screen.current.setting.path == "history.end"

    drive(story, size=size)


def test_patterns_of_paths_are_proposed(drive: Drive) -> None:
    """While one is typed, and beside the field; what a table refuses is said in the words of the form."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        control(driver, "output_settings.path_format").focus()
        await driver.settled()
        assert "nested_daily, flat_with_date, hive_partitioned" in " ".join(driver.text("#meaning").split())
        await driver.type("hive")
        await driver.until(lambda: "hive_partitioned" in driver.drawn)
        await driver.press("right")
        assert driver.wizard.draft.value("output_settings.path_format") == "hive_partitioned"
        assert 'tables have no paths: use "Output mode" parquet or csv' in driver.told("output_settings--path_format")
        assert "cannot be generated" in driver.drawn
        assert "see Parameters" not in driver.drawn
        await driver.press("escape", "1")
        assert "cannot be generated: see Parameters" in driver.drawn

    drive(story)


def test_sentences_have_titles_for_settings() -> None:
    """Those whose names are no words of English; other words stay."""
    assert in_titles("set `incremental_config.rows_per_day`, or the tables") == 'set "Rows a day", or the tables'
    assert in_titles("leave it, or `output_settings.path_format`, out") == 'leave it, or "Path pattern", out'
    assert in_titles("loads replace them, unless `keep_snapshots` is true") == 'loads replace them, unless "Keep snapshots" is true'


def test_names_of_columns_are_no_settings() -> None:
    """Whatever a column is called, messages call it so as well."""
    for sentence in (
        "`orders.target_rows` is not a column of `orders`",
        "`partition_columns` names `seed_value`, which is no column; there are: target_rows, order_id",
        "`my.output_settings.path_format` and `path_format` are columns",
    ):
        assert in_titles(sentence) == sentence


def test_a_field_says_the_names_of_columns_as_they_are(drive: Drive) -> None:
    """Also of a column that has the name of a setting."""

    async def story(driver: Any) -> None:
        driver.wizard.edit("partition_config.enabled", True)
        driver.wizard.edit("partition_config.partition_columns", ["orders.target_rows"])
        await driver.press("3")
        assert "`orders` has no column `target_rows`" in driver.told("partition_config--partition_columns")

    drive(story)


@pytest.mark.parametrize("size", SIZES)
def test_names_to_tick_are_found_by_their_letters(drive: Drive, size: tuple[int, int]) -> None:
    """Each with its tables, in the order of these; the keys stand at the foot."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        control(driver, "partition_config.partition_columns").focus()
        await driver.press("enter")
        await driver.until(lambda: driver.wizard.screen.is_modal)
        assert "type to search, space ticks" in driver.drawn
        assert "esc cancel" in driver.drawn
        assert "customers, orders" in driver.drawn
        await driver.type("ordered")
        assert "ordered_at" in driver.drawn
        assert "of the day of a row" not in driver.drawn
        await driver.press("space")
        assert "[x] 1 ordered_at" in driver.drawn
        assert "1 of 83 ticked" in driver.drawn
        await driver.press("escape")
        assert "of the day of a row" in driver.drawn
        await driver.press("enter")
        assert driver.wizard.draft.value("partition_config.partition_columns") == ["ordered_at"]

    drive(story, size=size)


@pytest.mark.parametrize("size", SIZES)
def test_a_slash_in_tables_leads_to_the_filter_of_checks(drive: Drive, size: tuple[int, int]) -> None:
    """And all that is typed after it is of the filter."""

    async def story(driver: Any) -> None:
        await driver.press("6")
        await driver.press("slash", *"KSComplement of orders".replace(" ", ""))
        field = driver.wizard.screen.query_one("#checks-filter", Input)
        assert field.has_focus
        assert field.value == "KSComplementoforders"
        assert driver.wizard.screen.query_one("#sides").active == "of-quality"

    drive(story, size=size)


def test_results_of_days_have_no_empty_columns(drive: Drive, tmp_path: Path) -> None:
    """Their tables have rows alone, and below them stand days."""

    async def story(driver: Any) -> None:
        days = (DayResult("2023-01-01", 12, 900, {"orders": 12}, {}),)
        driver.wizard.results = (
            SeriesResult("r", "retail_oltp_small", "COMPLETED", days, 0, 1.0, 12, 900, 12.0, 10**8, 1.0, str(tmp_path), ""),
        )
        await driver.press("6")
        head = next(line for line in driver.drawn.splitlines() if "table " in line and "rows" in line and "tables" not in line)
        assert head.split(" │")[0].strip(" │").split() == ["table", "rows"]
        assert "─ Days ─" in driver.drawn
        assert "─ Files ─" not in driver.drawn

    drive(story)


def test_the_peak_of_a_run_is_no_less_than_that_of_a_table(plan_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is shorter than the time between two samples has peaks that only its workers saw."""
    monkeypatch.setattr(part, "peak_memory", lambda: 10**13)
    result = run(plan_of("retail_oltp_small", target_rows=20, tables=["orders"]), workers=0)
    assert result.peak_memory_bytes == max(table.peak_memory_bytes for table in result.tables) == 10**13


@pytest.mark.slow
def test_after_a_run_the_arrows_are_of_the_calendar(drive: Drive) -> None:
    """Also where it was started out of a field."""

    async def story(driver: Any) -> None:
        driver.wizard.choose("retail_oltp_small_incremental")
        for path, value in (("incremental_config.rows_per_day", 5), ("tables", ["stores", "orders"])):
            driver.wizard.edit(path, value)
        await driver.press("8", "e")
        driver.wizard.screen.query_one("#start Input", Input).value = "2023-01-30"
        driver.wizard.screen.query_one("#end Input", Input).value = "2023-02-01"
        driver.wizard.screen.query_one("#end Input", Input).focus()
        await driver.until(lambda: driver.wizard.days is not None and driver.wizard.days.draft is driver.wizard.draft)
        await driver.settled()
        await driver.press("f5")
        await driver.until(lambda: bool(driver.wizard.results))
        await driver.press("8")
        assert isinstance(driver.wizard.focused, DaysMap)

    drive(story)


def test_a_diagram_uses_its_room(drive: Drive) -> None:
    """Names are cut only where they would not fit."""

    async def story(driver: Any) -> None:
        driver.wizard.draft = Draft("finance_oltp_small", {})
        await driver.settled()
        await driver.press("2", "d")
        assert "┌ transactions " in driver.drawn
        assert "10,000 panel" in driver.drawn
        assert driver.wizard.screen.query_one(DiagramView).max_scroll_x == 0

    drive(story, size=MIDDLE)


def test_a_small_terminal_shows_the_keys_of_windows_and_the_option_of_a_setting(drive: Drive) -> None:
    """Nothing of them is cut."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        control(driver, "as_of").focus()
        await driver.settled()
        assert "--as-of" in driver.drawn
        await driver.press("f4")
        await driver.until(lambda: driver.wizard.screen.is_modal)
        assert "ctrl+r default" in " ".join(driver.drawn.replace("│", " ").split())
        assert "esc cancel" in driver.drawn

    drive(story, size=SMALL)


def test_a_changed_field_of_days_has_its_whole_name(drive: Drive) -> None:
    """With the star."""

    async def story(driver: Any) -> None:
        await driver.press("8")
        control(driver, "output_settings.path_format").focus()
        await driver.type("flat_with_date")
        assert "Path pattern *" in driver.drawn

    drive(story, size=LARGE)
