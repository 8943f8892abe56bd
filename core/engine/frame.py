"""A frame: some rows of one table while their columns are computed, each at most once."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Sequence
from functools import cached_property
from typing import Any, Final, TypeVar
from weakref import ref

import numpy as np

from . import ground
from .edges import numbered
from .ground import Table, Target
from .hashing import Bits, Ints, hash_ints, hash_range
from .vector import Vec

T = TypeVar("T")

_MANY: Final = 256
_MOST: Final = 0.7
"""Of a frame's rows, above which share all are worked out where not all are asked for."""


class Frame:
    """Rows of a table: a range (`start` given) or any row numbers; columns are computed on demand and kept."""

    def __init__(
        self, table: Table, start: int | None, count: int, rows: Ints | None, seen: Ints | int | None, day: Ints | None = None
    ) -> None:
        self.table = table
        self.start = start
        self.count = count
        self._rows = rows
        self._seen = seen
        if day is not None:
            self.day = day
        self._columns: dict[tuple[str, str | None], Vec] = {}
        self.clocks: dict[str, tuple[Ints, Ints]] = {}
        """The local day (from 1970-01-01) and the microsecond of it, of moments of which some part was asked for."""
        self._through: dict[str, Target] = {}
        self._memos: dict[tuple[Hashable, str], Any] = {}
        self.is_whole = False
        """Whether the rows are complete groups of siblings."""
        self._children: dict[str, tuple[ground.Frame, Ints]] = {}
        self._parents: tuple[ground.Frame, Ints | None] | None = None
        self._among: tuple[Frame, Ints] | None = None
        """The frame that these rows are some of, and their places in it: what is known there is not worked out again."""
        self._within: tuple[ground.Frame, int] | None = None
        self._some: tuple[Ints, ground.Frame, ground.Frame] | None = None
        """The places that were followed alone last, what they led to as a whole, and that of these alone."""
        # Parents keep their children; back to them leads a weak reference, so that no circle keeps arrays alive.
        self._owner: ref[ground.Frame] | None = None
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
    def version(self) -> Ints:
        """Changes of each row up to the day it is seen."""
        return self.table.layout.version(self)

    @cached_property
    def left(self) -> Ints:
        """The leaving day of each row."""
        return self.table.layout.left_day(self)

    @property
    def parents(self) -> tuple[ground.Frame, Ints | None]:
        """The one table that the rows stand on."""
        owner = self._owner() if self._owner is not None else None
        if owner is not None:
            return owner, self._owner_place
        if self._parents is None:
            if self._among is None:
                self._parents = self.table.layout.parent(self, self.table.layout.of)
            else:
                parents, above = self._among[0].parents
                self._parents = parents.asked_for(self._among[1] if above is None else above[self._among[1]])
        return self._parents

    def asked_for(self, places: Ints) -> tuple[Frame, Ints]:
        """A frame of the rows at some places, and where each is in it: without the others, if these are many."""
        if self.count < _MANY:
            return self, places
        step = np.diff(places)
        if int(step.min(initial=0)) < 0:
            # Behind a reference places come in any order, and again.
            distinct, inside = numbered(places)
            return (self, places) if len(distinct) > _MOST * self.count else (self.at(distinct), inside)
        new = np.ones(len(places), np.bool_)
        new[1:] = step > 0
        if int(np.count_nonzero(new)) > _MOST * self.count:
            return self, places
        return self.at(places[new]), np.cumsum(new) - 1

    def lie_within(self, whole: ground.Frame, shift: int) -> None:
        """Has all columns worked out for a few more rows, of which these are those from the `shift`-th on."""
        self._within = whole, shift

    def stand_on(self, parents: ground.Frame, places: Ints) -> None:
        """Tells the rows what they stand on; it keeps no parent alive."""
        self._owner, self._owner_place = ref(parents), places

    def children(self, table: str) -> tuple[ground.Frame, Ints]:
        """All rows of a table that stand on these rows, in order, and where each row's start (shape (count + 1,))."""
        known = self._children.get(table)
        if known is None:
            frame, edges = self.table.engine.table(table).layout.of_parents(self)
            frame.stand_on(self, np.repeat(np.arange(self.count, dtype=np.int64), np.diff(edges)))
            known = self._children[table] = frame, edges
        return known

    def hash(self, key: int) -> Bits:
        """One hash for each row."""
        return hash_ints(key, self.rows) if self.start is None else hash_range(key, self.start, self.count)

    def get(self, column: str, part: str | None = None) -> Vec:
        """A column of this frame's rows, or a part of a compound one."""
        known = self._columns.get((column, part))
        if known is None:
            if self._within is not None:
                whole, shift = self._within
                known = whole.get(column, part).slice(shift, shift + self.count)
            elif self._among is not None and (column, part) in self._among[0]._columns:
                known = self._among[0]._columns[column, part].take(self._among[1])
            else:
                known = self.table.values(self, column, part)
            self._columns[column, part] = known
        return known

    def through(self, column: str) -> Target:
        """The rows that a reference or parent column points at."""
        known = self._through.get(column)
        if known is None:
            known = self._target_known(column) or self.table.target(self, column)
            # Parents that keep this frame are not kept by it: such a circle would hold its arrays until Python looks for circles.
            if self._owner is None or known.frame is not self._owner():
                self._through[column] = known
        return known

    def _target_known(self, column: str) -> Target | None:
        """The rows that a column points at, where the frame that these rows are some of knows them."""
        known = None if self._among is None else self._among[0]._through.get(column)
        if known is None or self._among is None or known.places is not None:
            return None
        places = self._among[1]
        return Target(known.frame.at(places), None, None if known.there is None else known.there[places])

    def follow(self, path: Sequence[str], column: str, part: str | None = None) -> Vec:
        """A column at the end of a path of references; NULL where the path is broken."""
        if not path:
            return self.get(column, part)
        target, places, there = self.through(path[0])
        out = target.follow(path[1:], column, part)
        if places is not None:
            out = out.take(places)
        return out if there is None else out.where(there)

    def follow_at(self, places: Ints, path: Sequence[str], column: str, part: str | None = None) -> Vec:
        """As `follow`, of the rows at some places: what lies behind a reference is worked out for these alone, if they are few."""
        if path and 2 * len(places) <= self.count:
            target, back, there = self.through(path[0])
            alone = back is None and len(places) and (self._owner is None or target is not self._owner())
            if alone and (column, part) not in target.known(path[1:]):
                if self._some is None or self._some[0] is not places or self._some[1] is not target:
                    self._some = places, target, target.at(places)
                out = self._some[2].follow(path[1:], column, part)
                return out if there is None else out.where(there[places])
        return self.follow(path, column, part).take(places)

    def at(self, places: Ints) -> Frame:
        """The rows at some places, in their order and seen as these are, as a frame that takes over what is known of this one."""
        seen = self._seen if self._seen is None or isinstance(self._seen, int) else self._seen[places]
        out = Frame(self.table, None, len(places), self.rows[places], seen)
        out._among = self, places
        return out

    def known(self, path: Sequence[str]) -> Container[tuple[str, str | None]]:
        """The columns that are worked out at the end of a path."""
        if not path:
            return self._columns
        target = self._through.get(path[0])
        return () if target is None else target.frame.known(path[1:])

    def memo(self, owner: Hashable, name: str, compute: Callable[[], T]) -> T:
        """What an owner (a layout or kernel) works out of this frame under a name, once."""
        known: T | None = self._memos.get((owner, name))
        if known is None:
            known = self._memos[owner, name] = compute()
        return known

    def remembers(self, owner: Hashable, name: str) -> bool:
        """Whether an owner has worked something out under a name."""
        return (owner, name) in self._memos
