"""The distribution of a count that gives a sum the spread that was asked for, as close to the declared one as possible.

For a sum of N values of coefficient of variation V, independent of each other and of N, the squared coefficient of
variation is V^2 / E[N] + Var[N] / E[N]^2 (the law of total variance). Many distributions of N give the wanted one; taken is the
one of least relative entropy, which is the declared distribution times exp(a n + b n^2) (Kullback, Information Theory and
Statistics, 1959, chapter 3).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..engine import exact
from ..engine.distributions import multiset
from ..spec.distributions import Distribution

Floats = NDArray[np.float64]

_GROUP: Final = 1_024
_GRID: Final = 160
_STEPS: Final = 60
_LEAST_MEAN: Final = 0.125
"""Share of the declared mean below which no count is bent: almost all sums would be empty."""
_MILLION: Final = 1_000_000


def declared_shares(distribution: Distribution) -> tuple[Floats, Floats]:
    """The counts from the least to the most, and their shares; none is impossible, so that each can be given weight."""
    counts = multiset(distribution.engine(), _GROUP)
    low = int(distribution.min) if distribution.min is not None else int(counts.min())
    high = int(distribution.max) if distribution.max is not None else int(counts.max())
    seen = np.bincount(counts - low, minlength=high - low + 1).astype(np.float64) + 0.5
    return np.arange(low, high + 1, dtype=np.float64), seen / float(seen.sum())


def count_moments(support: Floats, shares: Floats) -> tuple[float, float]:
    """Mean and variance of a distribution of counts."""
    mean = float((support * shares).sum())
    return mean, float(((support - mean) * (support - mean) * shares).sum())


def reach(support: Floats, declared: Floats, scatter: float) -> tuple[float, float]:
    """The least and the largest coefficient of variation that `bend` can give a sum; `scatter` is the values' V^2."""
    means, least, most = _limits(support, declared)
    squares = means * means
    low, high = (scatter * means + least) / squares, (scatter * means + most) / squares
    return float(np.sqrt(low.min())), float(np.sqrt(high.max()))


def bend(support: Floats, declared: Floats, scatter: float, goal: float) -> Floats | None:
    """The shares closest to the declared ones with scatter / E[N] + Var[N] / E[N]^2 = goal; None if there are none.

    Rounded to millionths, so that the last bits of a sum decide nothing.
    """
    means, least, most = _limits(support, declared)
    variances = goal * means * means - scatter * means
    inside = (least <= variances) & (variances <= most)
    if not inside.any():
        return None
    entropies, shares = closest(support, declared, means[inside], variances[inside])
    best = int(np.argmin(entropies))
    if not np.isfinite(entropies[best]):
        return None
    return np.floor(shares[:, best] * _MILLION + 0.5) / _MILLION


def _limits(support: Floats, declared: Floats) -> tuple[Floats, Floats, Floats]:
    """Means, and the least and the largest variance for each, a little inside of what is possible at all.

    Nearer to the ends the distribution would be all but two counts, and no step of Newton's leads there.
    """
    low, high = float(support[0]), float(support[-1])
    floor = max(low, count_moments(support, declared)[0] * _LEAST_MEAN)
    means = floor + (high - floor) * (np.arange(_GRID) + 0.5) / _GRID
    inside = means - np.floor(means)
    return means, inside * (1 - inside) * 1.1 + 0.01, (means - low) * (high - means) * 0.95


def closest(support: Floats, declared: Floats, means: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """For each mean and variance the relative entropy (infinite: not found) and the shares of the distribution closest to the declared one.

    Shapes (means,) and (support, means). Newton's method on the convex dual; distances from the mean are in units of
    the standard deviation, so that the steps stay small.
    """
    width = np.sqrt(variances)
    x = (support[:, None] - means) / width
    square = x * x
    a, b = np.zeros_like(means), np.zeros_like(means)
    entropies = np.full_like(means, np.inf)
    shares = np.zeros_like(x)
    for _ in range(_STEPS):
        tilt = a * x + b * square
        top = tilt.max(axis=0)
        raw = exact.exp(np.clip(tilt - top, -600.0, 0.0)) * declared[:, None]
        total = raw.sum(axis=0)
        p = raw / total
        m1, m2, m3, m4 = (p * x).sum(axis=0), (p * square).sum(axis=0), (p * square * x).sum(axis=0), (p * square * square).sum(axis=0)
        found = (np.abs(m1) < 1e-9) & (np.abs(m2 - 1) < 1e-9)
        entropies[found] = (a * m1 + b * m2 - exact.log(total) - top)[found]
        shares[:, found] = p[:, found]
        c11, c12, c22 = m2 - m1 * m1, m3 - m1 * m2, m4 - m2 * m2
        determinant = c11 * c22 - c12 * c12
        if (found | (determinant <= 1e-12)).all():
            break
        safe = np.where(determinant > 1e-12, determinant, np.inf)
        da, db = (c22 * -m1 - c12 * (1 - m2)) / safe, (c11 * (1 - m2) - c12 * -m1) / safe
        step = np.minimum(1.0, 2.0 / np.maximum(np.maximum(np.abs(da), np.abs(db)), 1e-12))
        a, b = a + step * da, b + step * db
    return entropies, shares
