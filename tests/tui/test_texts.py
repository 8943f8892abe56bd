"""Whatever a text of others holds, it is shown as text: no crash, no markup, nothing that steers the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.format import printable
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.tui.screens.browse import DatasetList
from ingen_fab.synthetic_data.tui.steps import STEPS
from textual.widgets import Input

pytestmark = pytest.mark.slow

Drive = Callable[..., None]
EVIL = "[/] [bold [@click=app.exit]x[/] \x1b]52;c;aGk=\x07\x1b[31m \u202e \x9b2J"
NUMBERS = ["nan", "inf", "-inf", "1e400", "9" * 20, "9" * 400, "0x1", "²", "--1", EVIL]


@pytest.fixture
def evil(tmp_path: Path) -> DatasetConfigurationRepository:
    """A folder with such a dataset, and with files that are none."""
    own = tmp_path / "own"
    own.mkdir()
    note = {"kind": "choice", "values": {EVIL: 1, "\n\t[b]": 1}, "about": EVIL, "unit": EVIL}
    columns = {"id": {"kind": "key", "about": EVIL}, "note": note}
    texts = dict.fromkeys(("dataset_name", "domain", "about"), EVIL)
    value = {"dataset_id": "evil", **texts, "tables": {"notes": {"about": EVIL, "columns": columns}}, "target_rows": 50}
    (own / "evil.json").write_text(json.dumps(value))
    (own / "[red] bad.yaml").write_bytes(b"dataset_id: [/] [bold\ntables: {t: \x01}\n")
    (own / "binary.yaml").write_bytes(bytes(range(256)))
    (own / "empty.yaml").write_text("")
    return DatasetConfigurationRepository([own])


def test_a_dataset_of_such_texts_goes_through_all_steps(drive: Drive, evil: DatasetConfigurationRepository) -> None:
    """And files that cannot be read stand in the list, each with its problem."""

    async def story(driver: Any) -> None:
        datasets = driver.wizard.screen.query_one(DatasetList)
        ids = [str(option.id) for option in datasets.options]
        assert {"[red] bad", "binary", "empty", "evil"} <= set(ids)
        for name in ("[red] bad", "binary", "empty"):
            datasets.highlighted = ids.index(name)
            await driver.press("enter")
            assert driver.text("#about")
            assert driver.wizard.current_mode == "browse"
        datasets.highlighted = ids.index("evil")
        await driver.settled()
        assert driver.wizard.plan is not None, driver.wizard.planned.problems
        for number in range(1, len(STEPS) + 1):
            await driver.press(str(number))
            assert printable(driver.drawn, keep="\n") == driver.drawn
            await driver.press("ctrl+p")
            await driver.type("evil")
            await driver.pilot.pause()
            assert printable(driver.drawn, keep="\n") == driver.drawn
            await driver.press("escape")
        driver.wizard.notify(EVIL)
        await driver.pilot.pause()
        assert printable(driver.drawn, keep="\n") == driver.drawn

    drive(story, repository=evil)


def test_messages_are_no_markup(drive: Drive) -> None:
    """Of the application, of a step and of what stands in it, whatever they ask for."""

    async def story(driver: Any) -> None:
        for who in (driver.wizard, driver.wizard.screen, driver.wizard.screen.query_one(DatasetList)):
            who.notify(EVIL, markup=True)
        await driver.pilot.pause()
        assert [note.markup for note in driver.wizard._notifications] == [False] * 3

    drive(story)


def test_no_number_breaks_a_field(drive: Drive) -> None:
    """What cannot be a number is refused with a sentence under the field, in full; the wizard goes on."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        for path in ("target_rows", "scale_factor", "seed_value"):
            for text in NUMBERS:
                field = driver.wizard.screen.query_one(f"#{path} Input", Input)
                field.focus()
                field.value = text
                await driver.pilot.pause()
                told = driver.told(path)
                assert driver.wizard.invalid[path]
                assert "should not have happened" not in told
                row = field.parent.region
                lines = [line[row.x : row.right].strip(" !") for line in driver.drawn.splitlines()[row.y + 1 : row.bottom]]
                assert " ".join(" ".join(lines).split()) == " ".join(told.split())
            field.value = ""
            await driver.pilot.pause()
        await driver.settled()
        assert driver.wizard.plan is not None

    drive(story)


def test_no_text_breaks_a_field(drive: Drive) -> None:
    """In every field of the form."""

    async def story(driver: Any) -> None:
        await driver.press("3")
        fields = list(driver.wizard.screen.query("SettingField Input"))
        for text in (EVIL, "[/] [bold", "{", "a: [", "&a *a", "!!python/object:os.system x", "~", "1: 2", "\ud7ff"):
            for field in fields:
                field.value = text
            await driver.pilot.pause()
            assert printable(driver.drawn, keep="\n") == driver.drawn
        await driver.press("f5", "1", "3")
        assert driver.wizard.job is None
        for field in fields:
            field.value = ""
        await driver.settled()
        assert driver.wizard.plan is not None

    drive(story)
