"""The step Run: what another process does in the same folder, and a log that can be narrowed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

from ingen_fab.synthetic_data.core.run.events import LogLine
from ingen_fab.synthetic_data.tui.widgets.run_log import RunLog, chosen
from textual.widgets import Input, RichLog

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
            await driver.until(lambda: "done, 5,252 rows" in driver.text("#headline"))
        finally:
            other.kill()
            other.wait()
            other.stdout.close()

    drive(story, config={"target_rows": 300, "output_settings": {"output_mode": "csv", "output_dir": "out"}})
