"""The wizard on a machine that is always the same, and the ways to everything in it that pictures are made of."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from environment import ROOT

RECORDED: Final = ROOT / "screenshots" / "recorded_run.jsonl"
CHECKED: Final = ROOT / "screenshots" / "recorded_report.json"
_BROKEN: Final = """\
dataset_id: returns
target_rows: many
tables:
  returns:
    columns:
      id: bigint
      reason: {kind: category, values: {}}
      amount: decimal(12
"""


@dataclass(frozen=True)
class Scene:
    """Something that the wizard shows."""

    keys: tuple[str, ...] = ()
    """What leads there from the first screen."""
    until: str = ""
    """A text that is there once all is, where there is room for it."""
    run: str = "whole"
    """How far the replayed run goes: `whole`, to its `middle`, or until it has `failed`."""
    messages: bool = False
    """Whether messages over the screen are shown."""
    over: bool = False
    """Whether it stands over a step, which is fainter behind it."""
    stage: Callable[[], Any] | None = None
    """Makes another wizard than the usual one, in a folder of its own."""


def demo(run: str = "whole", draft: Any = None, repository: Any = None) -> Any:
    """The wizard with a run that is replayed, and an estimate that takes no time."""
    from ingen_fab.synthetic_data.core.errors import RunError
    from ingen_fab.synthetic_data.core.job import JobResult
    from ingen_fab.synthetic_data.core.plan.machine import Machine
    from ingen_fab.synthetic_data.core.quality.report import Report
    from ingen_fab.synthetic_data.core.run.estimate import Estimate, TableEstimate
    from ingen_fab.synthetic_data.core.run.events import LogLine, RunResult, from_json
    from ingen_fab.synthetic_data.tui.app import Wizard
    from ingen_fab.synthetic_data.tui.compiling import compile_draft
    from ingen_fab.synthetic_data.tui.state import Draft
    from ingen_fab.synthetic_data.tui.widgets.run_view import RunView
    from ingen_fab.synthetic_data.tui.workspace import Workspace

    # What is drawn does not hang on how fast it came.
    RunView.EVERY = 0.0
    Wizard.NOTIFICATION_TIMEOUT = 3600.0

    def estimate(plan: Any) -> Estimate:
        tables = {table.name: TableEstimate(table.rows, table.rows * 40, table.rows / 2e6) for table in plan.tables}
        return Estimate(plan.rows / 2e6 + 0.4, plan.rows * 40, 320_000_000, tables)

    def price(days: Any) -> Estimate:
        return estimate(days.series.plan)

    *lines, last = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
    progress = [number for number, line in enumerate(lines) if line["event"] == "TableProgress"]

    def replay(plan: Any, emit: Callable[[Any], None], cancel: Any, **options: Any) -> JobResult:
        for line in lines if run == "whole" else lines[: progress[len(progress) // 2]]:
            emit(from_json(line))
            if line["event"] == "SystemSample":
                # Looked at one by one, as they came: the rates between them are shown.
                wizard.call_from_thread(wizard.poll)
        if run == "failed":
            sentence = "orders, part 3 of 8: no space is left on the device; nothing was published"
            emit(LogLine("error", sentence, 6.9))
            raise RunError(sentence)
        while run == "middle" and not cancel.is_set():
            cancel.wait(0.05)
        return JobResult(RunResult.from_json(last), Report.from_json(json.loads(CHECKED.read_text(encoding="utf-8"))))

    def compile_(*words: Any) -> Workspace:
        made = compile_draft(*words)
        # What travels in a notebook grows with every change of ours.
        files = [replace(file, bytes=650_000) if file.bytes > 300_000 else file for file in made.files]
        return replace(made, files=tuple(files), seconds=0.8)

    draft = draft or Draft("retail_oltp_large", {"target_rows": 4_000_000, "output_settings": {"output_mode": "parquet"}})
    machine = Machine(2, 16_000_000_000)
    wizard = Wizard(draft, repository=repository, estimate=estimate, price=price, run=replay, compile_=compile_, machine=machine)
    return wizard


def days_there() -> Any:
    """The wizard on a dataset some of whose days were written: the first month, and a week later on."""
    from ingen_fab.synthetic_data.core.plan.kept import planned_series
    from ingen_fab.synthetic_data.core.run.series import run_series
    from ingen_fab.synthetic_data.tui.state import Draft

    for first, last in ((date(2023, 1, 1), date(2023, 1, 31)), (date(2023, 2, 13), date(2023, 2, 19))):
        series, _ = planned_series("retail_oltp_small_incremental", first, last)
        run_series(series, batch=31)
    return demo(draft=Draft("retail_oltp_small_incremental", {}, {"start": "2023-03-01"}))


def broken_file() -> Any:
    """The wizard where a dataset of the user's own has three mistakes."""
    from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

    Path("datasets").mkdir()
    Path("datasets/returns.yaml").write_text(_BROKEN, encoding="utf-8")
    return demo(repository=DatasetConfigurationRepository([Path("datasets")]))


SCENES: Final[dict[str, Scene]] = {
    "browse": Scene(),
    "schema": Scene(("2", "down", "down", "down")),
    "diagram": Scene(("2", "d")),
    "column": Scene(("2", "down", "down", "down", "tab", *["down"] * 5)),
    "parameters": Scene(("3",)),
    "editor": Scene(("3", *["down"] * 8, "enter"), over=True),
    "parameters-error": Scene(("3", "down", "x", "tab", "2")),
    "preview": Scene(("4", "right", "right", "right", "right", "right")),
    "run": Scene(("f5",), run="middle"),
    "results": Scene(("f5", "6")),
    "quality": Scene(("f5", "6", "t")),
    "export": Scene(("7",)),
    "days": Scene(("8",), stage=days_there),
    "compile": Scene(("9", "f6", *["up"] * 10)),
    "help": Scene(("4", "f1"), over=True),
    "jump": Scene(("4", "f2")),
    "keys": Scene(("4", "question_mark"), over=True),
    "search": Scene(("slash", "l", "a", "r", "g", "e")),
    "template": Scene(("slash", "p", "e", "a", "k", "enter")),
    "found-nothing": Scene(("slash", "z", "z", "z")),
    "found-no-rows": Scene(("4", "slash", *"order_id<0", "enter"), until="no row of orders has", messages=True),
    "no-runs": Scene(("6",)),
    "no-history": Scene(("6", "H")),
    "run-nothing": Scene(("5",)),
    "run-failed": Scene(("f5",), run="failed"),
    "broken-file": Scene(("slash", "r", "e", "t", "u", "r", "n", "s"), stage=broken_file),
    "trail": Scene(("4", "right", "right", "enter"), until="as of 2023-01-01"),
    "family": Scene(("4", "i"), over=True),
    "palette": Scene(("ctrl+p", *"amount"), until="order_items.gross_amount", over=True),
    "themes": Scene(("ctrl+t",), until="high-contrast", over=True),
}
"""Name -> scene."""
_TYPED: Final = {"_": "underscore", "<": "less_than_sign"}


@contextmanager
def played(name: str, **environment: str) -> Iterator[Any]:
    """The wizard of a scene, before any key, in a new folder in which nothing stands; with some variables for as long."""
    scene, environment = SCENES[name], {"TEXTUAL_ANIMATIONS": "none", **environment}
    before = {variable: os.environ.get(variable) for variable in environment}
    os.environ.update(environment)
    try:
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            yield scene.stage() if scene.stage is not None else demo(scene.run)
    finally:
        for variable, value in before.items():
            if value is None:
                del os.environ[variable]
            else:
                os.environ[variable] = value


async def play(app: Any, pilot: Any, name: str) -> None:
    """Presses the keys that lead to a scene, and waits after each until all is done."""
    scene = SCENES[name]
    await settled(app, pilot)
    for key in scene.keys:
        await pilot.press(_TYPED.get(key, key))
        while key == "f5" and not (app.job if scene.run == "middle" else app.results if scene.run == "whole" else not app.running):
            await pilot.pause()
        await settled(app, pilot)
    while app.size.width >= 100 and scene.until not in "\n".join(lines_of(app)):
        await pilot.pause(0.02)
    for field in app.screen.query("Input"):
        field.cursor_blink = False
    await pilot.pause()


def lines_of(app: Any) -> list[str]:
    """The text that is on the screen."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


async def settled(app: Any, pilot: Any) -> None:
    """Waits until nothing works behind the screen but a run that is held in its middle."""
    while True:
        await pilot.pause()
        busy = app.has_typed_ahead or any(not worker.is_finished and worker.group != "run" for worker in app.workers)
        ran = app.job is None or app.job.rows > 0
        # A sample is drawn a moment after one has stopped moving.
        told = all(getattr(screen, "is_described", True) for screen in app.screen_stack)
        known = app.planned is not None and app.planned.draft is app.draft and (app.expected is not None or app.arrives)
        if known and not busy and ran and told:
            app.poll()
            await pilot.pause()
            return
        await asyncio.sleep(0.01)


async def resized(app: Any, pilot: Any, size: tuple[int, int]) -> None:
    """Gives the terminal another size, and waits until all is drawn in it."""
    await pilot.resize_terminal(*size)
    shown: list[str] = []
    # What scrolls to its end does so a moment later.
    while shown != (shown := lines_of(app)):
        await settled(app, pilot)


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
