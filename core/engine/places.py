"""Places: each 64 consecutive rows are dealt the numbers 0 to 63, in an order that is the group's own."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np

from .hashing import Ints, hash_ints
from .permute import shuffle_blocks, shuffle_pow2, unshuffle_pow2

BITS: Final = 6
GROUP: Final = 1 << BITS


class Places:
    """The places of rows in groups of 64: of whole groups, of any rows, and back from places to rows, each at the cost of what is asked.

    With `first_is_last` the very first row has the last place, which that place's row gives up for the one of the first row.
    """

    def __init__(self, key: int, *, first_is_last: bool = False) -> None:
        self._key, self._first_is_last = key, first_is_last

    def of_groups(self, groups: Ints) -> Ints:
        """The place of each row of these groups: shape (len(groups), 64)."""
        out = shuffle_blocks(BITS, hash_ints(self._key, groups))
        if self._first_is_last:
            out[groups == 0] = self._first
        return out

    def of_rows(self, rows: Ints) -> Ints:
        """The place of each row."""
        out = shuffle_pow2(BITS, hash_ints(self._key, rows >> BITS), rows & (GROUP - 1))
        if self._first_is_last:
            early = np.flatnonzero(rows < GROUP)
            out[early] = self._first[rows[early]]
        return out

    def rows_at(self, groups: Ints, places: Ints) -> Ints:
        """Which row of its group, 0 to 63, is at each place: the inverse of the others; `places`: shape (groups, places of each)."""
        out = unshuffle_pow2(BITS, hash_ints(self._key, groups)[:, None], places)
        if self._first_is_last:
            early = np.flatnonzero(groups == 0)
            out[early] = np.argsort(self._first)[places[early]]
        return out

    @cached_property
    def _first(self) -> Ints:
        """The places of the first group."""
        out = shuffle_blocks(BITS, hash_ints(self._key, np.zeros(1, np.int64)))[0]
        out[out == GROUP - 1] = out[0]
        out[0] = GROUP - 1
        return out
