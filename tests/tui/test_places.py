"""The wizard with users' own datasets: listed, chosen, and exported so that they are found again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ingen_fab.synthetic_data.tui.screens.browse import DatasetList
from ingen_fab.synthetic_data.tui.start import first_draft
from ingen_fab.synthetic_data.tui.widgets.control import Choice
from ingen_fab.synthetic_data.tui.widgets.field import SettingField
from textual.widgets import Input, TextArea

SHOP = """
tables:
  customers: {columns: {customer_id: bigint, joined_at: timestamp}}
  orders: {columns: {order_id: bigint, customer_id: bigint, amount: "decimal(10,2)"}}
target_rows: 400
generation_config: {chunk_size: 2_000}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with a sound dataset and a broken one."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "shop.yaml").write_text(SHOP)
    (folder / "bad.yaml").write_text("dataset_id: bad\ntables:\n  t: {columns: {id: kye}}\n")
    return folder


def test_a_folder_is_listed_with_its_problems(drive: Callable[..., None], own: Path) -> None:
    """Both files stand in Browse; the broken one says why, the sound one is planned, and its export names the folder."""
    _, repository = first_draft(datasets=[own])

    async def story(driver: Any) -> None:
        datasets = driver.wizard.screen.query_one(DatasetList)
        places = {option.id: n for n, option in enumerate(datasets.options)}
        datasets.highlighted = places["bad"]
        await driver.settled()
        assert "no kind is called `kye`; did you mean `key`?" in driver.text("#about")
        datasets.highlighted = places["shop"]
        await driver.settled()
        assert driver.wizard.plan.table("orders").rows == 400
        assert driver.wizard.plan.work.chunk_size == 2_000
        driver.wizard.action_step("export")
        await driver.settled()
        exported = yaml.safe_load(driver.wizard.screen.query_one(TextArea).text)
        assert exported["dataset_id"] == "shop"
        assert exported["datasets"] == [str(own)]

    drive(story, repository=repository)


def test_defaults_in_grey_are_those_of_the_dataset(drive: Callable[..., None], own: Path) -> None:
    """Whatever was chosen before. What its own file gives is no change; the model's default is one then."""
    (own / "shop.yaml").write_text(SHOP + "output_settings: {output_mode: csv}\nseed_value: 7\n")
    _, repository = first_draft(datasets=[own])

    async def story(driver: Any) -> None:
        def shown(path: str) -> Any:
            control = driver.wizard.screen.query_one(f"#{path}", SettingField).control
            return getattr(control, "placeholder", None) or getattr(control, "value", None) or getattr(control, "text", None)

        await driver.press("3")
        assert "black_friday 5" in shown("temporal_patterns--seasonal_multipliers")
        assert (shown("seed_value"), shown("output_settings--output_mode")) == ("42", "table")
        driver.wizard.choose("shop")
        await driver.settled()
        assert shown("temporal_patterns--seasonal_multipliers") == "no event counts"
        assert shown("temporal_patterns--weekdays") == "every day alike"
        assert (shown("seed_value"), shown("output_settings--output_mode")) == ("7", "csv")
        assert shown("generation_settings--chunk_size") == "2000"
        for text, draft, seed in (("42", {"seed_value": 42}, 42), ("7", {}, 7)):
            driver.wizard.screen.query_one("#seed_value Input", Input).value = text
            await driver.settled()
            assert (driver.wizard.draft.config, driver.wizard.plan.seed) == (draft, seed)
        driver.wizard.screen.query_one("#output_settings--output_mode Choice", Choice).choose("table")
        await driver.settled()
        assert driver.wizard.plan.output.mode == "table"
        driver.wizard.action_step("export")
        await driver.settled()
        exported = yaml.safe_load(driver.wizard.screen.query_one(TextArea).text)
        assert exported["output_settings"] == {"output_mode": "table"}

    drive(story, repository=repository)


def test_a_default_can_be_given_over_the_file_of_the_dataset(own: Path) -> None:
    """It is part of the draft, and what the file gives is not."""
    (own / "shop.yaml").write_text(SHOP + "output_settings: {output_mode: csv, compression: zstd}\nseed_value: 7\n")
    draft, _ = first_draft(custom_schema=own / "shop.yaml", sets=["seed_value=42", "output_settings.output_mode=table"])
    assert draft.config == {"seed_value": 42, "output_settings": {"output_mode": "table"}}


def test_a_file_opens_the_wizard_with_its_dataset(own: Path) -> None:
    """Without an id; settings that were given with it are kept, the place is the repository's."""
    draft, repository = first_draft(custom_schema=own / "shop.yaml", sets=["seed_value=5"])
    assert draft.dataset_id == "shop"
    assert draft.value("seed_value") == 5
    assert draft.value("custom_schema") is None
    assert repository.get("shop").source == own / "shop.yaml"


def test_a_config_that_names_a_folder_opens_too(own: Path, tmp_path: Path) -> None:
    """As the wizard exported it."""
    (tmp_path / "run.yaml").write_text(f"{{dataset_id: shop, datasets: ['{own}'], target_rows: 77}}")
    draft, repository = first_draft(config=tmp_path / "run.yaml")
    assert (draft.dataset_id, draft.value("target_rows")) == ("shop", 77)
    assert "shop" in {info.dataset_id for info in repository.list()}
