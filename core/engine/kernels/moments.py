"""Moments: when a row begins and ends, dates and timestamps some way from another."""

from __future__ import annotations

import numpy as np

from ...program import columns
from ..calendar import DAY
from ..distributions import Sampler
from ..ground import NEVER, Bounds, Frame, Kernel, Table
from ..hashing import Ints
from ..moment_parts import day_part, moment_part
from ..vector import Vec
from .base import register
from .open_time import in_open_time


class _Moment(Kernel):
    def part(self, frame: Frame, name: str) -> Vec:
        return moment_part(frame, self.column, self.told.type == "date", name)

    def _typed(self, moments: Ints, valid: np.typing.NDArray[np.bool_] | None = None) -> Vec:
        if self.told.type == "date":
            return Vec(self.table.engine.calendar.to_local(moments) // DAY, valid)
        return Vec(moments, valid)


@register("begin")
class Begin(_Moment):
    """When the row began."""

    def values(self, frame: Frame) -> Vec:
        return self.date(frame) if self.told.type == "date" else Vec(frame.begin)

    def date(self, frame: Frame) -> Vec:
        """The local date, which needs no moment."""
        return Vec(frame.day + self.table.engine.calendar.origin)

    def part(self, frame: Frame, name: str) -> Vec:
        if name == "date":
            return self.date(frame)
        sure = self.told.type == "date" or (self.table.layout.on_day and self.table.engine.calendar.whole_days)
        out = day_part(self.table.engine.calendar, self.date(frame).values, name) if sure else None
        return super().part(frame, name) if out is None else out

    def bounds(self, first: Frame, last: Frame, part: str | None) -> Bounds | None:
        layout, calendar = self.table.layout, self.table.engine.calendar
        if not layout.rises or part not in (None, "date"):
            return None
        days = first.day + calendar.origin, last.day + calendar.origin
        if self.told.type == "date" or part == "date":
            return days
        if not (layout.on_day and calendar.whole_days):
            return None
        return calendar.to_utc(days[0] * DAY), calendar.to_utc((days[1] + 1) * DAY) - 1


@register("end")
class End(_Moment):
    """When the row ended; NULL, or the value of `open`, while it lasts on the day it is seen."""

    program: columns.End

    def values(self, frame: Frame) -> Vec:
        day = frame.left
        ended = day <= _seen(frame)
        day = np.where(ended, day, 0)
        out = day + self.table.engine.calendar.origin if self.told.type == "date" else self.table.layout.left_moment(frame, day)
        if self.program.open is not None:
            far = np.full(1, self.program.open, np.int64)
            return Vec(np.where(ended, out, far if self.told.type == "date" else self.table.engine.calendar.to_utc(far * DAY)))
        return Vec(out, ended)

    def part(self, frame: Frame, name: str) -> Vec:
        if name != "ever":
            return super().part(frame, name)
        day = frame.left
        ends = day < NEVER
        return Vec(np.where(ends, day, 0) + self.table.engine.calendar.origin, ends)


@register("until")
class Until(_Moment):
    """When a row that takes a stretch of time ends."""

    def values(self, frame: Frame) -> Vec:
        return self._typed(self.table.layout.end(frame))


@register("current")
class Current(Kernel):
    """Whether the row lasts on the day it is seen."""

    def values(self, frame: Frame) -> Vec:
        return Vec(frame.left > _seen(frame))


def _seen(frame: Frame) -> Ints | int:
    """Of rows that happen and yet end (versions): the end of the data, as none has ended when it begins."""
    return frame.table.engine.as_of if frame.table.layout.happens else frame.seen


@register("moment")
class Moment(_Moment):
    """A date or timestamp some way before or after another; the lag is in days for dates, microseconds for timestamps."""

    program: columns.Moment

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._sampler = Sampler(self.program.lag.distribution, self.program.lag.scale) if self.program.lag is not None else None

    def values(self, frame: Frame) -> Vec:
        path, column, part = self.program.origin
        kernel = self.table.kernel(column) if self._by_day() else None
        base = kernel.date(frame) if isinstance(kernel, Begin) else frame.follow(path, column, part)
        out = base.values if isinstance(kernel, Begin) else self._as_mine(base.values, self.program.origin_type)
        if self._sampler is not None:
            out = out + self._sampler.draw(frame.hash(self.key)) * self.program.sign
        if self.program.not_before is not None:
            out = self._bounded(frame, out, self.program.not_before)
        if self.program.clocked is not None:
            rows = np.arange(frame.count, dtype=np.int64) if base.valid is None else np.flatnonzero(base.valid)
            moved = in_open_time(frame, self.program.clocked, out[rows], rows)
            out = out.copy()
            out[rows] = moved
        if self.program.not_after is not None:
            out = self._bounded(frame, out, self.program.not_after, late=True)
        return Vec(out, base.valid)

    def _bounded(self, frame: Frame, moments: Ints, told: columns.Bound, *, late: bool = False) -> Ints:
        """Moments raised to a bound, or lowered to a late one, where there is one."""
        bound = frame.follow(*told.path)
        limit = (np.minimum if late else np.maximum)(moments, self._as_mine(bound.values, told.type, late))
        return limit if bound.valid is None else np.where(bound.valid, limit, moments)

    def bounds(self, first: Frame, last: Frame, part: str | None) -> Bounds | None:
        told = self.program
        moved = told.lag or told.not_before or told.not_after or told.clocked
        if moved is not None or part is not None:
            return None
        if self._by_day():
            return self.table.bounds(first, last, told.origin.column, "date")
        found = self.table.bounds_at(first, last, told.origin)
        if found is None or self.told.type == told.origin_type:
            return found
        # Of whole days, whose local dates rise; a date's own midnight need not be a moment that exists.
        return (self._as_mine(found[0], "timestamp"), self._as_mine(found[1], "timestamp")) if self.told.type == "date" else None

    def _by_day(self) -> bool:
        """Whether this is the date on which the row itself begins, which needs no moment."""
        path, column, part = self.program.origin
        dated = self.told.type == "date" and self.program.origin_type == "timestamp"
        return dated and not path and not part and isinstance(self.table.kernel(column), Begin)

    def _as_mine(self, values: Ints, kind: str, late: bool = False) -> Ints:
        """Dates as timestamps of their local midnight (`late`: the last millisecond), or timestamps as local dates."""
        calendar = self.table.engine.calendar
        if self.told.type == kind:
            return values
        if kind == "timestamp":
            return calendar.to_local(values) // DAY
        return calendar.to_utc((values + 1) * DAY - 1_000 if late else values * DAY)
