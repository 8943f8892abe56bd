"""References that are drawn by popularity."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property

import numpy as np

from ...program import columns
from ..drawing.by_group import PERIOD, ByGroup
from ..drawing.distinct import ROUNDS, distinct
from ..drawing.popular import popular
from ..drawing.population import Population
from ..drawing.redrawn import Drawing, Redrawn
from ..drawing.themed import Themed
from ..expressions import evaluate
from ..factors import Factors, coded
from ..ground import Frame, Table, laid_as
from ..hashing import Ints
from ..index import Index
from ..layouts.posts import Posts
from ..popularity import Popularity
from ..resolve import truth
from ..vector import Vec
from .base import register
from .pointing import Pointing


class Drawn(Pointing):
    """A row drawn by popularity, the way that `drawing` draws; siblings that differ where they are distinct."""

    program: columns.Reference

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        skew = self.program.skew
        self._popularity = Popularity(self.key, skew) if skew is not None else None
        self._keys = [self.key] + [self.subkey("draw", str(n)) for n in range(1, ROUNDS + 1)]

    def weights(self, count: int) -> Ints:
        """The popularity of each of the first `count` rows of the target."""
        return np.ones(count, np.int64) if self._popularity is None else self._popularity.weights(count)

    @cached_property
    @abstractmethod
    def drawing(self) -> Drawing:
        """How rows are drawn."""

    def _population(self, last: int | None = None) -> Population:
        layout = self.to.layout
        fixed = max(layout.before(layout.calendar.days), 1) if self.program.any else layout.fixed
        return Population(layout, fixed, self.table.layout.happens, last)

    def drawn(self, frame: Frame) -> Ints:
        """The row that is drawn for each row of a frame."""
        if not self.program.distinct:
            return self.drawing.draw(frame, 0, None)
        whole, place = self.table.layout.whole(frame)
        if place is not None:
            return whole.get(self.column, "row").values[place]
        # Where the reference is NULL nothing is drawn, so that the others are distinct among themselves alone.
        when = self.told.when
        return distinct(self.drawing, whole, None if when is None else np.flatnonzero(truth(evaluate(when, whole))))

    def found(self, frame: Frame) -> Vec:
        return Vec(self.drawn(frame))


@register("reference")
class Reference(Drawn):
    """A row drawn by popularity among those alive at the row's own day."""

    @cached_property
    def drawing(self) -> Drawing:
        population = self._population()
        return Redrawn(self._keys, population, popular(population, self._popularity, self.key))


@register("factored")
class Factored(Drawn):
    """A row drawn by popularity times a factor that depends on the row drawn and on the row that draws."""

    program: columns.FactoredReference

    @cached_property
    def drawing(self) -> Drawing:
        told = self.program.factors
        if told is None:
            raise TypeError("a factored reference has factors")
        of, values, factors = told.of, told.values, Factors(told.by, len(told.values))
        # To the end of a period, so that its last rows are the same wherever the horizon lies.
        population = self._population(-(-len(self.table.engine.calendar.weights) // PERIOD) * PERIOD)

        def groups(count: int) -> Ints:
            return coded(self.to.frame(0, count).get(of), values)

        draws = ByGroup(population, self.weights, groups, factors.table, self.subkey("member"))
        return Redrawn(self._keys, population, draws, factors.classes)


@register("alike")
class Alike(Drawn):
    """A row drawn by popularity out of a fixed population; a share of a parent's rows is alike in one column."""

    program: columns.AlikeReference

    @cached_property
    def drawing(self) -> Drawing:
        population = self._population()

        def index() -> Index:
            return Index.of(self.to.frame(0, population.fixed), (self.program.alike,))

        keys = self.subkey("theme"), self.subkey("alike")
        return Themed(self._keys, population, self.weights, index, self.program.share, *keys)


@register("post_reference")
class PostHolder(Drawn):
    """A post drawn by popularity, and the row that holds it on the day: alive without a redraw, because no post is empty."""

    program: columns.PostReference

    @cached_property
    def _posts(self) -> Posts:
        return laid_as(self.to, Posts)

    @cached_property
    def drawing(self) -> Drawing:
        # To whoever draws, the posts are rows that are always there.
        population = Population(self._posts, self._posts.early, self.table.layout.happens)
        return Redrawn(self._keys, population, popular(population, self._popularity, self.key))

    def found(self, frame: Frame) -> Vec:
        return Vec(self._posts.holder(self.drawn(frame), frame.day))
