"""How many owners of a panel there are, day by day."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..hashing import Ints
from ..layouts.entities import Entities
from .months import Months


class Census:
    """Owners by the day of their birth, and how many of them are expected to stand."""

    def __init__(self, owner: Entities, months: Months) -> None:
        self.owner, self.run_up, self._months = owner, owner.run_up, months
        """`run_up`: days before the history in which owners are born."""

    @cached_property
    def _axis(self) -> Ints:
        return np.arange(-self.run_up, self._months.horizon + 1, dtype=np.int64)

    @cached_property
    def owners(self) -> Ints:
        """Owners born before each day, from the first birth to the horizon's end."""
        return self.owner.before_days(self._axis)

    def before(self, day: int) -> int:
        """Owners born before a day."""
        return int(self.owners[min(day + self.run_up, len(self.owners) - 1)])

    @cached_property
    def survival(self) -> Ints:
        """Owners of 1,024 that are expected to stand at each age in days."""
        return self.owner.survival(np.arange(len(self._axis), dtype=np.int64))

    @cached_property
    def standing(self) -> Ints:
        """Owners expected to stand on each day of the horizon, born before it, in units of 1/1024."""
        # Born on day b, seen on day d > b: a convolution of whole numbers, of which the days before the horizon are not worked out.
        days = self._months.horizon
        born = np.concatenate([np.zeros(days - 1, np.int64), np.diff(self.owners)[: self.run_up - 1 + days]])
        return np.convolve(born, self.survival[1 : self.run_up + days], "valid")
