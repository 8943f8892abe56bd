"""One of what has set in, drawn as of a day."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ...program import columns
from ..ground import Frame, Kernel, Table
from ..hashing import Ints, hash_ints, unit
from ..vector import Vec
from .base import register
from .onsets import Onsets, texts
from .pool import codes, combinations


@register("current_onset")
class CurrentOnset(Kernel):
    """One of the onsets of the row that a path leads to, among those that stand on a day: drawn by the weights of a list."""

    program: columns.CurrentOnset

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._pool = table.engine.pool(self.program.pool)

    @cached_property
    def _onsets(self) -> Onsets:
        kernel = self.table.engine.table(self.program.table).kernel(self.program.of)
        if not isinstance(kernel, Onsets):
            raise TypeError(f"{self.program.of} holds no onsets")
        return kernel

    @cached_property
    def _named(self) -> Ints:
        """Which onset each row of the list is."""
        return np.array([self._onsets.place[name] for name in texts(self._pool, self.program.field)], np.int64)

    def _owners(self, frame: Frame) -> tuple[Frame, Ints]:
        """The rows that have the onsets, and each row's place among them."""
        places = np.arange(frame.count, dtype=np.int64)
        for column in self.program.through:
            target = frame.through(column)
            frame = target.frame
            places = places if target.places is None else target.places[places]
        return frame, places

    def _found(self, frame: Frame) -> tuple[Ints, Ints, Ints]:
        """The row of the list that each row draws (-1: none), since when it stands, and its pace."""
        return frame.memo(self, "found", lambda: self._find(frame))

    def _find(self, frame: Frame) -> tuple[Ints, Ints, Ints]:
        owners, where = self._owners(frame)
        lives = self._onsets.lives(owners).take(where)
        day, per = frame.follow(*self.program.at).values, frame.follow(*self.program.per).values
        rank = frame.follow(*self.program.rank).values if self.program.rank is not None else np.ones(frame.count, np.int64)
        out = np.full(frame.count, -1, np.int64)
        wants = [codes(frame.follow(*path)) for _, path in self.program.match]
        found, place = combinations(wants, frame.count)
        order = np.argsort(place, kind="stable")
        low = 0
        for wanted, high in zip(found, np.cumsum(np.bincount(place, minlength=len(found))).tolist(), strict=True):
            mine, low = order[low:high], high
            rows = self._rows(wanted)
            if len(rows):
                there = self._onsets.stand(lives.take(mine), self._named[rows], day[mine])
                drawn = self._drawn(there * self._pool.weights[rows][:, None], per[mine], rank[mine])
                out[mine] = np.where(drawn >= 0, rows[drawn], -1)
        since, pace = np.zeros(frame.count, np.int64), np.zeros(frame.count, np.int64)
        some = np.flatnonzero(out >= 0)
        few, onset = lives.take(some), self._named[out[some]]
        since[some], pace[some] = self._onsets.since(few, onset), self._onsets.pace(few, onset)
        return out, since, pace

    def _rows(self, wanted: Sequence[str]) -> Ints:
        """The rows of the list whose fields equal the wanted values."""
        rows = np.arange(self._pool.rows, dtype=np.int64)
        for value, (field, _) in zip(wanted, self.program.match, strict=True):
            coded, values = codes(self._pool.fields[field])
            rows = rows[coded[rows] == list(values).index(value)] if value in values else rows[:0]
        return rows

    def _drawn(self, weights: Ints, per: Ints, rank: Ints) -> Ints:
        """Which of the weights each row draws, -1 where there are fewer than its rank; rows of one `per` draw different ones.

        `weights`: shape (what is drawn from, rows).
        """
        out = np.full(len(per), -1, np.int64)
        left = np.arange(len(per), dtype=np.int64)
        for turn in range(1, int(rank.max()) + 1):
            if not len(left):
                # Nobody waits for a turn any more, however high the highest rank is.
                break
            total = weights.sum(axis=0)
            goal = np.floor(unit(hash_ints(self.subkey("turn", str(turn)), per[left])) * total).astype(np.int64)
            drawn, upto = np.zeros(len(left), np.int64), np.zeros(len(left), np.int64)
            for one in weights:
                upto += one
                drawn += upto <= goal
            drawn[total == 0] = -1
            here = rank[left] == turn
            out[left[here]] = drawn[here]
            later = np.flatnonzero(~here & (drawn >= 0))
            weights, left = weights[:, later], left[later]
            weights[drawn[later], np.arange(len(later))] = 0
        return out

    def values(self, frame: Frame) -> Vec:
        return self.part(frame, self.program.field)

    def part(self, frame: Frame, name: str) -> Vec:
        rows, since, pace = self._found(frame)
        there = rows >= 0
        if name == "since":
            return Vec(since, there)
        if name == "pace":
            return Vec(pace, there, 3)
        return self._pool.fields[name].take(np.maximum(rows, 0)).where(there)
