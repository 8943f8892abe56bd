"""Panels: the visitors of a post take turns, so that each row finds its visitor and the number of the visit by itself.

The visitors of a panel that come every k-th turn (k = 2, 4 or 8) are numbered; those with number modulo k = t modulo k
come in turn t, in an order shuffled for that turn. Two turns in a row have no visitor in common. Eight turns are a
round, whose rows are counted in closed form: so are, for a visitor, the visits before any row.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...frozen import dataclass
from ...program import columns
from ..ground import Frame, Table, laid_as
from ..hashing import Bits, Ints, hash_ints, hash_pairs
from ..layouts.grid import Grid
from ..layouts.posts import PostQuota
from ..permute import permute, unpermute
from ..vector import Vec
from .base import register
from .pointing import Pointing

_ROUND: Final = 8


@dataclass(frozen=True, slots=True)
class _Streams:
    """The panel that each row's visitor is of; every field has one number a row."""

    panel: Ints
    owner: Ints
    """The post's number among those of its panel."""
    group: Ints
    sizes: Ints
    """Where in the table of turns the panel's sizes stand."""
    key: Bits


@register("attendee")
class Attendee(Pointing):
    """The visitor of each row of a grid."""

    program: columns.Attendee

    checks = True

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self.grid = laid_as(table, Grid)
        self.members = PostQuota(self.to, self.program.by)
        self._panels = self.program.panels
        self._classes = max(len(panel.turns) for panel in self._panels)
        self._stream_key, self._member_key, self._turn_key = self.subkey("stream"), self.subkey("member"), self.subkey("turn")
        self._lay_out()

    def _lay_out(self) -> None:
        panels, classes, groups = len(self._panels), self._classes, self.grid.groups
        kinds = len(self.grid.kind_sizes)
        self._panel_of = np.zeros(kinds, np.int64)
        self._owner_of = np.zeros(kinds, np.int64)
        self._owners = np.zeros(panels, np.int64)
        self._every = np.full((panels, classes), _ROUND, np.int64)
        self._quota = np.zeros((panels, classes), np.int64)
        slots: list[Ints] = []
        self._slots_at = np.zeros((panels, classes), np.int64)
        for number, panel in enumerate(self._panels):
            for kind in panel.kinds:
                self._panel_of[kind] = number
                self._owner_of[kind] = self._owners[number]
                self._owners[number] += self.grid.kind_sizes[kind]
            for place, (every, rows) in enumerate(panel.turns):
                mine = [np.arange(self.members.first[row], self.members.first[row] + self.members.quota[row]) for row in rows]
                self._every[number, place] = every
                self._slots_at[number, place] = sum(map(len, slots))
                slots.append(np.concatenate(mine))
                self._quota[number, place] = len(slots[-1])
        self._slots: Ints = np.concatenate(slots)
        blocks = (self.members.blocks - np.arange(groups) + groups - 1) // groups
        self._total: Ints = self._quota[:, None, :] * blocks[None, :, None]
        """Visitors of each panel, group and class."""
        self._over: Ints = self._total % np.maximum(self._owners, 1)[:, None, None]
        """How many of a panel's owners have one visitor more than the others."""
        self._table, self._edges = self._turns()

    def _turns(self) -> tuple[Ints, Ints]:
        """Of each (panel, group, pattern): rows before each turn of a round, and of the round, shape (.., 9); and where the
        visitors of each class end in a turn, shape (.., 8, classes).

        A pattern says, class by class, whether an owner has one visitor more than the least.
        """
        more = (np.arange(1 << self._classes)[:, None] >> np.arange(self._classes)) & 1
        members = self._total[:, :, None, :] // np.maximum(self._owners, 1)[:, None, None, None] + more
        turn = np.arange(_ROUND)
        every = self._every[:, None, None, None, :]
        edges = np.cumsum((members[:, :, :, None, :] - turn[:, None] % every + every - 1) // every, axis=-1)
        out = np.zeros((*edges.shape[:-2], _ROUND + 1), np.int64)
        np.cumsum(edges[..., -1], axis=-1, out=out[..., 1:])
        return out.reshape(-1, _ROUND + 1), edges.reshape(-1, _ROUND, self._classes)

    def check(self) -> None:
        """Raises ValueError where a day asks for more visitors than two turns in a row have."""
        for number, panel in enumerate(self._panels):
            most = int(self.grid.most_a_day[list(panel.kinds)].max())
            owners = int(self._owners[number])
            for group in range(self.grid.groups):
                extra = self._over[number, group]
                for owner in sorted({0, *(int(n) for n in extra if n < owners)}):
                    row = self._sizes_of(np.array([number]), np.array([owner]), np.array([group]))
                    least = int(np.diff(self._table[row[0]]).min())
                    if most > max(least, 1) or not self._table[row[0], -1]:
                        raise ValueError(
                            f"a post for {panel.name} has up to {most} rows a day, but only {least} rows of `{self.to.name}` are "
                            f"sure to come in a turn; give more posts to `{self.to.name}`, or fewer rows"
                        )

    def _sizes_of(self, panel: Ints, owner: Ints, group: Ints) -> Ints:
        over = self._over[panel, group]
        pattern = (panel * self.grid.groups + group) << self._classes
        for place in range(self._classes):
            pattern += (owner < over[:, place]).astype(np.int64) << place
        return pattern

    def _streams(self, frame: Frame) -> _Streams:
        cells = self.grid.cells(frame)
        panel = self._panel_of[cells.kind]
        owner = self._owner_of[cells.kind] + cells.in_kind
        key = hash_pairs(self._stream_key, panel * self.grid.groups + cells.group, owner)
        return _Streams(panel, owner, cells.group, self._sizes_of(panel, owner, cells.group), key)

    def _located(self, sizes: Ints, turn: Ints) -> tuple[Ints, Ints, Ints]:
        """The number of the turn in which a panel's row of a number falls, its place in it, and the turn's size."""
        table = self._table[sizes]
        rounds = turn // table[:, -1]
        rest = turn - rounds * table[:, -1]
        inner = (rest[:, None] >= table[:, 1:]).sum(axis=1)
        low = np.take_along_axis(table, inner[:, None], axis=1)[:, 0]
        high = np.take_along_axis(table, inner[:, None] + 1, axis=1)[:, 0]
        return rounds * _ROUND + inner, rest - low, high - low

    def _visits(self, frame: Frame) -> tuple[Ints, Ints]:
        """The visitor of each row, and the number of the visit."""
        return frame.memo(self, "visits", lambda: self._find(frame))

    def _find(self, frame: Frame) -> tuple[Ints, Ints]:
        streams = self._streams(frame)
        cells = self.grid.cells(frame)
        number, place, size = self._located(streams.sizes, cells.turn)
        slot = permute(hash_ints(self._turn_key, streams.key + number.view(np.uint64)), size, place)
        edges = self._edges[streams.sizes, number % _ROUND]
        which, first = np.zeros_like(slot), np.zeros_like(slot)
        for after in range(self._classes - 1):
            beyond = slot >= edges[:, after]
            which += beyond
            np.copyto(first, edges[:, after], where=beyond)
        own = self._every[streams.panel, which]
        residue = number % own
        member = residue + own * (slot - first)
        total = self._total[streams.panel, streams.group, which]
        classes = (streams.panel * self.grid.groups + streams.group) * self._classes + which
        dealt = permute(hash_ints(self._member_key, classes), total, member * self._owners[streams.panel] + streams.owner)
        quota = self._quota[streams.panel, which]
        block = dealt // quota
        inside = self._slots[self._slots_at[streams.panel, which] + dealt - block * quota]
        post = self.members.posts(block * self.grid.groups + streams.group, inside)
        rows = self.members.layout.holder(post, cells.day)
        visit = number // own + 1
        later = np.flatnonzero(rows >= self.members.layout.early)
        if len(later):
            step = slot[later] - first[later]
            visit[later] -= self._before(frame, streams, later, rows[later], which[later], residue[later], step)
        return rows, visit

    def _before(self, frame: Frame, streams: _Streams, at: Ints, rows: Ints, which: Ints, residue: Ints, step: Ints) -> Ints:
        """Visits from each row's post before the one who holds it now was born to it."""
        cells = self.grid.cells(frame)
        mine = _Streams(*(getattr(streams, name)[at] for name in ("panel", "owner", "group", "sizes", "key")))
        born = self.members.layout.born(rows)
        served = self.grid.served(mine.group, born + 1, cells.kind[at], cells.in_kind[at])
        number, place, size = self._located(mine.sizes, served)
        every = self._every[mine.panel, which]
        out = (number - residue + every - 1) // every
        within = np.flatnonzero(number % every == residue)
        if len(within):
            edges = self._edges[mine.sizes[within], number[within] % _ROUND]
            earlier = np.maximum(which[within] - 1, 0)
            start = np.where(which[within] > 0, np.take_along_axis(edges, earlier[:, None], axis=1)[:, 0], 0)
            slot = start + step[within]
            keys = hash_ints(self._turn_key, mine.key[within] + number[within].view(np.uint64))
            out[within] += unpermute(keys, size[within], slot) < place[within]
        return out

    def found(self, frame: Frame) -> Vec:
        return Vec(self._visits(frame)[0])

    def part(self, frame: Frame, name: str) -> Vec:
        return Vec(self._visits(frame)[1]) if name == "visit" else super().part(frame, name)
