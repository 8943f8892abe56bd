"""The run: from a plan to published tables, with events on the way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import perf_counter, time
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from ..errors import InputError, RunCancelled, RunError, SyntheticDataError, sentence
from ..plan.away import refuse_order
from ..plan.drawn_pools import restore
from ..plan.machine import spark_missing
from ..plan.plan import Plan
from ..program.tasks import PartResult
from ..spec.repository import DatasetConfigurationRepository, DatasetInfo
from .cancel import CancelToken
from .destination import Destination, Folder, Log
from .events import (
    CheckProgress,
    Event,
    LogLine,
    PhaseChanged,
    RunFinished,
    RunResult,
    RunStarted,
    Status,
    SystemSample,
    TableFinished,
    TableProgress,
    TableResult,
    ignore,
)
from .executor import executor, is_small
from .journal import How
from .limits import check_limits
from .manifest import drawn_otherwise
from .means import Means
from .metrics import Sampler
from .progress import telling
from .publish import recover
from .record import Record, config_rows
from .root import locked
from .schemas import LogRow
from .scratch import scratch_folder
from .tally import Tally
from .targets import check_disk, refuse_log, refuse_names, refuse_targets

if TYPE_CHECKING:
    from ..sinks.store import Store
    from .storage import Absorbing

Inspect = Callable[[Plan, Callable[[int, int], None], CancelToken], Sequence[tuple[Literal["info", "warning"], str]]]
"""Looks at what a plan's run published, tells how far it is (done, in all), and says sentences about it; may raise
RunCancelled."""


def run(
    plan: Plan,
    *,
    emit: Callable[[Event], None] = ignore,
    cancel: CancelToken | None = None,
    workers: int | None = None,
    datasets: Sequence[DatasetInfo] | None = None,
    inspect: Inspect | None = None,
    how: Mapping[str, How] = {},
    spark: Any = None,
    log: Callable[[str], Log] | None = None,
) -> RunResult:
    """Generates and publishes all tables of a plan.

    Raises ExistsError, ForeignError, LockedError, PlaceError, InputError, DiskSpaceError and other RunErrors
    before anything is written; whatever happens later is told by the result's status and the last event. `workers` is
    for tests and benchmarks: 0 works in this process, any other number is not capped by the cores. `datasets` fill
    the config tables (default: the shipped ones). `inspect` looks at what was published; what it says is told, noted
    in the result and logged, and changes neither status nor seconds. Cancelling while it looks stops only the look.
    `how` names tables whose rows are added to those that stand, or merged with them by the primary key; all others
    are replaced. `spark` is a SparkSession for plans of pyspark mode, where it is not to be started. `log` gives the log of a run by
    its id, where that is not in the folder that is written to.
    """
    if plan.too_many:
        raise InputError(plan.too_many)
    check_limits()
    refuse_names(plan)
    refuse_no_spark(plan, spark)
    if plan.output.url:
        return run_away(plan, emit=emit, cancel=cancel, workers=workers, datasets=datasets, inspect=inspect, how=how, spark=spark)
    try:
        with locked(plan.output.root), telling(plan, emit) as told:
            return run_held(
                plan, emit=told, cancel=cancel, workers=workers, datasets=datasets, inspect=inspect, how=how, spark=spark, log=log
            )
    except OSError as error:
        raise RunError(sentence(error, plan.output.root)) from None


def run_held(
    plan: Plan,
    *,
    emit: Callable[[Event], None] = ignore,
    cancel: CancelToken | None = None,
    workers: int | None = None,
    datasets: Sequence[DatasetInfo] | None = None,
    inspect: Inspect | None = None,
    how: Mapping[str, How] = {},
    days: Callable[[Record], Sequence[LogRow]] | None = None,
    spark: Any = None,
    log: Callable[[str], Log] | None = None,
) -> RunResult:
    """As `run`, for a caller who holds the root's lock; `days` gives further rows of the log once everything is published."""
    root = plan.output.root
    if plan.drawn:
        restore(plan.dataset, plan.seed, plan.drawn)
    told = [*recover(root), *drawn_otherwise(plan)]
    refuse_targets(plan)
    if log is None:
        refuse_log(root, plan.output.environment)
    check_disk(plan)
    run_id, cancel = new_id(), cancel or CancelToken()
    where = Folder(plan, run_id, how, spark, log(run_id) if log is not None else None)
    return _Run(plan, run_id, where, emit, cancel, workers, datasets, told, inspect, how, days).work()


def refuse_no_spark(plan: Plan, spark: Any) -> None:
    """Raises RunError where a plan needs Spark, nobody gave or started one, and it cannot be started here."""
    missing = spark_missing() if plan.work.mode == "pyspark" and spark is None and "pyspark" not in sys.modules else ""
    if missing:
        raise RunError(missing)


def run_away(
    plan: Plan,
    *,
    emit: Callable[[Event], None],
    cancel: CancelToken | None,
    workers: int | None,
    datasets: Sequence[DatasetInfo] | None,
    inspect: Inspect | None,
    how: Mapping[str, How],
    spark: Any,
    days: Callable[[Record], Sequence[LogRow]] | None = None,
    storage: Store | Absorbing | None = None,
) -> RunResult:
    """As `run_held`, into an object store: nobody holds a lock, and the commits of each table order runs at the same time.

    `storage` reaches the store, where that is known already.
    """
    from .away import Away, storage_of

    if inspect is not None:
        raise InputError(f"`output_dir`: {plan.output.url} is on an object store, where tables are not checked")
    if how and plan.work.mode != "python":
        refuse_order([table for table in plan.tables if how.get(table.name, "replace") != "replace"], plan.output.url, adds=True)
    if plan.drawn:
        restore(plan.dataset, plan.seed, plan.drawn)
    cancel, run_id = cancel or CancelToken(), new_id()
    with scratch_folder() as scratch:
        away = Away(plan, run_id, storage or storage_of(plan, spark, cancel), scratch, how)
        away.refuse()
        return _Run(plan, run_id, away, emit, cancel, workers, datasets, (), None, how, days).work()


def new_id() -> str:
    """Of a run: it tells when it began."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"


class _Run:
    def __init__(
        self,
        plan: Plan,
        run_id: str,
        where: Destination,
        emit: Callable[[Event], None],
        cancel: CancelToken,
        workers: int | None,
        datasets: Sequence[DatasetInfo] | None,
        told: Sequence[str],
        inspect: Inspect | None,
        how: Mapping[str, How],
        days: Callable[[Record], Sequence[LogRow]] | None,
    ) -> None:
        self._plan, self._emit, self._cancel, self._told = plan, emit, cancel, told
        self._datasets = DatasetConfigurationRepository().list() if datasets is None else datasets
        self._inspect, self._days = inspect, days
        self._inspected: list[str] = []
        self._id, self._where = run_id, where
        self._clock = perf_counter()
        self._record = Record(self._id, plan, datetime.now(UTC))
        self._cost: tuple[float, int, float] | None = None
        """Seconds, peak memory and core seconds up to the publication."""
        self._workers = workers if workers is not None else (0 if is_small(plan) else plan.work.workers)
        self._tally = Tally(plan, run_id, where.file, where.aside, how)
        self._results: list[TableResult] = []

    @property
    def _elapsed(self) -> float:
        return perf_counter() - self._clock

    def work(self) -> RunResult:
        plan = self._plan
        tables = tuple((table.name, table.rows) for table in plan.tables)
        self._emit(RunStarted(self._id, plan.dataset_id, tables, max(self._workers, 1), time()))
        for text in (*self._told, *plan.notes):
            self._say("info", text)
        sampler = Sampler(lambda cpu, memory: self._emit(SystemSample(cpu, memory, self._elapsed)))
        status: Status = "COMPLETED"
        message = ""
        with sampler:
            try:
                self._work(sampler)
            except (RunCancelled, KeyboardInterrupt):
                # Once everything is published, there is nothing left to stop.
                if self._cost is None:
                    status, message = "CANCELLED", str(RunCancelled())
            except (SystemExit, GeneratorExit):
                raise
            except BaseException as error:
                # Whatever a library raises; a panic of Rust is not even an Exception.
                told = "" if self._cost is None else "; what was written is complete"
                status, message = "FAILED", f"{self._sentence(error)}{told}"
            finally:
                for text in self._where.clear():
                    self._say("warning", text)
        result = self._result(status, message, sampler)
        try:
            if status == "COMPLETED" and self._days is not None:
                self._where.log.days(self._days(self._record), self._id)
            noted = message or (self._inspected[0] if self._inspected else "")
            self._where.log.end(self._record.log_row(status, noted, result), self._record.job_row(status, message))
        except (OSError, SyntheticDataError) as error:
            self._say("warning", f"the run could not be logged: {self._sentence(error)}")
        if message:
            self._say("error" if status == "FAILED" else "warning", message)
        self._emit(RunFinished(status, message, self._elapsed))
        return result

    def _work(self, sampler: Sampler) -> None:
        self._phase("prepare")
        where, count = self._where, min(self._workers, self._plan.files)
        means = Means(
            work=self._plan.work,
            count=count,
            scratch=where.scratch,
            conf=self._plan.spark_conf,
            session=where.session,
            say=lambda text: self._say("info", text),
            run_id=self._id,
            plan=self._plan,
        )
        with executor(self._plan.work.mode, self._plan.program, means) as workers:
            where.prepare(self._tally)
            self._where.log.begin(
                self._record.log_row("RUNNING", "", None), self._record.job_row("RUNNING", ""), *config_rows(self._datasets, self._plan)
            )
            self._phase("generate")
            groups = [self._plan.tables] if self._plan.work.parallel_tables else [(table,) for table in self._plan.tables]
            for group in groups:
                workers.work(self._tally.work(group), self._cancel, self._progress, self._take)
        where.settle(self._tally, self._cancel.is_set)
        results = [self._tally.result(table) for table in self._plan.tables]
        if self._cancel.is_set():
            raise RunCancelled
        self._phase("publish")
        self._results += where.publish(self._tally, results, self._days is not None)
        self._cost = (self._elapsed, sampler.peak_bytes, sampler.cpu_seconds)
        sampler.sample_once()
        self._cost = (self._elapsed, sampler.peak_bytes, sampler.cpu_seconds)
        if self._inspect is not None:
            self._phase("check")
            self._look(self._inspect)
        self._phase("log")

    def _look(self, inspect: Inspect) -> None:
        try:
            found = inspect(self._plan, lambda done, total: self._emit(CheckProgress(done, total, self._elapsed)), self._cancel)
        except (RunCancelled, KeyboardInterrupt):
            found = [("warning", "what was written is complete; its check was stopped")]
        except (SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # what is published stays published, whatever came of looking at it
            found = [("warning", f"what was written could not be checked: {self._sentence(error)}")]
        for level, text in found:
            self._inspected.append(text)
            self._say(level, text)

    def _sentence(self, error: BaseException) -> str:
        return sentence(error, self._plan.output.place)

    def _phase(self, name: str) -> None:
        self._emit(PhaseChanged(name, self._elapsed))

    def _say(self, level: Any, text: str) -> None:
        self._emit(LogLine(level, text, self._elapsed))

    def _progress(self, table: str, part: int, rows: int) -> None:
        self._tally.progress(table, part, rows)
        told, planned = self._tally, self._plan.table(table)
        parts = told.parts_done(table), len(planned.parts)
        self._emit(TableProgress(table, told.rows(table), planned.rows, told.bytes(table), self._elapsed, *parts))

    def _take(self, result: PartResult) -> None:
        name = result.table
        self._tally.take(result)
        self._progress(name, result.index, result.rows)
        if self._tally.is_done(name):
            found = self._tally.result(self._plan.table(name))
            self._emit(TableFinished(name, found.rows, found.bytes, found.seconds, self._elapsed))

    def _result(self, status: Status, message: str, sampler: Sampler) -> RunResult:
        seconds, peak, cpu = self._cost or (self._elapsed, sampler.peak_bytes, sampler.cpu_seconds)
        done = status == "COMPLETED"
        # Twice a second is too seldom for a short run: each worker knows its own peak.
        peak = max([peak, *(table.peak_memory_bytes for table in self._results)])
        rows = sum(table.rows for table in self._results) if done else 0
        return RunResult(
            run_id=self._id,
            dataset_id=self._plan.dataset_id,
            status=status,
            tables=tuple(self._results) if done else (),
            seconds=seconds,
            rows=rows,
            bytes=sum(table.bytes for table in self._results) if done else 0,
            rows_per_second=rows / max(seconds, 1e-9),
            peak_memory_bytes=peak,
            cpu_cores_used=cpu / max(seconds, 1e-9),
            manifest=self._where.manifest if done else "",
            output_root=self._plan.output.place,
            message=message,
            notes=(*self._plan.notes, *self._inspected),
        )
