"""Going about: steps back and forth, jumping, help, keys, the palette and colours, at two sizes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.tui.screens.all_keys import AllKeys
from ingen_fab.synthetic_data.tui.screens.help import Help
from ingen_fab.synthetic_data.tui.screens.jump import Jump, labels
from ingen_fab.synthetic_data.tui.settings import ENVIRONMENT, read_settings
from ingen_fab.synthetic_data.tui.steps import STEPS, Visited
from ingen_fab.synthetic_data.tui.theme import THEMES
from textual.command import CommandPalette
from textual.widgets import DataTable, Input, Markdown

Drive = Callable[..., None]
SIZES = [(80, 24), (120, 40)]


def test_steps_are_visited_as_in_a_browser() -> None:
    """Back, forward, and a new way on that forgets what lay ahead."""
    visited = Visited()
    assert visited.go(-1) is None
    for step in ("browse", "schema", "schema", "run"):
        visited.visit(step)
    assert [visited.go(-1), visited.go(-1), visited.go(-1), visited.go(1)] == ["schema", "browse", None, "schema"]
    visited.visit("days")
    assert [visited.go(1), visited.go(-1)] == [None, "schema"]


@pytest.mark.parametrize("count", [0, 1, 26, 27, 600])
def test_no_label_begins_another(count: int) -> None:
    """Or a letter would have to wait for a second one."""
    made = labels(count)
    assert len(set(made)) == count
    assert not any(one != other and other.startswith(one) for one in made for other in made)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_every_control_is_a_letter_away(drive: Drive, size: tuple[int, int]) -> None:
    """On each step: the letters are in sight, and each gives the focus to the control that it stands on."""

    async def story(driver: Any) -> None:
        for step in STEPS:
            driver.wizard.action_step(step)
            await driver.settled()
            places = Jump.targets(driver.wizard.screen)
            assert {widget for widget, _, _ in places} <= set(driver.wizard.screen.focus_chain)
            for letters, (widget, x, y) in [*zip(labels(len(places)), places, strict=True)][:: max(len(places) - 1, 1)]:
                await driver.press("f2")
                line = driver.drawn.split("\n")[y]
                assert line[x : x + len(letters) + 2].strip() == letters, line
                await driver.press(*letters)
                assert driver.wizard.focused is widget
        # From a field as well; a digit leads to a step, escape stays.
        driver.wizard.action_step("parameters")
        await driver.settled()
        driver.wizard.screen.query(Input).first().focus()
        await driver.press("f2", "escape")
        assert isinstance(driver.wizard.focused, Input)
        await driver.press("f2", "2")
        assert driver.wizard.current_mode == "schema"
        await driver.press("less_than_sign")
        assert driver.wizard.current_mode == "parameters"
        await driver.press("escape", "greater_than_sign")
        assert driver.wizard.current_mode == "schema"
        await driver.pilot.click("#visited", offset=(1, 0))
        await driver.settled()
        assert driver.wizard.current_mode == "parameters"

    drive(story, size=size)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_help_keys_and_the_palette(drive: Drive, size: tuple[int, int]) -> None:
    """Help stands over the fields and squeezes none; the keys can be filtered; the palette goes to what it finds."""

    async def story(driver: Any) -> None:
        await driver.press("3", "down")
        field = driver.wizard.focused
        before = field.region
        await driver.press("f1")
        assert isinstance(driver.wizard.screen, Help)
        assert "renewals" in driver.wizard.screen.query(Markdown).last().source
        await driver.press("escape")
        assert (driver.wizard.focused, field.region) == (field, before)
        await driver.press("f1", "question_mark")
        assert isinstance(driver.wizard.screen, AllKeys)
        table = driver.wizard.screen.query_one(DataTable)
        await driver.until(lambda: table.row_count > 50)
        await driver.type("run.start")
        assert {str(table.get_row_at(row)[3]) for row in range(table.row_count)} == {"run.start", "run.start_too"}
        await driver.press("down", "escape")
        assert not driver.wizard.screen.is_modal
        for text, step in (
            ("orders.status", "schema"),
            ("seed", "parameters"),
            ("return reason", "schema"),
            ("why it came back", "schema"),
            ("renewals", None),
        ):
            await driver.press("ctrl+p")
            await driver.type(text)
            await driver.until(lambda: bool(driver.wizard.screen.query_one("CommandList").option_count))
            await driver.press("enter")
            await driver.until(lambda: not isinstance(driver.wizard.screen, CommandPalette))
            await driver.settled()
            assert driver.wizard.current_mode == (step or "schema")
        assert isinstance(driver.wizard.screen, Help)

    drive(story, size=size)


def test_the_palette_saves_a_picture_of_the_step(drive: Drive, tmp_path: Path) -> None:
    """Without the palette over it, and where one is."""

    async def story(driver: Any) -> None:
        await driver.press("2", "ctrl+p")
        await driver.type("screenshot")
        await driver.until(lambda: bool(driver.wizard.screen.query_one("CommandList").option_count))
        await driver.press("enter")
        await driver.until(lambda: bool(list(tmp_path.glob("*.svg"))))
        (picture,) = tmp_path.glob("*.svg")
        await driver.until(lambda: any(picture.name in note for note in driver.notes))
        drawn = picture.read_text().replace("&#160;", " ")
        assert "Relationships" not in drawn
        assert "About the column" in drawn
        assert "Save a screenshot" not in drawn

    drive(story)


@pytest.mark.slow
def test_the_schema_shows_what_was_asked_for(drive: Drive) -> None:
    """Table and column."""

    async def story(driver: Any) -> None:
        await driver.wizard.go_to("schema", "orders.status")
        await driver.settled()
        assert "status" in driver.drawn
        assert "orders" in driver.drawn
        await driver.wizard.go_to("parameters", "seed_value")
        await driver.settled()
        assert driver.wizard.screen.query_one("#seed_value") in driver.wizard.focused.ancestors_with_self

    drive(story)


@pytest.mark.slow
def test_colours_keys_and_room(drive: Drive, tmp_path: Path) -> None:
    """Every theme draws every step, and is remembered; keys of a file act; a small terminal is asked to grow, and nothing is lost."""
    (tmp_path / "keymap.yaml").write_text("step.schema: f7\nnope: f3\n")
    tmp_path.chmod(0o700)

    async def story(driver: Any) -> None:
        await driver.until(lambda: any("no id `nope`" in note for note in driver.notes))
        await driver.press("f7")
        assert driver.wizard.current_mode == "schema"
        await driver.press("1", "2")
        assert driver.wizard.current_mode == "browse"
        for theme in THEMES:
            driver.wizard.take_theme(theme)
            await driver.pilot.pause()
            assert "retail_oltp_small" in driver.drawn
            await driver.until(lambda theme=theme: read_settings(environ).theme == theme)
        await driver.press("ctrl+t")
        await driver.type("light")
        await driver.press("enter")
        await driver.until(lambda: driver.wizard.theme == "light")
        await driver.until(lambda: not driver.wizard.screen.is_modal)
        focused = driver.wizard.focused
        for size in ((59, 30), (80, 15), (1, 1)):
            await driver.pilot.resize_terminal(*size)
            await driver.settled()
            assert "retail" not in driver.drawn
        await driver.pilot.resize_terminal(59, 20)
        await driver.settled()
        assert all(text in driver.drawn for text in ("60 columns and 16 lines", "59 and 20", "--plain"))
        # Nobody sees the step, so that no key acts on it.
        draft = driver.wizard.draft
        await driver.press("down", "3", "f5", "slash", "x")
        assert (driver.wizard.current_mode, driver.wizard.draft, driver.wizard.job) == ("browse", draft, None)
        assert not driver.wizard.screen.is_modal
        await driver.press("question_mark")
        assert isinstance(driver.wizard.screen, AllKeys)
        await driver.press("escape")
        await driver.pilot.resize_terminal(60, 16)
        await driver.settled()
        assert "retail" in driver.drawn
        assert driver.wizard.focused is focused

    environ = {ENVIRONMENT: str(tmp_path)}
    drive(story, settings=read_settings(environ))
