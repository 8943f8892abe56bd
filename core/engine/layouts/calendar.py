"""Calendars: the days of some years, or the hours or minutes of a day."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...program import rows
from ..calendar import DAY, HOUR
from ..ground import Frame, Layout, Table
from ..hashing import Ints
from ..moment_parts import civil, first_of, fiscal_day, fiscal_start
from ..vector import Mask
from .base import register

_STEPS: Final = {"hour": HOUR, "minute": HOUR // 60}


@register("calendar")
class Days(Layout):
    """One row a day from `first` to the end of the year of the window's last day (of the history's, if that is later)."""

    program: rows.Calendar

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.step: int | None = _STEPS.get(self.program.step)
        """Microseconds of a row, None for a day."""
        self.first = self.program.first
        """Days from 1970-01-01 to the first row."""
        self.ahead = self.program.years_ahead
        if self.program.whole_fiscal_years:
            self.first -= int(fiscal_day(self.calendar, np.array([self.first], np.int64))[1][0])

    @property
    def rises(self) -> bool:
        return True

    @property
    def on_day(self) -> bool:
        return True

    def before(self, day: int) -> int:
        if self.step is not None:
            return DAY // self.step
        last = self.calendar.origin + max(day, self.calendar.days) - 1
        year = civil(np.array([last], np.int64))[0]
        end = first_of(year + 1 + self.ahead, 1)
        if self.program.whole_fiscal_years:
            end = fiscal_start(self.calendar, fiscal_day(self.calendar, end - 1)[0] + 1)
        return int(end[0]) - self.first

    def clock(self, rows: Ints) -> tuple[Ints, Ints]:
        """Days from 1970-01-01 and microseconds of the day of each row, local."""
        if self.step is None:
            return rows + self.first, np.zeros(len(rows), np.int64)
        return np.full(len(rows), self.calendar.origin, np.int64), rows * self.step

    def row_of(self, days: Ints, micros: Ints) -> tuple[Ints, Mask | None]:
        """The row of each local moment, and which lie in the calendar (None: all)."""
        if self.step is not None:
            return micros // self.step, None
        rows = days - self.first
        return np.maximum(rows, 0), None if not len(rows) or int(rows.min()) >= 0 else rows >= 0

    def alive(self, rows: Ints, days: Ints) -> Mask:
        return np.ones(len(rows), np.bool_)

    def day(self, frame: Frame) -> Ints:
        return self.clock(frame.rows)[0] - self.calendar.origin

    def begin(self, frame: Frame) -> Ints:
        days, micros = self.clock(frame.rows)
        return self.calendar.to_utc(days * DAY + micros)
