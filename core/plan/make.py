"""From resolved parameters to a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Final

from ..engine.engine import Engine
from ..engine.hashing import ALGORITHM_VERSION
from ..errors import ConfigError, InputError, ParameterError
from ..program.codec import to_json
from ..program.program import Program
from ..spec.compiled import Compiled
from ..spec.dataset import Dataset, History, Table, TemporalPatterns
from ..spec.enhanced import ORIGIN
from ..spec.parameters import RuntimeParameters
from ..spec.repository import INCREMENTAL, DatasetVariant
from ..spec.resolve import Resolved
from ..spec.urls import folder_of, url_of
from ..statement import rule
from . import by_path
from .away import in_two_orders, refuse_order, refuse_url, url_of_spark
from .balance import balanced
from .by_path import SETTING, Window
from .compiler import Compiler
from .drawn_pools import DrawnPools
from .fit import fit_sums
from .later import Later
from .machine import LOCAL, Machine
from .make_storage import stored
from .overrides import Applied, apply_overrides, in_time
from .plan import ColumnPlan, ForeignKey, ListFile, OutputPlan, Plan, Sizes, TablePlan
from .scope import RowsScope
from .time import calendar_program, dated, day_number, marked
from .work import Wanted

MOST_TARGET: Final = 10**12
"""Rows of the driving table."""
MOST_DAYS: Final = 366 * 60
"""Days after the history."""
DEFAULT_CHUNK: Final = 131_072


def make_plan(
    resolved: Resolved,
    *,
    window: tuple[date, date] | None = None,
    as_of: date | None = None,
    output_dir: Path | str | None = None,
    machine: Machine | None = None,
    by_day: bool = False,
) -> Plan:
    """What a run will generate: exact row counts, parts and files, and the program for its workers.

    `by_day` says that the window is written day by day (`core.plan.series`).
    `window` is the first and last day of events (default: the dataset's history); `as_of` as the parameter of that
    name. Pure but for reading the pools and, without `machine`, asking this one. Raises InputError and ConfigError.
    """
    parameters, variant = resolved.parameters, resolved.variant
    moved = in_time(variant.dataset, parameters)
    _read_checks(moved, variant.source)
    declared = balanced(moved, variant.source)
    applied = apply_overrides(declared, parameters)
    applied = replace(applied, dataset=balanced(applied.dataset, variant.source))
    target = _target(parameters, variant, declared.history)
    window, day = _days(applied, window, as_of or parameters.as_of)
    try:
        calendar = calendar_program(applied.dataset, applied.patterns, parameters.seed_value, max(window[1], day))
    except ValueError as error:
        place, _, sentence = str(error).partition(": ")
        if parameters.patterns != TemporalPatterns():
            raise ParameterError(place, sentence) from None
        raise ConfigError(variant.source, [(place, sentence)]) from None

    drawn = DrawnPools(applied.dataset, parameters.seed_value)

    def build(dataset: Dataset) -> tuple[Compiler, Program]:
        compiler = Compiler(dataset, variant.source, variant.size, target, drawn)
        tables = compiler.tables()
        return compiler, Program(
            version=ALGORITHM_VERSION,
            seed=parameters.seed_value,
            as_of=day_number(dataset, day),
            calendar=marked(calendar, dataset, compiler.marks, compiler.zones),
            tables=tables,
            pools=compiler.pools,
        )

    dataset, fitted = fit_sums(applied.dataset, applied.sums, applied.given, build)
    compiler, program = build(dataset)
    _refuse_unused(variant.dataset, variant.source, compiler)
    output = _output(parameters, variant.dataset_id, output_dir, "" if by_day else _pattern(resolved))
    if output.url:
        refuse_url(parameters, output)
    engine = Engine(program)
    span = (day_number(dataset, window[0]), day_number(dataset, window[1]))
    most = rows_per_file(parameters)
    cut = Window(span, window[0], day if output.pattern else None, most)
    tables = tuple(_table(compiler, engine, name, cut, name == dataset.driver) for name in _parents_first(compiler, applied.written))
    with_days = {table.name for table in tables if compiler.happens(table.name) and not _seen_whole(dataset.tables[table.name])}
    tables, output, told = stored(resolved, tables, output, with_days, by_day)
    if output.url and parameters.setting("mode", "auto") == "pyspark":
        refuse_order(tables, output.url, by_day)
    wanted = _wanted(parameters, target, tables, bool(output.url), by_day)
    counted = {table.name: engine.table(table.name).layout.counted() for table in tables}
    work, notes = wanted.on(machine or Machine.here(), max(len(table.columns) for table in tables))
    counts = {name: replace(own, rows=counted.get(name, own.rows)) for name, own in program.tables.items()}
    plan = Plan(
        dataset_id=variant.dataset_id,
        dataset_name=parameters.dataset_name or variant.dataset_name,
        domain=dataset.domain,
        world=dataset.dataset_id,
        seed=parameters.seed_value,
        target_rows=target,
        as_of=day,
        window=window,
        tables=tables,
        output=output,
        work=work,
        notes=(*notes, *told, *fitted, *drawn.notes(), *by_path.notes(output.pattern, tables)),
        spec_hash=_spec_hash(program),
        algorithm_version=ALGORITHM_VERSION,
        parameters=parameters.config(),
        checks={sentence: (check.from_rows, dated(check.sql, dataset.history)) for sentence, check in dataset.checks.items()},
        declared=Later.of(dataset.model_copy(update={"temporal_patterns": applied.patterns})),
        changed=_changed(declared, dataset, compiler),
        sizes=_sizes(compiler),
        drawn=drawn.drawn(),
        lists={name: ListFile(compiler.lists[name], pool.fields) for name, pool in compiler.pools.items()},
        compiled=Later.of(replace(program, tables=counts)),
        computed_from=Later.of({place: frozenset(used) for place, used in compiler.uses.items()}),
        wanted=wanted,
        spark_conf=parameters.spark.options,
    )
    if plan.too_many:
        return replace(plan, notes=(*plan.notes, plan.too_many))
    if output.pattern:
        by_path.refuse_long(output.pattern, variant.dataset_id, plan.names)
    return plan


def _target(parameters: RuntimeParameters, variant: DatasetVariant, history: History) -> int:
    """Rows of the driving table over the history; raises ParameterError."""
    pace, named = parameters.incremental_config.rows_per_day, "incremental_config.rows_per_day"
    if variant.incremental:
        if parameters.target_rows is not None:
            base = variant.dataset_id.removesuffix(INCREMENTAL)
            told = f"`{variant.dataset_id}` has so many rows a day: set `{named}`, or take `{base}`, which has so many in all"
            raise ParameterError("target_rows", told)
        pace = pace or variant.rows_per_day
        rows = pace * ((history.end - history.start).days + 1) if pace is not None else variant.target_rows
    elif pace is not None:
        told = f"`{variant.dataset_id}` has its rows over the history: set `target_rows`, or take `{variant.dataset_id}{INCREMENTAL}`"
        raise ParameterError(named, told)
    else:
        rows = parameters.target_rows or variant.target_rows
    target = int(rows * parameters.scale_factor + 0.5)
    if target < 1:
        raise ParameterError("scale_factor", f"leaves none of the {rows:,} rows")
    if target > MOST_TARGET:
        name = "scale_factor" if parameters.scale_factor != 1 else named if variant.incremental else "target_rows"
        raise ParameterError(name, f"makes {target:,} rows of the driving table, more than {MOST_TARGET:,}")
    return target


def _read_checks(dataset: Dataset, source: Path | str) -> None:
    """Raises ConfigError for checks that are not one SELECT over the dataset's tables and columns."""
    tables = dataset.columns_by_table()
    problems = []
    for sentence, check in dataset.checks.items():
        try:
            rule(dated(check.sql, dataset.history), tables)
        except InputError as error:
            problems.append((f"checks.{sentence}", str(error)))
    if problems:
        raise ConfigError(source, problems)


def _refuse_unused(dataset: Dataset, source: Path | str, compiler: Compiler) -> None:
    """Raises ConfigError for pools and clocks that the dataset declares and nothing of it goes by, whatever the settings."""
    columns = [column for table in dataset.tables.values() for column in table.columns.values()]
    columns += [column for profile in dataset.privacy.values() for table in profile.values() for column in table.values()]
    named = {getattr(model, "pool", None) for model in (*columns, *(table.rows for table in dataset.tables.values()))}
    unused = [name for name in dataset.pools if name not in named | set(compiler.pools) and dataset.pool_world(name) == dataset.dataset_id]
    if unused:
        raise ConfigError(
            source,
            [(f"pools.{name}", f"no column or list uses it; write `{{kind: pool, pool: {name}}}`, or leave it out") for name in unused],
        )
    clocks = {part.clock for column in columns for part in (column, *getattr(column, "steps", {}).values()) if hasattr(part, "clock")}
    idle = [name for name in dataset.clocks if name not in clocks]
    if idle:
        raise ConfigError(source, [(f"clocks.{name}", f"nothing goes by it; write `clock: {name}`, or leave it out") for name in idle])


def _sizes(compiler: Compiler) -> Sizes:
    tables = compiler.dataset.tables
    posts = {name: table.rows.posts(RowsScope(compiler, name)) for name, table in tables.items()}
    drawn = [name for name, table in tables.items() if table.rows.popular]
    return Sizes({name: int(compiler.number(name)) for name in drawn}, {name: number for name, number in posts.items() if number})


def _changed(before: Dataset, after: Dataset, compiler: Compiler) -> tuple[tuple[str, str], ...]:
    own: list[tuple[str, str]] = []
    for name, table in after.tables.items():
        old = before.tables.get(name)
        renumbered = old is None or old.rows != table.rows
        own += [(name, column) for column, model in table.columns.items() if renumbered or model != (old and old.columns.get(column))]
    return tuple(sorted(compiler.users_of(*own))) if own else ()


def _days(applied: Applied, window: tuple[date, date] | None, as_of: date | None) -> tuple[tuple[date, date], date]:
    history = applied.dataset.history
    window = window or (history.start, history.end)
    if window[1] < window[0]:
        raise InputError(f"the window ends on {window[1]}, before it starts on {window[0]}")
    if window[0] < history.start:
        told = f"the first day there can be is {history.start}, the start of the dataset's history; `history.start` moves it"
        raise InputError(f"{window[0]} is too early: {told}")
    if window[1] > history.end and as_of is None:
        raise InputError(f"the window ends on {window[1]}, beyond the dataset's history ({history.end}): name `as_of`")
    day = as_of or history.end
    if day < window[1]:
        raise ParameterError("as_of", f"{day} is before the last day of the run, {window[1]}: `history.end` ends it sooner")
    if (day - history.end).days > MOST_DAYS:
        raise ParameterError("as_of", f"{day} lies more than 60 years after the dataset's history")
    return window, day


def rows_per_file(parameters: RuntimeParameters) -> int:
    """Rows of a file at most; without end where tables are not cut into parts."""
    return parameters.output_settings.rows_per_file if parameters.chunking_config.enabled else 1 << 62


def _pattern(resolved: Resolved) -> str:
    """Of paths; raises ParameterError where it is asked for tables, which have none.

    A dataset or a template says it for when files are written.
    """
    pattern: str = resolved.parameters.setting("path_format", "")
    if not pattern or resolved.parameters.output_settings.output_mode != "table":
        return pattern
    origins = (resolved.origins.get(name, "dataset") for name in (SETTING, "incremental_config.file_path_pattern"))
    if any(not origin.startswith(("dataset", ORIGIN)) for origin in origins):
        raise ParameterError(SETTING, "tables have no paths: use output_mode parquet or csv")
    return ""


def _output(parameters: RuntimeParameters, dataset_id: str, output_dir: Path | str | None, pattern: str) -> OutputPlan:
    settings = parameters.output_settings
    where = output_dir or settings.output_dir or "synthetic_data"
    url = url_of(where) or url_of_spark(parameters, where)
    return OutputPlan(
        mode=settings.output_mode,
        environment=settings.target_environment,
        root=Path(url) if url else folder_of(where),
        schema=dataset_id if settings.schema_ is None else settings.schema_,
        compression=settings.compression,
        if_exists=settings.if_exists,
        digest=settings.digest,
        rows_per_file=settings.rows_per_file,
        pattern=pattern,
        url=url,
    )


def _wanted(parameters: RuntimeParameters, target: int, tables: Sequence[TablePlan], away: bool, by_day: bool) -> Wanted:
    settings, spark = parameters.output_settings, parameters.spark
    if spark.writer == "spark" and settings.output_mode == "csv":
        raise ParameterError("spark.writer", "`spark` writes tables and parquet: csv is written by `direct`")
    by_spark = parameters.setting("mode", "auto") == "pyspark" and (away or spark.writer == "spark")
    # What Spark sorts waits on disk as Spark has it; what its files are put together to, is sorted here, where they are seen.
    here = [] if away and by_spark else [table for table in tables if table.clustered_by]
    ordered = [table.parts[0].rows for table in (here if by_spark else tables) if table.partitions or table.sorted_by or table.clustered_by]
    return Wanted(
        mode=parameters.setting("mode", "auto"),
        # Of days what they bring decides, and not the history that they are days of.
        rows=sum(table.rows for table in tables if table.driving) if by_day else target,
        threshold=parameters.generation_settings.auto_threshold,
        writer=spark.writer,
        master=spark.master or LOCAL,
        workers=parameters.setting("parallel_workers", None),
        chunk_size=parameters.setting("chunk_size", DEFAULT_CHUNK),
        parallel_tables=parameters.generation_config.parallel_tables,
        memory_fraction=parameters.setting("memory_fraction", 0.8),
        spill=parameters.setting("enable_spill", False),
        spills=bool(ordered) or (settings.target_environment == "warehouse" and settings.output_mode == "table"),
        sorts=max(ordered, default=0),
        away=away,
        alone=away and (by_day or in_two_orders(tables) is not None),
    )


def _parents_first(compiler: Compiler, written: tuple[str, ...]) -> list[str]:
    out: list[str] = []
    pending = list(written)

    def stands_on(name: str) -> set[str]:
        parents = set(compiler.layout(name).parents)
        parents |= {c.to for c in compiler.dataset.tables[name].columns.values() if hasattr(c, "to")}
        return parents - {name}

    while pending:
        ready = next((name for name in pending if not stands_on(name) & set(pending)), pending[0])
        pending.remove(ready)
        out.append(ready)
    return out


def _table(compiler: Compiler, engine: Engine, name: str, window: Window, driving: bool) -> TablePlan:
    table = compiler.dataset.tables[name]
    if not table.key:
        raise compiler.wrong(f"tables.{name}", "has no key: give one column `kind: key`, or name a `primary_key`")
    try:
        layout = engine.table(name).layout
        # Rows that last are all that have begun by `as_of`: a snapshot of that day has no member that is not written.
        low, high = layout.rows(window.span[0], window.span[1] if layout.happens else engine.as_of)
    except ValueError as error:
        raise compiler.wrong(f"tables.{name}.rows", str(error)) from None
    if table.unknown is not None:
        # The row for the unknown stands before the first one.
        low -= 1
    parts = window.parts(name, layout, low, high, _seen_whole(table))
    lasting = not compiler.happens(name)
    columns, foreign = [], []
    for column, model in table.columns.items():
        try:
            engine.table(name).check(column)
        except ValueError as error:
            raise compiler.wrong(f"tables.{name}.columns.{column}", str(error)) from None
        if column.startswith("_"):
            continue
        compiled = compiler.column(name, column)
        key = compiler.points_at(name, column)
        columns.append(
            ColumnPlan(
                name=column,
                type=compiled.type,
                kind=model.kind,
                nullable=compiler.nullable(name, column),
                as_of=compiled.state or (compiled.sees and lasting),
                about=model.about,
                unit=model.unit,
                longest=_longest(compiled, compiler.column(*key) if key is not None else compiled),
            )
        )
        if key is not None and model.kind != "key":
            optional = bool(getattr(model, "optional", False)) and not compiler.layout(key[0]).by_time
            foreign.append(ForeignKey(column, *key, optional))
    return TablePlan(
        name=name,
        about=table.about,
        layout=table.rows.layout,
        rows=high - low,
        first_row=low,
        columns=tuple(columns),
        primary_key=table.key,
        foreign_keys=tuple(foreign),
        parts=parts,
        driving=driving,
        state_of=() if lasting else _state_of(compiler, {(name, column.name) for column in columns if column.as_of}),
    )


def _longest(compiled: Compiled, source: Compiled) -> int:
    """Most characters of a column's texts; one that holds a key has those of the key."""
    return source.most_characters if compiled.type == source.type == "varchar" else compiled.most_characters * (compiled.type == "varchar")


def _seen_whole(table: Table) -> bool:
    """Whether the rows of a table, although they happen, are states as of a day."""
    return table.rows.of_states or table.rows.comes_whole


def _state_of(compiler: Compiler, places: set[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Of all that some columns are computed from, what changes with time by itself."""
    states = {place for place in compiler.behind(places) if compiler.column(*place).state}
    return tuple(sorted(place for place in states if not compiler.uses[place] & states))


def _spec_hash(program: Program) -> str:
    """Of everything that values depend on, except the moment as of which they are seen."""
    # Which zones are alike depends on the horizon; which ones there are follows from the columns.
    calendar = replace(program.calendar, horizon=0, offsets=(), zones=())
    kept = replace(program, as_of=0, calendar=calendar)
    return sha256(dumps(to_json(kept), sort_keys=True).encode()).hexdigest()
