"""Lists: as many rows as a pool, or a written list of values, has."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...program import rows
from ...program.values import Way
from ..ground import Frame, Layout, Table
from ..hashing import Bits, Ints, below
from ..index import Index
from ..vector import Mask, Vec
from .base import register


@register("list")
class Listed(Layout):
    """Rows that were always there; they begin with the history and never end."""

    program: rows.Listed

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self._indexes: dict[tuple[str, ...], Index] = {}

    @property
    def rises(self) -> bool:
        return True

    @property
    def on_day(self) -> bool:
        return True

    def before(self, day: int) -> int:
        return self.program.number

    def day(self, frame: Frame) -> Ints:
        return np.zeros(frame.count, np.int64)

    def begin(self, frame: Frame) -> Ints:
        return np.full(frame.count, self.calendar.day_start(0), np.int64)

    def alive(self, rows: Ints, days: Ints) -> Mask:
        return np.ones(len(rows), np.bool_)

    def match(self, how: Way, columns: Mapping[str, Vec], days: Ints, bits: Bits) -> tuple[Ints, Mask | None]:
        if how.by != "value":
            return super().match(how, columns, days, bits)
        names = tuple(columns)
        index = self._indexes.get(names)
        if index is None:
            index = self._indexes[names] = Index.of(self.table.frame(0, self.before(0)), names)
        asked, found = index.place(columns)
        first = np.searchsorted(index.places, asked, side="left")
        count = np.searchsorted(index.places, asked, side="right") - first
        found &= count > 0
        rows = index.rows[np.where(found, first + below(bits, np.maximum(count, 1)), 0)]
        return rows, None if bool(found.all()) else found
