"""Ends of rows that last some time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layouts.children import Children
from ..moment_parts import PARTS, moment_part
from ..vector import Vec
from .base import Kernel, register

if TYPE_CHECKING:
    from ..frame import Frame


@register("lasted")
class Lasted(Kernel):
    """When a row ended after what it lasts: the next one of its parent begins then."""

    def values(self, frame: Frame) -> Vec:
        layout, calendar = self.table.layout, self.table.engine.calendar
        if not isinstance(layout, Children):
            raise TypeError("only children last some time")
        ends = frame.begin + layout.lengths(frame)
        return Vec(calendar.day_of(ends) + calendar.origin if self.program["type"] == "date" else ends)

    def part(self, frame: Frame, name: str) -> Vec:
        if name not in PARTS:
            return super().part(frame, name)
        return moment_part(self.table.engine.calendar, frame.get(self.column), self.program["type"] == "date", name)
