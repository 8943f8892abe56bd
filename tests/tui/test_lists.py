"""Lists and the command palette take keys before there is room for them, and after they have gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from textual import events
from textual.command import CommandList, CommandPalette

Drive = Callable[..., None]


def type_ahead(driver: Any, *keys: str) -> None:
    """Keys that come at once, none waiting for what another does."""
    for key in keys:
        driver.wizard.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize("some", [("pagedown", "ctrl+end", "down"), ("pageup", "ctrl+home", "up"), ("enter",)], ids=" ".join)
def test_a_palette_takes_keys_at_once(drive: Drive, some: tuple[str, ...]) -> None:
    """Before its list has been drawn, with a text and without."""

    async def story(driver: Any) -> None:
        for key in some:
            for keys in ((key, key, key), ("g", key, "backspace", key)):
                type_ahead(driver, "ctrl+p", *keys)
                await driver.settled()
                await driver.press(key)
                while CommandPalette.is_open(driver.wizard):
                    await driver.press("escape")
        assert driver.wizard.is_running

    drive(story)


def test_a_palette_is_left_while_it_searches(drive: Drive) -> None:
    """What it finds then is shown nowhere."""

    async def story(driver: Any) -> None:
        await driver.press("ctrl+p")
        palette = driver.wizard.screen

        async def finds_late() -> None:
            while palette.query(CommandList):
                # Textual's own search takes being cancelled for a new search as well.
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(0)
            palette._watch__list_visible()

        palette.run_worker(finds_late)
        await driver.press("escape")
        assert driver.wizard.is_running
        assert not CommandPalette.is_open(driver.wizard)

    drive(story)


def test_a_step_is_not_changed_under_a_dialog(drive: Drive) -> None:
    """The palette asks for the step under it once it is mounted."""

    async def story(driver: Any) -> None:
        driver.wizard.action_command_palette()
        driver.wizard.action_step("schema")
        driver.wizard.action_move(1)
        await driver.settled()
        assert driver.wizard.current_mode == "browse"
        await driver.press("escape", "2")
        assert driver.wizard.current_mode == "schema"

    drive(story)


def test_a_choice_takes_a_page_before_it_is_open(drive: Drive) -> None:
    """Enter and PageDown at once."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        type_ahead(driver, *["tab"] * 5, *["enter", "pagedown", "escape", "tab"] * 12)
        await driver.settled()
        assert driver.wizard.is_running

    drive(story)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1, 1), (300, 1), (1, 300), (2, 2), (3, 9)])
def test_a_list_without_room_has_no_pages(drive: Drive, size: tuple[int, int]) -> None:
    """A window drawn as small as it gets."""

    async def story(driver: Any) -> None:
        await driver.press("pagedown", "pageup", "down", "pagedown", "end", "pageup", "ctrl+p", "pagedown", "end", "pageup", "escape")
        await driver.pilot.resize_terminal(120, 40)
        await driver.press("pagedown")
        assert driver.wizard.is_running

    drive(story, size=size)


def test_what_acts_on_a_text_waits_for_it(drive: Drive) -> None:
    """Enter in the filter of the settings, pressed before its words have been read, leads to the field that they name."""

    async def story(driver: Any) -> None:
        type_ahead(driver, "3", "slash", *"null", "enter", *"5%", "enter")
        await driver.settled()
        assert driver.wizard.current_mode == "parameters"
        assert driver.wizard.draft.value("relationship_null_percentage") == 0.05
        # The last field leads on to the filter, where a slash begins other words.
        type_ahead(driver, "slash", *"target", "enter", *"50k", "enter")
        await driver.settled()
        assert driver.wizard.draft.value("target_rows") == 50_000

    drive(story, size=(80, 24))
