"""Seats: places that are never empty, and the rows that hold them one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...program import rows
from ..hashing import Ints, hash_ints
from ..permute import permute, unpermute
from .base import register
from .entities import NEVER, Entities

if TYPE_CHECKING:
    from ..engine import Table


@register
class Seats(Entities):
    """`before` seats, each held by one row on each day; rows are numbered in order of birth as those of entities are.

    The first rows hold the seats of their own numbers. Each later row is born to take over a seat: `before` births in a
    row hand over every seat once, in an order shuffled by the number of the turn. So a row's seat, the row on a seat on
    any day and the day on which a row leaves are one keyed bijection each, whatever came before.
    """

    name = "seats"

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self._turn_key = self.key("turn")

    @property
    def leaves(self) -> bool:
        return self.number > self.early

    def _shuffled(self, turn: Ints, place: Ints) -> Ints:
        return permute(hash_ints(self._turn_key, turn), self.early, place)

    def _place(self, turn: Ints, seat: Ints) -> Ints:
        return unpermute(hash_ints(self._turn_key, turn), self.early, seat)

    def seat(self, rows: Ints) -> Ints:
        """The seat that each row holds, from 0."""
        out = rows.copy()
        later = np.flatnonzero(rows >= self.early)
        if len(later):
            turn, place = np.divmod(rows[later] - self.early, self.early)
            out[later] = self._shuffled(turn, place)
        return out

    def holder(self, seats: Ints, days: Ints) -> Ints:
        """The row that holds each seat on a local day: the last of those born to it before that day."""
        births = np.maximum(self.before_days(days) - self.early, 0)
        out = seats.copy()
        moved = np.flatnonzero(births > 0)
        if not len(moved):
            return out
        seat = seats[moved]
        turn, done = np.divmod(births[moved], self.early)
        place = self._place(turn, seat)
        held = np.where(place < done, self.early * (turn + 1) + place, seat)
        again = np.flatnonzero((place >= done) & (turn > 0))
        if len(again):
            held[again] = self.early * turn[again] + self._place(turn[again] - 1, seat[again])
        out[moved] = held
        return out

    def left(self, rows: Ints, born: Ints | None = None) -> Ints:
        """The day after the one on which the successor is born: on that day the seat is no longer held."""
        if not self.leaves:
            return np.full(len(rows), NEVER, np.int64)
        turn = rows // self.early
        return self.born(self.early * (turn + 1) + self._place(turn, self.seat(rows))) + 1
