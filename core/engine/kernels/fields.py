"""Fields: what the rows of a list are written down with."""

from __future__ import annotations

from ...program import columns
from ..ground import Frame, Table
from ..vector import Vec, written
from .base import register
from .expression import Parted


@register("field")
class Field(Parted):
    """A field of the row of a list: of a pool, or of written values."""

    program: columns.Field

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        if self.program.pool:
            self._all = table.engine.pool(self.program.pool).fields[self.program.field]
        else:
            self._all = written(self.program.values, told.type)

    def values(self, frame: Frame) -> Vec:
        if frame.start is not None:
            return self._all.slice(frame.start, frame.start + frame.count)
        return self._all.take(frame.rows)
