"""Lists: as many rows as a pool, or a written list of values, has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..hashing import Bits, Ints, below
from ..vector import Mask, Vec
from .base import Layout, register

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame


@register
class Listed(Layout):
    """Rows that were always there; they begin with the history and never end."""

    name = "list"

    def __init__(self, program: Mapping[str, Any], table: Table) -> None:
        super().__init__(program, table)
        self._indexes: dict[tuple[str, ...], _Index] = {}

    def before(self, day: int) -> int:
        return int(self.program["number"])

    def day(self, frame: Frame) -> Ints:
        return np.zeros(frame.count, np.int64)

    def begin(self, frame: Frame) -> Ints:
        return np.full(frame.count, self.calendar.day_start(0), np.int64)

    def alive(self, rows: Ints, days: Ints) -> Mask:
        return np.ones(len(rows), np.bool_)

    def match(self, how: Mapping[str, Any], columns: Mapping[str, Vec], days: Ints, bits: Bits) -> tuple[Ints, Mask | None]:
        if how["by"] != "value":
            return super().match(how, columns, days, bits)
        index = self._index(tuple(columns))
        asked, found = np.zeros(len(days), np.int64), np.ones(len(days), np.bool_)
        for distinct, given in zip(index.distinct, columns.values(), strict=True):
            code = _code(distinct, given)
            found &= code >= 0
            asked = asked * len(distinct) + np.maximum(code, 0)
        first = np.searchsorted(index.places, asked, side="left")
        count = np.searchsorted(index.places, asked, side="right") - first
        found &= count > 0
        rows = index.rows[np.where(found, first + below(bits, np.maximum(count, 1)), 0)]
        return rows, None if bool(found.all()) else found

    def _index(self, names: tuple[str, ...]) -> _Index:
        known = self._indexes.get(names)
        if known is None:
            mine = self.table.frame(0, self.before(0))
            places, distinct = np.zeros(mine.count, np.int64), []
            for name in names:
                values = _distinct(mine.get(name))
                places = places * len(values) + _code(values, mine.get(name))
                distinct.append(values)
            rows = np.argsort(places, kind="stable")
            known = self._indexes[names] = _Index(distinct, places[rows], rows)
        return known


@dataclass(frozen=True, slots=True)
class _Index:
    """The rows of a list in order of the values of some columns."""

    distinct: list[Ints | pa.StringArray]
    places: Ints
    """Number of each row's combination of values, ascending."""
    rows: Ints


def _distinct(vec: Vec) -> Ints | pa.StringArray:
    return np.unique(vec.values.astype(np.int64)) if vec.text is None and vec.words is None else pc.unique(vec.strings())


def _code(distinct: Ints | pa.StringArray, vec: Vec) -> Ints:
    """The place of each value among the distinct ones, -1 for others."""
    if isinstance(distinct, np.ndarray):
        asked = vec.values.astype(np.int64, copy=False)
        place = np.minimum(np.searchsorted(distinct, asked), len(distinct) - 1)
        return np.where(distinct[place] == asked, place, -1)
    if vec.words is not None:
        return np.asarray(pc.index_in(vec.words.array, distinct).fill_null(-1)).astype(np.int64)[vec.values]
    return np.asarray(pc.index_in(vec.strings(), distinct).fill_null(-1)).astype(np.int64)
