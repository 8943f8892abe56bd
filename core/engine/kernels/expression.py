"""Copies along paths, and SQL expressions."""

from __future__ import annotations

import numpy as np

from ...program import columns
from ..calendar import DAY
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
        found = self.table.bounds_at(first, last, self.program.path)
        if part is None or found is None:
            return found
        if part != "date" or self.told.type not in ("date", "timestamp"):
            return None
        # Its date is worked out of the moment, whatever day the row that it comes from begins on.
        to_local = self.table.engine.calendar.to_local
        return found if self.told.type == "date" else (to_local(found[0]) // DAY, to_local(found[1]) // DAY)


@register("sql")
class Sql(Parted):
    """An expression over this row and what its paths reach, cast to the column's type."""

    program: columns.Sql

    def values(self, frame: Frame) -> Vec:
        out = evaluate(self.program.tree, frame, self.told.type)
        if len(out) != frame.count and out.text is None:
            return Vec(np.resize(out.values, frame.count), out.valid, out.scale, out.words)
        return out
