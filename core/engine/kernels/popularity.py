"""How often a row is drawn by a reference of another table."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...program import columns
from ..ground import Frame, Kernel
from ..popularity import Popularity
from ..vector import Vec
from .base import register


@register("popularity")
class RowPopularity(Kernel):
    """The weight of a row among those that a reference draws from, which its number alone decides."""

    program: columns.RowPopularity

    @cached_property
    def _popularity(self) -> Popularity | None:
        told = self.program
        return Popularity(self.table.engine.table(told.table).key(told.column), told.skew) if told.skew is not None else None

    def values(self, frame: Frame) -> Vec:
        unit = 10.0**self.program.places
        if self._popularity is None:
            return Vec(np.full(frame.count, int(unit), np.int64), scale=self.program.places)
        weights = self._popularity.of(frame.rows).astype(np.float64)
        weights *= unit / self._popularity.mean
        weights += 0.5
        return Vec(np.floor(weights).astype(np.int64), scale=self.program.places)
