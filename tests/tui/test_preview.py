"""Preview: any row of any table at once, and the ways from one row to those that belong to it."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq
from ingen_fab.synthetic_data.core.run.look import texts
from ingen_fab.synthetic_data.tui.screens.preview import Rows

from .conftest import Drive

PARQUET = {"output_settings": {"output_mode": "parquet"}}


def texts_of(grid: Rows, row: int) -> list[Any]:
    """The cells of a row."""
    return [grid.pages.cell(row, column) for column in range(len(grid.columns))]


def shown(driver: Any) -> list[list[str | None]]:
    """The rows on the screen."""
    grid = driver.wizard.screen.query_one(Rows)
    return [texts_of(grid, row) for row in grid.seen]


async def to_column(driver: Any, name: str) -> None:
    """Puts the cursor on a column."""
    grid = driver.wizard.screen.query_one(Rows)
    number = [column.name for column in grid.columns].index(name)
    await driver.press("home", *["right"] * number)


async def answer(driver: Any, key: str, text: str) -> None:
    """Types into the field that a key opens."""
    await driver.press(key)
    field = driver.wizard.screen.query_one("#asked")
    field.value = text
    await driver.press("enter")


def test_the_preview_shows_what_is_written(drive: Drive) -> None:
    """Any rows, after a run: the same texts as in the files."""

    async def story(driver: Any) -> None:
        await driver.press("4", "o")
        await driver.type("401")
        await driver.press("enter")
        assert driver.text("#where").startswith("orders: row 401 of")
        grid = driver.wizard.screen.query_one(Rows)
        seen, rows = grid.seen, shown(driver)
        await to_column(driver, "channel")
        await driver.until(lambda: "most frequent" in driver.text("#statistics"))
        assert "channel" in driver.text("#statistics")
        await driver.press("f5")
        await driver.until(lambda: bool(driver.wizard.results))
        table = pq.read_table("synthetic_data/Files/retail_oltp_small/orders").slice(seen.start, len(rows))
        assert 400 in seen
        assert rows == [list(row) for row in zip(*(texts(column) for column in table.columns), strict=True)]

    drive(story, config=PARQUET)


def test_a_billion_rows_are_scrolled_through(drive: Drive) -> None:
    """The last row is there at once and little is held; keys go about, and what is not there is told."""

    async def story(driver: Any) -> None:
        await driver.press("4", "o")
        await driver.type("999_999_901")
        await driver.press("enter")
        assert "row 999,999,901 of 1,000,000,000" in driver.text("#where")
        grid = driver.wizard.screen.query_one(Rows)
        await driver.press("G")
        assert shown(driver)[-1][0] == "1000000000"
        await driver.press("down", "k", "pageup")
        assert f"row {10**9 - 1 - grid.lines:,} of" in driver.text("#where")
        await driver.press("g", "ctrl+d", "j")
        assert f"row {grid.lines // 2 + 2} of" in driver.text("#where")
        assert shown(driver)[0][0] == str(grid.seen.start + 1)
        await driver.press("o")
        await driver.type("2b")
        await driver.press("enter")
        assert any("there are 1,000,000,000 rows" in note for note in driver.notes)
        # Whoever goes elsewhere ends a search.
        await driver.press("escape", "slash")
        screen = driver.wizard.screen
        screen._answer("length(order_number) = 1")
        seeking = screen._search
        screen.action_sort()
        assert seeking.is_stopped
        await driver.settled()
        assert "by order_id" in driver.text("#where")
        assert not screen.can_leave

    drive(story, config={"target_rows": 10**9})


def test_keys_are_followed_there_and_back(drive: Drive) -> None:
    """From a row to its parent as it was then, to the children, and back the whole way; a place is a day or a state as well."""

    async def story(driver: Any) -> None:
        await driver.press("4")
        await answer(driver, "o", "300")
        await to_column(driver, "customer_id")
        grid = driver.wizard.screen.query_one(Rows)
        key, day = texts_of(grid, 299)[grid.column], texts_of(grid, 299)[7]
        await driver.press("enter")
        assert f"orders row 300 > customers as of {day}" in driver.text("#where")
        assert texts_of(grid, grid.row)[0] == key
        await to_column(driver, "customer_id")
        await driver.press("enter")
        assert f"> orders as of {day} of customer_id {key}" in driver.text("#where")
        assert {row[2] for row in shown(driver)} == {key}
        await driver.press("backspace", "backspace")
        assert driver.text("#where").startswith("orders: row 300 of")
        await to_column(driver, "order_id")
        await driver.press("enter")
        assert "order_items of order_id 300" in driver.text("#where")
        assert {row[1] for row in shown(driver)} == {"300"}
        await driver.press("backspace")
        await answer(driver, "o", "2024-03-05")
        assert texts_of(grid, grid.row)[7] == "2024-03-05"
        assert texts_of(grid, grid.row - 1)[7] < "2024-03-05"
        await answer(driver, "o", "@2024-03-05")
        assert "orders as of 2024-03-05" in driver.text("#where")
        await driver.press("G")
        assert texts_of(grid, grid.row)[7] == "2024-03-05"
        await answer(driver, "o", "@1999-01-01")
        assert any("can be seen as of" in note for note in driver.notes)

    drive(story)


def test_rows_are_found_and_sorted(drive: Drive) -> None:
    """By a condition in SQL, which may be wrong; by a column, both ways."""

    async def story(driver: Any) -> None:
        await driver.press("4")
        grid = driver.wizard.screen.query_one(Rows)
        names = [column.name for column in grid.columns]
        await answer(driver, "slash", "status = 'returned' and total_amount > 50")
        assert "> orders where status = 'returned' and total_amount" in driver.text("#where")
        assert {row[names.index("status")] for row in shown(driver)} == {"returned"}
        found = grid.pages.count
        await to_column(driver, "total_amount")
        await driver.press("s")
        await driver.press("s")
        amounts = [float(row[grid.column] or 0) for row in shown(driver)]
        assert amounts == sorted(amounts, reverse=True)
        assert "by total_amount descending" in driver.text("#where")
        assert grid.pages.count == found
        await driver.press("backspace")
        assert driver.text("#where").startswith("orders: row 1 of")
        for wrong, told in {"totl > 1": "did you mean `total_amount`", "1 = 1) or (1 = 1": "", "total_amount >": "cannot be read"}.items():
            await answer(driver, "slash", wrong)
            assert any(told in note for note in driver.notes)
        await answer(driver, "slash", "total_amount < 0")
        assert any("no row of orders has total_amount < 0" in note for note in driver.notes)

    drive(story)


def test_a_row_has_a_family_and_can_be_copied(drive: Drive) -> None:
    """What belongs to it, each a key away; cell, row and screen in forms that other programs read."""

    async def story(driver: Any) -> None:
        await driver.press("4")
        await answer(driver, "o", "300")
        grid = driver.wizard.screen.query_one(Rows)
        cells = texts_of(grid, 299)
        await driver.press("i")
        kin = driver.wizard.screen.query_one("#kin")
        heads = [str(option.prompt) for option in kin.options if option.disabled]
        assert heads[0].startswith(f"customers by orders.customer_id {cells[2]}, as of {cells[7]}")
        assert any(head.startswith("order_items by order_id 300") for head in heads)
        assert any(head.startswith("inventory by store_id and product_id") for head in heads)
        assert str(cells[1]) in driver.text("#fields")
        family = driver.wizard.screen
        await driver.press("enter")
        assert family._seeking.is_stopped
        assert f"orders row 300 > customers as of {cells[7]}" in driver.text("#where")
        assert texts_of(grid, grid.row)[0] == cells[2]
        await driver.press("backspace", "home", "right", "y")
        assert driver.wizard.clipboard == cells[1]
        for name, begin in (
            ("row, JSON", '{"order_id": 300, '),
            ("row, SQL", 'INSERT INTO "orders"'),
            ("screen, CSV", "order_id,order_number,"),
        ):
            await driver.press("Y")
            options = driver.wizard.screen.query_one("OptionList")
            options.highlighted = next(n for n, option in enumerate(options.options) if name in str(option.prompt))
            await driver.press("enter")
            assert driver.wizard.clipboard.startswith(begin)
        assert len(driver.wizard.clipboard.splitlines()) == len(grid.seen) + 1

    drive(story)
