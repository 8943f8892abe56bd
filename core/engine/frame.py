"""A frame: some rows of one table while their columns are computed, each at most once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import ref

import numpy as np

from .hashing import Bits, Ints, hash_ints, hash_range
from .vector import Mask, Vec

if TYPE_CHECKING:
    from .engine import Table
    from .layouts.entities import Entities


class Frame:
    """Rows of a table: a range (`start` given) or any row numbers; columns are computed on demand and kept."""

    def __init__(self, table: Table, start: int | None, count: int, rows: Ints | None, seen: Ints | int | None) -> None:
        self.table = table
        self.start = start
        self.count = count
        self._rows = rows
        self._seen = seen
        self._columns: dict[tuple[str, str | None], Vec] = {}
        self.clocks: dict[str, tuple[Ints, Ints]] = {}
        """The local day (from 1970-01-01) and the microsecond of it, of moments of which some part was asked for."""
        self._through: dict[str, tuple[Frame, Ints | None, Mask | None]] = {}
        self.is_whole = False
        """Whether the rows are complete groups of siblings."""
        self._children: dict[str, tuple[Frame, Ints]] = {}
        self._parents: tuple[Frame, Ints | None] | None = None
        # Parents keep their children; back to them leads a weak reference, so that no circle keeps arrays alive.
        self._owner: ref[Frame] | None = None
        self._owner_place: Ints | None = None

    @property
    def rows(self) -> Ints:
        """Row numbers from 0."""
        if self._rows is None:
            start = self.start or 0
            self._rows = np.arange(start, start + self.count, dtype=np.int64)
        return self._rows

    @cached_property
    def day(self) -> Ints:
        """The local day on which each row begins."""
        return self.table.layout.day(self)

    @cached_property
    def begin(self) -> Ints:
        """The moment at which each row begins."""
        return self.table.layout.begin(self)

    @cached_property
    def seen(self) -> Ints | int:
        """The local day as of which changing columns are seen."""
        return self.table.layout.seen(self) if self._seen is None else self._seen

    @cached_property
    def entities(self) -> Entities:
        """The layout, known to be entities; raises TypeError."""
        from .layouts.entities import Entities

        if not isinstance(self.table.layout, Entities):
            raise TypeError(f"{self.table.name} does not hold entities")
        return self.table.layout

    @cached_property
    def version(self) -> Ints:
        """Changes of each row up to the day it is seen."""
        return self.entities.version(self)

    @cached_property
    def left(self) -> Ints:
        """The leaving day of each row."""
        return self.table.layout.left_day(self)

    @property
    def parents(self) -> tuple[Frame, Ints | None]:
        """The one table that the rows stand on."""
        owner = self._owner() if self._owner is not None else None
        if owner is not None:
            return owner, self._owner_place
        if self._parents is None:
            self._parents = self.table.layout.parent(self, self.table.layout.of)
        return self._parents

    def children(self, table: str) -> tuple[Frame, Ints]:
        """All rows of a table of children that stand on these rows, in order, and where each row's start (shape (count + 1,))."""
        from .layouts.children import Children

        known = self._children.get(table)
        if known is None:
            layout = self.table.engine.table(table).layout
            if not isinstance(layout, Children):
                raise TypeError(f"{table} does not hold children")
            frame, edges = layout.of_parents(self)
            frame._owner = ref(self)
            frame._owner_place = np.repeat(np.arange(self.count, dtype=np.int64), np.diff(edges))
            known = self._children[table] = frame, edges
        return known

    def hash(self, key: int) -> Bits:
        """One hash for each row."""
        return hash_ints(key, self.rows) if self.start is None else hash_range(key, self.start, self.count)

    def get(self, column: str, part: str | None = None) -> Vec:
        """A column of this frame's rows, or a part of a compound one."""
        known = self._columns.get((column, part))
        if known is None:
            known = self.table.compute(self, column, part)
            self._columns[column, part] = known
        return known

    def through(self, column: str) -> tuple[Frame, Ints | None, Mask | None]:
        """The rows that a reference or parent column points at.

        Returns their frame, the place of each of this frame's rows in it (None: one to one) and which point at a row
        (None: all).
        """
        known = self._through.get(column)
        if known is None:
            known = self.table.through(self, column)
            # Parents that keep this frame are not kept by it: such a circle would hold its arrays until Python looks for circles.
            if self._owner is None or known[0] is not self._owner():
                self._through[column] = known
        return known

    def follow(self, path: Sequence[str], column: str, part: str | None = None) -> Vec:
        """A column at the end of a path of references; NULL where the path is broken."""
        if not path:
            return self.get(column, part)
        target, places, valid = self.through(path[0])
        out = target.follow(path[1:], column, part)
        if places is not None:
            out = out.take(places)
        return out if valid is None else out.where(valid)
