"""Parameters: walking through the form, undo, the filter, and what a setting changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.explain.touched import drawn_columns, touched
from ingen_fab.synthetic_data.core.spec.flags import FLAGS, NOT_OF_SERIES, SERIES_FLAGS
from ingen_fab.synthetic_data.core.spec.form import settings
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.tui.about import about, called
from ingen_fab.synthetic_data.tui.state import Draft
from ingen_fab.synthetic_data.tui.trail import Trail
from ingen_fab.synthetic_data.tui.widgets.field import SettingField
from textual.events import Key
from textual.widgets import Input

Drive = Callable[..., None]
BY_PATH = {setting.path: setting for setting in settings()}


def field(driver: Any, path: str) -> SettingField:
    """The field of a setting."""
    found: SettingField = driver.wizard.screen.query_one(f"#{path.replace('.', '--')}", SettingField)
    return found


def test_what_is_typed_without_a_pause_comes_to_its_fields(drive: Drive) -> None:
    """Tab, down and enter lead on before the next letter is looked at; no list opens on the way."""

    async def story(driver: Any) -> None:
        await driver.press("3", "slash")
        for key in ("s", "e", "e", "d", "tab", "tab"):
            driver.wizard.post_message(Key(key, key if len(key) == 1 else None))
        await driver.settled()
        assert driver.wizard.screen.query_one("#filter", Input).value == "seed"
        await driver.press("escape", "slash", "escape", "down")
        for key in ("1", "2", "0", "tab", "2", "down", "7", "7", "enter", "down", "2", "0", "2", "4"):
            driver.wizard.post_message(Key(key, key if len(key) == 1 else None))
        await asyncio.sleep(0)
        await driver.settled()
        inputs = driver.wizard.screen.query("SettingField FieldInput").results(Input)
        texts = {one.parent.setting.path: one.value for one in inputs}
        assert (texts["target_rows"], texts["scale_factor"], texts["seed_value"]) == ("120", "2", "77")
        assert texts["as_of"] == "2024"
        assert driver.wizard.draft.config == {"target_rows": 120, "scale_factor": 2.0, "seed_value": 77}
        for _ in range(8):
            await driver.pilot.press("down")
        assert not driver.wizard.screen.is_modal
        assert driver.wizard.screen.current.setting.path == "output_settings.output_mode"
        await driver.press("right")
        assert "[parquet]" in driver.drawn
        assert driver.wizard.draft.value("output_settings.output_mode") == "parquet"

    drive(story)


def test_changes_are_taken_back_and_made_again(drive: Drive) -> None:
    """A text is one step, resetting all is one; what was refused is dropped; each dataset has its own."""

    async def story(driver: Any) -> None:
        await driver.press("3", "down")
        await driver.type("120")
        await driver.press("tab")
        await driver.type("2")
        await driver.press("f8")
        assert driver.wizard.draft.config == {"target_rows": 120}
        assert field(driver, "scale_factor").query_one(Input).value == ""
        await driver.press("f9", "escape")
        assert driver.wizard.draft.config == {"target_rows": 120, "scale_factor": 2.0}
        driver.wizard.edit("output_settings.output_dir", "mine")
        await driver.press("d")
        assert driver.wizard.draft.config == {"output_settings": {"output_dir": "mine"}}, "nothing is written elsewhere by it"
        await driver.press("u", "u")
        assert driver.wizard.draft.config == {"target_rows": 120, "scale_factor": 2.0}
        assert "Target rows *" in driver.drawn
        field(driver, "seed_value").control.focus()
        await driver.type("x")
        assert driver.told("seed_value")
        await driver.press("f8", "f8")
        assert (driver.wizard.draft.config, driver.told("seed_value"), driver.wizard.invalid) == ({}, "", {})
        await driver.press("f8")
        assert driver.notes[-1] == "There is no change to take back."

    drive(story)


def test_what_was_taken_is_taken_back_in_one_step(drive: Drive) -> None:
    """To what was chosen before it, as it was; also where the same field was changed before and after."""

    async def story(driver: Any) -> None:
        wizard = driver.wizard

        def held() -> tuple[str, Any]:
            return wizard.draft.dataset_id, wizard.draft.config

        wizard.take("finance_oltp_small", {"seed_value": 1})
        wizard.choose("retail_oltp_small")
        wizard.edit("seed_value", 5)
        wizard.take("finance_oltp_small", {"seed_value": 2})
        await driver.press("3", "u")
        assert held() == ("retail_oltp_small", {"seed_value": 5})
        await driver.settled()
        assert driver.notes[-1].startswith("retail_oltp_small is chosen")
        await driver.press("U")
        assert held() == ("finance_oltp_small", {"seed_value": 2})
        await driver.press("u")
        wizard.take("retail_oltp_small", {"seed_value": 9})
        wizard.edit("seed_value", 10)
        for seed in (9, 5):
            await driver.press("u")
            assert held() == ("retail_oltp_small", {"seed_value": seed})
        wizard.choose("finance_oltp_small")
        assert held() == ("finance_oltp_small", {"seed_value": 1}), "as it was before the run was taken"

    drive(story)


def test_the_trail_keeps_to_its_dataset() -> None:
    """Changes of another one are not taken back here."""
    trail, first, other = Trail(), Draft("a", {}), Draft("b", {"seed_value": 1})
    trail.follow(first, first.changed("seed_value", 2))
    trail.follow(first.changed("seed_value", 2), other)
    assert trail.back(other) is None
    assert trail.back(first.changed("seed_value", 2)) == first


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_a_filter_leaves_what_it_names(drive: Drive, size: tuple[int, int]) -> None:
    """Words of titles, meanings, options and paths; `*` what is changed; escape brings all back."""

    async def story(driver: Any) -> None:
        def left() -> list[str]:
            return [one.setting.path for one in driver.wizard.screen.query(SettingField) if one.display]

        await driver.press("3", "slash")
        await driver.type("--seed")
        assert left() == ["seed_value"]
        for word in ("date", "2025-03", "march"):
            await driver.press("ctrl+u")
            await driver.type(word)
            assert {"as_of", "history.start", "history.end"} <= set(left())
        await driver.press("ctrl+u")
        await driver.type("rows")
        await driver.press("enter")
        assert driver.wizard.screen.current.setting.path == "target_rows"
        assert driver.wizard.screen.query_one("#history--start", SettingField).held == "2023-01-01"
        driver.wizard.edit("history.start", "2020-01-01")
        await driver.settled()
        assert driver.wizard.screen.query_one("#history--end", SettingField).held == "2021-12-31", "it moves with its first day"
        assert driver.wizard.screen.query_one("#history--start", SettingField).held == "2023-01-01", "what holds where it is not set"
        driver.wizard.edit("history.start", None)
        await driver.settled()
        await driver.press("escape", "slash", "ctrl+u")
        await driver.type("--seed")
        await driver.press("down")
        await driver.type("9")
        await driver.press("escape", "slash", "ctrl+u")
        await driver.type("history to")
        assert len(left()) > 1
        assert f"Settings: {len(left())} of" in str(driver.wizard.screen.query_one("#settings").border_title)
        await driver.press("enter")
        assert driver.wizard.screen.current.setting.path == "history.end"
        await driver.type("2025-03-31")
        assert driver.wizard.screen.query_one("#as_of", SettingField).held == "2025-03-31", "the day as of which all is seen goes with it"
        assert "default 2024-12-31; ctrl+r goes back to it" in driver.text("#meaning")
        await driver.press("ctrl+r")
        assert driver.wizard.screen.query_one("#as_of", SettingField).held == "2024-12-31"
        await driver.press("escape", "slash", "ctrl+u")
        await driver.type("nothing like it")
        assert "none has these words" in str(driver.wizard.screen.query_one("#settings").border_title)
        await driver.press("ctrl+u")
        await driver.type("*")
        assert left() == ["seed_value"]
        assert "Optimize write" not in driver.drawn
        # The palette finds what the filter hides.
        await driver.wizard.go_to("parameters", "target_rows")
        await driver.settled()
        assert driver.wizard.screen.current.setting.path == "target_rows"
        assert set(left()) == set(BY_PATH)

    drive(story, size=size)


def test_each_setting_says_what_it_changes_and_what_it_is_called() -> None:
    """For every shipped dataset; the option where there is one, else `--set`; days have their own."""
    repository = DatasetConfigurationRepository()
    for info in (*repository.list(), *repository.incremental()):
        dataset = repository.get(info.dataset_id).dataset
        assert all(touched(path, dataset) for path in BY_PATH), info.dataset_id
    retail = repository.get("retail_oltp_small").dataset
    assert touched("relationship_null_percentage", retail) == "changes orders.customer_id"
    assert touched("distributions", retail, ["customer_age"]) == "changes customers.birth_date"
    assert touched("output_settings.compression", retail).startswith("changes no value")
    assert "products.list_price" in drawn_columns(retail)
    for path, setting in BY_PATH.items():
        flag = {**FLAGS, **SERIES_FLAGS}.get(path, "--set")
        assert flag in called(setting)
        assert path in called(setting)
    assert "default 42; ctrl+r goes back to it" in about(BY_PATH["seed_value"], 7, 42, "")
    assert set(NOT_OF_SERIES) < set(BY_PATH)
