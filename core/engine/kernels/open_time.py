"""Moments that wait for the next opening of a clock."""

from __future__ import annotations

import numpy as np

from ...program import columns
from ..ground import Frame
from ..hashing import Ints
from ..vector import Mask


def in_open_time(frame: Frame, told: columns.Clocked, moments: Ints, valid: Mask | None) -> Ints:
    """The moments of a frame's rows (where they are valid), or those after the next opening of a clock in each row's time zone."""
    clocks = frame.table.engine.calendar.clocks
    if told.zone is None:
        own = clocks.get(told.clock)
        if valid is None:
            return own.moved(moments)
        out, rows = moments.copy(), np.flatnonzero(valid)
        out[rows] = own.moved(moments[rows])
        return out
    zone = frame.follow(*told.zone)
    if zone.words is None:
        raise TypeError("a time zone is a text of a list")
    # Where no zone is named, it is the dataset's.
    names = ("", *zone.words.texts)
    code = zone.values.astype(np.int64) + 1
    code = code if zone.valid is None else np.where(zone.valid, code, 0)
    code = code if valid is None else np.where(valid, code, -1)
    out = moments.copy()
    for number in np.flatnonzero(np.bincount(code + 1, minlength=1)[1:]).tolist():
        rows = np.flatnonzero(code == number)
        out[rows] = clocks.get(told.clock, names[number]).moved(moments[rows])
    return out
