"""Compile: from what is chosen to a workspace on disk, its files to read, a run of its notebook, and the command that does the same."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.cli.compile_commands import compiling
from ingen_fab.synthetic_data.core.run.events import RunResult
from ingen_fab.synthetic_data.core.spec.templates import TemplateRepository
from ingen_fab.synthetic_data.tui.screens.compile import Files
from ingen_fab.synthetic_data.tui.start import template_draft
from ingen_fab.synthetic_data.tui.state import Draft
from ingen_fab.synthetic_data.tui.workspace import folded
from textual.widgets import Static, TextArea
from typer.testing import CliRunner

Drive = Callable[..., None]

NOTEBOOK = Path("fabric_workspace_items/synthetic_data/synthetic_data_retail_oltp_small_lakehouse.Notebook/notebook-content.py")


async def compiled(driver: Any) -> Any:
    """Compiles, and waits until the files are listed and one of them is shown."""
    await driver.press("9", "f6")
    await driver.settled()
    return driver.wizard.compiled


def listed(driver: Any) -> list[str]:
    """The lines of the tree."""
    tree = driver.wizard.screen.query_one(Files)
    return [str(tree.get_node_at_line(line).label) for line in range(tree.last_line + 1)]


@pytest.mark.slow
def test_a_dataset_is_compiled_read_and_run(drive: Drive, tmp_path: Path) -> None:
    """The walk of a newcomer: the files, the notebook without its engine's text, and the notebook's own run."""

    async def story(driver: Any) -> None:
        await driver.press("9", "f5")
        assert "Nothing is compiled yet" in driver.notes[-1]
        made = await compiled(driver)
        assert f"{made.name}: 11 written" in driver.text("#said")
        size = f"{NOTEBOOK.stat().st_size / 1e3:,.1f} kB"
        assert f"notebook-content.py  {size}  written" in listed(driver)
        text = str(driver.wizard.screen.query_one("#source-text", Static).content)
        assert "target_rows = 200" in text
        assert "of compressed text" in text
        assert len(text) < 30_000 < NOTEBOOK.stat().st_size
        await driver.press("enter", "pagedown")
        assert driver.wizard.screen.query_one("#source").scroll_y > 0
        await driver.press("escape", "f6")
        await driver.settled()
        assert "11 unchanged" in driver.text("#said")

        await driver.press("f5")
        assert driver.wizard.current_mode == "run"
        await driver.until(lambda: not driver.wizard.running and bool(driver.wizard.results))
        assert f"{made.name}: done" in driver.text("#headline")
        (result,) = driver.wizard.results
        assert isinstance(result, RunResult)
        assert result.status == "COMPLETED"
        assert all(len(table.files) == 1 and table.bytes for table in result.tables)
        assert result.output_root == str(tmp_path / "out")
        await driver.press("6", "t")
        report = driver.wizard.checks[result.run_id].report
        assert report is not None
        assert report.passed
        await driver.press("9")
        assert json.loads(driver.wizard.screen.query_one("#source-text", Static).content.plain)["rows"] == result.rows
        await driver.press("f5")
        assert "replaces its tables" in driver.text("Confirm Label")

    drive(story, config={"target_rows": 200, "output_settings": {"output_dir": "out"}})


@pytest.mark.slow
def test_a_notebook_is_stopped(drive: Drive) -> None:
    """x and yes: the process ends, and it is said that nothing was published."""

    async def story(driver: Any) -> None:
        await compiled(driver)
        await driver.press("f5", "x", "y")
        await driver.until(lambda: not driver.wizard.running)
        assert "stopped; nothing of it was published" in driver.text("#headline")

    drive(story, config={"target_rows": 3_000_000})


def test_edited_files_are_overwritten_when_asked(drive: Drive) -> None:
    """Keep keeps them, in one sentence; Overwrite does not; a folder that cannot be is one sentence too."""

    async def story(driver: Any) -> None:
        await compiled(driver)
        NOTEBOOK.write_text("mine")
        await driver.press("f6")
        assert "notebook-content.py" in driver.text("Confirm Label")
        await driver.press("n")
        assert "not compiled: in fabric_workspace_items these files are not as they were compiled" in driver.text("#said")
        assert NOTEBOOK.read_text() == "mine"
        await driver.press("f6")
        assert "notebook-content.py" in driver.text("Confirm Label")
        await driver.press("y")
        await driver.until(lambda: driver.wizard.compiled is not None and not driver.wizard.is_compiling)
        assert NOTEBOOK.stat().st_size > 100_000
        Path("taken").write_text("a file")
        driver.wizard.edit_compiling("output_dir", "taken/inside")
        await driver.press("f6")
        told = driver.text("#said")
        assert told.startswith("not compiled: ")
        assert "taken" in told
        assert "\n" not in told

    drive(story, config={"target_rows": 100})


def of_template() -> Draft:
    """An enhanced template with one more row count."""
    template = TemplateRepository().get("retail_oltp_enhanced")
    return template_draft(template, Draft("retail_oltp_small", {})).changed("target_rows", 5000)


@pytest.mark.parametrize(
    ("draft", "given"),
    [
        (
            Draft("retail_oltp_small", {"target_rows": 1234, "temporal_patterns": {"weekdays": {"sunday": 0}}}),
            {"target": "warehouse", "pipeline": True, "output_dir": "it's a folder"},
        ),
        (Draft("retail_oltp_small_incremental", {}, {"start": "2024-12-01", "end": "2024-12-03", "batch": 2}), {"include_ddl": False}),
        (Draft("retail_oltp_small", {}, {"start": "2024-12-30", "output_settings": {"output_mode": "csv"}}), {"generates": "days"}),
        (of_template(), {"kernel": "spark"}),
    ],
    ids=["warehouse", "days", "days of a dataset", "template"],
)
def test_the_exported_command_compiles_the_same(drive: Drive, draft: Draft, given: dict[str, Any]) -> None:
    """Run as it is, it changes no byte of what the wizard has compiled."""

    async def story(driver: Any) -> None:
        driver.wizard.draft = draft
        for name, value in given.items():
            driver.wizard.edit_compiling(name, value)
        await driver.settled()
        made = await compiled(driver)
        assert driver.wizard.compile_problem == ""
        await driver.press("7", "shift+tab", "end")
        driver.wizard.screen.query_one("#forms").active = "compile"
        await driver.settled()
        program, command, *words = shlex.split(driver.wizard.screen.query_one(TextArea).text)
        assert (program, command) == ("synthetic-data", "compile")
        found = CliRunner().invoke(compiling, [command, *words])
        assert f"{len(made.files)} unchanged under {made.folder}" in found.output

    drive(story)


def test_settings_of_spark_are_not_compiled(drive: Drive) -> None:
    """Neither the step nor the command that would do the same passes over them."""

    async def story(driver: Any) -> None:
        told = "compiled: spark.master: a notebook has the session of its workspace, and the writer of its kernel: leave it out"
        await compiled(driver)
        assert f"not {told}" in driver.text("#said")
        await driver.press("7")
        driver.wizard.screen.query_one("#forms").active = "compile"
        await driver.settled()
        assert driver.wizard.screen.query_one(TextArea).text == ""
        assert f"cannot be {told}" in driver.text("#use")

    drive(story, config={"spark": {"master": "local[1]"}})


def test_what_is_packed_is_one_line() -> None:
    """Long lists of quoted lines are folded, short ones and other code are not."""
    line = '    "' + "x" * 120 + '"\n'
    text = f"A = 1\nENGINE = (\n{line * 50})\nB = 2\nC = (\n{line * 3})\n"
    assert folded(text) == f"A = 1\nENGINE = (...)  # 6.3 kB of compressed text in 50 lines are folded here\nB = 2\nC = (\n{line * 3})\n"
