"""The run of a series into tables: each batch of days is one load, whose rows replace those of their keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from time import perf_counter, time
from typing import Final

from ..engine.engine import Engine
from ..errors import InputError
from ..plan.plan import Plan
from ..plan.series import Series
from ..spec.repository import DatasetInfo
from .cancel import CancelToken
from .events import DayResult, DaysProgress, Event, LogLine, RunFinished, RunResult, RunStarted, SeriesResult, Status, SystemSample
from .journal import How
from .log import LogStore
from .manifest import Noted, manifest_name, manifests
from .record import Record
from .run import run
from .schemas import LogRow

_TOLD: Final = (LogLine, SystemSample)
"""Events of a batch that are told of the series; the others are of its own table bars."""


def standing_day(series: Series) -> tuple[date, date] | None:
    """First day of events and last day of what stands in the tables; None where nothing does. Raises InputError for other tables."""
    found = _manifest(series.plan)
    if found is None:
        return None
    value = found.value
    if (value.spec_hash, value.seed) != (series.plan.spec_hash, series.plan.seed):
        told = "its seed, its dataset or its settings are others"
        raise InputError(f"run {found.run_id} wrote these tables otherwise ({told}): take it back, or write them again with `ignore_state`")
    return date.fromisoformat(value.window[0]), date.fromisoformat(value.as_of)


def _manifest(plan: Plan) -> Noted | None:
    return next((noted for noted in manifests(plan.output.root) if noted.path.name == manifest_name(plan)), None)


def days_left(series: Series) -> tuple[date, ...]:
    """The days that the tables do not have yet; raises InputError where they would leave a gap."""
    stands = standing_day(series)
    days = series.days
    if stands is None:
        return tuple(days)
    _, last = stands
    if days[0] > last + timedelta(days=1):
        raise InputError(f"the tables stand at {last}: the next day is {last + timedelta(days=1)}, and not {days[0]}")
    return tuple(day for day in days if day > last)


def run_tables(
    series: Series,
    *,
    batch: int,
    again: bool,
    emit: Callable[[Event], None],
    cancel: CancelToken,
    workers: int | None,
    datasets: Sequence[DatasetInfo] | None,
) -> SeriesResult:
    """As `core.run.series.run_series`, for a series whose output is tables."""
    began = perf_counter()
    days = tuple(series.days) if again else days_left(series)
    stands = None if again else standing_day(series)
    start = stands[0] if stands is not None else series.days[0]
    engine = Engine(series.plan.program)
    results: list[RunResult] = []
    written: list[DayResult] = []
    status: Status = "COMPLETED"
    message = ""

    def told(event: Event) -> None:
        if isinstance(event, _TOLD):
            emit(event)

    emit(RunStarted("", series.plan.dataset_id, (), max(series.plan.work.workers, 1), time()))
    for group in series.batches(list(days), batch):
        plan = series.load(engine, group, start, fresh=stands is None)
        how: Mapping[str, How] = {arrival.table.name: "merge" for arrival in series.arrivals if arrival.type != "snapshot"}
        result = run(plan, emit=told, cancel=cancel, workers=workers, datasets=datasets, how=how if stands is not None else {})
        results.append(result)
        if result.status != "COMPLETED":
            status, message = result.status, result.message
            break
        _log_days(plan, result, engine, series, group)
        written += _days(result, group)
        stands = start, group[-1]
        rows, size = sum(one.rows for one in results), sum(one.bytes for one in results)
        emit(DaysProgress(len(written), len(days), group[-1].isoformat(), rows, size, perf_counter() - began))
    seconds = perf_counter() - began
    emit(RunFinished(status, message, seconds))
    rows = sum(result.rows for result in results)
    return SeriesResult(
        run_id=results[-1].run_id if results else "",
        dataset_id=series.plan.dataset_id,
        status=status,
        days=tuple(written),
        there=len(series.days) - len(days),
        seconds=seconds,
        rows=rows,
        bytes=sum(result.bytes for result in results),
        rows_per_second=rows / max(seconds, 1e-9),
        peak_memory_bytes=max((result.peak_memory_bytes for result in results), default=0),
        cpu_cores_used=sum(result.cpu_cores_used * result.seconds for result in results) / max(seconds, 1e-9),
        output_root=str(series.plan.output.root),
        message=message,
        notes=series.plan.notes,
    )


def _days(result: RunResult, days: Sequence[date]) -> list[DayResult]:
    """The days of a batch; its rows are told with the last one, as of which they are written."""
    out = [DayResult(day.isoformat(), 0, 0, {}, {}) for day in days[:-1]]
    rows, digests = ({table.name: getattr(table, name) for table in result.tables} for name in ("rows", "digest"))
    return [*out, DayResult(days[-1].isoformat(), result.rows, result.bytes, rows, digests)]


def _log_days(plan: Plan, result: RunResult, engine: Engine, series: Series, days: Sequence[date]) -> None:
    """A row of the log for each day but the last, which the run has logged itself: the events of the day."""
    store = LogStore(plan.output.root, plan.output.environment, 256 << 20)
    record = Record(result.run_id, plan, datetime.now(UTC))
    rows: list[LogRow] = []
    for day in days[:-1]:
        number = series.number(day)
        layouts = [(table.name, engine.table(table.name).layout) for table in plan.tables]
        count = sum(layout.before(number + 1) - layout.before(number) for _, layout in layouts if layout.happens)
        rows.append(record.part_of_run(day, count, f"loaded together with {days[-1]}"))
    if rows:
        store.days(rows, result.run_id)
