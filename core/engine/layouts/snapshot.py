"""Snapshots: one row for each living combination of the members of other tables."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...program import rows as told
from ..asof import Kept
from ..expressions import evaluate
from ..ground import Frame, Layout, Table
from ..hashing import Ints
from ..resolve import truth
from .base import register

_DAYS_KEPT: Final = 4
_PIECE: Final = 1 << 18
_ALL: Final = 1 << 56
"""Rows from here on are combinations that nobody has asked for the condition yet."""


@register("snapshot")
class Snapshot(Layout):
    """Rows as of the end of `as_of`: the members that have begun and not ended by then, first table slowest.

    With a condition all combinations are looked at once for each day, and those that it leaves are numbered.
    """

    program: told.Snapshot
    of_many = True

    def __init__(self, program: told.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.tables = self.program.of
        self._living: Kept[str, list[Ints]] = Kept(table.engine.moment, _DAYS_KEPT)
        self._chosen: Kept[str, Ints] = Kept(table.engine.moment, _DAYS_KEPT)

    @property
    def rises(self) -> bool:
        return True

    @property
    def on_day(self) -> bool:
        return True

    @property
    def living(self) -> list[Ints]:
        """Row numbers of the living members of each table."""
        return self._living.get("rows", self._find_living)

    def _find_living(self) -> list[Ints]:
        day = self.table.engine.as_of
        out = []
        for name in self.tables:
            layout = self.table.engine.table(name).layout
            rows = np.arange(layout.before(day + 1), dtype=np.int64)
            if layout.leaves:
                rows = rows[layout.left(rows) > day]
            out.append(rows)
        return out

    def before(self, day: int) -> int:
        return self._combinations() if self.program.where is None else len(self.chosen)

    def _combinations(self) -> int:
        count = 1
        for rows in self.living:
            count *= len(rows)
        return count

    @property
    def chosen(self) -> Ints:
        """The combinations for which the condition holds, ascending."""
        return self._chosen.get("rows", self._choose)

    def _choose(self) -> Ints:
        if self.program.where is None:
            raise TypeError("all combinations have a row")
        found = []
        total = self._combinations()
        for first in range(0, total, _PIECE):
            rows = np.arange(first, min(first + _PIECE, total), dtype=np.int64)
            holds = truth(evaluate(self.program.where, self.table.rows_frame(rows + _ALL)))
            found.append(rows[np.broadcast_to(holds, rows.shape)])
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    def _numbers(self, frame: Frame) -> Ints:
        """The combination of each row."""
        if self.program.where is None:
            return frame.rows
        if frame.count and int(frame.rows[0]) >= _ALL:
            return frame.rows - _ALL
        return self.chosen[frame.rows]

    def members(self, frame: Frame, of: str) -> Ints:
        """The member of table `of` that each row stands on."""
        step = 1
        for rows in self.living[self.tables.index(of) + 1 :]:
            step *= len(rows)
        mine = self.living[self.tables.index(of)]
        return mine[self._numbers(frame) // step % len(mine)]

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        return self.table.engine.table(of).rows_frame(self.members(frame, of)), None

    def day(self, frame: Frame) -> Ints:
        return np.full(frame.count, self.table.engine.as_of, np.int64)

    def begin(self, frame: Frame) -> Ints:
        # The last second of the day: the day's own date in every tool that cuts a timestamp to its date.
        return np.full(frame.count, self.table.engine.as_of_end - 1_000_000, np.int64)
