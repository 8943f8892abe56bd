"""Columns whose keys point at rows of another table, computed without ever holding that table."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

import numpy as np

from ...program import columns
from ..ground import Frame, Kernel, Table, Target
from ..hashing import below, below_wide, hash_ints
from ..vector import Mask, Vec
from .base import register

ORPHANS: Final = 9_000_000_000_000_000
"""Keys of orphans start here: no table ever has so many rows, and doubles still hold them exactly."""
_ROUNDS: Final = 7


class Pointing(Kernel):
    """What finds rows; which frame these are, and their keys, follows from that.

    Its part `row` is what it finds, where the column is not NULL and no orphan.
    """

    program: columns.Pointing

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self.to = table.engine.table(self.program.to)

    @abstractmethod
    def found(self, frame: Frame) -> Vec:
        """The row that each row points at, any one where there is none; NULL where there is none."""

    def part(self, frame: Frame, name: str) -> Vec:
        if name != "row":
            return super().part(frame, name)
        found, orphans = self.found(frame), self._orphans(frame)
        return found if orphans is None else found.where(~orphans)

    def target(self, frame: Frame) -> Target:
        row = frame.get(self.column, "row")
        seen = frame.day if self.table.layout.happens else frame.seen
        return Target(self.to.rows_frame(row.values, seen), None, row.valid)

    def values(self, frame: Frame) -> Vec:
        target, _, there = frame.through(self.column)
        out = Vec(target.rows + 1) if self.program.dense else target.get(self.program.key)
        if there is not None:
            out = out.where(there)
        orphans = self._orphans(frame)
        if orphans is None:
            return out
        strays = ORPHANS + below(frame.hash(self.subkey("orphan")), 1_000_000_000)
        return Vec(np.where(orphans, strays, out.values), None if out.valid is None else out.valid | orphans)

    def _orphans(self, frame: Frame) -> Mask | None:
        share = self.program.orphans
        if not share:
            return None
        return frame.memo(self, "orphans", lambda: self.table.quota(frame, self.subkey("nulls"), share, from_end=True))


@register("earlier")
class Earlier(Pointing):
    """A row of the same table that begins before this one and, of entities, has not ended by this row's day; NULL for the first row."""

    def found(self, frame: Frame) -> Vec:
        mine = np.maximum(frame.rows, 1)
        out = below_wide(frame.hash(self.key), mine)
        some, layout = frame.rows > 0, self.table.layout
        if not layout.leaves:
            return Vec(out, some)
        day = frame.day
        bad = np.flatnonzero(layout.left(out) <= day)
        for attempt in range(_ROUNDS):
            if not len(bad):
                return Vec(out, some)
            out[bad] = below_wide(hash_ints(self.subkey("again", str(attempt)), frame.rows[bad]), mine[bad])
            bad = bad[layout.left(out[bad]) <= day[bad]]
        out[bad] = layout.evergreens(hash_ints(self.subkey("evergreen"), frame.rows[bad]), mine[bad])
        return Vec(out, some)
