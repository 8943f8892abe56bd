"""Children: rows in groups under a parent, with an exact total, minimum and maximum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..hashing import Ints, hash_ints
from ..laws import multiset
from ..permute import shuffle_pow2
from .base import Layout, register

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame

_BITS = 10
_GROUP = 1 << _BITS


@register
class Children(Layout):
    """Each 1,024 consecutive parents share one multiset of counts, dealt by a keyed shuffle.

    So the first child of a parent is group * total + a prefix inside the group, and the parent of a child is found
    by one division and one bisection: O(1) memory for any number of rows.
    """

    name = "children"

    def __init__(self, program: Mapping[str, Any], table: Table) -> None:
        super().__init__(program, table)
        self.of: str = program["of"]
        self._counts = multiset(program["count"], _GROUP)
        self.total = int(self._counts.sum())
        self._key = self.key("count")
        self._recent: tuple[int, int, Ints] | None = None

    @property
    def happens(self) -> bool:  # type: ignore[override]  # a child happens where its parent does
        return self.table.engine.table(self.of).layout.happens

    def _edges(self, groups: Ints) -> Ints:
        """First child of each parent of the groups, and one past the last: shape (len(groups), 1025), from 0."""
        keys = np.repeat(hash_ints(self._key, groups), _GROUP)
        place = np.tile(np.arange(_GROUP, dtype=np.int64), len(groups))
        counts = self._counts[shuffle_pow2(_BITS, keys, place)].reshape(len(groups), _GROUP)
        out = np.zeros((len(groups), _GROUP + 1), np.int64)
        np.cumsum(counts, axis=1, out=out[:, 1:])
        return out

    def first(self, parents: Ints) -> Ints:
        """The first child of each parent (row numbers; one past the last parent's children is a valid question)."""
        groups, inside = parents >> _BITS, parents & (_GROUP - 1)
        distinct, place = np.unique(groups, return_inverse=True)
        return groups * self.total + self._edges(distinct)[place, inside]

    def _range(self, low: int, high: int) -> Ints:
        """First children of the parents low .. high, both included."""
        if self._recent is not None and self._recent[0] <= low and high <= self._recent[1]:
            return self._recent[2][low - self._recent[0] : high - self._recent[0] + 1]
        groups = np.arange(low >> _BITS, (high >> _BITS) + 1, dtype=np.int64)
        edges = (self._edges(groups)[:, :-1] + (groups * self.total)[:, None]).ravel()
        start = int(groups[0]) << _BITS
        self._recent = (start, start + len(edges) - 1, edges)
        return edges[low - start : high - start + 1]

    def before(self, day: int) -> int:
        return self.offset(self.table.engine.table(self.of).layout.before(day))

    def offset(self, parent: int) -> int:
        """The first child of one parent."""
        return int(self._range(parent, parent)[0])

    def rows(self, first: int, last: int) -> tuple[int, int]:
        low, high = self.table.engine.table(self.of).layout.rows(first, last)
        return self.offset(low), self.offset(high)

    def owner(self, child: int) -> int:
        """The parent of one child."""
        group = child // self.total
        edges = self._range(group << _BITS, (group << _BITS) + _GROUP - 1)
        return (group << _BITS) + int(np.searchsorted(edges, child, side="right")) - 1

    def owners(self, children: Ints) -> Ints:
        """The parent of each child."""
        groups = children // self.total
        distinct, place = np.unique(groups, return_inverse=True)
        edges = (self._edges(distinct)[:, :-1] + np.arange(len(distinct))[:, None] * self.total).ravel()
        inside = children - groups * self.total + place * self.total
        found = np.searchsorted(edges, inside, side="right") - 1
        return (groups << _BITS) + (found & (_GROUP - 1))

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        table = self.table.engine.table(self.of)
        if frame.start is not None:
            if not frame.count:
                return table.frame(0, 0), np.zeros(0, np.int64)
            low, high = self.owner(frame.start), self.owner(frame.start + frame.count - 1)
            edges = np.clip(self._range(low, high + 1), frame.start, frame.start + frame.count)
            return table.frame(low, high + 1 - low), np.repeat(np.arange(high + 1 - low, dtype=np.int64), np.diff(edges))
        distinct, place = np.unique(self.owners(frame.rows), return_inverse=True)
        return table.rows_frame(distinct), place

    def of_parents(self, parents: Frame) -> tuple[Frame, Ints]:
        """All children of a frame's rows, in order, and where each row's children start (shape (rows + 1,))."""
        if parents.start is not None:
            edges = self._range(parents.start, parents.start + parents.count)
            frame = self.table.frame(int(edges[0]), int(edges[-1] - edges[0]))
            frame.is_whole = True
            return frame, edges - edges[0]
        groups, place_in = parents.rows >> _BITS, parents.rows & (_GROUP - 1)
        distinct, place = np.unique(groups, return_inverse=True)
        inner = self._edges(distinct)
        first = groups * self.total + inner[place, place_in]
        counts = inner[place, place_in + 1] - inner[place, place_in]
        edges = np.zeros(len(first) + 1, np.int64)
        np.cumsum(counts, out=edges[1:])
        rows = np.repeat(first - edges[:-1], counts) + np.arange(int(edges[-1]), dtype=np.int64)
        frame = self.table.rows_frame(rows)
        frame.is_whole = True
        return frame, edges

    def whole(self, frame: Frame) -> tuple[Frame, Ints | None]:
        if frame.is_whole:
            return frame, None
        parents, place = self.parent(frame, self.of)
        everyone, edges = self.of_parents(parents)
        if frame.start is not None and everyone.start is not None:
            shift = frame.start - everyone.start
            return everyone, np.arange(shift, shift + frame.count, dtype=np.int64)
        inside = frame.rows - self.first(parents.rows)[place]
        return everyone, edges[:-1][place] + inside

    def position(self, frame: Frame) -> Ints:
        """Each row's number within its parent, from 1."""
        parents, place = self.parent(frame, self.of)
        if parents.start is not None:
            first = self._range(parents.start, parents.start + max(parents.count - 1, 0))
        else:
            first = self.first(parents.rows)
        return frame.rows - first[place] + 1

    def day(self, frame: Frame) -> Ints:
        parents, place = frame.parents
        return parents.day if place is None else parents.day[place]

    def begin(self, frame: Frame) -> Ints:
        parents, place = frame.parents
        return parents.begin if place is None else parents.begin[place]

    def seen(self, frame: Frame) -> Ints | int:
        parents, place = frame.parents
        seen = parents.seen
        return seen if isinstance(seen, int) or place is None else seen[place]
