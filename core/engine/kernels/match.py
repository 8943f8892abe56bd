"""References to the row whose columns have given values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

import numpy as np

from ...program import columns
from ...program.values import Path, Way
from ..drawing.favourites import Favourites
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
        days, bits = self._days(frame), self._bits(frame) if how.draws else _NO_BITS
        out = self._matched(how, self._given(frame, match, climbed), days, bits)
        for other in self.program.others:
            missing = np.flatnonzero(~out.valid) if out.valid is not None else np.zeros(0, np.int64)
            if not len(missing):
                break
            given = {theirs: vec.take(missing) for theirs, vec in self._given(frame, other, climbed).items()}
            more = self._matched(how, given, days[missing], bits[missing] if how.draws else bits)
            rows, valid = out.values.copy(), np.ones(frame.count, np.bool_)
            rows[missing], valid[missing] = more.values, True if more.valid is None else more.valid
            out = Vec(rows, valid)
        return out

    def _given(self, frame: Frame, match: Mapping[str, Path], climbed: int) -> dict[str, Vec]:
        return {theirs: frame.follow(path[climbed:], column, part) for theirs, (path, column, part) in match.items()}

    def _matched(self, how: Way, given: Mapping[str, Vec], days: Ints, bits: Bits) -> Vec:
        rows, found = self.to.layout.match(how, given, days, bits)
        out = Vec(rows, found)
        for vec in given.values():
            out = out if vec.valid is None else out.where(vec.valid)
        return out

    def _bits(self, frame: Frame) -> Bits:
        return frame.hash(self.key) if self._favourites is None else self._favourites.bits(frame, self.key, None)

    @cached_property
    def _favourites(self) -> Favourites | None:
        told = self.program.favourites
        return Favourites(told, self.subkey) if told is not None else None
