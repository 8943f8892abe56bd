"""The part of the application that runs: whatever is generated, how far it is, what came of it, and the checks of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.reactive import var
from textual.worker import Worker

from ..core.errors import InputError
from ..core.run.events import RunFinished, RunResult, SeriesResult
from ..core.spec.repository import DatasetConfigurationRepository
from .leaving import LONGEST_STOP, Leaving
from .run_state import RunState
from .screens.choosing import Choose
from .screens.dialogs import Confirm
from .state import CheckState, Draft, Past
from .work import do_aside, told

if TYPE_CHECKING:
    from ..core.job import JobResult
    from ..core.quality.report import Report

_WAYS = {"": "Go on", "after": "Publish the days at work, then stop", "now": "Stop now, and remove the days at work"}
"""How a run by days can be stopped."""
_BY_NOTEBOOK = "a notebook loaded it into a warehouse, and has checked it itself"


class Running(Leaving):
    """An application that runs one thing at a time, aside of its screens."""

    results: var[tuple[RunResult | SeriesResult, ...]] = var(())

    def __init__(self, draft: Draft, repository: DatasetConfigurationRepository, validate: Callable[..., Report]) -> None:
        super().__init__(draft)
        self.repository, self._validating = repository, validate
        self._generated = draft

    def look_at_days(self) -> None:
        """Works out anew which days are there."""
        raise NotImplementedError

    def _begin(self, job: RunState, work: Callable[..., object]) -> None:
        self.job, self._generated = job, self.draft
        self.switch_mode("run")
        do_aside(self, "run", partial(self._generate, job, work), exclusive=False)

    def _generate(self, job: RunState, work: Callable[..., object]) -> object:
        try:
            # A check reads what the run is about to replace, and holds the warehouse.
            for check in self.checks.values():
                check.cancel.set()
            for check in self.checks.values():
                check.ended.wait(LONGEST_STOP)
            return work(emit=job.hub.put, cancel=job.cancel)
        finally:
            job.ended.set()

    def ran(self, worker: Worker[JobResult | SeriesResult]) -> None:
        """Takes what came of a run."""
        job = self.job
        if job is None:
            return
        self.poll()
        if worker.error is not None:
            job.finished = RunFinished("FAILED", told(worker.error), job.elapsed)
        elif isinstance(worker.result, SeriesResult):
            job.result = worker.result
            self.results = (*self.results, worker.result)
            if worker.result.status == "COMPLETED":
                self.keep(self._generated)
            self.look_at_days()
        elif worker.result is not None:
            job.result = result = worker.result.run
            self.results = (*self.results, result)
            if result.status == "COMPLETED":
                self.keep(self._generated)
            if worker.result.report is not None:
                self.checks = {**self.checks, result.run_id: CheckState.of(result, worker.result.report)}
        self.mutate_reactive(Running.job)
        if self._waiting:
            self.exit()

    def check(self, result: RunResult | SeriesResult | Past) -> None:
        """Checks in the background what a run wrote, where neither its job nor this session did."""
        known = self.checks.get(result.run_id)
        if result.status == "COMPLETED" and (known is None or known.cancel.is_set()):
            state = CheckState(result)
            self.checks = {**self.checks, result.run_id: state}
            do_aside(self, "check", partial(self._check, state), exclusive=False)

    def _check(self, state: CheckState) -> CheckState:
        try:
            if isinstance(state.result, RunResult) and not state.result.manifest:
                raise InputError(_BY_NOTEBOOK)
            state.report = self._validating(state.result, repository=self.repository, progress=state.progress, cancel=state.cancel)
        except Exception as error:  # whatever is wrong with a check, what was written is there
            state.problem = told(error)
        finally:
            state.ended.set()
        return state

    def poll(self) -> None:
        """Brings a run's state up to date with the events that came; ten times a second."""
        self.leave_without_terminal()
        if any(not check.ended.is_set() for check in self.checks.values()):
            self.mutate_reactive(Running.checks)
        if self.job is not None:
            events = self.job.hub.drain()
            for event in events:
                self.job.take(event)
            if events:
                self.mutate_reactive(Running.job)

    def action_cancel_run(self) -> None:
        """Asks, then stops the run."""
        if self.running:
            published = self.job is not None and self.job.published
            question = "Stop the check? What was written is complete." if published else "Stop the run? Nothing of it will be published."
            if self.job is not None and self.job.series is not None:
                question = "Stop the run? The days that are published stay, and the next run continues after them."
                if not self.job.notebook:
                    self.push_screen(Choose(question, _WAYS), self._end)
                    return
            self.push_screen(Confirm(question, "Stop", "Go on"), self._cancel)

    def _cancel(self, sure: bool | None) -> None:
        if sure and self.job is not None:
            self.job.cancel.set()

    def _end(self, how: str | None) -> None:
        if self.job is not None and how == "now":
            self.job.cancel.set()
        elif self.job is not None and how == "after":
            self.job.cancel.end_after()
