"""References that share out each day's rows by weight."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np

from ...program import columns
from ..asof import Kept
from ..drawing.habits import taken
from ..drawing.noise import DayNoise
from ..drawing.population import Population
from ..edges import Edges, numbered
from ..ground import Frame, Table
from ..hashing import Ints, below_wide, hash_ints
from ..permute import permute, unpermute
from ..vector import Vec
from .base import register
from .category import Category
from .pointing import Pointing

_DAYS_KEPT: Final = 16
"""Days whose events are kept by member, where they are found by a scan: four bytes an event."""
_SCANNED: Final = 65_536
_WORTH: Final = 2
"""So many values for each edge are worth a table of the edges, which costs about as much as to search for them."""


@register("share")
class Share(Pointing):
    """A quota of each day by weight: the d-th day's rows of one member are found without a scan.

    Of n rows (of the day, or of one value of an exact category of that day) slot s gets the member at
    (s W + h) div n of the cumulative weights W of the living, h hashed from the day.

    Rows that take a member over from elsewhere leave their slot; those of one member are then found by a scan of the day.
    """

    program: columns.ShareReference

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._deal_key, self._start_key = self.subkey("deal"), self.subkey("start")
        self._edges_by_day: dict[int, Ints] = {}
        self._mostly_key = self.subkey("mostly")
        self._days: Kept[int, tuple[Ints, Ints]] = Kept(table.engine.moment, _DAYS_KEPT, _DAYS_KEPT)

    @cached_property
    def _members(self) -> tuple[Ints, Ints]:
        frame = self.to.frame(0, self.to.size)
        weights = frame.get(self.program.weight).values.astype(np.int64) * 1024
        return np.maximum(weights, 0), self.to.layout.left(frame.rows)

    def edges(self, day: int) -> Ints:
        """Cumulative weight after each member on a day: shape (members,); those that are not alive add nothing."""
        known = self._edges_by_day.get(day)
        if known is None:
            weights = self._members[0]
            if self._noise is not None:
                weights = self._noise.on(day, weights)
            if len(self._edges_by_day) > 1024:
                self._edges_by_day.clear()
            known = self._edges_by_day[day] = self._cumulated(weights, day)
        return known

    def usual_edges(self, day: int) -> Ints:
        """As `edges`, of the weights that hold on the mean day: without noise."""
        return self.edges(day) if self._noise is None else self._cumulated(self._members[0], day)

    def _cumulated(self, weights: Ints, day: int) -> Ints:
        born = max(self.to.layout.before(day), 1)
        alive = np.where((np.arange(len(weights)) < born) & (self._members[1] > day), weights, 0)
        if not alive.any():
            alive[0] = max(int(weights[0]), 1)
        return np.cumsum(alive)

    @cached_property
    def _noise(self) -> DayNoise | None:
        told = self.program.noise
        if told is None:
            return None
        frame = self.to.frame(0, self.to.size)
        together = frame.follow(*told.by) if told.by is not None else None
        return DayNoise(told, self.subkey("noise"), frame.count, together)

    def _category(self) -> tuple[Category, int] | None:
        stratum = self.program.stratum
        if stratum is None:
            return None
        kernel = self.table.kernel(stratum.column)
        if not isinstance(kernel, Category):
            raise TypeError("a stratum is an exact category")
        return kernel, stratum.code

    def _start(self, days: Ints, totals: Ints) -> Ints:
        return below_wide(hash_ints(self._start_key, days), totals)

    def found(self, frame: Frame) -> Vec:
        out = np.zeros(frame.count, np.int64)
        # What takes a member over, and what is NULL, needs no slot.
        left = self.table.present(frame, self.column)
        if self.program.mostly is not None:
            places, rows = taken(frame, self.program.mostly, self._mostly_key, self._population, None)
            out[places] = rows
            left = np.ones(frame.count, np.bool_) if left is None else left.copy()
            left[places] = False
        some = np.arange(frame.count, dtype=np.int64) if left is None else np.flatnonzero(left)
        if len(some):
            out[some] = self._shared(frame, some)
        return Vec(out)

    def _shared(self, frame: Frame, some: Ints) -> Ints:
        """The member that each of some of a frame's rows gets by its slot."""
        category, day = self._category(), frame.day[some]
        if category is None:
            place, size = self.table.layout.place(frame)
            size = size[some]
            slot = permute(hash_ints(self._deal_key, day), size, place[some])
        else:
            slot, size = category[0].strata(frame)
            slot, size = slot[some], size[some]
        days, place = numbered(day)
        edges = np.stack([self.edges(one) for one in days.tolist()])
        totals = edges[:, -1]
        goal = (slot * totals[place] + self._start(days, totals)[place]) // np.maximum(size, 1)
        # Rows of other values of the category run past the end: they are NULL, any member will do.
        goal = np.minimum(goal, totals[place] - 1)
        span = int(totals.max()) + 1
        stacked = (edges + (np.arange(len(days)) * span)[:, None]).ravel()
        goal += place * span
        found = Edges(stacked).passed(goal) if len(goal) >= _WORTH * len(stacked) else np.searchsorted(stacked, goal, side="right")
        return found - place * edges.shape[1]

    @cached_property
    def _population(self) -> Population:
        return Population(self.to.layout, 0, to_the_day=True)

    def members(self, day: int, member: int) -> Ints:
        """Row numbers of a day's events that point at one member, in no particular order."""
        if self.program.mostly is not None:
            rows, starts = self._days.get(day, lambda: self._of_day(day))
            return self.table.layout.before(day) + rows[starts[member] : starts[member + 1]].astype(np.int64)
        edges = self.edges(day)
        low = int(edges[member - 1]) if member else 0
        high, total = int(edges[member]), int(edges[-1])
        category = self._category()
        first = self.table.layout.before(day)
        size = self.table.layout.before(day + 1) - first if category is None else category[0].stratum(day, category[1])
        if high == low or not size:
            return np.zeros(0, np.int64)
        start = int(self._start(np.array([day], np.int64), np.array([total], np.int64))[0])
        begin = max(-(-(low * size - start) // total), 0)
        end = size if high == total else -(-(high * size - start) // total)
        slots = np.arange(begin, min(max(end, begin), size), dtype=np.int64)
        if category is not None:
            return category[0].members(day, category[1], slots)
        key = int(hash_ints(self._deal_key, np.array([day], np.int64))[0])
        return first + unpermute(key, size, slots)

    def _of_day(self, day: int) -> tuple[Ints, Ints]:
        """A day's events by the member that they point at, counted from the day's first, and where each member's start."""
        first, last = self.table.layout.before(day), self.table.layout.before(day + 1)
        found = np.full(last - first, self.to.size, np.int64)
        for low in range(first, last, _SCANNED):
            vec = self.table.frame(low, min(low + _SCANNED, last) - low).get(self.column, "row")
            there = vec.values if vec.valid is None else np.where(vec.valid, vec.values, self.to.size)
            found[low - first : low - first + len(there)] = there
        rows = np.argsort(found, kind="stable")
        return rows.astype(np.int32), np.searchsorted(found[rows], np.arange(self.to.size + 1))
