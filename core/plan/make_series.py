"""From the parameters of a series to what its days bring."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from ..engine.distributions import Sampler
from ..engine.engine import Engine
from ..errors import InputError, ParameterError, hint
from ..program.tasks import SNAPSHOT_DATE, Delivery, Late
from ..spec.arrival import TableType
from ..spec.dataset import Dataset
from ..spec.incremental import IncrementalConfig
from ..spec.layouts.base import LayoutModel
from ..spec.parameters import RuntimeParameters
from ..spec.paths import has_own_folders
from ..spec.repository import DatasetVariant
from ..spec.resolve import Resolved
from . import by_path
from .compiler import Compiler
from .machine import Machine
from .make import MOST_DAYS, make_plan, rows_per_file
from .overrides import in_time
from .plan import ColumnPlan, Plan, TablePlan
from .series import Arrival, Series
from .storage import Partition

DEFAULT_PATTERN: Final = "nested_daily"


def as_files(resolved: Resolved) -> Resolved:
    """The same parameters, with parquet files where nothing is said of the output: days are mostly read as files."""
    if "output_settings.output_mode" in resolved.origins:
        return resolved
    settings = resolved.parameters.output_settings.model_copy(update={"output_mode": "parquet"})
    return replace(resolved, parameters=resolved.parameters.model_copy(update={"output_settings": settings}))


def make_series(
    resolved: Resolved, first: date, last: date, *, output_dir: Path | str | None = None, machine: Machine | None = None
) -> Series:
    """What the days first .. last of a dataset bring, each as of its own end.

    Raises InputError, ConfigError and ParameterError for days before the history, and for settings that do not fit.
    """
    if last < first:
        raise InputError(f"the series ends on {last}, before it starts on {first}")
    parameters = resolved.parameters
    if parameters.as_of is not None:
        raise ParameterError("as_of", "every day of a series is seen as of its own end: leave it out")
    end = in_time(resolved.variant.dataset, parameters).history.end
    if (last - end).days > MOST_DAYS:
        told = f"the last day there can be is {end + timedelta(days=MOST_DAYS)}, sixty years after the end of the dataset's history"
        raise InputError(f"{last} is too late: {told}; `history.end` moves it")
    plan = make_plan(resolved, window=(first, last), as_of=last, output_dir=output_dir, machine=machine, by_day=True)
    config = parameters.incremental_config
    if plan.output.mode == "table":
        _refuse_for_tables(parameters)
    elif config.keep_snapshots:
        told = "is of tables: as files each day has a snapshot of its own; leave it out, or use output_mode table"
        raise ParameterError("incremental_config.keep_snapshots", told)
    engine = Engine(plan.program)
    pattern = parameters.setting("path_format", DEFAULT_PATTERN)
    # Of files that follow each other into a folder a reader would see some before the others.
    own = has_own_folders(pattern)
    if not own and "output_settings.rows_per_file" in resolved.origins:
        told = "a table of a day is one file, so that it comes as a whole, and output_settings.rows_per_file does not cut it"
        plan = replace(plan, notes=(*plan.notes, f"path pattern {pattern}: {told}"))
    series = Series(
        plan=plan,
        arrivals=_arrivals(plan, engine, config),
        frequency=config.snapshot_frequency,
        pattern=pattern,
        state=config.state_management,
        origin=plan.dataset.history.start,
        rows_per_file=rows_per_file(parameters) if own else 1 << 62,
    )
    if config.keep_snapshots:
        series = _keeping(series)
    by_path.refuse_long(series.pattern, plan.dataset_id, plan.names)
    return replace(series, plan=replace(series.plan, notes=(*plan.notes, *_notes(series))))


def _keeping(series: Series) -> Series:
    """A series whose snapshots stay; raises ParameterError where there are none, or they cannot."""
    named = "incremental_config.keep_snapshots"
    parted = series.plan.output.environment == "lakehouse"
    arrivals = tuple(_kept(arrival, parted) if arrival.type == "snapshot" else arrival for arrival in series.arrivals)
    if arrivals == series.arrivals:
        raise ParameterError(named, "has no effect: no table is of type snapshot")
    for arrival in series.arrivals:
        if arrival.type == "snapshot" and any(column.name.lower() == SNAPSHOT_DATE for column in arrival.table.columns):
            raise ParameterError(named, f"`{arrival.table.name}` has a column `{SNAPSHOT_DATE}` of its own, and would have two")
    return replace(series, arrivals=arrivals, plan=replace(series.plan, tables=tuple(arrival.table for arrival in arrivals)))


def _kept(arrival: Arrival, parted: bool) -> Arrival:
    """A table that keeps its snapshots; `parted`: in a partition each."""
    table = arrival.table
    column = ColumnPlan(SNAPSHOT_DATE, "date", SNAPSHOT_DATE, False, False, "day at whose end the row was seen")
    partitions = (*([Partition(SNAPSHOT_DATE, "date")] if parted else []), *table.partitions)
    table = replace(table, columns=(*table.columns, column), primary_key=(*table.primary_key, SNAPSHOT_DATE), partitions=partitions)
    return replace(arrival, table=table, kept=True)


def _notes(series: Series) -> list[str]:
    """What the user should know of days that begin after the history."""
    found = by_path.notes(series.pattern, series.plan.tables) if series.plan.output.mode != "table" else []
    lasting = [arrival.table.name for arrival in series.arrivals if arrival.lasts and arrival.type != "snapshot"]
    if series.plan.output.mode == "table" or series.days[0] == series.origin or not lasting:
        return found
    told = f"these days bring no rows of {', '.join(lasting)} that began before {series.days[0]}, but others refer to them"
    return [*found, f"{told}: generate {series.origin} as well, the first day of the history, or make them `snapshot` in `table_types`"]


def _refuse_for_tables(parameters: RuntimeParameters) -> None:
    """Raises ParameterError for settings that tables have no use for."""
    if parameters.setting("path_format", None) is not None:
        raise ParameterError("output_settings.path_format", "tables have no paths of days: use output_mode parquet or csv")
    config = parameters.incremental_config
    for name, given, told in (
        ("updates", config.updates, "tables always take later states, by key"),
        ("state_management", not config.state_management, "tables know themselves which day they stand at"),
        (
            "snapshot_frequency",
            config.snapshot_frequency != "daily" and not config.keep_snapshots,
            "tables hold the newest snapshot, which each load replaces, unless `keep_snapshots` is true",
        ),
    ):
        if given:
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
        return Arrival(table, kind, None, None, lasts=not layout.happens)
    state = tuple(column.name for column in table.columns if column.as_of)
    late = config.late_arrivals if kind == "incremental" else None
    compared = state if kind == "slowly_changing_dimension" or config.updates else ()
    marked = config.updates and kind == "incremental"
    waits = Late(late.share, late.days.engine()) if late is not None else None
    most = max(Sampler(waits.days).most, 1) if waits is not None else 0
    # Rows that last and are not numbered by birth may begin anywhere.
    ordered = layout.happens or layout.by_birth
    back, state_back = (_longer(_back(table, engine, columns), most) if ordered else None for columns in (compared, state))
    plain = back == 0 and not marked and layout.happens
    delivery = None if plain else Delivery(compared, waits, marked)
    return Arrival(table, kind, delivery, back, state, state_back, not layout.happens or rows.of_states, most)


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
