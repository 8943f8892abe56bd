"""A row among its kin: the row it stands on, and its place among siblings."""

from __future__ import annotations

from ...program import columns
from ..ground import Bounds, Frame, Kernel, Target
from ..vector import Vec
from .base import register


@register("parent")
class Parent(Kernel):
    """The key of the row that this row stands on."""

    program: columns.Parent

    def target(self, frame: Frame) -> Target:
        layout = self.table.layout
        parents, places = layout.parent(frame, self.program.of) if layout.of_many else frame.parents
        there, present = layout.has_parent(frame), self.table.present(frame, self.column)
        return Target(parents, places, present if there is None else there if present is None else there & present)

    def values(self, frame: Frame) -> Vec:
        parents, places, there = frame.through(self.column)
        out = parents.get(self.program.key)
        if places is not None:
            out = out.take(places)
        return out if there is None else out.where(there)

    def bounds(self, first: Frame, last: Frame, part: str | None) -> Bounds | None:
        above, below = (self.table.climbed(frame, self.column) for frame in (first, last))
        if above is None or below is None or part is not None:
            return None
        return above.table.bounds(above, below, self.program.key)


@register("position")
class Position(Kernel):
    """1, 2, 3 .. among the rows of the parent."""

    def values(self, frame: Frame) -> Vec:
        return Vec(self.table.layout.position(frame))
