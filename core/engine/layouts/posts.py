"""Posts: places that are never empty, and the rows that hold them one after another."""

from __future__ import annotations

import numpy as np

from ...program import columns, rows
from ..ground import NEVER, Table, laid_as
from ..hashing import Ints, hash_ints
from ..permute import permute, shuffle_pow2, unpermute, unshuffle_pow2
from .base import register
from .entities import Entities


@register("posts")
class Posts(Entities):
    """`before` posts, each held by one row on each day; rows are numbered in order of birth as those of entities are.

    The first rows hold the posts of their own numbers. Each later row is born to take over a post: `before` births in a
    row hand over every post once, in an order shuffled by the number of the turn. So a row's post, the row on a post on
    any day and the day on which a row leaves are one keyed bijection each, whatever came before.
    """

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self._turn_key = self.key("turn")

    @property
    def leaves(self) -> bool:
        return self.number > self.early

    def _shuffled(self, turn: Ints, place: Ints) -> Ints:
        return permute(hash_ints(self._turn_key, turn), self.early, place)

    def _place(self, turn: Ints, post: Ints) -> Ints:
        return unpermute(hash_ints(self._turn_key, turn), self.early, post)

    def post(self, rows: Ints) -> Ints:
        """The post that each row holds, from 0."""
        out = rows.copy()
        later = np.flatnonzero(rows >= self.early)
        if len(later):
            turn, place = np.divmod(rows[later] - self.early, self.early)
            out[later] = self._shuffled(turn, place)
        return out

    def holder(self, posts: Ints, days: Ints) -> Ints:
        """The row that holds each post on a local day: the last of those born to it before that day."""
        births = np.maximum(self.before_days(days) - self.early, 0)
        out = posts.copy()
        moved = np.flatnonzero(births > 0)
        if not len(moved):
            return out
        post = posts[moved]
        turn, done = np.divmod(births[moved], self.early)
        place = self._place(turn, post)
        held = np.where(place < done, self.early * (turn + 1) + place, post)
        again = np.flatnonzero((place >= done) & (turn > 0))
        if len(again):
            held[again] = self.early * turn[again] + self._place(turn[again] - 1, post[again])
        out[moved] = held
        return out

    def left(self, rows: Ints, born: Ints | None = None) -> Ints:
        """The day after the one on which the successor is born: on that day the post is no longer held."""
        if not self.leaves:
            return np.full(len(rows), NEVER, np.int64)
        turn = rows // self.early
        return self.born(self.early * (turn + 1) + self._place(turn, self.post(rows))) + 1


class PostQuota:
    """A list dealt over posts: each block of 2**bits posts holds every row of it as often as its weight says, in a keyed order."""

    def __init__(self, table: Table, column: str) -> None:
        told = table.program.columns[column].kernel
        if not isinstance(told, columns.PostQuota):
            raise TypeError(f"{column} of {table.name} deals no list")
        self.layout = laid_as(table, Posts)
        self.bits = told.bits
        self.pool = table.engine.pool(told.pool)
        self._key = table.key(column)
        self._rows: Ints = np.repeat(np.arange(self.pool.rows, dtype=np.int64), self.pool.weights)
        self.quota: Ints = self.pool.weights
        """Posts of each row of the list in a block."""
        self.first: Ints = np.cumsum(self.quota) - self.quota
        """The slot at which each row of the list begins in a block."""
        self.blocks = self.layout.early >> self.bits

    def posts(self, block: Ints, slot: Ints) -> Ints:
        """The post of a slot of a block."""
        return (block << self.bits) + unshuffle_pow2(self.bits, hash_ints(self._key, block), slot)

    def places(self, rows: Ints) -> Ints:
        """The row of the list that each row's post was dealt."""
        post = self.layout.post(rows)
        block = post >> self.bits
        return self._rows[shuffle_pow2(self.bits, hash_ints(self._key, block), post & ((1 << self.bits) - 1))]
