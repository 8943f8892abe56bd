"""The popularity of rows in slices of time: who is there, how old they are, and what is in fashion."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final, Protocol

import numpy as np

from ...program import columns
from .. import exact
from ..exact import Floats
from ..hashing import Ints, below, hash_ints, hash_pairs, subkey
from .population import Population

STEADY: Final = 64
"""Days of a slice in which popularity stays; who is not there on the very day is drawn anew."""
MOVING: Final = 16
"""Days of a slice where popularity moves: a launch of some weeks has several."""
_BITS: Final = 40
"""Of the largest weight: those of 65,536 rows together fit into 62."""
_STEPS: Final = 1 << 10
_FINE, _FARTHEST = 128, 5
_KEPT: Final = 8
_FURTHEST: Final = 16.0
"""A number that is so many times what it was, or as small a part of it, changes popularity no more."""


class Moves(Protocol):
    """What makes popularity move."""

    def factors(self, day: int, count: int) -> Floats:
        """The factor of each of the first `count` rows on a day."""


def by_age(program: columns.Ageing) -> Floats:
    """The factor of each age in days up to the last anchor: straight lines between anchors, and constant outside of them."""
    days, factors = np.array(program.days, np.int64), np.array(program.factors, np.float64)
    ages = np.arange(int(days[-1]) + 1, dtype=np.int64)
    after = np.minimum(np.searchsorted(days, ages, side="right"), len(days) - 1)
    before = np.maximum(after - 1, 0)
    along = np.clip((ages - days[before]) / np.maximum(days[after] - days[before], 1), 0.0, 1.0)
    out: Floats = factors[before] + (factors[after] - factors[before]) * along
    return out


class Ageing:
    """Factors by age."""

    def __init__(self, program: columns.Ageing, born: Callable[[], Ints]) -> None:
        self._by_age = by_age(program)
        self._born_of = born

    @cached_property
    def _born(self) -> Ints:
        return self._born_of()

    def factors(self, day: int, count: int) -> Floats:
        """The factor of each row; who is not born yet is as old as a newborn."""
        age = day - self._born[:count]
        np.clip(age, 0, len(self._by_age) - 1, out=age)
        return self._by_age[age]


class Fads:
    """Lognormal factors with mean 1 that wander: each row's is drawn anew every so many days, and goes from one to the next.

    Between two draws the logarithm is a sum of both whose squared weights add up to 1, so it is as widely spread on all days.
    """

    def __init__(self, program: columns.Fads, key: int, population: Population) -> None:
        self._every, self._population = program.every, population
        self._phase_key, self._draw_key = subkey(key, "phase"), subkey(key, "draw")
        along = np.arange(program.every) / program.every
        length = np.sqrt((1.0 - along) * (1.0 - along) + along * along)
        self._from, self._to = (1.0 - along) / length, along / length
        self._normal = exact.normal_quantile((np.arange(_STEPS) + 0.5) / _STEPS)
        # The normal values of 1,024 steps lie within 3.3, and sums of two of them within 5.
        places = (np.arange(2 * _FARTHEST * _FINE) + 0.5) / _FINE - _FARTHEST
        self._factor = exact.exp(program.spread * places - program.spread * program.spread / 2.0)
        self._draws: OrderedDict[int, Floats] = OrderedDict()

    def factors(self, day: int, count: int) -> Floats:
        """The factor of each row."""
        number, into = divmod(day, self._every)
        along = self._phases[:count] + into
        late = along >= self._every
        along -= late * self._every
        first, second, third = (self._drawn(number + n)[:count] for n in range(3))
        place = np.where(late, second, first) * self._from[along]
        place += np.where(late, third, second) * self._to[along]
        place += _FARTHEST
        place *= _FINE
        return self._factor[place.astype(np.int64)]

    @cached_property
    def _rows(self) -> Ints:
        return np.arange(self._population.size, dtype=np.int64)

    @cached_property
    def _phases(self) -> Ints:
        return below(hash_ints(self._phase_key, self._rows), self._every)

    def _drawn(self, number: int) -> Floats:
        known = self._draws.get(number)
        if known is None:
            bits = hash_pairs(self._draw_key, self._rows, np.full(len(self._rows), number, np.int64))
            known = self._draws[number] = self._normal[below(bits, _STEPS)]
            if len(self._draws) > _KEPT:
                self._draws.popitem(last=False)
        return known


class Elasticity:
    """Factors by a number of each row on the day, less a share that is taken off it: its ratio to the row's first value, to a power."""

    def __init__(
        self,
        exponent: float,
        first: Callable[[], Floats],
        now: Callable[[int, int], Floats],
        taken_off: Callable[[int, int], Floats] | None = None,
    ) -> None:
        self._exponent, self._first_of, self._now, self._taken_off = exponent, first, now, taken_off
        self._known: tuple[int, Floats] | None = None

    @cached_property
    def _first(self) -> Floats:
        return self._first_of()

    def _steady(self, day: int, count: int) -> Floats:
        """The factor of each row without what is taken off, where something is: as of the middle of some days, which costs less."""
        if self._taken_off is not None:
            day = day // MOVING * MOVING + MOVING // 2
        if self._known is None or self._known[0] != day:
            # Of all rows, as the next slice has some that are born in it.
            self._known = day, self._ratio(day, max(count, len(self._first)))
        return self._known[1][:count]

    def factors(self, day: int, count: int) -> Floats:
        """The factor of each row."""
        out = self._steady(day, count)
        if self._taken_off is None:
            return out
        left = 1.0 - self._taken_off(day, count)
        less = np.flatnonzero(left != 1.0)
        out = out.copy()
        out[less] *= exact.power(left[less], self._exponent)
        return out

    def _ratio(self, day: int, count: int) -> Floats:
        now, first = self._now(day, count), self._first[:count]
        out = np.ones(count)
        # Most rows have the number that they were born with.
        moved = np.flatnonzero((now != first) & (now > 0) & (first > 0))
        ratio = np.clip(now[moved] / first[moved], 1.0 / _FURTHEST, _FURTHEST)
        out[moved] = exact.power(ratio, self._exponent)
        return out


class Slices:
    """The popularity of a population of at most 65,536 rows, slice by slice."""

    def __init__(self, population: Population, weights: Callable[[int], Ints], moves: Sequence[Moves], period: int, early: int = 0) -> None:
        """`period`: days of a slice; `early`: days before the origin of the slice that holds there."""
        self.population = population
        self._period, self._early = period, early
        self._shift = period.bit_length() - 1 if not early and not period & (period - 1) else -1
        self.one = bool(population.fixed) and not moves
        """Whether all slices are the same."""
        self._weights_of, self._moves = weights, moves

    @cached_property
    def _weights(self) -> Ints:
        return self._weights_of(self.population.size)

    def number(self, days: Ints) -> Ints:
        """The slice of each day."""
        # A shift costs a fifth of a division.
        if self.one:
            return np.zeros(1, np.int64)
        return days >> self._shift if self._shift >= 0 else (days + self._early) // self._period

    def weights(self, number: int) -> Ints:
        """The weight of each of the first rows that is there on some day of a slice, 0 for others: shape (as many as are born,)."""
        population, weights = self.population, self._weights
        start = number * self._period - self._early
        if not population.fixed:
            weights = weights[: int(population.of(np.array([start + self._period], np.int64))[0])]
            there = np.where(population.lefts[: len(weights)] > start, weights, 0)
            weights = there if there.any() else np.maximum(weights, 1)
        if not self._moves:
            return weights
        day = population.on(start + self._period // 2)
        moved = weights.astype(np.float64)
        for one in self._moves:
            moved *= one.factors(day, len(weights))
        return whole(moved) if moved.any() else weights


def whole(weights: Floats) -> Ints:
    """Weights as whole numbers of at most 40 bits: what is not 0 stays so."""
    _, exponent = np.frexp(weights.max())
    out: Ints = (weights * float(2 ** (_BITS - int(exponent)))).astype(np.int64)
    np.maximum(out, weights > 0, out=out)
    return out
