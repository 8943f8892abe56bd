"""Panels: what happens to many owners day by day, with a sum for each owner that is exact in order of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from ...frozen import dataclass
from ...program import rows
from ..ground import Frame, Layout, Table, laid_as
from ..hashing import Ints
from ..panel.census import Census
from ..panel.deal import Dealer
from ..panel.entries import Entries
from ..panel.members import BLOCK_OWNERS, Members
from ..panel.months import Months
from ..panel.schedule import Schedule
from ..panel.settle import Settler
from ..panel.unit import Unit
from ..panel.units import Units
from ..parts import Ranges
from .base import register
from .entities import Entities

_UNIT_BYTES: Final = 40
"""Of a row of a unit."""
_OWNER_BYTES: Final = 16_000_000
"""Of all blocks of owners that are kept."""
_MOST_ROWS: Final = 50_000_000_000
_MOST_OWNERS: Final = 200_000_000
"""Of a panel: what is known of every block and day before the first row fits in half a gigabyte."""


@dataclass(frozen=True, slots=True)
class Run:
    """Rows of a frame that lie in one unit."""

    unit: Unit
    place: slice | Ints
    """Which rows of the frame."""
    inside: Ints
    """Which rows of the unit."""


class Repeats(NamedTuple):
    """Rows of another frame, some of them replaced by earlier ones."""

    of: ref[Frame]
    """The frame keeps this one; back to it leads a weak reference, so that no circle keeps arrays alive."""
    places: Ints
    earlier: Frame


@register("panel")
class Panel(Layout):
    """`number` rows over the dataset's history, exactly, shared among the owners that stand on each day.

    Rows are in order of (day, block of 2,048 owners, time); `Schedule` says how many each day and block has. What an owner's rows
    are, and add up to, is worked out for one block and calendar month at a time: see `Dealer` and `Settler`.
    """

    program: rows.Panel
    happens = True

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.of, self.number = self.program.of, self.program.number
        owner = laid_as(table.engine.table(self.of), Entities)
        self._months = Months(self.calendar)
        self._census = Census(owner, self._months)
        self.entries = Entries(self.program.entries, self._months)
        self._members = Members(self.program, self._months, self._census, self.entries, self.key)
        self._schedule = Schedule(self.program, self._months, self._census, self._members)
        self._dealer = Dealer(table.name, self._months, self._census, self.entries, self._members, self._schedule, self.key)
        self._settler = Settler(self.program, self.entries, self._members, self._schedule, self._seen, self.key)
        self.units = Units(self._schedule, self._work_out)

    def _work_out(self, month: int, block: int, numbers: Ints | None) -> Unit:
        return self._settler.settled(*self._dealer.dealt(month, block), month, block, numbers)

    def _seen(self, rows: Ints, days: Ints, fields: Mapping[str, NDArray[Any]]) -> Frame:
        frame = self.table.rows_frame(rows, day=days)
        self._fields(frame).update(fields)
        return frame

    @property
    def rises(self) -> bool:
        return True

    @property
    def on_day(self) -> bool:
        return True

    @property
    def own_number(self) -> int:
        return self.program.number

    @property
    def kept_bytes(self) -> int:
        return min(self.units.kept_rows, self.number) * _UNIT_BYTES + _OWNER_BYTES

    # Days

    @property
    def starts(self) -> Ints:
        """Rows before each day of the horizon."""
        return self._schedule.starts

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

    def rows(self, first: int, last: int) -> tuple[int, int]:
        for what, count, most in (
            ("rows", self.number, _MOST_ROWS),
            (f"rows of `{self.of}`", self._census.before(self._months.horizon), _MOST_OWNERS),
        ):
            if count > most:
                raise ValueError(f"a panel is worked out for at most {most:,} {what}, not {count:,}; lower target_rows")
        return super().rows(first, last)

    def parts(self, start: int, stop: int, most: int) -> Sequence[Ranges]:
        """Small months are cut as any rows are; of large ones a part holds all days of some blocks, so that none is worked out twice."""
        size = min(most, self.units.kept_rows // 2)
        ends = np.searchsorted(self.starts, [start, max(stop - 1, start)], side="right") - 1
        first, last = self._months.of(ends).tolist()
        whole = np.diff(self.starts[self._months.starts[first : last + 2]])
        if start == stop or int(whole.max()) <= size:
            return super().parts(start, stop, most)
        out: list[list[tuple[int, int]]] = []
        held = most
        for month in range(first, last + 1):
            for ranges in filter(None, self._schedule.stripes(month, start, stop, size)):
                rows = sum(high - low for low, high in ranges)
                if held + rows > most:
                    out.append([])
                    held = 0
                if out[-1] and out[-1][-1][1] == ranges[0][0]:
                    ranges[0] = (out[-1].pop()[0], ranges[0][1])
                out[-1] += ranges
                held += rows
        return [tuple(ranges) for ranges in out]

    def prepare(self, ranges: Sequence[Sequence[int]]) -> None:
        if self.units.by_blocks:
            # The blocks of a file are those of no other one.
            self.units.clear()
        self.units.by_blocks = len(ranges) > 1

    # Frames

    def _runs(self, frame: Frame) -> list[Run]:
        """The units that a frame's rows lie in."""
        days = frame.day
        months = self._months.of(days)
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
        month = self._schedule.month(number)
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
            unit, there = self.units.unit(number, int(block[low]), inside[low:high])
            out.append(Run(unit, where, there))
        return out

    def _fields(self, frame: Frame) -> dict[str, NDArray[Any]]:
        return frame.memo(self, "fields", dict)

    def gather(self, frame: Frame, field: str) -> NDArray[Any]:
        """A field of `Unit` for each row of a frame."""
        kept = self._fields(frame)
        out = kept.get(field)
        if out is None:
            out = kept[field] = self._gathered(frame, field)
        return out

    def _gathered(self, frame: Frame, field: str) -> NDArray[Any]:
        for repeats in frame.memo(self, "repeats", list[Repeats]):
            base = repeats.of()
            if base is not None:
                out = self.gather(base, field).copy()
                out[repeats.places] = self.gather(repeats.earlier, field)
                return out
        runs = frame.memo(self, "runs", lambda: self._runs(frame))
        kind = getattr(runs[0].unit, field).dtype if runs else np.int64
        out = np.empty(frame.count, kind)
        for run in runs:
            out[run.place] = getattr(run.unit, field)[run.inside]
        return out

    def begin(self, frame: Frame) -> Ints:
        return self.gather(frame, "moment")

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        return self.table.engine.table(of).rows_frame(self.gather(frame, "owner").astype(np.int64), frame.day), None

    def recalled(self, frame: Frame) -> Frame:
        """The same frame, with each row that undoes an earlier one replaced by that one."""
        undone = self.gather(frame, "undone")
        places = np.flatnonzero(undone >= 0)
        return frame.memo(self, "recalled", lambda: self._recalled(frame, places, undone[places])) if len(places) else frame

    def _recalled(self, frame: Frame, places: Ints, undone: Ints) -> Frame:
        earlier = self.table.rows_frame(undone)
        rows, days = frame.rows.copy(), frame.day.copy()
        rows[places], days[places] = earlier.rows, earlier.day
        out = self.table.rows_frame(rows, day=days)
        out.memo(self, "repeats", list[Repeats]).append(Repeats(ref(frame), places, earlier))
        return out

    # Sums

    def standing_at(self, frame: Frame, day: int) -> Ints:
        """The sum of each owner of a frame at the start of a day of the horizon, in cents."""
        rows = frame.rows
        month = int(self._months.of(np.array([min(day, self._months.horizon - 1)], np.int64))[0])
        at_edge = day == self._months.start(month) or day >= self._months.horizon
        if at_edge and len(rows) and int(rows.max()) - int(rows.min()) < 2 * len(rows):
            # Between two months no block has to be worked out: all owners at once cost less than each block's alone.
            low = int(rows.min())
            owners = self._members.stretch(low, int(rows.max()) + 1 - low, frame)
            return self._members.level(owners, low, month + (day >= self._months.horizon))[rows - low]
        out = np.zeros(len(rows), np.int64)
        blocks = rows // BLOCK_OWNERS
        for block in np.unique(blocks).tolist():
            mine = np.flatnonzero(blocks == block)
            low = block * BLOCK_OWNERS
            owners = self._members.owners(block)
            # Whoever is born after the horizon, or in a block that the month does not have, has no sum yet.
            at = np.zeros(BLOCK_OWNERS, np.int64)
            at[: owners.count] = self._members.level(owners, low, month + (day >= self._months.horizon))
            lies = self._schedule.month(month)
            if not at_edge and block < lies.offsets.shape[1]:
                early = int(lies.offsets[day - lies.first, block])
                then, places = self.units.unit(month, block, np.arange(early, dtype=np.int64))
                # Later rows of an owner write over earlier ones.
                at[then.owner[places] - low] = then.balance[places]
            out[mine] = at[rows[mine] - low]
        return out
