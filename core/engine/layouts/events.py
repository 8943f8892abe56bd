"""Events: each day is a range of rows, and time rises with the row."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...program import rows
from ...program.values import Path
from ..calendar import DAY
from ..edges import Edges
from ..ground import Frame, Layout, Table
from ..hashing import Ints, unit
from .base import register


@register("events")
class Events(Layout):
    """`number` rows over the dataset's history, exactly; days by the calendar's weights, rounded cumulatively.

    rows before day d = (2 n F(d) + W) div (2 W), F = cumulative integer weight, W = F of the history's end: a later end
    continues the same quotient.
    """

    program: rows.Events
    happens = True
    by_day = True

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.number = self.program.number
        weights = self.calendar.weights
        cumulative = [0]
        for weight in weights.tolist():
            cumulative.append(cumulative[-1] + weight)
        whole = cumulative[self.calendar.days]
        self.starts: Ints = np.array([(2 * self.number * f + whole) // (2 * whole) for f in cumulative], np.int64)
        self._begin_key = self.key("begin")

    @property
    def rises(self) -> bool:
        return True

    @property
    def on_day(self) -> bool:
        return True

    @property
    def own_number(self) -> int:
        return self.program.number

    def before(self, day: int) -> int:
        return int(self.starts[min(max(day, 0), len(self.starts) - 1)])

    def before_days(self, days: Ints) -> Ints:
        return self.starts[np.clip(days, 0, len(self.starts) - 1)]

    def day(self, frame: Frame) -> Ints:
        if frame.start is not None:
            first = int(np.searchsorted(self.starts, frame.start, side="right")) - 1
            last = int(np.searchsorted(self.starts, frame.start + max(frame.count - 1, 0), side="right")) - 1
            edges = np.clip(self.starts[first : last + 2], frame.start, frame.start + frame.count)
            return np.repeat(np.arange(first, last + 1, dtype=np.int64), np.diff(edges))
        return self._day_edges.passed(frame.rows) - 1

    @cached_property
    def _day_edges(self) -> Edges:
        return Edges(self.starts)

    def place(self, frame: Frame) -> tuple[Ints, Ints]:
        """Each row's number in its day, and the day's number of rows."""
        day = frame.day
        low = self.starts[day]
        return frame.rows - low, self.starts[day + 1] - low

    def begin(self, frame: Frame) -> Ints:
        place, count = self.place(frame)
        position = place + unit(frame.hash(self._begin_key))
        position /= count
        out = self.calendar.moments(frame.day, position)
        if self.program.zone is not None:
            out = self._by_zone(frame, out, self.program.zone)
        if self.program.within_day:
            self._keep_within_day(frame, out)
        return out

    def _by_zone(self, frame: Frame, moments: Ints, path: Path) -> Ints:
        """Rows at the hours of their own time zones; where none is named, it is the dataset's."""
        zone = frame.follow(*path)
        if zone.words is None:
            raise TypeError("a time zone is a text of a list")
        code = zone.values.astype(np.int64) if zone.valid is None else np.where(zone.valid, zone.values, -1).astype(np.int64)
        return self.calendar.elsewhere(moments, frame.day, code, zone.words.texts)

    def _keep_within_day(self, frame: Frame, moments: Ints) -> None:
        """Rows whose children would go on after midnight begin so much earlier; a row longer than a day begins with it."""
        lasts = self.table.engine.table(self.program.within_day).layout.line(frame)[2]
        midnight = self.calendar.to_utc((frame.day + (self.calendar.origin + 1)) * DAY)
        late = np.flatnonzero(moments + lasts >= midnight)
        # A millisecond before midnight: the last moment of the day itself.
        first = self.calendar.to_utc((frame.day[late] + self.calendar.origin) * DAY)
        moments[late] = np.maximum(midnight[late] - lasts[late] - 1000, first)
