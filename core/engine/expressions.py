"""SQL expressions on columns of a frame.

The planner parses and types SQL (DuckDB's dialect) into a tree of JSON values (`core/program/trees.py`). Numbers are
computed as scaled 64-bit integers, so money is exact; a division or a double operand makes doubles. NULL follows SQL's
three-valued logic.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from ..program.trees import constant_of, operands
from ..program.values import Path, Tree
from .errors import OutOfRange
from .functions import date_diff, text_function, to_text
from .ground import Frame
from .hashing import Ints
from .numbers import fitted, typed
from .operators import BINARY, COMPARISONS, cast, choose, compare, function, literal, logic_and, logic_or, marked, present
from .vector import Mask, Vec

_MANY: Final = 1_024
"""Rows that are worth a look at how many of them ask for something."""

_path = lru_cache(maxsize=4_096)(Path.of_text)


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
        return self.frame.follow(path, column, part) if self.places is None else self.frame.follow_at(self.places, path, column, part)


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
    if isinstance(tree, str):
        return rows.column(*_path(tree))
    if tree is None:
        return _nulls(rows.count)
    told = constant_of(tree)
    if told is not None:
        return literal(*told, rows.count)
    name = tree[0]
    if name == "case":
        return _case(tree[1], tree[2], rows)
    if name == "switch":
        return _case(tree[2], tree[3], rows, _evaluate(tree[1], rows))
    if name == "in":
        return _in(tree, rows)
    if name == "between":
        inner = _evaluate(tree[1], rows)
        return logic_and(compare(">=", inner, _evaluate(tree[2], rows)), compare("<=", inner, _evaluate(tree[3], rows)))
    if name == "not":
        inner = _evaluate(tree[1], rows)
        return Vec(~inner.values.astype(bool), inner.valid)
    if name == "is_null":
        return Vec(~present(_evaluate(tree[1], rows)))
    if name == "cast":
        return cast(_evaluate(tree[1], rows), tree[2])
    if name == "text":
        return text_function(tree[1], _evaluate(tree[2], rows), tree[3])
    if name == "to_text":
        return to_text(_evaluate(tree[1], rows), tree[2])
    if name == "date_diff":
        return date_diff(rows.frame.table.engine.calendar, tree[1], _evaluate(tree[2], rows), _evaluate(tree[3], rows), tree[4])
    if name == "coalesce" and rows.places is not None:
        return _coalesce(tree[1:], rows)
    arguments = [_evaluate(argument, rows) for argument in tree[1:]]
    if name in BINARY:
        return BINARY[name](arguments[0], arguments[1])
    if name in COMPARISONS:
        return compare(name, arguments[0], arguments[1])
    return function(name, arguments, tree)


def _nulls(count: int) -> Vec:
    return Vec(np.zeros(count, np.int64), np.zeros(count, np.bool_))


def _in(tree: Tree, rows: _Rows) -> Vec:
    left = _evaluate(tree[1], rows)
    if left.words is not None and all(constant_of(item) for item in tree[2]):
        # The words are looked at once, not the rows for each item.
        wanted = {item[-1] for item in tree[2]}
        return Vec(marked(left, [text in wanted for text in left.words.texts]), left.valid)
    out = Vec(np.zeros(rows.count, np.bool_), left.valid)
    for item in tree[2]:
        out = logic_or(out, compare("=", left, _evaluate(item, rows)))
    return out


def _true(condition: Tree, rows: _Rows, subject: Vec | None) -> Mask:
    """Where a condition holds, or equals the subject if there is one."""
    test = _evaluate(condition, rows)
    if subject is not None:
        test = compare("=", subject, test)
    return test.values.astype(bool) & present(test)


def _case(branches: Sequence[Tree], default: Tree, rows: _Rows, subject: Vec | None = None) -> Vec:
    if rows.places is None:
        out = _evaluate(default, rows)
        for condition, value in reversed(branches):
            hit = _true(condition, rows, subject)
            if rows.count < _MANY or 4 * int(np.count_nonzero(hit)) > rows.count or not _reaches(value):
                out = choose(hit, _evaluate(value, rows), out)
                continue
            # What few rows ask for behind a reference, or put together, is worked out for these. One is looked at anyway, for the type.
            places = np.flatnonzero(hit)
            places = places if len(places) else np.zeros(1, np.int64)
            source = np.zeros(rows.count, np.int64)
            source[places] = np.arange(len(places))
            out = choose(hit, _evaluate(value, rows.only(places)).take(source), out)
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


def _reaches(tree: Tree) -> bool:
    """Whether a tree looks behind a reference, or puts texts together."""
    if isinstance(tree, str):
        return bool(_path(tree).through)
    return (isinstance(tree, list | tuple) and tree[0] == "concat") or any(_reaches(one) for one in operands(tree))


def _coalesce(arguments: Sequence[Tree], rows: _Rows) -> Vec:
    """Lazily: an argument is worked out where those before it are NULL."""
    pieces: list[tuple[Ints, Vec]] = []
    left = np.arange(rows.count, dtype=np.int64)
    for argument in arguments:
        if not len(left):
            break
        pieces.append((left, _evaluate(argument, rows.only(left))))
        left = left[~present(pieces[-1][1])]
    return _merged(rows.count, pieces)


def _merged(count: int, pieces: Sequence[tuple[Ints, Vec]]) -> Vec:
    """Values of some rows each, later pieces over earlier ones; NULL where there is none."""
    out = _nulls(count)
    for places, vec in pieces:
        source = np.zeros(count, np.int64)
        source[places] = np.arange(len(places))
        mine = np.zeros(count, np.bool_)
        mine[places] = True
        out = choose(mine, vec.take(source), out)
    return out
