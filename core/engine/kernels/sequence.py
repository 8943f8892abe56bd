"""What follows what among the children of one parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...program import columns
from ..hashing import Ints, index16
from ..layouts.children import Children
from ..vector import Vec, Words
from .base import Kernel, register
from .drawn import direct_table

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame


@register("sequence")
class Sequence(Kernel):
    """A drawn first value, last values by a category, drawn values between; `in_last` tells the last ones."""

    program: columns.Sequence

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._words = Words(self.program.words)
        self._tables = {
            value: (direct_table(weights), direct_table(self.program.between[value])) for value, weights in self.program.first.items()
        }
        self._ends = self.program.last

    def _from_end(self, frame: Frame) -> tuple[Ints, Ints, Ints, Ints]:
        """Each row's position, rows after it, the number of its parent's category, and how many last values that has."""
        known: tuple[Ints, Ints, Ints, Ints] | None = frame.__dict__.get(f"ends of {self.column}")
        if known is None:
            layout = self.table.layout
            if not isinstance(layout, Children):
                raise TypeError("only rows of children follow each other")
            by = frame.follow(*self.program.by)
            if by.words is None:
                raise TypeError("a sequence ends by a text")
            sizes = np.array([len(self._ends.get(text, ())) for text in by.words.texts], np.int64)
            position = layout.position(frame)
            known = position, layout.siblings(frame) - position, by.values.astype(np.int64), sizes[by.values]
            frame.__dict__[f"ends of {self.column}"] = known
        return known

    def values(self, frame: Frame) -> Vec:
        position, after, code, size = self._from_end(frame)
        place = index16(frame.hash(self.key))
        first, between = self._tables[""]
        out = np.where(position == 1, first[place], between[place])
        by = frame.follow(*self.program.by)
        texts = by.words.texts if by.words is not None else ()
        for number, text in enumerate(texts):
            if text in self._tables:
                first, between = self._tables[text]
                hit = np.flatnonzero(code == number)
                out[hit] = np.where(position[hit] == 1, first[place[hit]], between[place[hit]])
        last = np.flatnonzero(after < size)
        longest = max((len(ends) for ends in self._ends.values()), default=1)
        table = np.zeros((len(texts), longest), np.int64)
        for number, text in enumerate(texts):
            for step, value in enumerate(reversed(self._ends.get(text, ()))):
                table[number, step] = value
        out[last] = table[code[last], after[last]]
        return Vec(out.astype(np.int32), words=self._words)

    def part(self, frame: Frame, name: str) -> Vec:
        if name != "in_last":
            return super().part(frame, name)
        _, after, _, size = self._from_end(frame)
        return Vec(after < size)
