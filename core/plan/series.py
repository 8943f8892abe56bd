"""A series of days: what each table brings on each of them, from one plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ..frozen import dataclass
from ..program.tasks import Delivery
from ..spec.arrival import Frequency, TableType
from ..spec.paths import Place, path_of
from .later import Later
from .plan import Parts, Plan, TablePlan

if TYPE_CHECKING:
    from ..engine.engine import Engine
    from ..engine.parts import Ranges


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
    lasts: bool = True
    """Whether its rows are no events."""
    late: int = 0
    """Days that a row may come after its own at most."""
    kept: bool = False
    """Whether a table keeps the rows of every snapshot."""


@dataclass(frozen=True, slots=True)
class SeriesOutline:
    """What is decided for days, besides their plan."""

    arrivals: tuple[Arrival, ...]
    frequency: Frequency
    pattern: str
    """Name or text of the path pattern."""
    state: bool
    """Whether days that were written are noted, and found again."""
    origin: date
    """First day of the history."""
    rows_per_file: int
    """Rows of a file of a day at most."""


@dataclass(frozen=True, slots=True)
class Series(SeriesOutline):
    """Days of one plan, whose window they are."""

    plan: Plan

    @property
    def days(self) -> list[date]:
        """All days."""
        first, last = self.plan.window
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    @property
    def span(self) -> str:
        """The days as a text: the first and the last, or the only one."""
        first, last = self.plan.window
        return f"{first}" if first == last else f"{first} to {last}"

    def number(self, day: date) -> int:
        """The day's number, from the first day of the history."""
        return (day - self.origin).days

    def day(self, number: int) -> date:
        """The day of a number."""
        return self.origin + timedelta(days=number)

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
            parts = layout.parts(low, high, self.rows_per_file)
        return Share(arrival.table.name, number, tuple(parts), arrival.delivery)

    def load(self, engine: Engine, days: Sequence[date], start: date, fresh: bool) -> Plan:
        """What some days bring, as one load of tables in which all days from `start` on stand already (`fresh`: nothing stands).

        What lasts comes whole at first, and then by what changed.
        """
        first, last = self.number(days[0]), self.number(days[-1])
        tables = tuple(
            self._snapshots(engine, arrival, days) if arrival.kept else self._load(engine, arrival, first, last, self.number(start), fresh)
            for arrival in self.arrivals
            if fresh or not arrival.kept or any(map(self._has_snapshot, days))
        )
        program = replace(self.plan.program, as_of=last)
        return replace(self.plan, tables=tables, as_of=days[-1], window=(start, days[-1]), compiled=Later.of(program))

    def _load(self, engine: Engine, arrival: Arrival, first: int, last: int, start: int, fresh: bool) -> TablePlan:
        table, layout = arrival.table, engine.table(arrival.table.name).layout
        late = arrival.delivery.late if arrival.delivery is not None else None
        whole = arrival.type == "snapshot" or (fresh and (arrival.lasts or late is None))
        with engine.moment.on(last):
            low, high = layout.rows(0, last)
            if not arrival.lasts:
                low = layout.before(start)
            if not whole and arrival.state_back is not None:
                low = max(low, layout.before(first - arrival.state_back))
            low -= table.first_row < 0 and (whole or first == 0)
            parts = layout.parts(low, high, self.rows_per_file)
        plain = whole or (not arrival.lasts and not arrival.state and late is None)
        delivery = None if plain else Delivery(arrival.state, late, days=last - first + 1)
        return replace(table, rows=high - low, first_row=low, parts=Parts(table.name, parts), delivery=delivery)

    def _snapshots(self, engine: Engine, arrival: Arrival, days: Sequence[date]) -> TablePlan:
        """All snapshots of some days, each in parts of its own; where none is due an empty part, so that there is a table."""
        table = arrival.table
        found = [(day, ranges) for day in days if self._has_snapshot(day) for ranges in self.share(engine, arrival, day).ranges]
        if not found:
            found = [(days[-1], ((table.first_row, table.first_row),))]
        parts = Parts(table.name, [ranges for _, ranges in found], [day for day, _ in found])
        return replace(table, rows=sum(part.rows for part in parts), parts=parts, delivery=Delivery(dated=True))

    def path(self, table: str, day: date, index: int, count: int) -> str:
        """Of a file, below the folder of the dataset."""
        ext = "csv" if self.plan.output.mode == "csv" else "parquet"
        return path_of(self.pattern, Place(table, day, self.plan.dataset_id, index, count, ext))

    def batches(self, days: list[date], size: int) -> Iterator[list[date]]:
        """Days in groups that are published together."""
        for n in range(0, len(days), size):
            yield days[n : n + size]
