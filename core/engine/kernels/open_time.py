"""Moments and the open time of a clock: those that wait for its next opening, and whether it is open."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...program import columns
from ..clocks import Clock
from ..ground import Frame, Kernel
from ..hashing import Ints
from ..vector import Vec
from .base import register


def _by_zone(frame: Frame, told: columns.Clocked, rows: Ints) -> Iterator[tuple[Clock, Ints]]:
    """The clock of each time zone, and the places among some rows of a frame that go by it."""
    clocks = frame.table.engine.calendar.clocks
    if told.zone is None or not len(rows):
        yield clocks.get(told.clock), np.arange(len(rows), dtype=np.int64)
        return
    zone = frame.follow_at(rows, *told.zone)
    if zone.words is None:
        raise TypeError("a time zone is a text of a list")
    # Where no zone is named, it is the dataset's.
    names = ("", *zone.words.texts)
    code = zone.values.astype(np.int64) + 1
    code = code if zone.valid is None else np.where(zone.valid, code, 0)
    for number in np.flatnonzero(np.bincount(code)).tolist():
        yield clocks.get(told.clock, names[number]), np.flatnonzero(code == number)


def in_open_time(frame: Frame, told: columns.Clocked, moments: Ints, rows: Ints) -> Ints:
    """A moment of each of some rows of a frame, or that after the next opening of a clock in the row's time zone."""
    out = moments.copy()
    for clock, places in _by_zone(frame, told, rows):
        out[places] = clock.moved(moments[places])
    return out


@register("open")
class Open(Kernel):
    """Whether a clock is open at a moment, in each row's time zone; NULL where there is no moment."""

    program: columns.Open

    def values(self, frame: Frame) -> Vec:
        vec = Vec(frame.begin) if self.program.at is None else frame.follow(*self.program.at)
        out = np.zeros(frame.count, np.bool_)
        rows = np.arange(frame.count, dtype=np.int64) if vec.valid is None else np.flatnonzero(vec.valid)
        for clock, places in _by_zone(frame, self.program.clocked, rows):
            out[rows[places]] = clock.open_at(vec.values[rows[places]])
        return Vec(out, vec.valid)
