"""Snapshots: one row for each living combination of the members of other tables."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...program import rows as told
from ..asof import Kept
from ..ground import Frame, Layout, Table
from ..hashing import Ints
from .base import register

_DAYS_KEPT: Final = 4


@register("snapshot")
class Snapshot(Layout):
    """Rows as of the end of `as_of`: the members that have begun and not ended by then, first table slowest."""

    program: told.Snapshot
    of_many = True

    def __init__(self, program: told.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.tables = self.program.of
        self._living: Kept[str, list[Ints]] = Kept(table.engine.moment, _DAYS_KEPT)

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
        count = 1
        for rows in self.living:
            count *= len(rows)
        return count

    def members(self, frame: Frame, of: str) -> Ints:
        """The member of table `of` that each row stands on."""
        step = 1
        for rows in self.living[self.tables.index(of) + 1 :]:
            step *= len(rows)
        mine = self.living[self.tables.index(of)]
        return mine[frame.rows // step % len(mine)]

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        return self.table.engine.table(of).rows_frame(self.members(frame, of)), None

    def day(self, frame: Frame) -> Ints:
        return np.full(frame.count, self.table.engine.as_of, np.int64)

    def begin(self, frame: Frame) -> Ints:
        # The last second of the day: the day's own date in every tool that cuts a timestamp to its date.
        return np.full(frame.count, self.table.engine.as_of_end - 1_000_000, np.int64)
