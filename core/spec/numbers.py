"""Numbers as people write them: what has one reading is read, what has two is refused with both.

`10.000` is ten here and ten thousand there, `1,5M` one and a half million or fifteen. A point is a decimal point; groups of
three digits are set apart by `_` or a space, or by more than one comma or point: `1_000`, `1 000`, `1,000,000`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Final

from ..errors import brief
from .modelling import BeforeValidator, Field

_MOST: Final = 60
"""Characters of a number."""
_TIMES: Final = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}
_NUMBER: Final = re.compile(r"([+-]?)([\d.][\d_,. \u00a0\u202f]*?)(?:e([+-]?\d{1,3}))? ?([kmb]?)", re.ASCII | re.IGNORECASE)
_PLAIN: Final = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)
_SET_APART: Final = re.compile(r"\d{1,3}([_ \u00a0\u202f])\d{3}(?:\1\d{3})*(?:\.\d*)?", re.ASCII)
_GROUPS: Final = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})+", re.ASCII)
_TWO_WAYS: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)
_COMMA: Final = re.compile(r"\d+,\d+", re.ASCII)


def _read(text: str, what: str, whole: bool) -> Fraction:
    """The one reading of a text; raises ValueError with a sentence where there is none, or more than one."""
    found = _NUMBER.fullmatch(text.strip()) if len(text) <= _MOST else None
    if found is None:
        raise ValueError(f"`{brief(text)}` is not a {what}")
    sign, digits, power, unit = found[1], found[2], int(found[3] or 0), found[4].lower()

    def value(written: str) -> Fraction:
        return Fraction(f"{sign}{written}") * Fraction(10) ** power * _TIMES[unit]

    if _COMMA.fullmatch(digits) and not found[3]:
        raise ValueError(_ambiguous(text, value(digits.replace(",", ".")), value(digits.replace(",", ""))))
    # With decimals that are not 0, a text that need not be whole is read as everywhere in files and programs.
    if _TWO_WAYS.fullmatch(digits) and not found[3] and (whole or digits.endswith(".000")):
        raise ValueError(_ambiguous(text, value(digits), value(digits.replace(".", ""))))
    if _PLAIN.fullmatch(digits):
        return value(digits)
    if apart := _SET_APART.fullmatch(digits):
        return value(digits.replace(apart[1], ""))
    if groups := _GROUPS.fullmatch(digits):
        return value(digits.replace(groups[1], ""))
    raise ValueError(f"`{brief(text)}` is not a {what}")


def _ambiguous(text: str, *readings: Fraction) -> str:
    shown = [f"{int(one):,}" if one.denominator == 1 else f"{float(one):,.15g}" for one in readings]
    if abs(readings[0]) < 1:
        return f"`{brief(text)}` has a decimal comma; write {shown[0]}"
    return f"`{brief(text)}` could mean {' or '.join(shown)}; write {' or '.join(one.replace(',', '') for one in shown)}"


def plain(text: str) -> float:
    """The number of a YAML or JSON file that is written with a point; raises ValueError where it has two readings, or is too large."""
    if _TWO_WAYS.fullmatch(text.lstrip("+-")) and text.endswith(".000"):
        _read(text, "number", whole=False)
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"`{brief(text)}` is too large for a number")
    return number


def whole(value: Any) -> Any:
    """10_000, 10k, 2M and 1e6 as whole numbers; what is not a number, a text or a boolean is left alone. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError(f"must be a whole number, not `{str(value).lower()}`")
    if isinstance(value, float):
        if not value.is_integer():
            raise ValueError(f"`{value}` is not a whole number")
        return int(value)
    if isinstance(value, str):
        found = _read(value, "whole number", whole=True)
        if found.denominator != 1:
            raise ValueError(f"`{brief(value)}` is not a whole number")
        return int(found)
    return value


def number(value: Any) -> Any:
    """10_000, 10k, 2M and 1.5 as numbers; what is not a text or a boolean is left alone. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError(f"must be a number, not `{str(value).lower()}`")
    if isinstance(value, str):
        found = _read(value, "number", whole=False)
        try:
            return float(found)
        except OverflowError:
            raise ValueError(f"`{brief(value)}` is too large for a number") from None
    return value


def share(value: Any) -> Any:
    """A share from 0 to 1, which may be written as `5%`; what is not a text or a number is left alone. Raises ValueError."""
    if isinstance(value, str) and value.rstrip().endswith("%"):
        found = number(value.rstrip()[:-1])
        if not 0 <= found <= 100:
            raise ValueError(f"`{brief(value)}` is not between 0% and 100%")
        return float(Fraction(str(found)) / 100)
    found = number(value)
    if isinstance(found, int | float) and 1 < found <= 100:
        raise ValueError(f"must be a share from 0 to 1, not `{found:g}`; did you mean {found / 100:g} or {found:g}%?")
    return found


Whole = Annotated[int, BeforeValidator(whole)]
Number = Annotated[float, BeforeValidator(number)]
Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(share)]
Part = Annotated[float, Field(gt=0, le=1), BeforeValidator(share)]
"""A share that is not 0."""
