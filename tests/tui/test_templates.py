"""Enhanced templates in the wizard: listed beside the datasets, compared with theirs, and taken along as settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters
from ingen_fab.synthetic_data.core.spec.templates import TemplateRepository, enhanced_variant
from ingen_fab.synthetic_data.tui.screens.browse import Card, DatasetList
from ingen_fab.synthetic_data.tui.start import first_draft
from textual.widgets import TextArea

pytestmark = pytest.mark.slow

Drive = Callable[..., None]
TEMPLATE = "retail_oltp_enhanced"


def test_a_template_is_compared_with_its_dataset_and_taken_along(drive: Drive, tmp_path: Path) -> None:
    """By keys at the least size; what is exported plans the same as the command with the template does."""

    async def story(driver: Any) -> None:
        await driver.press("slash", *"season retail rush", "enter")
        await driver.settled()
        assert driver.wizard.draft.template == TEMPLATE
        assert "temporal_patterns.seasonal_multipliers.cyber_monday: 2 -> 4" in driver.text("#about")
        assert "target_rows: 10_000 -> 50_000" in driver.text("#about")
        # Not all of it is in sight: the card is scrolled by keys, and left by escape.
        card = driver.wizard.screen.query_one(Card)
        await driver.press("tab")
        assert driver.wizard.screen.focused is card
        await driver.press("end")
        assert card.scroll_y > 0
        await driver.press("escape")
        assert isinstance(driver.wizard.screen.focused, DatasetList)
        await driver.press("enter")
        assert driver.wizard.current_mode == "schema"
        assert TEMPLATE in driver.text("#chosen")
        await driver.press("7")
        await driver.settled()
        (tmp_path / "config.yaml").write_text(driver.wizard.screen.query_one(TextArea).text)

    drive(story, size=(80, 24))
    exported = make_plan(resolve_parameters(config=tmp_path / "config.yaml"))
    asked = make_plan(enhanced_variant(TEMPLATE))
    assert exported.spec_hash == asked.spec_hash
    assert (exported.output, exported.wanted, exported.tables) == (asked.output, asked.wanted, asked.tables)


def test_a_template_has_a_draft_of_its_own(drive: Drive) -> None:
    """What is changed for its dataset stays with the dataset, what the wizard was started with is in both; nothing of it is unsaved."""

    async def story(driver: Any) -> None:
        driver.wizard.edit("target_rows", 321)
        await driver.settled()
        driver.wizard.choose_template(TEMPLATE)
        await driver.settled()
        assert driver.wizard.plan.target_rows == 50_000
        assert (driver.wizard.plan.seed, driver.wizard.plan.output.compression) == (7, "zstd")
        assert driver.wizard.plan.output.mode == "csv"
        driver.wizard.choose("retail_oltp_small")
        await driver.settled()
        assert driver.wizard.plan.target_rows == 321
        assert driver.wizard.unsaved == ["retail_oltp_small"]
        driver.wizard.choose_template(TEMPLATE)
        driver.wizard.edit("target_rows", 5)
        assert sorted(driver.wizard.unsaved) == ["retail_oltp_small", f"template {TEMPLATE}"]

    drive(story, config={"seed_value": 7, "output_settings": {"output_mode": "csv"}})


def test_templates_are_chosen_by_the_mouse_and_a_bad_one_says_why(drive: Drive, tmp_path: Path) -> None:
    """A click shows it, a double click goes on, to the days of one that arrives so; a file with a mistake cannot be chosen."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "bad.yaml").write_text("about: x\ndataset: nothing\nruntime_params: {}\n")

    async def story(driver: Any) -> None:
        datasets = driver.wizard.screen.query_one(DatasetList)
        await driver.press("slash", *"template")
        await driver.settled()
        ids = [option.id for option in datasets.options]
        assert ids[0] == "template bad"
        await driver.pilot.click(DatasetList, offset=(4, 0))
        await driver.settled()
        assert driver.wizard.draft.template == ""
        assert "there is no dataset `nothing`" in driver.text("#about")
        place = ids.index("template retail_oltp_incremental_enhanced")
        await driver.pilot.click(DatasetList, offset=(4, place))
        await driver.settled()
        assert driver.wizard.draft.template == "retail_oltp_incremental_enhanced"
        assert "incremental_config.updates: false -> true" in driver.text("#about")
        await driver.pilot.click(DatasetList, offset=(4, place), times=2)
        await driver.settled()
        assert driver.wizard.current_mode == "days"

    drive(story, templates=TemplateRepository([tmp_path / "own"]))


def test_a_chosen_template_that_breaks_is_told(drive: Drive, tmp_path: Path) -> None:
    """Its file is saved with a mistake in it while it is shown."""
    (tmp_path / "own").mkdir()
    file = tmp_path / "own" / "mine.yaml"
    good = "about: x\ndataset: retail_oltp_small\nruntime_params: {target_rows: 30}\n"
    file.write_text(good)

    async def story(driver: Any) -> None:
        driver.wizard.choose_template("mine")
        await driver.settled()
        file.write_text(good + "colour: red\n")
        await driver.press("r")
        await driver.until(lambda: "colour" in driver.text("#about"))
        driver.wizard.edit("target_rows", 7)
        await driver.settled()
        assert "cannot be used" in driver.text("#about")

    drive(story, templates=TemplateRepository([tmp_path / "own"]))


def test_the_wizard_opens_with_a_template() -> None:
    """With what its command says on top; other datasets take what was said, and nothing of the template."""
    template = TemplateRepository().get(TEMPLATE)
    draft, _ = first_draft(template=template, flags={"seed_value": 7, "output_settings.output_mode": "csv"})
    assert (draft.dataset_id, draft.template) == ("retail_oltp_small", TEMPLATE)
    assert draft.value("output_settings.compression") == "zstd"
    assert draft.elsewhere("finance_oltp_small").config == {"seed_value": 7, "output_settings": {"output_mode": "csv"}}
