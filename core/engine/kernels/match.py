"""References to the row whose columns have given values."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...program import columns
from ..ground import Frame
from ..hashing import Bits, Ints
from ..vector import Vec
from .base import register
from .pointing import Pointing

_NO_BITS: Final[Bits] = np.zeros(0, np.uint64)


@register("match")
class Match(Pointing):
    """The row whose columns equal values of this row, alive on the row's own day or on that of `at`; NULL where there is none."""

    program: columns.MatchReference

    def _days(self, frame: Frame) -> Ints:
        at = self.program.at
        if at is None:
            return frame.day
        moment, calendar = frame.follow(*at), self.table.engine.calendar
        return moment.values - calendar.origin if self.program.at_date else calendar.day_of(moment.values)

    def found(self, frame: Frame) -> Vec:
        climb = self.program.climb
        if climb:
            # Siblings ask for the same row: it is looked for once, from the row that they stand on.
            above, places, _ = frame.through(climb[0])
            for step in climb[1:]:
                above, further, _ = above.through(step)
                places = further if places is None else places if further is None else further[places]
            out = self._looked_up(above, len(climb))
            return out if places is None else out.take(places)
        return self._looked_up(frame, 0)

    def _looked_up(self, frame: Frame, climbed: int) -> Vec:
        how, match = self.program.how, self.program.match
        if how is None or match is None:
            raise TypeError("a match says what is matched, and how")
        given = {theirs: frame.follow(path[climbed:], column, part) for theirs, (path, column, part) in match.items()}
        bits = frame.hash(self.key) if how.draws else _NO_BITS
        rows, found = self.to.layout.match(how, given, self._days(frame), bits)
        out = Vec(rows, found)
        for vec in given.values():
            out = out if vec.valid is None else out.where(vec.valid)
        return out
