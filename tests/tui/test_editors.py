"""Editors of days, names, factors and laws, and presets: by keys and by mouse; what they write is what a config file says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ingen_fab.synthetic_data.core.explain.law_shape import declared_law, law_of, law_shape
from ingen_fab.synthetic_data.core.explain.time_shape import PARTS, factors, names_of, written, year_curve
from ingen_fab.synthetic_data.core.spec.distributions import LAWS, takes
from ingen_fab.synthetic_data.core.spec.parameters import RuntimeParameters
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters
from ingen_fab.synthetic_data.tui.widgets.control import Choice
from ingen_fab.synthetic_data.tui.widgets.field import SettingField
from ingen_fab.synthetic_data.tui.widgets.month import Month
from ingen_fab.synthetic_data.tui.widgets.weights import Weights
from textual.widgets import Input

Drive = Callable[..., None]
RETAIL = DatasetConfigurationRepository().get("retail_oltp_small").dataset


async def opened(driver: Any, path: str, key: str = "enter") -> None:
    """Goes to a field and opens its editor."""
    driver.wizard.screen.query_one(f"#{path.replace('.', '--')}", SettingField).control.focus()
    await driver.press(key)
    await driver.until(lambda: driver.wizard.screen.is_modal)


def test_days_and_names_are_chosen(drive: Drive) -> None:
    """By keys and by mouse; escape changes nothing, ctrl+r takes the default."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        await opened(driver, "as_of", "f4")
        await driver.press("left", "pageup", "enter")
        assert driver.wizard.draft.config == {"as_of": "2024-11-30"}
        await opened(driver, "as_of", "f4")
        # The first Friday: November 2024 begins on one.
        await driver.pilot.click(Month, offset=(4 * 4 + 1, 2))
        await driver.settled()
        assert driver.wizard.draft.config == {"as_of": "2024-11-01"}
        await opened(driver, "as_of", "f4")
        await driver.press("ctrl+r")
        assert driver.wizard.draft.config == {}
        await opened(driver, "tables")
        await driver.press("ctrl+x", "enter")
        assert "tick one table at least" in driver.text(".problem")
        await driver.press("home", "space", "end", "space", "enter")
        assert driver.wizard.draft.config == {"tables": ["customers", "inventory"]}
        await opened(driver, "partition_config.sorting.columns")
        await driver.press("down", "space", "up", "space", "enter")
        first, second = driver.wizard.draft.value("partition_config.sorting.columns")
        await opened(driver, "partition_config.sorting.columns")
        assert f"[x] 1 {first}" in driver.drawn
        assert f"[x] 2 {second}" in driver.drawn
        await driver.press("ctrl+a", "escape")
        assert driver.wizard.draft.value("partition_config.sorting.columns") == [first, second]

    drive(story)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_factors_are_changed_as_bars(drive: Drive, size: tuple[int, int]) -> None:
    """By arrows, figures and mouse; only what differs from the dataset is written, and what is no factor is refused where it stands."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        await opened(driver, "temporal_patterns.weekdays")
        assert "Monday 0.8" in driver.text("#marked")
        await driver.press("up", "k", "right")
        await driver.type("1,5")
        assert driver.text(".problem") == "`1,5` could mean 1.5 or 15; write 1.5 or 15"
        await driver.press("enter")
        assert driver.wizard.screen.is_modal
        await driver.press("backspace", "backspace", "backspace", "2", "enter")
        assert driver.wizard.draft.config == {"temporal_patterns": {"weekdays": {"monday": 1.0, "tuesday": 2.0}}}
        await opened(driver, "temporal_patterns.weekdays")
        await driver.press("delete", "right", "delete", "enter")
        assert driver.wizard.draft.config == {}
        await opened(driver, "temporal_patterns.seasonal_multipliers")
        bars = driver.wizard.screen.query_one(Weights)
        assert not bars.upright
        await driver.press("down", "right", "enter")
        event = names_of("seasonal_multipliers", RETAIL)[1]
        assert list(driver.wizard.draft.value("temporal_patterns.seasonal_multipliers")) == [event]
        await opened(driver, "temporal_patterns.hourly_distribution")
        await driver.pilot.click(Weights, offset=(1, 0))
        await driver.press("enter")
        assert driver.wizard.draft.value("temporal_patterns.hourly_distribution")["00-01"] > 1
        assert driver.wizard.plan is not None

    drive(story, size=size)


def test_a_law_is_edited_beside_the_declared_one(drive: Drive) -> None:
    """Its plot follows; what it lacks is said; the list of columns shows what was given."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        await opened(driver, "distributions")
        name = "products.weight_grams"
        await driver.press(*["down"] * driver.wizard.screen._names.index(name), "enter")
        assert name in driver.drawn
        mean, before = driver.wizard.screen.query_one("#law-mean", Input), driver.text("#figures")
        mean.value = "1.5"
        await driver.settled()
        assert before.startswith("mean 1 ")
        assert driver.text("#figures").startswith("mean 1.4"), "as truncated"
        mean.value = "10.000"
        await driver.settled()
        assert "Mean: `10.000` could mean 10 or 10,000" in driver.text(".problem")
        first = driver.wizard.screen.query_one(Choice).value
        for law in ("normal", "poisson"):
            driver.wizard.screen.query_one(Choice).choose(law)
            driver.wizard.screen.query_one("#law-min", Input).value = driver.wizard.screen.query_one("#law-max", Input).value = ""
            mean.value = "1e308" if law == "normal" else "1e18"
            await driver.settled()
            assert ("beyond 1e+100" if law == "normal" else "go up to 1,000,000") in driver.text(".problem")
            await driver.press("enter")
            assert driver.wizard.screen.is_modal
        driver.wizard.screen.query_one(Choice).choose("empirical")
        driver.wizard.screen.query_one("#law-values", Input).focus()
        await driver.type("5: 1, 50: 2")
        assert driver.text(".problem") == ""
        assert driver.text("#figures").startswith("mean 35")
        driver.wizard.screen.query_one("#law-values", Input).value = "5: [1"
        await driver.press("enter")
        assert driver.text(".problem").startswith("Values: ")
        driver.wizard.screen.query_one(Choice).focus()
        driver.wizard.screen.query_one(Choice).choose(first)
        mean.value = "1.5"
        await driver.press("enter", "escape")
        assert driver.wizard.draft.value("distributions")[name]["mean"] == 1.5
        await opened(driver, "distributions")
        assert f"* {name}" in driver.drawn
        await driver.press(*["down"] * driver.wizard.screen._names.index(name), "delete", "escape")
        assert driver.wizard.draft.config == {}
        await opened(driver, "incremental_config.late_arrivals")
        driver.wizard.screen.query_one("#share", Input).value = "5"
        await driver.press("enter")
        assert "did you mean 0.05 or 5%" in driver.text(".problem")
        driver.wizard.screen.query_one("#share", Input).value = "7%"
        await driver.press("enter")
        assert driver.wizard.draft.value("incremental_config.late_arrivals")["share"] == 0.07
        late = driver.wizard.screen.query_one("#incremental_config--late_arrivals", SettingField)
        assert late.control.text.startswith("7% come late")
        await opened(driver, "incremental_config.late_arrivals")
        assert driver.wizard.screen.query_one("#share", Input).value == "7%"
        await driver.press("escape")
        await opened(driver, "incremental_config.table_types")
        await driver.press("right", "enter")
        assert driver.wizard.draft.value("incremental_config.table_types") == {"customers": "incremental"}

    drive(story)


def test_presets_are_kept_taken_and_deleted(drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As config files of the settings' folder; names are checked, and nothing is replaced or deleted unasked."""
    monkeypatch.setenv("SYNTHETIC_DATA_SETTINGS", str(tmp_path / "settings"))
    file = tmp_path / "settings" / "presets" / "march.yaml"

    async def story(driver: Any) -> None:
        await driver.press("3")
        driver.wizard.edit("target_rows", 321)
        await driver.settled()
        await driver.press("s")
        await driver.type("../x")
        await driver.press("enter")
        assert "cannot be a preset's name" in driver.text("#told")
        await driver.press("ctrl+u")
        await driver.type("march")
        await driver.press("enter")
        assert yaml.safe_load(file.read_text())["target_rows"] == 321
        assert resolve_parameters(config=file).parameters.target_rows == 321
        assert driver.wizard.unsaved == []
        await driver.press("escape")
        driver.wizard.edit("target_rows", 9)
        await driver.settled()
        await driver.press("s")
        await driver.type("march")
        await driver.press("enter", "n")
        assert yaml.safe_load(file.read_text())["target_rows"] == 321
        (file.parent / "broken.yaml").write_text("{")
        await driver.press("escape", "s")
        await driver.press("down", "enter")
        assert "broken.yaml" in driver.text("#told")
        await driver.press("down", "enter")
        await driver.until(lambda: driver.wizard.draft.value("target_rows") == 321)
        await driver.press("s")
        await driver.press("down", "down", "d", "y")
        assert not file.exists()

    drive(story)


def test_factors_and_laws_are_written_as_a_config_file_has_them() -> None:
    """For every part of every shipped dataset, and each law; the curve of a year has the events in it."""
    repository = DatasetConfigurationRepository()
    for info in repository.list():
        dataset = repository.get(info.dataset_id).dataset
        for part in PARTS:
            own = factors(part, dataset)
            assert written(part, dataset, own) is None
            changed = [value + 0.5 if number % 3 else value for number, value in enumerate(own)]
            if len(own) > 1:
                value = written(part, dataset, changed)
                RuntimeParameters.model_validate({"temporal_patterns": {part: value}})
                assert factors(part, dataset, value or {}) == changed
    curve = year_curve(RETAIL, 2024)
    assert len(curve) == 366
    assert curve.index(max(curve)) == 333, "Black Friday, 29 November"
    for law in LAWS:
        given: dict[str, Any] = {"mean": 4.0, "stddev": 2.0, "min": 1.0, "max": 9.0, "value": 4.0, "values": {3: 1, 5: 2}}
        found = law_of({"type": law, **{name: given[name] for name in takes(law)[0]}})
        shape = law_shape(found, declared_law(RETAIL, "products.list_price"), 40)
        assert shape.mean == pytest.approx(5 if law == "uniform" else 13 / 3 if law == "empirical" else 4, rel=0.1)
        assert sum(shape.shares) > 0.98
    for narrow in ({"type": "normal", "mean": 1e6, "stddev": 1e-9}, {"type": "constant", "value": -1e99}, {"type": "poisson", "mean": 1e6}):
        assert sum(law_shape(law_of(narrow), None, 60).shares) > 0.98
