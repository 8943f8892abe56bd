"""A grid: visits in the opening hours of posts, none of which ever takes two at a time."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np

from ...frozen import dataclass
from ...program import rows
from ..calendar import DAY
from ..distributions import Sampler
from ..ground import Frame, Table
from ..hashing import Bits, Ints, below_wide, hash_ints, hash_pairs, unit
from .base import register
from .events import Events
from .posts import PostQuota, Posts

_MINUTE: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class Cells:
    """Where the rows of a frame stand; every field has one number a row."""

    day: Ints
    kind: Ints
    """The row of the list that was dealt to the post."""
    in_kind: Ints
    """The post's number among those of its kind."""
    group: Ints
    """The group of visitors that the post's track serves on that day."""
    place: Ints
    """The row's number among the post's rows of the day."""
    count: Ints
    """The post's rows of the day."""
    turn: Ints
    """The row's number among all rows of the post that serve this group."""


@register("grid")
class Grid(Events):
    """Rows of a day are shared out over the kinds of posts that are open, and dealt round among the posts of a kind.

    A kind's rows of a group are numbered through all days; those with number modulo posts = i are post i's. So how many
    rows a post has had before any day is one division, and nothing is ever booked twice: a post's rows of a day are laid
    one after another on its opening hours, with the free steps dealt out between them.
    """

    program: rows.Grid

    def __init__(self, program: rows.Rows, table: Table) -> None:
        super().__init__(program, table)
        self.of = self.program.of
        self._longer = Sampler(self.program.longer) if self.program.longer is not None else None
        self._share_key, self._track_key = self.key("share"), self.key("track")
        self._line_key, self._gap_key = self.key("line"), self.key("gap")
        self._starts_at: Ints = np.array([start for start, _ in self.program.lines], np.int64)
        self._room: Ints = np.array([steps for _, steps in self.program.lines], np.int64)
        self._length_keys = [self.key("length", str(number)) for number in range(int(self._room.max()))]
        self._step = self.program.step
        self._length: Ints = np.array(self.program.length, np.int64)
        self._track: Ints = np.array(self.program.track, np.int64)
        self.groups = self.program.groups

    @property
    def on_day(self) -> bool:
        return all(start * _MINUTE + steps * self._step * _MINUTE <= DAY for start, steps in self.program.lines)

    @cached_property
    def dealt(self) -> PostQuota:
        """The list that is dealt to the posts."""
        return PostQuota(self.table.engine.table(self.program.of), self.program.by)

    @cached_property
    def posts(self) -> Posts:
        """The posts whose hours these are."""
        return self.dealt.layout

    @cached_property
    def kind_sizes(self) -> Ints:
        """Posts of each kind."""
        return self.dealt.quota * self.dealt.blocks

    @cached_property
    def _counts(self) -> Ints:
        """Rows of each day and kind: shape (days, kinds)."""
        days = len(self.starts) - 1
        weekday = (np.arange(days) + self.calendar.origin + 3) % 7
        open_ = np.array(self.program.open, np.int64)
        # By the posts of a block, not of all: the product with a day's rows stays small at any size.
        weights = np.cumsum((self.dealt.quota * np.array(self.program.load, np.int64))[None, :] * open_.T[weekday], axis=1)
        whole = weights[:, -1:]
        rows = np.diff(self.starts)[:, None]
        closed = np.flatnonzero((rows > 0) & (whole == 0))
        if len(closed):
            day = int(closed[0])
            raise ValueError(f"{self._date(day)} has {int(rows[day, 0]):,} rows by the temporal patterns, but no post is open")
        start = below_wide(hash_ints(self._share_key, np.arange(days, dtype=np.int64)), np.maximum(whole[:, 0], 1))[:, None]
        edges = (start + rows * weights) // np.maximum(whole, 1)
        return np.diff(edges, axis=1, prepend=0)

    @cached_property
    def _edges(self) -> Ints:
        """The first row of each day and kind, day by day: shape (days * kinds + 1,)."""
        out = np.zeros(self._counts.size + 1, np.int64)
        np.cumsum(self._counts.ravel(), out=out[1:])
        return out

    @cached_property
    def _shift(self) -> Ints:
        days = np.arange(len(self.starts), dtype=np.int64)
        return below_wide(hash_ints(self._track_key, days), self.groups)

    @cached_property
    def _before(self) -> Ints:
        """Rows of each kind that served each group before each day: shape (groups, days + 1, kinds)."""
        group = (self._track[None, :] + self._shift[:-1, None]) % self.groups
        out = np.zeros((self.groups, len(self.starts), len(self._track)), np.int64)
        for number in range(self.groups):
            np.cumsum(np.where(group == number, self._counts, 0), axis=0, out=out[number, 1:])
        return out

    @cached_property
    def most_a_day(self) -> Ints:
        """The most rows that a post of each kind ever has on a day."""
        return (-(-self._counts // np.maximum(self.kind_sizes, 1))).max(axis=0)

    def rows(self, first: int, last: int) -> tuple[int, int]:
        per_post = -(-self._counts // np.maximum(self.kind_sizes, 1))
        room = int(self._room.sum())
        if int(per_post.max()) > room:
            day, kind = divmod(int(per_post.argmax()), per_post.shape[1])
            posts = -(-int(self._counts[day, kind]) // room)
            raise ValueError(
                f"{self._date(day)} has {int(self._counts[day, kind]):,} rows for {int(self.kind_sizes[kind]):,} posts of a kind in "
                f"`{self.program.of}`, but a post has room for {room} a day; {posts:,} such posts would do"
            )
        return super().rows(first, last)

    def _date(self, day: int) -> str:
        return str(np.datetime64(self.calendar.origin + day, "D"))

    def served(self, group: Ints, day: Ints, kind: Ints, in_kind: Ints) -> Ints:
        """Rows of each post that served a group before a day."""
        kind_sizes = self.kind_sizes[kind]
        day = np.clip(day, 0, len(self.starts) - 1)
        return (self._before[group, day, kind] - in_kind + kind_sizes - 1) // kind_sizes

    def own_rows(self, kind: int) -> int:
        """Rows of a kind of posts in the dataset's own history."""
        return int(self._counts[: self.calendar.days, kind].sum())

    def day_of(self, group: Ints, kind: Ints, in_kind: Ints, turn: Ints) -> Ints:
        """The day of a post's row of such a number among those that serve a group (`turn` of its cell); below 0 where it lies before
        the history, as far as so many rows take on average."""
        number = turn * self.kind_sizes[kind] + in_kind
        out = np.empty(len(number), np.int64)
        of = group * len(self._track) + kind
        for one in np.flatnonzero(np.bincount(of)).tolist():
            at = np.flatnonzero(of == one)
            out[at] = np.searchsorted(self._before[one // len(self._track), :, one % len(self._track)], number[at], side="right") - 1
        early = np.flatnonzero(turn < 0)
        whole = self._before[group[early], self.calendar.days, kind[early]]
        out[early] = number[early] * self.calendar.days // np.maximum(whole, 1)
        return out

    def cells(self, frame: Frame) -> Cells:
        """Where the rows of a frame stand."""
        return frame.memo(self, "cells", lambda: self._cells(frame))

    def _cells(self, frame: Frame) -> Cells:
        kinds = len(self._track)
        if frame.start is not None:
            low = int(np.searchsorted(self._edges, frame.start, side="right")) - 1
            high = int(np.searchsorted(self._edges, frame.start + max(frame.count - 1, 0), side="right")) - 1
            cut = np.clip(self._edges[low : high + 2], frame.start, frame.start + frame.count)
            cell = np.repeat(np.arange(low, high + 1, dtype=np.int64), np.diff(cut))
        else:
            cell = np.searchsorted(self._edges, frame.rows, side="right") - 1
        day = cell // kinds
        kind = cell - day * kinds
        inside = frame.rows - self._edges[cell]
        size = self._edges[cell + 1] - self._edges[cell]
        kind_sizes = self.kind_sizes[kind]
        group = (self._track[kind] + self._shift[day]) % self.groups
        before = self._before[group, day, kind]
        start = before % kind_sizes
        each = size // kind_sizes
        rest = size - each * kind_sizes
        # The posts from `start` on, round to the first ones, have one row more than the others: four stretches of posts.
        wrapped = np.maximum(start + rest - kind_sizes, 0)
        ahead = np.minimum(rest, kind_sizes - start)
        more, least = each + 1, np.maximum(each, 1)
        end1 = wrapped * more
        end2 = end1 + (start - wrapped) * each
        end3 = end2 + ahead * more
        first = inside // more
        second = wrapped + (inside - end1) // least
        third = start + (inside - end2) // more
        fourth = start + ahead + (inside - end3) // least
        in_kind = np.where(inside < end1, first, np.where(inside < end2, second, np.where(inside < end3, third, fourth)))
        offset = in_kind * each + np.minimum(in_kind, wrapped) + np.clip(in_kind - start, 0, ahead)
        count = each + ((in_kind < wrapped) | ((in_kind >= start) & (in_kind < start + ahead)))
        place = inside - offset
        return Cells(day, kind, in_kind, group, place, count, (before - in_kind + kind_sizes - 1) // kind_sizes + place)

    def _post_of(self, kind: Ints, in_kind: Ints) -> Ints:
        quota = self.dealt.quota[kind]
        block = in_kind // quota
        return self.dealt.posts(block, self.dealt.first[kind] + in_kind - block * quota)

    def _heads(self, frame: Frame) -> tuple[Ints, Ints | None]:
        """One row of each (day, post) of a frame, and each row's place among them (None: one to one)."""
        cells = self.cells(frame)
        if frame.start is None or not frame.count:
            return np.arange(frame.count, dtype=np.int64), None
        new = np.empty(frame.count, np.bool_)
        new[0] = True
        new[1:] = (cells.in_kind[1:] != cells.in_kind[:-1]) | (cells.kind[1:] != cells.kind[:-1]) | (cells.day[1:] != cells.day[:-1])
        return np.flatnonzero(new), np.cumsum(new) - 1

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        cells = self.cells(frame)
        heads, place = self._heads(frame)
        day = cells.day[heads]
        rows = self.posts.holder(self._post_of(cells.kind[heads], cells.in_kind[heads]), day)
        return self.table.engine.table(of).rows_frame(rows, day), place

    def day(self, frame: Frame) -> Ints:
        return self.cells(frame).day

    def _spans(self, frame: Frame) -> tuple[Ints, Ints]:
        """The minute of the day at which each row begins, and its length in steps."""
        return frame.memo(self, "spans", lambda: self._laid(frame))

    def _laid(self, frame: Frame) -> tuple[Ints, Ints]:
        cells = self.cells(frame)
        heads, where = self._heads(frame)
        kind, count = cells.kind[heads], cells.count[heads]
        keys = hash_pairs(self._line_key, (kind << 40) + cells.in_kind[heads], cells.day[heads])
        # Each line takes its share of the post's rows by its room, rounded from a start of the day's own.
        room = np.concatenate([np.zeros(1, np.int64), np.cumsum(self._room)])
        edges = (below_wide(keys, int(room[-1]))[:, None] + count[:, None] * room[None, :]) // int(room[-1])
        place = cells.place
        mine = edges if where is None else edges[where]
        line = (place[:, None] >= mine[:, 1:-1]).sum(axis=1)
        first = np.take_along_axis(mine, line[:, None], axis=1)[:, 0]
        held = np.diff(edges, axis=1)
        ends, lengths = self._filled(kind, keys, held)
        unit_ = (np.arange(frame.count) if where is None else where) * len(self._room) + line
        place = place - first
        step = lengths[unit_, place]
        free = self._room[line] - ends[unit_, -1]
        bits = hash_pairs(self._gap_key, keys if where is None else keys[where], cells.place)
        # The k-th of n rows comes after a k-th part of the free steps, so that order needs no sorting.
        shift = ((place + unit(bits)) * (free + 1) / held.ravel()[unit_]).astype(np.int64)
        start = np.minimum(shift, free) + ends[unit_, place] - step
        return self._starts_at[line] + start * self._step, step

    def _filled(self, kind: Ints, keys: Bits, held: Ints) -> tuple[Ints, Ints]:
        """The steps that the rows of each line take up to and with each place, and each row's own: shape (lines, places)."""
        lines = held.size
        most = max(int(held.max()), 1) if lines else 1
        room = np.tile(self._room, len(kind))
        keys = np.repeat(keys, len(self._room)) + np.tile(np.arange(len(self._room), dtype=np.uint64), len(kind))
        usual = np.repeat(self._length[kind], len(self._room))
        held = held.ravel()
        ends, lengths = np.zeros((lines, most), np.int64), np.zeros((lines, most), np.int64)
        used = np.zeros(lines, np.int64)
        for number in range(most):
            length = usual
            if self._longer is not None:
                length = usual + self._longer.draw(hash_ints(self._length_keys[number], keys))
            # Every later row of the line keeps one step.
            length = np.where(number < held, np.minimum(np.maximum(length, 1), room - used - (held - 1 - number)), 0)
            used = used + length
            lengths[:, number], ends[:, number] = length, used
        return ends, lengths

    def begin(self, frame: Frame) -> Ints:
        return self._moments(frame, self._spans(frame)[0])

    def end(self, frame: Frame) -> Ints:
        """The moment at which each row ends, microseconds UTC."""
        minute, steps = self._spans(frame)
        return self._moments(frame, minute + steps * self._step)

    def _moments(self, frame: Frame, minutes: Ints) -> Ints:
        return self.calendar.to_utc((frame.day + self.calendar.origin) * DAY + minutes * _MINUTE)
