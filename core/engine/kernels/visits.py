"""References by turn, to rows that come back, and how often those do."""

from __future__ import annotations

from ...program import columns
from ..ground import Frame, Kernel, laid_as
from ..hashing import Ints
from ..layouts.recurring import Recurring
from ..vector import Mask, Vec
from .base import register
from .pointing import Pointing


@register("visit")
class Visit(Pointing):
    """Whose turn it is to come in this row, the one that is born in it included; NULL where nobody known comes.

    Its part `visit` is the number of the visit, from 1 in the history.
    """

    program: columns.VisitReference

    def _visits(self, frame: Frame) -> tuple[Ints, Ints, Mask]:
        return frame.memo(self, "visits", lambda: laid_as(self.to, Recurring).visits(frame.rows))

    def found(self, frame: Frame) -> Vec:
        who, _, known = self._visits(frame)
        return Vec(who, known)

    def part(self, frame: Frame, name: str) -> Vec:
        if name != "visit":
            return super().part(frame, name)
        _, number, known = self._visits(frame)
        return Vec(number, known)


@register("visits")
class Visits(Kernel):
    """How often a row comes back in its life."""

    def values(self, frame: Frame) -> Vec:
        return Vec(laid_as(self.table, Recurring).times(frame.rows))
