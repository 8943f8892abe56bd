"""What has little room, or much: names, ways and values are cut or wrapped so that what matters can be read."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.tui.looking import trail
from ingen_fab.synthetic_data.tui.screens.help import Help
from ingen_fab.synthetic_data.tui.screens.schema import ColumnList, TableList
from ingen_fab.synthetic_data.tui.state import Draft
from ingen_fab.synthetic_data.tui.widgets.days_map import DaysMap
from ingen_fab.synthetic_data.tui.widgets.hanging import Hanging, hung
from ingen_fab.synthetic_data.tui.widgets.quality import QualityPanel
from rich.console import Console
from textual.widgets import Input, OptionList

Drive = Callable[..., None]
SIZES = [(80, 24), (120, 40), (200, 60)]


def columns(driver: Any) -> list[str]:
    """What is seen of the list of columns, without what is beside it."""
    area = driver.wizard.screen.query_one(ColumnList).region
    return [line[area.x : area.right] for line in driver.drawn.splitlines()[area.y : area.bottom]]


@pytest.mark.parametrize("size", SIZES)
def test_columns_of_a_table_are_as_wide_as_they_need(drive: Drive, size: tuple[int, int]) -> None:
    """Whatever was looked at before: another table, or another dataset."""

    async def story(driver: Any) -> None:
        await driver.press("2")
        first = columns(driver)
        tables = driver.wizard.screen.query_one(TableList)
        for _ in range(tables.row_count - 1):
            await driver.press("down")
        await driver.press("home", *["up"] * tables.row_count)
        assert columns(driver) == first
        needed = [column.width for column in tables.ordered_columns], tables.virtual_size.width
        driver.wizard.draft = Draft("insurance_oltp_small", {})
        await driver.settled()
        driver.wizard.draft = Draft("retail_oltp_small", {})
        await driver.settled()
        assert ([column.width for column in tables.ordered_columns], tables.virtual_size.width) == needed
        assert columns(driver) == first

    drive(story, size=size)


def test_what_is_cut_of_a_column_has_a_mark(drive: Drive) -> None:
    """What is said about it has the room that the list has, and no more."""

    async def story(driver: Any) -> None:
        await driver.press("2", "down", "down", "down")
        cut = [line for line in columns(driver) if ".." in line]
        assert cut
        assert all(line.rstrip(" │▁▂▃▄▅▆▇█▔").endswith("..") for line in cut)
        assert driver.wizard.screen.query_one(ColumnList).max_scroll_x == 0

    drive(story, size=(200, 60))


def test_the_way_to_a_row_loses_its_beginning() -> None:
    """Where one is now is never cut."""
    titles = ["orders row 300", "customers as of 2024-03-05", "orders: row 3 of 7"]
    assert trail(titles, 200) == "orders row 300 > customers as of 2024-03-05 > orders: row 3 of 7"
    assert trail(titles, 60) == ".. > customers as of 2024-03-05 > orders: row 3 of 7"
    assert trail(titles, 20) == ".. > orders: row 3 of 7"


def test_the_newest_end_of_the_way_is_seen(drive: Drive) -> None:
    """Also where the whole of it has no room."""

    async def story(driver: Any) -> None:
        await driver.press("4", "right", "right", "enter")
        await driver.until(lambda: "customers as of" in driver.text("#where"))
        await driver.press("home", "enter")
        await driver.until(lambda: "of customer_id" in driver.text("#where"))
        assert ", seed 42" in driver.drawn
        assert "orders as of" in driver.drawn

    drive(story, size=(80, 24))


@pytest.mark.parametrize("size", SIZES)
def test_a_row_with_its_family_says_its_keys(drive: Drive, size: tuple[int, int]) -> None:
    """At its foot, and by F1; where the two lists stand below each other, the row has the room that its family does not need."""

    async def story(driver: Any) -> None:
        await driver.press("4", "i")
        await driver.until(lambda: "looking" not in driver.drawn)
        assert "enter goes to the row" in driver.drawn
        assert "esc closes" in driver.drawn
        record, kin = driver.wizard.screen.query_one("#record"), driver.wizard.screen.query_one("#kin")
        assert record.content_size.height >= 9
        if size[0] == 80:
            assert kin.virtual_size.height >= kin.content_size.height
        await driver.press("f1")
        assert isinstance(driver.wizard.screen, Help)
        assert "A row with its family" in driver.drawn
        await driver.press("escape")
        assert "enter goes to the row" in driver.drawn

    drive(story, size=size)


def wrapped(lines: list[tuple[str, str]], width: int) -> list[str]:
    """What is seen of lines in so many cells."""
    console = Console(width=width, file=StringIO())
    console.print(hung(lines))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]  # it is a StringIO


def test_values_are_wrapped_beside_their_names() -> None:
    """What is too long goes on below its beginning; a word without a gap, such as an address, is broken."""
    assert wrapped([("email  ", "somebody.with-a-long-name@example.com")], 24) == [
        "email  somebody.with-a-l",
        "       ong-name@example.",
        "       com",
    ]
    assert wrapped([("a  ", "short"), ("b  ", "")], 24) == ["a  short", "b"]


def test_wrapped_lines_are_counted_in_cells() -> None:
    """A letter may take two of them; a head without room stands on lines of its own, and no blank is lost but that of a break."""
    assert wrapped([("name  ", "山田太郎" * 3)], 16) == ["name  山田太郎山", "      田太郎山田", "      太郎"]
    assert wrapped([("a_very_long_name_of_a_column  ", "two words")], 20) == ["a_very_long_name_of_", "a_column", "          two words"]
    assert wrapped([("note  ", "two   blanks  and more")], 16) == ["note  two", "      blanks", "      and more"]


def test_a_value_in_wide_letters_is_seen_whole(drive: Drive) -> None:
    """In a record, in which nothing scrolls to the side."""

    async def story(driver: Any) -> None:
        await driver.press("4", "i")
        await driver.until(lambda: driver.wizard.screen.is_modal and driver.wizard.screen.query("#fields"))
        fields = driver.wizard.screen.query_one("#fields", Hanging)
        value = "".join(map(chr, range(0x4E00, 0x4E00 + 120)))
        fields.tell([("name  ", value)])
        await driver.settled()
        assert "".join(letter for letter in driver.drawn if letter in value) == value

    drive(story, size=(80, 24))


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_a_day_leads_to_its_rows(drive: Drive, size: tuple[int, int]) -> None:
    """By a key that stands at the foot; what is said of a table is wrapped below its beginning."""

    async def story(driver: Any) -> None:
        driver.wizard.choose("retail_oltp_small_incremental")
        driver.wizard.edit("incremental_config.rows_per_day", 50)
        await driver.press("8")
        await driver.until(lambda: driver.wizard.days is not None and driver.wizard.days.draft is driver.wizard.draft)
        await driver.settled()
        day = driver.wizard.screen.query_one(DaysMap).day
        await driver.press("enter")
        await driver.until(lambda: "orders" in driver.text("#brings"))
        assert "r rows" in driver.drawn
        names = {"stores", "products", "customers", "orders", "order_items", "inventory"}
        assert all(line.startswith(" ") or line.split()[0] in names for line in driver.text("#brings").splitlines())
        await driver.press("f1")
        assert isinstance(driver.wizard.screen, Help)
        await driver.press("escape", "r")
        await driver.until(lambda: f"orders as of {day}" in driver.text("#where"))
        await driver.until(lambda: f"{day} " in driver.drawn.split("ordered_at")[-1] or size[0] == 80)
        assert ": row " in driver.text("#where")

    drive(story, size=size)


@pytest.mark.slow
def test_tables_of_one_schema_can_be_told_apart(drive: Drive, plan_of: Callable[..., Any], tmp_path: Path) -> None:
    """In the list beside the prompt for SQL their schema stands once, above them; what is put into the line has it."""
    run(plan_of("retail_oltp_small", output_settings__output_mode="csv", target_rows=30), workers=0)

    async def story(driver: Any) -> None:
        await driver.press("6", "A")
        names = driver.wizard.screen.query_one("#sql-names", OptionList)
        await driver.until(lambda: names.option_count > 6)
        area = names.region
        seen = [line[area.x : area.right].strip(" │") for line in driver.drawn.splitlines()[area.y : area.bottom]]
        assert {"customers", "order_items", "inventory"} <= set(seen)
        names.focus()
        await driver.press("end", "enter")
        line = driver.wizard.screen.query_one("#sql-line", Input).value
        assert line.startswith("FROM retail_oltp_small.")

    drive(story, size=(80, 24), config={"output_settings": {"output_dir": str(tmp_path / "out")}})


@pytest.mark.slow
def test_what_cannot_be_checked_is_wrapped(drive: Drive) -> None:
    """A sentence that is longer than the line goes on below it."""

    async def story(driver: Any) -> None:
        await driver.press("6", "t")
        panel = driver.wizard.screen.query_one(QualityPanel)
        panel._say("could not be checked: " + "word " * 20 + "the end")
        await driver.settled()
        assert "the end" in driver.drawn

    drive(story, size=(80, 24))
