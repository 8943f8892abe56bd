"""Spells: the rows that stand for what holds for a while."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...frozen import dataclass
from ...program import rows
from ...program.values import Way
from ..calendar import DAY
from ..ground import Frame, Layout, Table
from ..hashing import Bits, Ints
from ..vector import Mask, Vec
from .base import register


@runtime_checkable
class _Kernel(Protocol):
    """What is asked of the column."""

    def number(self, days: Ints) -> Ints:
        """The spell that holds on each day."""

    def first_day(self, numbers: Ints) -> Ints:
        """The first day of each spell, from 1970-01-01."""

    def whose(self, frame: Frame) -> Ints:
        """A number for each row, the same for those that share their spells."""

    def keys(self, vec: Vec) -> Ints:
        """A number for each value by which rows share their spells."""

    def codes(self, number: Ints, whose: Ints) -> Ints:
        """The place of the value of each spell of whomever, among all values."""


@dataclass(frozen=True, slots=True)
class _Spells:
    """All spells up to the horizon."""

    whose: Ints
    """The keys of those whose spells they are, ascending."""
    first: Ints
    """Of each of these its first row."""
    row: NDArray[np.int32]
    """The row of each spell of each of them, -1 where there is none, as in the last line and column: shape (spells + 1, whose + 1)."""
    days: Ints
    """Of each row the day from which it holds, not before the history."""
    of: Ints
    """Of each row, the first row of those whose spell it is."""


@register("spells")
class Spells(Layout):
    """One row for each spell of a column, by its first day and then by the first row of those whose spell it is.

    Both never change, and whoever's first row is born later has no spells before, so a later end only continues the same line.
    """

    program: rows.Spells
    happens = True

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self._owners = table.engine.table(self.program.of)

    @cached_property
    def _kernel(self) -> _Kernel:
        kernel = self._owners.kernel(self.program.column)
        if not isinstance(kernel, _Kernel):
            raise TypeError("spells are of a column of spells")
        return kernel

    @cached_property
    def _spells(self) -> _Spells:
        kernel, owners = self._kernel, self._owners
        every = owners.frame(0, owners.size)
        whose, first = np.unique(kernel.whose(every), return_index=True)
        numbers = np.arange(kernel.number(np.array([len(self.calendar.weights)], np.int64))[0] + 1, dtype=np.int64)
        days = np.maximum(kernel.first_day(numbers) - self.calendar.origin, 0)
        order = np.argsort(first, kind="stable")
        codes = kernel.codes(np.repeat(numbers, len(order)), np.tile(whose[order], len(numbers))).reshape(len(numbers), -1)
        born = every.day[first[order]]
        number, place = np.nonzero(~np.isin(codes, self.program.without) & (born[None, :] <= days[:, None]))
        row = np.full((len(numbers) + 1, len(order) + 1), -1, np.int32)
        row[number, order[place]] = np.arange(len(number), dtype=np.int32)
        return _Spells(whose, first, row, days[number], first[order][place])

    @property
    def rises(self) -> bool:
        return True

    @property
    def on_day(self) -> bool:
        return True

    def before(self, day: int) -> int:
        return int(np.searchsorted(self._spells.days, day))

    def rows(self, first: int, last: int) -> tuple[int, int]:
        # Whatever the window: what holds on its first day began before.
        return 0, self.before(self.table.engine.as_of + 1)

    def day(self, frame: Frame) -> Ints:
        return self._spells.days[frame.rows]

    def begin(self, frame: Frame) -> Ints:
        return self.calendar.to_utc((frame.day + self.calendar.origin) * DAY)

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        return self._owners.rows_frame(self._spells.of[frame.rows], frame.day), None

    def match(self, how: Way, columns: Mapping[str, Vec], days: Ints, bits: Bits) -> tuple[Ints, Mask | None]:
        if how.by != "value":
            return super().match(how, columns, days, bits)
        asked = columns[how.column]
        if asked.words is not None:
            # Whose each text is is looked at once, not for each row.
            texts = Vec(np.arange(len(asked.words.texts), dtype=np.int64), words=asked.words)
            place = self._whose(self._kernel.keys(texts))[asked.values]
        else:
            place = self._whose(self._kernel.keys(asked))
        row = self._spells.row
        number = self._kernel.number(days)
        if len(days) and not (int(days.min()) >= 0 and int(number.max()) < len(row) - 1):
            number = np.where((days < 0) | (number >= len(row) - 1), len(row) - 1, number)
        found = row.ravel().take(number * row.shape[1] + place).astype(np.int64)
        return np.maximum(found, 0), found >= 0

    def _whose(self, keys: Ints) -> Ints:
        """The place of each key among those whose spells there are; the last place is that of all others."""
        whose = self._spells.whose
        place = np.minimum(np.searchsorted(whose, keys), len(whose) - 1)
        return np.where(whose[place] == keys, place, len(whose))
