"""Run: a bar for each table, what it costs, and what it says."""

from __future__ import annotations

from collections import deque
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Label, RichLog, Sparkline, Static

from ...core import format as shown
from ..state import RunState
from ..widgets.panel import panel
from ..widgets.plan_card import PlanCard, day_card
from ..widgets.run_bars import RunBars
from .step import Step

_COLOURS = {"info": "", "warning": "yellow", "error": "red"}


class Bars(VerticalScroll, can_focus=True):
    """The bars, which scroll where there are many tables."""

    HELP = """
# Run

One bar for each table, and its rows per second once it is done. **x** stops the run: nothing of it is published, and what was
there before stays. You can visit other steps meanwhile.
"""


class RunScreen(Step):
    """Before a run: what it will do. Then its progress, load and log."""

    NAME = "run"
    FOCUS = "#bars"
    CSS_PATH = "run.tcss"
    HELP = "Generate with the parameters as they are, and watch."
    BINDINGS: ClassVar = [
        Binding("x", "app.cancel_run", "Cancel"),
        Binding("enter", "results", "Results"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._shown: RunState | None = None
        self._lines = 0
        self._ended = False

    def body(self) -> ComposeResult:
        """Headline, bars, load and log."""
        yield Label("", id="headline", markup=False)
        with Horizontal(id="run"):
            with panel(Bars(id="bars"), "Tables"):
                yield PlanCard(id="before")
                yield RunBars()
            with panel(Vertical(id="system"), "Load"):
                yield Label("speed", id="rate", markup=False)
                yield Sparkline([0.0], id="rates")
                yield Label("CPU", id="load", markup=False)
                yield Sparkline([0.0], id="loads")
                yield Label("memory", id="memory", markup=False)
                yield Sparkline([0.0], id="memories")
                yield Static("", id="time", markup=False)
        yield panel(RichLog(id="log", max_lines=2000, wrap=True, markup=False), "Log")

    def on_mount(self) -> None:
        """Follows the plan and the run."""
        self.query_one("#log").can_focus = False
        for name in ("planned", "expected", "days"):
            self.watch(self.app, name, self._before)
        self.watch(self.app, "job", self._show)

    def _before(self) -> None:
        wizard = self.wizard
        days = wizard.days if wizard.arrives else None
        if days is not None and days.draft is wizard.draft:
            self.query_one(PlanCard).tell([days.problem] if days.problem else [], day_card(days))
        elif wizard.arrives:
            self.query_one(PlanCard).tell(wizard.wrong, ["looking ..."])
        else:
            self.query_one(PlanCard).show(wizard.planned, wizard.expected, wizard.wrong)
        if wizard.job is None:
            what = "the days of step 8, which are not there yet" if wizard.arrives else "this; it asks before it replaces anything"
            self.query_one("#headline", Label).update(f"F5 generates {what}")

    @on(events.ScreenResume)
    def _resumed(self) -> None:
        if self.wizard.arrives:
            self.wizard.look_at_days()

    def _show(self) -> None:
        job = self.wizard.job
        self.set_class(job is not None, "-started")
        if job is None:
            return
        if job is not self._shown:
            self._shown, self._lines, self._ended = job, 0, False
            self.query_one(RichLog).clear()
            self.refresh_bindings()
        self.query_one(RunBars).show(job)
        self._system(job)
        self._log(job)
        self._headline(job)
        if not job.running and not self._ended:
            self._ended = True
            self.refresh_bindings()

    def _headline(self, job: RunState) -> None:
        label = self.query_one("#headline", Label)
        if job.running:
            stopping = ", stopping ..." if job.cancel.is_set() else ""
            text = Content(f"{job.name}: {job.doing or 'starting'}{stopping}")
        elif job.series is not None and job.finished is not None and job.finished.status != "FAILED":
            text = Content.styled(_told_of_days(job), "$text-success" if job.finished.status == "COMPLETED" else "$text-warning")
        elif job.finished is not None and job.finished.status == "COMPLETED":
            rows, seconds = shown.rows(job.rows if job.notebook else job.plan.rows), shown.duration(job.seconds)
            text = Content.styled(f"{job.name}: done, {rows} rows in {seconds}; enter shows the results", "$text-success")
        else:
            text = Content.styled(f"{job.name}: {job.finished.message if job.finished else ''}", "$text-error")
        label.update(text)

    def _system(self, job: RunState) -> None:
        workers = f"{job.workers} worker{'s' if job.workers != 1 else ''}"
        load, memory = f"{job.cpu_percent:.0f} %, {workers}", shown.bytes_(job.memory_bytes)
        peak = f"peak {shown.bytes_(job.peak_bytes)}"
        if job.result is not None:
            # The last sample is one of the check, which no figure of the result counts.
            load, memory = f"{job.result.cpu_cores_used:.1f} cores, {workers}", peak
        elif job.peak_bytes:
            memory = f"{memory}, {peak}"
        self._gauge("rate", f"speed   {shown.rate(job.rows_per_second)}", "rates", job.rates)
        self._gauge("load", f"CPU     {load}", "loads", job.loads)
        self._gauge("memory", f"memory  {memory}", "memories", job.memories)
        left = job.remaining
        lines = [
            f"time    {shown.duration(job.seconds)}" + (f", {shown.duration(left)} left" if left is not None else ""),
            f"rows    {shown.rows(job.rows)}",
            f"written {shown.bytes_(job.bytes)}",
        ]
        self.query_one("#time", Static).update("\n".join(lines))

    def _gauge(self, label: str, text: str, line: str, data: deque[float]) -> None:
        self.query_one(f"#{label}", Label).update(text)
        self.query_one(f"#{line}", Sparkline).data = list(data)

    def _log(self, job: RunState) -> None:
        from rich.text import Text

        log = self.query_one(RichLog)
        for line in job.lines[self._lines :]:
            log.write(Text(f"{line.elapsed:7.1f} s  {line.level:<7}  {line.text}", style=_COLOURS[line.level]))
        self._lines = len(job.lines)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers the results once there are some."""
        if action == "results":
            return bool(self.wizard.results) and not self.wizard.running
        return super().check_action(action, parameters)

    def action_results(self) -> None:
        """Goes on."""
        self.wizard.action_step("results")


def _told_of_days(job: RunState) -> str:
    done, message = len(job.written), job.finished.message if job.finished is not None else ""
    if message:
        return f"{job.name}: {message}" + ("; F5 goes on" if done else "")
    told = f"{shown.many(done, 'day')}, {shown.many(job.rows, 'row')} in {shown.duration(job.seconds)}"
    return f"{job.name}: done, {told}; enter shows the results"
