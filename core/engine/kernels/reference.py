"""References that are drawn by popularity."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from functools import cached_property
from typing import Final

import numpy as np

from ...program import columns
from ..drawing.aged import Aged
from ..drawing.asked import Asking
from ..drawing.by_group import ByGroup
from ..drawing.distinct import ROUNDS, distinct
from ..drawing.favourites import Favourites
from ..drawing.habits import Inheriting, Returning
from ..drawing.popular import ByPeriod, Draws, popular
from ..drawing.population import Population
from ..drawing.redrawn import Drawing, Redrawn
from ..drawing.slices import MOVING, STEADY, Ageing, Elasticity, Fads, Moves, Slices, by_age
from ..drawing.themed import Themed
from ..exact import Floats
from ..expressions import evaluate
from ..factors import Factors, coded
from ..ground import Frame, Table, laid_as
from ..hashing import Ints
from ..index import Index
from ..layouts.newcomers import Newcomers
from ..layouts.posts import Posts
from ..popularity import Popularity
from ..resolve import truth
from ..vector import Vec
from .base import register
from .pointing import Pointing

_HEAVIEST: Final = 1 << 30
"""Sums over 65,536 rows, times factors, stay below 2 ** 63."""
_ASKED: Final = 1_024
"""Rows of a day that tell how its rows draw."""


class Drawn(Pointing):
    """A row drawn by popularity, the way that `drawing` draws; siblings that differ where they are distinct."""

    program: columns.Reference

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        skew = self.program.skew
        self._popularity = Popularity(self.key, skew) if skew is not None else None
        self._keys = [self.key] + [self.subkey("draw", str(n)) for n in range(1, ROUNDS + 1)]

    def weights(self, count: int) -> Ints:
        """The popularity of each of the first `count` rows of the target, which may differ from row to row and from day to day."""
        return np.ones(count, np.int64) if self._popularity is None else self._popularity.weights(count)

    def expected(self, count: int, day: int) -> Ints:
        """How often each of the first `count` rows of the target is drawn on a day, in proportion, among those that are there."""
        return self.weights(count)

    @cached_property
    def drawing(self) -> Drawing:
        """How rows are drawn."""
        mostly = self.program.mostly
        return self.free() if mostly is None else Inheriting(self.free(), mostly, self.subkey("mostly"))

    @abstractmethod
    def free(self) -> Drawing:
        """How those are drawn that take no row over."""

    @cached_property
    def favourites(self) -> Favourites | None:
        """What the owners of rows return to."""
        told = self.program.favourites
        return Favourites(told, self.subkey) if told is not None else None

    def _redrawn(self, population: Population, draws: Draws, asking: Asking | None = None) -> Drawing:
        if self.favourites is not None:
            return Returning(self._keys, population, draws, asking, self.favourites)
        return Redrawn(self._keys, population, draws, asking)

    def _population(self, last: int | None = None) -> Population:
        layout = self.to.layout
        fixed = max(layout.before(layout.calendar.days), 1) if self.program.any else layout.fixed
        return Population(layout, fixed, self.table.layout.happens or layout.past_known, last)

    def drawn(self, frame: Frame) -> Ints:
        """The row that is drawn for each row of a frame."""
        if not self.program.distinct:
            out, to = self.drawing.draw(frame, 0, None), self.to.layout
            if isinstance(to, Newcomers) and to.is_first_in(self.table.name, self.column):
                places, rows = to.claimed(frame)
                out[places] = rows
            return out
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

    def free(self) -> Drawing:
        population = self._population()
        return self._redrawn(population, popular(population, self._popularity, self.key))


@register("aged")
class Aging(Drawn):
    """A row drawn by popularity out of a population of any size, and by its age on the day."""

    program: columns.AgedReference

    def free(self) -> Drawing:
        population, told = self._population(), self.program.ageing
        if told is None:
            raise TypeError("who is drawn by age has factors")
        draws = popular(population, self._popularity, self.key)
        return self._redrawn(population, Aged(draws, population, by_age(told), lambda rows: self.to.rows_frame(rows).day, self.key))


@register("varied")
class Varied(Drawn):
    """A row drawn by popularity that depends on the row that draws, that siblings share, or that moves in time."""

    program: columns.VariedReference

    def weights(self, count: int) -> Ints:
        if self.program.weight is None:
            return super().weights(count)
        # Numbers have up to a few places; whole units of them keep ratios of what is small.
        column = self.to.frame(0, count).get(self.program.weight)
        weights = np.clip(column.values.astype(np.int64), 0, _HEAVIEST)
        return weights if weights.any() else weights + 1

    @cached_property
    def _slices(self) -> Slices:
        told = self.program
        period, early = MOVING if told.ageing is not None or told.fads is not None or told.elasticity is not None else STEADY, 0
        if told.elasticity is not None and told.elasticity.discount is not None:
            # A slice for each spell, so that all that is sold in it feels what is taken off.
            period, early = told.elasticity.every, told.elasticity.early
        # To the end of a slice, so that its last rows are the same wherever the horizon lies.
        population = self._population(-(-(len(self.table.engine.calendar.weights) + early) // period) * period - early)
        moves: list[Moves] = []
        if told.ageing is not None:
            moves.append(Ageing(told.ageing, lambda: self.to.frame(0, population.size).day))
        if told.fads is not None:
            moves.append(Fads(told.fads, self.subkey("fads"), population))
        if told.elasticity is not None:
            moves.append(self._elastic(told.elasticity, population))
        return Slices(population, self.weights, moves, period, early)

    def _elastic(self, told: columns.Elasticity, population: Population) -> Elasticity:
        def numbers(column: str, count: int, seen: Ints | int) -> Floats:
            vec = self.to.frame(0, count, seen).get(column)
            return vec.values.astype(np.float64) / 10.0**vec.scale

        def first() -> Floats:
            return numbers(told.column, population.size, self.to.frame(0, population.size).day)

        def now(day: int, count: int) -> Floats:
            return numbers(told.column, count, day)

        off = told.discount
        return Elasticity(told.exponent, first, now, None if off is None else lambda day, count: numbers(off, count, day))

    @cached_property
    def _factors(self) -> Factors | None:
        told = self.program.factors
        if told is None:
            return None
        if told.also is None:
            return Factors(told.by, len(told.values))
        # A group for each pair of values.
        many, more = len(told.values), len(told.also.values)
        first = [replace(one, factors=tuple(of for of in one.factors for _ in range(more))) for one in told.by]
        return Factors([*first, *(replace(one, factors=one.factors * many) for one in told.also.by)], many * more)

    @cached_property
    def _draws(self) -> ByGroup | ByPeriod:
        slices, told, factors = self._slices, self.program.factors, self._factors
        if told is None or factors is None:
            return ByPeriod(slices.weights, slices.number, bool(slices.population.fixed))

        def groups(count: int) -> Ints:
            frame = self.to.frame(0, count)
            first = coded(frame.get(told.of), told.values)
            return first if told.also is None else first * len(told.also.values) + coded(frame.get(told.also.of), told.also.values)

        return ByGroup(slices, groups, factors.table, self.subkey("member"))

    def free(self) -> Drawing:
        factors, draws, keys = self._factors, self._draws, (self.subkey("theme"), self.subkey("alike"))
        asking, own = None, None
        if self.favourites is not None and self.program.returning:
            own = self.favourites.shared(self.program.returning)
        if factors is not None and isinstance(draws, ByGroup):
            asking = Asking(factors.classes, draws.fits, self.program.share, *keys, own)
        return self._redrawn(self._slices.population, draws, asking)

    def expected(self, count: int, day: int) -> Ints:
        slices, factors, draws = self._slices, self._factors, self._draws
        if factors is None or not isinstance(draws, ByGroup):
            found = slices.weights(int(slices.number(np.array([day], np.int64))[0]))
        else:
            # As the rows of the day ask, or as many of them as tell.
            low, high = self.table.layout.before(day), self.table.layout.before(day + 1)
            many = min(high - low, _ASKED)
            rows = low + np.arange(many, dtype=np.int64) * (high - low) // max(many, 1)
            found = draws.expected(day, factors.classes(self.table.rows_frame(rows)))
        out = np.zeros(max(count, len(found)), np.int64)
        out[: len(found)] = found
        return out[:count]


@register("alike")
class Alike(Drawn):
    """A row drawn by popularity out of a fixed population; a share of a parent's rows is alike in one column."""

    program: columns.AlikeReference

    def free(self) -> Drawing:
        population = self._population()

        def index() -> Index:
            return Index.of(self.to.frame(0, population.fixed), (self.program.alike,))

        keys = self.subkey("theme"), self.subkey("alike")
        return Themed(self._keys, population, self.weights, index, self.program.share, *keys, self.favourites)


@register("post_reference")
class PostHolder(Drawn):
    """A post drawn by popularity, and the row that holds it on the day: alive without a redraw, because no post is empty."""

    program: columns.PostReference

    @cached_property
    def _posts(self) -> Posts:
        return laid_as(self.to, Posts)

    def free(self) -> Drawing:
        # To whoever draws, the posts are rows that are always there.
        population = Population(self._posts, self._posts.early, self.table.layout.happens)
        return Redrawn(self._keys, population, popular(population, self._popularity, self.key))

    def found(self, frame: Frame) -> Vec:
        return Vec(self._posts.holder(self.drawn(frame), frame.day))
