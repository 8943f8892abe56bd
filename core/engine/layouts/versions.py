"""Versions: the states that an entity goes through, one row for each (a slowly changing dimension of type 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Final

import numpy as np

from ...program import rows as told
from ...program.values import Way
from ..asof import Kept
from ..calendar import DAY
from ..ground import Frame, Layout, Table, laid_as
from ..hashing import Bits, Ints
from ..vector import Mask, Vec
from .base import register
from .entities import Entities

_BLOCK: Final = 65_536
_KEPT: Final = 4
_MOST: Final = 500_000_000
"""Entities whose changes are counted one by one before the first row is written: twenty seconds."""


@register("versions")
class Versions(Layout):
    """One row from the birth of each entity of `of`, and one from the start of each day on which it changes, up to `as_of`.

    Row (entity + 1) * width + version: known from the entity and the count of its changes alone, so a fact finds its
    version without a look at any other, and a later end renames none. As ids they leave gaps: the changes of a day lie
    on hashed days of each entity's cycle, and to number them densely would take a scan of all entities for each fact.
    Only writing needs a dense order: by entity, then by version, from one count of the changes of all entities.
    """

    program: told.Versions
    happens = True
    dense = False

    def __init__(self, program: told.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.of = self.program.of
        self.width = self.program.width
        self._places: Kept[int, Ints] = Kept(table.engine.moment, _KEPT, _KEPT)
        self._counted: Kept[str, Ints] = Kept(table.engine.moment, _KEPT)

    @cached_property
    def owners(self) -> Entities:
        """The layout of the entities."""
        return laid_as(self.table.engine.table(self.of), Entities)

    def split(self, rows: Ints) -> tuple[Ints, Ints]:
        """The entity and the version (from 0) of each row."""
        entity = rows // self.width
        return entity - 1, rows - entity * self.width

    def before(self, day: int) -> int:
        return sum(int(self._counts(block, day - 1).sum()) for block in range(-(-self.owners.before(day) // _BLOCK)))

    def rows(self, first: int, last: int) -> tuple[int, int]:
        owners = self.owners.before(self.table.engine.as_of + 1)
        if owners > _MOST:
            raise ValueError(f"versions of `{self.of}` can be counted for at most {_MOST:,} rows of it, not {owners:,}; lower target_rows")
        # Whatever the window: as of `as_of` each entity that was ever born has one current version.
        return 0, int(self._starts[-1])

    def counted(self) -> told.Rows:
        return replace(self.program, starts=tuple(self._starts.tolist()))

    def block(self, start: int, count: int) -> Frame:
        if not count:
            return self.table.rows_frame(np.zeros(0, np.int64))
        first, last = (int(np.searchsorted(self._starts, n, side="right")) - 1 for n in (start, start + count - 1))
        out = []
        for block in range(first, last + 1):
            low = int(self._starts[block])
            ends = self._ends(block)
            places = np.arange(max(start - low, 0), min(start + count - low, int(ends[-1])), dtype=np.int64)
            entity = np.searchsorted(ends, places, side="right")
            version = places - np.where(entity > 0, ends[entity - 1], 0)
            out.append((block * _BLOCK + entity + 1) * self.width + version)
        return self.table.rows_frame(np.concatenate(out))

    @property
    def _starts(self) -> Ints:
        """Rows before each block of 65,536 entities, and of all, as of the end of the data."""
        return self._counted.get("starts", self._count)

    def _count(self) -> Ints:
        known, day = self.program.starts, self.table.engine.as_of
        # The plan has counted as of its own day.
        if known is not None and day == self.table.engine.planned:
            return np.array(known, np.int64)
        blocks = -(-self.owners.before(day + 1) // _BLOCK)
        return np.cumsum([0, *(int(self._counts(block, day).sum()) for block in range(blocks))])

    def _ends(self, block: int) -> Ints:
        """Where the rows of each entity of a block end, counted from the block's first."""
        return self._places.get(block, lambda: np.cumsum(self._counts(block, self.table.engine.as_of)))

    def _counts(self, block: int, day: int) -> Ints:
        """Versions that each entity of a block had by the end of a day."""
        low = block * _BLOCK
        rows = np.arange(low, min(low + _BLOCK, self.owners.before(day + 1)), dtype=np.int64)
        return self.owners.changes.version_of(rows, self.owners.watched(rows), day) + 1

    def day(self, frame: Frame) -> Ints:
        entity, version = self.split(frame.rows)
        changed = self.owners.changes.changed(entity, self.owners.watched(entity), version)
        return np.where(version == 0, self.owners.born(entity), changed)

    def begin(self, frame: Frame) -> Ints:
        out = self.calendar.to_utc((frame.day + self.calendar.origin) * DAY)
        entity, version = self.split(frame.rows)
        first = np.flatnonzero(version == 0)
        if len(first):
            out[first] = self.table.engine.table(self.of).rows_frame(entity[first]).begin
        return out

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        return self.table.engine.table(self.of).rows_frame(self.split(frame.rows)[0], frame.day), None

    def position(self, frame: Frame) -> Ints:
        return self.split(frame.rows)[1] + 1

    def left_day(self, frame: Frame) -> Ints:
        entity, version = self.split(frame.rows)
        return self.owners.changes.changed(entity, self.owners.watched(entity), version + 1)

    def left_moment(self, frame: Frame, day: Ints) -> Ints:
        return self.calendar.to_utc((day + self.calendar.origin) * DAY)

    def match(self, how: Way, columns: Mapping[str, Vec], days: Ints, bits: Bits) -> tuple[Ints, Mask | None]:
        entity, found = self.owners.match(how.above, columns, days, bits)
        version = self.owners.changes.version_of(entity, self.owners.watched(entity), days)
        return (entity + 1) * self.width + version, found
