"""Run: a bar for each table, what it costs, and what it says."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, Label
from textual.worker import Worker, WorkerState

from ...core.run.events import Event, RunFinished
from ..headline import headline
from ..output_root import output_root
from ..run_state import RunState
from ..widgets.plan_card import PlanCard, day_card
from ..widgets.run_log import RunLog
from ..widgets.run_view import RunView
from ..work import do_aside
from .step import Step

if TYPE_CHECKING:
    from ...core.run.watch import Watched

_EVERY = 0.5
"""Seconds between two looks at what others do in the same folder."""


class RunScreen(Step):
    """Before a run: what it will do. Then its progress, load and log; or those of a run of another process in the same folder."""

    NAME = "run"
    FOCUS = "#bars"
    CSS_PATH = "run.tcss"
    HELP = "Generate with the parameters as they are, and watch."
    BINDINGS: ClassVar = [
        Binding("x", "app.cancel_run", "Cancel", id="run.cancel"),
        Binding("enter", "results", "Results", id="run.results"),
        Binding("slash", "filter_log", "Filter log", id="run.filter"),
        Binding("l", "log_level", "Log level", id="run.level"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._shown: RunState | None = None
        self._ended = False
        self._watched: Watched | None = None
        self._other: RunState | None = None
        self._looking = False
        self._died = ""

    def body(self) -> ComposeResult:
        """Headline, bars, load and log."""
        yield Label("", id="headline", markup=False)
        yield RunView(PlanCard(id="before"))

    def on_mount(self) -> None:
        """Follows the plan and the run."""
        for name in ("planned", "expected", "days"):
            self.watch(self.app, name, self._before)
        self.watch(self.app, "job", self._show)
        self.set_interval(_EVERY, self._look_around)

    def _before(self) -> None:
        wizard = self.wizard
        days = wizard.days if wizard.arrives else None
        if days is not None and days.draft is wizard.draft:
            self.query_one(PlanCard).tell([days.problem] if days.problem else [], day_card(days))
        elif wizard.arrives:
            self.query_one(PlanCard).tell(wizard.wrong, ["looking ..."])
        else:
            self.query_one(PlanCard).show(wizard.planned, wizard.expected, wizard.wrong)
        if self._job is None:
            what = "the days of step 8, which are not there yet" if wizard.arrives else "this; it asks before it replaces anything"
            self.query_one("#headline", Label).update(self._died or f"F5 generates {what}")

    @on(events.ScreenResume)
    def _resumed(self) -> None:
        if self.wizard.arrives:
            self.wizard.look_at_days()
        self._look_around()

    # What runs

    @property
    def _job(self) -> RunState | None:
        """The run that is shown: this wizard's while it works, else one of another process, else the last one."""
        own = self.wizard.job
        return own if own is not None and own.running else self._other or own

    def _look_around(self) -> None:
        """Looks, aside, whether another process runs in the folder."""
        root = output_root(self.wizard)
        if not self.is_current or self.wizard.running or root is None:
            return
        if self._looking:
            return
        is_elsewhere = self._watched is not None and self._watched.root != root
        if is_elsewhere and (self._other is None or not self._other.running):
            self._watched, self._died = None, ""
        self._looking = True
        do_aside(self, "watch", partial(_look, root, self._watched), exclusive=False)

    @on(Worker.StateChanged)
    def _looked(self, event: Worker.StateChanged) -> None:
        if event.worker.group != "watch":
            return
        event.stop()
        self._looking = event.state in (WorkerState.PENDING, WorkerState.RUNNING)
        found = event.worker.result
        if event.state is not WorkerState.SUCCESS or not isinstance(found, _Seen) or self.wizard.running:
            return
        last = found.watched.last
        self._watched = found.watched if found.finished is None else None
        if found.finished is not None and self._other is not None:
            for one in (*(found.watched.untold() if found.finished.status == "COMPLETED" else ()), found.finished):
                self._other.take(one)
            self._show()
        elif found.events and last is not None:
            if self._other is None or not self._other.running:
                self._other = RunState(None, dataset_id=last.dataset_id, whose=last.process.told)
            for one in found.events:
                self._other.take(one)
            self._show()
        if found.died != self._died:
            self._died = found.died
            self._before()

    def _show(self) -> None:
        if self.wizard.running:
            self._other = self._watched = None
        job = self._job
        self.set_class(job is not None, "-started")
        if job is None:
            return
        if job is not self._shown:
            self._shown, self._ended = job, False
            self.refresh_bindings()
        self.query_one(RunView).show(job)
        self.query_one("#headline", Label).update(headline(job))
        if not job.running and not self._ended:
            self._ended = True
            self.refresh_bindings()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers the results once there are some, and the log where there is one."""
        if action == "results":
            return bool(self.wizard.results) and not self.wizard.running
        if action in ("filter_log", "log_level"):
            return self._job is not None
        return super().check_action(action, parameters)

    def action_results(self) -> None:
        """Goes on."""
        self.wizard.action_step("results")

    def action_filter_log(self) -> None:
        """Narrows the log to some words."""
        self.query_one(RunLog).ask()

    def action_log_level(self) -> None:
        """Narrows the log to warnings, errors, or not at all."""
        self.query_one(RunLog).step_level()

    def action_leave(self) -> None:
        """Closes the field of the log first."""
        if isinstance(self.focused, Input):
            self.query_one(RunLog).close()
        super().action_leave()


class _Seen:
    """What a look at the folder found."""

    def __init__(self, watched: Watched, events_: list[Event], finished: RunFinished | None, died: str) -> None:
        self.watched, self.events, self.finished, self.died = watched, events_, finished, died


def _look(root: Path, watched: Watched | None) -> _Seen:
    from ...core.run.watch import Watched

    watched = watched or Watched(root)
    there, found = watched.look()
    finished = watched.outcome() if not there and watched.last is not None else None
    dead = watched.dead if not there and watched.last is None else None
    return _Seen(watched, found, finished, f"{dead.dataset_id}: {dead.died}" if dead is not None else "")
