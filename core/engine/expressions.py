"""SQL expressions on columns of a frame.

The planner parses and types SQL (DuckDB's dialect) into a tree of JSON lists: [operation, argument, ...]. Numbers are
computed as scaled 64-bit integers, so money is exact; a division or a double operand makes doubles. NULL follows SQL's
three-valued logic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .errors import OutOfRange
from .functions import concat, date_diff, text_function, to_text
from .ground import Frame
from .hashing import Ints
from .numbers import as_double, both, calculate, finite, fitted, is_double, rescale, rounded, typed
from .vector import Mask, Vec, Words, bitmap, plain, string_array

Tree = list[Any]
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


def _compare(name: str, a: Vec, b: Vec) -> Vec:
    if _is_text(a) or _is_text(b):
        if not (_is_text(a) and _is_text(b)):
            # The other one is NULL, which is no text and equals none.
            return Vec(np.zeros(len(a), np.bool_), both(a, b))
        return Vec(_compare_texts(name, a, b), both(a, b))
    x, y = _aligned(a, b)
    return Vec(_NUMPY[name](x.values, y.values), both(a, b))


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
    if a.values.dtype == np.bool_ and b.values.dtype == np.bool_:
        return Vec(np.where(condition, a.values, b.values), valid)
    x, y = _aligned(a, b)
    return Vec(np.where(condition, x.values, y.values), valid, x.scale, span=_united(x, y))


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
            better = np.where(_valid(out) & _valid(other), better, np.where(_valid(out), x.values, y.values))
            out = Vec(better, _valid(out) | _valid(other), x.scale, span=_united(x, y))
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


class _Rows:
    """The rows of a frame that are looked at.

    Eagerly all rows work out all parts of an expression. Where a value goes out of range, it is worked out anew, lazily: each part
    only for the rows that need it, as in DuckDB.
    """

    def __init__(self, frame: Frame, places: Ints | None) -> None:
        self.frame = frame
        self.places = places
        """None: all, eagerly."""
        self.count = frame.count if places is None else len(places)

    def only(self, places: Ints) -> _Rows:
        """Some of these rows, lazily."""
        return _Rows(self.frame, places if self.places is None else self.places[places])

    def column(self, path: Sequence[str], column: str, part: str | None) -> Vec:
        """A column at the end of a path."""
        out = self.frame.follow(path, column, part)
        return out if self.places is None else out.take(self.places)


def evaluate(tree: Tree, frame: Frame, kind: str = "") -> Vec:
    """The values of an expression for the rows of a frame, which fit a SQL type if one is given.

    Raises OutOfRange, whose sentence names the row.
    """
    try:
        return fitted(typed(_evaluate(tree, _Rows(frame, None)), kind), kind)
    except OutOfRange:
        pass
    try:
        return fitted(typed(_evaluate(tree, _Rows(frame, np.arange(frame.count, dtype=np.int64))), kind), kind)
    except OutOfRange as error:
        raise error.among(frame.rows) from None


def _evaluate(tree: Tree, rows: _Rows) -> Vec:
    try:
        return _node(tree, rows)
    except OutOfRange as error:
        if error.row is None:
            error.row = error.place if rows.places is None else int(rows.places[error.place])
        raise


def _node(tree: Tree, rows: _Rows) -> Vec:
    name = tree[0]
    if name == "col":
        return rows.column(tree[1], tree[2], tree[3])
    if name == "lit":
        return _literal(tree[1], tree[2], rows.count)
    if name == "null":
        return _nulls(rows.count)
    if name == "case":
        return _case(tree[1], tree[2], rows)
    if name == "switch":
        return _case(tree[2], tree[3], rows, _evaluate(tree[1], rows))
    if name == "in":
        return _in(tree, rows)
    if name == "between":
        inner = _evaluate(tree[1], rows)
        return _logic_and(_compare(">=", inner, _evaluate(tree[2], rows)), _compare("<=", inner, _evaluate(tree[3], rows)))
    if name == "not":
        inner = _evaluate(tree[1], rows)
        return Vec(~inner.values.astype(bool), inner.valid)
    if name == "is_null":
        return Vec(~_valid(_evaluate(tree[1], rows)))
    if name == "cast":
        return _cast(_evaluate(tree[1], rows), tree[2])
    if name == "text":
        return text_function(tree[1], _evaluate(tree[2], rows), tree[3])
    if name == "to_text":
        return to_text(_evaluate(tree[1], rows), tree[2])
    if name == "date_diff":
        return date_diff(rows.frame.table.engine.calendar, tree[1], _evaluate(tree[2], rows), _evaluate(tree[3], rows), tree[4])
    if name == "coalesce" and rows.places is not None:
        return _coalesce(tree[1:], rows)
    arguments = [_evaluate(argument, rows) for argument in tree[1:]]
    if name in _BINARY:
        return _BINARY[name](arguments[0], arguments[1])
    if name in _NUMPY:
        return _compare(name, arguments[0], arguments[1])
    return _function(name, arguments, tree)


def _nulls(count: int) -> Vec:
    return Vec(np.zeros(count, np.int64), np.zeros(count, np.bool_))


def _in(tree: Tree, rows: _Rows) -> Vec:
    left = _evaluate(tree[1], rows)
    if left.words is not None and all(item[0] == "lit" for item in tree[2]):
        # The words are looked at once, not the rows for each item.
        wanted = {item[2] for item in tree[2]}
        return Vec(_marked(left, [text in wanted for text in left.words.texts]), left.valid)
    out = Vec(np.zeros(rows.count, np.bool_), left.valid)
    for item in tree[2]:
        out = _logic_or(out, _compare("=", left, _evaluate(item, rows)))
    return out


def _true(condition: Tree, rows: _Rows, subject: Vec | None) -> Mask:
    """Where a condition holds, or equals the subject if there is one."""
    test = _evaluate(condition, rows)
    if subject is not None:
        test = _compare("=", subject, test)
    return test.values.astype(bool) & _valid(test)


def _case(branches: Sequence[Tree], default: Tree, rows: _Rows, subject: Vec | None = None) -> Vec:
    if rows.places is None:
        out = _evaluate(default, rows)
        for condition, value in reversed(branches):
            hit = _true(condition, rows, subject)
            out = _choose(hit, _evaluate(value, rows), out)
        return out
    pieces: list[tuple[Ints, Vec]] = []
    left = np.arange(rows.count, dtype=np.int64)
    for condition, value in branches:
        if not len(left):
            break
        hit = _true(condition, rows.only(left), None if subject is None else subject.take(left))
        if hit.any():
            pieces.append((left[hit], _evaluate(value, rows.only(left[hit]))))
        left = left[~hit]
    if len(left):
        pieces.append((left, _evaluate(default, rows.only(left))))
    return _merged(rows.count, pieces)


def _coalesce(arguments: Sequence[Tree], rows: _Rows) -> Vec:
    """Lazily: an argument is worked out where those before it are NULL."""
    pieces: list[tuple[Ints, Vec]] = []
    left = np.arange(rows.count, dtype=np.int64)
    for argument in arguments:
        if not len(left):
            break
        pieces.append((left, _evaluate(argument, rows.only(left))))
        left = left[~_valid(pieces[-1][1])]
    return _merged(rows.count, pieces)


def _merged(count: int, pieces: Sequence[tuple[Ints, Vec]]) -> Vec:
    """Values of some rows each, later pieces over earlier ones; NULL where there is none."""
    out = _nulls(count)
    for places, vec in pieces:
        source = np.zeros(count, np.int64)
        source[places] = np.arange(len(places))
        mine = np.zeros(count, np.bool_)
        mine[places] = True
        out = _choose(mine, vec.take(source), out)
    return out


def _literal(kind: str, value: Any, count: int) -> Vec:
    if kind == "varchar":
        return Vec(np.zeros(count, np.int32), words=Words((value,)))
    if kind == "boolean":
        return Vec(np.full(count, bool(value)))
    if kind == "double":
        return Vec(np.full(count, float(value)))
    scale = int(kind.removesuffix(")").split(",")[1]) if kind.startswith("decimal") else 0
    return Vec(np.full(count, int(value), np.int64), scale=scale, span=(int(value), int(value)))


def _cast(vec: Vec, kind: str) -> Vec:
    if kind == "double":
        return Vec(as_double(vec), vec.valid)
    if kind.startswith("decimal"):
        return fitted(rescale(vec, int(kind.removesuffix(")").split(",")[1])), kind)
    if kind in ("bigint", "integer"):
        return fitted(rescale(vec, 0), kind)
    if kind == "boolean":
        return Vec(vec.values.astype(bool), vec.valid)
    return vec
