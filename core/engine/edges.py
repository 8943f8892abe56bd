"""Places among ascending edges, and among distinct values, without a search for each value."""

from __future__ import annotations

from typing import Final

import numpy as np

from .hashing import Ints

_FEW: Final = 64
"""Values that are searched for, which costs less than several passes."""
_MOST: Final = 6
"""Edges of one stretch at most that are looked at one after the other."""
_FARTHEST: Final = 1 << 62


class Edges:
    """Ascending whole numbers that values are placed among.

    A table says how many edges lie before each of some equal stretches, so that only those of one stretch are looked at. A binary
    search takes five times as long, since no processor guesses its way.
    """

    def __init__(self, edges: Ints) -> None:
        """`edges`: at least one."""
        self._edges = edges
        alone = np.flatnonzero(np.diff(edges, prepend=int(edges[0]) - 1))
        self._after: Ints | None = None
        """How many edges are at or below so many distinct ones; None: all are distinct."""
        if len(alone) < len(edges):
            self._after = np.append(alone, len(edges))
            edges = edges[alone]
        self._low = int(edges[0])
        self._span = int(edges[-1]) - self._low
        self._shift = max(self._span.bit_length() - len(edges).bit_length() - 2, 0)
        starts = self._low + (np.arange((self._span >> self._shift) + 2, dtype=np.int64) << self._shift)
        self._before: Ints = np.searchsorted(edges, starts, side="left")
        self._within = int(np.diff(self._before).max(initial=0))
        self._padded: Ints = np.append(edges, np.full(1, np.iinfo(np.int64).max))

    def passed(self, values: Ints) -> Ints:
        """How many edges are at or below each value: what `np.searchsorted(edges, values, side="right")` gives."""
        if len(values) < _FEW or self._within > _MOST:
            return np.searchsorted(self._edges, values, side="right")
        stretch = values - self._low
        np.maximum(stretch, 0, out=stretch)
        np.minimum(stretch, self._span, out=stretch)
        stretch >>= self._shift
        out = self._before.take(stretch)
        for _ in range(self._within):
            out += self._padded.take(out) <= values
        return out if self._after is None else self._after.take(out)


def numbered(values: Ints) -> tuple[Ints, Ints]:
    """The distinct values, ascending, and the place of each value among them: by counting where they lie close together, as days do.

    What `np.unique(values, return_inverse=True)` gives, which sorts.
    """
    low, high = int(values.min(initial=_FARTHEST)), int(values.max(initial=-_FARTHEST))
    if low == high:
        return values[:1], np.zeros(len(values), np.int64)
    if not len(values) or high - low > 4 * len(values):
        return np.unique(values, return_inverse=True)
    place = values - low
    seen = np.zeros(high - low + 1, np.bool_)
    seen[place] = True
    found = np.flatnonzero(seen)
    if len(found) == len(seen):
        return found + low, place
    numbers = np.empty(len(seen), np.int64)
    numbers[found] = np.arange(len(found), dtype=np.int64)
    return found + low, numbers.take(place)
