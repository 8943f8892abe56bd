"""The run of a series into tables: each batch of days is one load, whose rows replace those of their keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from time import perf_counter, time
from typing import TYPE_CHECKING, Any, Final

from ..engine.engine import Engine
from ..errors import DaysError, SyntheticDataError
from ..frozen import dataclass
from ..plan.plan import Plan
from ..plan.series import Series
from ..program.tasks import SNAPSHOT_DATE
from ..spec.repository import DatasetInfo
from .attempts import trace_of
from .cancel import CancelToken
from .events import DayResult, DaysProgress, Event, LogLine, RunFinished, RunResult, RunStarted, SeriesResult, Status, SystemSample
from .journal import How
from .manifest import Noted
from .noted import noted_of
from .progress import telling
from .publish import recover
from .record import Record
from .root import locked
from .run import run_away, run_held
from .schemas import LogRow

if TYPE_CHECKING:
    from ..sinks.store import Store
    from .storage import Absorbing, Storage

_TOLD: Final = (LogLine, SystemSample)
"""Events of a batch that are told of the series; the others are of its own table bars."""
_OF_FILES: Final = ("file_path_pattern", "state_management", "updates", "rows_per_day")
"""Of `incremental_config` what tables have no use for, or what the hash of the dataset tells."""


@dataclass(frozen=True, slots=True)
class _Stands:
    """The days that the tables have."""

    first: date
    last: date


def days_left(series: Series, again: bool = False, storage: Storage | None = None) -> tuple[date, ...]:
    """The days that the tables do not have yet; `again`: all of them.

    `storage` as for `noted_of`. Raises InputError where they would leave a gap or begin too early, and where the tables were made
    otherwise.
    """
    stands, days = _standing(series, again, storage), series.days
    if stands is None:
        return tuple(days)
    if again:
        if days[0] > stands.first or days[-1] < stands.last:
            told = f"the tables hold {stands.first} to {stands.last}, and are loaded anew as a whole"
            raise DaysError(f"{told}: `ignore_state` needs days that reach from {stands.first} or earlier to {stands.last} or later")
        return tuple(days)
    if days[0] < stands.first:
        raise DaysError(f"the tables begin with {stands.first}: earlier days need a load of all of them, with `ignore_state`")
    if days[0] > stands.last + timedelta(days=1):
        following = stands.last + timedelta(days=1)
        raise DaysError(f"the tables end with {stands.last}, so the next day must be {following}, not {days[0]}")
    return tuple(day for day in days if day > stands.last)


def standing_days(series: Series) -> set[date]:
    """The days that the tables have. Raises InputError as `days_left`."""
    stands = _standing(series, again=False)
    return {stands.first + timedelta(days=n) for n in range((stands.last - stands.first).days + 1)} if stands is not None else set()


def _standing(series: Series, again: bool, storage: Storage | None = None) -> _Stands | None:
    plan = series.plan
    found = noted_of(plan, storage)
    if found is None:
        return None
    changed = _changed(series, found)
    if changed and again:
        return None
    if changed:
        raise DaysError(
            f"run {found.run_id} wrote these tables with other settings ({', '.join(changed)}): "
            "undo that change, or load them anew with `ignore_state`"
        )
    return _Stands(date.fromisoformat(found.value.window[0]), date.fromisoformat(found.value.as_of))


def _changed(series: Series, noted: Noted) -> list[str]:
    """What differs between the run that wrote tables and a series."""
    plan, value = series.plan, noted.value
    out = []
    if value.seed != plan.seed:
        out.append(f"seed_value was {value.seed}, and is {plan.seed}")
    elif value.spec_hash != plan.spec_hash:
        out.append("the dataset, its rows or its distributions have changed")
    if {table.name for table in value.tables} != set(plan.names):
        out.append("other tables were selected")
    keys = {table.name: table.key for table in value.tables}
    if any(arrival.kept and SNAPSHOT_DATE not in keys.get(arrival.table.name, ()) for arrival in series.arrivals):
        out.append("no snapshots were kept")
    parted = {table.name: table.partitions for table in value.tables}
    if not out and any(parted[table.name] != table.partitions for table in plan.tables):
        out.append("partition_config has changed")
    if value.parameters.get("delta_config", {}) != plan.parameters.get("delta_config", {}):
        out.append("delta_config has changed")
    if _config(value.parameters) != _config(plan.parameters):
        out.append("incremental_config has changed")
    return out


def _config(parameters: Mapping[str, object]) -> dict[str, object]:
    given = parameters.get("incremental_config", {})
    return {name: value for name, value in given.items() if name not in _OF_FILES} if isinstance(given, dict) else {}


def run_tables(
    series: Series,
    *,
    batch: int,
    again: bool,
    emit: Callable[[Event], None],
    cancel: CancelToken,
    workers: int | None,
    datasets: Sequence[DatasetInfo] | None,
    spark: Any,
) -> SeriesResult:
    """As `core.run.series.run_series`, for a series whose output is tables; the caller holds no lock."""
    # An object store has neither a lock nor a journal: each batch puts back what a run left that never came to its end.
    storage = _storage_of(series.plan, spark, cancel) if series.plan.output.url else None
    with locked(series.plan.output.root) if storage is None else nullcontext(), telling(series.plan, emit) as hear:
        told = recover(series.plan.output.root) if storage is None else []
        days = days_left(series, again, storage)
        stands = _standing(series, again, storage) if not again else None
        return _Load(series, days, stands, batch, hear, cancel, workers, datasets, spark, storage).work(told)


def _storage_of(plan: Plan, spark: Any, cancel: CancelToken) -> Store | Absorbing:
    """What reaches the object store of a plan; loaded where there is one."""
    from .away import storage_of

    return storage_of(plan, spark, cancel)


class _Load:
    def __init__(
        self,
        series: Series,
        days: Sequence[date],
        stands: _Stands | None,
        batch: int,
        emit: Callable[[Event], None],
        cancel: CancelToken,
        workers: int | None,
        datasets: Sequence[DatasetInfo] | None,
        spark: Any,
        storage: Store | Absorbing | None,
    ) -> None:
        self._series, self._days, self._stands, self._batch = series, days, stands, batch
        self._emit, self._cancel, self._workers, self._datasets = emit, cancel, workers, datasets
        self._spark, self._storage = spark, storage
        self._engine = Engine(series.plan.program)
        self._trace = trace_of(series, days, storage)
        self._clock = perf_counter()
        self._results: list[RunResult] = []
        self._written: list[DayResult] = []

    def work(self, told: Sequence[str]) -> SeriesResult:
        self._emit(RunStarted("", self._series.plan.dataset_id, (), max(self._series.plan.work.workers, 1), time()))
        for text in told:
            self._emit(LogLine("info", text, perf_counter() - self._clock))
        status: Status = "COMPLETED"
        message = ""
        for days in self._series.batches(list(self._days), self._batch):
            try:
                self._trace.begin(days)
                result = self._load(days)
            except SyntheticDataError as error:
                if not self._results:
                    self._trace.forget()
                    raise
                status, message = "FAILED", str(error)
                break
            except (OSError, KeyboardInterrupt) as error:
                self._trace.end("FAILED", type(error).__name__, days[0])
                raise
            self._results.append(result)
            if result.status != "COMPLETED":
                status, message = result.status, result.message
                break
            self._written += _days(result, days)
            rows, size = sum(one.rows for one in self._results), sum(one.bytes for one in self._results)
            seconds = perf_counter() - self._clock
            self._emit(DaysProgress(len(self._written), len(self._days), days[-1].isoformat(), rows, size, seconds))
            if self._cancel.is_ending() and len(self._written) < len(self._days):
                done = f"{len(self._written)} of {len(self._days)} days are written"
                status, message = "CANCELLED", f"cancelled; {done}, and the next run continues after them"
                break
        left = self._days[len(self._written) :] or self._days[-1:]
        self._trace.end(status, message, left[0] if left else None)
        self._emit(RunFinished(status, message, perf_counter() - self._clock))
        return self._result(status, message)

    def _load(self, days: list[date]) -> RunResult:
        start = self._stands.first if self._stands is not None else days[0]
        plan = self._series.load(self._engine, days, start, fresh=self._stands is None)
        how: dict[str, How] = {}
        if self._stands is not None:
            # What was refused because it stands was refused before the first batch.
            plan = replace(plan, output=replace(plan.output, if_exists="replace")) if self._results else plan
            how = {arrival.table.name: "merge" for arrival in self._series.arrivals if arrival.type != "snapshot" or arrival.kept}
        result = (partial(run_away, storage=self._storage) if plan.output.url else run_held)(
            plan,
            emit=self._tell,
            cancel=self._cancel,
            workers=self._workers,
            datasets=self._datasets,
            inspect=None,
            how=how,
            days=lambda record: self._rows(record, plan, days),
            spark=self._spark,
        )
        if result.status == "COMPLETED":
            self._stands = _Stands(start, days[-1])
        return result

    def _tell(self, event: Event) -> None:
        if isinstance(event, _TOLD):
            self._emit(event)

    def _rows(self, record: Record, plan: Plan, days: Sequence[date]) -> list[LogRow]:
        """A row of the log for each day but the last, which the run logs itself: the events of the day."""
        layouts = [self._engine.table(table.name).layout for table in plan.tables]
        rows = []
        for day in days[:-1]:
            number = self._series.number(day)
            count = sum(layout.before(number + 1) - layout.before(number) for layout in layouts if layout.happens)
            rows.append(record.part_of_run(day, count, f"loaded together with {days[-1]}"))
        return rows

    def _result(self, status: Status, message: str) -> SeriesResult:
        results, seconds = self._results, perf_counter() - self._clock
        rows = sum(result.rows for result in results)
        return SeriesResult(
            run_id=results[-1].run_id if results else "",
            dataset_id=self._series.plan.dataset_id,
            status=status,
            days=tuple(self._written),
            there=len(self._series.days) - len(self._days),
            seconds=seconds,
            rows=rows,
            bytes=sum(result.bytes for result in results),
            rows_per_second=rows / max(seconds, 1e-9),
            peak_memory_bytes=max((result.peak_memory_bytes for result in results), default=0),
            cpu_cores_used=sum(result.cpu_cores_used * result.seconds for result in results) / max(seconds, 1e-9),
            output_root=self._series.plan.output.place,
            message=message,
            notes=self._series.plan.notes,
        )


def _days(result: RunResult, days: Sequence[date]) -> list[DayResult]:
    """The days of a batch; its rows are told with the last one, as of which they are written."""
    out = [DayResult(day.isoformat(), 0, 0, {}, {}) for day in days[:-1]]
    rows, digests = ({table.name: getattr(table, name) for table in result.tables} for name in ("rows", "digest"))
    return [*out, DayResult(days[-1].isoformat(), result.rows, result.bytes, rows, digests)]
