"""Lists: as many rows as a pool, or a written list of values, has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..hashing import Ints
from .base import Layout, register

if TYPE_CHECKING:
    from ..frame import Frame


@register
class Listed(Layout):
    """Rows that were always there; they begin with the history and never end."""

    name = "list"

    def before(self, day: int) -> int:
        return int(self.program["number"])

    def day(self, frame: Frame) -> Ints:
        return np.zeros(frame.count, np.int64)

    def begin(self, frame: Frame) -> Ints:
        return np.full(frame.count, self.calendar.day_start(0), np.int64)
