"""SQL expressions on columns of a frame.

The planner parses and types SQL (DuckDB's dialect) into a tree of JSON lists: [operation, argument, ...]. Numbers are
computed as scaled 64-bit integers, so money is exact; a division or a double operand makes doubles. NULL follows SQL's
three-valued logic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .functions import concat, date_diff, text_function, to_text
from .vector import Mask, Vec, Words, bitmap, plain, string_array

if TYPE_CHECKING:
    from .frame import Frame

Tree = list[Any]
_FEW: Final = 6


def _both(a: Vec, b: Vec) -> Mask | None:
    if a.valid is None:
        return b.valid
    return a.valid if b.valid is None else a.valid & b.valid


def is_double(vec: Vec) -> bool:
    """Whether a vector holds doubles."""
    return vec.values.dtype.kind == "f"


def as_double(vec: Vec) -> np.typing.NDArray[np.float64]:
    """The real values of a number vector."""
    out = vec.values.astype(np.float64)
    return out if is_double(vec) or not vec.scale else out / 10.0**vec.scale


def rescale(vec: Vec, scale: int) -> Vec:
    """The same numbers with `scale` digits after the point; fewer digits round half away from zero."""
    if is_double(vec):
        real = vec.values * 10.0**scale
        return Vec((np.sign(real) * np.floor(np.abs(real) + 0.5)).astype(np.int64), vec.valid, scale)
    values = vec.values.astype(np.int64, copy=False)
    if scale >= vec.scale:
        return Vec(values * 10 ** (scale - vec.scale) if scale > vec.scale else values, vec.valid, scale)
    step = 10 ** (vec.scale - scale)
    half = np.abs(values) + step // 2
    return Vec(np.sign(values) * (half // step), vec.valid, scale)


def _aligned(a: Vec, b: Vec) -> tuple[Any, Any, int]:
    if is_double(a) or is_double(b):
        return as_double(a), as_double(b), 0
    scale = max(a.scale, b.scale)
    return rescale(a, scale).values, rescale(b, scale).values, scale


def _add(a: Vec, b: Vec) -> Vec:
    x, y, scale = _aligned(a, b)
    return Vec(x + y, _both(a, b), scale)


def _subtract(a: Vec, b: Vec) -> Vec:
    x, y, scale = _aligned(a, b)
    return Vec(x - y, _both(a, b), scale)


def _multiply(a: Vec, b: Vec) -> Vec:
    if is_double(a) or is_double(b):
        return Vec(as_double(a) * as_double(b), _both(a, b))
    return Vec(a.values.astype(np.int64, copy=False) * b.values.astype(np.int64, copy=False), _both(a, b), a.scale + b.scale)


def _divide(a: Vec, b: Vec) -> Vec:
    x, y = as_double(a), as_double(b)
    zero = y == 0
    out = x / np.where(zero, 1.0, y)
    valid = _both(a, b)
    if bool(np.any(zero)):
        valid = np.broadcast_to(~zero, out.shape) if valid is None else valid & ~zero
    return Vec(out, valid)


def _whole_divide(a: Vec, b: Vec) -> Vec:
    """Towards zero, as DuckDB does; NULL for a divisor of 0."""
    x, y = a.values.astype(np.int64, copy=False), b.values.astype(np.int64, copy=False)
    zero = y == 0
    out = np.abs(x) // np.abs(np.where(zero, 1, y)) * (np.sign(x) * np.sign(y))
    valid = _both(a, b)
    if bool(np.any(zero)):
        valid = ~zero if valid is None else valid & ~zero
    return Vec(out, valid)


def _modulo(a: Vec, b: Vec) -> Vec:
    x, y, scale = _aligned(a, b)
    zero = y == 0
    out = np.fmod(x, np.where(zero, 1, y))
    valid = _both(a, b)
    if bool(np.any(zero)):
        valid = np.broadcast_to(~zero, out.shape) if valid is None else valid & ~zero
    return Vec(out, valid, scale)


def _is_text(vec: Vec) -> bool:
    return vec.words is not None or vec.text is not None


def _compare(name: str, a: Vec, b: Vec) -> Vec:
    if _is_text(a) or _is_text(b):
        if not (_is_text(a) and _is_text(b)):
            # The other one is NULL, which is no text and equals none.
            return Vec(np.zeros(len(a), np.bool_), _both(a, b))
        return Vec(_compare_texts(name, a, b), _both(a, b))
    x, y, _ = _aligned(a, b)
    return Vec(_NUMPY[name](x, y), _both(a, b))


def _marked(vec: Vec, marks: list[bool]) -> Mask:
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
        return _marked(a, [_PYTHON[name](text, constant) for text in a.words.texts])
    out = getattr(pc, _ARROW[name])(a.strings(), b.strings())
    return plain(out)


def _logic_and(a: Vec, b: Vec) -> Vec:
    x, y = a.values.astype(bool), b.values.astype(bool)
    if a.valid is None and b.valid is None:
        return Vec(x & y)
    false = _known_false(a) | _known_false(b)
    known = (_valid(a) & _valid(b)) | false
    return Vec(x & y & ~false, known)


def _logic_or(a: Vec, b: Vec) -> Vec:
    x, y = a.values.astype(bool), b.values.astype(bool)
    if a.valid is None and b.valid is None:
        return Vec(x | y)
    true = (x & _valid(a)) | (y & _valid(b))
    return Vec(true, (_valid(a) & _valid(b)) | true)


def _valid(vec: Vec) -> Mask:
    return np.ones(len(vec), np.bool_) if vec.valid is None else vec.valid


def _known_false(vec: Vec) -> Mask:
    return _valid(vec) & ~vec.values.astype(bool)


_NUMPY: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "=": np.equal, "<>": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip
_PYTHON: Final[dict[str, Callable[[str, str], bool]]] = {
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
_ARROW: Final = {
    "=": "equal", "<>": "not_equal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
}  # fmt: skip
_BINARY: Final[dict[str, Callable[[Vec, Vec], Vec]]] = {
    "+": _add, "-": _subtract, "*": _multiply, "/": _divide, "//": _whole_divide, "%": _modulo, "and": _logic_and, "or": _logic_or,
}  # fmt: skip


def _choose(condition: Mask, a: Vec, b: Vec) -> Vec:
    """a where the condition holds, else b."""
    valid: Mask | None = None
    if a.valid is not None or b.valid is not None:
        valid = np.where(condition, _valid(a), _valid(b))
    if a.text is not None or b.text is not None:
        mask = pa.BooleanArray.from_buffers(pa.bool_(), len(condition), [None, bitmap(condition)])
        return Vec(np.zeros(0), valid, text=pc.if_else(mask, _plain(a, len(condition)), _plain(b, len(condition))))
    if _is_text(a) or _is_text(b):
        words = Words(tuple(dict.fromkeys((*_texts(a), *_texts(b)))))
        codes = np.where(condition, _recoded(a, words), _recoded(b, words))
        return Vec(codes.astype(np.int32, copy=False), valid, words=words)
    x, y, scale = _aligned(a, b)
    if a.values.dtype == np.bool_ and b.values.dtype == np.bool_:
        x, y = a.values, b.values
    return Vec(np.where(condition, x, y), valid, scale)


def _plain(vec: Vec, count: int) -> pa.StringArray:
    """Texts without NULL; a NULL of no type is a text too."""
    if not _is_text(vec):
        return string_array([""] * count)
    out = Vec(vec.values, None, 0, vec.words, vec.text).strings()
    return out.fill_null("") if out.null_count else out


def _texts(vec: Vec) -> tuple[str, ...]:
    return vec.words.texts if vec.words is not None else ("",)


def _recoded(vec: Vec, words: Words) -> Any:
    if vec.words is None:
        return np.zeros(len(vec), np.int32)
    codes = np.array([words.places[text] for text in vec.words.texts], np.int32)
    # One text is one code for all rows.
    return codes[0] if len(codes) == 1 else codes.take(vec.values)


def _function(name: str, arguments: list[Vec], tree: Tree) -> Vec:
    first = arguments[0]
    if name == "round":
        return rescale(first, int(tree[2][2]) if len(tree) > 2 else 0)
    if name in ("floor", "ceil"):
        step = 1 if is_double(first) else 10**first.scale
        if is_double(first):
            return Vec(getattr(np, name)(first.values).astype(np.int64), first.valid)
        values = first.values.astype(np.int64, copy=False)
        return Vec(values // step if name == "floor" else -(-values // step), first.valid)
    if name == "abs":
        return Vec(np.abs(first.values), first.valid, first.scale)
    if name == "neg":
        return Vec(-first.values, first.valid, first.scale)
    if name in ("least", "greatest"):
        out = first
        for other in arguments[1:]:
            x, y, scale = _aligned(out, other)
            better = np.minimum(x, y) if name == "least" else np.maximum(x, y)
            if out.valid is None and other.valid is None:
                out = Vec(better, None, scale)
                continue
            # A NULL is left out, as in DuckDB.
            better = np.where(_valid(out) & _valid(other), better, np.where(_valid(out), x, y))
            out = Vec(better, _valid(out) | _valid(other), scale)
        return out
    if name == "coalesce":
        out = arguments[-1]
        for other in reversed(arguments[:-1]):
            out = _choose(_valid(other), other, out)
        return out
    if name == "nullif":
        equal = _compare("=", first, arguments[1])
        return first.where(~(equal.values & _valid(equal)))
    if name == "concat":
        return concat(arguments)
    raise KeyError(f"unknown function {name}")


def evaluate(tree: Tree, frame: Frame) -> Vec:
    """The values of an expression for the rows of a frame."""
    name = tree[0]
    if name == "col":
        return frame.follow(tree[1], tree[2], tree[3])
    if name == "lit":
        return _literal(tree[1], tree[2], frame.count)
    if name == "null":
        return Vec(np.zeros(frame.count, np.int64), np.zeros(frame.count, np.bool_))
    if name == "case":
        out = evaluate(tree[2], frame)
        for condition, value in reversed(tree[1]):
            test = evaluate(condition, frame)
            out = _choose(test.values.astype(bool) & _valid(test), evaluate(value, frame), out)
        return out
    if name == "in":
        left = evaluate(tree[1], frame)
        if left.words is not None and all(item[0] == "lit" for item in tree[2]):
            # The words are looked at once, not the rows for each item.
            wanted = {item[2] for item in tree[2]}
            return Vec(_marked(left, [text in wanted for text in left.words.texts]), left.valid)
        out = Vec(np.zeros(frame.count, np.bool_), left.valid)
        for item in tree[2]:
            out = _logic_or(out, _compare("=", left, evaluate(item, frame)))
        return out
    if name == "not":
        inner = evaluate(tree[1], frame)
        return Vec(~inner.values.astype(bool), inner.valid)
    if name == "is_null":
        return Vec(~_valid(evaluate(tree[1], frame)))
    if name == "cast":
        return _cast(evaluate(tree[1], frame), tree[2])
    if name == "text":
        return text_function(tree[1], evaluate(tree[2], frame), tree[3])
    if name == "to_text":
        return to_text(evaluate(tree[1], frame), tree[2])
    if name == "date_diff":
        return date_diff(frame.table.engine.calendar, tree[1], evaluate(tree[2], frame), evaluate(tree[3], frame), tree[4])
    arguments = [evaluate(argument, frame) for argument in tree[1:]]
    if name in _BINARY:
        return _BINARY[name](arguments[0], arguments[1])
    if name in _NUMPY:
        return _compare(name, arguments[0], arguments[1])
    return _function(name, arguments, tree)


def _literal(kind: str, value: Any, count: int) -> Vec:
    if kind == "varchar":
        return Vec(np.zeros(count, np.int32), words=Words((value,)))
    if kind == "boolean":
        return Vec(np.full(count, bool(value)))
    if kind == "double":
        return Vec(np.full(count, float(value)))
    scale = int(kind.removesuffix(")").split(",")[1]) if kind.startswith("decimal") else 0
    return Vec(np.full(count, int(value), np.int64), scale=scale)


def _cast(vec: Vec, kind: str) -> Vec:
    if kind == "double":
        return Vec(as_double(vec), vec.valid)
    if kind.startswith("decimal"):
        return rescale(vec, int(kind.removesuffix(")").split(",")[1]))
    if kind in ("bigint", "integer"):
        return rescale(vec, 0)
    if kind == "boolean":
        return Vec(vec.values.astype(bool), vec.valid)
    return vec
