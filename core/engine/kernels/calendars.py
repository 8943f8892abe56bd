"""Columns of calendars, and references to their rows by time."""

from __future__ import annotations

import numpy as np

from ...program import columns
from ..calendar import DAY, HOUR
from ..ground import Bounds, Frame, Kernel, laid_as
from ..layouts.calendar import Days
from ..moment_parts import PARTS, civil
from ..vector import Vec
from .base import register
from .expression import Parted
from .pointing import Pointing


@register("calendar_part")
class CalendarPart(Parted):
    """A part of the moment that a row of a calendar is."""

    program: columns.CalendarPart

    def values(self, frame: Frame) -> Vec:
        days, micros = laid_as(self.table, Days).clock(frame.rows)
        return PARTS[self.program.part](self.table.engine.calendar, days, micros)

    def bounds(self, first: Frame, last: Frame, part: str | None) -> Bounds | None:
        return (self.values(first).values, self.values(last).values) if self.program.part == "date" and part in (None, "date") else None


@register("calendar_key")
class CalendarKey(Kernel):
    """A number made of the digits of the moment: `format` is a list of [part, digits]."""

    program: columns.CalendarKey

    def values(self, frame: Frame) -> Vec:
        days, micros = laid_as(self.table, Days).clock(frame.rows)
        year, month, day = civil(days)
        parts = {"Y": year, "m": month, "d": day, "H": micros // HOUR, "M": micros // (HOUR // 60) % 60}
        out = np.zeros(frame.count, np.int64)
        for name, digits in self.program.format:
            out = out * 10**digits + parts[name]
        return Vec(out)

    def bounds(self, first: Frame, last: Frame, part: str | None) -> Bounds | None:
        # Whole numbers rise with the moment where its parts stand from the greatest to the smallest.
        names = "".join(name for name, _ in self.program.format)
        if part is not None or not "YmdHM".startswith(names) or any(digits < 2 for _, digits in self.program.format[1:]):
            return None
        return self.values(first).values, self.values(last).values


@register("by_time")
class ByTime(Pointing):
    """The row of a calendar that the row's own begin, or the moment `at`, lies in."""

    program: columns.TimedReference

    def found(self, frame: Frame) -> Vec:
        target, calendar = laid_as(self.to, Days), self.table.engine.calendar
        at = self.program.at
        moment = Vec(frame.begin) if at is None and target.step is not None else None if at is None else frame.follow(*at)
        if moment is None:
            days, micros, valid = frame.day + calendar.origin, np.zeros(0, np.int64), None
        else:
            local = moment.values * DAY if at is not None and self.program.at_date else calendar.to_local(moment.values)
            days = local // DAY
            micros, valid = local - days * DAY, moment.valid
        rows, found = target.row_of(days, micros)
        out = Vec(rows, found)
        return out if valid is None else out.where(valid)

    def bounds(self, first: Frame, last: Frame, part: str | None) -> Bounds | None:
        by_day = self.program.at is None and laid_as(self.to, Days).step is None
        if part is not None or not by_day or not self.table.layout.rises or self.program.orphans:
            return None
        least, most = (self.to.rows_frame(self.found(frame).values) for frame in (first, last))
        return self.to.bounds(least, most, self.program.key)
