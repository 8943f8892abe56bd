"""Versions: the states that an entity goes through, one row for each (a slowly changing dimension of type 2)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..calendar import DAY
from ..hashing import Bits, Ints
from ..vector import Mask, Vec
from .base import Layout, register
from .entities import Entities

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame

_BLOCK = 65_536
_WINDOW: Final = 1 << 21
_KEPT = 2


@register
class Versions(Layout):
    """One row from the birth of each entity of `of`, and one from the start of each day on which it changes.

    Row (entity + 1) * width + version: known from the entity and the count of its changes alone, so a fact finds its
    version without a look at any other, and a later end renames none. As ids they leave gaps: the changes of a day lie
    on hashed days of each entity's cycle, and to number them densely would take a scan of all entities for each fact.
    Only writing needs a dense order: by day, births first, then by entity, found by a scan of some days at a time.
    """

    name = "versions"
    happens = True

    def __init__(self, program: Mapping[str, Any], table: Table) -> None:
        super().__init__(program, table)
        self.of: str = program["of"]
        self.width: int = program["width"]
        self.window = _WINDOW
        """Rows whose numbers are put in order at once while the table is written; it changes no number."""
        self._counts: dict[int, int] = {}
        self._windows: OrderedDict[int, tuple[int, Ints]] = OrderedDict()

    @cached_property
    def owners(self) -> Entities:
        """The layout of the entities."""
        layout = self.table.engine.table(self.of).layout
        if not isinstance(layout, Entities):
            raise TypeError("versions are of entities")
        return layout

    def split(self, rows: Ints) -> tuple[Ints, Ints]:
        """The entity and the version (from 0) of each row."""
        entity = rows // self.width
        return entity - 1, rows - entity * self.width

    def before(self, day: int) -> int:
        known = self._counts.get(day)
        if known is None:
            born = self.owners.before(day)
            known = born
            if self.owners.changes:
                for low in range(0, born, _BLOCK):
                    rows = np.arange(low, min(low + _BLOCK, born), dtype=np.int64)
                    known += int(self.owners.version_of(rows, self.owners.born(rows), day - 1).sum())
            self._counts[day] = known
        return known

    def rows(self, first: int, last: int) -> tuple[int, int]:
        return 0, self.before(last + 1)

    def block(self, start: int, count: int) -> Frame:
        if not count:
            return self.table.rows_frame(np.zeros(0, np.int64))
        out = []
        position = start
        while position < start + count:
            low, ids = self._window(int(np.searchsorted(self._starts, position, side="right")) - 1)
            taken = ids[position - low : start + count - low]
            out.append(taken)
            position += len(taken)
        return self.table.rows_frame(out[0] if len(out) == 1 else np.concatenate(out))

    @cached_property
    def _starts(self) -> Ints:
        """Rows that began before each day, from the first birth to the horizon."""
        days = np.arange(self._first, self._last + 2, dtype=np.int64)
        out = self.owners.before_days(days)
        changes = np.zeros(len(days) + 1, np.int64)
        for low in range(0, self.owners.before(self._last + 1), _BLOCK):
            found = self._changes(low, self._first, self._last)[0]
            changes += np.bincount(found - self._first + 1, minlength=len(changes))
        return out + np.cumsum(changes)[:-1]

    @property
    def _first(self) -> int:
        return -self.owners.run_up

    @property
    def _last(self) -> int:
        return len(self.calendar.weights) - 1

    def _window(self, place: int) -> tuple[int, Ints]:
        """The rows of some days around the `place`-th, in order, and the number of the first of them."""
        starts = self._starts
        number = int(starts[place]) // self.window
        known = self._windows.get(number)
        if known is None:
            # Whole days, those whose first row lies in this window: at least one.
            low = int(np.searchsorted(starts, number * self.window, side="left"))
            high = max(int(np.searchsorted(starts, (number + 1) * self.window, side="left")) - 1, low)
            known = self._windows[number] = (int(starts[low]), self._ordered(self._first + low, min(self._first + high, self._last)))
            if len(self._windows) > _KEPT:
                self._windows.popitem(last=False)
        return known

    def _ordered(self, low: int, high: int) -> Ints:
        """The rows that begin on the days low .. high, as a warehouse would load them."""
        born = np.arange(self.owners.before(low), self.owners.before(high + 1), dtype=np.int64)
        days, rows = [self.owners.born(born)], [(born + 1) * self.width]
        if self.owners.changes:
            for start in range(0, self.owners.before(high + 1), _BLOCK):
                day, entity, version = self._changes(start, low, high)
                days.append(day)
                rows.append((entity + 1) * self.width + version)
        order = np.argsort(np.concatenate(days), kind="stable")
        return np.concatenate(rows)[order]

    def _changes(self, start: int, low: int, high: int) -> tuple[Ints, Ints, Ints]:
        """Day, entity and version of the changes on the days low .. high, of up to 65,536 entities from `start` on, by entity."""
        entity = np.arange(start, min(start + _BLOCK, self.owners.before(high + 1)), dtype=np.int64)
        born = self.owners.born(entity)
        first = self.owners.version_of(entity, born, low - 1) + 1
        last = self.owners.version_of(entity, born, high)
        count = np.maximum(last - first + 1, 0)
        owner = np.repeat(np.arange(len(entity)), count)
        version = first[owner] + np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        return self.owners.changed(entity[owner], born[owner], version), entity[owner], version

    def day(self, frame: Frame) -> Ints:
        entity, version = self.split(frame.rows)
        born = self.owners.born(entity)
        return np.where(version == 0, born, self.owners.changed(entity, born, version))

    def begin(self, frame: Frame) -> Ints:
        out = self.calendar.to_utc((frame.day + self.calendar.origin) * DAY)
        entity, version = self.split(frame.rows)
        first = np.flatnonzero(version == 0)
        if len(first):
            out[first] = self.table.engine.table(self.of).rows_frame(entity[first]).begin
        return out

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        return self.table.engine.table(self.of).rows_frame(self.split(frame.rows)[0], frame.day), None

    def position(self, frame: Frame) -> Ints:
        return self.split(frame.rows)[1] + 1

    def left_day(self, frame: Frame) -> Ints:
        entity, version = self.split(frame.rows)
        return self.owners.changed(entity, self.owners.born(entity), version + 1)

    def left_moment(self, frame: Frame, day: Ints) -> Ints:
        return self.calendar.to_utc((day + self.calendar.origin) * DAY)

    def match(self, how: Mapping[str, Any], columns: Mapping[str, Vec], days: Ints, bits: Bits) -> tuple[Ints, Mask | None]:
        entity, found = self.owners.match(how["parent"], columns, days, bits)
        version = self.owners.version_of(entity, self.owners.born(entity), days)
        return (entity + 1) * self.width + version, found
