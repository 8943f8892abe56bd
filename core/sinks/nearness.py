"""Places on a Z-curve: rows that are near in several columns get numbers that are near."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..engine.vector import integer_array, plain, validity

_SAMPLE = 65_536
"""Rows by which the ranks of values are told."""
_BITS = 16
"""Of a column at most; all columns share 63."""
_LETTERS = 8
"""Of a text, that are compared."""


class Curve:
    """The Z-curve through some rows: each column counts by the rank of its value among those of a sample, NULL last."""

    def __init__(self, tables: Iterator[pa.Table], rows: int, columns: Sequence[str]) -> None:
        """`tables` are all rows of the columns, of which there are `rows`; a sample of them is taken evenly."""
        self._columns = tuple(columns)
        self._bits = min(_BITS, 63 // len(columns))
        step, seen = max(rows // _SAMPLE, 1), 0
        found: list[list[NDArray[np.float64]]] = [[] for _ in columns]
        for table in tables:
            for number, column in enumerate(columns):
                values = _comparable(table.column(column))[-seen % step :: step]
                found[number].append(values[~np.isnan(values)])
            seen += table.num_rows
        self._bounds = [self._ranks(np.unique(np.concatenate(values))) for values in found]

    def _ranks(self, distinct: NDArray[np.float64]) -> NDArray[np.float64]:
        most = (1 << self._bits) - 1
        return distinct if len(distinct) <= most else distinct[np.linspace(0, len(distinct) - 1, most).astype(np.int64)]

    def places(self, table: pa.Table) -> pa.Array:
        """Of each row of a table that has the columns: whole numbers from 0."""
        out = np.zeros(table.num_rows, np.int64)
        for number, (column, bounds) in enumerate(zip(self._columns, self._bounds, strict=True)):
            values = _comparable(table.column(column))
            ranks = np.where(np.isnan(values), len(bounds), np.searchsorted(bounds, values))
            # Few values take all bits, too: else the other columns would decide alone.
            ranks = ranks * ((1 << self._bits) - 1) // max(len(bounds), 1)
            for bit in range(self._bits):
                out |= ((ranks >> bit) & 1) << (bit * len(self._columns) + len(self._columns) - 1 - number)
        return integer_array(out, pa.int64())


def _comparable(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Numbers in the order of the values, NaN for NULL; of texts by their first letters."""
    found = [_of_array(chunk) for chunk in column.chunks if len(chunk)]
    return np.concatenate(found) if found else np.zeros(0)


def _of_array(array: pa.Array) -> NDArray[np.float64]:
    kind = array.type
    if pa.types.is_dictionary(kind):
        words = _of_array(array.dictionary) if len(array.dictionary) else np.zeros(1)
        values = words[plain(array.indices).astype(np.int64)]
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        values = _first_letters(array)
    elif pa.types.is_decimal(kind):
        # The lower eight bytes of sixteen: the engine's decimals have eighteen digits at most.
        values = np.frombuffer(array.buffers()[1], np.int64)[::2][array.offset : array.offset + len(array)].astype(np.float64)
    else:
        values = plain(array).astype(np.float64)
    return np.where(validity(array), values, np.nan)


def _first_letters(texts: pa.Array) -> NDArray[np.float64]:
    wide = pa.types.is_large_string(texts.type)
    _, starts, data = texts.buffers()
    offsets = np.frombuffer(starts, np.int64 if wide else np.int32, count=texts.offset + len(texts) + 1)[texts.offset :].astype(np.int64)
    raw = np.zeros(int(offsets[-1]) + _LETTERS, np.uint8)
    if offsets[-1]:
        raw[:-_LETTERS] = np.frombuffer(data, np.uint8)[: offsets[-1]]
    out, length = np.zeros(len(texts)), np.diff(offsets)
    for place in range(_LETTERS):
        letters = np.where(length > place, raw[np.minimum(offsets[:-1] + place, len(raw) - 1)] + 1.0, 0.0)
        out = out * 257 + letters
    return out
