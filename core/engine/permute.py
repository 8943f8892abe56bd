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
_CACHED = 65_536
"""Values that are shuffled at once, so that they stay in the processor's cache."""


def _sides(size: Ints) -> tuple[Ints, Ints]:
    a = np.sqrt(size.astype(np.float64)).astype(np.int64)
    a -= a * a >= size
    a += a * a < size
    a = np.maximum(a, 1)
    return a, -(-size // a)


def _round(keys: Bits, number: int, half: Ints, limit: Ints) -> Ints:
    z = half.view(np.uint64) + keys
    z *= _C1
    z ^= z >> _S32
    z += np.uint64(0x9E3779B97F4A7C15 * (number + 1) & ((1 << 64) - 1))
    z *= _C1
    z >>= _S32
    z *= limit.view(np.uint64)
    z >>= _S32
    return z.view(np.int64)


def _forward(keys: Bits, a: Ints, b: Ints, x: Ints) -> Ints:
    left = x // b
    right = x - left * b
    for number in range(_ROUNDS):
        if number % 2 == 0:
            left = left + _round(keys, number, right, a)
            left -= np.where(left >= a, a, 0)
        else:
            right = right + _round(keys, number, left, b)
            right -= np.where(right >= b, b, 0)
    return left * b + right


def _backward(keys: Bits, a: Ints, b: Ints, y: Ints) -> Ints:
    left = y // b
    right = y - left * b
    for number in reversed(range(_ROUNDS)):
        if number % 2 == 0:
            left = left - _round(keys, number, right, a)
            left += np.where(left < 0, a, 0)
        else:
            right = right - _round(keys, number, left, b)
            right += np.where(right < 0, b, 0)
    return left * b + right


def _walk(key: int | Bits, size: int | Ints, x: Ints, forward: bool) -> Ints:
    x = np.asarray(x, np.int64)
    sizes = np.broadcast_to(np.asarray(size, np.int64), x.shape)
    keys = np.broadcast_to(np.asarray(key, np.uint64) if not isinstance(key, int) else np.uint64(key), x.shape)
    if isinstance(size, int):
        one_a, one_b = _sides(np.array([size], np.int64))
        a, b = np.broadcast_to(one_a, x.shape), np.broadcast_to(one_b, x.shape)
    else:
        a, b = _sides(sizes)
    step = _forward if forward else _backward
    out = step(keys, np.ascontiguousarray(a), np.ascontiguousarray(b), x)
    outside = np.flatnonzero(out >= sizes)
    while len(outside):
        moved = step(keys[outside], np.ascontiguousarray(a[outside]), np.ascontiguousarray(b[outside]), out[outside])
        out[outside] = moved
        outside = outside[moved >= sizes[outside]]
    return out


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
