"""Rows that come and go, found and counted by the values of some of their columns."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

import numpy as np

from .ground import Table
from .hashing import Bits, Ints, below, below_wide
from .index import Index
from .vector import Mask, Vec

_DAYS_KEPT: Final = 4_096


class ByValue:
    """The rows of a table by values, day by day; those that are there on a whole day count, so that no moment of it comes before theirs."""

    def __init__(self, table: Table, born: Callable[[Ints], Ints]) -> None:
        self._table, self._born = table, born
        """`born`: the day on which each row is born."""
        self._indexes: dict[tuple[str, ...], Index] = {}
        self._counts: dict[str, Ints] = {}
        self._in_order: dict[tuple[tuple[str, ...], str | None], tuple[int, Ints, Ints | None, Ints]] = {}
        self._alive_on: OrderedDict[tuple[tuple[str, ...], int], tuple[Ints, Ints]] = OrderedDict()

    def match(self, weight: str | None, columns: Mapping[str, Vec], days: Ints, bits: Bits) -> tuple[Ints, Mask | None]:
        """As `Layout.match`; of several rows that fit, one is drawn by `weight` or evenly."""
        if not len(days):
            return days, None
        names = tuple(columns)
        asked, found = self._index(names).place(columns)
        if self._stays > int(days.max()):
            rows, before, first, count = self._born_before(names, weight, asked, days)
            found &= count > 0
            return self._drawn(rows, before, first, count, found, bits)
        distinct, place = np.unique(days, return_inverse=True)
        alive = [self._there(names, int(day)) for day in distinct]
        span = self._index(names).combinations
        groups = np.concatenate([group + number * span for number, (group, _) in enumerate(alive)])
        asked += place * span
        first = np.searchsorted(groups, asked, side="left")
        count = np.searchsorted(groups, asked, side="right") - first
        found &= count > 0
        rows = np.concatenate([rows for _, rows in alive])
        if not len(rows):
            return np.zeros(len(days), np.int64), found
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(self._weights(weight)[rows])]) if weight else None
        return self._drawn(rows, before, first, count, found, bits)

    @staticmethod
    def _drawn(rows: Ints, before: Ints | None, first: Ints, count: Ints, found: Mask, bits: Bits) -> tuple[Ints, Mask | None]:
        """One of `count` rows from place `first` on, by their weights, whose sums before each row are given, or evenly."""
        if before is not None:
            several = np.flatnonzero(found & (count > 1))
            low = before[first[several]]
            goal = low + below_wide(bits[several], before[(first + count)[several]] - low)
            first[several] = np.searchsorted(before, goal, side="right") - 1
            return rows[np.where(found, first, 0)], None if bool(found.all()) else found
        out = rows[np.where(found, first + below(bits, np.maximum(count, 1)), 0)]
        return out, None if bool(found.all()) else found

    def _born_before(self, names: tuple[str, ...], weight: str | None, asked: Ints, days: Ints) -> tuple[Ints, Ints | None, Ints, Ints]:
        """All rows in order of their values, the sums of their weights, and for each combination asked where those born before its day are.

        Rows are numbered in order of birth, so those of one combination that are there on a day are the first ones, where nobody leaves.
        """
        index, start = self._index(names), int(self._lives[0][0]) if len(self._lives[0]) else 0
        known = self._in_order.get((names, weight))
        if known is None:
            span = int(self._lives[0][-1]) - start + 2 if len(self._lives[0]) else 1
            key = index.places * span + self._lives[0][index.rows] - start
            whole = np.concatenate([np.zeros(1, np.int64), np.cumsum(self._weights(weight)[index.rows])]) if weight else None
            starts = np.searchsorted(index.places, np.arange(index.combinations + 1))
            known = self._in_order[names, weight] = span, key, whole, starts
        span, key, before, starts = known
        first = starts[asked]
        return index.rows, before, first, np.searchsorted(key, asked * span + np.clip(days - start, 0, span - 1)) - first

    @cached_property
    def _stays(self) -> int:
        """The first day on which somebody has left."""
        return int(self._lives[1].min(initial=1 << 60))

    def standing(self, name: str, asked: Vec, weight: str | None, days: int) -> Ints:
        """What the rows with each asked value of a column count that are there on the whole of each of the first `days` days.

        Shape (days, len(asked)). Rows count by a number column in units of its last place, at least 1, or 1 each.
        """
        index = self._index((name,))
        born, left = (np.clip(day[index.rows], 0, days) for day in (self._lives[0] + 1, self._lives[1]))
        counts = self._weights(weight)[index.rows] if weight is not None else np.ones(len(index.rows), np.int64)
        change = np.zeros((days + 1, index.combinations), np.int64)
        np.add.at(change, (born, index.places), counts)
        np.subtract.at(change, (left, index.places), counts)
        place, known = index.place({name: asked})
        return np.where(known, np.cumsum(change, axis=0)[:-1, place], 0)

    def _weights(self, name: str) -> Ints:
        known = self._counts.get(name)
        if known is None:
            known = self._counts[name] = np.maximum(self._table.frame(0, self._table.size).get(name).values.astype(np.int64), 1)
        return known

    def _index(self, names: tuple[str, ...]) -> Index:
        known = self._indexes.get(names)
        if known is None:
            known = self._indexes[names] = Index.of(self._table.frame(0, self._table.size), names)
        return known

    def _there(self, names: tuple[str, ...], day: int) -> tuple[Ints, Ints]:
        """The rows that are there on a whole day, in order of their values' numbers, and these numbers."""
        known = self._alive_on.get((names, day))
        if known is None:
            index = self._index(names)
            mine = (self._lives[0][index.rows] < day) & (self._lives[1][index.rows] > day)
            known = self._alive_on[names, day] = index.places[mine], index.rows[mine]
            if len(self._alive_on) > _DAYS_KEPT:
                self._alive_on.popitem(last=False)
        return known

    @cached_property
    def _lives(self) -> tuple[Ints, Ints]:
        rows = np.arange(self._table.size, dtype=np.int64)
        born = self._born(rows)
        return born, self._table.layout.left(rows, born)
