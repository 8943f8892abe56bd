"""Lognormal factors of mean 1: how far counts of equal weight scatter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import exact
from .hashing import Bits, Ints, unit

_RAREST = 2.0**-17
"""Probability on either side beyond which no factor lies: 4.2 standard deviations of its logarithm."""


def shocks(scatter: float, bits: Bits) -> NDArray[np.float64]:
    """For each hash a factor of mean 1 and of the relative standard deviation `scatter`."""
    square = exact.log(np.array([1.0 + scatter * scatter]))
    spread = np.sqrt(square)
    place = np.clip(unit(bits), _RAREST, 1.0 - _RAREST)
    return exact.exp(exact.normal_quantile(place) * spread - square / 2)


_BITS = 12
_SHIFT = np.uint64(64 - _BITS)
ONE = 1_024
"""What stands for a factor of 1 in a table."""


def shock_table(scatter: float) -> Ints:
    """4,096 equally likely factors of mean 1 and of this relative standard deviation, in 1/1024."""
    places = np.arange(1 << _BITS, dtype=np.uint64) << _SHIFT
    half = np.uint64(1) << (_SHIFT - np.uint64(1))
    return np.maximum(np.floor(shocks(scatter, places + half) * ONE + 0.5).astype(np.int64), 1)


def from_table(table: Ints, bits: Bits) -> Ints:
    """The factor of each hash."""
    return table[(bits >> _SHIFT).view(np.int64)]
