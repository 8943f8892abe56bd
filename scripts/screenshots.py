"""Draws the wizard's screens into screenshots/, from real plans and rows, a fixed estimate, a recorded run and its report.

python3 scripts/screenshots.py                draws what is missing or has changed
python3 scripts/screenshots.py --check        changes nothing; exit code 1 if a picture is not what would be drawn
python3 scripts/screenshots.py --record       records a new run first
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from contextlib import chdir
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from environment import PYTHON, ROOT, ensure

FOLDER: Final = ROOT / "screenshots"
RECORDED: Final = FOLDER / "recorded_run.jsonl"
CHECKED: Final = FOLDER / "recorded_report.json"
SIZES: Final = ((80, 24), (120, 40), (200, 60))
SHOTS: Final[dict[str, tuple[str, ...]]] = {
    "browse": (),
    "schema": ("2", "down", "down", "down"),
    "diagram": ("2", "d"),
    "column": ("2", "down", "down", "down", "tab", *["down"] * 5),
    "parameters": ("3",),
    "editor": ("3", *["down"] * 8, "enter"),
    "parameters-error": ("3", "down", "x", "tab", "2"),
    "preview": ("4", "right", "right", "right", "right", "right"),
    "run": ("f5",),
    "results": ("f5", "6"),
    "quality": ("f5", "6", "t"),
    "export": ("7",),
    "days": ("8",),
    "compile": ("9", "f6", *["up"] * 10),
    "help": ("4", "f1"),
    "jump": ("4", "f2"),
    "keys": ("4", "question_mark"),
    "search": ("slash", "l", "a", "r", "g", "e"),
    "template": ("slash", "p", "e", "a", "k", "enter"),
}
"""Name -> keys that lead there from the first screen."""
ONE_SIZE: Final = ("parameters-error", "column", "diagram", "editor", "help", "jump", "keys", "search", "template")
"""Drawn at 120 x 40 only."""


def names() -> list[tuple[str, tuple[int, int]]]:
    """Every picture: (name, size)."""
    return [(name, size) for name in SHOTS for size in SIZES if name not in ONE_SIZE or size == (120, 40)]


def file_of(name: str, size: tuple[int, int]) -> Path:
    """Where a picture lies."""
    return FOLDER / f"{name}-{size[0]}x{size[1]}.svg"


def demo(whole_run: bool, draft: Any = None) -> Any:
    """The wizard on a machine that is always the same, with a run that is replayed: whole, or up to its middle."""
    from ingen_fab.synthetic_data.core.job import JobResult
    from ingen_fab.synthetic_data.core.plan.machine import Machine
    from ingen_fab.synthetic_data.core.quality.report import Report
    from ingen_fab.synthetic_data.core.run.estimate import Estimate, TableEstimate
    from ingen_fab.synthetic_data.core.run.events import RunResult, from_json
    from ingen_fab.synthetic_data.tui.app import Wizard
    from ingen_fab.synthetic_data.tui.compiling import compile_draft
    from ingen_fab.synthetic_data.tui.state import Draft
    from ingen_fab.synthetic_data.tui.widgets.run_view import RunView
    from ingen_fab.synthetic_data.tui.workspace import Workspace

    # What is drawn does not hang on how fast it came.
    RunView.EVERY = 0.0

    def estimate(plan: Any) -> Estimate:
        tables = {table.name: TableEstimate(table.rows, table.rows * 40, table.rows / 2e6) for table in plan.tables}
        return Estimate(plan.rows / 2e6 + 0.4, plan.rows * 40, 320_000_000, tables)

    def price(days: Any) -> Estimate:
        return estimate(days.series.plan)

    *lines, last = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
    progress = [number for number, line in enumerate(lines) if line["event"] == "TableProgress"]

    def replay(plan: Any, emit: Callable[[Any], None], cancel: Any, **options: Any) -> JobResult:
        for line in lines if whole_run else lines[: progress[len(progress) // 2]]:
            emit(from_json(line))
            if line["event"] == "SystemSample":
                # Looked at one by one, as they came: the rates between them are shown.
                wizard.call_from_thread(wizard.poll)
        while not whole_run and not cancel.is_set():
            cancel.wait(0.05)
        return JobResult(RunResult.from_json(last), Report.from_json(json.loads(CHECKED.read_text(encoding="utf-8"))))

    def compile_(*words: Any) -> Workspace:
        made = compile_draft(*words)
        # What travels in a notebook grows with every change of ours.
        files = [replace(file, bytes=650_000) if file.bytes > 300_000 else file for file in made.files]
        return replace(made, files=tuple(files), seconds=0.8)

    draft = draft or Draft("retail_oltp_large", {"target_rows": 4_000_000, "output_settings": {"output_mode": "parquet"}})
    wizard = Wizard(draft, estimate=estimate, price=price, run=replay, compile_=compile_, machine=Machine(2, 16_000_000_000))
    return wizard


def days_there() -> Any:
    """The wizard on a dataset some of whose days were written: the first month, and a week later on."""
    from ingen_fab.synthetic_data.core.plan.kept import planned_series
    from ingen_fab.synthetic_data.core.run.series import run_series
    from ingen_fab.synthetic_data.tui.state import Draft

    for first, last in ((date(2023, 1, 1), date(2023, 1, 31)), (date(2023, 2, 13), date(2023, 2, 19))):
        series, _ = planned_series("retail_oltp_small_incremental", first, last)
        run_series(series, batch=31)
    return demo(True, Draft("retail_oltp_small_incremental", {}, {"start": "2023-03-01"}))


async def draw(name: str, size: tuple[int, int]) -> str:
    """A picture as SVG."""
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    # Nothing stands in a new folder, whatever stands where this is called.
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        app = demo(whole_run=name != "run") if name != "days" else days_there()
        return await _drawn(app, name, size)


async def _drawn(app: Any, name: str, size: tuple[int, int]) -> str:
    async with app.run_test(size=size) as pilot:
        await _settled(app, pilot)
        for key in SHOTS[name]:
            await pilot.press(key)
            while key == "f5" and not (app.job if name == "run" else app.results):
                await pilot.pause()
            await _settled(app, pilot)
        for field in app.screen.query("Input"):
            field.cursor_blink = False
        await pilot.pause()
        text = app.export_screenshot(title="synthetic-data")
        if app.job is not None:
            app.job.cancel.set()
    # The fonts of the original lie on a server; a picture should need none.
    text = re.sub(r"@font-face \{.*?\}\n", "", text, flags=re.DOTALL)
    return re.sub(r"font-family: Fira Code[^;]*;", "font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;", text)


async def _settled(app: Any, pilot: Any) -> None:
    """Waits until nothing works behind the screen but a run that is held in its middle."""
    while True:
        await pilot.pause()
        busy = [worker for worker in app.workers if not worker.is_finished and worker.group != "run"]
        ran = app.job is None or app.job.rows > 0
        if app.planned is not None and app.planned.draft is app.draft and (app.expected is not None or app.arrives) and not busy and ran:
            app.poll()
            await pilot.pause()
            return
        await asyncio.sleep(0.01)


def record() -> None:
    """Runs for real, and writes down what it told."""
    from ingen_fab.synthetic_data.core.job import run_job
    from ingen_fab.synthetic_data.core.plan.make import make_plan
    from ingen_fab.synthetic_data.core.run.events import Event, to_json
    from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

    told: list[Event] = []
    with tempfile.TemporaryDirectory() as folder:
        settings = {"target_rows": 4_000_000, "output_settings.output_mode": "parquet", "output_settings.output_dir": folder}
        job = run_job(make_plan(resolve_parameters("retail_oltp_large", flags=settings)), emit=told.append, check=True)
    if job.report is None:
        raise SystemExit(f"the run could not be recorded: {job.run.message or job.run.notes}")
    CHECKED.write_text(json.dumps({**job.report.to_json(), "output_root": "synthetic_data"}, indent=0) + "\n", encoding="utf-8")
    lines = [to_json(event) for event in told]
    final = {**job.run.to_json(), "output_root": "synthetic_data"}
    RECORDED.write_text("".join(json.dumps(line) + "\n" for line in [*lines, final]), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Draws or checks all pictures."""
    if "--record" in arguments:
        record()
    stale = []
    for name, size in names():
        text = asyncio.run(draw(name, size))
        file = file_of(name, size)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(file.name)
            if "--check" not in arguments:
                file.write_text(text, encoding="utf-8")
    print(f"{len(stale)} of {len(names())} pictures {'are stale' if '--check' in arguments else 'were drawn'}: {', '.join(stale)}")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    if Path(sys.prefix).resolve() != PYTHON.parents[1].resolve():
        ensure("dev")
        os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606  # the private environment has the package
    raise SystemExit(main(sys.argv[1:]))
