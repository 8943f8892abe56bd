"""How far a figure of n rows may lie from what is declared.

Each limit is an effect too small to notice plus a bound on chance that is exceeded once in a thousand million
samples, so correct data passes whatever its seed and size: limits on effects, because at a billion rows every p-value
is 0. The bounds hold for independent draws; quotas scatter less.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log, sqrt
from typing import Final

_CHANCE: Final = log(2e9)
"""Natural logarithm of two sides over the probability of a false alarm."""
SHARE: Final = 0.005
DISTANCE: Final = 0.005
VARIATION: Final = 0.01
MOMENT: Final = 0.01
_CORRELATION: Final = 0.02
_ASSOCIATION: Final = 0.02


def chance(variance: float, span: float, n: int) -> float:
    """What chance adds to the mean of n values of this variance that differ from their mean by `span` at most (Bernstein)."""
    return sqrt(2 * _CHANCE * variance / n) + 2 * _CHANCE * span / (3 * n)


def share(p: float, n: int) -> float:
    """Of the share of rows for which something of probability p holds."""
    return SHARE + min(chance(p * (1 - p), max(p, 1 - p), n), sqrt(_CHANCE / (2 * n))) if n else 1.0


def quota(p: float, rows: int, exact: bool) -> float:
    """Of the share of an exact quota, which is dealt in blocks of 1,024 rows: only a block that is cut can deviate."""
    if not rows:
        return 1.0
    if not exact:
        return share(p, rows)
    cut = min(1024, rows)
    return min(share(p, rows), (share(p, cut) * cut + 1) / rows)


def kolmogorov(n: int) -> float:
    """Of the largest distance between two distribution functions (Dvoretzky, Kiefer and Wolfowitz; Massart's constant)."""
    return DISTANCE + sqrt(_CHANCE / (2 * n)) if n else 1.0


def variation(shares: Iterable[float], n: int) -> float:
    """Of the total variation distance from these shares: its expectation, and what McDiarmid or Bousquet add to it."""
    if not n:
        return 1.0
    p = list(shares)
    mean = sum(sqrt(max(q * (1 - q), 0.0) / n) for q in p) / 2
    most = max(p, default=1.0)
    spread = most * (1 - most) if most > 0.5 else 0.25
    bousquet = sqrt(2 * _CHANCE * (spread + 2 * mean) / n) + _CHANCE / (3 * n)
    return VARIATION + mean + min(sqrt(_CHANCE / (2 * n)), bousquet)


def moment(stddev: float, span: float, n: int) -> float:
    """Of a mean, in the values' own unit; `span` is the farthest value from the mean."""
    return MOMENT * stddev + chance(stddev * stddev, span, n) if n else span


def correlation(n: int) -> float:
    """Of the correlation of two columns that have nothing to do with each other."""
    return _CORRELATION + 8 / sqrt(n) if n else 1.0


def corrected(squared: float, n: int, rows: int, columns: int) -> float:
    """Cramér's V of n rows from the mean square contingency of a table, corrected for its bias (Bergsma 2013)."""
    left = max(squared - (rows - 1) * (columns - 1) / (n - 1), 0.0)
    sides = min(side - (side - 1) ** 2 / (n - 1) for side in (rows, columns)) - 1
    return min(sqrt(left / sides), 1.0) if sides > 0 else 0.0


def association(n: int, rows: int, columns: int, rarest: float, tests: int) -> float:
    """Of Cramér's V of two columns that have nothing to do with each other, the strongest of so many pairs.

    Chi-squared of k degrees of freedom exceeds k + 2 sqrt(k x) + 2 x with a probability of at most exp -x (Laurent and Massart). Where
    only `rarest` rows are expected in a cell, the counts of a table have heavier tails: a Poisson variable of that mean exceeds its mean by
    what the factor 1 + 2 / sqrt(rarest) allows, from a mean of 1 on. The chance of a false alarm is shared out among the tests
    (Bonferroni).
    """
    if n < 2 or rarest <= 0:
        return 1.0
    x, k = _CHANCE + log(max(tests, 1)), (rows - 1) * (columns - 1)
    most = k + 2 * sqrt(k * x * (1 + 1 / rarest)) + 2 * x * (1 + 2 / sqrt(rarest))
    return min(_ASSOCIATION + corrected(most / n, n, rows, columns), 1.0)


def mean_of_bounded(width: float, squares: float) -> float:
    """Of the weighted mean of independent factors that lie so far apart; `squares` is the sum of the squared shares (Hoeffding)."""
    return width * sqrt(_CHANCE * squares / 2)


def spread(stddev: float, n: int) -> float:
    """Of the standard deviation of n normal values: a twentieth of it, and what chance adds to a chi-squared mean (Laurent and Massart)."""
    return stddev * (0.05 + sqrt(1 + 2 * sqrt(_CHANCE / n) + 2 * _CHANCE / n) - 1)


def scattered_days(weights: Iterable[float], noise: float, n: int) -> float:
    """Of the total variation over groups of days whose weights differ from the declared ones by a hashed factor of 1 +- noise.

    Each day moves the distance by its share times the width of the factor at most (McDiarmid); half of that again is more
    than the distance's expectation for up to 31 groups. Each day's rows are rounded, which moves it by half a row.
    """
    parts = list(weights)
    total = sum(parts) or 1.0
    squares = sum(w * w for w in parts) / (total * total)
    return VARIATION + 2 * noise * sqrt(_CHANCE * squares / 2) * 1.5 + sqrt(_CHANCE * len(parts) / 2) / max(n, 1)
