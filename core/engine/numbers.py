"""Arithmetic of vectors that never leaves 64 bits unseen.

A vector carries bounds of its values where they follow from those of its operands, so that most operations are known to
stay inside without a look at their values; the rest are looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .calendar import DAY
from .errors import OutOfRange
from .vector import Mask, Vec, Words

MOST: Final = 2**63 - 1
"""Whole numbers are from -MOST to MOST."""
FIRST_DAY: Final = -719_162
LAST_DAY: Final = 2_932_896
"""Dates are of the years 1 to 9999, in days since 1970-01-01."""
_NEAR: Final = 9.2e18
"""Doubles beyond it may be wrong by more than what is left to MOST."""

Span = tuple[int, int]


def both(a: Vec, b: Vec) -> Mask | None:
    """Where neither is NULL."""
    if a.valid is None:
        return b.valid
    return a.valid if b.valid is None else a.valid & b.valid


def is_double(vec: Vec) -> bool:
    """Whether a vector holds doubles."""
    return vec.values.dtype.kind == "f"


def as_double(vec: Vec) -> NDArray[np.float64]:
    """The real values of a number vector."""
    out = vec.values.astype(np.float64)
    return out if is_double(vec) or not vec.scale else out / 10.0**vec.scale


def looked_at(vec: Vec) -> Span:
    """The least and the greatest of whole numbers."""
    vec.span = (int(vec.values.min()), int(vec.values.max())) if len(vec.values) else (0, 0)
    return vec.span


def span_of(vec: Vec) -> Span:
    """Bounds of whole numbers, as narrow as they are known."""
    return looked_at(vec) if vec.span is None else vec.span


def refuse(bad: Mask, valid: Mask | None, reason: str) -> bool:
    """Raises OutOfRange for the first bad row that is not NULL; returns whether a NULL is bad."""
    if not bad.any():
        return False
    shown = bad if valid is None else bad & valid
    if shown.any():
        raise OutOfRange(reason, int(shown.argmax()))
    return True


_TOO_LARGE: Final = f"a whole number (or a decimal without its point) goes beyond {MOST:,}"
_NOT_FINITE: Final = "a number is too large for a double"

_Numpy = Callable[[Any, Any], Any]
_NUMPY: Final[dict[str, _Numpy]] = {"+": np.add, "-": np.subtract, "*": np.multiply}
_EXACT: Final[dict[str, Callable[[int, int], int]]] = {"+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y}


def _span(name: str, a: Span, b: Span) -> Span:
    if name == "+":
        return a[0] + b[0], a[1] + b[1]
    if name == "-":
        return a[0] - b[1], a[1] - b[0]
    corners = [x * y for x in a for y in b]
    return min(corners), max(corners)


def _inside(span: Span) -> bool:
    return span[0] >= -MOST and span[1] <= MOST


def whole(vec: Vec) -> Vec:
    """The vector with its values as 64-bit whole numbers."""
    return vec if vec.values.dtype == np.int64 else Vec(vec.values.astype(np.int64), vec.valid, vec.scale, span=vec.span)


def calculate(name: str, a: Vec, b: Vec, scale: int) -> Vec:
    """The sum, difference or product of two doubles or two whole numbers; raises OutOfRange."""
    valid = both(a, b)
    if is_double(a):
        with np.errstate(all="ignore"):
            return finite(_NUMPY[name](a.values, b.values), valid)
    a, b = whole(a), whole(b)
    span = _span(name, span_of(a), span_of(b))
    if _inside(span):
        return Vec(_NUMPY[name](a.values, b.values), valid, scale, span=span)
    span = _span(name, looked_at(a), looked_at(b))
    values = _NUMPY[name](a.values, b.values)
    if _inside(span):
        return Vec(values, valid, scale, span=span)
    # Only rows that are near the edge in doubles are worked out exactly.
    bad = np.abs(_NUMPY[name](a.values.astype(np.float64), b.values.astype(np.float64))) > _NEAR
    other = np.broadcast_to(b.values, bad.shape)
    for place in np.flatnonzero(bad).tolist():
        bad[place] = abs(_EXACT[name](int(a.values[place]), int(other[place]))) > MOST
    refuse(bad, valid, _TOO_LARGE)
    return Vec(values, valid, scale)


def _all_below(values: NDArray[np.float64], most: float) -> bool:
    """Whether all doubles are numbers between -most and most: two quick looks, and no array."""
    return not len(values) or bool(values.max() < most and values.min() > -most)


def finite(values: NDArray[np.float64], valid: Mask | None) -> Vec:
    """Doubles; raises OutOfRange where one is infinite or no number at all."""
    if _all_below(values, np.inf):
        return Vec(values, valid)
    bad = ~np.isfinite(values)
    return Vec(np.where(bad, 0.0, values) if refuse(bad, valid, _NOT_FINITE) else values, valid)


def rounded(values: NDArray[np.float64], valid: Mask | None, scale: int) -> Vec:
    """Whole doubles as whole numbers; raises OutOfRange."""
    if not _all_below(values, _NEAR):
        bad = ~(np.abs(values) < _NEAR)
        refuse(bad, valid, _TOO_LARGE)
        values = np.where(bad, 0.0, values)
    return Vec(values.astype(np.int64), valid, scale)


def rescale(vec: Vec, scale: int) -> Vec:
    """The same numbers with `scale` digits after the point; fewer digits round half away from zero. Raises OutOfRange."""
    if is_double(vec):
        with np.errstate(all="ignore"):
            real = vec.values * 10.0**scale
            return rounded(np.sign(real) * np.floor(np.abs(real) + 0.5), vec.valid, scale)
    vec = whole(vec)
    if scale == vec.scale:
        return vec
    if scale > vec.scale:
        factor = 10 ** (scale - vec.scale)
        return calculate("*", vec, Vec(np.array([factor]), span=(factor, factor)), scale)
    step = 10 ** (vec.scale - scale)
    low, high = span_of(vec)
    span = (-((-low + step - 1) // step), (high + step - 1) // step)
    size = np.abs(vec.values)
    if _inside((low - step, high + step)):
        size = (size + step // 2) // step
    else:
        size, rest = np.divmod(size, step)
        size += rest >= step // 2
    return Vec(np.sign(vec.values) * size, vec.valid, scale, span=span)


def typed(vec: Vec, kind: str) -> Vec:
    """The same values as a SQL type holds them: what one branch alone gave may have fewer digits, or be a NULL of no type."""
    if kind == "varchar" and vec.words is None and vec.text is None:
        return Vec(np.zeros(len(vec), np.int32), vec.valid, words=Words(("",)))
    if kind == "double" and not is_double(vec):
        return Vec(as_double(vec), vec.valid)
    if kind.startswith("decimal") and vec.scale != (places := int(kind.removesuffix(")").split(",")[1])):
        return rescale(vec, places)
    return vec


def fitted(vec: Vec, kind: str) -> Vec:
    """The same vector, whose values a SQL type can hold; raises OutOfRange."""
    if kind == "date":
        return _within(vec, (FIRST_DAY, LAST_DAY), "a date lies outside the years 1 to 9999")
    if kind == "timestamp":
        return _within(vec, (FIRST_DAY * DAY, (LAST_DAY + 1) * DAY - 1), "a timestamp lies outside the years 1 to 9999")
    if kind == "integer":
        return _within(vec, (-(2**31), 2**31 - 1), f"a whole number goes beyond the {2**31 - 1:,} of an integer")
    if kind.startswith("decimal"):
        most = 10 ** int(kind.removeprefix("decimal(").split(",")[0]) - 1
        return _within(vec, (-most, most), f"a number has more digits than a {kind}") if most < MOST else vec
    return vec


def _within(vec: Vec, most: Span, reason: str) -> Vec:
    for span in (span_of, looked_at):
        low, high = span(vec)
        if low >= most[0] and high <= most[1]:
            return vec
    refuse((vec.values < most[0]) | (vec.values > most[1]), vec.valid, reason)
    return vec
