"""How many rows of a panel each day and each block of owners has."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from ...frozen import dataclass
from ...program.rows import Panel as PanelRows
from ..hashing import Ints
from .census import Census
from .members import BLOCK_OWNERS, Members
from .months import Months

_MONTHS_KEPT: Final = 4
_LEAST: Final = 1.45
"""Rows of a month for each owner that stands: below it, some owner would have none to settle its sum with."""


@dataclass(frozen=True, slots=True)
class Month:
    """Where the rows of each (day, block) of a month lie."""

    first: int
    """Day number of the first day."""
    edges: Ints
    """Rows of a day before each block, and at last of all blocks: shape (days, blocks + 1)."""
    offsets: Ints
    """Rows of a block's month before each day: shape (days + 1, blocks)."""


class Schedule:
    """`number` rows over the history, exactly.

    A day has one row for each owner born on it, the expected number of entries that are due on it, and a share of the rest by the
    calendar's weight times the owners that are expected to stand. A block has its share of the day's rest by the same expectation.
    Both are cumulative quotients of integers, so a day or a block is found without looking at an owner, and a later end only
    continues them.
    """

    def __init__(self, program: PanelRows, months: Months, census: Census, members: Members) -> None:
        self._number, self._of = program.number, program.of
        self._months, self._census, self._members = months, census, members
        self._known: OrderedDict[int, Month] = OrderedDict()

    @cached_property
    def starts(self) -> Ints:
        """Rows before each day of the horizon."""
        born = self._census.owners[self._census.run_up :] - self._census.owners[self._census.run_up]
        due = self._members.expected_due()
        cumulative = [0]
        for weight, standing in zip(self._months.calendar.weights.tolist(), self._census.standing.tolist(), strict=False):
            cumulative.append(cumulative[-1] + weight * standing)
        days = self._months.calendar.days
        free, whole = self._number - int(born[days]) - int(due[days]), cumulative[days]
        if free < 1 or not whole:
            needed = int(born[days]) + int(due[days]) + 1
            raise ValueError(
                f"{self._number:,} rows are fewer than the {needed:,} entries that are due in the history; "
                f"ask for more rows, for fewer of `{self._of}` or for a shorter history"
            )
        out = born + due + np.array([f * free // whole for f in cumulative], np.int64)
        self._check(out)
        return out

    def _check(self, starts: Ints) -> None:
        """Raises ValueError where a month has too few rows for its owners."""
        rows, first = np.diff(starts[self._months.starts]), self._months.starts[:-1]
        born = np.diff(self._census.owners[self._months.starts + self._census.run_up])
        standing = self._census.standing[first] / 1024
        lacking = np.ceil(_LEAST * standing + 2 * np.sqrt(standing)) - (rows - born)
        worst = int(np.argmax(lacking))
        if lacking[worst] > 0:
            month = self._months.text(worst)
            raise ValueError(
                f"{self._number:,} rows leave {rows[worst]:,} for {month}, too few for {standing[worst]:,.0f} rows of `{self._of}` then: "
                f"it takes {rows[worst] + lacking[worst]:,.0f}; ask for more rows, for fewer of `{self._of}` or for a shorter history"
            )

    def month(self, number: int) -> Month:
        """Where the rows of a month lie."""
        known = self._known.get(number)
        if known is None:
            first, last = self._months.start(number), self._months.start(number + 1)
            blocks = max(-(-self._census.before(last) // BLOCK_OWNERS), 1)
            edges = np.stack([self._day_edges(day, blocks) for day in range(first, last)])
            offsets = np.zeros((last - first + 1, blocks), np.int64)
            np.cumsum(np.diff(edges, axis=1), axis=0, out=offsets[1:])
            known = self._known[number] = Month(first, edges, offsets)
            if len(self._known) > _MONTHS_KEPT:
                self._known.popitem(last=False)
        return known

    def _day_edges(self, day: int, blocks: int) -> Ints:
        there = day + self._census.run_up
        owners, tomorrow = int(self._census.owners[there]), int(self._census.owners[there + 1])
        edge = np.minimum(np.arange(blocks + 1, dtype=np.int64) * BLOCK_OWNERS, tomorrow)
        rest = int(self.starts[day + 1] - self.starts[day]) - (tomorrow - owners)
        births = np.diff(self._census.owners[: there + 1])
        survival = self._census.survival[there:0:-1]
        before = np.zeros(there + 1, np.int64)
        np.cumsum(births * survival, out=before[1:])
        old = np.minimum(edge, owners)
        born = np.minimum(np.searchsorted(self._census.owners[: there + 1], old, side="right") - 1, there - 1)
        standing = before[born] + (old - self._census.owners[born]) * survival[born]
        return edge - old + (rest * standing // max(int(before[-1]), 1) if rest else 0)

    def stripes(self, number: int, start: int, stop: int, size: int) -> Iterator[list[tuple[int, int]]]:
        """The rows of a month, at most `size` of some blocks each; those of a single block that has more are cut."""
        month = self.month(number)
        begin = self.starts[month.first : month.first + len(month.edges)]
        reached = np.cumsum(month.offsets[-1])
        blocks, whole, largest = len(reached), int(reached[-1]), int(month.offsets[-1].max())
        # Equal ones, and not above `size` wherever a block is smaller than that.
        count = min(-(-whole // max(size - largest, 1)), blocks)
        inner = np.searchsorted(reached, whole * np.arange(1, count) // count) + 1
        for low, high in pairwise(np.unique(np.concatenate([[0], inner, [blocks]])).tolist()):
            firsts = np.maximum(begin + month.edges[:, low], start).tolist()
            lasts = np.minimum(begin + month.edges[:, high], stop).tolist()
            ranges = [(first, last) for first, last in zip(firsts, lasts, strict=True) if first < last]
            if sum(last - first for first, last in ranges) <= size:
                yield ranges
            else:
                yield from ([(at, min(at + size, last))] for first, last in ranges for at in range(first, last, size))
