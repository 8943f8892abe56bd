"""Panels: the visitors of a post take turns, so that each row finds its visitor and the number of the visit by itself.

The visitors of a panel are numbered; each has a pattern that says in which of a round's 256 turns it comes (`turns.py`), and those of
a turn come in an order shuffled for that turn. Four turns in a row have no visitor in common. The rows of a round are counted in
closed form: so are, for a visitor, the visits before any row.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...frozen import dataclass
from ...program import columns
from ..ground import Frame, Table, laid_as
from ..hashing import Bits, Ints, below, hash_ints, hash_pairs
from ..layouts.grid import Grid
from ..layouts.posts import PostQuota
from ..permute import permute, unpermute
from ..turns import APART, DAYS, PATTERNS, SOON, TURNS, Patterns, Way, counts, level, patterns
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
        self._panels = self.program.panels
        self._classes = max(len(panel.classes) for panel in self._panels)
        self._stream_key, self._member_key, self._turn_key = self.subkey("stream"), self.subkey("member"), self.subkey("turn")
        self._lay_out()

    def _lay_out(self) -> None:
        panels, classes, groups = len(self._panels), self._classes, self.grid.groups
        kinds = len(self.grid.kind_sizes)
        self._panel_of = np.zeros(kinds, np.int64)
        self._owner_of = np.zeros(kinds, np.int64)
        self._owners = np.zeros(panels, np.int64)
        self._quota = np.zeros((panels, classes), np.int64)
        slots: list[Ints] = []
        self._slots_at = np.zeros((panels, classes), np.int64)
        for number, panel in enumerate(self._panels):
            for kind in panel.kinds:
                self._panel_of[kind] = number
                self._owner_of[kind] = self._owners[number]
                self._owners[number] += self.grid.kind_sizes[kind]
            for place, mine in enumerate(panel.classes):
                own = [np.arange(self.members.first[row], self.members.first[row] + self.members.quota[row]) for row in mine.rows]
                self._slots_at[number, place] = sum(map(len, slots))
                slots.append(np.concatenate(own))
                self._quota[number, place] = len(slots[-1])
        self._slots: Ints = np.concatenate(slots)
        blocks = (self.members.blocks - np.arange(groups) + groups - 1) // groups
        self._total: Ints = self._quota[:, None, :] * blocks[None, :, None]
        """Visitors of each panel, group and class."""
        self._over: Ints = self._total % np.maximum(self._owners, 1)[:, None, None]
        """How many of a panel's owners have one visitor more than the others."""
        self._all = self._patterns()
        self._edges, self._table, self._offsets, self._ends = self._turns()

    def _patterns(self) -> Patterns:
        """The patterns of all classes; `self._number` says where those of each panel and class stand."""
        self._number = np.zeros((len(self._panels), self._classes), np.int64)
        days = self.table.engine.calendar.days
        found: dict[Way, int] = {}
        for number, panel in enumerate(self._panels):
            # Visits of all members in a round that lasts as long as it should, or longer where a day asks for many rows of few turns.
            rows = sum(self.grid.own_rows(kind) for kind in panel.kinds)
            most = int(self.grid.most_a_day[list(panel.kinds)].max())
            wanted = max(rows * TURNS * DAYS, int(self._owners[number]) * self.grid.groups * (192 * most + 128) * days if most > 1 else 0)
            total = self._total[number].sum(axis=0).tolist()
            each = list(zip(panel.classes, total, strict=False))
            scripted = sum(count * len(mine.script) for mine, count in each)
            free = sum(count * mine.visits for mine, count in each if not mine.script)
            scale = level(max(wanted - scripted * days, 0), free * days)
            law = (self.program.law.law, self.program.law.shape) if self.program.law is not None else None
            for place, mine in enumerate(panel.classes):
                visits = () if mine.script else counts(mine.visits * scale, law)
                self._number[number, place] = found.setdefault((visits, mine.script), len(found))
        return patterns(tuple(found), self.program.again)

    def _turns(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Of each (panel, group, pattern of owners): where the visitors of each class end in a turn, shape (.., 256, classes); rows
        before each turn and of the round, shape (.., 257); the rows of all before, and the ends of all turns one after another.

        An owner's pattern is how many classes have no visitor more than the least for it.
        """
        over = np.sort(self._over, axis=-1)
        steps = np.arange(self._classes + 1)
        # Of pattern k the k smallest of `over` are no larger than the owner's number.
        least = np.concatenate([np.zeros((*over.shape[:2], 1), np.int64), over], axis=-1)[:, :, steps]
        more = self._over[:, :, None, :] > least[..., None]
        members = self._total[:, :, None, :] // np.maximum(self._owners, 1)[:, None, None, None] + more
        full, rest = np.divmod(members, PATTERNS)
        number = np.broadcast_to(self._number[:, None, None, :], members.shape)
        sizes = full[..., None] * self._all.below[number, PATTERNS] + self._all.below[number, rest]
        sizes = sizes.reshape(-1, self._classes, TURNS)
        edges: Ints = np.zeros((len(sizes), TURNS, self._classes), np.int64)
        for place in range(self._classes):
            edges[..., place] = sizes[:, place] + (edges[..., place - 1] if place else 0)
        table = np.zeros((len(edges), TURNS + 1), np.int64)
        np.cumsum(edges[..., -1], axis=-1, out=table[:, 1:])
        offsets = np.cumsum(table[:, -1]) - table[:, -1]
        return edges, table, offsets, (table[:, 1:] + offsets[:, None]).ravel()

    def check(self) -> None:
        """Raises ValueError where a day asks for more visitors than are sure to come between two visits of one."""
        for number, panel in enumerate(self._panels):
            most = int(self.grid.most_a_day[list(panel.kinds)].max())
            owners = int(self._owners[number])
            for group in range(self.grid.groups):
                extra = self._over[number, group]
                for owner in sorted({0, *(int(n) for n in extra if n < owners)}):
                    row = int(self._sizes_of(np.array([number]), np.array([owner]), np.array([group]))[0])
                    sizes = np.diff(self._table[row])
                    least = int(sum(np.roll(sizes, turn) for turn in range(1, APART)).min()) + 1
                    if most > least or not self._table[row, -1]:
                        raise ValueError(
                            f"a post for {panel.name} has up to {most} rows a day, but only {least} rows of `{self.to.name}` are "
                            f"sure to come before one comes again; give more posts to `{self.to.name}`, or fewer rows"
                        )

    def _sizes_of(self, panel: Ints, owner: Ints, group: Ints) -> Ints:
        step = (owner[:, None] >= self._over[panel, group]).sum(axis=1)
        return (panel * self.grid.groups + group) * (self._classes + 1) + step

    def _streams(self, frame: Frame) -> _Streams:
        cells = self.grid.cells(frame)
        panel = self._panel_of[cells.kind]
        owner = self._owner_of[cells.kind] + cells.in_kind
        key = hash_pairs(self._stream_key, panel * self.grid.groups + cells.group, owner)
        phase = below(key, TURNS)
        return _Streams(panel, owner, cells.group, self._sizes_of(panel, owner, cells.group), phase, key)

    def _located(self, streams: _Streams, turn: Ints) -> tuple[Ints, Ints, Ints]:
        """The number of the turn in which a panel's row of a number falls, its place in it, and the turn's size."""
        sizes = streams.sizes
        turn = turn + self._table[sizes, streams.phase]
        whole = self._table[sizes, TURNS]
        rounds = turn // whole
        rest = turn - rounds * whole
        inner = np.searchsorted(self._ends, self._offsets[sizes] + rest, side="right") - sizes * TURNS
        low = self._table[sizes, inner]
        return rounds * TURNS + inner, rest - low, self._table[sizes, inner + 1] - low

    def _visits(self, frame: Frame) -> _Found:
        """The visitor of each row, and the number of the visit."""
        return frame.memo(self, "visits", lambda: self._find(frame))

    def _find(self, frame: Frame) -> _Found:
        streams = self._streams(frame)
        cells = self.grid.cells(frame)
        number, place, size = self._located(streams, cells.turn)
        slot = permute(hash_ints(self._turn_key, streams.key + number.view(np.uint64)), size, place)
        inner = number % TURNS
        edges = self._edges[streams.sizes, inner]
        which, first = np.zeros_like(slot), np.zeros_like(slot)
        for after in range(self._classes - 1):
            beyond = slot >= edges[:, after]
            which += beyond
            np.copyto(first, edges[:, after], where=beyond)
        pattern = self._number[streams.panel, which]
        full, step = np.divmod(slot - first, self._all.below[pattern, PATTERNS, inner].astype(np.int64))
        residue = self._all.who[pattern, inner, step].astype(np.int64)
        member = full * PATTERNS + residue
        total = self._total[streams.panel, streams.group, which]
        classes = (streams.panel * self.grid.groups + streams.group) * self._classes + which
        dealt = permute(hash_ints(self._member_key, classes), total, member * self._owners[streams.panel] + streams.owner)
        quota = self._quota[streams.panel, which]
        block = dealt // quota
        inside = self._slots[self._slots_at[streams.panel, which] + dealt - block * quota]
        post = self.members.posts(block * self.grid.groups + streams.group, inside)
        rows = self.members.layout.holder(post, cells.day)
        visit = number // TURNS * self._all.visits[pattern, residue] + self._all.before[pattern, residue, inner] + 1
        earlier = self._all.before[pattern, residue, streams.phase].astype(np.int64)
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
        pattern = self._number[mine.panel, which]
        full, residue = np.divmod(member, PATTERNS)
        out = number // TURNS * self._all.visits[pattern, residue] + self._all.before[pattern, residue, inner]
        comes = self._all.before[pattern, residue, inner + 1] > self._all.before[pattern, residue, inner]
        within = np.flatnonzero(comes)
        if len(within):
            edges = self._edges[mine.sizes[within], inner[within]]
            earlier = np.maximum(which[within] - 1, 0)
            start = np.where(which[within] > 0, np.take_along_axis(edges, earlier[:, None], axis=1)[:, 0], 0)
            turned = pattern[within], inner[within]
            width = self._all.below[turned[0], PATTERNS, turned[1]].astype(np.int64)
            slot = start + full[within] * width + self._all.below[turned[0], residue[within], turned[1]]
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
        return Vec(self._all.after[found.pattern, found.residue, found.turn % TURNS] <= SOON)

    def _follows(self, frame: Frame) -> Vec:
        found = self._visits(frame)
        return Vec((self._all.since[found.pattern, found.residue, found.turn % TURNS] <= SOON) & (found.visit > 1))

    def _next_on(self, frame: Frame) -> Vec:
        """The local day on which the visitor's post comes to this one again; NULL beyond the days that are known."""
        found, streams, cells = self._visits(frame), self._streams(frame), self.grid.cells(frame)
        number = found.turn + self._all.after[found.pattern, found.residue, found.turn % TURNS]
        place = self._place(streams, found, number)
        rounds, inner = np.divmod(number, TURNS)
        sizes = streams.sizes
        turn = rounds * self._table[sizes, TURNS] + self._table[sizes, inner] - self._table[sizes, streams.phase] + place
        day = self.grid.day_of(cells.group, cells.kind, cells.in_kind, turn)
        return Vec(day + self.table.engine.calendar.origin, day < len(self.grid.starts) - 1)

    def _place(self, streams: _Streams, found: _Found, number: Ints) -> Ints:
        """The place of each row's visitor among those of another turn in which it comes."""
        inner = number % TURNS
        before = np.take_along_axis(self._edges[streams.sizes, inner], np.maximum(found.which - 1, 0)[:, None], axis=1)[:, 0]
        width = self._all.below[found.pattern, PATTERNS, inner].astype(np.int64)
        slot = np.where(found.which > 0, before, 0) + found.full * width + self._all.below[found.pattern, found.residue, inner]
        size = self._table[streams.sizes, inner + 1] - self._table[streams.sizes, inner]
        return unpermute(hash_ints(self._turn_key, streams.key + number.view(np.uint64)), size, slot)

    def _script_began(self, frame: Frame) -> Vec:
        """The local day on which the script's first turn begins; NULL for those who follow none.

        Before the history turns last as long as they do in it on average.
        """
        found, streams, cells = self._visits(frame), self._streams(frame), self.grid.cells(frame)
        start = self._all.start[found.pattern, found.residue].astype(np.int64)
        there = start >= 0
        out = np.zeros(len(start), np.int64)
        at = np.flatnonzero(there)
        if len(at):
            turn = found.turn[at] - (found.turn[at] - start[at]) % TURNS
            sizes = streams.sizes[at]
            place = turn // TURNS * self._table[sizes, TURNS] + self._table[sizes, turn % TURNS] - self._table[sizes, streams.phase[at]]
            out[at] = self.grid.day_of(cells.group[at], cells.kind[at], cells.in_kind[at], place)
        return Vec(out + self.table.engine.calendar.origin, there)
