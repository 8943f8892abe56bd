"""Children whose number leans on columns of the parent, while how many parents have each number stays the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from ...program import rows
from ..counting import BITS, GROUP, Shuffled
from ..factors import Factors
from ..ground import Frame, Table
from ..hashing import Ints, below_wide, hash_pairs
from .base import register
from .children import Children

_KEPT: Final = 512
_LOWERED: Final = 8
"""How often weights are lowered at most."""


class Weighted:
    """The counts of a day's parents in a group are dealt among them anew, one count to each by its factor.

    So groups keep their totals, and all that is found by them stays as it is. Only days are looked at that the parents'
    layout knows, and all of each: where that knowledge ends changes nothing.
    """

    single = False

    def __init__(self, program: rows.WeightedChildren, parents: Table, key: Callable[..., int]) -> None:
        self._shuffled = Shuffled(program.count, program.number, key)
        self.total, self.cut, self.most = self._shuffled.total, self._shuffled.cut, self._shuffled.most
        self._table = parents
        self._factors = Factors(program.factors, 1)
        self._named = program.named
        self._begin_key = key("factors")
        self._recently: OrderedDict[int, Ints] = OrderedDict()
        """The counts of groups: each takes all its parents to work out."""

    def foresee(self, parents: Frame) -> None:
        """Works out the groups that lie in the range, so that columns of it that are needed anyway are computed once."""
        start = parents.start or 0
        groups = np.arange(-(-start // GROUP), (start + parents.count) // GROUP, dtype=np.int64)[-_KEPT:]
        if any(group not in self._recently for group in groups.tolist()):
            self._keep(groups, self._sway(groups, parents))

    def dealt(self, groups: Ints) -> Ints:
        """How many children each parent of the groups has: shape (len(groups), 1024)."""
        missing = np.array([group for group in groups.tolist() if group not in self._recently], np.int64)
        fresh = dict(zip(missing.tolist(), self._sway(missing, None), strict=True))
        out = np.stack([fresh[group] if group in fresh else self._recently[group] for group in groups.tolist()])
        self._keep(missing, list(fresh.values()))
        return self._shuffled.with_cut(groups, out)

    def _keep(self, groups: Ints, counts: Any) -> None:
        self._recently.update(zip(groups.tolist(), counts, strict=True))
        while len(self._recently) > _KEPT:
            self._recently.popitem(last=False)

    def _sway(self, groups: Ints, parents: Frame | None) -> Ints:
        """The counts of groups, out of the columns of a range of parents that holds them if there is one."""
        slots = self._shuffled.slots(groups)
        counts = self._shuffled.counts[slots]
        table = self._table
        rows = ((groups << BITS)[:, None] + np.arange(GROUP)).ravel()
        rows = rows[: int(np.searchsorted(rows, table.size))]
        if not len(rows):
            return counts
        first, low = int(rows[0]), 0
        if parents is not None:
            frame, low = parents, first - (parents.start or 0)
        elif int(rows[-1]) - first + 1 == len(rows):
            frame = table.frame(first, len(rows))
        else:
            frame = table.rows_frame(rows)
        day = frame.day[low : low + len(rows)]
        weights = self._factors.table[self._factors.classes(frame)[low : low + len(rows)], 0]
        new = np.ones(len(rows), np.bool_)
        new[1:] = (np.diff(day) > 0) | (np.diff(rows >> BITS) > 0)
        starts = np.flatnonzero(new)
        keys = hash_pairs(self._begin_key, rows[starts] >> BITS, day[starts])
        # By day within a group, and there in the order of the shuffle.
        order = np.empty(counts.size, np.int64)
        order[(slots + (np.arange(len(groups)) * GROUP)[:, None]).ravel()] = np.arange(counts.size, dtype=np.int64)
        order = order[order < len(rows)]
        segment = np.cumsum(new) - 1
        small = segment.astype(np.uint16) if int(segment[-1]) < 1 << 16 else segment
        order = order[np.argsort(small[order], kind="stable")]
        flat = counts.ravel()
        flat[order] = self._shared(flat[order], weights[order], segment[order], starts, keys)
        return flat.reshape(counts.shape)

    def _shared(self, counts: Ints, weights: Ints, segment: Ints, starts: Ints, keys: Any) -> Ints:
        """Counts of segments with the named one dealt by weight, by systematic sampling, and the others in their order.

        A row's chance is its share of the segment's weights, times how often the count is there. Weights that would make it more
        than 1 are lowered until none does; where that leads nowhere, the counts of the segment stay as they are.
        """
        named = counts == self._named
        times, total = np.add.reduceat(named.astype(np.int64), starts), np.add.reduceat(weights, starts)
        for _ in range(_LOWERED):
            if (np.maximum.reduceat(weights, starts) * times <= total).all():
                break
            weights = np.minimum(weights, (total // np.maximum(times, 1))[segment])
            total = np.add.reduceat(weights, starts)
        fits = (np.maximum.reduceat(weights, starts) * times <= total) & (total > 0)
        total = np.maximum(total, 1)
        upto = np.cumsum(weights)
        upto -= (upto[starts] - weights[starts])[segment]
        many, whole = times[segment], total[segment]
        goal = upto * many + below_wide(keys, total)[segment]
        chosen = np.where(fits[segment], goal // whole > (goal - weights * many) // whole, named)
        out = np.full(len(counts), self._named, np.int64)
        out[~chosen] = counts[~named]
        return out


@register("weighted_children")
def weighted_children(program: rows.Rows, table: Table) -> Children:
    """Children whose number leans on columns of the parent."""
    if not isinstance(program, rows.WeightedChildren):
        raise TypeError("weighted children say by what")
    parents = table.engine.table(program.of)
    return Children(program, table, lambda layout: Weighted(program, parents, layout.key))
