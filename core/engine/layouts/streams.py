"""Entities that are born some time after their owners: accounts of customers, cards of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np

from ...program import rows
from ..distributions import quantiles
from ..ground import NEVER, Frame, Table, laid_as
from ..hashing import Bits, Ints, below_wide, hash_ints, unit
from ..moment_parts import is_business_day
from ..places import BITS, GROUP, Places
from ..vector import Mask
from .base import register
from .entities import Entities

_DAYS: Final = 256
"""Days that are counted at once, so that they stay in the processor's cache."""
_MOST: Final = 10_000_000
"""Streams times days: what is counted of them takes about 57 bytes each."""


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
        self._moment_key = self.key("moment")
        self.owner_places = self._owners_places()
        self.life_places = Places(self.key("lives"), first_is_last=True)
        """Of rows in the deal of lifetimes; the very first one gets the life that never ends, so that some row always stands."""
        self.lives = np.full(GROUP, NEVER, np.int64)
        """Days that the row of each place lasts, ascending: shape (64,)."""
        if self.program.leaves is not None:
            days = quantiles(self.program.leaves, (np.arange(GROUP) + 0.5) / GROUP)
            self.lives[:-1] = np.maximum(np.floor(days + 0.5).astype(np.int64), 1)[:-1]
        self.streams = self._make_streams()
        counted = self.days + self.owner.run_up
        if len(self.streams) * counted > _MOST:
            raise ValueError(
                f"`per_owner` takes {len(self.streams)} streams over {counted:,} days, more than {_MOST // counted} that can be counted: "
                "write fewer rows whose `after` is a distribution, or a shorter `past` of their owners"
            )
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
        lags = np.full(GROUP, -1, np.int64)
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

    def _owners_places(self) -> Places:
        """The places of owners, which say who has a row in which stream."""
        return Places(self.key("place"))

    @property
    def leaves(self) -> bool:
        return bool(self.lives[0] < NEVER)

    def left(self, rows: Ints, born: Ints | None = None) -> Ints:
        return (self.born(rows) if born is None else born) + self.lives[self.life_places.of_rows(rows)]

    def alive(self, rows: Ints, days: Ints) -> Mask:
        born = self.born(rows)
        return (born <= days) & (self.left(rows, born) > days)

    def survival(self, ages: Ints) -> Ints:
        return 1_024 - np.searchsorted(self.lives, ages, side="right") * (1_024 // GROUP)

    def evergreens(self, bits: Bits, born: Ints) -> Ints:
        whole = born >> BITS
        group = below_wide(bits, np.maximum(whole, 1))
        return np.where(whole > 0, group * GROUP + self.life_places.rows_at(group, np.full((len(group), 1), GROUP - 1))[:, 0], 0)

    @cached_property
    def member(self) -> np.typing.NDArray[np.bool_]:
        """Which of the 64 places each stream takes: shape (streams, 64)."""
        out = np.zeros((len(self.streams), GROUP), np.bool_)
        for number, stream in enumerate(self.streams):
            out[number, list(stream.places)] = True
        return out

    @cached_property
    def _takes(self) -> Ints:
        """The places that each stream takes, in order, filled up with 64: shape (streams, the most places of one)."""
        out = np.full((len(self.streams), int(self.per_group.max())), GROUP, np.int64)
        for number, stream in enumerate(self.streams):
            out[number, : len(stream.places)] = sorted(stream.places)
        return out

    def _taken(self, groups: Ints, streams: Ints) -> Ints:
        """Which owners of each group have a row in its stream: 0 to 63 in any order, 64 for none; shape (groups, the most of one)."""
        places = self._takes[streams, : int(self.per_group[streams].max(initial=1))]
        return np.where(places < GROUP, self.owner_places.rows_at(groups, places & (GROUP - 1)), GROUP)

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
        for low in range(0, len(since), _DAYS):
            out[low : low + _DAYS] = self._counted(since[low : low + _DAYS])
        return out - self._left_out

    @cached_property
    def _left_out(self) -> Ints:
        """Rows of each stream that were born before the first day that is kept."""
        first = self.owner.run_up - self.run_up
        return self._counted(self._reaches[1][first : first + 1])[0]

    def _counted(self, since: Ints) -> Ints:
        """Owners of each stream that were born a lag before each day, counted from the first of their births on: shape (days, streams)."""
        days = np.maximum(since[:, None] - self._stream_lags, 0)
        group, places = (known[days] for known in self._grown)
        return group * self.per_group + _ones(places & self._marks)

    @cached_property
    def _stream_lags(self) -> Ints:
        return np.array([stream.lag for stream in self.streams], np.int64)

    @cached_property
    def _marks(self) -> Bits:
        """The places that each stream takes, as the bits of a number."""
        return np.array([sum(1 << place for place in stream.places) for stream in self.streams], np.uint64)

    @cached_property
    def _grown(self) -> tuple[Ints, Bits]:
        """Of the owners that were born before each day from the first of their births on: the whole groups, and the places of those of the
        group that is not whole, as the bits of a number."""
        days = np.arange(-self.owner.run_up, len(self.calendar.weights) + 2, dtype=np.int64)
        owners, back = np.unique(self.owner.before_days(days), return_inverse=True)
        group, part = owners >> BITS, owners & (GROUP - 1)
        bits = np.uint64(1) << self.owner_places.of_groups(group).view(np.uint64)
        bits[np.arange(GROUP) >= part[:, None]] = 0
        return group[back], np.bitwise_or.reduce(bits, axis=1)[back]

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

    @cached_property
    def _ranks(self) -> Ints:
        """What is added to a row of each (day, stream) for its number among all rows of the stream."""
        return (self._left_out + self.born_by[:-1]).ravel() - self._starts

    def origin(self, rows: Ints) -> tuple[Ints, Ints]:
        """The stream that each row was born in, and the row of its owner."""
        place = np.searchsorted(self._starts, rows, side="right") - 1
        stream = place % len(self.streams)
        rank = self._ranks[place] + rows
        quota = self.per_group[stream]
        group = rank // quota
        inside = rank - group * quota
        alone = np.flatnonzero(quota == 1)
        if len(alone):
            inside[alone] = self._taken(group[alone], stream[alone])[:, 0]
        some = np.flatnonzero((quota < GROUP) & (quota > 1))
        if len(some):
            used, back = _repeated(group[some] * len(self.streams) + stream[some])
            groups, streams = np.divmod(used, len(self.streams))
            inside[some] = np.sort(self._taken(groups, streams), axis=1)[back, inside[some]]
        return stream, group * GROUP + inside

    def origin_of(self, frame: Frame) -> tuple[Ints, Ints]:
        """As `origin`, of a frame's rows."""
        return frame.memo(self, "origin", lambda: self.origin(frame.rows))

    def row_of(self, owners: Ints, streams: Ints) -> Ints:
        """The row of each owner in a stream that takes it; the inverse of `origin`."""
        group = owners >> BITS
        earlier = self._taken(group, streams) < (owners & (GROUP - 1))[:, None]
        rank = group * self.per_group[streams] + earlier.sum(axis=1)
        following = self._reaches[0]
        day = following[np.minimum(self.owner.born(owners) + self._stream_lags[streams] + self.owner.run_up, len(following) - 1)]
        return rank - self._ranks[(day - self.owner.run_up + self.run_up) * len(self.streams) + streams]

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        return self.table.engine.table(of).rows_frame(self.origin_of(frame)[1]), None

    def position(self, frame: Frame) -> Ints:
        numbers = np.array([stream.number for stream in self.streams], np.int64)
        return numbers[self.origin_of(frame)[0]]

    def begin(self, frame: Frame) -> Ints:
        stream, _ = self.origin_of(frame)
        out = self.calendar.moments(frame.day, unit(frame.hash(self._moment_key)))
        owners, place = frame.parents
        theirs = owners.begin if place is None else owners.begin[place]
        return np.where(self._stream_lags[stream] == 0, theirs, out)


def sibling_of(layout: Streams, rows: Ints, number: int) -> tuple[Ints, Mask, Mask]:
    """Of each row, the row of its owner that has a number (from 1); where it is born by the horizon; and where it ever is."""
    stream_at = np.full(GROUP, -1, np.int64)
    for at, stream in enumerate(layout.streams):
        if stream.number == number:
            stream_at[list(stream.places)] = at
    owners = layout.origin(rows)[1]
    mine = stream_at[layout.owner_places.of_rows(owners)]
    following = layout._reaches[0]
    since = layout.owner.born(owners) + layout._stream_lags[mine] + layout.owner.run_up
    known = since < len(following) - 2
    # Those that are born before the first day that is kept are no rows.
    ever = (mine >= 0) & (~known | (following[np.where(known, since, 0)] >= layout.owner.run_up - layout.run_up))
    known &= ever
    out = np.zeros(len(rows), np.int64)
    out[known] = layout.row_of(owners[known], mine[known])
    known &= out < layout._totals[-1]
    return np.where(known, out, 0), known, ever


def _repeated(codes: Ints) -> tuple[Ints, Ints]:
    """Codes, fewer where they repeat, and the place of each one among them; those of neighbours without sorting."""
    edges = np.flatnonzero(codes[1:] != codes[:-1]) + 1
    if 2 * len(edges) > len(codes):
        return np.unique(codes, return_inverse=True)
    starts = np.concatenate([np.zeros(1, np.int64), edges])
    return codes[starts], np.repeat(np.arange(len(starts), dtype=np.int64), np.diff(starts, append=len(codes)))


def _ones(bits: Bits) -> Ints:
    """How many bits of each number are set."""
    # Neighbours are added up: of 2, 4 and 8 bits; the product sums the 8 bytes in the highest one.
    bits = bits - ((bits >> np.uint64(1)) & np.uint64(0x5555555555555555))
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return ((bits * np.uint64(0x0101010101010101)) >> np.uint64(56)).view(np.int64)
