"""Draws of rows that do as others did: most take a row over, or return to a favourite of their owner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...program import columns
from ..ground import Frame
from ..hashing import Ints, hash_ints, unit
from .asked import Asking
from .favourites import LOYAL, Favourites
from .popular import Draws
from .population import Population
from .redrawn import Drawing, Redrawn


class Returning(Redrawn):
    """Among those that are there on each row's day, a favourite of the row's owner for a share of the rows.

    Where the favourite is gone, or not there yet, the owner takes its next one, at last what is drawn freely.
    """

    def __init__(
        self,
        keys: Sequence[int],
        population: Population,
        draws: Draws,
        asking: Asking | None,
        favourites: Favourites,
    ) -> None:
        super().__init__(keys, population, draws, asking)
        self._favourites = favourites

    def draw(self, frame: Frame, attempt: int, pending: Ints | None) -> Ints:
        """A row for each row of the frame, or for those at `pending`."""
        if attempt >= LOYAL:
            return super().draw(frame, attempt, pending)
        who, owner, slot = self._favourites.taking(frame, self._keys[attempt], pending)
        out = np.full(frame.count if pending is None else len(pending), -1, np.int64)
        asked = self._asking.of(frame) if self._asking is not None and len(who) else None
        number = self._favourites.number + self._favourites.reserve
        for _ in range(number):
            if not len(who):
                break
            places = who if pending is None else pending[who]
            day = frame.day[places]
            bits, then = self._favourites.drawn(owner, slot, day)
            found = self._draws.draw(bits, then, self.population.of(then), None if asked is None else asked.take(places))
            there = np.ones(len(who), np.bool_) if self._draws.settled else self._alive(found, day, self.population.of(day))
            if self._favourites.reserve:
                # Who always returns must not change when a favourite arrives that was not there when it was drawn.
                there &= self.population.alive(found, then, self.population.of(then))
            out[who[there]] = found[there]
            who, owner, slot = who[~there], owner[~there], (slot[~there] + 1) % number
        free = np.flatnonzero(out < 0)
        if len(free):
            out[free] = super().draw(frame, attempt, free if pending is None else pending[free])
        return out


class Inheriting:
    """For a share of the rows the row that another reference points at, where it is there on the row's day; else a draw."""

    def __init__(self, drawing: Drawing, mostly: columns.Mostly, key: int) -> None:
        self.population = drawing.population
        self._drawing, self._mostly, self._key = drawing, mostly, key

    def fits(self, frame: Frame, place: int, row: int) -> bool:
        """Whether a row may be drawn for one of a frame at all, whatever its popularity."""
        return self._drawing.fits(frame, place, row)

    def draw(self, frame: Frame, attempt: int, pending: Ints | None) -> Ints:
        """A row for each row of the frame, or for those at `pending`; what must be drawn anew is drawn freely."""
        if attempt:
            return self._drawing.draw(frame, attempt, pending)
        out = np.full(frame.count if pending is None else len(pending), -1, np.int64)
        places, rows = taken(frame, self._mostly, self._key, self.population, pending)
        out[places] = rows
        free = np.flatnonzero(out < 0)
        if len(free):
            out[free] = self._drawing.draw(frame, attempt, free if pending is None else pending[free])
        return out


def taken(frame: Frame, mostly: columns.Mostly, key: int, population: Population, pending: Ints | None) -> tuple[Ints, Ints]:
    """Which of a frame's rows, or of those at `pending`, take a row over that is there on their day, and these rows."""
    vec = frame.follow(*mostly.path)
    vec = vec if pending is None else vec.take(pending)
    takes = unit(hash_ints(key, frame.rows if pending is None else frame.rows[pending])) < mostly.share
    if vec.valid is not None:
        takes &= vec.valid
    places = np.flatnonzero(takes)
    rows, day = vec.values[places], frame.day[places if pending is None else pending[places]]
    there = population.alive(rows, day, population.of(day))
    return places[there], rows[there]
