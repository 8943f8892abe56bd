"""What the rows that stand on a row add up to."""

from __future__ import annotations

import numpy as np

from ...program import columns
from ..expressions import evaluate
from ..ground import Frame, Kernel
from ..hashing import Ints
from ..vector import Mask, Vec
from .base import register


@register("aggregate")
class Aggregate(Kernel):
    """Sum, count, minimum, maximum or mean over the rows that stand on this row, computed from the rows themselves."""

    program: columns.Aggregate

    def values(self, frame: Frame) -> Vec:
        on, back = frame, None
        if self.program.siblings:
            on, back = frame.parents
        children, edges = on.children(self.program.of)
        out = self._reduced(children, edges)
        return out if back is None else out.take(back)

    def _reduced(self, children: Frame, edges: Ints) -> Vec:
        where = self.program.where
        keep = None
        if where is not None:
            condition = evaluate(where, children)
            keep = condition.values.astype(bool)
            keep = keep if condition.valid is None else keep & condition.valid
        take = self.program.take
        if take == "count":
            counted = np.ones(children.count, np.int64) if keep is None else keep.astype(np.int64)
            return Vec(_segments(np.add, counted, edges, 0)[0])
        if self.program.column is None:
            raise TypeError("only a count is of no column")
        vec = children.get(*self.program.column)
        mask = vec.valid if keep is None else keep if vec.valid is None else keep & vec.valid
        values = vec.values.astype(np.int64, copy=False)
        if take == "sum":
            counted = values if mask is None else np.where(mask, values, 0)
            return Vec(_segments(np.add, counted, edges, 0)[0], scale=vec.scale)
        low = take == "min"
        neutral = np.iinfo(np.int64).max if low else np.iinfo(np.int64).min
        shown = values if mask is None else np.where(mask, values, neutral)
        out, some = _segments(np.minimum if low else np.maximum, shown, edges, neutral)
        valid = some & (out != neutral)
        return Vec(np.where(valid, out, 0), None if bool(valid.all()) else valid, vec.scale)


def _segments(operation: np.ufunc, values: Ints, edges: Ints, empty: int) -> tuple[Ints, Mask]:
    """Reduces values[edges[i]:edges[i + 1]] for each i, and tells which segments hold any value."""
    some = edges[1:] > edges[:-1]
    out = np.full(len(some), empty, np.int64)
    if some.any():
        out[some] = operation.reduceat(values, edges[:-1][some])
    return out, some
