"""Rows found by the values of some columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..frozen import dataclass
from .ground import Frame
from .hashing import Ints
from .vector import Mask, Vec, codes_in


@dataclass(frozen=True, slots=True)
class Index:
    """Some rows in order of the values of some columns."""

    distinct: list[Ints | pa.StringArray]
    places: Ints
    """Number of each row's combination of values, ascending."""
    rows: Ints

    @classmethod
    def of(cls, frame: Frame, names: tuple[str, ...]) -> Index:
        """The rows of a frame by the values of these columns."""
        places, distinct = np.zeros(frame.count, np.int64), []
        for name in names:
            values = _distinct(frame.get(name))
            places = places * len(values) + _code(values, frame.get(name))
            distinct.append(values)
        order = np.argsort(places, kind="stable")
        return cls(distinct, places[order], frame.rows[order])

    @property
    def combinations(self) -> int:
        """How many combinations of values there may be."""
        out = 1
        for values in self.distinct:
            out *= len(values)
        return out

    def place(self, columns: Mapping[str, Vec]) -> tuple[Ints, Mask]:
        """The number of each asked combination, and whether each of its values is known at all."""
        count = len(next(iter(columns.values())))
        asked, found = np.zeros(count, np.int64), np.ones(count, np.bool_)
        for distinct, given in zip(self.distinct, columns.values(), strict=True):
            code = _code(distinct, given)
            found &= code >= 0
            asked = asked * len(distinct) + np.maximum(code, 0)
        return asked, found


def _distinct(vec: Vec) -> Ints | pa.StringArray:
    return np.unique(vec.values.astype(np.int64)) if vec.text is None and vec.words is None else pc.unique(vec.strings())


def _code(distinct: Ints | pa.StringArray, vec: Vec) -> Ints:
    """The place of each value among the distinct ones, -1 for others."""
    if isinstance(distinct, np.ndarray):
        asked = vec.values.astype(np.int64, copy=False)
        place = np.minimum(np.searchsorted(distinct, asked), len(distinct) - 1)
        return np.where(distinct[place] == asked, place, -1)
    if vec.words is not None:
        return codes_in(distinct, vec.words.array)[vec.values]
    return codes_in(distinct, vec.strings())
