"""Moments and the open time of a clock: those that wait for its next opening, and whether it is open."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...program import columns
from ..clocks import Clock
from ..ground import Frame, Kernel
from ..hashing import Ints
from ..vector import Mask, Vec
from .base import register


def _by_zone(frame: Frame, told: columns.Clocked, valid: Mask | None) -> Iterator[tuple[Clock, Ints]]:
    """The clock of each time zone, and the rows (where they are valid) that go by it."""
    clocks = frame.table.engine.calendar.clocks
    if told.zone is None:
        yield clocks.get(told.clock), np.arange(frame.count, dtype=np.int64) if valid is None else np.flatnonzero(valid)
        return
    rows = None if valid is None else np.flatnonzero(valid)
    if rows is not None and not len(rows):
        return
    zone = frame.follow(*told.zone) if rows is None else frame.follow_at(rows, *told.zone)
    if zone.words is None:
        raise TypeError("a time zone is a text of a list")
    # Where no zone is named, it is the dataset's.
    names = ("", *zone.words.texts)
    code = zone.values.astype(np.int64) + 1
    code = code if zone.valid is None else np.where(zone.valid, code, 0)
    for number in np.flatnonzero(np.bincount(code)).tolist():
        places = np.flatnonzero(code == number)
        yield clocks.get(told.clock, names[number]), places if rows is None else rows[places]


def in_open_time(frame: Frame, told: columns.Clocked, moments: Ints, valid: Mask | None) -> Ints:
    """The moments of a frame's rows (where they are valid), or those after the next opening of a clock in each row's time zone."""
    if told.zone is None and valid is None:
        return frame.table.engine.calendar.clocks.get(told.clock).moved(moments)
    out = moments.copy()
    for clock, rows in _by_zone(frame, told, valid):
        out[rows] = clock.moved(moments[rows])
    return out


@register("open")
class Open(Kernel):
    """Whether a clock is open at a moment, in each row's time zone; NULL where there is no moment."""

    program: columns.Open

    def values(self, frame: Frame) -> Vec:
        vec = Vec(frame.begin) if self.program.at is None else frame.follow(*self.program.at)
        out = np.zeros(frame.count, np.bool_)
        for clock, rows in _by_zone(frame, self.program.clocked, vec.valid):
            out[rows] = clock.open_at(vec.values[rows])
        return Vec(out, vec.valid)
