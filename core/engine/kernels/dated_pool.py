"""Rows of pools that are valid for some time, drawn as of a day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ...program import columns
from ..calendar import DAY
from ..ground import Frame, Table
from ..hashing import Ints
from ..vector import Vec
from .base import register
from .pool import PoolRow, codes

_FAR: Final = 1 << 40
"""Days beyond which nothing lies."""


@register("dated_pool")
class DatedPoolRow(PoolRow):
    """A row of a pool by its weights, among those that are valid on a day; where none is, those that were last, else those that are next.

    The alias tables are those of periods in which no row begins or ends to be valid.
    """

    program: columns.DatedPoolRow

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        fields = self._pool.fields
        self._first = _days(fields["valid_from"], -_FAR) if "valid_from" in fields else np.full(self._pool.rows, -_FAR, np.int64)
        self._last = _days(fields["valid_to"], _FAR) if "valid_to" in fields else np.full(self._pool.rows, _FAR, np.int64)
        edges = np.unique(np.concatenate([self._first, self._last + 1]))
        self._edges: Ints = edges[(edges > -_FAR) & (edges < _FAR)]

    def places(self, frame: Frame) -> Ints:
        bits = self.bits(frame, self.key, None)
        at = frame.follow(*self.program.at)
        day = at.values if self.program.at_date else self.table.engine.calendar.to_local(at.values) // DAY
        if at.valid is not None:
            # Where there is no moment, the row is NULL, and any day will do.
            day = np.where(at.valid, day, 0)
        period = np.searchsorted(self._edges, day, side="right")
        wants = [*(codes(frame.follow(*path)) for _, path in self._match), (period, range(len(self._edges) + 1))]
        return self.drawn(wants, bits)

    def fitting(self, wanted: Sequence[Any]) -> Ints:
        rows = self.matching(wanted)
        period = int(wanted[-1])
        low = int(self._edges[period - 1]) if period else -_FAR
        high = int(self._edges[period]) - 1 if period < len(self._edges) else _FAR
        begins, ends = self._first[rows], self._last[rows]
        # What was valid last stays until something else is.
        away = np.where(ends < low, low - ends, np.where(begins > high, _FAR + begins, 0))
        return rows[away == away.min()]

    def part(self, frame: Frame, name: str) -> Vec:
        out = super().part(frame, name)
        valid = frame.follow(*self.program.at).valid
        return out if valid is None else out.where(valid)


def _days(field: Vec, otherwise: int) -> Ints:
    """Days from 1970 of a field of dates; `otherwise` where it is empty."""
    if field.words is None:
        raise TypeError("dates of a list are texts")
    days = [int(np.datetime64(text, "D").astype(np.int64)) if text else otherwise for text in field.words.texts]
    return np.array(days, np.int64)[field.values]
