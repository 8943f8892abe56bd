"""Moments: when a row begins and ends, dates and timestamps some way from another, and what is inside a moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..calendar import DAY, HOUR, Calendar
from ..hashing import Ints
from ..laws import Sampler
from ..layouts.entities import NEVER
from ..layouts.grid import Grid
from ..vector import Vec, Words
from .base import Kernel, register

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame

_WEEKDAYS: Final = Words(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))


def _months(days: Ints) -> Ints:
    """Months since January 1970 of days from 1970-01-01."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _month_day(days: Ints) -> Ints:
    """Day of the month, from 1."""
    stamps = days.astype("datetime64[D]")
    return (stamps - stamps.astype("datetime64[M]")).astype(np.int64) + 1


def _week(days: Ints) -> Ints:
    """ISO 8601 week number."""
    thursday = days - (days + 3) % 7 + 3
    start = thursday.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return (thursday - start) // 7 + 1


PARTS: Final[Mapping[str, Callable[[Ints, Ints], Vec]]] = {
    "date": lambda days, micros: Vec(days),
    "year": lambda days, micros: Vec(_months(days) // 12 + 1970),
    "quarter": lambda days, micros: Vec(_months(days) % 12 // 3 + 1),
    "month": lambda days, micros: Vec(_months(days) % 12 + 1),
    "day": lambda days, micros: Vec(_month_day(days)),
    "week": lambda days, micros: Vec(_week(days)),
    "weekday": lambda days, micros: Vec((days + 3) % 7 + 1),
    "weekday_name": lambda days, micros: Vec((days + 3) % 7, words=_WEEKDAYS),
    "is_weekend": lambda days, micros: Vec((days + 3) % 7 >= 5),
    "hour": lambda days, micros: Vec(micros // HOUR),
    "minute": lambda days, micros: Vec(micros // (HOUR // 60) % 60),
}
"""Parts of a moment, from local days since 1970-01-01 and microseconds of the day. Weekdays count from Monday = 1."""


def moment_part(calendar: Calendar, moment: Vec, is_date: bool, name: str) -> Vec:
    """A part of a date or of a timestamp's local time."""
    local = moment.values * DAY if is_date else calendar.to_local(moment.values)
    days = local // DAY
    out = PARTS[name](days, local - days * DAY)
    return out if moment.valid is None else out.where(moment.valid)


class _Moment(Kernel):
    def part(self, frame: Frame, name: str) -> Vec:
        if name not in PARTS:
            raise KeyError(f"a moment has no part {name}")
        is_date = self.program["type"] == "date"
        return moment_part(self.table.engine.calendar, frame.get(self.column), is_date, name)

    def _typed(self, moments: Ints, valid: np.typing.NDArray[np.bool_] | None = None) -> Vec:
        if self.program["type"] == "date":
            return Vec(self.table.engine.calendar.to_local(moments) // DAY, valid)
        return Vec(moments, valid)


@register("begin")
class Begin(_Moment):
    """When the row began."""

    def values(self, frame: Frame) -> Vec:
        if self.program["type"] == "date":
            return Vec(frame.day + self.table.engine.calendar.origin)
        return Vec(frame.begin)


@register("end")
class End(_Moment):
    """When the row ended, NULL while it lasts on the day it is seen."""

    def values(self, frame: Frame) -> Vec:
        day = frame.left
        ended = day <= frame.seen
        if self.program["type"] == "date":
            return Vec(np.where(ended, day, 0) + self.table.engine.calendar.origin, ended)
        return Vec(frame.entities.left_moment(frame, np.where(ended, day, 0)), ended)

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
        layout = self.table.layout
        if not isinstance(layout, Grid):
            raise TypeError(f"rows of layout {layout.name} take no stretch of time")
        return self._typed(layout.end(frame))


@register("current")
class Current(Kernel):
    """Whether the row lasts on the day it is seen."""

    def values(self, frame: Frame) -> Vec:
        return Vec(frame.left > frame.seen)


@register("moment")
class Moment(_Moment):
    """A date or timestamp some way before or after another; `law` is in days for dates, microseconds for timestamps."""

    def __init__(self, program: Mapping[str, Any], table: Table, column: str) -> None:
        super().__init__(program, table, column)
        self._sampler = Sampler(program["law"]["law"], program["law"]["scale"]) if program.get("law") else None

    def values(self, frame: Frame) -> Vec:
        base = frame.follow(*self.program["from"])
        out = self._as_mine(base.values, self.program["from_type"])
        if self._sampler is not None:
            out = out + self._sampler.draw(frame.hash(self.key)) * self.program["sign"]
        for name, keep in (("not_before", np.maximum), ("not_after", np.minimum)):
            if self.program.get(name):
                path, kind = self.program[name]
                bound = frame.follow(*path)
                limit = keep(out, self._as_mine(bound.values, kind, late=name == "not_after"))
                out = limit if bound.valid is None else np.where(bound.valid, limit, out)
        return Vec(out, base.valid)

    def _as_mine(self, values: Ints, kind: str, late: bool = False) -> Ints:
        """Dates as timestamps of their local midnight (`late`: the last millisecond), or timestamps as local dates."""
        calendar = self.table.engine.calendar
        if self.program["type"] == kind:
            return values
        if kind == "timestamp":
            return calendar.to_local(values) // DAY
        return calendar.to_utc((values + 1) * DAY - 1_000 if late else values * DAY)
