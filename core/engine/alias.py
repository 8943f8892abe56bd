"""Exact alias tables: a weighted draw for one hash and one gather.

Walker's method (1977) with the tables built by two sorted sweeps (Vose's pairing as prefix sums), all in 64-bit
integers: shares are exact to 2**-32, and equal weights give equal tables on every machine.
"""

from __future__ import annotations

import numpy as np

from .hashing import Bits, Ints

_LOW = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)
_LAST = np.uint64(1)
_ONE = 1 << 32


def build_alias(weights: Ints) -> Bits:
    """Packed table (threshold << 32 | alias) of non-negative integer weights: shape (n,), n < 2**31, sum < 2**62."""
    n = len(weights)
    total = int(weights.sum())
    # Heights in units of 2**-32 of the mean. The rounding is given to the largest weight, so the sum is n * 2**32.
    heights = np.floor(weights.astype(np.float64) * (n * float(_ONE) / total)).astype(np.int64)
    heights[int(np.argmax(weights))] += n * _ONE - int(heights.sum())
    light = np.flatnonzero(heights <= _ONE)
    heavy = np.flatnonzero(heights > _ONE)
    threshold = np.minimum(heights, _ONE - 1)
    alias = np.arange(n, dtype=np.int64)
    if len(heavy):
        deficit = _ONE - heights[light]
        before = np.cumsum(deficit) - deficit
        surplus = np.cumsum(heights[heavy] - _ONE)
        owner = np.minimum(np.searchsorted(surplus, before, side="right"), len(heavy) - 1)
        alias[light] = heavy[owner]
        served = np.searchsorted(before, surplus, side="left")
        spent = np.concatenate([np.zeros(1, np.int64), np.cumsum(deficit)])[served]
        left = _ONE - (spent - surplus)
        threshold[heavy] = np.clip(left, 0, _ONE - 1)
        alias[heavy[:-1]] = heavy[1:]
    return (threshold.astype(np.uint64) << _S32) | alias.astype(np.uint64)


def build_stacked(weights: Ints, sizes: Ints) -> Bits:
    """The tables that `build_alias` builds of each run of `sizes` weights (at least 1 each), one after the other.

    All in one sweep: what the light entries of a run lack is what its heavy ones have to spare, so that both sums meet at its end.
    """
    n = len(weights)
    first = np.cumsum(sizes) - sizes
    run = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    unit = sizes * float(_ONE) / np.add.reduceat(weights, first)
    heights = np.floor(weights.astype(np.float64) * unit[run]).astype(np.int64)
    largest = np.flatnonzero(weights == np.maximum.reduceat(weights, first)[run])
    largest = largest[np.flatnonzero(np.diff(run[largest], prepend=-1))]
    heights[largest] += sizes * _ONE - np.add.reduceat(heights, first)
    is_heavy = heights > _ONE
    light, heavy = np.flatnonzero(~is_heavy), np.flatnonzero(is_heavy)
    threshold = np.minimum(heights, _ONE - 1)
    alias = np.arange(n, dtype=np.int64)
    if len(heavy):
        deficit = _ONE - heights[light]
        before = np.cumsum(deficit) - deficit
        surplus = np.cumsum(heights[heavy] - _ONE)
        owner = np.searchsorted(surplus, before, side="right")
        # An entry that lacks nothing would be served by the next run.
        ends = np.cumsum(np.bincount(run[heavy], minlength=len(sizes)))
        served_by = np.minimum(owner, ends[run[light]] - 1)
        some = np.diff(ends, prepend=0)[run[light]] > 0
        alias[light] = np.where(some, heavy[np.maximum(served_by, 0)], light)
        served = np.searchsorted(before, surplus, side="left")
        spent = np.concatenate([np.zeros(1, np.int64), np.cumsum(deficit)])[served]
        threshold[heavy] = np.clip(_ONE - (spent - surplus), 0, _ONE - 1)
        alias[heavy[:-1]] = heavy[1:]
        last = heavy[ends[np.diff(ends, prepend=0) > 0] - 1]
        alias[last] = last
    alias -= first[run]
    return (threshold.astype(np.uint64) << _S32) | alias.astype(np.uint64)


def draw_alias(table: Bits, bits: Bits) -> Ints:
    """The entry that each hash draws: shape as `bits`."""
    place = bits >> _S32
    place *= np.uint64(len(table))
    place >>= _S32
    return _kept(place, table.take(place.view(np.int64)), bits)


def draw_stacked(tables: Bits, offset: Ints, size: Ints, bits: Bits) -> Ints:
    """As `draw_alias`, from the table of `size` entries that starts at `offset` for each hash; entries from 0."""
    place = bits >> _S32
    place *= size.view(np.uint64)
    place >>= _S32
    return _kept(place, tables.take(place.view(np.int64) + offset), bits)


def _kept(place: Bits, packed: Bits, bits: Bits) -> Ints:
    """Each place, or the alias that is packed there, without a branch: no processor guesses which."""
    mask = ((bits & _LOW) < (packed >> _S32)).astype(np.uint64)
    mask -= _LAST
    packed &= _LOW
    packed ^= place
    packed &= mask
    packed ^= place
    return packed.view(np.int64)
