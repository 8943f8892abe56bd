"""Entities whose births follow rows of another table: who orders for the first time registers just before."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import numpy as np

from ...program import rows
from ..calendar import DAY
from ..edges import numbered
from ..ground import Frame, Table
from ..hashing import Ints, below, hash_ints, unit
from ..permute import unpermute
from .base import register
from .entities import Entities

_KEPT: Final = 1 << 21
"""Rows of all days that are kept: 16 MB."""
_MINUTE: Final = 60_000_000
_SOONEST, _SPAN = 1, 8
"""Minutes before the row of an event with which somebody begins: one to nine."""


@register("newcomers")
class Newcomers(Entities):
    """Each of a day's births comes just before one of the day's events, in their order; a share of them is what the event refers to.

    The events are dealt by a keyed bijection, so they are found from either side. On a day of the history that has fewer events than
    births, and before the history, rows are born as other entities are, and no event refers to them for that.
    """

    program: rows.Newcomers

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self._deal_key, self._share_key, self._lag_key = self.key("first"), self.key("first", "share"), self.key("first", "lag")
        self._by_day: OrderedDict[int, Ints] = OrderedDict()
        self._held = 0

    def _dealt(self, days: Ints) -> list[Ints]:
        """The events before which the rows are born that are born on each of some days, ascending; none where these are too few."""
        missing = np.array([day for day in days.tolist() if day not in self._by_day], np.int64)
        if len(missing):
            fresh = self._deal(missing)
            self._by_day.update(zip(missing.tolist(), fresh, strict=True))
            self._held += sum(map(len, fresh))
        out = [self._by_day[day] for day in days.tolist()]
        while self._held > _KEPT and len(self._by_day) > 1:
            self._held -= len(self._by_day.popitem(last=False)[1])
        return out

    def _deal(self, days: Ints) -> list[Ints]:
        """The events of each of some ascending days, all at once: those of a day lie behind those of the days before."""
        events = self.table.engine.table(self.program.table).layout
        born, first = self.before_days(days + 1) - self.before_days(days), events.before_days(days)
        size = events.before_days(days + 1) - first
        born = np.where((days < 0) | (size < born), 0, born)
        ends = np.cumsum(born)
        number = np.arange(int(ends[-1]), dtype=np.int64) - np.repeat(ends - born, born)
        keys = np.repeat(hash_ints(self._deal_key, days), born)
        places = np.repeat(first, born) + unpermute(keys, np.repeat(size, born), number)
        return np.split(np.sort(places), ends[:-1])

    def begin(self, frame: Frame) -> Ints:
        out = super().begin(frame)
        day = frame.day
        days, place = numbered(day)
        dealt = self._dealt(days)
        sizes = np.array([len(one) for one in dealt], np.int64)
        follow = np.flatnonzero(sizes[place] > 0)
        if not len(follow):
            return out
        stack, offset = np.concatenate(dealt), np.cumsum(sizes) - sizes
        number = frame.rows[follow] - self.before_days(day[follow])
        at = offset[place[follow]] + number
        events = self.table.engine.table(self.program.table)
        moments = events.rows_frame(stack[at]).begin
        before = self.calendar.to_utc((day[follow] + self.calendar.origin) * DAY)
        later = np.flatnonzero(number > 0)
        before[later] = events.rows_frame(stack[at[later] - 1]).begin
        lag = _MINUTE * _SOONEST + below(hash_ints(self._lag_key, frame.rows[follow]), _MINUTE * _SPAN)
        # Not before the event of who was born before.
        lag = np.minimum(lag, (moments - before) // 2)
        out[follow] = (moments - lag) // 1_000 * 1_000
        return out

    def claimed(self, frame: Frame) -> tuple[Ints, Ints]:
        """Which of a frame's events are the first of somebody who is born just before, and who that is."""
        days = numbered(frame.day)[0]
        dealt = self._dealt(days)
        sizes = np.array([len(one) for one in dealt], np.int64)
        if not sizes.sum():
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        stack = np.concatenate(dealt)
        born = np.arange(len(stack), dtype=np.int64) + np.repeat(self.before_days(days) - (np.cumsum(sizes) - sizes), sizes)
        at = np.minimum(np.searchsorted(stack, frame.rows), len(stack) - 1)
        places = np.flatnonzero(stack[at] == frame.rows)
        found = born[at[places]]
        mine = unit(hash_ints(self._share_key, found)) < self.program.share
        return places[mine], found[mine]

    def is_first_in(self, table: str, column: str) -> bool:
        """Whether it is this column that refers to who is born."""
        return (table, column) == (self.program.table, self.program.column)
