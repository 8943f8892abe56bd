"""Panels: the visitors of a post take turns, so that each row finds its visitor and the number of the visit by itself.

The visitors of a panel are numbered; each has a pattern that says in which of a round's 256 turns it comes (`turns.py`), and those of
a turn come in an order shuffled for that turn. Four turns in a row (of scripts: three) have no visitor in common. The rows of a round are
counted in closed form: so are, for a visitor, the visits before any row.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...frozen import dataclass
from ...program import columns
from ..dealt_turns import Dealt
from ..ground import Frame, Table, laid_as
from ..hashing import Bits, Ints, below, hash_ints, hash_pairs
from ..layouts.grid import Grid
from ..layouts.posts import PostQuota
from ..permute import permute, unpermute
from ..turns import PATTERNS, SOON, TURNS
from ..vector import Vec
from .base import register
from .pointing import Pointing


@dataclass(frozen=True, slots=True)
class _Streams:
    """The panel that each row's visitor is of; every field has one number a row."""

    panel: Ints
    owner: Ints
    """The post's number among those of its panel."""
    group: Ints
    sizes: Ints
    """Where in the table of turns the panel's sizes stand."""
    phase: Ints
    """The turn with which the history begins for the post: else all visitors of a number would come in one year, or in none."""
    key: Bits


@dataclass(frozen=True, slots=True)
class _Found:
    """Who comes; every field has one number a row."""

    rows: Ints
    visit: Ints
    """The number of the visit of this visitor."""
    turn: Ints
    pattern: Ints
    """The number of the class's patterns among those of all classes."""
    residue: Ints
    """The visitor's own among the patterns of its class."""
    which: Ints
    """The number of the class in its panel."""
    full: Ints
    """How many times all patterns were dealt in the class before the visitor's own."""


@register("attendee")
class Attendee(Pointing):
    """The visitor of each row of a grid."""

    program: columns.Attendee

    checks = True

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self.grid = laid_as(table, Grid)
        self.members = PostQuota(self.to, self.program.by)
        self._stream_key, self._member_key, self._turn_key = self.subkey("stream"), self.subkey("member"), self.subkey("turn")
        self._dealt = Dealt(self.program, self.grid, self.members)

    def check(self) -> None:
        """Raises ValueError where a day asks for more visitors than are sure to come between two visits of one."""
        for number, panel in enumerate(self.program.panels):
            most, least = self._dealt.most(number), min(self._dealt.least(number))
            if most > least:
                raise ValueError(
                    f"a post for {panel.name} has up to {most} rows a day, but only {least} rows of `{self.to.name}` are "
                    f"sure to come before one comes again; give more posts to `{self.to.name}`, or fewer rows"
                )

    def _streams(self, frame: Frame) -> _Streams:
        cells = self.grid.cells(frame)
        panel = self._dealt.panel_of[cells.kind]
        owner = self._dealt.owner_of[cells.kind] + cells.in_kind
        key = hash_pairs(self._stream_key, panel * self.grid.groups + cells.group, owner)
        phase = below(key, TURNS)
        return _Streams(panel, owner, cells.group, self._dealt.sizes_of(panel, owner, cells.group), phase, key)

    def _located(self, streams: _Streams, turn: Ints) -> tuple[Ints, Ints, Ints]:
        """The number of the turn in which a panel's row of a number falls, its place in it, and the turn's size."""
        sizes = streams.sizes
        turn = turn + self._dealt.table[sizes, streams.phase]
        whole = self._dealt.table[sizes, TURNS]
        rounds = turn // whole
        rest = turn - rounds * whole
        inner = np.searchsorted(self._dealt.ends, self._dealt.offsets[sizes] + rest, side="right") - sizes * TURNS
        low = self._dealt.table[sizes, inner]
        return rounds * TURNS + inner, rest - low, self._dealt.table[sizes, inner + 1] - low

    def _visits(self, frame: Frame) -> _Found:
        """The visitor of each row, and the number of the visit."""
        return frame.memo(self, "visits", lambda: self._find(frame))

    def _find(self, frame: Frame) -> _Found:
        streams = self._streams(frame)
        cells = self.grid.cells(frame)
        number, place, size = self._located(streams, cells.turn)
        slot = permute(hash_ints(self._turn_key, streams.key + number.view(np.uint64)), size, place)
        inner = number % TURNS
        edges = self._dealt.edges[streams.sizes, inner]
        which, first = np.zeros_like(slot), np.zeros_like(slot)
        for after in range(self._dealt.classes - 1):
            beyond = slot >= edges[:, after]
            which += beyond
            np.copyto(first, edges[:, after], where=beyond)
        pattern = self._dealt.number[streams.panel, which]
        full, step = np.divmod(slot - first, self._dealt.all.below[pattern, PATTERNS, inner].astype(np.int64))
        residue = self._dealt.all.who[pattern, inner, step].astype(np.int64)
        member = full * PATTERNS + residue
        total = self._dealt.total[streams.panel, streams.group, which]
        classes = (streams.panel * self.grid.groups + streams.group) * self._dealt.classes + which
        dealt = permute(hash_ints(self._member_key, classes), total, member * self._dealt.owners[streams.panel] + streams.owner)
        quota = self._dealt.quota[streams.panel, which]
        block = dealt // quota
        inside = self._dealt.slots[self._dealt.slots_at[streams.panel, which] + dealt - block * quota]
        post = self.members.posts(block * self.grid.groups + streams.group, inside)
        rows = self.members.layout.holder(post, cells.day)
        visit = number // TURNS * self._dealt.all.visits[pattern, residue] + self._dealt.all.before[pattern, residue, inner] + 1
        earlier = self._dealt.all.before[pattern, residue, streams.phase].astype(np.int64)
        later = np.flatnonzero(rows >= self.members.layout.early)
        if len(later):
            earlier[later] = self._before(frame, streams, later, rows[later], which[later], member[later])
        return _Found(rows, visit - earlier, number, pattern, residue, which, full)

    def _before(self, frame: Frame, streams: _Streams, at: Ints, rows: Ints, which: Ints, member: Ints) -> Ints:
        """Visits from each row's post before the one who holds it now was born to it."""
        cells = self.grid.cells(frame)
        mine = _Streams(*(getattr(streams, name)[at] for name in ("panel", "owner", "group", "sizes", "phase", "key")))
        born = self.members.layout.born(rows)
        served = self.grid.served(mine.group, born + 1, cells.kind[at], cells.in_kind[at])
        number, place, size = self._located(mine, served)
        inner = number % TURNS
        pattern = self._dealt.number[mine.panel, which]
        full, residue = np.divmod(member, PATTERNS)
        out = number // TURNS * self._dealt.all.visits[pattern, residue] + self._dealt.all.before[pattern, residue, inner]
        comes = self._dealt.all.before[pattern, residue, inner + 1] > self._dealt.all.before[pattern, residue, inner]
        within = np.flatnonzero(comes)
        if len(within):
            edges = self._dealt.edges[mine.sizes[within], inner[within]]
            earlier = np.maximum(which[within] - 1, 0)
            start = np.where(which[within] > 0, np.take_along_axis(edges, earlier[:, None], axis=1)[:, 0], 0)
            turned = pattern[within], inner[within]
            width = self._dealt.all.below[turned[0], PATTERNS, turned[1]].astype(np.int64)
            slot = start + full[within] * width + self._dealt.all.below[turned[0], residue[within], turned[1]]
            keys = hash_ints(self._turn_key, mine.key[within] + number[within].view(np.uint64))
            out[within] += unpermute(keys, size[within], slot) < place[within]
        return out

    def found(self, frame: Frame) -> Vec:
        return Vec(self._visits(frame).rows)

    def part(self, frame: Frame, name: str) -> Vec:
        own: dict[str, Callable[[Frame], Vec]] = {
            "visit": lambda frame: Vec(self._visits(frame).visit),
            "comes_again": self._comes_again,
            "follows": self._follows,
            "script_began": self._script_began,
            "next_on": self._next_on,
        }
        return own[name](frame) if name in own else super().part(frame, name)

    def _comes_again(self, frame: Frame) -> Vec:
        found = self._visits(frame)
        return Vec(self._dealt.all.after[found.pattern, found.residue, found.turn % TURNS] <= SOON)

    def _follows(self, frame: Frame) -> Vec:
        found = self._visits(frame)
        return Vec((self._dealt.all.since[found.pattern, found.residue, found.turn % TURNS] <= SOON) & (found.visit > 1))

    def _next_on(self, frame: Frame) -> Vec:
        """The local day on which the visitor's post comes to this one again; NULL beyond the days that are known."""
        found, streams, cells = self._visits(frame), self._streams(frame), self.grid.cells(frame)
        number = found.turn + self._dealt.all.after[found.pattern, found.residue, found.turn % TURNS]
        place = self._place(streams, found, number)
        rounds, inner = np.divmod(number, TURNS)
        sizes = streams.sizes
        turn = rounds * self._dealt.table[sizes, TURNS] + self._dealt.table[sizes, inner] - self._dealt.table[sizes, streams.phase] + place
        day = self.grid.day_of(cells.group, cells.kind, cells.in_kind, turn)
        return Vec(day + self.table.engine.calendar.origin, day < len(self.grid.starts) - 1)

    def _place(self, streams: _Streams, found: _Found, number: Ints) -> Ints:
        """The place of each row's visitor among those of another turn in which it comes."""
        inner = number % TURNS
        before = np.take_along_axis(self._dealt.edges[streams.sizes, inner], np.maximum(found.which - 1, 0)[:, None], axis=1)[:, 0]
        width = self._dealt.all.below[found.pattern, PATTERNS, inner].astype(np.int64)
        slot = np.where(found.which > 0, before, 0) + found.full * width + self._dealt.all.below[found.pattern, found.residue, inner]
        size = self._dealt.table[streams.sizes, inner + 1] - self._dealt.table[streams.sizes, inner]
        return unpermute(hash_ints(self._turn_key, streams.key + number.view(np.uint64)), size, slot)

    def _script_began(self, frame: Frame) -> Vec:
        """The local day on which the script's first turn begins; NULL for those who follow none.

        Before the history turns last as long as they do in it on average.
        """
        found, streams, cells = self._visits(frame), self._streams(frame), self.grid.cells(frame)
        start = self._dealt.all.start[found.pattern, found.residue].astype(np.int64)
        there = start >= 0
        out = np.zeros(len(start), np.int64)
        at = np.flatnonzero(there)
        if len(at):
            turn = found.turn[at] - (found.turn[at] - start[at]) % TURNS
            sizes = streams.sizes[at]
            place = (
                turn // TURNS * self._dealt.table[sizes, TURNS]
                + self._dealt.table[sizes, turn % TURNS]
                - self._dealt.table[sizes, streams.phase[at]]
            )
            out[at] = self.grid.day_of(cells.group[at], cells.kind[at], cells.in_kind[at], place)
        return Vec(out + self.table.engine.calendar.origin, there)
