"""Entities: rows that are born, may leave and may change; numbered in order of birth."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...program import rows
from ...program.values import Way
from ..hashing import Bits, Ints, below, below_wide, hash_ints, hash_pairs, unit
from ..laws import Sampler
from ..permute import shuffle_pow2
from ..vector import Mask, Vec
from .base import Layout, register
from .index import Index

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame

NEVER = 1 << 40
"""A leaving day beyond every horizon."""

_CLASSES = 64
_SMALL = 65_536
"""Rows up to which what each row has for ever is kept: it only saves time."""
_CYCLES = 16
_DAYS_KEPT = 4_096


@register
class Entities(Layout):
    """`number` rows by the end of the dataset's history, `before` of them in the `run_up` days before it.

    Births are spread evenly by cumulative integer rounding, so "born before day d" is a prefix of the ids, and a later
    end only continues the same line.
    """

    program: rows.Entities
    name = "entities"

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.number = self.program.number
        self.early = self.program.before
        self.run_up = self.program.run_up
        self.days: int = self.calendar.days
        leaves = self.program.leaves
        self._evergreens = self.program.evergreens
        self._life = Sampler(leaves) if leaves is not None and (self.number >= _CYCLES or not self._evergreens) else None
        self._alive_on: OrderedDict[tuple[tuple[str, ...], int], tuple[Ints, Ints]] = OrderedDict()
        self._life_key, self._evergreen_key = self.key("leaves"), self.key("evergreen")
        self._begin_key, self._end_key = self.key("begin"), self.key("end")
        self._indexes: dict[tuple[str, ...], Index] = {}
        self._counts: dict[str, Ints] = {}
        changes = self.program.changes or rows.Changes((), {})
        self._periods: list[int] = [0] * _CLASSES
        place = 0
        for period, share in changes.pace:
            self._periods[place : place + share] = [period] * share
            place += share
        self._pace: Ints = np.array(self._periods, np.int64)
        self.changing: dict[str, int] = {name: code for code, name in enumerate(changes.columns)}
        dealt = [code for code, count in enumerate(changes.columns.values()) for _ in range(count)]
        self._dealt: Ints = np.array(dealt, np.int64)
        self._pace_key, self._phase_key, self._cycle_key = self.key("pace"), self.key("phase"), self.key("cycle")
        self._deal_key = self.key("deal")

    @property
    def leaves(self) -> bool:
        """Whether any row may end."""
        return self._life is not None

    def before(self, day: int) -> int:
        if day <= 0:
            return self.early * max(day + self.run_up, 0) // self.run_up
        return self.early + (self.number - self.early) * day // self.days

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
        """As every layout; rows found by value have begun before the day, so that no moment of it comes before theirs."""
        if how.by != "value":
            return super().match(how, columns, days, bits)
        if not len(days):
            return days, None
        names = tuple(columns)
        asked, found = self._values(names).place(columns)
        distinct, place = np.unique(days, return_inverse=True)
        alive = [self._living(names, int(day)) for day in distinct]
        span = self._values(names).combinations
        groups = np.concatenate([group + number * span for number, (group, _) in enumerate(alive)])
        asked += place * span
        first = np.searchsorted(groups, asked, side="left")
        count = np.searchsorted(groups, asked, side="right") - first
        found &= count > 0
        rows = np.concatenate([rows for _, rows in alive])
        if not len(rows):
            return np.zeros(len(days), np.int64), found
        if how.weight:
            before = np.concatenate([np.zeros(1, np.int64), np.cumsum(self._weights(how.weight)[rows])])
            several = np.flatnonzero(found & (count > 1))
            low = before[first[several]]
            goal = low + below_wide(bits[several], before[(first + count)[several]] - low)
            first[several] = np.searchsorted(before, goal, side="right") - 1
            return rows[np.where(found, first, 0)], None if bool(found.all()) else found
        out = rows[np.where(found, first + below(bits, np.maximum(count, 1)), 0)]
        return out, None if bool(found.all()) else found

    def standing(self, name: str, asked: Vec, weight: str | None, days: int) -> Ints:
        """What the rows with each asked value of a column count that are there on the whole of each of the first `days` days.

        Shape (days, len(asked)). Rows count by a number column in units of its last place, at least 1, or 1 each.
        """
        index = self._values((name,))
        born, left = (np.clip(day[index.rows], 0, days) for day in (self._lives[0] + 1, self._lives[1]))
        counts = self._weights(weight)[index.rows] if weight is not None else np.ones(len(index.rows), np.int64)
        change = np.zeros((days + 1, index.combinations), np.int64)
        np.add.at(change, (born, index.places), counts)
        np.subtract.at(change, (left, index.places), counts)
        place, known = index.place({name: asked})
        return np.where(known, np.cumsum(change, axis=0)[:-1, place], 0)

    def _weights(self, name: str) -> Ints:
        known = self._counts.get(name)
        if known is None:
            known = self._counts[name] = np.maximum(self.table.frame(0, self.table.size).get(name).values.astype(np.int64), 1)
        return known

    def _values(self, names: tuple[str, ...]) -> Index:
        known = self._indexes.get(names)
        if known is None:
            known = self._indexes[names] = Index.of(self.table.frame(0, self.table.size), names)
        return known

    def _living(self, names: tuple[str, ...], day: int) -> tuple[Ints, Ints]:
        """The rows that are there on a whole day, in order of their values' numbers, and these numbers."""
        known = self._alive_on.get((names, day))
        if known is None:
            index = self._values(names)
            mine = (self._lives[0][index.rows] < day) & (self._lives[1][index.rows] > day)
            known = self._alive_on[names, day] = index.places[mine], index.rows[mine]
            if len(self._alive_on) > _DAYS_KEPT:
                self._alive_on.popitem(last=False)
        return known

    @cached_property
    def _lives(self) -> tuple[Ints, Ints]:
        rows = np.arange(self.table.size, dtype=np.int64)
        born = self.born(rows)
        return born, self.left(rows, born)

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

    @property
    def changes(self) -> bool:
        """Whether any row changes."""
        return bool(self._pace.any())

    def version(self, frame: Frame) -> Ints:
        """Changes of each row of a frame from its birth to the day it is seen."""
        return self.version_of(frame.rows, frame.day, frame.seen)

    def version_of(self, rows: Ints, born: Ints, seen: Ints | int) -> Ints:
        """Changes of each row from its birth to a day: one in each cycle of its class's period."""
        out = np.zeros(len(rows), np.int64)
        if not self.changes or not len(rows):
            return out
        period, phase, early = self._rhythm(rows)
        moving = np.flatnonzero(period)
        ids, period, phase = rows[moving], period[moving], phase[moving]
        age = (seen if isinstance(seen, int) else seen[moving]) - born[moving]
        shifted = np.maximum(age, 0) + phase
        cycle = shifted // period
        done = shifted - cycle * period >= _fraction(hash_pairs(self._cycle_key, ids, cycle), period)
        out[moving] = cycle + done - early[moving]
        return out

    def changed(self, rows: Ints, born: Ints, version: Ints) -> Ints:
        """The day of each row's `version`-th change (from 1); NEVER for rows that do not change."""
        out = np.full(len(rows), NEVER, np.int64)
        if not self.changes or not len(rows):
            return out
        period, phase, early = self._rhythm(rows)
        moving = np.flatnonzero(period)
        ids, period = rows[moving], period[moving]
        cycle = version[moving] - 1 + early[moving]
        out[moving] = born[moving] - phase[moving] + cycle * period + _fraction(hash_pairs(self._cycle_key, ids, cycle), period)
        return out

    def _rhythm(self, rows: Ints) -> tuple[Ints, Ints, Mask]:
        """Of each row: days from change to change (0: it never changes), days from a cycle's start to the birth, and whether the
        change of the first cycle lies before the birth, and so is none."""
        if self.number <= _SMALL < len(rows) * 16:
            period, phase, early = self._rhythms
            return period[rows], phase[rows], early[rows]
        return self._rhythm_of(rows)

    @cached_property
    def _rhythms(self) -> tuple[Ints, Ints, Mask]:
        return self._rhythm_of(np.arange(self.before(len(self.calendar.weights) + 1), dtype=np.int64))

    def _rhythm_of(self, rows: Ints) -> tuple[Ints, Ints, Mask]:
        period = self._pace[shuffle_pow2(6, hash_ints(self._pace_key, rows >> 6), rows & 63)]
        phase = _fraction(hash_ints(self._phase_key, rows), period)
        return period, phase, phase >= _fraction(hash_pairs(self._cycle_key, rows, np.zeros_like(rows)), period)

    def epoch(self, frame: Frame, column: str) -> Ints:
        """Changes of one column among the row's changes; 16 consecutive changes of a row hold a fixed multiset."""
        version = frame.version
        code = self.changing[column]
        if len(self.changing) == 1:
            return version
        rounds, part = version >> 4, version & 15
        out = rounds * int((self._dealt == code).sum())
        for step in range(int(part.max()) if len(part) else 0):
            open_ = np.flatnonzero(part > step)
            keys = hash_pairs(self._deal_key, frame.rows[open_], rounds[open_])
            slot = shuffle_pow2(4, keys, np.full(len(open_), step, np.int64))
            out[open_] += self._dealt[slot] == code
        return out


def _fraction(bits: np.typing.NDArray[np.uint64], limit: Ints) -> Ints:
    z = bits >> np.uint64(32)
    z *= limit.astype(np.uint64)
    z >>= np.uint64(32)
    return z.view(np.int64)
