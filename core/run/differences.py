"""How two runs differ: in what was set, in what was counted, and in which columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .. import format as shown
from ..errors import InputError, SyntheticDataError
from ..frozen import dataclass
from ..plan.plan import Plan
from ..spec.dotted import flat
from .history import PastRun, days_of_runs, manifest_of_run
from .ledger import Entry
from .manifest import TableEntry
from .preview import PlanRows

if TYPE_CHECKING:
    from ..spec.repository import DatasetConfigurationRepository

ROWS: Final = 1_000
"""Rows of a table whose values are compared, its first ones."""
_PLACES: Final = ("output_settings.output_dir", "dataset_id")
"""Settings that say only where things are, or which are told beside."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that has two values."""

    name: str
    """Dotted."""
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class TableDifference:
    """A table of one run or of both."""

    name: str
    first: int | None
    """Rows; None where the run has no such table."""
    second: int | None
    digests: tuple[str, str]
    """As the manifests tell them; empty where none stands any more, or none was taken."""
    columns: tuple[str, ...]
    """Columns whose values differ in the first rows, or that only one of them has."""
    compared: int
    """Rows whose values were compared."""

    @property
    def is_same(self) -> bool:
        """Whether no difference is known."""
        differ = all(self.digests) and self.digests[0] != self.digests[1]
        return self.first == self.second and not self.columns and not differ

    @property
    def told(self) -> str:
        """How they differ, in a line."""
        if self.first is None or self.second is None:
            return "only in " + ("B" if self.first is None else "A")
        told = []
        if self.first != self.second:
            told.append(f"{shown.rows(self.first)} | {shown.rows(self.second)} rows")
        if self.columns:
            differ = "differs" if len(self.columns) == 1 else "differ"
            told.append(f"{', '.join(self.columns)} {differ} in the first {shown.many(self.compared, 'row')}")
        elif all(self.digests) and self.digests[0] != self.digests[1]:
            told.append(f"digests {self.digests[0][:16]} | {self.digests[1][:16]}")
        return "; ".join(told)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs beside each other."""

    first: PastRun
    second: PastRun
    settings: tuple[Setting, ...]
    tables: tuple[TableDifference, ...]
    unknown: str = ""
    """Why values could not be compared, in a sentence."""

    @property
    def is_same(self) -> bool:
        """Whether both are of one dataset, and no table is known to differ."""
        return not self.unknown and self.first.dataset_id == self.second.dataset_id and all(table.is_same for table in self.tables)

    @property
    def told(self) -> str:
        """In a line."""
        if self.unknown:
            return f"values could not be compared: {self.unknown}"
        if self.is_same:
            return "no table differs in what was compared"
        differ = [table for table in self.tables if not table.is_same]
        return f"{len(differ)} of {len(self.tables)} tables differ"

    @property
    def lines(self) -> list[str]:
        """All of it, for people."""
        lines = [
            f"{name}  {run.run_id}  {run.dataset_id}, {shown.many(run.rows, 'row')}, seed {run.seed}"
            for name, run in (("A", self.first), ("B", self.second))
        ]
        lines += ["", "settings (A | B)" if self.settings else "no setting differs"]
        lines += [f"  {setting.name}: {setting.first} | {setting.second}" for setting in self.settings]
        return [*lines, "", self.told, *(f"  {table.name}: {table.told}" for table in self.tables if not table.is_same)]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "first": self.first.to_json(),
            "second": self.second.to_json(),
            "settings": [asdict(setting) for setting in self.settings],
            "tables": [{**asdict(table), "same": table.is_same} for table in self.tables],
            "unknown": self.unknown,
            "same": self.is_same,
        }


def compare(
    root: Path,
    first: PastRun,
    second: PastRun,
    *,
    repository: DatasetConfigurationRepository | None = None,
) -> Comparison:
    """Two runs of an output root beside each other.

    Rows and values follow from what was set, so they are computed anew and no file is read: the runs may be long gone. They are
    those that this version generates. Digests are those of the manifests that still stand, and the rows of runs by days are those
    of the days that still stand.
    """
    settings = _settings(first.settings, second.settings)
    written = days_of_runs(root)
    days = [written.get(run.run_id, []) for run in (first, second)]
    if first.days_there != second.days_there:
        settings = (Setting("days", first.days_there or "none that are there", second.days_there or "none that are there"), *settings)
    for run, found in zip((first, second), days, strict=True):
        if run.days and not found:
            return Comparison(first, second, settings, (), f"what the days of run {run.run_id} brought is not there as files any more")
    try:
        plans = [plan_of_run(run, repository) for run in (first, second)]
    except SyntheticDataError as error:
        return Comparison(first, second, settings, _counted(root, first, second), str(error))
    entries = [_entries(root, run) for run in (first, second)]
    rows = [PlanRows(plan) for plan in plans]
    names = list(dict.fromkeys(name for plan in plans for name in plan.names))
    tables = []
    for name in names:
        there = [name in plan.names for plan in plans]
        counts = [_rows(plan, name, found) if is_there else None for plan, is_there, found in zip(plans, there, days, strict=True)]
        digests = tuple(entry[name].digest if name in entry else "" for entry in entries)
        columns, compared = _columns(rows, name) if all(there) else ((), 0)
        tables.append(TableDifference(name, counts[0], counts[1], (digests[0], digests[1]), columns, compared))
    return Comparison(first, second, settings, tuple(tables))


def plan_of_run(run: PastRun, repository: DatasetConfigurationRepository | None = None) -> Plan:
    """The plan of a run that the log tells of, made anew; raises InputError where its dataset or its settings are not known any more."""
    from ..plan.make import make_plan
    from ..plan.make_series import as_files
    from ..spec.resolve import resolve_parameters

    if not run.settings:
        raise InputError(f"the log does not hold the settings of run {run.run_id}")
    resolved = resolve_parameters(run.dataset_id, edited=run.settings, repository=repository)
    by_day = resolved.variant.incremental
    return make_plan(as_files(resolved) if by_day else resolved, by_day=by_day)


def changed_of_run(run: PastRun, repository: DatasetConfigurationRepository | None = None) -> dict[str, Any]:
    """What a run had set, in the shape of a config file without its dataset and folder; raises as `plan_of_run`."""
    from ..spec.flags import PLACES
    from ..spec.resolve import changed_settings, resolve_parameters

    if not run.settings:
        raise InputError(f"the log does not hold the settings of run {run.run_id}")
    changed = changed_settings(resolve_parameters(run.dataset_id, edited=run.settings, repository=repository))
    output = {name: value for name, value in changed.pop("output_settings", {}).items() if name != "output_dir"}
    kept = {name: value for name, value in changed.items() if name not in ("dataset_id", *PLACES)}
    return {**kept, **({"output_settings": output} if output else {})}


def _rows(plan: Plan, name: str, days: Sequence[Entry]) -> int:
    """Those of a table; of a run by days those of its days."""
    return sum(entry.rows for entry in days if entry.table == name) if days else plan.table(name).rows


def _entries(root: Path, run: PastRun) -> Mapping[str, TableEntry]:
    noted = manifest_of_run(root, run.run_id)
    return {table.name: table for table in noted.value.tables} if noted is not None else {}


def _counted(root: Path, first: PastRun, second: PastRun) -> tuple[TableDifference, ...]:
    """What the manifests that still stand tell, where nothing can be computed."""
    mine, other = _entries(root, first), _entries(root, second)
    both = [name for name in mine if name in other]
    return tuple(TableDifference(name, mine[name].rows, other[name].rows, (mine[name].digest, other[name].digest), (), 0) for name in both)


def _columns(sources: list[PlanRows], name: str) -> tuple[tuple[str, ...], int]:
    """Columns of a table that differ in its first rows, and how many rows were looked at."""
    count = min(ROWS, *(source.plan.table(name).rows for source in sources))
    schemas = [source.schema(name) for source in sources]
    names = list(dict.fromkeys(column for schema in schemas for column in schema.names))
    if not count:
        return tuple(column for column in names if not all(column in schema.names for schema in schemas)), 0
    first, second = (source.page(name, 0, count) for source in sources)
    out = []
    for column in names:
        in_both = column in first.column_names and column in second.column_names
        if not in_both or not first.column(column).equals(second.column(column)):
            out.append(column)
    return tuple(out), count


def _settings(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[Setting, ...]:
    one, other = flat(first), flat(second)
    names = dict.fromkeys((*one, *other))
    return tuple(
        Setting(name, _text(one.get(name)), _text(other.get(name)))
        for name in names
        if one.get(name) != other.get(name) and name not in _PLACES
    )


def _text(value: Any) -> str:
    if value is None:
        return "default"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
