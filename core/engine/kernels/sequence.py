"""What follows what among the children of one parent."""

from __future__ import annotations

import numpy as np

from ...program import columns
from ..ground import Frame, Kernel, Table
from ..hashing import Ints, index16
from ..vector import Vec, Words
from .base import register
from .category import direct_table, rows_with


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
        self._firsts = {case: {v: direct_table(w) for v, w in by_end.items()} for case, by_end in (self.program.firsts or {}).items()}
        self._ends = self.program.last

    def _from_end(self, frame: Frame) -> tuple[Ints, Ints, Ints, Ints]:
        """Each row's position, rows after it, the number of its parent's category, and how many last values that has."""
        return frame.memo(self, "ends", lambda: self._ends_of(frame))

    def _ends_of(self, frame: Frame) -> tuple[Ints, Ints, Ints, Ints]:
        layout, by = self.table.layout, frame.follow(*self.program.by)
        if by.words is None:
            raise TypeError("a sequence ends by a text")
        sizes = np.array([len(self._ends.get(text, ())) for text in by.words.texts], np.int64)
        position = layout.position(frame)
        return position, layout.siblings(frame) - position, by.values.astype(np.int64), sizes[by.values]

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
        if self.program.first_by is not None:
            landing = np.flatnonzero(position == 1)
            chosen = rows_with(frame, self.program.first_by)
            for case, tables in self._firsts.items():
                mine = landing[chosen(case)[landing]]
                out[mine] = tables[""][place[mine]]
                for number, text in enumerate(texts):
                    if text in tables:
                        hit = mine[code[mine] == number]
                        out[hit] = tables[text][place[hit]]
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
