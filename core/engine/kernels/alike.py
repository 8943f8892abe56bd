"""Drawn references of siblings to rows that are mostly alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...program import columns
from ..alias import build_alias, draw_alias, draw_stacked
from ..hashing import Bits, Ints, hash_ints
from ..layouts.index import Index
from .base import register
from .references import Reference

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame

_LOYAL = 4
"""Attempts in which what was drawn among rows of one value is drawn among them again; a few more find rows of any value."""
_PIECE = 16_384


@dataclass(frozen=True, slots=True)
class _Themes:
    """Alias tables of the rows of each value, one after the other, and of all rows behind them."""

    alias: Bits
    entries: Ints
    """The row that each entry stands for."""
    starts: Ints
    sizes: Ints
    of: Ints
    """The number of the table of each row's value."""

    @property
    def whole(self) -> Bits:
        """The table of all rows."""
        return self.alias[self.starts[-1] :]


@register("alike")
class Alike(Reference):
    """A row drawn by popularity out of a fixed population; a share of a parent's rows out of those of one value of a column.

    The value is that of a row drawn by popularity for the parent, so a value is as frequent as its rows are popular, and each row
    is as popular as it would be alone. What must be drawn anew, because a sibling has it, finds other values after a few attempts.
    """

    program: columns.AlikeReference

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._theme_key, self._alike_key = self.subkey("theme"), self.subkey("alike")
        self._share = np.uint64(min(int(self.program.share * 2.0**64), (1 << 64) - 1))

    @cached_property
    def _themes(self) -> _Themes:
        count = self._count
        index = Index.of(self.to.frame(0, count), (self.program.alike,))
        weights = self.weights(count)
        starts = np.flatnonzero(np.diff(index.places, prepend=-1))
        sizes = np.diff(np.append(starts, count))
        tables = [build_alias(weights[index.rows[low : low + size]]) for low, size in zip(starts, sizes, strict=True)]
        of = np.empty(count, np.int64)
        of[index.rows] = np.repeat(np.arange(len(starts), dtype=np.int64), sizes)
        entries = np.concatenate([index.rows, np.arange(count, dtype=np.int64)])
        return _Themes(np.concatenate([*tables, build_alias(weights)]), entries, np.append(starts, count), np.append(sizes, count), of)

    def _draw(self, frame: Frame, attempt: int, pending: Ints | None) -> Ints:
        known, key = self._themes, self._draws[attempt]
        rows = frame.rows if pending is None else frame.rows[pending]
        if attempt >= _LOYAL:
            return draw_alias(known.whole, hash_ints(key, rows))
        themes, place = self._theme(frame)
        if pending is not None:
            place = pending if place is None else place[pending]
        out = np.empty(len(rows), np.int64)
        # In pieces, because the many scratch columns of a large frame would be new memory each time.
        for low in range(0, len(rows), _PIECE):
            mine = rows[low : low + _PIECE]
            table = themes[low : low + _PIECE] if place is None else themes[place[low : low + _PIECE]]
            table = np.where(hash_ints(self._alike_key, mine) < self._share, table, len(known.starts) - 1)
            offset, size = known.starts[table], known.sizes[table]
            out[low : low + _PIECE] = known.entries[offset + draw_stacked(known.alias, offset, size, hash_ints(key, mine))]
        return out

    def _theme(self, frame: Frame) -> tuple[Ints, Ints | None]:
        """The table of the value that the rows of each parent share, and the place of each row's parent (None: one to one)."""
        known: tuple[Ints, Ints | None] | None = frame.__dict__.get(f"theme of {self.column}")
        if known is None:
            parents, place = frame.parents
            known = self._themes.of[draw_alias(self._themes.whole, parents.hash(self._theme_key))], place
            frame.__dict__[f"theme of {self.column}"] = known
        return known
