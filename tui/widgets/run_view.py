"""A run as it is watched: its bars, four charts, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from ...core import format as shown
from ...core.charts import figure
from ..run_state import RunState
from ..samples import Samples
from .panel import panel, retitle
from .plot import Plot
from .run_bars import RunBars
from .run_log import RunLog


class Bars(VerticalScroll, can_focus=True):
    """The bars, which scroll where there are many tables."""

    HELP = """
# Run

All of it in the first line, then one bar for each table, and its rows per second once it is done. **x** stops the run; of a run by days
you may also let the days at work end. You can visit other steps meanwhile, or leave: nothing of a run that is stopped is published,
and what was there before stays.

**/** narrows the log to words or a table, **l** to warnings or errors. A run of another terminal in the same folder is shown as well.
"""


class RunView(Vertical):
    """Bars and charts beside each other, where there is room, and the log below them; `before` is shown until there is a run.

    Its style is that of the step Run.
    """

    EVERY: ClassVar[float] = 0.5
    """Seconds between two drawings of the charts."""

    def __init__(self, before: Widget | None = None) -> None:
        super().__init__()
        self._before = before
        self._drawn: tuple[RunState, float] | None = None
        """Whose charts are shown, and the second in which they were drawn."""

    def compose(self) -> ComposeResult:
        """The bars, the charts, the log."""
        with Horizontal(id="run"):
            with panel(Bars(id="bars"), "Tables"):
                if self._before is not None:
                    yield self._before
                yield RunBars()
            with panel(Vertical(id="charts"), "Load"):
                for name in ("rates", "flows", "loads", "memories"):
                    yield Plot(id=name)
                yield Static("", id="time", markup=False)
        yield panel(RunLog(), "Log")

    def show(self, job: RunState) -> None:
        """Brings everything up to date."""
        self.query_one(RunBars).show(job)
        retitle(self.query_one("#bars"), "Days" if job.by_days else "Tables")
        if self._is_due(job):
            self._charts(job)
        self.query_one(RunLog).show(job.lines)

    def _is_due(self, job: RunState) -> bool:
        """Whether the charts are to be drawn: not with every word of a run, but always its last state."""
        now = monotonic()
        if self._drawn is not None and self._drawn[0] is job and job.running and now - self._drawn[1] < self.EVERY:
            return False
        self._drawn = job, now
        return True

    def _charts(self, job: RunState) -> None:
        workers = f"{job.workers} worker{'s' if job.workers != 1 else ''}" if job.workers else ""
        load, memory = f"{job.cpu_percent:.0f} %", shown.bytes_(job.memory_bytes)
        peak = f"peak {shown.bytes_(job.peak_bytes)}"
        if job.result is not None:
            # The last sample is one of the check, which no figure of the result counts.
            load, memory = f"{job.result.cpu_cores_used:.1f} cores", peak
        elif job.peak_bytes:
            memory = f"{memory}, {peak}"
        flow = job.bytes / job.seconds if job.seconds else 0.0
        self._chart("rates", job.rates, f"speed   {shown.rate(job.rows_per_second)}")
        self._chart("flows", job.flows, f"written {shown.bytes_(flow)}/s, {shown.bytes_(job.bytes)}", shown.bytes_)
        self._chart("loads", job.loads, f"CPU     {', '.join(filter(None, (load, workers)))}")
        self._chart("memories", job.memories, f"memory  {memory}", shown.bytes_)
        left = job.remaining
        told = f"time    {shown.duration(job.seconds)}" + (f", {shown.duration(left)} left" if left is not None else "")
        self.query_one("#time", Static).update(f"{told}\nrows    {shown.rows(job.rows)}")

    def _chart(self, name: str, samples: Samples, title: str, scale: Callable[[float], str] = figure) -> None:
        plot = self.query_one(f"#{name}", Plot)
        plot.show_curve(samples.values or [0.0], title=title, scale=scale)
