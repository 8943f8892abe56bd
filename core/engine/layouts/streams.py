"""Entities that are born some time after their owners: accounts of customers, cards of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ...program import rows
from ..distributions import quantiles
from ..ground import NEVER, Frame, Table, laid_as
from ..hashing import Bits, Ints, below_wide, hash_ints, unit
from ..moment_parts import is_business_day
from ..permute import shuffle_blocks
from ..vector import Mask
from .base import register
from .entities import Entities

_BITS = 6
_GROUP = 1 << _BITS


class Stream:
    """The owners whose place in a shuffle of 64 is one of `places` have one row, `lag` days after their own birth."""

    def __init__(self, places: Sequence[int], lag: int, number: int) -> None:
        self.places = tuple(places)
        self.lag = lag
        self.number = number
        """Of an owner's rows, which one this is, from 1."""


@register("streams")
class Streams(Entities):
    """Rows born in several streams, each of which follows the births of the owners.

    Each 64 consecutive owners are dealt the places 0 to 63. Of the first n owners, n div 64 whole groups give a fixed
    number to a stream, and the last group is counted by its own shuffle: so "born before day d" is a closed form, and
    the birth of a row is that of its owner and the stream's lag, to the day. Ids are in order of the day of birth.

    Each 64 consecutive rows share one multiset of 64 lifetimes, the quantiles of `leaves`; the last of them never ends.
    So how many of them stand at an age is known without asking each, which rows that are renewed build on.
    """

    program: rows.Streams

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.of = self.program.of
        self.owner = laid_as(table.engine.table(self.program.of), Entities)
        self.run_up = self._kept_from()
        self._place_key, self._moment_key, self._deal_key = self.key("place"), self.key("moment"), self.key("lives")
        self.lives = np.full(_GROUP, NEVER, np.int64)
        """Days that the row of each place lasts, ascending: shape (64,)."""
        if self.program.leaves is not None:
            days = quantiles(self.program.leaves, (np.arange(_GROUP) + 0.5) / _GROUP)
            self.lives[:-1] = np.maximum(np.floor(days + 0.5).astype(np.int64), 1)[:-1]
        self.streams = self._make_streams()
        self.early = self.before(0)
        self.number = self.before(self.days)

    def _kept_from(self) -> int:
        """Days before the history of which rows are kept."""
        return self.owner.run_up

    @property
    def on_day(self) -> bool:
        return self.owner.on_day

    def _make_streams(self) -> list[Stream]:
        out: list[Stream] = []
        lags = np.full(_GROUP, -1, np.int64)
        for number, (share, lag) in enumerate(self.program.nth, 1):
            after = self.program.after[number - 1] if self.program.after else None
            if after is None:
                out.append(Stream(range(share), lag, number))
                lags[:share] = lag
                continue
            days = np.floor(quantiles(after, (np.arange(share) + 0.5) / share) + 0.5).astype(np.int64)
            # Dealt anew, so that who has many rows has them neither early nor late; and after those before them.
            order = np.argsort(hash_ints(self.key("after", str(number)), np.arange(share, dtype=np.int64)), kind="stable")
            lags[:share] = np.maximum(days[order], lags[:share] + 1)
            out += [Stream([place], int(lags[place]), number) for place in range(share)]
        return out

    @cached_property
    def _reaches(self) -> tuple[Ints, Ints]:
        """Of each day from the owners' first birth on: the day on which who would be born then is, and the first day on which nobody is
        who is born before it."""
        days = np.arange(len(self.calendar.weights) + 2 + self.owner.run_up, dtype=np.int64)
        if not self.program.business_days:
            return days, days
        open_ = is_business_day(self.calendar, days - self.owner.run_up + self.calendar.origin)
        following = np.minimum.accumulate(np.where(open_, days, len(days) - 2)[::-1])[::-1]
        last = np.maximum.accumulate(np.where(open_, days, -1))
        return following, np.concatenate([np.zeros(1, np.int64), last[:-1] + 1])

    def places(self, groups: Ints) -> Ints:
        """The place of each owner of these groups of 64: shape (len(groups), 64)."""
        return shuffle_blocks(_BITS, hash_ints(self._place_key, groups))

    @property
    def leaves(self) -> bool:
        return bool(self.lives[0] < NEVER)

    def life_places(self, groups: Ints) -> Ints:
        """The place of each row of these groups of 64 in the deal of lifetimes: shape (len(groups), 64).

        The very first row gets the life that never ends, so that some row always stands.
        """
        out = shuffle_blocks(_BITS, hash_ints(self._deal_key, groups))
        for number in np.flatnonzero(groups == 0):
            out[number, out[number] == _GROUP - 1] = out[number, 0]
            out[number, 0] = _GROUP - 1
        return out

    def left(self, rows: Ints, born: Ints | None = None) -> Ints:
        groups, back = _groups(rows)
        place = self.life_places(groups)[back, rows & (_GROUP - 1)]
        return (self.born(rows) if born is None else born) + self.lives[place]

    def alive(self, rows: Ints, days: Ints) -> Mask:
        born = self.born(rows)
        return (born <= days) & (self.left(rows, born) > days)

    def survival(self, ages: Ints) -> Ints:
        return 1_024 - np.searchsorted(self.lives, ages, side="right") * (1_024 // _GROUP)

    def evergreens(self, bits: Bits, born: Ints) -> Ints:
        whole = born >> _BITS
        used, back = np.unique(below_wide(bits, np.maximum(whole, 1)), return_inverse=True)
        return np.where(whole > 0, used[back] * _GROUP + np.argmax(self.life_places(used), axis=1)[back], 0)

    @cached_property
    def member(self) -> np.typing.NDArray[np.bool_]:
        """Which of the 64 places each stream takes: shape (streams, 64)."""
        out = np.zeros((len(self.streams), _GROUP), np.bool_)
        for number, stream in enumerate(self.streams):
            out[number, list(stream.places)] = True
        return out

    @cached_property
    def _firsts(self) -> Ints:
        """The first of the places that each stream takes."""
        return np.argmax(self.member, axis=1)

    @cached_property
    def per_group(self) -> Ints:
        """Rows of each stream in a whole group of owners."""
        return self.member.sum(axis=1)

    @cached_property
    def born_by(self) -> Ints:
        """Rows of each stream that are kept and were born before each day from the first on that is: shape (days, streams)."""
        first = self.owner.run_up - self.run_up
        since = self._reaches[1][first:]
        out = np.empty((len(since), len(self.streams)), np.int64)
        for number, stream in enumerate(self.streams):
            out[:, number] = self._counts[np.maximum(since - stream.lag, 0), number]
        return out - self._left_out

    @cached_property
    def _left_out(self) -> Ints:
        """Rows of each stream that were born before the first day that is kept."""
        since = int(self._reaches[1][self.owner.run_up - self.run_up])
        return np.array([self._counts[max(since - stream.lag, 0), number] for number, stream in enumerate(self.streams)], np.int64)

    @cached_property
    def _counts(self) -> Ints:
        """Owners of each stream that were born before each day from the first of their births on: shape (days, streams)."""
        days = np.arange(-self.owner.run_up, len(self.calendar.weights) + 2, dtype=np.int64)
        owners, back = np.unique(self.owner.before_days(days), return_inverse=True)
        group, part = owners >> _BITS, owners & (_GROUP - 1)
        there = np.zeros((len(owners), _GROUP), np.float64)
        np.put_along_axis(there, self.places(group), np.arange(_GROUP) < part[:, None], axis=1)
        # Whole numbers below 2**53: the product of matrices is exact in any order.
        partial = (there @ self.member.T.astype(np.float64)).astype(np.int64)
        return (group[:, None] * self.per_group + partial)[back]

    @cached_property
    def _totals(self) -> Ints:
        return self.born_by.sum(axis=1)

    @cached_property
    def _starts(self) -> Ints:
        """The first row of each (day, stream), in order."""
        births = np.diff(self.born_by, axis=0)
        return (self._totals[:-1, None] + np.cumsum(births, axis=1) - births).ravel()

    def before(self, day: int) -> int:
        return int(self._totals[min(max(day + self.run_up, 0), len(self._totals) - 1)])

    def before_days(self, days: Ints) -> Ints:
        return self._totals[np.clip(days + self.run_up, 0, len(self._totals) - 1)]

    def born(self, rows: Ints) -> Ints:
        return np.searchsorted(self._totals, rows, side="right") - 1 - self.run_up

    def origin(self, rows: Ints) -> tuple[Ints, Ints]:
        """The stream that each row was born in, and the row of its owner."""
        place = np.searchsorted(self._starts, rows, side="right") - 1
        day, stream = np.divmod(place, len(self.streams))
        rank = self._left_out[stream] + self.born_by[day, stream] + rows - self._starts[place]
        quota = self.per_group[stream]
        group = rank // quota
        owner = group * _GROUP + rank - group * quota
        alone = np.flatnonzero(quota == 1)
        if len(alone):
            used, back = _groups(group[alone] << _BITS)
            there = np.argsort(self.places(used), axis=1)
            owner[alone] = group[alone] * _GROUP + there[back, self._firsts[stream[alone]]]
        some = np.flatnonzero((quota < _GROUP) & (quota > 1))
        if len(some):
            code = group[some] * len(self.streams) + stream[some]
            used, back = np.unique(code, return_inverse=True)
            groups, streams = np.divmod(used, len(self.streams))
            mine = self.member[streams[:, None], self.places(groups)]
            order = np.argsort(~mine, axis=1, kind="stable")
            owner[some] = group[some] * _GROUP + order[back, (rank - group * quota)[some]]
        return stream, owner

    def row_of(self, owners: Ints, streams: Ints) -> Ints:
        """The row of each owner in a stream that takes it; the inverse of `origin`."""
        used, back = _groups(owners)
        inside = owners & (_GROUP - 1)
        earlier = self.member[streams[:, None], self.places(used)[back]] & (np.arange(_GROUP) < inside[:, None])
        rank = (owners >> _BITS) * self.per_group[streams] + earlier.sum(axis=1)
        lags = np.array([stream.lag for stream in self.streams], np.int64)
        following = self._reaches[0]
        day = following[np.minimum(self.owner.born(owners) + lags[streams] + self.owner.run_up, len(following) - 1)]
        day -= self.owner.run_up - self.run_up
        return self._starts[day * len(self.streams) + streams] + rank - self._left_out[streams] - self.born_by[day, streams]

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        return self.table.engine.table(of).rows_frame(self.origin(frame.rows)[1]), None

    def position(self, frame: Frame) -> Ints:
        numbers = np.array([stream.number for stream in self.streams], np.int64)
        return numbers[self.origin(frame.rows)[0]]

    def begin(self, frame: Frame) -> Ints:
        stream, _ = self.origin(frame.rows)
        lags = np.array([stream.lag for stream in self.streams], np.int64)
        out = self.calendar.moments(frame.day, unit(frame.hash(self._moment_key)))
        owners, place = frame.parents
        theirs = owners.begin if place is None else owners.begin[place]
        return np.where(lags[stream] == 0, theirs, out)


def _groups(rows: Ints) -> tuple[Ints, Ints]:
    """Groups of 64 that hold the rows, and the place of each row's group among them."""
    group = rows >> _BITS
    if not len(group):
        return group, group
    low, high = int(group.min()), int(group.max())
    if high - low < len(group):
        return np.arange(low, high + 1, dtype=np.int64), group - low
    return np.unique(group, return_inverse=True)
