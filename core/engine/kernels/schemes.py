"""Schemes of banks and authorities: check digits valid, numbers that are assigned to nobody."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..digits import digits_of, put_digits
from ..ground import Frame
from ..vector import Vec
from .identifiers import _SCHEMES, Code, fill, luhn_digit

IBAN_PATTERN: Final = "DE00000000##########"
"""No German bank code begins with 0 (Deutsche Bundesbank: the first digit is the clearing area, 1 to 8)."""
_ABA_FIRST, _ABA_PREFIXES = 40, 20
_TAX_GROUPS, _TAX_SERIALS = 49, 9_999


def _luhn_pattern(code: Code, frame: Frame, prefix: Vec | None) -> NDArray[np.uint8]:
    """A pattern of digits whose last place is the Luhn check digit."""
    pattern = code.program.pattern
    if pattern is None:
        return _SIXTEEN(code, frame, prefix)
    out = np.empty((frame.count, len(pattern)), np.uint8)
    out[:, :-1] = fill(code, frame, pattern[:-1])
    out[:, -1] = luhn_digit(digits_of(out[:, :-1])) + 48
    return out


def _aba(code: Code, frame: Frame, prefix: Vec | None) -> NDArray[np.uint8]:
    """Routing numbers from 40 to 59 on, which the American Bankers Association assigns to nobody; weights 3, 7, 1, modulo 10."""
    out = np.empty((frame.count, 9), np.uint8)
    put_digits(out, 0, 8, _ABA_FIRST * 10**6 + code.number(frame, _ABA_PREFIXES * 10**6))
    total = digits_of(out[:, :8]) @ np.array([3, 7, 1, 3, 7, 1, 3, 7], np.int64)
    out[:, 8] = (10 - total % 10) % 10 + 48
    return out


def _iban(code: Code, frame: Frame, prefix: Vec | None) -> NDArray[np.uint8]:
    """A country, two check digits and the account by the pattern; ISO 13616 with ISO 7064 MOD 97-10."""
    pattern = code.program.pattern or IBAN_PATTERN
    filled = fill(code, frame, pattern[2:])
    rest = np.zeros(frame.count, np.int64)
    country = np.frombuffer(f"{pattern[:2]}00".encode(), np.uint8)
    for column in [*filled.T, *(np.full(frame.count, character, np.uint8) for character in country)]:
        letter = column >= 65
        rest = np.where(letter, rest * 100 + column.astype(np.int64) - 55, rest * 10 + column.astype(np.int64) - 48) % 97
    out = np.empty((frame.count, len(pattern) + 2), np.uint8)
    out[:, :2], out[:, 4:] = country[:2], filled
    put_digits(out, 2, 2, 98 - rest)
    return out


def _tax_id(code: Code, frame: Frame, prefix: Vec | None) -> NDArray[np.uint8]:
    """Shaped like a social security number, of an area (900 to 999) and a group (01 to 49) in which no number is issued."""
    out = np.full((frame.count, 11), ord("-"), np.uint8)
    number = code.number(frame, 100 * _TAX_GROUPS * _TAX_SERIALS)
    rest, serial = np.divmod(number, _TAX_SERIALS)
    area, group = np.divmod(rest, _TAX_GROUPS)
    put_digits(out, 0, 3, 900 + area)
    put_digits(out, 4, 2, group + 1)
    put_digits(out, 7, 4, serial + 1)
    return out


def _bic(code: Code, frame: Frame, prefix: Vec | None) -> NDArray[np.uint8]:
    """Eight characters of ISO 9362; 0 as the last of them marks a test identifier that no bank has."""
    return fill(code, frame, "ZAAAUSA0")


_SIXTEEN = _SCHEMES["luhn"]
_SCHEMES.update({"luhn": _luhn_pattern, "aba": _aba, "iban": _iban, "tax_id": _tax_id, "bic": _bic})
