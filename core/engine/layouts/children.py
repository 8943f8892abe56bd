"""Children: rows in groups under a parent, with an exact total, minimum and maximum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ...program import rows
from ...program.values import Factor, Scaled, Way
from ..calendar import DAY, HOUR
from ..counting import BITS, GROUP, Counting, Shuffled
from ..distributions import Sampler
from ..edges import numbered
from ..factors import ONE, Factors
from ..ground import Frame, Layout, Table
from ..hashing import Bits, Ints
from ..parts import Ranges
from ..vector import Mask, Vec
from .base import register

_PIECE = 64


class _Lasts:
    """How long rows last, in microseconds."""

    def __init__(self, told: Scaled, stretch: Sequence[Factor], key: int) -> None:
        self._sampler, self._key = Sampler(told.distribution, told.scale), key
        self._stretch = Factors(stretch, 1) if stretch else None

    @property
    def most(self) -> int:
        """The longest time."""
        return self._sampler.most if self._stretch is None else self._sampler.most * int(self._stretch.table.max()) // ONE

    def of(self, frame: Frame) -> Ints:
        """Of each row, in whole milliseconds."""
        lengths = self._sampler.draw(frame.hash(self._key))
        if self._stretch is not None:
            lengths = lengths * self._stretch.table[self._stretch.classes(frame), 0] // ONE
        return lengths // 1000 * 1000


@register("children")
class Children(Layout):
    """Each 1,024 consecutive parents share one multiset of counts, dealt by a keyed shuffle.

    So the first child of a parent is group * total + a prefix inside the group, and the parent of a child is found
    by one division and one bisection: O(1) memory for any number of rows. Where the children's own number is given, the
    group that holds the last of them is cut to a smaller one with a multiset of its own, and whole groups go on after it.
    """

    program: rows.Grouped

    def __init__(self, program: rows.Rows, table: Table, counting: Callable[[Children], Counting] | None = None) -> None:
        super().__init__(program, table)
        self.of = self.program.of
        self.counting = counting(self) if counting is not None else self._shuffled()
        self.total = self.counting.total
        self._cut, self._one = self.counting.cut, self.counting.single
        self._lasts = _Lasts(self.program.lasts, self.program.stretch, self.key("lasts")) if self.program.lasts is not None else None
        self._recent: tuple[int, int, Ints] | None = None

    def _shuffled(self) -> Counting:
        if not isinstance(self.program, rows.Children):
            raise TypeError("children of one distribution say which")
        return Shuffled(self.program.count, self.program.number, self.key)

    @property
    def own_number(self) -> int:
        return self.program.number

    @property
    def happens(self) -> bool:  # type: ignore[override]  # a child happens where its parent does
        return self._parent_layout.happens

    @property
    def rises(self) -> bool:
        return self._parent_layout.rises

    @property
    def in_order(self) -> bool:
        return True

    @property
    def on_day(self) -> bool:
        above = self._parent_layout
        if not above.on_day or self._lasts is None:
            return above.on_day
        # Such parents begin early enough for the last child to end on their day, where a day is long enough for all.
        kept = isinstance(above.program, rows.Events) and above.program.within_day == self.table.name
        return kept and self.counting.most * self._lasts.most + 1_000 <= DAY - HOUR

    def _slots(self, parents: Ints) -> Ints:
        return parents if self._cut is None else parents + self._cut.parent_gap * (parents >= self._cut.last_parent)

    def _parents(self, slots: Ints) -> Ints:
        return slots if self._cut is None else slots - self._cut.parent_gap * (slots >= self._cut.last_parent)

    def _places(self, children: Ints) -> Ints:
        return children if self._cut is None else children + self._cut.child_gap * (children >= self._cut.last_child)

    def _children(self, places: Ints) -> Ints:
        return places if self._cut is None else places - self._cut.child_gap * (places > self._cut.last_child)

    def _edges(self, groups: Ints) -> Ints:
        """First child of each parent of the groups, and one past the last: shape (len(groups), 1025), from 0."""
        out = np.zeros((len(groups), GROUP + 1), np.int64)
        # In pieces that stay in the processor's cache.
        for start in range(0, len(groups), _PIECE):
            np.cumsum(self.counting.dealt(groups[start : start + _PIECE]), axis=1, out=out[start : start + _PIECE, 1:])
        return out

    def first(self, parents: Ints) -> Ints:
        """The first child of each parent (row numbers; one past the last parent's children is a valid question)."""
        if self._one:
            return parents
        slots = self._slots(parents)
        groups, inside = slots >> BITS, slots & (GROUP - 1)
        distinct, place = numbered(groups)
        return self._children(groups * self.total + self._edges(distinct)[place, inside])

    def _range(self, low: int, high: int) -> Ints:
        """First children of the parents low .. high, both included."""
        if self._one:
            return np.arange(low, high + 1, dtype=np.int64)
        if self._recent is not None and self._recent[0] <= low and high <= self._recent[1]:
            return self._recent[2][low - self._recent[0] : high - self._recent[0] + 1]
        first, last = (int(slot) >> BITS for slot in self._slots(np.array([low, high], np.int64)))
        groups = np.arange(first, last + 1, dtype=np.int64)
        edges = self._children((self._edges(groups)[:, :-1] + (groups * self.total)[:, None]).ravel())
        if self._cut is not None and first <= self._cut.group <= last:
            lacking = self._cut.last_parent - (first << BITS)
            edges = np.delete(edges, slice(lacking, lacking + self._cut.parent_gap))
        start = int(self._parents(np.array([first << BITS], np.int64))[0])
        self._recent = (start, start + len(edges) - 1, edges)
        return edges[low - start : high - start + 1]

    def parts(self, start: int, stop: int, most: int) -> Sequence[Ranges]:
        # Where every parent has one child, what is worth working out together is so for both.
        return self._parent_layout.parts(start, stop, most) if self._one else super().parts(start, stop, most)

    def prepare(self, ranges: Sequence[Sequence[int]]) -> None:
        if self._one:
            self._parent_layout.prepare(ranges)

    @property
    def _parent_layout(self) -> Layout:
        return self.table.engine.table(self.of).layout

    def before(self, day: int) -> int:
        return self.offset(self._parent_layout.before(day))

    def offset(self, parent: int) -> int:
        """The first child of one parent."""
        return int(self._range(parent, parent)[0])

    def rows(self, first: int, last: int) -> tuple[int, int]:
        low, high = self._parent_layout.rows(first, last)
        return self.offset(low), self.offset(high)

    def owner(self, child: int) -> int:
        """The parent of one child."""
        return int(self.owners(np.array([child], np.int64))[0])

    def owners(self, children: Ints) -> Ints:
        """The parent of each child."""
        if self._one:
            return children
        places = self._places(children)
        groups = places // self.total
        distinct, place = numbered(groups)
        edges = (self._edges(distinct)[:, :-1] + np.arange(len(distinct))[:, None] * self.total).ravel()
        inside = places - groups * self.total + place * self.total
        found = np.searchsorted(edges, inside, side="right") - 1
        return self._parents((groups << BITS) + (found & (GROUP - 1)))

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        table = self.table.engine.table(self.of)
        if self._one:
            return (table.rows_frame(frame.rows) if frame.start is None else table.frame(frame.start, frame.count)), None
        if frame.start is not None:
            if not frame.count:
                return table.frame(0, 0), np.zeros(0, np.int64)
            low, high = self.owner(frame.start), self.owner(frame.start + frame.count - 1)
            parents = table.frame(low, high + 1 - low)
            self.counting.foresee(parents)
            edges = np.clip(self._range(low, high + 1), frame.start, frame.start + frame.count)
            return parents.asked_for(np.repeat(np.arange(high + 1 - low, dtype=np.int64), np.diff(edges)))
        distinct, place = numbered(self.owners(frame.rows))
        return table.rows_frame(distinct), place

    def of_parents(self, parents: Frame) -> tuple[Frame, Ints]:
        """All children of a frame's rows, in order, and where each row's children start (shape (rows + 1,))."""
        if parents.start is not None:
            self.counting.foresee(parents)
            edges = self._range(parents.start, parents.start + parents.count)
            frame = self.table.frame(int(edges[0]), int(edges[-1] - edges[0]))
            frame.is_whole = True
            return frame, edges - edges[0]
        slots = self._slots(parents.rows)
        groups, place_in = slots >> BITS, slots & (GROUP - 1)
        distinct, place = numbered(groups)
        inner = self._edges(distinct)
        first = self._children(groups * self.total + inner[place, place_in])
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
        parents, place = frame.parents
        everyone, edges = parents.children(self.table.name)
        if frame.start is not None and everyone.start is not None:
            shift = frame.start - everyone.start
            return everyone, np.arange(shift, shift + frame.count, dtype=np.int64)
        if place is None:
            return everyone, None
        inside = frame.rows - self.first(parents.rows)[place]
        return everyone, edges[:-1][place] + inside

    def match(self, how: Way, columns: Mapping[str, Vec], days: Ints, bits: Bits) -> tuple[Ints, Mask | None]:
        if how.by == "parent":
            # Every parent has one child: the same row number.
            return self._parent_layout.match(how.above, columns, days, bits)
        return super().match(how, columns, days, bits)

    def alive(self, rows: Ints, days: Ints) -> Mask:
        return self._parent_layout.alive(self.owners(rows), days)

    def position(self, frame: Frame) -> Ints:
        """Each row's number within its parent, from 1."""
        parents, place = frame.parents
        if frame.is_whole and place is not None:
            everyone, edges = parents.children(self.table.name)
            if everyone is frame:
                return np.arange(1, frame.count + 1, dtype=np.int64) - edges[:-1][place]
        if parents.start is not None:
            first = self._range(parents.start, parents.start + max(parents.count - 1, 0))
        else:
            first = self.first(parents.rows)
        return frame.rows - (first if place is None else first[place]) + 1

    def day(self, frame: Frame) -> Ints:
        parents, place = frame.parents
        return parents.day if place is None else parents.day[place]

    def siblings(self, frame: Frame) -> Ints:
        """How many rows each row's parent has."""
        parents, place = frame.parents
        counts = np.diff(parents.children(self.table.name)[1])
        return counts if place is None else counts[place]

    def begin(self, frame: Frame) -> Ints:
        parents, place = frame.parents
        start = parents.begin if place is None else parents.begin[place]
        return start if self._lasts is None else start + self._of_line(frame, 1)

    def line(self, parents: Frame) -> tuple[Ints, Ints, Ints]:
        """Of all children of a frame's rows, how long each lasts and how long after its parent it begins; and each parent's sum.

        Microseconds, of whole milliseconds.
        """
        return parents.memo(self, "line", lambda: self._line(parents))

    def _line(self, parents: Frame) -> tuple[Ints, Ints, Ints]:
        if self._lasts is None:
            raise self.lacks("last no time")
        everyone, edges = parents.children(self.table.name)
        lengths = self._lasts.of(everyone)
        ends = np.zeros(everyone.count + 1, np.int64)
        np.cumsum(lengths, out=ends[1:])
        return lengths, ends[:-1] - np.repeat(ends[edges[:-1]], np.diff(edges)), np.diff(ends[edges])

    def end(self, frame: Frame) -> Ints:
        return frame.begin + self._of_line(frame, 0)

    def _of_line(self, frame: Frame, part: int) -> Ints:
        mine = self.line(frame.parents[0])[part]
        place = self.whole(frame)[1] if not frame.is_whole else None
        return mine if place is None else mine[place]

    def seen(self, frame: Frame) -> Ints | int:
        parents, place = frame.parents
        seen = parents.seen
        return seen if isinstance(seen, int) or place is None else seen[place]
