"""What a plan declares, as checks ask for it: written tables with their models, and names as SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar, cast
from zoneinfo import ZoneInfo

from ..plan.later import Later
from ..plan.plan import ColumnPlan, ForeignKey, Plan, TablePlan
from ..sinks.reading import literal
from ..sinks.warehouse import quoted
from ..spec.dataset import Dataset, Table
from ..spec.kinds.base import Column
from ..spec.kinds.copy import Copy
from ..spec.kinds.lifetime import Begin
from ..spec.kinds.reference import Reference
from ..spec.layouts.base import LayoutModel
from ..spec.layouts.entities import Entities
from .moments import Marks

if TYPE_CHECKING:
    from ..spec.layouts.base import RowScope

C = TypeVar("C", bound=Column)


@dataclass(frozen=True)
class Written:
    """A table that is written: its plan and its declaration. In SQL its rows are called `t`."""

    plan: TablePlan
    model: Table

    @property
    def name(self) -> str:
        """Of the table."""
        return self.plan.name

    @property
    def rows(self) -> LayoutModel:
        """The model of its layout."""
        return self.model.rows

    @property
    def declared(self) -> Mapping[str, Column]:
        """The models of its columns, written or not."""
        return self.model.columns

    @cached_property
    def columns(self) -> Mapping[str, ColumnPlan]:
        """Written columns by name."""
        return {column.name: column for column in self.plan.columns}

    @property
    def source(self) -> str:
        """The table as a SQL source, without its row for the unknown."""
        if not self.model.unknown:
            return f"{quoted(self.name)} AS t"
        return f"(SELECT * FROM {quoted(self.name)} WHERE {quoted(self._keys[0])} <> -1) AS t"

    @property
    def key(self) -> str:
        """SQL text that names a row: its primary key."""
        return text_of(self._keys)

    @property
    def order(self) -> str:
        """SQL that orders rows by their primary key."""
        return ", ".join(own(column) for column in self._keys)

    @cached_property
    def _keys(self) -> list[str]:
        return [column for column in self.plan.primary_key if column in self.columns] or list(self.columns)[:1]

    def models(self) -> Iterator[tuple[str, Column]]:
        """(name, model) of the written columns."""
        return ((name, self.declared[name]) for name in self.columns)

    def each(self, kind: type[C]) -> Iterator[tuple[str, C]]:
        """(name, model) of the written columns of a kind."""
        return ((name, model) for name, model in self.models() if isinstance(model, kind))

    def first(self, kind: type[Column]) -> str | None:
        """The first written column of a kind."""
        return next((name for name, _ in self.each(kind)), None)

    def copy_of(self, path: str) -> str | None:
        """The written column that is a plain copy of a path: the way to see what is inside a column that is not written."""
        for name, model in self.each(Copy):
            if model.from_ == path and model.when is None and not model.nulls:
                return name
        return None

    def changes(self, column: str) -> bool:
        """Whether a column's value changes during the life of a row."""
        rows = self.rows
        changes = rows.changes if isinstance(rows, Entities) else None
        return changes is not None and (column in changes.columns or column in changes.leaders)


@dataclass(frozen=True)
class Pointed:
    """The table that a reference points at."""

    table: Written
    key: str
    """Its column that references hold."""

    def by(self, reference: str) -> str:
        """SQL after JOIN for a reference (SQL too): the row that is pointed at is `p`."""
        return f"{quoted(self.table.name)} AS p ON p.{quoted(self.key)} = {reference}"


class _Sealed:
    """Stands where the program of the engine does: a check that reads it checks the engine against itself."""

    def __getattr__(self, name: str) -> NoReturn:
        raise LookupError(f"checks read the declaration, and nothing of the program: not `{name}`")


_SEALED: Final[Any] = _Sealed()


class Subject:
    """The written tables of a plan, without the program that generates them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = replace(plan, compiled=Later.of(_SEALED))
        self.dataset: Dataset = plan.dataset
        self.zone = self.dataset.calendar.time_zone
        self.tables: dict[str, Written] = {table.name: Written(table, self.dataset.tables[table.name]) for table in plan.tables}

    def layout(self, table: str) -> LayoutModel:
        """The layout of any table of the dataset."""
        return self.dataset.tables[table].rows

    def happens(self, table: str) -> bool:
        """Whether a table's rows happen (or last)."""
        # Of a scope, layouts ask this and nothing else here.
        return self.dataset.tables[table].rows.happens(cast("RowScope", self))

    @property
    def is_whole(self) -> bool:
        """Whether the run covers exactly the dataset's own history, seen as of its end."""
        history = self.dataset.history
        return self.plan.window == (history.start, history.end) and self.plan.as_of == history.end

    @cached_property
    def end(self) -> datetime:
        """The moment at which `as_of` ends."""
        return self.midnight(self.plan.as_of + timedelta(days=1))

    def midnight(self, day: date) -> datetime:
        """The moment at which a local day begins."""
        return datetime.combine(day, time.min, ZoneInfo(self.zone)).astimezone(UTC)

    def local(self, column: str) -> str:
        """SQL of a timestamp column's local time."""
        return f"timezone({literal(self.zone)}, {column})"

    def day(self, table: Written, column: str, row: str = "t") -> str:
        """SQL of the local day of a date or timestamp column of the row `row`."""
        moment = f"{row}.{quoted(column)}"
        return moment if table.columns[column].type == "date" else f"{self.local(moment)}::DATE"

    def begun(self, table: Written, row: str = "t") -> tuple[str, str] | None:
        """The column that tells the day of the row `row`, and SQL of that local day; None where none does."""
        column = table.first(Begin)
        if column is None:
            begins = [name for name, model in table.declared.items() if isinstance(model, Begin)]
            column = next((copy for name in begins if (copy := table.copy_of(f"{name}.date")) is not None), None)
        return (column, self.day(table, column, row)) if column is not None else None

    @cached_property
    def marks(self) -> Marks:
        """What the dataset's calendar says of the days on which something happens."""
        return Marks(self.dataset, self.dataset.history.start, max(self.plan.window[1], self.plan.as_of, self.dataset.history.end))

    def outside(self, table: Written, key: ForeignKey) -> bool:
        """Whether a reference may point at a row that happened outside the window, and so is not written."""
        stays = isinstance(table.declared[key.column], Reference) or not self.happens(table.name)
        return stays and self.happens(key.parent) and not self.is_whole

    def pointed(self, table: Written, column: str) -> Pointed | None:
        """The table that a written reference of a row points at; None where it, or its key, is not written."""
        key = next((key for key in table.plan.foreign_keys if key.column == column), None)
        target = self.tables.get(key.parent) if key is not None else None
        if key is None or target is None or key.parent_column not in target.columns:
            return None
        return Pointed(target, key.parent_column)


FAR: Final = "9000-01-01"
"""Ends from here on mean that the row lasts."""


def is_open(end: str) -> str:
    """SQL for: the row with this end (SQL too) lasts; an open end is NULL or far away."""
    return f"({end} IS NULL OR {end}::DATE >= DATE '{FAR}')"


def moment(value: datetime) -> str:
    """A moment as a SQL literal."""
    return f"TIMESTAMPTZ {literal(value.astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S+00'))}"


def own(column: str) -> str:
    """A column of the row `t`."""
    return f"t.{quoted(column)}"


def text_of(columns: list[str]) -> str:
    """SQL text of one or several columns of the row `t`."""
    if len(columns) == 1:
        return f"{own(columns[0])}::VARCHAR"
    return f"concat_ws(', ', {', '.join(own(column) for column in columns)})"
