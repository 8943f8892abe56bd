"""The step Run: what another process does in the same folder, and a log that can be narrowed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import ExistsError, InputError
from ingen_fab.synthetic_data.core.job import run_job
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.events import LogLine
from ingen_fab.synthetic_data.tui.inline import InlineRun, run_inline
from ingen_fab.synthetic_data.tui.widgets.run_bars import RunBars
from ingen_fab.synthetic_data.tui.widgets.run_log import RunLog, chosen
from textual.css.query import NoMatches
from textual.widgets import Input, Label, RichLog

Drive = Callable[..., None]

_OTHER = """
import sys
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.run.events import PhaseChanged, SystemSample
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

def wait(event):
    if isinstance(event, PhaseChanged) and event.phase == "publish":
        print("waits", flush=True)
        sys.stdin.readline()

flags = {"output_settings.output_dir": "out", "output_settings.output_mode": "csv", "target_rows": 300}
run(make_plan(resolve_parameters("retail_oltp_small", flags=flags)), emit=wait)
"""


def test_a_log_is_narrowed_by_level_and_words() -> None:
    lines = [LogLine("info", "generate", 0.1), LogLine("warning", "Slow disk", 0.2), LogLine("info", "done", 0.3, "orders")]
    assert chosen(lines, "all", " DISK ") == [lines[1]]
    assert chosen(lines, "all", "orders") == [lines[2]]
    assert chosen(lines, "warnings", "") == [lines[1]]
    assert chosen(lines, "errors", "") == []


def test_a_run_is_shown_within_the_terminal(plan_of: Callable[..., Any], call: Callable[..., Any], tmp_path: Path) -> None:
    """The same view; it ends with the run, or with a word why there can be none."""
    plan = plan_of("retail_oltp_small", target_rows=100, output_settings__output_mode="csv")

    async def watch(work: Callable[..., Any]) -> tuple[InlineRun, str]:
        app = InlineRun(plan, work, CancelToken())
        async with app.run_test(size=(80, 24)):
            told = ""
            async with asyncio.timeout(60):
                while not app.ended:
                    with suppress(NoMatches):
                        told = f"{app.query_one('#headline', Label).render()}\n{app.query_one(RunBars).render()}"
                    await asyncio.sleep(0.01)
        return app, told

    app, told = asyncio.run(watch(partial(run_job, plan, check=False)))
    assert app.done is not None
    assert app.done.run.status == "COMPLETED"
    assert "done, " in told.splitlines()[0]
    assert told.count("100%") == 7
    app, told = asyncio.run(watch(partial(run_job, replace(plan, output=replace(plan.output, if_exists="fail")))))
    assert isinstance(app.failed, ExistsError)
    for words, sentence in (((), "--inline needs a terminal"), (("--json",), "--inline and --json exclude each other")):
        done = call("generate", "retail_oltp_small", "--inline", *words, cwd=tmp_path)
        assert done.returncode == 2
        assert sentence in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_terminal_that_goes_at_once_is_told(plan_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a run that has not begun."""
    monkeypatch.setattr(InlineRun, "run", lambda self, **_: None)
    with pytest.raises(InputError, match="was not started"):
        run_inline(plan_of("retail_oltp_small"), run_job, CancelToken())


def test_a_run_of_another_process_is_shown_until_it_ends(drive: Drive) -> None:
    """With its bars and log, and how it ended; this wizard's own key starts nothing of it, and cancels nothing."""

    async def story(driver: Any) -> None:
        other = subprocess.Popen([sys.executable, "-c", _OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert other.stdin is not None
        assert other.stdout is not None
        try:
            assert other.stdout.readline() == "waits\n"
            await driver.press("5")
            await driver.until(lambda: f"process {other.pid}" in driver.text("#headline"))
            assert "order_items" in driver.text("RunBars")
            await driver.until(lambda: "publishing" in driver.text("#headline"))
            assert not driver.wizard.running
            assert driver.wizard.check_action("cancel_run", ()) is False
            await driver.press("slash")
            await driver.type("publish")
            log = driver.wizard.screen.query_one(RunLog)
            assert "with `publish`, 1 of" in str(log.border_title)
            assert len(log.query_one(RichLog).lines) == 1
            await driver.press("escape", "l", "l")
            assert log.query_one(Input).value == ""
            assert "errors, 0 of" in str(log.border_title)
            other.stdin.write("\n")
            other.stdin.close()
            rows = driver.wizard.planned.plan.rows
            await driver.until(lambda: f"done, {rows:,} rows" in driver.text("#headline"))
        finally:
            other.kill()
            other.wait()
            other.stdout.close()

    drive(story, config={"target_rows": 300, "output_settings": {"output_mode": "csv", "output_dir": "out"}})
