"""Keys and clicks do the same wherever the focus is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.keymap import all_keys
from ingen_fab.synthetic_data.tui.screens.browse import DatasetList
from ingen_fab.synthetic_data.tui.screens.dialogs import Confirm, Save
from ingen_fab.synthetic_data.tui.screens.help import Help
from ingen_fab.synthetic_data.tui.steps import STEPS
from textual.binding import Binding
from textual.widgets import Input

pytestmark = pytest.mark.slow

Drive = Callable[..., None]
FIELDS = {"search": ("slash",), "setting": ("3", "down"), "row": ("4", "o"), "file": ("7", "s")}
"""What leads into each kind of text field."""
PARQUET = {"target_rows": 50, "output_settings": {"output_mode": "parquet"}}


@pytest.mark.parametrize("way", FIELDS.values(), ids=FIELDS)
@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+q"])
def test_the_wizard_can_be_left_from_any_field(drive: Drive, way: tuple[str, ...], key: str) -> None:
    """Also where something is typed in it; asked twice at most."""

    async def story(driver: Any) -> None:
        await driver.press(*way, "1")
        assert isinstance(driver.wizard.focused, Input)
        if driver.wizard.unsaved:
            await driver.press(key)
            assert isinstance(driver.wizard.screen, Confirm)
        await driver.pilot.press(key)
        await driver.until(lambda: not driver.wizard.is_running)

    drive(story)


def test_the_palette_can_be_left_with_the_wizard(drive: Drive) -> None:
    """Ctrl-C there too."""

    async def story(driver: Any) -> None:
        await driver.press("ctrl+p", "x")
        await driver.pilot.press("ctrl+c")
        await driver.until(lambda: not driver.wizard.is_running)

    drive(story)


def test_what_is_selected_is_copied_before_the_wizard_is_left(drive: Drive) -> None:
    """The first Ctrl-C copies, the second quits."""

    async def story(driver: Any) -> None:
        await driver.press("slash", "a", "b", "shift+home", "ctrl+c")
        assert driver.wizard.clipboard == "ab"
        assert driver.wizard.is_running
        await driver.pilot.press("ctrl+c")
        await driver.until(lambda: not driver.wizard.is_running)

    drive(story)


@pytest.mark.parametrize("way", list(FIELDS.values())[:3], ids=list(FIELDS)[:3])
def test_a_field_takes_only_what_can_be_typed(drive: Drive, way: tuple[str, ...]) -> None:
    """Letters and digits go into it; F1, Escape, Tab and the step bar work as ever."""

    async def story(driver: Any) -> None:
        await driver.press(*way, "7", "n", "q", "g")
        field = driver.wizard.focused
        mode = driver.wizard.current_mode
        assert field.value.endswith("7nqg")
        await driver.press("f1")
        assert isinstance(driver.wizard.screen, Help)
        await driver.press("escape")
        assert not driver.wizard.screen.is_modal
        assert driver.wizard.focused is field
        await driver.press("tab")
        assert driver.wizard.focused is not field
        field.focus()
        await driver.press("escape")
        assert driver.wizard.focused is not field
        field.focus()
        await driver.pilot.click("#steps", offset=(15, 0))
        await driver.settled()
        assert mode != driver.wizard.current_mode == "schema"

    drive(story)


def test_a_field_swallows_no_action() -> None:
    """Over all bindings: what a key does that is not typed (F5, Ctrl-K), another does where a field edits its line with that one."""
    edits = {binding.key for binding in Binding.make_bindings(Input.BINDINGS)}
    ways: dict[tuple[str, str], set[str]] = {}
    # Those of other widgets act where these have the focus, and no field has it.
    for key in (one for one in all_keys(Wizard) if one.where in ("everywhere", "step", *STEPS)):
        chords = {one for one in key.keys if "ctrl+" in one or (one[0] == "f" and one[1:].isdigit())}
        ways.setdefault((key.where, key.about), set()).update(chords)
    assert sum(map(bool, ways.values())) > 5
    first = {binding.key for binding in Binding.make_bindings(Wizard.BINDINGS) if binding.priority}
    assert not {way: keys for way, keys in ways.items() if keys and keys - first <= edits and not keys & first}


def test_no_letter_starts_a_run(drive: Drive) -> None:
    """A name typed outside a field, vim's way to the top, a key held down: on no step."""

    async def story(driver: Any) -> None:
        for step in ("browse", "schema", "parameters", "preview", "run", "results", "export"):
            driver.wizard.action_step(step)
            await driver.settled()
            await driver.press(*"gglargegrocerygy", "enter")
            if isinstance(driver.wizard.screen, Save | Confirm):
                await driver.press("escape")
            assert driver.wizard.job is None, step

    drive(story, config=PARQUET)


@pytest.mark.parametrize("key", ["f5", "ctrl+g"])
def test_a_run_that_replaces_something_asks(drive: Drive, key: str) -> None:
    """It names the folder, the dataset, the tables and when they were written; no answer but yes starts it."""

    async def story(driver: Any) -> None:
        await driver.press(key)
        await driver.until(lambda: bool(driver.wizard.results))
        first = driver.wizard.results[0]
        for answer in ("n", "escape", "enter", key):
            await driver.press("3", "down", key)
            await driver.until(lambda: isinstance(driver.wizard.screen, Confirm))
            question = driver.text("Confirm Label")
            told = [first.output_root, "retail_oltp_small", "products, stores", f"{first.run_id[9:11]}:{first.run_id[11:13]} UTC"]
            assert all(text in question for text in told), question
            await driver.press(*([answer] if answer != key else [key, "escape"]))
            assert driver.wizard.job.result is first
            await driver.press("escape")
        await driver.press(key)
        await driver.until(lambda: isinstance(driver.wizard.screen, Confirm))
        await driver.press("y")
        await driver.until(lambda: len(driver.wizard.results) == 2)

    drive(story, config=PARQUET)


def test_a_run_that_may_not_replace_does_not_ask(drive: Drive) -> None:
    """It fails, as it should."""

    async def story(driver: Any) -> None:
        for _ in range(2):
            await driver.press("f5")
            await driver.until(lambda: driver.wizard.job is not None and not driver.wizard.running)
        assert driver.wizard.job.finished.status == "FAILED"

    drive(story, config={"target_rows": 50, "output_settings": {"output_mode": "parquet", "if_exists": "fail"}})


def test_one_click_chooses_and_two_go_on(drive: Drive) -> None:
    """In the list of datasets."""

    async def story(driver: Any) -> None:
        datasets = driver.wizard.screen.query_one(DatasetList)
        line = next(n for n, option in enumerate(datasets.options) if option.id == "retail_oltp_large") - datasets.scroll_offset.y
        await driver.pilot.click(DatasetList, offset=(6, line))
        await driver.settled()
        assert (driver.wizard.current_mode, driver.wizard.draft.dataset_id) == ("browse", "retail_oltp_large")
        await driver.pilot.click(DatasetList, offset=(6, line), times=2)
        await driver.settled()
        assert driver.wizard.current_mode == "schema"

    drive(story, size=(120, 60))


def test_a_dataset_that_cannot_be_read_is_not_gone_on_with(drive: Drive, tmp_path: Path) -> None:
    """Enter stays, and says why; the schema of another is not shown in its place."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "broken.yaml").write_text("dataset_id: broken\ntables: [")

    async def story(driver: Any) -> None:
        datasets = driver.wizard.screen.query_one(DatasetList)
        datasets.highlighted = next(n for n, option in enumerate(datasets.options) if option.id == "broken")
        await driver.press("enter")
        assert driver.wizard.current_mode == "browse"
        assert "broken.yaml" in driver.text("#about")
        assert any("broken.yaml: line 2: is not YAML" in note for note in driver.notes)

    drive(story, repository=DatasetConfigurationRepository([tmp_path / "own"]))
