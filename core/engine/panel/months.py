"""The calendar months of a panel's horizon."""

from __future__ import annotations

import numpy as np

from ..calendar import Calendar
from ..hashing import Ints


class Months:
    """Whole months from the history's first day to the last one that the calendar knows, counted from 0."""

    def __init__(self, calendar: Calendar) -> None:
        stamps = (calendar.origin + np.arange(len(calendar.weights) + 1)).astype("datetime64[D]")
        first = np.flatnonzero(np.diff(stamps.astype("datetime64[M]").astype(np.int64))) + 1
        self.calendar = calendar
        self.starts: Ints = np.concatenate([np.zeros(1, np.int64), first])
        """The first day of each month, and one past the last day."""
        self.count = len(self.starts) - 1
        self.horizon = int(self.starts[-1])
        """Days of all of them."""

    def start(self, month: int) -> int:
        """The first day of a month."""
        return int(self.starts[month])

    def of(self, days: Ints) -> Ints:
        """The month of each day of the horizon."""
        return np.searchsorted(self.starts, days, side="right") - 1

    def calendar_month(self, month: int) -> int:
        """Which month of the year it is, from 0."""
        return int(np.datetime64(self.calendar.origin + self.start(month), "D").astype("datetime64[M]").astype(np.int64)) % 12

    def text(self, month: int) -> str:
        """A month as YYYY-MM."""
        return str(np.datetime64(self.calendar.origin + self.start(month), "D"))[:7]
