"""Copies along paths, and SQL expressions."""

from __future__ import annotations

import numpy as np

from ...program import columns
from ..expressions import evaluate
from ..ground import Bounds, Frame, Kernel
from ..moment_parts import moment_part
from ..vector import Vec
from .base import register


class Parted(Kernel):
    """What may be a moment, whose parts can be asked for."""

    def part(self, frame: Frame, name: str) -> Vec:
        return moment_part(frame, self.column, self.told.type == "date", name)


@register("copy")
class Copy(Parted):
    """The value at the end of a path, as of the row's own time."""

    program: columns.Copy

    def values(self, frame: Frame) -> Vec:
        return frame.follow(*self.program.path)

    def bounds(self, first: Frame, last: Frame, part: str | None) -> Bounds | None:
        through, column, own = self.program.path
        ends: list[Frame] = [first, last]
        for step in through:
            above = [frame.table.climbed(frame, step) for frame in ends]
            ends = [frame for frame in above if frame is not None]
            if len(ends) < 2:
                return None
        # A part of a part is asked of the copy itself.
        return None if own and part else ends[0].table.bounds(ends[0], ends[1], column, own or part)


@register("sql")
class Sql(Parted):
    """An expression over this row and what its paths reach, cast to the column's type."""

    program: columns.Sql

    def values(self, frame: Frame) -> Vec:
        out = evaluate(self.program.tree, frame, self.told.type)
        if len(out) != frame.count and out.text is None:
            return Vec(np.resize(out.values, frame.count), out.valid, out.scale, out.words)
        return out
