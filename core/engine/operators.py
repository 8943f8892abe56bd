"""The operators of SQL expressions, on whole columns: numbers are exact, NULL follows SQL's three-valued logic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .functions import concat
from .numbers import as_double, both, calculate, finite, fitted, is_double, rescale, rounded
from .vector import Mask, Vec, Words, bitmap, plain, string_array

_FEW: Final = 6


def _aligned(a: Vec, b: Vec) -> tuple[Vec, Vec]:
    """Both as doubles, or both as whole numbers with the same digits after the point."""
    if is_double(a) or is_double(b):
        return Vec(as_double(a), a.valid), Vec(as_double(b), b.valid)
    scale = max(a.scale, b.scale)
    return rescale(a, scale), rescale(b, scale)


def _united(a: Vec, b: Vec) -> tuple[int, int] | None:
    """Bounds of values that are of one or the other."""
    return None if a.span is None or b.span is None else (min(a.span[0], b.span[0]), max(a.span[1], b.span[1]))


def _add(a: Vec, b: Vec) -> Vec:
    x, y = _aligned(a, b)
    return calculate("+", x, y, x.scale)


def _subtract(a: Vec, b: Vec) -> Vec:
    x, y = _aligned(a, b)
    return calculate("-", x, y, x.scale)


def _multiply(a: Vec, b: Vec) -> Vec:
    if is_double(a) or is_double(b):
        a, b = _aligned(a, b)
    return calculate("*", a, b, a.scale + b.scale)


def _divide(a: Vec, b: Vec) -> Vec:
    x, y = as_double(a), as_double(b)
    zero = y == 0
    with np.errstate(all="ignore"):
        out = x / np.where(zero, 1.0, y)
    return finite(out, _but(both(a, b), zero))


def _but(valid: Mask | None, zero: Mask) -> Mask | None:
    """NULL also where a divisor is 0."""
    if not zero.any():
        return valid
    return ~zero if valid is None else valid & ~zero


def _whole_divide(a: Vec, b: Vec) -> Vec:
    """Towards zero, as DuckDB does; NULL for a divisor of 0."""
    x, y = a.values.astype(np.int64, copy=False), b.values.astype(np.int64, copy=False)
    zero = y == 0
    out = np.abs(x) // np.abs(np.where(zero, 1, y)) * (np.sign(x) * np.sign(y))
    return Vec(out, _but(both(a, b), zero))


def _modulo(a: Vec, b: Vec) -> Vec:
    x, y = _aligned(a, b)
    zero = y.values == 0
    return Vec(np.fmod(x.values, np.where(zero, 1, y.values)), _but(both(a, b), zero), x.scale)


def _is_text(vec: Vec) -> bool:
    return vec.words is not None or vec.text is not None


def compare(name: str, a: Vec, b: Vec) -> Vec:
    """a = b and the like, of texts or of numbers."""
    if _is_text(a) or _is_text(b):
        if not (_is_text(a) and _is_text(b)):
            # The other one is NULL, which is no text and equals none.
            return Vec(np.zeros(len(a), np.bool_), both(a, b))
        return Vec(_compare_texts(name, a, b), both(a, b))
    x, y = _aligned(a, b)
    return Vec(COMPARISONS[name](x.values, y.values), both(a, b))


def marked(vec: Vec, marks: list[bool]) -> Mask:
    """The rows whose word is marked."""
    codes = [code for code, mark in enumerate(marks) if mark]
    if len(codes) > _FEW:
        return np.array(marks, np.bool_).take(vec.values)
    # Comparing with a few codes is faster than looking each row up.
    out: Mask = np.zeros(len(vec.values), np.bool_)
    for code in codes:
        out |= vec.values == code
    return out


def _compare_texts(name: str, a: Vec, b: Vec) -> Mask:
    if a.words is not None and b.words is not None and len(b.words) == 1:
        # One constant on the right: compare the words once, then gather.
        constant = b.words.texts[0]
        return marked(a, [_PYTHON[name](text, constant) for text in a.words.texts])
    out = getattr(pc, _ARROW[name])(a.strings(), b.strings())
    return plain(out)


def logic_and(a: Vec, b: Vec) -> Vec:
    """SQL's AND of three values."""
    x, y = a.values.astype(bool), b.values.astype(bool)
    if a.valid is None and b.valid is None:
        return Vec(x & y)
    false = _known_false(a) | _known_false(b)
    known = (present(a) & present(b)) | false
    return Vec(x & y & ~false, known)


def logic_or(a: Vec, b: Vec) -> Vec:
    """SQL's OR of three values."""
    x, y = a.values.astype(bool), b.values.astype(bool)
    if a.valid is None and b.valid is None:
        return Vec(x | y)
    true = (x & present(a)) | (y & present(b))
    return Vec(true, (present(a) & present(b)) | true)


def present(vec: Vec) -> Mask:
    """Which values are not NULL."""
    return np.ones(len(vec), np.bool_) if vec.valid is None else vec.valid


def _known_false(vec: Vec) -> Mask:
    return present(vec) & ~vec.values.astype(bool)


COMPARISONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "=": np.equal, "<>": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip
_PYTHON: Final[dict[str, Callable[[str, str], bool]]] = {
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
_ARROW: Final = {
    "=": "equal", "<>": "not_equal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
}  # fmt: skip
BINARY: Final[dict[str, Callable[[Vec, Vec], Vec]]] = {
    "+": _add, "-": _subtract, "*": _multiply, "/": _divide, "//": _whole_divide, "%": _modulo, "and": logic_and, "or": logic_or,
}  # fmt: skip


def choose(condition: Mask, a: Vec, b: Vec) -> Vec:
    """a where the condition holds, else b."""
    valid = _chosen_valid(condition, a.valid, b.valid)
    if a.text is not None or b.text is not None:
        mask = pa.BooleanArray.from_buffers(pa.bool_(), len(condition), [None, bitmap(condition)])
        return Vec(np.zeros(0), valid, text=pc.if_else(mask, _plain(a, len(condition)), _plain(b, len(condition))))
    if _is_text(a) or _is_text(b):
        if a.words is not None and a.words is b.words:
            return Vec(_chosen(condition, a.values, b.values).astype(np.int32, copy=False), valid, words=a.words)
        words = Words(tuple(dict.fromkeys((*_texts(a), *_texts(b)))))
        codes = _chosen(condition, _recoded(a, words), _recoded(b, words))
        return Vec(codes.astype(np.int32, copy=False), valid, words=words)
    if a.values.dtype == np.bool_ and b.values.dtype == np.bool_:
        return Vec((condition & a.values) | (~condition & b.values), valid)
    x, y = _aligned(a, b)
    return Vec(_chosen(condition, x.values, y.values), valid, x.scale, span=_united(x, y))


def _chosen(condition: Mask, a: Any, b: Any) -> Any:
    """As `np.where`; whole numbers without a branch for each row, which no processor guesses."""
    if a.dtype != b.dtype or a.dtype not in (np.int64, np.int32):
        return np.where(condition, a, b)
    mask = condition.astype(a.dtype)
    np.negative(mask, out=mask)
    mask &= a ^ b
    mask ^= b
    return mask


def _chosen_valid(condition: Mask, a: Mask | None, b: Mask | None) -> Mask | None:
    """Which of the chosen values are not NULL."""
    if a is None:
        return None if b is None else condition | b
    return a | ~condition if b is None else (condition & a) | (~condition & b)


def _plain(vec: Vec, count: int) -> pa.StringArray:
    """Texts without NULL; a NULL of no type is a text too."""
    if not _is_text(vec):
        return pa.StringArray.from_buffers(count, pa.py_buffer(np.zeros(count + 1, np.int32)), pa.py_buffer(b""))
    out = Vec(vec.values, None, 0, vec.words, vec.text).strings()
    return out.fill_null(string_array([""])[0]) if out.null_count else out


def _texts(vec: Vec) -> tuple[str, ...]:
    return vec.words.texts if vec.words is not None else ("",)


def _recoded(vec: Vec, words: Words) -> Any:
    if vec.words is None:
        return np.zeros(len(vec), np.int32)
    codes = np.array([words.places[text] for text in vec.words.texts], np.int32)
    # One text is one code for all rows.
    return codes[0] if len(codes) == 1 else codes.take(vec.values)


def function(name: str, arguments: list[Vec], tree: Sequence[Any]) -> Vec:
    """A function of values; `tree` holds what it is told besides. Raises KeyError for an unknown one."""
    first = arguments[0]
    if name == "round":
        return rescale(first, int(tree[2]) if len(tree) > 2 else 0)
    if name in ("floor", "ceil"):
        step = 1 if is_double(first) else 10**first.scale
        if is_double(first):
            return rounded(getattr(np, name)(first.values), first.valid, 0)
        values = first.values.astype(np.int64, copy=False)
        return Vec(values // step if name == "floor" else -(-values // step), first.valid)
    if name == "abs":
        return Vec(np.abs(first.values), first.valid, first.scale)
    if name == "neg":
        return Vec(-first.values, first.valid, first.scale)
    if name in ("least", "greatest"):
        out = first
        for other in arguments[1:]:
            x, y = _aligned(out, other)
            better = np.minimum(x.values, y.values) if name == "least" else np.maximum(x.values, y.values)
            if out.valid is None and other.valid is None:
                out = Vec(better, None, x.scale, span=_united(x, y))
                continue
            # A NULL is left out, as in DuckDB.
            better = np.where(present(out) & present(other), better, np.where(present(out), x.values, y.values))
            out = Vec(better, present(out) | present(other), x.scale, span=_united(x, y))
        return out
    if name == "coalesce":
        out = arguments[-1]
        for other in reversed(arguments[:-1]):
            out = choose(present(other), other, out)
        return out
    if name == "nullif":
        equal = compare("=", first, arguments[1])
        return first.where(~(equal.values & present(equal)))
    if name == "concat":
        return concat(arguments)
    raise KeyError(f"unknown function {name}")


def literal(kind: str, value: Any, count: int) -> Vec:
    """A constant of a SQL type, for so many rows."""
    if kind == "varchar":
        return Vec(np.zeros(count, np.int32), words=Words((value,)))
    if kind == "boolean":
        return Vec(np.full(count, bool(value)))
    if kind == "double":
        return Vec(np.full(count, float(value)))
    scale = int(kind.removesuffix(")").split(",")[1]) if kind.startswith("decimal") else 0
    return Vec(np.full(count, int(value), np.int64), scale=scale, span=(int(value), int(value)))


def cast(vec: Vec, kind: str) -> Vec:
    """Values as those of another SQL type; raises OutOfRange."""
    if kind == "double":
        return Vec(as_double(vec), vec.valid)
    if kind.startswith("decimal"):
        return fitted(rescale(vec, int(kind.removesuffix(")").split(",")[1])), kind)
    if kind in ("bigint", "integer"):
        return fitted(rescale(vec, 0), kind)
    if kind == "boolean":
        return Vec(vec.values.astype(bool), vec.valid)
    return vec
