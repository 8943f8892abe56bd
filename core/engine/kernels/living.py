"""Categories of which some values come only while rows of another table are there."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...program import columns
from ..ground import Frame, laid_as
from ..hashing import Ints, unit
from ..layouts.entities import Entities
from ..vector import Vec
from .base import register
from .category import Category

Floats = NDArray[np.float64]


@register("living")
class Living(Category):
    """A value that needs rows of another table weighs in proportion to what these count on the day.

    On a day on which they count as much as on the mean day of the dataset's own history it has its written weight, so that the
    weights hold over the years, whatever the number of rows.
    """

    program: columns.Living

    def codes(self, frame: Frame) -> Ints:
        edges, groups = self._edges_by_day
        place = frame.day * edges.shape[1]
        if self.program.given is not None:
            outcome = frame.get(self.program.given.column)
            if outcome.words is None:
                raise TypeError("an outcome is a text")
            group_of = np.array([groups.get(text, len(groups)) for text in outcome.words.texts], np.int64)
            place = place + group_of[outcome.values]
        goal = unit(frame.hash(self.key))
        out = np.zeros(frame.count, np.int64)
        for edge in edges.reshape(-1, edges.shape[2])[:, :-1].T:
            out += goal >= edge[place]
        return out

    @cached_property
    def _edges_by_day(self) -> tuple[Floats, dict[str, int]]:
        """Where the share of each value ends on each day, for each outcome that sways them and for all others, and the outcomes' numbers.

        Shape (days, outcomes + 1, values). Sums go from left to right, so they are the same on every machine.
        """
        shares = np.array(self.program.weights, np.float64) * self._factors
        shares = shares / np.cumsum(shares, axis=1)[:, -1:]
        leans = self.program.given.leans if self.program.given is not None else ()
        rest, tables = shares.copy(), []
        for lean in leans:
            inside = shares * np.array(lean.factors, np.float64)
            inside = inside / np.cumsum(inside, axis=1)[:, -1:]
            rest = np.maximum(rest - lean.share * inside, 0.0)
            tables.append(inside)
        # Where the outcomes take all, there is no other one, or only values that are there are left to it.
        rest = np.where(rest.sum(axis=1, keepdims=True) > 0, rest, shares)
        edges = np.cumsum(np.stack([*tables, rest], axis=1), axis=2)
        return edges / edges[:, :, -1:], {lean.value: number for number, lean in enumerate(leans)}

    @property
    def _factors(self) -> Floats:
        """What each value's weight is multiplied by on each day: shape (days, values)."""
        alive = self.program.alive
        if alive is None:
            raise TypeError("a living category says by what it lives")
        table = self.table.engine.table(alive.to)
        layout, calendar, words = laid_as(table, Entities), self.table.engine.calendar, self._words
        if words is None:
            raise TypeError("only texts live by rows of another table")
        asked = Vec(np.arange(len(words), dtype=np.int64), words=words)
        there = layout.by_value.standing(alive.match, asked, alive.weight, len(calendar.weights))
        mean = np.maximum(there[: calendar.days].sum(axis=0), 1) / calendar.days
        return np.where(np.array(alive.needs), there / mean, 1.0)
