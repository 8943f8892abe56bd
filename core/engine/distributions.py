"""Distributions as integer quantile tables.

`mean` and `stddev` are
moments of the values before truncation; `min` and `max` truncate (the mass is redistributed, nothing piles up at an
end). A draw is one gather from 65,536 mid-quantiles, so every value is an integer multiple of the distribution's resolution and
the tails reach the quantiles 1/131072 and 1 - 1/131072.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..program.values import Distribution, RateLaw
from . import exact
from .hashing import Bits, Ints, below, below_wide, index16

SIZE: Final = 65_536
_CELLS: Final = 256
"""Of the grid over the logarithm of a gamma distribution, to a factor e."""
_FIRST: Final = -14 * _CELLS
"""The grid begins at e**-14 of the mean."""
_LEAST: Final = 512
"""Values that cost as much as any fewer."""
_MID: Final[NDArray[np.float64]] = (np.arange(SIZE) + 0.5) / SIZE


def _between(low: float, high: float, p: NDArray[np.float64]) -> NDArray[np.float64]:
    return low + p * (high - low)


def _normal(distribution: Distribution, p: NDArray[np.float64]) -> NDArray[np.float64]:
    mean, sd = distribution.mean or 0.0, distribution.stddev or 0.0
    if sd == 0:
        return np.full_like(p, mean)
    low = exact.normal_probability((distribution.min - mean) / sd) if distribution.min is not None else 0.0
    high = exact.normal_probability((distribution.max - mean) / sd) if distribution.max is not None else 1.0
    return mean + sd * exact.normal_quantile(np.clip(_between(low, high, p), 1e-15, 1 - 1e-15))


def _lognormal(distribution: Distribution, p: NDArray[np.float64]) -> NDArray[np.float64]:
    mean, sd = distribution.mean or 0.0, distribution.stddev or 0.0
    variance = float(exact.log(np.array([1.0 + (sd / mean) * (sd / mean)]))[0])
    mu = float(exact.log(np.array([mean]))[0]) - variance / 2
    low, high = (
        float(exact.log(np.array([end]))[0]) if end is not None and end > 0 else None for end in (distribution.min, distribution.max)
    )
    return exact.exp(_normal(Distribution("normal", mu, float(np.sqrt(variance)), low, high), p))


def _exponential(distribution: Distribution, p: NDArray[np.float64]) -> NDArray[np.float64]:
    mean, shift = distribution.mean or 0.0, distribution.min or 0.0
    # The distribution has no memory: truncated below at `min`, it starts there anew.
    high = 1.0
    if distribution.max is not None:
        high = 1.0 - float(exact.exp(np.array([-(distribution.max - shift) / mean]))[0])
    return shift - mean * exact.log(1.0 - p * high)


def _geometric(distribution: Distribution, p: NDArray[np.float64]) -> NDArray[np.float64]:
    start = distribution.min or 0.0
    excess = (distribution.mean or 0.0) - start
    if excess <= 0:
        return np.full_like(p, start)
    decay = float(exact.log(np.array([excess / (1.0 + excess)]))[0])
    high = 1.0
    if distribution.max is not None:
        high = 1.0 - float(exact.exp(np.array([decay * (distribution.max - start + 1)]))[0])
    return start + np.floor(exact.log(1.0 - p * high) / decay)


def _poisson(distribution: Distribution, p: NDArray[np.float64]) -> NDArray[np.float64]:
    mean = distribution.mean or 0.0
    low = int(distribution.min or 0)
    high = int(distribution.max) if distribution.max is not None else int(mean + 12 * float(np.sqrt(mean)) + 30)
    ks = np.arange(high + 1, dtype=np.float64)
    logs = np.zeros(high + 1)
    logs[1:] = np.cumsum(exact.log(ks[1:]))
    mass = exact.exp(np.maximum(ks * float(exact.log(np.array([mean]))[0]) - mean - logs, -690.0))
    mass[:low] = 0
    cumulative = np.cumsum(mass)
    return np.searchsorted(cumulative, p * cumulative[-1], side="right").astype(np.float64)


def _pareto(distribution: Distribution, p: NDArray[np.float64]) -> NDArray[np.float64]:
    low, mean = distribution.min or 0.0, distribution.mean or 0.0
    alpha = mean / (mean - low)
    high = 1.0
    if distribution.max is not None:
        high = 1.0 - float(exact.power(np.array([low / distribution.max]), alpha)[0])
    return low * exact.power(1.0 - p * high, -1.0 / alpha)


def _uniform(distribution: Distribution, p: NDArray[np.float64]) -> NDArray[np.float64]:
    return _between(distribution.min or 0.0, distribution.max or 0.0, p)


def _empirical(distribution: Distribution, p: NDArray[np.float64]) -> NDArray[np.float64]:
    values, weights = np.array(distribution.values or ()).T
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    return values[order][np.searchsorted(cumulative, p * cumulative[-1], side="right").clip(0, len(values) - 1)]


_QUANTILES = {
    "normal": _normal,
    "lognormal": _lognormal,
    "exponential": _exponential,
    "geometric": _geometric,
    "poisson": _poisson,
    "pareto": _pareto,
    "uniform": _uniform,
    "empirical": _empirical,
}


def quantiles(distribution: Distribution, p: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distribution's values at probabilities p, truncation included."""
    if distribution.type == "constant":
        return np.full_like(p, distribution.value)
    out = _QUANTILES[distribution.type](distribution, p)
    if distribution.min is not None or distribution.max is not None:
        out = np.clip(out, distribution.min, distribution.max)
    return out


@lru_cache(maxsize=512)
def table(distribution: Distribution, scale: float = 1.0) -> Ints:
    """65,536 integers: the distribution's mid-quantiles times `scale`, rounded half up."""
    out = _rounded(distribution, scale, _MID)
    out.flags.writeable = False
    return out


def _rounded(distribution: Distribution, scale: float, p: NDArray[np.float64]) -> Ints:
    return np.floor(quantiles(distribution, p) * scale + 0.5).astype(np.int64)


def moments(distribution: Distribution) -> tuple[float, float]:
    """Mean and standard deviation of the values that are really drawn, truncation included."""
    values = quantiles(distribution, _MID)
    return float(values.mean()), float(values.std())


def _narrow(values: Ints) -> NDArray[np.integer[Any]]:
    """The values as the smallest integers that hold them: a table that stays in the nearest caches is looked up faster."""
    low, high = int(values.min()), int(values.max())
    kinds: tuple[type[np.integer[Any]], ...] = (np.uint8, np.uint16, np.int32)
    return values.astype(next((kind for kind in kinds if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max), np.int64))


class Sampler:
    """Draws of a distribution as integers in units of 1 / scale."""

    def __init__(self, distribution: Distribution, scale: float = 1.0) -> None:
        self.constant: int | None = None
        """The one value that is ever drawn, where there is but one."""
        self._of: tuple[Distribution, float] | None = None
        self._left = SIZE // 2
        self._low = self._span = 0
        self._table: NDArray[np.integer[Any]] | None = None
        if distribution.type == "constant":
            self.constant = int(np.floor((distribution.value or 0.0) * scale + 0.5))
        elif distribution.type == "uniform":
            self._low = int(np.floor((distribution.min or 0.0) * scale + 0.5))
            self._span = int(np.floor((distribution.max or 0.0) * scale + 0.5)) - self._low + 1
        else:
            self._of = (distribution, scale)

    @property
    def most(self) -> int:
        """The largest value that it draws."""
        return int(self.draw(np.array([2**64 - 1], np.uint64))[0])

    def draw(self, bits: Bits) -> Ints:
        """One value for each hash; only its upper 53 bits are used."""
        if self.constant is not None:
            return np.full(len(bits), self.constant, np.int64)
        if self._of is not None:
            return self._looked_up(*self._of, index16(bits))
        out = below(bits, self._span) if self._span < 1 << 32 else below_wide(bits, self._span)
        out += self._low
        return out

    def _looked_up(self, distribution: Distribution, scale: float, places: Ints) -> Ints:
        """Values of the table, which is made once it pays: a few of its values cost less, and are the same."""
        if self._table is None:
            self._left -= max(len(places), _LEAST)
            if self._left > 0:
                return _rounded(distribution, scale, _MID[places])
            self._table = _narrow(table(distribution, scale))
        return self._table.take(places).astype(np.int64)


def multiset(distribution: Distribution, size: int, total: int | None = None) -> Ints:
    """`size` whole numbers whose shape is the distribution's and whose sum is exact.

    The sum is `total`, by default size times the distribution's declared mean; for a geometric or Poisson distribution the untruncated
    mean is fitted so that few values have to move by one. Raises ValueError where min and max make the sum impossible.
    """
    p = (np.arange(size) + 0.5) / size
    if distribution.type == "constant":
        low = high = int(distribution.value or 0)
        goal = size * low
        counts = np.full(size, low, np.int64)
    else:
        mean = distribution.mean if distribution.mean is not None else moments(distribution)[0]
        goal = total if total is not None else int(np.floor(size * mean + 0.5))
        low, high = 0, 2**31
        if distribution.type == "empirical":
            possible = [value for value, weight in distribution.values or () if weight]
            low, high = int(np.ceil(min(possible))), int(max(possible))
        low = int(distribution.min) if distribution.min is not None else low
        high = int(distribution.max) if distribution.max is not None else high
        fitted = distribution
        if distribution.type in ("geometric", "poisson") and distribution.max is not None:
            start, end = low + 1e-6, (high + 1.0) * 8
            for _ in range(48):
                middle = (start + end) / 2
                fitted = replace(distribution, mean=middle)
                if float(np.floor(quantiles(fitted, p) + 0.5).sum()) < goal:
                    start = middle
                else:
                    end = middle
        counts = np.clip(np.floor(quantiles(fitted, p) + 0.5), low, high).astype(np.int64)
    if not size * low <= goal <= size * high:
        raise ValueError(f"{size} values from {low} to {high} cannot sum to {goal}")
    return moved(counts, goal, low, high)


def moved(counts: Ints, total: int, low: int | Ints, high: int | Ints) -> Ints:
    """Counts with one or more added to or taken from some of them, evenly, until their sum is `total`; changes them in place.

    `low` and `high` bound each; raises ValueError where they make the sum impossible.
    """
    while (missing := total - int(counts.sum())) != 0:
        step = 1 if missing > 0 else -1
        free = np.flatnonzero(counts < high if step > 0 else counts > low)
        if not len(free):
            raise ValueError(f"{len(counts)} values cannot sum to {total}")
        take = min(abs(missing), len(free))
        counts[free[(np.arange(take) * len(free)) // take]] += step
    return counts


def count_range(distribution: Distribution) -> tuple[int, int]:
    """The least and the largest whole number that a distribution of counts gives."""
    if distribution.type == "constant":
        return int(distribution.value or 0), int(distribution.value or 0)
    if distribution.type == "empirical":
        used = [int(value) for value, weight in distribution.values or () if weight]
        return min(used), max(used)
    return int(distribution.min or 0), int(distribution.max or 0)


def rates(law: RateLaw, shape: float, above: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values of mean 1 that such shares (between 0 and 1, exclusive) of a law's values exceed.

    `shape` is that of a gamma distribution, or the standard deviation of the logarithm.
    """
    if law == "gamma":
        return _gamma(shape, above)
    return exact.exp(-shape * exact.normal_quantile(above) - shape * shape / 2)


def _gamma(shape: float, above: NDArray[np.float64]) -> NDArray[np.float64]:
    """Upper quantiles of the gamma distribution of mean 1."""
    tails, first = _gamma_tails(shape)
    wanted = exact.log(above)
    # The tails fall from 1 on, so the cell is found in them upside down; within it their logarithm is all but straight.
    cell = np.clip(np.searchsorted(-tails, -wanted, side="right") - 1, 0, len(tails) - 2)
    inside = (tails[cell] - wanted) / (tails[cell] - tails[cell + 1])
    return exact.exp((first + cell + inside) / _CELLS)


@lru_cache(maxsize=16)
def _gamma_tails(shape: float) -> tuple[NDArray[np.float64], int]:
    """Logarithms of the shares above each step of a grid over the logarithm of the value, and the number of its first step.

    The density of the logarithm u is e**(shape (u - e**u)) but for a factor, which follows from the sum over all cells.
    """
    most = 1.0 + 12.0 / float(np.sqrt(shape)) + 60.0 / shape
    last = int(np.ceil(float(exact.log(most)) * _CELLS))
    middle = (np.arange(_FIRST, last, dtype=np.float64) + 0.5) / _CELLS
    mass = exact.exp(np.maximum(shape * (middle - exact.exp(middle) + 1.0), -650.0))
    # What lies below the grid: there the density is all but e**(shape u).
    below = mass[0] * _CELLS / shape
    from_above = np.cumsum(mass[::-1])[::-1]
    return exact.log(from_above / (from_above[0] + below)), _FIRST
