"""Keyed bijections of [0, m): uniqueness and exact quotas without a retry and without memory.

A Feistel network in mixed radix (Black and Rogaway 2002, "Ciphers with arbitrary finite domains", the generalised
Feistel cipher with cycle walking): a = ceil(sqrt(m)), b = ceil(m / a), so the domain exceeds m by less than a and the
walk takes about one step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .hashing import Bits, Ints

_ROUNDS = 4
_C1 = np.uint64(0xD6E8FEB86659FD93)
_S32 = np.uint64(32)
_LONG = 4_096
"""Numbers of a run on average that are worth steps of their own."""
_CACHED = 65_536
"""Values that are shuffled at once, so that they stay in the processor's cache."""


def _sides(size: Ints) -> tuple[Ints, Ints]:
    a = np.sqrt(size.astype(np.float64)).astype(np.int64)
    a -= a * a >= size
    a += a * a < size
    a = np.maximum(a, 1)
    return a, -(-size // a)


def _round(keys: Bits | np.uint64, number: int, half: Ints, limit: Ints | np.int64) -> Ints:
    z = half.view(np.uint64) + keys
    z *= _C1
    z ^= z >> _S32
    z += np.uint64(0x9E3779B97F4A7C15 * (number + 1) & ((1 << 64) - 1))
    z *= _C1
    z >>= _S32
    z *= limit.view(np.uint64)
    z >>= _S32
    return z.view(np.int64)


def _forward(keys: Bits | np.uint64, a: Ints | np.int64, b: Ints | np.int64, x: Ints) -> Ints:
    left = x // b
    right = x - left * b
    for number in range(_ROUNDS):
        if number % 2 == 0:
            left = left + _round(keys, number, right, a)
            left -= a * (left >= a)
        else:
            right = right + _round(keys, number, left, b)
            right -= b * (right >= b)
    return left * b + right


def _backward(keys: Bits | np.uint64, a: Ints | np.int64, b: Ints | np.int64, y: Ints) -> Ints:
    left = y // b
    right = y - left * b
    for number in reversed(range(_ROUNDS)):
        if number % 2 == 0:
            left = left - _round(keys, number, right, a)
            left += a * (left < 0)
        else:
            right = right - _round(keys, number, left, b)
            right += b * (right < 0)
    return left * b + right


def _walk(key: int | Bits, size: int | Ints, x: Ints, forward: bool) -> Ints:
    x = np.asarray(x, np.int64)
    sizes = np.broadcast_to(np.asarray(size, np.int64), x.shape)
    keys = np.broadcast_to(np.asarray(key, np.uint64) if not isinstance(key, int) else np.uint64(key), x.shape)
    step = _forward if forward else _backward
    starts = _runs(keys, sizes) if x.ndim == 1 and not isinstance(size, int) else None
    if isinstance(size, int) or (x.size and starts is None and bool((sizes == sizes.flat[0]).all())):
        a, b = _sides(np.array([sizes.flat[0] if x.size else 1], np.int64))
        out = step(keys, a[0], b[0], x)
    elif starts is None:
        a, b = _sides(sizes)
        out = step(keys, a, b, x)
    else:
        # Numbers of one domain have the same sides, and a division by one number costs a fifth of one by many.
        a, b = _sides(sizes[starts])
        ends = np.append(starts[1:], len(x)).tolist()
        pieces = [step(keys[low], a[n], b[n], x[low:high]) for n, (low, high) in enumerate(zip(starts.tolist(), ends, strict=True))]
        out = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    outside = np.flatnonzero(out >= sizes)
    if len(outside):
        more_keys, more_sizes = keys[outside], sizes[outside]
        a, b = _sides(more_sizes)
        found = out[outside]
        left = np.arange(len(outside), dtype=np.int64)
        while len(left):
            moved = step(more_keys[left], a[left], b[left], found[left])
            found[left] = moved
            left = left[moved >= more_sizes[left]]
        out[outside] = found
    return out


def _runs(keys: Bits, sizes: Ints) -> Ints | None:
    """Where runs of equal keys and sizes start; None where they are short."""
    if not len(keys):
        return None
    starts = np.flatnonzero((keys[1:] != keys[:-1]) | (sizes[1:] != sizes[:-1])) + 1
    return np.append(np.zeros(1, np.int64), starts) if len(starts) * _LONG <= len(keys) else None


def permute(key: int | Bits, size: int | Ints, x: Ints) -> Ints:
    """The place of `x` in a keyed shuffle of [0, size).

    `key` and `size` (1 to 2**62) are one for all or one for each; `x` lies in [0, size). Shape as `x`.
    """
    return _walk(key, size, x, forward=True)


def unpermute(key: int | Bits, size: int | Ints, y: Ints) -> Ints:
    """The inverse of `permute`."""
    return _walk(key, size, y, forward=False)


def shuffle_pow2(bits: int, keys: Bits, x: Ints) -> Ints:
    """A keyed bijection of [0, 2**bits), bits >= 2, cheaper than `permute`: three add, multiply, xorshift rounds.

    `keys` holds one hash for each x (of its block).
    """
    # Only the lower bits of each step matter, so the smallest type that holds them does.
    width = np.uint16 if bits <= 16 else np.uint64
    return _rounds(bits, keys, x.astype(width)).astype(np.int64, copy=False)


def shuffle_widths(bits: Ints, keys: Bits, x: Ints) -> Ints:
    """`shuffle_pow2` of numbers of several domains: `bits`, 2 to 16, of each."""
    first = int(bits[0]) if len(bits) else 2
    if bool((bits == first).all()):
        return shuffle_pow2(first, keys, x)
    z, some = x.astype(np.uint32), bits.astype(np.uint32)
    shift = (some + np.uint32(1)) >> np.uint32(1)
    mask = (np.uint32(1) << some) - np.uint32(1)
    for number in range(3):
        z += (keys >> np.uint64(number * 16)).astype(np.uint32)
        z *= (keys >> np.uint64(21 - number * 5)).astype(np.uint32) | np.uint32(1)
        z &= mask
        z ^= z >> shift
    return z.astype(np.int64)


def shuffle_blocks(bits: int, keys: Bits) -> Ints:
    """`shuffle_pow2` of all of [0, 2**bits), bits 2 to 16, for each key: shape (len(keys), 2**bits)."""
    places = np.arange(1 << bits, dtype=np.uint16)
    out = np.empty((len(keys), 1 << bits), np.int64)
    step = max(_CACHED >> bits, 1)
    for start in range(0, len(keys), step):
        some = keys[start : start + step, None]
        out[start : start + step] = _rounds(bits, some, np.broadcast_to(places, (len(some), len(places))).copy())
    return out


def _rounds(bits: int, keys: Bits, z: NDArray[Any]) -> NDArray[Any]:
    """Shuffles `z` in place."""
    width = z.dtype.type
    mask, shift = width((1 << bits) - 1), width((bits + 1) // 2)
    for number in range(3):
        z += (keys >> np.uint64(number * 16)).astype(width)
        z *= ((keys >> np.uint64(21 - number * 5)) | np.uint64(1)).astype(width)
        z &= mask
        z ^= z >> shift
    return z


def unshuffle_pow2(bits: int, keys: Bits, y: Ints) -> Ints:
    """The inverse of `shuffle_pow2`; keys may stand for several places each (any shapes that fit together)."""
    # Only the lower bits of each step matter, so the smallest type that holds them does.
    width = np.uint16 if bits <= 16 else np.uint64
    mask, shift = width((1 << bits) - 1), width((bits + 1) // 2)
    z: NDArray[Any] = y.astype(width)
    for number in reversed(range(3)):
        # Shifted by half its bits or more, a second xorshift undoes the first.
        z ^= z >> shift
        factor: NDArray[Any] = ((keys >> np.uint64(21 - number * 5)) | np.uint64(1)).astype(width)
        # Newton's iteration for the inverse modulo a power of two: an odd number is its own inverse in 3 bits, each step doubles these.
        inverse, right = factor.copy(), 3
        while right < bits:
            inverse *= width(2) - factor * inverse
            right *= 2
        z *= inverse
        z &= mask
        z -= (keys >> np.uint64(number * 16)).astype(width)
        z &= mask
    return z.astype(np.int64, copy=False)
