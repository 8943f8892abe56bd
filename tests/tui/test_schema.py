"""Schema: all about a column beside the list of columns, and the relationships of the tables as a drawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ingen_fab.synthetic_data.tui.screens.schema import ColumnList, SchemaScreen, TableList
from ingen_fab.synthetic_data.tui.widgets.column_card import ColumnCard
from ingen_fab.synthetic_data.tui.widgets.diagram import DiagramView
from textual.widgets import DataTable

Drive = Callable[..., None]


def told(driver: Any) -> str:
    """What the card says, without its plot."""
    return "\n".join(driver.text(f"#column-{part}") for part in ("law", "sample", "rest"))


async def sampled(driver: Any) -> None:
    """Waits until the card shows a sample."""
    await driver.until(lambda: "rows:" in driver.text("#column-sample"))


def test_a_column_is_told_with_a_sample_and_followed(drive: Drive) -> None:
    """Its words at once, its values a moment later; Enter on a reference goes to what it refers to; a changed plan is told anew."""

    async def story(driver: Any) -> None:
        await driver.press("2", "down", "down", "down", "enter", "down", "down", "down")
        assert isinstance(driver.wizard.focused, ColumnList)
        assert "events: rows happen day by day" in driver.text("#headline")
        assert "driving (*)" in driver.text("#headline")
        await sampled(driver)
        assert "category: one of a few values" in told(driver)
        assert any(line.startswith("web ") and "(69%)" in line for line in told(driver).split("\n"))
        await driver.press("up")
        await sampled(driver)
        assert driver.wizard.screen.query_one(ColumnCard).has_class("-plotted")
        assert "1st" in driver.text("#column-plot")
        await driver.press("enter")
        tables = driver.wizard.screen.query_one(TableList)
        assert (str(tables.get_row_at(tables.cursor_row)[0]), driver.text("#column-law").split()[0]) == ("customers", "customer_id")
        await driver.press("tab")
        assert isinstance(driver.wizard.focused, ColumnCard)
        driver.wizard.edit("tables", ["orders"])
        await driver.settled()
        await sampled(driver)
        assert driver.text("#column-law").split()[0] == "order_id"
        await driver.press("escape")
        assert isinstance(driver.wizard.focused, TableList)

    drive(story)


def test_a_column_leads_to_its_rows(drive: Drive) -> None:
    """To the very cell; from the diagram to the table; and again after the plan has changed, or the row that was looked at there."""

    async def story(driver: Any) -> None:
        async def at(*place: Any) -> None:
            await driver.until(lambda: (view := driver.wizard.screen.view) is not None and (view.table, view.row, view.column) == place)

        await driver.press("2", "down", "down", "down", "enter", "down", "down", "down", "r")
        assert driver.wizard.current_mode == "preview"
        await at("orders", 0, 3)
        await driver.press("down", "down", "2", "right", "down", "r")
        await at("orders", 2, 4)
        await driver.press("2", "d", "r")
        await at("orders", 2, 4)
        driver.wizard.edit("target_rows", 70)
        await driver.settled()
        await driver.press("2", "escape", "up", "r")
        await at("customers", 0, 0)
        assert "Rows of customers" in driver.drawn

    drive(story)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_diagram_is_walked_and_leads_to_tables(drive: Drive, size: tuple[int, int]) -> None:
    """By keys and by mouse: a click looks at a box, a second one opens it."""

    async def story(driver: Any) -> None:
        await driver.press("2", "d")
        view = driver.wizard.screen.query_one(DiagramView)
        assert "┌ customers" in driver.drawn
        assert "n : 0..1 stores" in driver.drawn
        await driver.press("down", "right")
        assert view.table == "orders"
        await driver.press("enter")
        assert isinstance(driver.wizard.focused, ColumnList)
        assert driver.text("#column-law").split()[0] == "order_id"
        await driver.press("d", "left", "down")
        assert view.table in ("stores", "customers")
        await driver.pilot.click(DiagramView, offset=(4, 3), times=2)
        await driver.settled()
        assert driver.text("#column-law").split()[0] == "product_id"
        await driver.press("d", "escape")
        assert isinstance(driver.wizard.focused, TableList)

    drive(story, size=size)


def test_the_name_of_a_column_stays_in_sight(drive: Drive) -> None:
    """Where the list is scrolled to what the columns mean."""

    async def story(driver: Any) -> None:
        await driver.press("2", "enter", *["right"] * 12)
        columns = driver.wizard.screen.query_one(ColumnList)
        await driver.until(lambda: columns.scroll_x > 0)
        assert "product_id" in driver.drawn

    drive(story, size=(80, 24))


def test_a_plan_that_fails_leaves_no_column(drive: Drive) -> None:
    """What was shown of the last one is taken away, and why there is none is said."""

    async def story(driver: Any) -> None:
        await driver.press("2", "d")
        driver.wizard.edit("tables", ["nothing"])
        await driver.settled()
        screen = driver.wizard.screen
        assert isinstance(screen, SchemaScreen)
        assert "no table `nothing`" in driver.text("#headline")
        assert (told(driver).strip(), screen.query_one("#columns", DataTable).row_count) == ("", 0)
        driver.wizard.edit("tables", None)
        await driver.settled()
        assert "customers" in driver.text("#headline")

    drive(story)
