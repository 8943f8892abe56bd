"""Keys and codes: identifiers with check digits, from ranges that nobody owns."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...program import columns
from ..digits import TWOS, digits_of, fixed_text, put_digits
from ..ground import Bounds, Frame, Kernel, Table
from ..hashing import Bits, Ints, below_wide, hash_ints
from ..permute import permute
from ..vector import Vec
from .base import register

_PHONES: Final[NDArray[np.void]] = np.frombuffer(b"".join(b"(%03d) 555-01  " % n for n in range(1_000)), np.dtype("V14"))
"""A telephone number for each area, but for its last two digits."""
_PAIRS: Final[NDArray[np.uint16]] = np.frombuffer(bytes(range(256)).hex().encode(), np.uint16)
"""The two digits of each byte, side by side."""


@register("key")
class Key(Kernel):
    """The row's number from 1."""

    def values(self, frame: Frame) -> Vec:
        return Vec(frame.rows + 1)

    def bounds(self, first: Frame, last: Frame, part: str | None) -> Bounds | None:
        return first.rows + 1, last.rows + 1


@register("code")
class Code(Kernel):
    """An identifier of a scheme; unique ones are a keyed bijection of the row number, so no two rows share one."""

    program: columns.Code

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._write = _SCHEMES[self.program.scheme]

    def number(self, frame: Frame, space: int) -> Ints:
        """A number in [0, space) for each row, distinct if the code is unique."""
        if self.program.unique:
            return permute(self.key & ((1 << 62) - 1), space, frame.rows % space)
        return below_wide(frame.hash(self.key), space)

    def values(self, frame: Frame) -> Vec:
        valid = None
        prefix = None
        if self.program.prefix is not None:
            vec = frame.follow(*self.program.prefix)
            prefix, valid = vec, vec.valid
        return Vec(np.zeros(0), valid, text=fixed_text(self._write(self, frame, prefix)))


def fill(code: Code, frame: Frame, pattern: str) -> NDArray[np.uint8]:
    """The bytes of a pattern in which `#` is a digit and `A` a capital letter of the row's number: shape (rows, length)."""
    radix = [{"#": 10, "A": 26}.get(character, 1) for character in pattern]
    space = 1
    for one in radix:
        space *= one
    number = code.number(frame, space)
    out = np.empty((frame.count, len(pattern)), np.uint8)
    for place in range(len(pattern) - 1, -1, -1):
        if radix[place] == 1:
            out[:, place] = ord(pattern[place])
            continue
        higher = number // radix[place]
        out[:, place] = (number - higher * radix[place]) + (48 if radix[place] == 10 else 65)
        number = higher
    return out


def luhn_digit(digits: NDArray[np.int64], before: int = 0) -> Ints:
    """The check digit that follows these digits (ISO/IEC 7812-1, annex B): shape (rows,). `before` is the sum of digits before them."""
    doubled = digits[:, ::-1][:, ::2] * 2
    total = before + (doubled - 9 * (doubled > 9)).sum(axis=1) + digits[:, ::-1][:, 1::2].sum(axis=1)
    return (10 - total % 10) % 10


def _pattern(code: Code, frame: Frame, prefix: Vec | None) -> NDArray[np.uint8]:
    """`#` is a digit, `A` a capital letter; anything else stands for itself."""
    return fill(code, frame, code.program.pattern or "")


def _us_phone(code: Code, frame: Frame, prefix: Vec | None) -> NDArray[np.uint8]:
    """(NPA) 555-01xx: the last hundred numbers of 555 are kept for fiction in every area."""
    if prefix is None:
        area = 200 + below_wide(hash_ints(code.subkey("area"), frame.rows), 800)
    elif prefix.words is not None:
        area = np.array([int(text) for text in prefix.words.texts], np.int64)[prefix.values]
    else:
        area = prefix.values.astype(np.int64, copy=False)
    out = _PHONES.take(area)
    out.view(np.uint16).reshape(-1, 7)[:, 6] = TWOS[code.number(frame, 100)]
    return out.view(np.uint8).reshape(-1, 14)


def _ean13(code: Code, frame: Frame, prefix: Vec | None) -> NDArray[np.uint8]:
    """GTIN-13 with a prefix from 200 to 299, which GS1 keeps for use inside a company; weights 1 and 3, modulo 10."""
    out = np.empty((frame.count, 13), np.uint8)
    put_digits(out, 0, 12, 200_000_000_000 + code.number(frame, 100_000_000_000))
    digits = digits_of(out[:, :12])
    total = digits[:, ::2].sum(axis=1) + 3 * digits[:, 1::2].sum(axis=1)
    out[:, 12] = (10 - total % 10) % 10 + 48
    return out


def _luhn(code: Code, frame: Frame, prefix: Vec | None) -> NDArray[np.uint8]:
    """16 digits from 4000 00 on, a published test range, with the Luhn check digit (ISO/IEC 7812-1, annex B)."""
    out = np.empty((frame.count, 16), np.uint8)
    put_digits(out, 0, 15, 400_000_000_000_000 + code.number(frame, 1_000_000_000))
    out[:, 15] = luhn_digit(digits_of(out[:, :15])) + 48
    return out


def _npi(code: Code, frame: Frame, prefix: Vec | None) -> NDArray[np.uint8]:
    """A National Provider Identifier of the United States: 2, eight digits, and the Luhn digit over 80840 and the nine.

    45 CFR 162.406; the constant 24 is what the digits 80840 add to the sum.
    """
    out = np.empty((frame.count, 10), np.uint8)
    put_digits(out, 0, 9, 200_000_000 + code.number(frame, 100_000_000))
    out[:, 9] = luhn_digit(digits_of(out[:, :9]), before=24) + 48
    return out


def _uuid(code: Code, frame: Frame, prefix: Vec | None) -> NDArray[np.uint8]:
    """Random UUIDs (version 4 of RFC 9562) whose bits are hashes of the row."""
    halves: list[Bits] = [frame.hash(code.key), frame.hash(code.subkey("low"))]
    raw = np.stack([half.astype(">u8").view(np.uint8).reshape(-1, 8) for half in halves], axis=1).reshape(-1, 16)
    raw[:, 6] = (raw[:, 6] & 0x0F) | 0x40
    raw[:, 8] = (raw[:, 8] & 0x3F) | 0x80
    hexes = _PAIRS.take(raw).view(np.uint8)
    out = np.full((frame.count, 36), ord("-"), np.uint8)
    place = 0
    for start, width in ((0, 8), (9, 4), (14, 4), (19, 4), (24, 12)):
        out[:, start : start + width] = hexes[:, place : place + width]
        place += width
    return out


_SCHEMES = {"pattern": _pattern, "us_phone": _us_phone, "ean13": _ean13, "luhn": _luhn, "npi": _npi, "uuid": _uuid}
