"""Which rows of a table a filter may choose, by what is known of its columns from the numbers of its rows alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from pyarrow import fs

from ..engine.engine import Engine
from ..engine.hashing import Ints
from ..engine.vector import Vec

Range = tuple[int, int]
"""A row and one past another, counted over the history; -1 is the row for the unknown."""

SMALL: Final = 2_048
"""Rows of a range that is not cut any further."""
_PIECES: Final = 16
"""Into which a range is cut at once."""
_MOST: Final = 4_096
"""Ranges that are looked at: a long list of values that lie everywhere is met by the whole table."""
_FORMAT: Final = ds.ParquetFileFormat()
_NOWHERE: Final = fs.LocalFileSystem()


class Pruner:
    """Finds the ranges of a table's rows that a filter leaves. It is as bound to one thread as its engine."""

    def __init__(self, engine: Engine, table: str, columns: Sequence[str]) -> None:
        self._engine, self._name = engine, table
        self._table = engine.table(table)
        schema = engine.schema(table)
        dense = self._table.layout.dense
        self._fields = [schema.field(name) for name in columns if dense and not pa.types.is_dictionary(schema.field(name).type)]

    def ranges(self, start: int, stop: int, expression: pc.Expression) -> list[Range]:
        """The rows start .. stop - 1 without those of which it is certain that the filter does not choose them, in order."""
        out = [(-1, 0)] if start < 0 < stop else []
        first = max(start, 0)
        known = self._known(first) if first < stop else []
        if not known:
            return _joined([*out, (first, stop)]) if first < stop else out
        self._fields = known
        pending, looked = [(first, stop)], 1
        while pending and looked < _MOST:
            pieces = [piece for each in pending for piece in _cut(*each)]
            looked += len(pieces)
            some, all_ = self._may(pieces, expression), self._may(pieces, ~expression)
            pending = []
            for number, piece in enumerate(pieces):
                if number in some:
                    whole = number not in all_ or piece[1] - piece[0] <= SMALL
                    (out if whole else pending).append(piece)
        return _joined(sorted([*out, *pending]))

    def _known(self, row: int) -> list[pa.Field]:
        one = self._table.rows_frame(np.array([row], np.int64))
        return [field for field in self._fields if self._table.bounds(one, one, field.name) is not None]

    def _may(self, pieces: Sequence[Range], expression: pc.Expression) -> set[int]:
        """The numbers of the pieces that may hold a row for which the filter holds.

        Arrow itself compares the filter with the bounds: each piece stands as a file that nobody opens.
        """
        edges = np.array(pieces, np.int64)
        first, last = self._table.rows_frame(edges[:, 0]), self._table.rows_frame(edges[:, 1] - 1)
        told: list[pc.Expression | None] = [None] * len(pieces)
        for field in self._fields:
            found = self._table.bounds(first, last, field.name)
            if found is None:
                continue
            low, high = (_scalars(values, field.type) for values in found)
            for number, (least, most) in enumerate(zip(low, high, strict=True)):
                mine = (pc.field(field.name) >= least) & (pc.field(field.name) <= most)
                before = told[number]
                told[number] = mine if before is None else before & mine
        sure = [pc.scalar(True) if each is None else each for each in told]
        names = [str(number) for number in range(len(pieces))]
        files = ds.FileSystemDataset.from_paths(
            names, schema=self._engine.schema(self._name), format=_FORMAT, filesystem=_NOWHERE, partitions=sure
        )
        return {int(fragment.path) for fragment in files.get_fragments(expression)}


def _scalars(values: Ints, kind: pa.DataType) -> Iterator[pa.Scalar]:
    return iter(Vec(values).to_arrow(kind))


def _cut(start: int, stop: int) -> list[Range]:
    step = max(-(-(stop - start) // _PIECES), 1)
    return [(low, min(low + step, stop)) for low in range(start, stop, step)]


def _joined(ranges: Sequence[Range]) -> list[Range]:
    """Ranges in order, those that meet made one."""
    out: list[Range] = []
    for low, high in ranges:
        if out and out[-1][1] == low:
            out[-1] = out[-1][0], high
        else:
            out.append((low, high))
    return out


def within(ranges: Sequence[Range], some: Sequence[Range]) -> Iterator[Range]:
    """The rows of `ranges` that are in `some`, which are in order and apart, in the order of `ranges`."""
    stops = [stop for _, stop in some]
    for low, high in ranges:
        for place in range(bisect_right(stops, low), len(some)):
            first, last = some[place]
            if first >= high:
                break
            yield max(first, low), min(last, high)
