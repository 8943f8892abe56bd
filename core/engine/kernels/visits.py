"""References by turn, to rows that come back, and how often those do."""

from __future__ import annotations

from ...program import columns
from ..drawing.aged import Aged
from ..drawing.popular import Draws, popular
from ..drawing.redrawn import Drawing
from ..drawing.slices import by_age
from ..ground import Frame, Kernel, laid_as
from ..hashing import Ints
from ..layouts.recurring import Recurring
from ..vector import Mask, Vec
from .base import register
from .pointing import Pointing
from .reference import Drawn


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


@register("drawn_visit")
class DrawnVisit(Drawn):
    """Who is born in this row, or is drawn in it, by popularity and age, among those who were born on days before; NULL elsewhere."""

    program: columns.DrawnVisitReference

    def free(self) -> Drawing:
        population = self._population()
        draws: Draws = popular(population, self._popularity, self.key)
        if self.program.ageing is not None:
            draws = Aged(draws, population, by_age(self.program.ageing), laid_as(self.to, Recurring).near_birth, self.key)
        return self._redrawn(population, draws)

    def found(self, frame: Frame) -> Vec:
        out, known, back = laid_as(self.to, Recurring).coming(frame.rows)
        if len(back):
            out[back] = self.drawing.draw(frame, 0, back)
            known[back] = True
        return Vec(out, known)


@register("visits")
class Visits(Kernel):
    """How often a row comes back in its life."""

    def values(self, frame: Frame) -> Vec:
        return Vec(laid_as(self.table, Recurring).times(frame.rows))
