"""The units of a panel that were worked out, the last ones kept, so that who goes through the days works out each once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import numpy as np

from ..hashing import Ints
from .schedule import Schedule
from .unit import Unit

_FEW: Final = 64
"""A unit has more than this for each row that is asked for: then only what hangs together with these is worked out."""
_TIMES: Final = 3
_ASKED_KEPT: Final = 256
_ROWS_KEPT: Final = 2_000_000
"""Rows of units that are kept, 40 bytes each: a month of 48 million rows in two years."""


class Units:
    """Units by month and block."""

    def __init__(self, schedule: Schedule, work_out: Callable[[int, int, Ints | None], Unit]) -> None:
        self._schedule, self._work_out = schedule, work_out
        self._asked: OrderedDict[tuple[int, int], int] = OrderedDict()
        """How often a few rows were worked out alone."""
        self._units: OrderedDict[tuple[int, int], Unit] = OrderedDict()
        self._open: set[tuple[int, int]] = set()
        self.kept_rows = _ROWS_KEPT
        """Rows of units that are kept at most; it changes no value."""
        self.by_blocks = False
        """Whether all days of some blocks are asked for next, rather than the next days of all."""
        self.rows = 0
        """Rows of the units that are kept."""

    def __len__(self) -> int:
        return len(self._units)

    def clear(self) -> None:
        """Keeps none any longer."""
        self._units.clear()
        self.rows = 0

    def unit(self, month: int, block: int, numbers: Ints) -> tuple[Unit, Ints]:
        """Rows of a block in a month that hold those of these numbers within it, and where."""
        known = self._units.get((month, block))
        places = known.places(numbers) if known is not None else None
        if known is not None and places is not None:
            self._units.move_to_end((month, block))
            return known, places
        lies = self._schedule.month(month)
        few = not self.by_blocks and 0 < len(numbers) * _FEW < int(lies.offsets[-1, block]) and self._is_new(month, block)
        unit = self._worked_out(month, block, numbers if few else None)
        if known is not None:
            self.rows -= self._units.pop((month, block)).rows
        days, a_day = len(lies.edges), int(lies.edges[:, -1].max())
        if a_day * days > self.kept_rows and len(numbers) and not self.by_blocks and not few:
            # The next days of all blocks are kept rather than the whole month of some, and what their rows undo.
            edges = lies.offsets[:, block]
            first = int(np.searchsorted(edges, int(numbers.min()), side="right")) - 1
            last = max(int(np.searchsorted(edges, int(numbers.max()) + 1)), first + max(self.kept_rows // a_day, 1))
            start, stop = int(edges[first]), int(edges[min(last, days)])
            undone = unit.undone[start:stop]
            rows = self._schedule.starts[lies.first : lies.first + days] + lies.edges[:, block]
            day = np.searchsorted(rows, undone[undone >= 0], side="right") - 1
            early = np.sort(undone[undone >= 0] - rows[day] + edges[day])
            unit = unit.part(start, stop, early[early < start])
        self._units[month, block] = unit
        self.rows += unit.rows
        while self.rows > self.kept_rows and len(self._units) > 1:
            self.rows -= self._units.popitem(last=False)[1].rows
        places = unit.places(numbers)
        if places is None:
            raise IndexError("a month has no such row")
        return unit, places

    def _is_new(self, month: int, block: int) -> bool:
        """Whether a unit was hardly asked for: who goes on asking gets all of it, once."""
        times = self._asked.pop((month, block), 0)
        self._asked[month, block] = times + 1
        if len(self._asked) > _ASKED_KEPT:
            self._asked.popitem(last=False)
        return times < _TIMES

    def _worked_out(self, month: int, block: int, numbers: Ints | None) -> Unit:
        if (month, block) in self._open:
            raise ValueError("which rows count must not depend on their amounts or sums")
        self._open.add((month, block))
        try:
            return self._work_out(month, block, numbers)
        finally:
            self._open.discard((month, block))
