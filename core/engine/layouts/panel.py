"""Panels: what happens to many owners day by day, with a sum for each owner that is exact in order of time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from ...program import rows
from ..hashing import Ints
from ..ledger import Ledger, Unit
from ..owners import BLOCK_OWNERS
from .base import Layout, Ranges, register
from .entities import Entities

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame

_ROWS_KEPT: Final = 2_000_000
"""Rows of units that are kept, 38 bytes each: a month of 48 million rows in two years."""
_UNIT_BYTES: Final = 38
"""Of a row of a unit."""
_OWNER_BYTES: Final = 16_000_000
"""Of all blocks of owners that are kept."""
_MONTHS_KEPT: Final = 4
_MOST_ROWS: Final = 50_000_000_000
_MOST_OWNERS: Final = 200_000_000
"""Of a panel: what is known of every block and day before the first row fits in half a gigabyte."""
_LEAST: Final = 1.45
"""Rows of a month for each owner that stands: below it, some owner would have none to settle its sum with."""


@dataclass(frozen=True, slots=True)
class Month:
    """Where the rows of each (day, block) of a month lie."""

    first: int
    """Day number of the first day."""
    edges: Ints
    """Rows of a day before each block, and at last of all blocks: shape (days, blocks + 1)."""
    offsets: Ints
    """Rows of a block's month before each day: shape (days + 1, blocks)."""


@dataclass(frozen=True, slots=True)
class Run:
    """Rows of a frame that lie in one unit."""

    unit: Unit
    place: slice | Ints
    """Which rows of the frame."""
    inside: Ints
    """Which rows of the unit."""


@register
class Panel(Layout):
    """`number` rows over the dataset's history, exactly, shared among the owners that stand on each day.

    Rows are in order of (day, block of 2,048 owners, time). A day has one row for each owner born on it, the expected
    number of entries that are due on it, and a share of the rest by the calendar's weight times the owners that are
    expected to stand. A block has its share of the day's rest by the same expectation. Both are cumulative quotients of
    integers, so a day or a block is found without looking at an owner, and a later end only continues them.

    What an owner's rows are, and add up to, is worked out for one block and calendar month at a time: see `Ledger`.
    """

    program: rows.Panel
    name = "panel"
    happens = True

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        owner = table.engine.table(self.program.of).layout
        if not isinstance(owner, Entities):
            raise TypeError("only entities own the rows of a panel")
        self.owner = owner
        self.of = self.program.of
        self.number = self.program.number
        self._units: OrderedDict[tuple[int, int], Unit] = OrderedDict()
        self._kept = 0
        self.kept_rows = _ROWS_KEPT
        """Rows of units that are kept; it changes no value."""
        self._months: OrderedDict[int, Month] = OrderedDict()
        self._by_blocks = False

    @property
    def own_number(self) -> int:
        return self.program.number

    @property
    def kept_bytes(self) -> int:
        return min(self.kept_rows, self.number) * _UNIT_BYTES + _OWNER_BYTES

    # Days

    @cached_property
    def horizon(self) -> int:
        """Days that the calendar knows; whole months."""
        return int(self._month_starts[-1])

    @cached_property
    def _month_starts(self) -> Ints:
        stamps = (self.calendar.origin + np.arange(len(self.calendar.weights) + 1)).astype("datetime64[D]")
        first = np.flatnonzero(np.diff(stamps.astype("datetime64[M]").astype(np.int64))) + 1
        return np.concatenate([np.zeros(1, np.int64), first])

    @property
    def months(self) -> int:
        """Months of the horizon."""
        return len(self._month_starts) - 1

    def month_start(self, month: int) -> int:
        """The first day of a month of the history, counted from 0."""
        return int(self._month_starts[month])

    def month_of(self, days: Ints) -> Ints:
        """The month of each day of the horizon."""
        return np.searchsorted(self._month_starts, days, side="right") - 1

    @cached_property
    def _axis(self) -> Ints:
        return np.arange(-self.owner.run_up, self.horizon + 1, dtype=np.int64)

    @cached_property
    def _owners(self) -> Ints:
        """Owners born before each day of the axis."""
        return self.owner.before_days(self._axis)

    def owners_before(self, day: int) -> int:
        """Owners born before a day."""
        return int(self._owners[min(day + self.owner.run_up, len(self._owners) - 1)])

    @cached_property
    def _survival(self) -> Ints:
        return self.owner.survival(np.arange(len(self._axis), dtype=np.int64))

    @cached_property
    def standing(self) -> Ints:
        """Owners expected to stand on each day of the horizon, born before it, in units of 1/1024."""
        # Born on day b, seen on day d > b: a convolution of whole numbers.
        whole = np.convolve(np.diff(self._owners), self._survival[1:])
        return whole[self.owner.run_up - 1 : self.owner.run_up - 1 + self.horizon]

    @cached_property
    def starts(self) -> Ints:
        """Rows before each day of the horizon."""
        born = self._owners[self.owner.run_up :] - self._owners[self.owner.run_up]
        due = self.ledger.expected_due(self.standing)
        cumulative = [0]
        for weight, standing in zip(self.calendar.weights.tolist(), self.standing.tolist(), strict=False):
            cumulative.append(cumulative[-1] + weight * standing)
        days = self.calendar.days
        free, whole = self.number - int(born[days]) - int(due[days]), cumulative[days]
        if free < 1 or not whole:
            needed = int(born[days]) + int(due[days]) + 1
            raise ValueError(f"{self.number:,} rows are fewer than the {needed:,} entries that are due in the history; ask for more")
        out = born + due + np.array([f * free // whole for f in cumulative], np.int64)
        self._check(out)
        return out

    @cached_property
    def ledger(self) -> Ledger:
        """What the rows of a unit are."""
        return Ledger(self)

    def _check(self, starts: Ints) -> None:
        """Raises ValueError where a month has too few rows for its owners."""
        rows, first = np.diff(starts[self._month_starts]), self._month_starts[:-1]
        born = np.diff(self._owners[self._month_starts + self.owner.run_up])
        standing = self.standing[first] / 1024
        lacking = np.ceil(_LEAST * standing + 2 * np.sqrt(standing)) - (rows - born)
        worst = int(np.argmax(lacking))
        if lacking[worst] > 0:
            month = str(np.datetime64(self.calendar.origin + int(first[worst]), "D"))[:7]
            raise ValueError(
                f"{self.number:,} rows leave {rows[worst]:,} for {month}, too few for {standing[worst]:,.0f} rows of `{self.of}` then: "
                f"it takes {rows[worst] + lacking[worst]:,.0f}; ask for more rows, for fewer of `{self.of}` or for a shorter history"
            )

    def before(self, day: int) -> int:
        return int(self.starts[min(max(day, 0), len(self.starts) - 1)])

    def day(self, frame: Frame) -> Ints:
        if frame.start is None:
            return np.searchsorted(self.starts, frame.rows, side="right") - 1
        stop = frame.start + frame.count
        first = int(np.searchsorted(self.starts, frame.start, side="right")) - 1
        last = int(np.searchsorted(self.starts, max(stop - 1, frame.start), side="right")) - 1
        edges = np.clip(self.starts[first : last + 2], frame.start, stop)
        return np.repeat(np.arange(first, last + 1, dtype=np.int64), np.diff(edges))

    # Blocks

    def month(self, number: int) -> Month:
        """Where the rows of a month lie."""
        known = self._months.get(number)
        if known is None:
            first, last = self.month_start(number), self.month_start(number + 1)
            blocks = max(-(-self.owners_before(last) // BLOCK_OWNERS), 1)
            edges = np.stack([self._day_edges(day, blocks) for day in range(first, last)])
            offsets = np.zeros((last - first + 1, blocks), np.int64)
            np.cumsum(np.diff(edges, axis=1), axis=0, out=offsets[1:])
            known = self._months[number] = Month(first, edges, offsets)
            if len(self._months) > _MONTHS_KEPT:
                self._months.popitem(last=False)
        return known

    def _day_edges(self, day: int, blocks: int) -> Ints:
        there = day + self.owner.run_up
        owners, tomorrow = int(self._owners[there]), int(self._owners[there + 1])
        edge = np.minimum(np.arange(blocks + 1, dtype=np.int64) * BLOCK_OWNERS, tomorrow)
        rest = int(self.starts[day + 1] - self.starts[day]) - (tomorrow - owners)
        births = np.diff(self._owners[: there + 1])
        survival = self._survival[there:0:-1]
        before = np.zeros(there + 1, np.int64)
        np.cumsum(births * survival, out=before[1:])
        old = np.minimum(edge, owners)
        born = np.minimum(np.searchsorted(self._owners[: there + 1], old, side="right") - 1, there - 1)
        standing = before[born] + (old - self._owners[born]) * survival[born]
        return edge - old + (rest * standing // max(int(before[-1]), 1) if rest else 0)

    def unit(self, month: int, block: int, numbers: Ints) -> tuple[Unit, Ints]:
        """Rows of a block in a month that hold those of these numbers within it, and where."""
        known = self._units.get((month, block))
        places = known.places(numbers) if known is not None else None
        if known is not None and places is not None:
            self._units.move_to_end((month, block))
            return known, places
        unit = self.ledger.unit(month, block)
        if known is not None:
            self._kept -= self._units.pop((month, block)).rows
        lies = self.month(month)
        days, a_day = len(lies.edges), int(lies.edges[:, -1].max())
        if a_day * days > self.kept_rows and len(numbers) and not self._by_blocks:
            # The next days of all blocks are kept rather than the whole month of some, and what their rows undo.
            edges = lies.offsets[:, block]
            first = int(np.searchsorted(edges, int(numbers.min()), side="right")) - 1
            last = max(int(np.searchsorted(edges, int(numbers.max()) + 1)), first + max(self.kept_rows // a_day, 1))
            start, stop = int(edges[first]), int(edges[min(last, days)])
            undone = unit.undone[start:stop]
            rows = self.starts[lies.first : lies.first + days] + lies.edges[:, block]
            day = np.searchsorted(rows, undone[undone >= 0], side="right") - 1
            early = np.sort(undone[undone >= 0] - rows[day] + edges[day])
            unit = unit.part(start, stop, early[early < start])
        self._units[month, block] = unit
        self._kept += unit.rows
        while self._kept > self.kept_rows and len(self._units) > 1:
            self._kept -= self._units.popitem(last=False)[1].rows
        places = unit.places(numbers)
        if places is None:
            raise IndexError(f"a month of {self.table.name} has no such row")
        return unit, places

    def rows(self, first: int, last: int) -> tuple[int, int]:
        for what, count, most in (
            ("rows", self.number, _MOST_ROWS),
            (f"rows of `{self.of}`", self.owners_before(self.horizon), _MOST_OWNERS),
        ):
            if count > most:
                raise ValueError(f"a panel is worked out for at most {most:,} {what}, not {count:,}; lower target_rows")
        return super().rows(first, last)

    def parts(self, start: int, stop: int, most: int) -> Sequence[Ranges]:
        """Small months are cut as any rows are; of large ones a part holds all days of some blocks, so that none is worked out twice."""
        size = min(most, self.kept_rows // 2)
        ends = np.searchsorted(self.starts, [start, max(stop - 1, start)], side="right") - 1
        first, last = self.month_of(ends).tolist()
        whole = np.diff(self.starts[self._month_starts[first : last + 2]])
        if start == stop or int(whole.max()) <= size:
            return super().parts(start, stop, most)
        out: list[list[tuple[int, int]]] = []
        held = most
        for month in range(first, last + 1):
            for ranges in filter(None, self._stripes(month, start, stop, size)):
                rows = sum(high - low for low, high in ranges)
                if held + rows > most:
                    out.append([])
                    held = 0
                if out[-1] and out[-1][-1][1] == ranges[0][0]:
                    ranges[0] = (out[-1].pop()[0], ranges[0][1])
                out[-1] += ranges
                held += rows
        return [tuple(ranges) for ranges in out]

    def _stripes(self, number: int, start: int, stop: int, size: int) -> Iterator[list[tuple[int, int]]]:
        """The rows of a month, at most `size` of some blocks each; those of a single block that has more are cut."""
        month = self.month(number)
        begin = self.starts[month.first : month.first + len(month.edges)]
        reached = np.cumsum(month.offsets[-1])
        blocks, whole, largest = len(reached), int(reached[-1]), int(month.offsets[-1].max())
        # Equal ones, and not above `size` wherever a block is smaller than that.
        count = min(-(-whole // max(size - largest, 1)), blocks)
        inner = np.searchsorted(reached, whole * np.arange(1, count) // count) + 1
        for low, high in pairwise(np.unique(np.concatenate([[0], inner, [blocks]])).tolist()):
            firsts = np.maximum(begin + month.edges[:, low], start).tolist()
            lasts = np.minimum(begin + month.edges[:, high], stop).tolist()
            ranges = [(first, last) for first, last in zip(firsts, lasts, strict=True) if first < last]
            if sum(last - first for first, last in ranges) <= size:
                yield ranges
            else:
                yield from ([(at, min(at + size, last))] for first, last in ranges for at in range(first, last, size))

    def prepare(self, ranges: Sequence[Sequence[int]]) -> None:
        if self._by_blocks:
            # The blocks of a file are those of no other one.
            self._units.clear()
            self._kept = 0
        self._by_blocks = len(ranges) > 1

    # Frames

    def runs(self, frame: Frame) -> list[Run]:
        """The units that a frame's rows lie in."""
        known: list[Run] | None = frame.__dict__.get("panel_runs")
        if known is None:
            known = frame.__dict__["panel_runs"] = self._runs(frame)
        return known

    def _runs(self, frame: Frame) -> list[Run]:
        days = frame.day
        months = self.month_of(days)
        order = None if not len(months) or bool((months[1:] >= months[:-1]).all()) else np.argsort(months, kind="stable")
        out = []
        sorted_ = months if order is None else months[order]
        cuts = np.flatnonzero(np.diff(sorted_)) + 1
        for low, high in zip([0, *cuts.tolist()], [*cuts.tolist(), len(sorted_)], strict=True):
            if low < high:
                mine = np.arange(low, high, dtype=np.int64) if order is None else order[low:high]
                out += self._runs_of_month(int(sorted_[low]), mine, frame.rows[mine], days[mine])
        return out

    def _runs_of_month(self, number: int, mine: Ints, rows: Ints, days: Ints) -> list[Run]:
        month = self.month(number)
        day = days - month.first
        offset = rows - self.starts[days]
        blocks = month.edges.shape[1] - 1
        if blocks == 1:
            block = np.zeros(len(rows), np.int64)
        else:
            span = int(month.edges[:, -1].max()) + 1
            stacked = (month.edges[:, :-1] + (np.arange(len(month.edges)) * span)[:, None]).ravel()
            block = np.searchsorted(stacked, offset + day * span, side="right") - 1 - day * blocks
        inside = offset - month.edges[day, block] + month.offsets[day, block]
        cuts = np.flatnonzero(np.diff(block)) + 1
        if len(cuts) * 16 > len(block):
            order = np.argsort(block, kind="stable")
            block, mine, inside = block[order], mine[order], inside[order]
            cuts = np.flatnonzero(np.diff(block)) + 1
        out = []
        for low, high in zip([0, *cuts.tolist()], [*cuts.tolist(), len(block)], strict=True):
            place = mine[low:high]
            consecutive = int(place[-1]) - int(place[0]) + 1 == len(place) and bool((np.diff(place) == 1).all())
            where = slice(int(place[0]), int(place[-1]) + 1) if consecutive else place
            unit, there = self.unit(number, int(block[low]), inside[low:high])
            out.append(Run(unit, where, there))
        return out

    def assume(self, frame: Frame, days: Ints, fields: Mapping[str, NDArray[Any]]) -> None:
        """Tells a frame its rows' days and fields, while the unit that they lie in is worked out."""
        frame.__dict__["day"] = days
        frame.__dict__["panel_fields"] = dict(fields)

    def gather(self, frame: Frame, field: str) -> NDArray[Any]:
        """A field of `Unit` for each row of a frame."""
        kept: dict[str, NDArray[Any]] = frame.__dict__.setdefault("panel_fields", {})
        out = kept.get(field)
        weak, places, earlier = frame.__dict__.get("panel_repeats", (None, None, None))
        base = weak() if weak is not None else None
        if out is None and base is not None:
            out = kept[field] = self.gather(base, field).copy()
            out[places] = self.gather(earlier, field)
        elif out is None:
            runs = self.runs(frame)
            kind = getattr(runs[0].unit, field).dtype if runs else np.int64
            out = np.empty(frame.count, kind)
            for run in runs:
                out[run.place] = getattr(run.unit, field)[run.inside]
            kept[field] = out
        return out

    def begin(self, frame: Frame) -> Ints:
        return self.gather(frame, "moment")

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        return self.table.engine.table(of).rows_frame(self.gather(frame, "owner").astype(np.int64), frame.day), None

    def recalled(self, frame: Frame) -> Frame:
        """The same frame, with each row that undoes an earlier one replaced by that one."""
        undone = self.gather(frame, "undone")
        places = np.flatnonzero(undone >= 0)
        if not len(places):
            return frame
        known: Frame | None = frame.__dict__.get("panel_recalled")
        if known is None:
            earlier = self.table.rows_frame(undone[places])
            rows, days = frame.rows.copy(), frame.day.copy()
            rows[places], days[places] = earlier.rows, earlier.day
            known = frame.__dict__["panel_recalled"] = self.table.rows_frame(rows)
            # The frame keeps this one; back to it leads a weak reference, so that no circle keeps arrays alive.
            known.__dict__.update(day=days, panel_repeats=(ref(frame), places, earlier))
        return known
