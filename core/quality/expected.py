"""What a declared distribution says: its values, its distribution function, its moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..engine.distributions import quantiles
from ..program.values import Distribution

Floats = NDArray[np.float64]

_SIZE: Final = 65_536
_EDGES: Final = 400
_BARS: Final = 40


@dataclass(frozen=True)
class Expected:
    """A distribution by 65,536 equally likely values, ascending, rounded as they are written."""

    values: Floats
    step: float
    """Distance of two values that can be told apart."""

    @cached_property
    def mean(self) -> float:
        """Of the values."""
        return float(self.values.mean())

    @cached_property
    def stddev(self) -> float:
        """Of the values."""
        return float(self.values.std())

    @property
    def span(self) -> float:
        """How far the farthest value lies from the mean."""
        return float(max(self.values[-1] - self.mean, self.mean - self.values[0]))

    def below(self, edges: Sequence[float] | Floats) -> Floats:
        """The probability of values up to each edge."""
        return np.searchsorted(self.values, np.asarray(edges, np.float64) + self.step / 4, side="right") / len(self.values)

    @cached_property
    def edges(self) -> Floats:
        """Up to 400 values at which distribution functions are compared: all there are, or quantiles."""
        picked = self.values[np.linspace(0, len(self.values) - 1, _EDGES).astype(np.int64)]
        distinct = np.unique(self.values) if self.values[-1] - self.values[0] <= _EDGES * self.step else picked
        return np.unique(np.round(distinct / self.step)) * self.step

    @cached_property
    def bars(self) -> tuple[Floats, bool]:
        """Edges of the bars of a plot, without the outermost values, and whether each bar is one value."""
        many = len(self.values)
        low, high = float(self.values[many // 500]), float(self.values[-many // 125])
        count = round((high - low) / self.step) + 1
        if count <= _BARS:
            return low + np.arange(count + 1, dtype=np.float64) * self.step, self.step == 1
        width = max(float(np.ceil((high - low) / _BARS / self.step)), 1.0) * self.step
        edges = np.array([low + n * width for n in range(int((high - low) / width) + 2)], np.float64)
        return edges, False


@dataclass(frozen=True, slots=True)
class Declared:
    """A distribution as its values are written: times `scale`, with so many digits after the point."""

    distribution: Distribution
    scale: float = 1.0
    places: int = 0

    @property
    def expected(self) -> Expected:
        """Its values."""
        return _expected(self.distribution, self.scale, self.places)


@lru_cache(maxsize=256)
def _expected(distribution: Distribution, scale: float, places: int) -> Expected:
    step = 10.0**-places
    p = (np.arange(_SIZE) + 0.5) / _SIZE
    if distribution.type == "uniform":
        # All values alike, both ends included.
        low, high = (np.floor(end * scale / step + 0.5) for end in (distribution.min, distribution.max) if end is not None)
        return Expected((low + np.floor(p * (high - low + 1))) * step, step)
    return Expected(np.sort(np.floor(quantiles(distribution, p) * scale / step + 0.5) * step), step)


def distance(found: Sequence[int], edges: Floats, expected: Expected) -> float:
    """The Kolmogorov-Smirnov distance at the edges; `found` are the counts up to each edge, and beyond the last one where there are any."""
    counts = np.asarray(found, np.float64)
    total = counts.sum()
    if not total:
        return 0.0
    return float(np.abs(np.cumsum(counts[: len(edges)]) / total - expected.below(edges)).max())


def squared(expected: Expected) -> tuple[float, float]:
    """Standard deviation and farthest value of the squared differences from the mean: what the variance's own chance is made of."""
    squares = (expected.values - expected.mean) ** 2
    return float(squares.std()), float(squares.max())
