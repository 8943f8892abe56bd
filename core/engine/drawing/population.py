"""Who is there to be drawn."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..ground import Layout
from ..hashing import Bits, Ints, below_wide
from ..vector import Mask


class Population:
    """The rows of a layout that are drawn from: how many have begun by a day, and which of them have not ended."""

    def __init__(self, layout: Layout, fixed: int, to_the_day: bool, last: int | None = None) -> None:
        self.layout = layout
        self.fixed = fixed
        """How many they are, where it is always the same ones; else 0."""
        self.leaves = layout.leaves and not fixed
        self._to_the_day = to_the_day
        """Whether who asks has a day of its own, even one before the history."""
        self._last = last

    @cached_property
    def size(self) -> int:
        """Rows that are ever drawn from: up to a last day, or the horizon."""
        if self.fixed:
            return self.fixed
        return self.layout.table.size if self._last is None else int(self.of(np.array([self._last], np.int64))[0])

    @cached_property
    def lefts(self) -> Ints:
        """The day on which each row ends: shape (size,)."""
        return self.layout.left(np.arange(self.size, dtype=np.int64))

    def of(self, day: Ints) -> Ints:
        """Rows that have begun by each day, at least 1."""
        if self.fixed:
            return np.full(len(day), self.fixed, np.int64)
        return np.maximum(self.layout.before_days(self.days(day)), 1)

    def days(self, day: Ints) -> Ints:
        """The day as of which rows are drawn by who asks on each day."""
        return day if self._to_the_day else np.maximum(day, 0)

    def on(self, day: int) -> int:
        """The day as of which rows are drawn by who asks on a day."""
        return day if self._to_the_day else max(day, 0)

    def alive(self, rows: Ints, day: Ints, begun: Ints, known: bool = False) -> Mask:
        """Which rows are among those that have begun and not ended by a day each; `known`: by `lefts`."""
        out = rows < begun
        if self.leaves:
            out &= (self.lefts[rows] if known else self.layout.left(rows)) > day
        return out

    def evergreens(self, bits: Bits, begun: Ints) -> Ints:
        """For each hash a row that never ends, among those that have begun."""
        return self.layout.evergreens(bits, begun) if self.leaves else below_wide(bits, begun)
