"""Values that are drawn anew every so many days."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...program import columns
from ..edges import numbered
from ..ground import Frame, Kernel
from ..hashing import Ints, hash_ints, hash_pairs, index16, make_key
from ..moment_parts import day_part
from ..vector import Vec, Words
from .base import register
from .category import direct_table


@register("spell")
class Spell(Kernel):
    """A value by the number of the spell that holds on the day from which a row is looked at, and by whose spells they are.

    Spells are counted from the origin, for all rows alike; what their weights are follows from the calendar's days in them.
    """

    program: columns.Spell
    _keys: tuple[Words, Ints] | None = None
    """Of the texts by which rows share their spells."""

    @cached_property
    def _tables(self) -> Ints:
        """The codes of all weights, one after the other: those of no month and event, of the months, of the events."""
        told = self.program
        return np.concatenate([direct_table(weights) for weights in (told.weights, *told.months.values(), *told.events.values())])

    def _number(self, frame: Frame) -> Ints:
        """The spell of each row."""
        return self.number(np.broadcast_to(np.asarray(frame.seen, np.int64), (frame.count,)))

    def number(self, days: Ints) -> Ints:
        """The spell that holds on each day."""
        return (days + self.program.early) // self.program.every

    def first_day(self, numbers: Ints) -> Ints:
        """The first day of each spell, from 1970-01-01."""
        return self.table.engine.calendar.origin + numbers * self.program.every - self.program.early

    def _which(self, numbers: Ints) -> Ints:
        """The place of the weights of each of some spells."""
        told, calendar = self.program, self.table.engine.calendar
        first = self.first_day(numbers)
        out = np.zeros(len(numbers), np.int64)
        if told.months:
            month = day_part(calendar, first + told.every // 2, "month")
            for place, name in enumerate(told.months, 1):
                out[month.values == int(name) if month is not None else False] = place
        days, codes, names = calendar.events
        for place, name in reversed(list(enumerate(told.events, len(told.months) + 1))):
            mine = days[codes == names.places.get(name, -1)]
            out[np.searchsorted(mine, first) < np.searchsorted(mine, first + told.every)] = place
        return out

    def whose(self, frame: Frame) -> Ints:
        """A number for each row, the same for those that share their spells."""
        return frame.rows if self.program.per is None else self.keys(frame.follow(*self.program.per))

    def keys(self, vec: Vec) -> Ints:
        """A number for each value of `per`."""
        if vec.words is None:
            return vec.values.astype(np.int64)
        if self._keys is None or self._keys[0] is not vec.words:
            self._keys = vec.words, np.array([make_key(0, text) for text in vec.words.texts], np.uint64).view(np.int64)
        return self._keys[1][vec.values]

    def part(self, frame: Frame, name: str) -> Vec:
        if name not in ("first_day", "last_day"):
            return super().part(frame, name)
        first = self.first_day(self._number(frame))
        return Vec(first if name == "first_day" else first + self.program.every - 1)

    def codes(self, number: Ints, whose: Ints) -> Ints:
        """The place of the value of each spell of whomever, among all values."""
        numbers, place = numbered(number)
        bits = hash_pairs(self.key, hash_ints(self.subkey("whose"), whose), numbers[place])
        return self._tables[self._which(numbers)[place] * 65_536 + index16(bits)]

    def values(self, frame: Frame) -> Vec:
        codes, told = self.codes(self._number(frame), self.whose(frame)), self.program
        if told.words:
            return Vec(codes.astype(np.int32), words=Words(told.words))
        return Vec(np.array(told.numbers, np.int64)[codes], scale=told.scale)
