"""References to the rows that hold seats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...program import columns
from ..hashing import Ints
from ..layouts.seats import Seats
from .base import register
from .references import Reference

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame


@register("seated")
class Seated(Reference):
    """A seat drawn by popularity, and the row that holds it on the day: alive without a redraw, because no seat is empty."""

    program: columns.SeatedReference

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        if not isinstance(self.to.layout, Seats):
            raise TypeError(f"{self.to.name} holds no seats")
        self._seats = self.to.layout
        # To the drawing kernel the seats are a table of fixed size.
        self._layout, self._small, self._count = None, False, self._seats.early

    def rows(self, frame: Frame) -> Ints:
        return self._seats.holder(super().rows(frame), frame.day)
