"""What follows what among the children of one parent."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...program import columns
from ..ground import Frame, Kernel, Table
from ..hashing import Ints, index16
from ..vector import Vec, Words
from .base import register
from .category import direct_table, number_among


@register("sequence")
class Sequence(Kernel):
    """A drawn first value, last values by a category, drawn values between; `in_last` tells the last ones."""

    program: columns.Sequence

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._words = Words(self.program.words)
        tables: list[Ints] = []

        def added(weights: Mapping[str, tuple[float, ...]]) -> dict[str, int]:
            tables.extend(direct_table(own) for own in weights.values())
            return {text: len(tables) - len(weights) + number for number, text in enumerate(weights)}

        self._first, self._between = added(self.program.first), added(self.program.between)
        self._cases = {case: added(by_end) for case, by_end in (self.program.firsts or {}).items()}
        # One byte an entry stays in the nearest caches.
        self._stack = np.concatenate(tables).astype(np.uint8 if len(self._words) <= 256 else np.int32)
        self._known: dict[tuple[str, ...], tuple[Ints, Ints, NDArray[np.int32]]] = {}
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
        by = frame.follow(*self.program.by)
        texts = by.words.texts if by.words is not None else ()
        between, first, last = self._of(texts)
        codes = self._stack.take((between[code] << 16) + place)
        landing = np.flatnonzero(position == 1)
        of = self.program.first_by
        case = number_among(frame, of, tuple(self._cases)).take(landing) if of is not None else np.zeros(len(landing), np.int64)
        codes[landing] = self._stack.take((first[case, code[landing]] << 16) + place[landing])
        out = codes.astype(np.int32)
        ending = np.flatnonzero(after < size)
        out[ending] = last[code[ending], after[ending]]
        return Vec(out, words=self._words)

    def _of(self, texts: tuple[str, ...]) -> tuple[Ints, Ints, NDArray[np.int32]]:
        """For each text that a sequence may end by: the table of what stands between, those of what comes first (by case; the first
        is for all others), and the last values, from the end."""
        known = self._known.get(texts)
        if known is None:
            betweens = np.array([self._between[text if text in self._first else ""] for text in texts], np.int64)
            cases = [self._first, *self._cases.values()]
            firsts = np.array([[case.get(text, case[""]) for text in texts] for case in cases], np.int64)
            last: NDArray[np.int32] = np.zeros((len(texts), max((len(ends) for ends in self._ends.values()), default=1)), np.int32)
            for number, text in enumerate(texts):
                for step, value in enumerate(reversed(self._ends.get(text, ()))):
                    last[number, step] = value
            known = self._known[texts] = betweens, firsts, last
        return known

    def part(self, frame: Frame, name: str) -> Vec:
        if name != "in_last":
            return super().part(frame, name)
        _, after, _, size = self._from_end(frame)
        return Vec(after < size)
