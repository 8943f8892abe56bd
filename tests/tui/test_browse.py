"""Browse: the search, what tells datasets apart, and own files that are broken, edited and read again."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.tui.editing import editor, opened
from ingen_fab.synthetic_data.tui.screens.browse import DatasetList

Drive = Callable[..., None]

GOOD = (
    "dataset_id: shop\nabout: Sells [b]hats[/b].\ntables: {sales: {rows: events, columns: {sale_id: key, hat: {kind: text, words: 1}}}}\n"
)
BROKEN = "dataset_id: shop\ntarget_rows: many\ncolour: red\ntables: {sales: {rows: events, columns: {sale_id: keys}}}\n"


def lines(driver: Any) -> list[str]:
    """The list as it is read."""
    return [str(option.prompt) for option in driver.wizard.screen.query_one(DatasetList).options]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with a dataset that has three mistakes."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "shop.yaml").write_text(BROKEN)
    return folder


def test_the_search_ranks_and_the_card_follows(drive: Drive) -> None:
    """While typing nothing is chosen; Enter takes the first line, Escape brings the whole list back."""

    async def story(driver: Any) -> None:
        listed = lines(driver)
        await driver.press("slash")
        await driver.type("fraud")
        assert "transactions.fraud_type" in driver.text("#about")
        assert lines(driver)[0].split()[:2] == ["finance_oltp_small", "one-shot"]
        assert any("day by day" in line for line in lines(driver))
        assert driver.wizard.draft.dataset_id == "retail_oltp_small"
        await driver.press("down")
        assert driver.wizard.draft.dataset_id == "finance_oltp_small"
        assert isinstance(driver.wizard.focused, DatasetList)
        await driver.press("slash", *["backspace"] * 5)
        await driver.type("emial")
        assert "did you mean email?" in lines(driver)[0]
        await driver.press("escape")
        assert lines(driver) == listed
        await driver.press("slash")
        await driver.type("retail star")
        await driver.press("enter")
        assert driver.wizard.draft.dataset_id == "retail_star_small"
        await driver.press("enter")
        assert driver.wizard.current_mode == "schema"

    drive(story)


def test_a_column_that_was_found_is_where_enter_leads(drive: Drive) -> None:
    """And `/` finds others from there."""

    async def story(driver: Any) -> None:
        await driver.press("slash")
        await driver.type("income_band")
        await driver.press("enter")
        assert "dim_customer.income_band" in driver.text("#about")
        await driver.press("enter")
        assert driver.wizard.current_mode == "schema"
        await driver.until(lambda: driver.text("#column-law").split()[:1] == ["income_band"])
        assert driver.wizard.focused is driver.wizard.screen.query_one("#columns")
        await driver.press("slash")
        assert driver.wizard.screen.is_modal
        await driver.type("fraud_type")
        await driver.until(lambda: "fraud_type" in driver.drawn)
        await driver.press("enter")
        await driver.until(lambda: driver.text("#column-law").split()[:1] == ["fraud_type"])

    drive(story)


def test_a_broken_file_is_told_in_full_mended_and_read_again(drive: Drive, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All its mistakes, by words; once it is saved it can be chosen, and what is chosen is planned anew."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "no-such-editor")

    async def story(driver: Any) -> None:
        datasets = driver.wizard.screen.query_one(DatasetList)
        assert lines(driver)[0].strip() == "Your own"
        assert lines(driver)[1].split()[:2] == ["shop", "broken"]
        datasets.highlighted = 1
        await driver.settled()
        told = driver.text("#about")
        assert "shop cannot be used: 3 problems" in told
        assert all(word in told for word in ("target_rows", "colour", "sale_id"))
        await driver.press("e")
        assert any("set VISUAL or EDITOR" in note for note in driver.notes)
        await driver.until(lambda: driver.wizard.screen._stamp is not None)
        (own / "shop.yaml").write_text(GOOD)
        await driver.until(lambda: driver.wizard.draft.dataset_id == "shop")
        await driver.settled()
        assert "broken" not in lines(driver)[1]
        assert "Sells [b]hats[/b]." in driver.text("#about")
        assert "(your own)" in driver.text("#about")
        (own / "shop.yaml").write_text(GOOD.replace("hat:", "cap:"))
        await driver.press("r")
        await driver.until(lambda: driver.wizard.plan is not None and "cap" in driver.wizard.plan.table("sales").column_names)
        await driver.press("down")
        await driver.type("e")
        assert any("is shipped with the product" in note for note in driver.notes)

    drive(story, repository=DatasetConfigurationRepository([own]))


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_a_file_is_opened_in_the_editor(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That which VISUAL or EDITOR names, with its options; what it ends with is said."""
    script = tmp_path / "my editor"
    script.write_text('#!/bin/sh\n[ "$1" = --wait ] || exit 3\necho "# mended" >> "$2"\n')
    script.chmod(script.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("VISUAL", "")
    monkeypatch.setenv("EDITOR", f"'{script}' --wait")
    assert editor(os.environ) == [str(script), "--wait"]
    assert opened(editor(os.environ), own / "shop.yaml") == ""
    assert (own / "shop.yaml").read_text().endswith("# mended\n")
    monkeypatch.setenv("VISUAL", f"'{script}'")
    assert opened(editor(os.environ), own / "shop.yaml").endswith("ended with exit code 3.")
