"""One draw out of a population of any size whose popularity goes by age."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ..exact import Floats
from ..hashing import Bits, Ints, hash_ints, subkey
from ..vector import Mask
from .asked import Asked
from .popular import ByBlock, Draws
from .population import Population

_TRIES: Final = 4
"""Draws that make one: with its redraws a row is passed over 96 times before an evergreen takes its place."""
_S32: Final = np.uint64(32)
_NEVER: Final = np.uint64(1 << 32)


class Aged:
    """A row by popularity times a factor of its age: what is drawn is taken with the factor's share of the largest one, else drawn anew.

    No table holds the rows, so they may be as many as there are, and the age is that of the very day.
    """

    settled = False

    def __init__(self, draws: Draws, population: Population, by_age: Floats, born: Callable[[Ints], Ints], key: int) -> None:
        self.lefts_known = draws.lefts_known
        self._draws, self._population, self._born = draws, population, born
        self._taken: Bits = np.floor(by_age / by_age.max() * 2.0**32).astype(np.uint64)
        self._most: Bits = np.maximum.accumulate(self._taken[::-1])[::-1]
        """At an age or any higher one."""
        self._born_last: Ints = np.zeros(0, np.int64)
        self._take_keys = [subkey(key, "taken", n) for n in range(_TRIES)]
        self._draw_keys = [subkey(key, "anew", n) for n in range(_TRIES)]

    def draw(self, bits: Bits, day: Ints, begun: Ints, asked: Asked | None) -> Ints:
        """A row for each hash; one that has not begun where all were passed over."""
        if not len(bits):
            return np.zeros(0, np.int64)
        sure = self._passed_blocks(int(day.min()), int(begun.min()), int(begun.max()))
        out = np.empty(len(bits), np.int64)
        left = np.arange(len(bits), dtype=np.int64)
        again, days, there = bits, day, begun
        for number in range(_TRIES):
            if number:
                again, days, there = hash_ints(self._draw_keys[number], bits[left]), day[left], begun[left]
            share = hash_ints(self._take_keys[number], again) >> _S32
            if sure is None or not isinstance(self._draws, ByBlock):
                found = self._draws.draw(again, days, there, asked)
                out[left] = found
                passed = self._passed(found, share, days, there)
            else:
                block, rank = self._draws.cells(again, there)
                passed = share >= sure[block]
                open_ = np.flatnonzero(~passed)
                found = self._draws.rows(block[open_], rank[open_], again[open_])
                out[left[open_]] = found
                passed[open_] = self._passed(found, share[open_], days[open_], there[open_])
            left = left[passed]
            if not len(left):
                return out
        out[left] = begun[left]
        return out

    def _passed(self, rows: Ints, share: Bits, day: Ints, begun: Ints) -> Mask:
        """Which rows are not taken; what has not begun has no age yet, and is left to who asks."""
        here = np.flatnonzero(rows < begun)
        age = self._population.days(day[here]) - self._born(rows[here])
        np.maximum(age, 0, out=age)
        np.minimum(age, len(self._taken) - 1, out=age)
        out = np.zeros(len(rows), np.bool_)
        out[here] = share[here] >= self._taken[age]
        return out

    def _passed_blocks(self, day: int, least: int, most: int) -> Bits | None:
        """Of each block the hash from which on a row of it is passed over whichever it is, on a day or later; None: not known.

        Rows are born in their order, so the last one of a block is the youngest: most that are passed over for their age need not be
        found. `least` and `most` rows have begun.
        """
        if not isinstance(self._draws, ByBlock) or not self._population.layout.by_birth:
            return None
        last = self._draws.last(most)
        if len(last) > len(self._born_last):
            self._born_last = self._born(last)
        age = self._population.on(day) - self._born_last[: len(last)]
        sure = self._most[np.clip(age, 0, len(self._most) - 1)]
        return np.where(last < least, sure, _NEVER)
