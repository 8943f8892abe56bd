"""One draw out of a population of any size whose popularity goes by age."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ..exact import Floats
from ..hashing import Bits, Ints, hash_ints, subkey
from ..vector import Mask
from .asked import Asked
from .popular import Draws
from .population import Population

_TRIES: Final = 4
"""Draws that make one: with its redraws a row is passed over 96 times before an evergreen takes its place."""
_S32: Final = np.uint64(32)


class Aged:
    """A row by popularity times a factor of its age: what is drawn is taken with the factor's share of the largest one, else drawn anew.

    No table holds the rows, so they may be as many as there are, and the age is that of the very day.
    """

    settled = False

    def __init__(self, draws: Draws, population: Population, by_age: Floats, born: Callable[[Ints], Ints], key: int) -> None:
        self.lefts_known = draws.lefts_known
        self._draws, self._population, self._born = draws, population, born
        self._taken: Bits = np.floor(by_age / by_age.max() * 2.0**32).astype(np.uint64)
        self._take_keys = [subkey(key, "taken", n) for n in range(_TRIES)]
        self._draw_keys = [subkey(key, "anew", n) for n in range(_TRIES)]

    def draw(self, bits: Bits, day: Ints, begun: Ints, asked: Asked | None) -> Ints:
        """A row for each hash; one that has not begun where all were passed over."""
        out = self._draws.draw(bits, day, begun, asked)
        left = np.flatnonzero(self._passed(out, bits, 0, day, begun))
        for number in range(1, _TRIES):
            if not len(left):
                return out
            again, days, there = hash_ints(self._draw_keys[number], bits[left]), day[left], begun[left]
            found = self._draws.draw(again, days, there, asked)
            out[left] = found
            left = left[self._passed(found, again, number, days, there)]
        out[left] = begun[left]
        return out

    def _passed(self, rows: Ints, bits: Bits, number: int, day: Ints, begun: Ints) -> Mask:
        """Which rows are not taken; what has not begun has no age yet, and is left to who asks."""
        here = np.flatnonzero(rows < begun)
        age = np.clip(self._population.days(day[here]) - self._born(rows[here]), 0, len(self._taken) - 1)
        out = np.zeros(len(rows), np.bool_)
        out[here] = (hash_ints(self._take_keys[number], bits[here]) >> _S32) >= self._taken[age]
        return out
