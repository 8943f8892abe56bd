"""Lognormal factors of mean 1: how far counts of equal weight scatter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import exact
from .hashing import Bits, unit

_RAREST = 2.0**-17
"""Probability on either side beyond which no factor lies: 4.2 standard deviations of its logarithm."""


def shocks(scatter: float, bits: Bits) -> NDArray[np.float64]:
    """For each hash a factor of mean 1 and of the relative standard deviation `scatter`."""
    square = exact.log(np.array([1.0 + scatter * scatter]))
    spread = np.sqrt(square)
    place = np.clip(unit(bits), _RAREST, 1.0 - _RAREST)
    return exact.exp(exact.normal_quantile(place) * spread - square / 2)
