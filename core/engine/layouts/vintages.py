"""Entities whose births follow a pace of their own over a long past: by growth, and on business days."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np

from ...program import rows
from .. import exact
from ..ground import Table
from ..hashing import Ints
from ..moment_parts import is_business_day
from .base import register
from .entities import Entities

_WATCHED: Final = 1_826
"""Days before the history of which changes are kept, as of other entities: five years."""
_YEAR: Final = 365.25
_ONE: Final = 4_096
"""Weight of the first day of the history."""


@register("vintages")
class Vintages(Entities):
    """`number` rows by the end of the history, born since `run_up` days before it.

    A day's births are its share of all by a weight that grows from day to day, and is none on days that are not open. Cumulative
    quotients of integers, so that "born before day d" is a prefix of the ids, and a later end only continues the line.
    """

    program: rows.Vintages
    past_known = True

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.early = self.before(0)

    @cached_property
    def _born_by(self) -> Ints:
        """Rows that were born before each day from the first birth to the horizon: shape (days,)."""
        days = np.arange(-self.run_up, len(self.calendar.weights) + 1, dtype=np.int64)
        rate = float(exact.log(np.array([1.0 + self.program.growth]))[0]) / _YEAR
        weights = np.floor(exact.exp(days.astype(np.float64) * rate) * _ONE + 0.5).astype(np.int64)
        if self.program.business_days:
            weights = np.where(is_business_day(self.calendar, days + self.calendar.origin), weights, 0)
        reached = np.concatenate([np.zeros(1, np.int64), np.cumsum(weights)]).tolist()
        whole = reached[self.run_up + self.days]
        # Rounded up, so that the first row is born on the first day.
        return np.array([-(-self.number * one // whole) for one in reached], np.int64)

    def before(self, day: int) -> int:
        return int(self._born_by[min(max(day + self.run_up, 0), len(self._born_by) - 1)])

    @property
    def fixed(self) -> int:
        return 0

    def before_days(self, days: Ints) -> Ints:
        return self._born_by[np.clip(days + self.run_up, 0, len(self._born_by) - 1)]

    def born(self, rows: Ints) -> Ints:
        return np.searchsorted(self._born_by, rows, side="right") - 1 - self.run_up

    def watched(self, rows: Ints, born: Ints | None = None) -> Ints:
        return np.maximum(self.born(rows) if born is None else born, -_WATCHED)
