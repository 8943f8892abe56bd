"""Noise of weights: each member has better and worse days, and some of them together."""

from __future__ import annotations

import numpy as np

from ...program.columns import ShareNoise
from .. import exact
from ..hashing import Ints, hash_pairs, subkey
from ..shocks import ONE, from_table, shock_table
from ..vector import Vec


class DayNoise:
    """Factors of the weights of some members on each day; `together` is what those have in common that share a part of them."""

    def __init__(self, told: ShareNoise, key: int, many: int, together: Vec | None) -> None:
        # Of independent lognormal factors the squares of 1 + the squared spread multiply; these are powers of the whole.
        whole = 1.0 + told.scatter * told.scatter
        self._own = _table(whole, 1.0 - told.common)
        self._common = _table(whole, told.common)
        self._key, self._common_key = key, subkey(key, "common")
        self._members: Ints = np.arange(many, dtype=np.int64)
        self._groups: Ints | None = None
        if together is not None:
            names = together.words.texts if together.words is not None else None
            codes = together.values.astype(np.int64)
            # By the value itself, so that a list may gain rows.
            self._groups = codes if names is None else np.array([subkey(key, name) >> 1 for name in names], np.int64)[codes]

    def on(self, day: int, weights: Ints) -> Ints:
        """The weights on a day; none becomes 0."""
        days = np.full(len(weights), day, np.int64)
        out = weights * from_table(self._own, hash_pairs(self._key, self._members, days)) // ONE
        if self._groups is not None:
            out = out * from_table(self._common, hash_pairs(self._common_key, self._groups, days)) // ONE
        return np.maximum(out, 1)


def _table(whole: float, part: float) -> Ints:
    """Factors with a part of the variance of a logarithm, whose exponential is `whole`."""
    square = exact.exp(exact.log(np.array([whole])) * part) - 1.0
    return shock_table(float(np.sqrt(square)[0]))
