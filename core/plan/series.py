"""A series of days: what each table brings on each of them, from one plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from ..engine.engine import Engine
from ..engine.parts import Ranges
from ..errors import InputError, ParameterError, hint
from ..program.tasks import Delivery, Late
from ..spec.dataset import Dataset
from ..spec.incremental import Frequency, IncrementalConfig, TableType
from ..spec.layouts.base import LayoutModel
from ..spec.parameters import RuntimeParameters
from ..spec.paths import Place, path_of
from ..spec.repository import DatasetConfigurationRepository, DatasetVariant
from ..spec.resolve import Resolved, resolve_parameters
from .compiler import Compiler
from .later import Later
from .make import make_plan
from .plan import Parts, Plan, TablePlan
from .work import Machine

DEFAULT_PATTERN: Final = "nested_daily"
_MOST_DAYS: Final = 366 * 60


@dataclass(frozen=True, slots=True)
class Share:
    """What one table brings on one day."""

    table: str
    day: int
    """Day number, from the first day of the history; its end is what the rows are seen as of."""
    ranges: tuple[Ranges, ...]
    """Of each part."""
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a table arrives."""

    table: TablePlan
    type: TableType
    delivery: Delivery | None
    """None: all rows of the ranges."""
    back: int | None
    """Days before a day on which rows may have begun that it brings; None: any."""
    state: tuple[str, ...] = ()
    """Columns that change with time."""
    state_back: int | None = None
    """As `back`, of what changes."""


@dataclass(frozen=True, slots=True)
class Series:
    """Days of one plan, whose window they are."""

    plan: Plan
    arrivals: tuple[Arrival, ...]
    frequency: Frequency
    pattern: str
    """Name or text of the path pattern."""
    state: bool
    """Whether days that were written are noted, and found again."""

    @property
    def days(self) -> list[date]:
        """All days."""
        first, last = self.plan.window
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def number(self, day: date) -> int:
        """The day's number, from the first day of the history."""
        return (day - self.plan.dataset.history.start).days

    def due(self, day: date) -> list[Arrival]:
        """The tables that are written on a day."""
        return [arrival for arrival in self.arrivals if arrival.type != "snapshot" or self._has_snapshot(day)]

    def _has_snapshot(self, day: date) -> bool:
        if self.frequency == "weekly":
            return day.weekday() == 6
        return self.frequency == "daily" or (day + timedelta(days=1)).day == 1

    def share(self, engine: Engine, arrival: Arrival, day: date) -> Share:
        """What a table brings on a day."""
        number = self.number(day)
        with engine.moment.on(number):
            layout = engine.table(arrival.table.name).layout
            low, high = layout.rows(0, number)
            if number > 0 and arrival.back is not None:
                low = layout.before(number - arrival.back)
            if arrival.table.first_row < 0 and (number == 0 or arrival.back is None):
                # The row for the unknown stands before the first one.
                low -= 1
            parts = layout.parts(low, high, self.plan.output.rows_per_file)
        return Share(arrival.table.name, number, tuple(parts), arrival.delivery)

    def load(self, engine: Engine, days: Sequence[date], start: date, fresh: bool) -> Plan:
        """What some days bring, as one load of tables in which all days from `start` on stand already (`fresh`: nothing stands).

        What lasts comes whole at first, and then by what changed.
        """
        first, last = self.number(days[0]), self.number(days[-1])
        tables = tuple(self._load(engine, arrival, first, last, self.number(start), fresh) for arrival in self.arrivals)
        program = replace(self.plan.program, as_of=last)
        return replace(self.plan, tables=tables, as_of=days[-1], window=(start, days[-1]), compiled=Later.of(program))

    def _load(self, engine: Engine, arrival: Arrival, first: int, last: int, start: int, fresh: bool) -> TablePlan:
        table, layout = arrival.table, engine.table(arrival.table.name).layout
        late = arrival.delivery.late if arrival.delivery is not None else None
        lasts = not layout.happens or self.plan.dataset.tables[table.name].rows.of_states
        whole = arrival.type == "snapshot" or (fresh and (lasts or late is None))
        with engine.moment.on(last):
            low, high = layout.rows(0, last)
            if not lasts:
                low = layout.before(start)
            if not whole and arrival.state_back is not None:
                low = max(low, layout.before(first - arrival.state_back))
            low -= table.first_row < 0 and (whole or first == 0)
            parts = layout.parts(low, high, self.plan.output.rows_per_file)
        plain = whole or (not lasts and not arrival.state and late is None)
        delivery = None if plain else Delivery(arrival.state, late, days=last - first + 1)
        return replace(table, rows=high - low, first_row=low, parts=Parts(table.name, parts), delivery=delivery)

    def path(self, table: str, day: date, index: int, count: int) -> str:
        """Of a file, below the folder of the dataset."""
        ext = "csv" if self.plan.output.mode == "csv" else "parquet"
        return path_of(self.pattern, Place(table, day, self.plan.dataset_id, index, count, ext))

    def batches(self, days: list[date], size: int) -> Iterator[list[date]]:
        """Days in groups that are published together."""
        for n in range(0, len(days), size):
            yield days[n : n + size]


def planned_series(
    dataset_id: str | None,
    first: date,
    last: date,
    *,
    flags: Mapping[str, Any] = {},
    sets: Sequence[str] = (),
    config: Path | None = None,
    environ: Mapping[str, str] = {},
    state: bool | None = None,
) -> tuple[Series, DatasetConfigurationRepository]:
    """The series of `resolve_parameters` and `make_series`, as parquet where nothing else is said, and where its dataset was found.

    `state` as `incremental_config.state_management`, where it is given.
    """
    given = {**flags, "incremental_config.state_management": state}
    resolved = as_files(resolve_parameters(dataset_id, flags=given, sets=sets, config=config, environ=environ))
    return make_series(resolved, first, last), resolved.repository


def as_files(resolved: Resolved) -> Resolved:
    """The parameters with parquet as output, where nothing is said of it."""
    if "output_settings.output_mode" in resolved.origins:
        return resolved
    settings = resolved.parameters.output_settings.model_copy(update={"output_mode": "parquet"})
    return replace(resolved, parameters=resolved.parameters.model_copy(update={"output_settings": settings}))


def make_series(resolved: Resolved, first: date, last: date, *, output_dir: Path | None = None, machine: Machine | None = None) -> Series:
    """What the days first .. last of a dataset bring, each as of its own end.

    Raises InputError, ConfigError and ParameterError for days before the history, and for settings that do not fit.
    """
    if last < first:
        raise InputError(f"the series ends on {last}, before it starts on {first}")
    parameters = resolved.parameters
    if parameters.as_of is not None:
        raise ParameterError("as_of", "every day of a series is seen as of its own end: leave it out")
    plan = make_plan(resolved, window=(first, last), as_of=max(last, first), output_dir=output_dir, machine=machine, by_day=True)
    if (last - plan.dataset.history.start).days > _MOST_DAYS:
        raise InputError(f"{last} is more than sixty years after the start of the history; `history.start` moves it")
    if plan.output.mode == "table":
        _refuse_for_tables(parameters)
    config = parameters.incremental_config
    engine = Engine(plan.program)
    series = Series(
        plan=plan,
        arrivals=_arrivals(plan, engine, config),
        frequency=config.snapshot_frequency,
        pattern=parameters.setting("path_format", DEFAULT_PATTERN),
        state=config.state_management,
    )
    _refuse_shared_paths(series)
    return series


def _refuse_for_tables(parameters: RuntimeParameters) -> None:
    """Raises ParameterError for settings that tables have no use for."""
    if parameters.setting("path_format", None) is not None:
        raise ParameterError("output_settings.path_format", "tables have no paths of days: use output_mode parquet or csv")
    config = parameters.incremental_config
    for name, given in (("updates", config.updates), ("state_management", not config.state_management)):
        if given:
            told = "tables always take later states, by key" if name == "updates" else "tables know themselves which day they stand at"
            raise ParameterError(f"incremental_config.{name}", f"is of files: {told}; leave it out, or use output_mode parquet or csv")


def _arrivals(plan: Plan, engine: Engine, config: IncrementalConfig) -> tuple[Arrival, ...]:
    for name in config.table_types:
        if name not in plan.names:
            raise ParameterError("incremental_config.table_types", f"there is no table `{name}`{hint(name, plan.names)}")
    out = tuple(_arrival(table, plan.dataset, engine, config) for table in plan.tables)
    incremental = [arrival for arrival in out if arrival.type == "incremental"]
    if config.late_arrivals is not None and not incremental:
        raise ParameterError("incremental_config.late_arrivals", "has no effect: no table is of type incremental")
    if config.updates and not any(arrival.delivery and arrival.delivery.compared for arrival in incremental):
        raise ParameterError("incremental_config.updates", "has no effect: no incremental table has columns that change with time")
    return out


def _arrival(table: TablePlan, dataset: Dataset, engine: Engine, config: IncrementalConfig) -> Arrival:
    layout = engine.table(table.name).layout
    rows = dataset.tables[table.name].rows
    kind = config.table_types.get(table.name) or _usual(rows, layout.happens)
    if rows.comes_whole and kind != "snapshot":
        told = f"`{table.name}` (layout {table.layout}) is written whole: its type can only be snapshot"
        raise ParameterError(f"incremental_config.table_types.{table.name}", told)
    if kind == "snapshot":
        return Arrival(table, kind, None, None)
    state = tuple(column.name for column in table.columns if column.as_of)
    late = config.late_arrivals if kind == "incremental" else None
    compared = state if kind == "slowly_changing_dimension" or config.updates else ()
    marked = config.updates and kind == "incremental"
    waits = Late(late.share, late.days.engine()) if late is not None else None
    most = int(late.days.max or 1) if late is not None else 0
    # Rows that last and are not numbered by birth may begin anywhere.
    ordered = layout.happens or layout.by_birth
    back, state_back = (_longer(_back(table, engine, columns), most) if ordered else None for columns in (compared, state))
    plain = back == 0 and not marked and layout.happens
    return Arrival(table, kind, None if plain else Delivery(compared, waits, marked), back, state, state_back)


def _longer(back: int | None, most: int) -> int | None:
    return max(back, most) if back is not None else None


def _usual(rows: LayoutModel, happens: bool) -> TableType:
    if rows.comes_whole:
        return "snapshot"
    return "incremental" if happens and not rows.of_states else "slowly_changing_dimension"


def _back(table: TablePlan, engine: Engine, compared: tuple[str, ...]) -> int | None:
    """Days within which rows change; None: not known."""
    if not compared:
        return 0
    if not table.state_of:
        return None
    found = [engine.table(name).kernel(column).settled() for name, column in table.state_of]
    known = [days for days in found if days is not None]
    return max(known) if len(known) == len(found) else None


def table_types(variant: DatasetVariant) -> dict[str, TableType]:
    """How each written table of a dataset arrives, where its file and no setting says otherwise."""
    dataset = variant.dataset
    compiler = Compiler(dataset, variant.source, variant.size, variant.target_rows)
    given = variant.settings.get("incremental_config", {}).get("table_types", {})
    return {name: given.get(name) or _usual(dataset.tables[name].rows, compiler.happens(name)) for name in dataset.written}


def _refuse_shared_paths(series: Series) -> None:
    """Raises InputError where two files of the series would have one path."""
    seen: dict[str, tuple[str, date]] = {}
    for day in series.days:
        for arrival in series.due(day):
            path = series.path(arrival.table.name, day, 0, 1).lower()
            other = seen.setdefault(path, (arrival.table.name, day))
            if other != (arrival.table.name, day):
                told = f"{other[0]} of {other[1]} and {arrival.table.name} of {day} would both be {path}"
                raise ParameterError("output_settings.path_format", told)
