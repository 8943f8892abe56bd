"""The run of a series: days in batches, each published whole and noted in the ledger before the next one begins."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from time import perf_counter, time
from typing import Any
from uuid import uuid4

from ..engine.digest import Digest
from ..engine.engine import Engine
from ..errors import ExistsError, ForeignError, ParameterError, PlaceError, RunCancelled, RunError, SyntheticDataError, sentence
from ..plan.drawn_pools import restore
from ..plan.series import Series, Share
from ..program.codec import to_json
from ..program.tasks import PartResult, PartTask, Work, program_id
from ..spec.arrival import DEFAULT_BATCH
from ..spec.repository import DatasetConfigurationRepository, DatasetInfo
from .attempts import Trace, place_of, trace_of
from .cancel import CancelToken
from .claims import of_runs
from .day_files import sha256_of
from .days_there import Standing, refuse_there, standing, told_of
from .events import (
    DayResult,
    DaysProgress,
    Event,
    LogLine,
    PhaseChanged,
    RunFinished,
    RunStarted,
    SeriesResult,
    Status,
    SystemSample,
    ignore,
)
from .executor import Executor, executor, workers_by_days
from .journal import DayDropped, DayFile, DaysStep, DayTable, Journal
from .ledger import Entry, Ledger, WrittenFile
from .limits import check_limits
from .log import LogStore
from .means import Means
from .metrics import Sampler, usable_memory
from .place import file_folders
from .progress import telling
from .publish import JOURNAL, publish, recover
from .record import Record, Took, config_rows
from .root import SCRATCH, Staged, locked, real_folder, within
from .run import refuse_no_spark
from .series_tables import run_tables
from .tally import arranged, sample_of_days
from .targets import refuse_log, refuse_names


def run_series(
    series: Series,
    *,
    batch: int = DEFAULT_BATCH,
    again: bool = False,
    only: Collection[date] | None = None,
    emit: Callable[[Event], None] = ignore,
    cancel: CancelToken | None = None,
    workers: int | None = None,
    datasets: Sequence[DatasetInfo] | None = None,
    spark: Any = None,
) -> SeriesResult:
    """Writes the days of a series that are not there yet, `batch` of them at a time.

    `again` writes all of them anew, each in the place of the one that stands; `only` names the days that it may write.
    What is published stays published: after a cancel, a failure or a crash the next run continues after it. Raises InputError
    where the days that stand were made otherwise, ExistsError, ForeignError, LockedError, PlaceError and other RunErrors
    before anything is written; what happens later is told by the result's status and the last event. `workers` as for `run`.
    """
    plan = series.plan
    check_limits()
    refuse_names(plan)
    if batch < 1:
        raise ParameterError("batch_size", "must be at least 1 day")
    refuse_no_spark(plan, spark)
    cancel = cancel or CancelToken()
    try:
        if plan.output.mode == "table":
            return run_tables(series, batch=batch, again=again, emit=emit, cancel=cancel, workers=workers, datasets=datasets, spark=spark)
        with locked(plan.output.root), telling(plan, emit) as hear:
            if plan.drawn:
                restore(plan.dataset, plan.seed, plan.drawn)
            told = recover(plan.output.root)
            found = standing(series, again)
            refuse_there(series, found)
            trace = trace_of(series, found.left)
            if only is not None:
                found = replace(found, left=tuple(day for day in found.left if day in only))
            refuse_log(plan.output.root, plan.output.environment)
            _refuse_files(series, found.left)
            listed = DatasetConfigurationRepository().list() if datasets is None else datasets
            return _SeriesRun(series, found, trace, batch, hear, cancel, workers, listed, told, spark).work()
    except OSError as error:
        raise RunError(sentence(error, plan.output.root)) from None


def _refuse_files(series: Series, days: Sequence[date]) -> None:
    """Raises ForeignError and ExistsError where files stand that no series is known to have written."""
    plan = series.plan
    if not days:
        return
    folder = within(plan.output.root, *file_folders(plan.output.schema))
    if of_runs(plan):
        raise PlaceError(f"{folder} holds tables of a run of `generate`: choose another `schema`")
    if not real_folder(folder):
        return
    entries = Ledger(plan.output.root).entries(place_of(series), days[0], days[-1]) if series.state else []
    known = {file.path for entry in entries for file in entry.files}
    there = {(entry.day, entry.table) for entry in entries}
    for day in days:
        for arrival in series.due(day):
            path = series.path(arrival.table.name, day, 0, 1)
            file = within(folder, *path.split("/"))
            stands = file.is_symlink() or file.exists()
            if plan.output.if_exists == "fail" and (stands or (day, arrival.table.name) in there):
                raise ExistsError(file)
            if stands and (path not in known or file.is_symlink() or not file.is_file()):
                raise ForeignError(file, "is not known to be written by a series, and would be replaced")


class _SeriesRun:
    def __init__(
        self,
        series: Series,
        found: Standing,
        trace: Trace,
        batch: int,
        emit: Callable[[Event], None],
        cancel: CancelToken,
        workers: int | None,
        datasets: Sequence[DatasetInfo],
        told: Sequence[str],
        spark: Any,
    ) -> None:
        self._series, self._found, self._batch, self._spark = series, found, batch, spark
        self._plan = series.plan
        self._emit, self._cancel, self._datasets, self._told = emit, cancel, datasets, told
        self._id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
        self._clock = perf_counter()
        root = self._plan.output.root
        self._staged = Staged(root, self._id)
        self._ledger, self._place = Ledger(root), place_of(series)
        self._trace = trace if series.state else None
        self._record = Record(self._id, self._plan, datetime.now(UTC))
        self._store = LogStore(root, self._plan.output.environment, usable_memory(series.plan))
        self._workers = workers if workers is not None else workers_by_days(self._plan, len(found.left), len(series.days))
        self._sampler = Sampler(lambda cpu, memory: self._emit(SystemSample(cpu, memory, self._elapsed)))
        self._done: list[DayResult] = []
        self._rows_made = self._bytes_made = 0
        """With those of the batch that is under way."""
        self._sample = sample_of_days(self._plan)
        self._program = program_id(to_json(self._plan.program))

    @property
    def _elapsed(self) -> float:
        return perf_counter() - self._clock

    def work(self) -> SeriesResult:
        plan, left = self._plan, self._found.left
        self._emit(RunStarted(self._id, plan.dataset_id, (), max(self._workers, 1), time()))
        for text in (*self._told, *plan.notes):
            self._say("info", text)
        sampler = self._sampler
        status: Status = "COMPLETED"
        message = ""
        with sampler:
            try:
                self._work()
            except (RunCancelled, KeyboardInterrupt):
                status, message = "CANCELLED", self._stopped("cancelled") if self._done else str(RunCancelled())
            except (SystemExit, GeneratorExit):
                raise
            except BaseException as error:
                # Whatever a library raises; a panic of Rust is not even an Exception.
                status, message = "FAILED", self._stopped(sentence(error, plan.output.root))
            finally:
                # What is published has its journal; everything else of this run goes.
                if not (self._staged.folder / JOURNAL).exists():
                    shutil.rmtree(self._staged.folder, ignore_errors=True)
        result = self._result(status, message, sampler)
        at = next(iter(left[len(self._done) :] or left[-1:]), None)
        if self._trace is not None:
            self._trace.end(status, message, at)
        if at is not None:
            self._log(result, at)
        if message:
            self._say("error" if status == "FAILED" else "warning", message)
        self._emit(RunFinished(status, message, self._elapsed))
        return result

    def _stopped(self, told: str) -> str:
        done = len(self._done)
        return f"{told}; {done} of {len(self._found.left)} days are written, and the next run continues after them" if done else told

    def _work(self) -> None:
        left = list(self._found.left)
        if self._series.state:
            self._catch_up()
        if not left:
            return
        self._phase("prepare")
        engine = Engine(self._plan.program)
        plan, scratch = self._plan, self._staged.folder / SCRATCH
        means = Means(plan.work, self._workers, scratch, plan.spark_conf, self._spark, lambda text: self._say("info", text))
        with executor(self._plan.work.mode, self._plan.program, means) as workers:
            self._staged.new.mkdir(parents=True)
            self._store.begin(
                self._record.log_row("RUNNING", "", None), self._record.job_row("RUNNING", ""), *config_rows(self._datasets, self._plan)
            )
            self._phase("generate")
            for days in self._series.batches(left, self._batch):
                if self._trace is not None:
                    self._trace.begin(days)
                self._write(days, engine, workers)
                if self._cancel.is_ending() and len(self._done) < len(left):
                    raise RunCancelled

    def _catch_up(self) -> None:
        """The log gets the days that a run published and then died before it logged them."""
        missing = self._ledger.unlogged(self._place)
        if missing:
            self._store.days(self._record.day_rows(_by_day(missing)), self._id, again=True)
            self._ledger.log(self._place, sorted({entry.day for entry in missing}))

    def _write(self, days: list[date], engine: Engine, workers: Executor) -> None:
        clock = perf_counter()
        shares = [self._series.share(engine, arrival, day) for day in days for arrival in self._series.due(day)]
        work, places = self._tasks(shares)
        found: dict[tuple[str, int], list[tuple[str, PartResult]]] = defaultdict(list)
        parts, whole = {(share.table, share.day): len(share.ranges) for share in shares}, 0

        def take(result: PartResult) -> None:
            nonlocal whole
            table, day, path = places[result.table, result.index]
            found[table, day].append((path, result))
            whole += len(found[table, day]) == parts[table, day]
            self._rows_made, self._bytes_made = self._rows_made + result.rows, self._bytes_made + result.bytes
            at = whole * len(days) // len(shares)
            self._progress(len(self._done) + at, days[min(at, len(days) - 1)])

        groups = [work] if self._plan.work.parallel_tables else [[w for w in work if w.task.table == name] for name in self._plan.names]
        for group in groups:
            workers.work(group, self._cancel, lambda *_: None, take)
        if self._cancel.is_set():
            raise RunCancelled
        before = self._before(days)
        tables = [self._table(share, found[share.table, share.day], before) for share in shares]
        step = DaysStep(
            place=self._place if self._series.state else "",
            tables=tuple(tables),
            told=json.dumps(told_of(self._series)),
            dropped=tuple(self._dropped(before, {(share.day, share.table) for share in shares})),
        )
        publish(self._plan.output.root, self._staged.folder, Journal(schema_name=self._plan.output.schema, steps=(step,)))
        entries = [_entry(self._id, table) for table in tables]
        self._done += [_day(day, [entry for entry in entries if entry.day == day]) for day in days]
        # Days may take less than the sampler's period.
        self._sampler.sample_once()
        cores = self._sampler.cpu_seconds / max(self._elapsed, 1e-9)
        took = Took(perf_counter() - clock, self._sampler.peak_bytes, cores)
        self._store.days(self._record.day_rows(_by_day(entries), took), self._id)
        if self._series.state:
            self._ledger.log(self._place, days)
        self._staged.new.mkdir(parents=True, exist_ok=True)
        self._progress(len(self._done), days[-1])

    def _before(self, days: Sequence[date]) -> dict[tuple[date, str], set[str]]:
        if not self._series.state:
            return {}
        entries = [entry for entry in self._ledger.entries(self._place, days[0], days[-1]) if entry.day in days]
        return {(entry.day, entry.table): {file.path for file in entry.files} for entry in entries}

    def _dropped(self, before: Mapping[tuple[date, str], set[str]], due: Collection[tuple[int, str]]) -> Iterator[DayDropped]:
        """What stands of these days and has no place in this series: its own tables on days on which they are not due."""
        mine = {arrival.table.name for arrival in self._series.arrivals}
        for (day, table), paths in sorted(before.items()):
            if table in mine and (self._series.number(day), table) not in due:
                yield DayDropped(day.isoformat(), table, tuple(sorted(paths)))

    def _tasks(self, shares: Sequence[Share]) -> tuple[list[Work], dict[tuple[str, int], tuple[str, int, str]]]:
        """The parts of all shares, and which share and path each is of."""
        out: list[Work] = []
        places: dict[tuple[str, int], tuple[str, int, str]] = {}
        numbers: dict[str, int] = defaultdict(int)
        for share in shares:
            day = self._series.day(share.day)
            for part, ranges in enumerate(share.ranges):
                number = numbers[share.table]
                numbers[share.table] += 1
                path = self._series.path(share.table, day, part, len(share.ranges))
                places[share.table, number] = share.table, share.day, path
                (self._staged.new / path).parent.mkdir(parents=True, exist_ok=True)
                table = self._plan.table(share.table)
                task = PartTask(
                    program=self._program,
                    table=share.table,
                    index=number,
                    ranges=ranges,
                    as_of=share.day,
                    chunk=self._plan.work.chunk_size,
                    key=table.primary_key,
                    sample=self._sample,
                    delivery=share.delivery,
                )
                out.append(Work(task, arranged(self._plan, table, str(self._staged.new / path), self._staged.folder, whole=True)))
        return out, places

    def _table(self, share: Share, parts: list[tuple[str, PartResult]], before: Mapping[tuple[date, str], set[str]]) -> DayTable:
        day = self._series.day(share.day)
        parts = sorted(parts, key=lambda part: part[1].index)
        digest = Digest(self._plan.table(share.table).primary_key, max(self._sample, 1))
        for _, part in parts:
            digest.merge(part.digest)
        files = tuple(DayFile(path, part.bytes, sha256_of(self._staged.new / path)) for path, part in parts)
        gone = before.get((day, share.table), set()) - {file.path for file in files}
        told = digest.hex() if self._sample else ""
        return DayTable(day.isoformat(), share.table, sum(part.rows for _, part in parts), told, files, tuple(sorted(gone)))

    # What is told

    def _progress(self, done: int, day: date) -> None:
        told = DaysProgress(done, len(self._found.left), day.isoformat(), self._rows_made, self._bytes_made, self._elapsed)
        self._emit(told)

    def _phase(self, name: str) -> None:
        self._emit(PhaseChanged(name, self._elapsed))

    def _say(self, level: Any, text: str) -> None:
        self._emit(LogLine(level, text, self._elapsed))

    def _log(self, result: SeriesResult, at: date) -> None:
        status, message = result.status, result.message
        row = None
        if status != "COMPLETED":
            row = replace(self._record.log_row(status, message, None), generation_date=at, completed_at=datetime.now(UTC))
        try:
            self._store.finish(self._id, row, self._record.job_row(status, message))
        except (OSError, SyntheticDataError) as error:
            self._say("warning", f"the run could not be logged: {sentence(error, self._plan.output.root)}")

    def _result(self, status: Status, message: str, sampler: Sampler) -> SeriesResult:
        rows = sum(day.rows for day in self._done)
        seconds = self._elapsed
        return SeriesResult(
            run_id=self._id,
            dataset_id=self._plan.dataset_id,
            status=status,
            days=tuple(self._done),
            there=self._found.there,
            seconds=seconds,
            rows=rows,
            bytes=sum(day.bytes for day in self._done),
            rows_per_second=rows / max(seconds, 1e-9),
            peak_memory_bytes=sampler.peak_bytes,
            cpu_cores_used=sampler.cpu_seconds / max(seconds, 1e-9),
            output_root=str(self._plan.output.root),
            message=message,
            notes=self._plan.notes,
        )


def _entry(run_id: str, table: DayTable) -> Entry:
    files = tuple(WrittenFile(file.path, file.bytes, file.sha256) for file in table.files)
    return Entry(date.fromisoformat(table.day), table.table, run_id, table.rows, table.digest, files)


def _by_day(entries: Sequence[Entry]) -> dict[date, list[Entry]]:
    out: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        out[entry.day].append(entry)
    return out


def _day(day: date, entries: Sequence[Entry]) -> DayResult:
    return DayResult(
        day=day.isoformat(),
        rows=sum(entry.rows for entry in entries),
        bytes=sum(file.bytes for entry in entries for file in entry.files),
        tables={entry.table: entry.rows for entry in entries},
        digests={entry.table: entry.digest for entry in entries},
    )
