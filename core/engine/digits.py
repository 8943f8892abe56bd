"""Numbers and moments as texts, many at a time: digits are gathered four at once, and never copied one by one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .hashing import Ints

_FOURS: Final[NDArray[np.uint32]] = np.frombuffer(b"".join(b"%04d" % n for n in range(10_000)), np.uint32)
"""Four digits in the four bytes of a number, in the order of memory: gathered at once."""
_TENS: Final = 10 ** np.arange(1, 19, dtype=np.int64)
_SHORT: Final = 9
"""Digits that fit 32 bits, which are divided in a fraction of the time."""
TWOS: Final[NDArray[np.uint16]] = np.frombuffer(b"".join(b"%02d" % n for n in range(100)), np.uint16)
_DAY: Final = 86_400_000_000
"""Microseconds."""
_MOMENT: Final = np.dtype([("day", "V11"), ("second", "V9"), ("high", "<u2"), ("low", "<u4"), ("zone", "u1")])
"""The 27 bytes of a moment: day and space, second and point, two and four digits, Z."""


def fixed_text(columns: NDArray[np.uint8]) -> pa.StringArray:
    """Texts of one width from their bytes: shape (rows, width)."""
    count, width = columns.shape
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(columns)))


def put_digits(out: NDArray[np.uint8], start: int, width: int, numbers: Ints) -> None:
    """Writes numbers as `width` decimal digits with leading zeros into the bytes from `start` on."""
    out[:, start : start + width] = _fours(width, numbers).view(np.uint8)[:, -width:]


def _fours(width: int, numbers: Ints) -> NDArray[np.uint32]:
    """At least `width` digits of each number, four in each entry."""
    groups = -(-width // 4)
    rest: NDArray[Any] = numbers.astype(np.uint32) if width <= _SHORT else numbers
    fours = np.empty((len(numbers), groups), np.uint32)
    for group in range(groups - 1, 0, -1):
        higher = rest // 10_000
        fours[:, group] = _FOURS[rest - higher * 10_000]
        rest = higher
    fours[:, 0] = _FOURS[rest]
    return fours


def digit_texts(width: int, numbers: Ints) -> tuple[pa.StringArray, Ints | None]:
    """A list with the text of each number (0 or more), `width` digits with leading zeros, and their places in it (None: in order).

    A width of 0 stands for as many digits as each number has. Texts whose digits are not a multiple of four stand between
    shorter ones, which saves copying them.
    """
    if width:
        data, (edges, places) = _fours(width, numbers), _digit_edges(width, len(numbers))
    else:
        digits = np.searchsorted(_TENS, numbers, side="right").astype(np.int32)
        most = int(digits.max(initial=0)) + 1
        data, (edges, places) = _fours(most, numbers), _digit_edges(-(-most // 4) * 4 - 1, len(numbers))
        edges = edges.copy()
        np.subtract(edges[2::2] - np.int32(1), digits, out=edges[1::2])
    return pa.StringArray.from_buffers(len(edges) - 1, pa.py_buffer(edges), pa.py_buffer(data)), places


@lru_cache(maxsize=16)
def _digit_edges(width: int, count: int) -> tuple[NDArray[np.int32], Ints | None]:
    whole = -(-width // 4) * 4
    starts = np.arange(count + 1, dtype=np.int32) * np.int32(whole)
    if width == whole:
        return starts, None
    edges = np.empty(2 * count + 1, np.int32)
    edges[::2] = starts
    edges[1::2] = starts[:-1] + np.int32(whole - width)
    return edges, np.arange(1, 2 * count, 2, dtype=np.int64)


def digits_of(out: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The digits in a matrix of ASCII bytes."""
    return out.astype(np.int64) - 48


def moment_texts(micros: Ints, between: bytes = b" ") -> pa.StringArray:
    """Microseconds since 1970 in UTC as `2024-01-31 09:05:00.000000Z`; years 1 to 9999. `between` is one byte."""
    days = micros // _DAY
    rest = micros - days * _DAY
    seconds = rest // 1_000_000
    rest -= seconds * 1_000_000
    low, high = (int(days.min()), int(days.max())) if len(days) else (0, -1)
    if high - low < 4 * len(days) + 366:
        known, place = np.arange(low, high + 1, dtype=np.int64), days - low
    else:
        known, place = np.unique(days, return_inverse=True)
    names = np.datetime_as_string(known.astype("datetime64[D]")).astype("S10")
    out = np.empty(len(micros), _MOMENT)
    out["day"] = np.char.add(names, between).view("V11")[place]
    out["second"] = _seconds()[seconds]
    fraction = rest // 10_000
    out["high"] = TWOS[fraction]
    out["low"] = _FOURS[rest - fraction * 10_000]
    out["zone"] = ord("Z")
    return fixed_text(out.view(np.uint8).reshape(len(micros), _MOMENT.itemsize))


@lru_cache(maxsize=1)
def _seconds() -> NDArray[np.void]:
    texts = b"".join(b"%02d:%02d:%02d." % (n // 3_600, n // 60 % 60, n % 60) for n in range(86_400))
    return np.frombuffer(texts, "V9")
