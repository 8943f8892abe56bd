"""Numbers that go together: ranks with a declared correlation, by a Gaussian copula of whole numbers."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from ..program import columns
from . import exact
from .distributions import SIZE
from .ground import Frame
from .hashing import Bits, Ints, index16

_ONE: Final = 1 << 24
_RANK: Final = np.uint64(48)
_BELOW: Final = np.uint64((1 << 48) - 1)


@lru_cache(maxsize=1)
def _normal() -> tuple[Ints, Ints]:
    """The normal score of each of 65,536 ranks, and the scores between them, in units of 2**-24."""
    middles = exact.normal_quantile((np.arange(SIZE) + 0.5) / SIZE)
    edges = exact.normal_quantile(np.arange(1, SIZE) / SIZE)
    return np.floor(middles * _ONE + 0.5).astype(np.int64), np.floor(edges * _ONE + 0.5).astype(np.int64)


def normal_correlation(ranks: float) -> float:
    """The correlation of two normal scores whose ranks have a correlation (Spearman's): 2 sin(pi r / 6)."""
    x = 3.141592653589793 * ranks / 6
    # At most a half: the terms after these are below the last bit.
    term, out = x, x
    for number in range(1, 10):
        term *= -x * x / ((2 * number) * (2 * number + 1))
        out += term
    return 2 * out


class Together:
    """Replaces the rank of a draw by one that goes with another number's rank; ranks stay uniform, so distributions do too."""

    def __init__(self, program: columns.Follows) -> None:
        self._path = program.rank
        share = normal_correlation(program.correlation)
        self._theirs = int(np.floor(share * _ONE + 0.5))
        self._own = int(np.floor(float(np.sqrt(1.0 - share * share)) * _ONE + 0.5))

    def bits(self, frame: Frame, bits: Bits) -> Bits:
        """The hashes with other ranks; those of rows where the other number is NULL stay."""
        scores, edges = _normal()
        led = frame.follow(*self._path)
        mixed = (self._theirs * scores[led.values] + self._own * scores[index16(bits)]) >> 24
        rank = np.searchsorted(edges, mixed, side="right").astype(np.uint64)
        out = (rank << _RANK) | (bits & _BELOW)
        return out if led.valid is None else np.where(led.valid, out, bits)
