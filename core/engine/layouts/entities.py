"""Entities: rows that are born, may leave and may change; numbered in order of birth."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from ...program import rows
from ...program.values import Way
from ..by_value import ByValue
from ..changes import Changes
from ..distributions import Sampler
from ..ground import NEVER, Frame, Layout, Table
from ..hashing import Bits, Ints, below_wide, hash_ints, unit
from ..vector import Mask, Vec
from .base import register

_CYCLES = 16


@register("entities")
class Entities(Layout):
    """`number` rows by the end of the dataset's history, `before` of them in the `run_up` days before it.

    Births are spread evenly by cumulative integer rounding, so "born before day d" is a prefix of the ids, and a later
    end only continues the same line.
    """

    program: rows.Entities
    by_birth = True

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.number = self.program.number
        self.early = self.program.before
        self.run_up = self.program.run_up
        self.days: int = self.calendar.days
        leaves = self.program.leaves
        self._evergreens = self.program.evergreens
        self._life = Sampler(leaves) if leaves is not None and (self.number >= _CYCLES or not self._evergreens) else None
        self._life_key, self._evergreen_key = self.key("leaves"), self.key("evergreen")
        self._begin_key, self._end_key = self.key("begin"), self.key("end")
        self.changes = Changes(self.program.changes, self.key, self.number, self._ever, self._kinds_of)
        """When rows change, and which of their columns."""

    def _ever(self) -> int:
        return self.before(len(self.calendar.weights) + 1)

    @property
    def rises(self) -> bool:
        return True

    @property
    def on_day(self) -> bool:
        return True

    @property
    def leaves(self) -> bool:
        """Whether any row may end."""
        return self._life is not None

    def before(self, day: int) -> int:
        if day <= 0:
            return self.early * max(day + self.run_up, 0) // self.run_up
        return self.early + (self.number - self.early) * day // self.days

    @property
    def fixed(self) -> int:
        return self.early if self.early >= self.number and not self.leaves else 0

    def before_days(self, days: Ints) -> Ints:
        """`before` of many days."""
        late = self.early + (self.number - self.early) * np.maximum(days, 0) // self.days
        if not len(days) or int(days.min()) >= 0:
            return late
        return np.where(days <= 0, self.early * np.maximum(days + self.run_up, 0) // self.run_up, late)

    def born(self, rows: Ints) -> Ints:
        """The day on which each row is born."""
        grown = max(self.number - self.early, 1)
        if len(rows) and int(rows.min()) >= self.early:
            return -((rows - self.early + 1) * -self.days // grown) - 1
        first = -((rows + 1) * -self.run_up // max(self.early, 1)) - 1 - self.run_up
        if not len(rows) or int(rows.max()) < self.early:
            return first
        return np.where(rows < self.early, first, -((rows - self.early + 1) * -self.days // grown) - 1)

    def watched(self, rows: Ints, born: Ints | None = None) -> Ints:
        """The day from which on the changes of each row are counted: that of its birth."""
        return self.born(rows) if born is None else born

    def left(self, rows: Ints, born: Ints | None = None) -> Ints:
        """The day on which each row ends; NEVER for the evergreens (one of each aligned 16, and the first 16)."""
        if self._life is None:
            return np.full(len(rows), NEVER, np.int64)
        days = self.born(rows) if born is None else born
        out = days + np.maximum(self._life.draw(hash_ints(self._life_key, rows)), 1)
        if not self._evergreens:
            return out
        group = rows >> 4
        green = (hash_ints(self._evergreen_key, group) & np.uint64(15)).view(np.int64)
        out[(rows & 15 == green) | (group == 0)] = NEVER
        return out

    def survival(self, ages: Ints) -> Ints:
        """Rows of 1,024 that are expected to stand at an age in days."""
        if self._life is None:
            return np.full(len(ages), 1_024, np.int64)
        lives = np.sort(np.maximum(self._life.draw(np.arange(1_024, dtype=np.uint64) << np.uint64(54)), 1))
        ended = np.searchsorted(lives, ages, side="right")
        # One of 16 never ends.
        return 1_024 - (ended * 15 // 16 if self._evergreens else ended)

    def evergreens(self, bits: Bits, born: Ints) -> Ints:
        """For each hash a row that never ends, among the first `born` rows."""
        groups = born // 16
        group = below_wide(bits, np.maximum(groups, 1))
        green = (hash_ints(self._evergreen_key, group) & np.uint64(15)).view(np.int64)
        return np.where(groups > 0, group * 16 + green, below_wide(bits, np.minimum(born, 16)))

    def _days(self, frame: Frame) -> tuple[Ints, Ints] | None:
        """Of a range: the days that it touches, and the first row of each and of the day after; None where they are many."""
        if frame.start is None or not frame.count:
            return None
        first, last = self.born(np.array([frame.start, frame.start + frame.count - 1], np.int64)).tolist()
        if last - first >= frame.count:
            return None
        days = np.arange(first, last + 2, dtype=np.int64)
        return days[:-1], self.before_days(days)

    def alive(self, rows: Ints, days: Ints) -> Mask:
        born = self.born(rows)
        begun = born <= days
        return begun if self._life is None else begun & (self.left(rows, born) > days)

    def match(self, how: Way, columns: Mapping[str, Vec], days: Ints, bits: Bits) -> tuple[Ints, Mask | None]:
        return self.by_value.match(how.weight, columns, days, bits) if how.by == "value" else super().match(how, columns, days, bits)

    @cached_property
    def by_value(self) -> ByValue:
        """The rows by values of their columns."""
        return ByValue(self.table, self.born)

    def day(self, frame: Frame) -> Ints:
        found = self._days(frame)
        if found is None:
            return self.born(frame.rows)
        days, starts = found
        edges = np.clip(starts, frame.start, (frame.start or 0) + frame.count)
        return np.repeat(days, edges[1:] - edges[:-1])

    def begin(self, frame: Frame) -> Ints:
        day = frame.day
        found = self._days(frame)
        if found is None:
            low = self.before_days(day)
            count = self.before_days(day + 1) - low
        else:
            place = day - found[0][0]
            low, count = found[1][place], (found[1][1:] - found[1][:-1])[place]
        position = (frame.rows - low + unit(frame.hash(self._begin_key))) / count
        return self.calendar.moments(day, position)

    def left_day(self, frame: Frame) -> Ints:
        """The leaving day of each row of a frame."""
        return self.left(frame.rows, frame.day)

    def left_moment(self, frame: Frame, day: Ints) -> Ints:
        """The moment at which each row ends on its leaving day."""
        safe = np.minimum(day, self.calendar.days * 64)
        return self.calendar.moments(safe, unit(frame.hash(self._end_key)))

    def version(self, frame: Frame) -> Ints:
        """Changes of each row of a frame from its birth to the day it is seen."""
        return self.changes.version_of(frame.rows, self.watched(frame.rows, frame.day), frame.seen)

    def epoch(self, frame: Frame, column: str) -> Ints:
        return frame.memo(self, f"epoch of {column}", lambda: self.changes.epoch(frame, column, lambda: self._kinds(frame)))

    def _kinds_of(self) -> Ints:
        return self._kinds(self.block(0, self._ever()))

    def _kinds(self, frame: Frame) -> Ints:
        """Which deal of changes each row has, by a column of its own: 0 is that of all others."""
        changes = self.program.changes
        if changes is None or not changes.by:
            return np.zeros(frame.count, np.int64)
        vec = frame.get(changes.by)
        numbers = {value: number for number, value in enumerate(changes.others or {}, 1)}
        texts = vec.words.texts if vec.words is not None else ("False", "True")
        return np.array([numbers.get(text, 0) for text in texts], np.int64)[vec.values.astype(np.int64)]
