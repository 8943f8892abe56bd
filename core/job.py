"""The job: a run, the check of what it published, and its row in the log. Every front end starts this one, so none tells another story."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from . import quality
from .errors import PlaceError, RunCancelled
from .frozen import dataclass
from .plan.plan import Plan
from .run.cancel import CancelToken
from .run.events import Event, RunResult, ignore
from .run.run import run
from .spec.repository import DatasetInfo

if TYPE_CHECKING:
    from .quality.report import Report


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job did."""

    run: RunResult
    report: Report | None
    """Of the check; None if nothing was checked, or if the check could not be finished (see `run.notes`)."""
    skipped: bool = False
    """Whether the run was too large to be checked unasked."""
    stopped: bool = False
    """Whether somebody stopped the check; the run stays complete."""

    def __repr__(self) -> str:
        run = self.run
        told = f"; quality: {self.report.headline}" if self.report is not None else f"; {run.message}" if run.message else ""
        return f"<JobResult {run.status}: {run.rows:,} rows in {len(run.tables)} tables under {run.output_root}{told}>"

    def _repr_html_(self) -> str:
        return self.run.html({"quality": self.report.headline if self.report is not None else ""})


def run_job(
    plan: Plan,
    *,
    emit: Callable[[Event], None] = ignore,
    cancel: CancelToken | None = None,
    check: bool | None = None,
    datasets: Sequence[DatasetInfo] | None = None,
    alone: bool = False,
    spark: Any = None,
) -> JobResult:
    """Generates and publishes all tables of a plan, checks them, and logs what came of it.

    `check` says whether to check (None: up to `CHECKED_AT_ONCE` rows, in a folder of this machine); what the check finds changes
    no status. `emit` hears every event, from this thread and others; `cancel` stops the run, or only the check once everything
    is published.
    `datasets` fill the config tables (default: the shipped ones). `alone` says that this process does nothing else, so that its
    memory may be bounded while it checks. `spark` is a SparkSession for plans of pyspark mode.
    Raises ExistsError, LockedError and DiskSpaceError before anything is written; whatever happens
    later is told by the result's status and the last event.
    """
    if plan.output.url and check:
        raise PlaceError(
            f"`output_dir`: {plan.output.url} is on an object store, and the check reads folders of this machine: leave it out"
        )
    wanted = plan.rows <= quality.CHECKED_AT_ONCE and not plan.output.url if check is None else check
    inspection = Inspection(alone) if wanted else None
    result = run(plan, emit=emit, cancel=cancel, datasets=datasets, inspect=inspection, spark=spark)
    report = inspection.report if inspection is not None else None
    return JobResult(
        result,
        replace(report, run_id=result.run_id) if report is not None else None,
        skipped=check is None and inspection is None and not plan.output.url,
        stopped=inspection is not None and inspection.stopped,
    )


class Inspection:
    """The check as a step of a run: says what it found in a few sentences, and keeps the report."""

    def __init__(self, alone: bool = False) -> None:
        self._alone = alone
        self.report: Report | None = None
        self.stopped = False

    def __call__(
        self, plan: Plan, progress: Callable[[int, int], None], cancel: CancelToken
    ) -> Sequence[tuple[Literal["info", "warning"], str]]:
        """Checks the written tables of a plan; raises RunCancelled, and InputError and RunError where they cannot be read."""
        # DuckDB is loaded when everything is written.
        from .quality.validate import validate
        from .run.guarded import bounded

        try:
            with bounded() if self._alone else nullcontext():
                self.report = report = validate(plan, progress=lambda done, total, _: progress(done, total), cancel=cancel)
        except (RunCancelled, KeyboardInterrupt):
            self.stopped = True
            raise
        if report.passed:
            return [("info", f"quality: {report.headline}")]
        told = [
            f"{result.name} {'.'.join(filter(None, (result.table, result.column)))}: {result.sentence}" for result in report.failures[:5]
        ]
        return [("warning", f"quality: {text}") for text in (f"{report.headline}; `validate-data` tells all of them", *told)]
