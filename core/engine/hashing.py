"""Counter-based hashing: the only source of randomness.

A key is made from names, a value from a key and a counter. Nothing here has state, so any row can be computed in any
order on any machine. The finaliser is that of SplitMix64 (Steele, Lea, Flood 2014: "Fast splittable pseudorandom number
generators"), over a Weyl sequence whose offset is the key.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]

ALGORITHM_VERSION: Final = 2
"""Of the values of shipped datasets and the formulas of the engine: a change of either raises it, and is a major release."""
_KEYED: Final = 1
"""Part of every key: what is declared as before keeps its values from version to version, as long as no formula changes."""

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15
_M1: Final = np.uint64(0xBF58476D1CE4E5B9)
_M2: Final = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32, _S48 = (np.uint64(s) for s in (30, 27, 31, 32, 48))
BLOCK: Final = 32_768
"""Rows that stay in a core's second-level cache together with a few scratch columns."""

_WEYL: Final[Bits] = np.arange(BLOCK, dtype=np.uint64) * np.uint64(_GOLDEN)


@lru_cache(maxsize=16_384, typed=True)
def make_key(seed: int, *names: str | int) -> int:
    """A 64-bit key from the seed and a path of names; length-prefixed, so ("ab", "c") and ("a", "bc") differ."""
    digest = blake2b(digest_size=8)
    for name in (_KEYED, seed, *names):
        text = str(name).encode()
        digest.update(len(text).to_bytes(4, "little") + text)
    return int.from_bytes(digest.digest(), "little")


def subkey(key: int, *names: str | int) -> int:
    """A key derived from a key."""
    return make_key(key, *names)


def _finalise(z: Bits) -> Bits:
    t = z >> _S30
    z ^= t
    z *= _M1
    np.right_shift(z, _S27, out=t)
    z ^= t
    z *= _M2
    np.right_shift(z, _S31, out=t)
    z ^= t
    return z


def hash_range(key: int, start: int, count: int) -> Bits:
    """The hashes of the counters start .. start + count - 1: shape (count,), uniform over 64 bits."""
    base = np.uint64((key + start * _GOLDEN) & _MASK)
    if count <= BLOCK:
        return _finalise(_WEYL[:count] + base)
    out = np.empty(count, np.uint64)
    for low in range(0, count, BLOCK):
        n = min(BLOCK, count - low)
        out[low : low + n] = hash_range(key, start + low, n)
    return out


def _steps(counters: Ints | Bits) -> Bits:
    """So many steps of the Weyl sequence."""
    bits = counters.view(np.uint64) if counters.dtype in (np.int64, np.uint64) else counters.astype(np.uint64)
    return bits * np.uint64(_GOLDEN)


def hash_ints(key: int, counters: Ints | Bits) -> Bits:
    """The hashes of arbitrary counters, the same as `hash_range` gives them."""
    z = _steps(counters)
    z += np.uint64(key & _MASK)
    return _finalise(z)


def hash_keyed(keys: Bits, counters: Ints | Bits) -> Bits:
    """The hashes of counters with a key each, the same as `hash_ints` gives them."""
    z = _steps(counters)
    z += keys
    return _finalise(z)


def hash_pairs(key: int, first: Bits | Ints, second: Bits | Ints) -> Bits:
    """The hashes of pairs; `first` is hashed before `second` is added, so (a, b) and (b, a) differ."""
    z = hash_ints(key, first)
    z += _steps(second)
    return _finalise(z)


def hash_one(key: int, counter: int) -> int:
    """The hash of one counter as a Python integer."""
    return int(hash_ints(key, np.array([counter & _MASK], np.uint64))[0])


def below(bits: Bits, limit: int | Ints) -> Ints:
    """Integers uniform in [0, limit), limit < 2**32, from the upper 32 bits (multiply-high, no modulo)."""
    z = bits >> _S32
    if isinstance(limit, int):
        z *= np.uint64(limit)
    else:
        z *= limit.astype(np.uint64)
    z >>= _S32
    return z.view(np.int64)


def below_wide(bits: Bits, limit: int | Ints) -> Ints:
    """Integers uniform in [0, limit), limit < 2**52, by IEEE double arithmetic, which is the same everywhere."""
    unit = (bits >> np.uint64(11)).astype(np.float64)
    unit *= 2.0**-53
    unit *= limit
    out = unit.astype(np.int64)
    np.minimum(out, np.asarray(limit) - 1, out=out)
    return out


def index16(bits: Bits) -> Ints:
    """The upper 16 bits, as indices into a table of 65,536 entries."""
    return (bits >> _S48).view(np.int64)


def unit(bits: Bits) -> NDArray[np.float64]:
    """Doubles uniform in [0, 1) with 53 bits."""
    out = (bits >> np.uint64(11)).astype(np.float64)
    out *= 2.0**-53
    return out
