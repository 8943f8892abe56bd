"""References by turn, to rows that come back, and how often those do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...program import columns
from ..layouts.born import Born
from ..vector import Vec
from .base import Kernel, register
from .references import Found

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame


def _born(table: Table) -> Born:
    if not isinstance(table.layout, Born):
        raise TypeError(f"rows of {table.name} do not come back")
    return table.layout


@register("turn")
class Turn(Found):
    """Whose turn it is to come in this row, the one that is born in it included; NULL where nobody known comes.

    Its part `visit` is the number of the visit, from 1 in the history.
    """

    program: columns.TurnReference

    def part(self, frame: Frame, name: str) -> Vec:
        if name not in ("row", "visit"):
            return super().part(frame, name)
        known: tuple[Vec, Vec] | None = frame.__dict__.get(f"turn of {self.column}")
        if known is None:
            who, number, found = _born(self.to).visits(frame.rows)
            known = frame.__dict__[f"turn of {self.column}"] = Vec(who, found), Vec(number, found)
        return known[0] if name == "row" else known[1]


@register("turns")
class Turns(Kernel):
    """How often a row comes back in its life."""

    def values(self, frame: Frame) -> Vec:
        return Vec(_born(self.table).times(frame.rows))
