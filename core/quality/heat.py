"""A matrix of associations as a heat map: where cells and labels stand. The template turns them into SVG."""

from __future__ import annotations

from math import sqrt
from typing import Final

from ..frozen import dataclass
from .report import Matrix, Pair

_CELL: Final = 22.0
_LETTER: Final = 6.6
"""Width of a letter of a label, about."""
_GAP: Final = 8.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A pair of columns: a square, in pixels from the upper left corner."""

    x: float
    y: float
    shade: float
    """0 to 1; 0 where chance explains it."""
    mark: str
    """Its classes: `named`, `cause` or `undeclared`, and `unexpected` or `missing` where what was found is not what is declared."""
    title: str


@dataclass(frozen=True, slots=True)
class Name:
    """A column's name at the left of its row, or at the head of its column, on the diagonal."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Heat:
    """All of a heat map."""

    width: float
    height: float
    size: float
    """Of a cell, with the gap to the next one."""
    cells: tuple[Cell, ...]
    rows: tuple[Name, ...]
    heads: tuple[Name, ...]


def heat(matrix: Matrix) -> Heat:
    """The lower half of a matrix: each pair once."""
    place = {column: number for number, column in enumerate(matrix.columns)}
    longest = max(map(len, matrix.columns), default=0) * _LETTER
    left, top = longest + _GAP, longest * 0.75 + _GAP
    cells = [
        Cell(left + place[pair.one] * _CELL, top + (place[pair.other] - 1) * _CELL, _shade(pair), _mark(pair), told(pair))
        for pair in matrix.pairs
    ]
    rows = [Name(longest, top + (n - 1) * _CELL + _CELL * 0.68, column) for column, n in place.items() if n]
    heads = [Name(left + (n + 0.6) * _CELL, top + n * _CELL - 5, column) for column, n in place.items() if n < len(place) - 1]
    size = (len(place) - 1) * _CELL
    return Heat(left + size + longest * 0.7, top + size, _CELL, tuple(cells), tuple(rows), tuple(heads))


def told(pair: Pair) -> str:
    """`channel and ordered_at (hour): 0.31, limit 0.04; both depend on a third column`."""
    one, other = (f"{name} ({view})" if view else name for name, view in zip((pair.one, pair.other), pair.views, strict=True))
    why = {"named": "one depends on the other", "cause": "both depend on something else", "": "nothing is declared"}[pair.declared]
    return f"{one} and {other}: {pair.strength:.2f}, limit {pair.limit:.2f}; {why}"


def _shade(pair: Pair) -> float:
    # The root, so that weak associations can be seen beside strong ones.
    return round(sqrt(pair.strength), 3) if pair.found else 0.0


def _mark(pair: Pair) -> str:
    if pair.unexpected:
        return "undeclared unexpected"
    if pair.declared == "named" and not pair.found:
        return "named missing"
    return pair.declared or "undeclared"
