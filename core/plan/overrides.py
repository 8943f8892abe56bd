"""What runtime parameters change in a dataset before it is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ..errors import InputError, ParameterError, hint
from ..frozen import dataclass
from ..program.values import BEHIND
from ..spec.dataset import Dataset, History, Patterns, Table, TemporalPatterns
from ..spec.distributions import Distribution
from ..spec.modelling import ValidationError
from ..spec.parameters import RuntimeParameters
from .relations import replace_column, set_references


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum over children, and the distribution that it should have."""

    name: str
    """As in the parameters."""
    table: str
    column: str
    distribution: Distribution


@dataclass(frozen=True, slots=True)
class Applied:
    """A dataset with a run's settings in it."""

    dataset: Dataset
    written: tuple[str, ...]
    patterns: Patterns
    sums: tuple[Sum, ...] = ()
    """Sums over children that a distribution was given for, which need fitting."""
    given: tuple[tuple[str, str], ...] = ()
    """Tables and columns whose own distribution was replaced."""


def in_time(dataset: Dataset, parameters: RuntimeParameters) -> Dataset:
    """The dataset with the history that the parameters give it; raises ParameterError."""
    given, own = parameters.history, dataset.history
    if given.start is None and given.end is None:
        return dataset
    start = given.start or own.start
    for day in (start, given.end or own.end):
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise ParameterError("history", f"{day} is out of reach: years from {_FIRST_YEAR} to {_LAST_YEAR} can be")
    try:
        moved = History(start=start, end=given.end or _moved(own, start))
    except (ValidationError, OverflowError):
        told = f"{start} to {given.end or own.end} is not a history: it ends after it starts, and is 60 years at most"
        raise ParameterError("history", told) from None
    return dataset.model_copy(update={"history": moved})


def _moved(own: History, start: date) -> date:
    """The end of a history that begins elsewhere: by whole years to the same day of the year, else as many days later."""
    if (start.month, start.day) != (own.start.month, own.start.day):
        return start + (own.end - own.start)
    year = own.end.year + start.year - own.start.year
    leap = (own.end.month, own.end.day) == (2, 29)
    return date(year, 3, 1) - timedelta(days=1) if leap else own.end.replace(year=year)


_FIRST_YEAR, _LAST_YEAR = 1900, 2300


def apply_overrides(dataset: Dataset, parameters: RuntimeParameters) -> Applied:
    """The dataset with distributions, relationships, tables and patterns of the parameters; raises InputError."""
    for name in ("domain", "schema_pattern", "dataset_type"):
        given = getattr(parameters, name)
        if given is not None and given != getattr(dataset, name):
            raise ParameterError(name, f"is `{given}`, but dataset `{dataset.dataset_id}` has `{getattr(dataset, name)}`")
    tables: dict[str, Table] = dict(dataset.tables)
    if isinstance(parameters.tables, dict):
        tables = dict(parameters.tables)
    if parameters.privacy is not None:
        _make_private(dataset, tables, parameters.privacy)
    set_references(dataset, tables, parameters)
    sums: list[Sum] = []
    own: list[tuple[str, str]] = []
    for name, distribution in parameters.distributions.items():
        table, column = _column(dataset, tables, name)
        if tables[table].columns[column].kind == "aggregate":
            sums.append(Sum(name, table, column, distribution))
        else:
            _distribute(tables, table, column, distribution, name)
            own.append((table, column))
    changed = dataset.model_copy(update={"tables": tables, "driving": dataset.driving if dataset.driving in tables else None})
    if isinstance(parameters.tables, dict):
        changed = Dataset.model_validate(changed.model_dump(by_alias=True, exclude_unset=True) | {"tables": tables})
    written = changed.written
    if isinstance(parameters.tables, list):
        for name in parameters.tables:
            if name not in written:
                raise InputError(f"tables: dataset `{dataset.dataset_id}` has no table `{name}`{hint(name, written)}")
        if not parameters.tables:
            raise InputError("tables: an empty list would write nothing")
        chosen = set(parameters.tables)
        written = tuple(name for name in written if name in chosen)
    _check_patterns(changed, parameters.patterns)
    patterns = _merged(dataset.temporal_patterns, parameters.patterns)
    return Applied(changed, written, patterns, tuple(sums), tuple(own))


def _make_private(dataset: Dataset, tables: dict[str, Table], profile: str) -> None:
    if profile not in dataset.privacy:
        known = f"its profiles are {', '.join(dataset.privacy)}" if dataset.privacy else "there are none"
        raise ParameterError(
            "privacy", f"dataset `{dataset.dataset_id}` has no profile `{profile}`; {known}{hint(profile, list(dataset.privacy))}"
        )
    for table, columns in dataset.privacy[profile].items():
        if table in tables:
            # Other columns go on reading the original, under a name that is not written.
            own = tables[table].columns
            kept = {f"{BEHIND}{name}": own[name] for name in columns}
            tables[table] = tables[table].model_copy(update={"columns": {**own, **columns, **kept}})


def _check_patterns(dataset: Dataset, given: TemporalPatterns) -> None:
    """Refuses days that no row would follow; hours are those of every moment."""
    for name in ("weekdays", "months", "seasonal_multipliers", "yearly_growth"):
        if getattr(given, name) and not any(table.rows.is_event for table in dataset.tables.values()):
            raise ParameterError(f"temporal_patterns.{name}", f"dataset `{dataset.dataset_id}` has no events that could follow it")
    if given.hourly_distribution and dataset.tables[dataset.driver].rows.keeps_hours:
        setting = "temporal_patterns.hourly_distribution"
        raise ParameterError(setting, f"has no effect here: the rows of `{dataset.driver}` keep the hours of their grid")


def _merged(base: Patterns, given: TemporalPatterns) -> Patterns:
    update: dict[str, Any] = {}
    for name in given.model_fields_set:
        mine = getattr(given, name)
        # The bands of the day belong together; everything else is named one by one.
        update[name] = {**getattr(base, name), **mine} if isinstance(mine, dict) and name != "hourly_distribution" else mine
    return base.model_copy(update=update)


def _column(dataset: Dataset, tables: Mapping[str, Table], name: str) -> tuple[str, str]:
    path = dataset.aliases.get(name, name)
    table, dot, column = path.partition(".")
    if dot:
        if table not in tables or column not in tables[table].columns:
            known = [f"{t}.{c}" for t in tables for c in tables[t].columns] + list(dataset.aliases)
            raise InputError(f"distributions: there is no column `{name}`{hint(name, known)}")
        return table, column
    found = [t for t in tables if path in tables[t].columns]
    if len(found) != 1:
        known = sorted({c for t in tables.values() for c in t.columns if not c.startswith("_")} | set(dataset.aliases))
        why = f"is in {' and '.join(found)}; write {found[0]}.{path}" if found else f"is neither a column nor an alias{hint(path, known)}"
        raise InputError(f"distributions: `{name}` {why}")
    return found[0], path


def _distribute(tables: dict[str, Table], table: str, column: str, distribution: Distribution, name: str) -> None:
    model = tables[table].columns[column]
    if model.kind == "number":
        if distribution.unit is not None:
            raise InputError(f"distributions.{name}: a number has no unit of time")
        update: dict[str, Any] = {"distribution": distribution, "by": None, "multiply_by": None}
    elif model.kind in ("date", "timestamp"):
        side = "minus" if model.minus is not None else "plus"
        before = model.minus or model.plus
        unit = distribution.unit or (before.unit if before is not None else None)
        if unit is None:
            raise InputError(f"distributions.{name}: needs a unit of time, for example `unit: days`")
        update = {side: distribution.model_copy(update={"unit": unit})}
    else:
        raise InputError(
            f"distributions.{name}: `{table}.{column}` is of kind {model.kind}; numbers, dates, timestamps and sums have a distribution"
        )
    replace_column(tables, table, column, update)
