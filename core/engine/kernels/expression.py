"""Copies along paths, and SQL expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..expressions import evaluate
from ..moment_parts import moment_part
from ..vector import Vec
from .base import Kernel, register

if TYPE_CHECKING:
    from ..frame import Frame


@register("copy")
class Copy(Kernel):
    """The value at the end of a path, as of the row's own time."""

    def values(self, frame: Frame) -> Vec:
        return frame.follow(*self.program["path"])

    def part(self, frame: Frame, name: str) -> Vec:
        return moment_part(frame, self.column, self.program["type"] == "date", name)


@register("sql")
class Sql(Copy):
    """An expression over this row and what its paths reach, cast to the column's type."""

    def values(self, frame: Frame) -> Vec:
        out = evaluate(self.program["tree"], frame, self.program["type"])
        if len(out) != frame.count and out.text is None:
            return Vec(np.resize(out.values, frame.count), out.valid, out.scale, out.words)
        return out
