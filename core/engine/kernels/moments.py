"""Moments: when a row begins and ends, dates and timestamps some way from another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calendar import DAY
from ..hashing import Ints
from ..laws import Sampler
from ..moment_parts import PARTS, moment_part
from ..vector import Vec
from .base import Kernel, register

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame


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
    """When the row ended; NULL, or the value of `open`, while it lasts on the day it is seen."""

    def values(self, frame: Frame) -> Vec:
        day = frame.left
        ended = day <= _seen(frame)
        day = np.where(ended, day, 0)
        out = day + self.table.engine.calendar.origin if self.program["type"] == "date" else self.table.layout.left_moment(frame, day)
        if "open" in self.program:
            far = np.full(1, self.program["open"], np.int64)
            return Vec(np.where(ended, out, far if self.program["type"] == "date" else self.table.engine.calendar.to_utc(far * DAY)))
        return Vec(out, ended)


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
    """A date or timestamp some way before or after another; `law` is in days for dates, microseconds for timestamps."""

    def __init__(self, program: Mapping[str, Any], table: Table, column: str) -> None:
        super().__init__(program, table, column)
        self._sampler = Sampler(program["law"]["law"], program["law"]["scale"]) if program.get("law") else None

    def values(self, frame: Frame) -> Vec:
        base = frame.follow(*self.program["from"])
        out = base.values
        if self.program["type"] == "date" and self.program["from_type"] == "timestamp":
            out = self.table.engine.calendar.to_local(out) // DAY
        elif self.program["type"] == "timestamp" and self.program["from_type"] == "date":
            out = self.table.engine.calendar.to_utc(out * DAY)
        if self._sampler is not None:
            out = out + self._sampler.draw(frame.hash(self.key)) * self.program["sign"]
        return Vec(out, base.valid)
