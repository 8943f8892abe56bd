"""Rows born in rows of another table, which come back to it: each visit is one of that table's rows, found both ways."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ...program import rows
from ..edges import Edges, numbered
from ..ground import NEVER, Frame, Table
from ..hashing import Bits, Ints, below, hash_ints, hash_pairs
from ..permute import permute, unpermute
from ..permuted_blocks import BITS, SIZE
from ..vector import Mask
from .base import register
from .entities import Entities
from .subset import Choice


class _Class:
    """Members that come back equally often.

    `each` of a cohort's members belong to it, `times` is how often each comes back, `parts` into how many *turns* a round is
    cut, and `lags` after how many turns, from the begin of its round of birth, a member's visits come. Each turn has equally
    many visits, `lanes` a member: those whose lag is the turn's number modulo `parts`.
    """

    def __init__(self, told: rows.VisitClass, start: int, blocks: int) -> None:
        self.start = start
        self.each, self.times, self.parts, self.leaves = told.each, told.times, told.parts, told.leaves
        self.lags: Ints = np.array(told.lags, np.int64)
        self.lanes = self.times // self.parts
        self.chunk = self.each * blocks
        """Members that are born in one round."""
        order = np.argsort(self.lags % self.parts, kind="stable").reshape(self.parts, self.lanes)
        self.visit: Ints = order
        """Which visit a turn's lane holds: shape (parts, lanes)."""
        self.ago: Ints = self.lags[order] // self.parts
        """How many rounds ago those who make it were born: shape (parts, lanes)."""


@register("recurring")
class Recurring(Entities):
    """One row for each row of `of` whose `column` has the value `code`, and `early` rows from before the history.

    A *round* is `blocks` blocks of the table stood on. In each block equally many rows are born (a *cohort*: its members are
    dealt to the classes by a keyed bijection) and equally many come back, of each class as many as its members make visits
    in their lives; so a round's visits are the visits with the several lags of the members born so many rounds ago, dealt
    by a keyed bijection of the turn. Nobody comes twice in a turn, visits with rising lags come in rising turns, and the
    number of a visit and its row follow from each other by division.
    """

    program: rows.Recurring

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.of = self.program.of
        self._of = table.engine.table(self.program.of)
        self.choice = Choice(self._of, self.program.column, self.program.code)
        # The words are parts of the keys: with others all values would change.
        self._cohort_key, self._turn_key, self._mix_key = self.key("deck"), self.key("turn"), self.key("mix")
        self._each = self.program.each
        returns = self.program.returns or rows.Returns(code=-1, blocks=1, classes=())
        self._code = returns.code
        self._blocks = returns.blocks
        self._rounds = self.early // (self._each * self._blocks)
        """Rounds before the history."""
        self._classes: list[_Class] = []
        start = 0
        for one in returns.classes:
            self._classes.append(_Class(one, start, self._blocks))
            start += self._classes[-1].each
        self._edges: Ints = np.array([c.start + c.each for c in self._classes], np.int64)
        self._order, self._rank = _mixed([c.times * c.each for c in self._classes])

    @property
    def rises(self) -> bool:
        return self._of.layout.rises

    @property
    def on_day(self) -> bool:
        return self._of.layout.on_day

    @property
    def leaves(self) -> bool:
        return bool(self._classes)

    def before(self, day: int) -> int:
        return super().before(day) if day <= 0 else self.early + self.choice.before(self._of.layout.before(day))

    def before_days(self, days: Ints) -> Ints:
        distinct, place = numbered(days)
        return np.array([self._before_once(day) for day in distinct.tolist()], np.int64)[place]

    def _before_once(self, day: int) -> int:
        known = self._begun.get(day)
        if known is None:
            known = self._begun[day] = self.before(day)
        return known

    def has_parent(self, frame: Frame) -> Mask | None:
        return frame.rows >= self.early if self.early else None

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        # Early rows have none: the first row stands in for it, which is always there.
        out = np.zeros(frame.count, np.int64)
        late = np.flatnonzero(frame.rows >= self.early)
        out[late] = self.choice.rows(frame.rows[late] - self.early)
        return self._of.rows_frame(out), None

    def born(self, rows: Ints) -> Ints:
        late = rows >= self.early
        out = np.empty(len(rows), np.int64)
        out[~late] = super().born(rows[~late])
        out[late] = self._of.rows_frame(self.choice.rows(rows[late] - self.early)).day
        return out

    def day(self, frame: Frame) -> Ints:
        late = self.has_parent(frame)
        if late is None or bool(late.all()):
            return frame.parents[0].day
        return np.where(late, frame.parents[0].day, super().born(np.minimum(frame.rows, self.early - 1)))

    def begin(self, frame: Frame) -> Ints:
        late = self.has_parent(frame)
        if late is None or bool(late.all()):
            return frame.parents[0].begin
        out = np.empty(frame.count, np.int64)
        out[late] = frame.parents[0].begin[late]
        # Of rows before the history the numbers and days are those of entities.
        first = self.table.rows_frame(frame.rows[~late])
        out[~late] = super().begin(first)
        return out

    def left(self, rows: Ints, born: Ints | None = None) -> Ints:
        days = self.born(rows) if born is None else born
        if not self._classes:
            return np.full(len(rows), NEVER, np.int64)
        parts = np.array([c.parts for c in self._classes], np.int64)
        leaves = np.array([c.leaves for c in self._classes], np.int64)
        mine = self.classes(rows)
        since = rows // (self._each * self._blocks) - self._rounds
        # The row of the table stood on at which the turn begins that the member no longer sees.
        last = (since * parts[mine] + leaves[mine]) * (self._blocks * SIZE) // parts[mine]
        starts = self._starts
        # The day after that row's: the last visit may lie on its day.
        out = self._start_edges.passed(last)
        out[last >= starts[-1]] = NEVER
        early = last < 0
        out[early] = last[early] * self.run_up // max(self._rounds * self._blocks * SIZE, 1)
        return np.maximum(out, days + 1)

    @cached_property
    def _starts(self) -> Ints:
        """Rows of the table stood on before each day of the horizon."""
        layout = self._of.layout
        if not layout.by_day:
            return np.zeros(1, np.int64)
        return layout.before_days(np.arange(len(self.calendar.weights) + 1, dtype=np.int64))

    @cached_property
    def _start_edges(self) -> Edges:
        return Edges(self._starts)

    def near_birth(self, rows: Ints) -> Ints:
        """About the day on which each row is born: as if a block's births were spread evenly over it, so that no block is dealt."""
        late, early = np.flatnonzero(rows >= self.early), np.flatnonzero(rows < self.early)
        out = np.empty(len(rows), np.int64)
        out[early] = super().born(rows[early])
        number = rows[late] - self.early
        block = number // self._each
        inside = (2 * (number - block * self._each) + 1) * SIZE // (2 * self._each)
        out[late] = self._start_edges.passed((block << BITS) + inside) - 1
        return out

    def coming(self, rows: Ints) -> tuple[Ints, Mask, Ints]:
        """For rows of the table stood on: who is born in each, where (any number elsewhere), and the places of those who come back."""
        mine = self.choice.codes.of_rows(rows)
        new: Mask = mine == self.program.code
        who = np.zeros(len(rows), np.int64)
        who[new] = self.early + self.choice.numbers(rows[new])
        return who, new, np.flatnonzero(mine == self._code)

    def alive(self, rows: Ints, days: Ints) -> Mask:
        born = self.born(rows)
        return (born <= days) & (self.left(rows, born) > days)

    def classes(self, rows: Ints) -> Ints:
        """The class of each row."""
        cohort = rows // self._each
        slot = permute(hash_ints(self._cohort_key, cohort), self._each, rows - cohort * self._each)
        return np.searchsorted(self._edges, slot, side="right")

    def times(self, rows: Ints) -> Ints:
        """How often each row comes back in its life."""
        return np.array([c.times for c in self._classes], np.int64)[self.classes(rows)]

    def visits(self, rows: Ints) -> tuple[Ints, Ints, Mask]:
        """For rows of the table stood on: who comes, the number of the visit in the history, and whether anybody known does.

        Those who are born in a row make their first visit in it.
        """
        codes, block = self.choice.codes, rows >> BITS
        slots = codes.blocks.slots(rows)
        mine = codes.of_rows(rows)
        who, number = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
        new = np.flatnonzero(mine == self.program.code)
        who[new] = self.early + self.choice.numbers(rows[new])
        number[new] = 1
        back = np.flatnonzero(mine == self._code) if self._classes else np.zeros(0, np.int64)
        if len(back):
            place = self._places(block[back], slots[back])
            sort = self._order[place]
            for code, one in enumerate(self._classes):
                hit = np.flatnonzero(sort == code)
                if len(hit):
                    here = back[hit]
                    rank = self._rank[place[hit]] if one.parts == 1 else self._in_time(rows[here], code, one)
                    who[here], number[here] = self._visit(code, one, block[here], rank)
        found = np.zeros(len(rows), np.bool_)
        found[new] = found[back] = True
        return who, number, found

    def _places(self, block: Ints, slots: Ints) -> Ints:
        """The place of slots of those who come back in the order of classes, turned by a number hashed from the block."""
        codes, back = self.choice.codes, len(self._order)
        out = codes.ordinal(self._code, block, slots) + below(hash_ints(self._mix_key, block), back)
        return out - back * (out >= back)

    def _in_time(self, rows: Ints, code: int, one: _Class) -> Ints:
        """Each row's number among the block's rows of its class, in order of time."""
        block = rows >> BITS
        distinct, place = np.unique(block, return_inverse=True)
        mine = np.flatnonzero(self._order == code)
        back = len(self._order)
        turned = below(hash_ints(self._mix_key, distinct), back)[:, None]
        ordinal = (mine[None, :] - turned) % back
        slots = self.choice.codes.slots_of(self._code, distinct)
        slots = np.take_along_axis(slots, ordinal, axis=1)
        spread = np.repeat(distinct, len(mine))
        inside = (self.choice.codes.blocks.rows_of(spread, slots.ravel()) & (SIZE - 1)).reshape(slots.shape)
        inside.sort(axis=1)
        stacked = (inside + (np.arange(len(distinct), dtype=np.int64) << BITS)[:, None]).ravel()
        return np.searchsorted(stacked, (place << BITS) + (rows & (SIZE - 1))) - place * len(mine)

    def _visit(self, code: int, one: _Class, block: Ints, rank: Ints) -> tuple[Ints, Ints]:
        round_ = block // self._blocks
        place = (block - round_ * self._blocks) * (one.times * one.each) + rank
        size = one.lanes * one.chunk
        part = place // size
        keys: Bits = hash_pairs(self._turn_key, np.full(len(block), code, np.int64), round_ * one.parts + part)
        dealt = permute(keys, size, place - part * size)
        lane = dealt // one.chunk
        member = dealt - lane * one.chunk
        since = round_ - one.ago[part, lane]
        visit = one.visit[part, lane]
        cohort = (self._rounds + since) * self._blocks + member // one.each
        slot = one.start + member % one.each
        who = cohort * self._each + unpermute(hash_ints(self._cohort_key, cohort), self._each, slot)
        # Whoever was born before the history has made some visits before it, too.
        missed = np.searchsorted(one.lags, -since * one.parts, side="left")
        return who, np.where(since >= 0, visit + 2, visit - missed + 1)


def _mixed(sizes: Sequence[int]) -> tuple[Ints, Ints]:
    """Classes spread evenly over as many places as they have members in all, and each place's number within its class."""
    code = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    rank = np.concatenate([np.arange(size, dtype=np.int64) for size in sizes]) if len(sizes) else np.zeros(0, np.int64)
    share = (rank + 0.5) / np.repeat(np.array(sizes, np.float64), sizes) if len(sizes) else np.zeros(0)
    order = np.lexsort((code, share))
    return code[order], rank[order]
