"""The turns of a grid's panels: which visitors each post has, and how many of them come in each turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

import numpy as np

from ..program import columns
from .hashing import Ints
from .layouts.grid import Grid
from .layouts.posts import PostQuota
from .turns import APART, DAYS, PATTERNS, TURNS, Patterns, Way, counts, fitted, level, patterns

_LONGER: Final = 48
"""Quarters by which rounds of scripts become longer at most: with more, there are too few attendees."""


class Dealt:
    """The visitors of each panel, shared out over its owners and classes, and the turns that these are dealt.

    `number` says where the patterns of each panel and class stand among `all`.
    """

    def __init__(self, program: columns.Attendee, grid: Grid, members: PostQuota) -> None:
        self._program, self._grid, self._members = program, grid, members
        self._panels = program.panels
        self.classes = max(len(panel.classes) for panel in self._panels)
        """Of the panel that has the most."""
        self._lay_out()
        self._apart = [
            min((end - start for mine in panel.classes for start, end in pairwise((*mine.script, TURNS)) if mine.script), default=APART)
            for panel in self._panels
        ]
        """Turns that lie between two visits of one of a panel, and one more."""
        # Rounds of scripts last as long as these say; where a day asks for more rows than are then sure, a quarter longer, and so on.
        longer = {number: 0 for number, panel in enumerate(self._panels) if any(mine.script for mine in panel.classes)}
        self._deal(longer)
        for _ in range(_LONGER):
            tight = [number for number in longer if self.most(number) > min(self.least(number))]
            if not tight:
                break
            longer.update({number: longer[number] + 1 for number in tight})
            self._deal(longer)

    def _lay_out(self) -> None:
        """Who is of which panel, and which visitors each has."""
        panels, classes, groups = len(self._panels), self.classes, self._grid.groups
        kinds = len(self._grid.kind_sizes)
        self.panel_of = np.zeros(kinds, np.int64)
        self.owner_of = np.zeros(kinds, np.int64)
        self.owners = np.zeros(panels, np.int64)
        self.quota = np.zeros((panels, classes), np.int64)
        slots: list[Ints] = []
        self.slots_at = np.zeros((panels, classes), np.int64)
        for number, panel in enumerate(self._panels):
            for kind in panel.kinds:
                self.panel_of[kind] = number
                self.owner_of[kind] = self.owners[number]
                self.owners[number] += self._grid.kind_sizes[kind]
            for place, mine in enumerate(panel.classes):
                own = [np.arange(self._members.first[row], self._members.first[row] + self._members.quota[row]) for row in mine.rows]
                self.slots_at[number, place] = sum(map(len, slots))
                slots.append(np.concatenate(own))
                self.quota[number, place] = len(slots[-1])
        self.slots: Ints = np.concatenate(slots)
        blocks = (self._members.blocks - np.arange(groups) + groups - 1) // groups
        self.total: Ints = self.quota[:, None, :] * blocks[None, :, None]
        """Visitors of each panel, group and class."""
        self.over: Ints = self.total % np.maximum(self.owners, 1)[:, None, None]
        """How many of a panel's owners have one visitor more than the others."""

    def _deal(self, longer: Mapping[int, int]) -> None:
        """Patterns and turns; rounds of panels with scripts are so many quarters longer than the scripts say."""
        self.all = self._patterns(longer)
        self.edges, self.table, self.offsets, self.ends = self._turns()

    def _patterns(self, longer: Mapping[int, int]) -> Patterns:
        """The patterns of all classes; `self.number` says where those of each panel and class stand."""
        self.number = np.zeros((len(self._panels), self.classes), np.int64)
        days = self._grid.calendar.days
        found: dict[Way, int] = {}
        for number, panel in enumerate(self._panels):
            # Visits of all members in a round that lasts as long as it should, or longer where a day asks for many rows of few turns.
            wanted = sum(self._grid.own_rows(kind) for kind in panel.kinds) * TURNS * DAYS
            owners, most = max(int(self.owners[number]), 1) * self._grid.groups, self.most(number)
            if number in longer:
                wanted += wanted * longer[number] // 4
            elif most > 1:
                wanted = max(wanted, owners * (192 * most + 128) * days)
            total = self.total[number].sum(axis=0).tolist()
            each = list(zip(panel.classes, total, strict=False))
            wanted = max(wanted - sum(count * len(mine.script) for mine, count in each) * days, 0)
            free = [(mine.visits, count) for mine, count in each if not mine.script]
            law = (self._program.law.law, self._program.law.shape) if self._program.law is not None else None
            whole = sum(visits * count for visits, count in free) * days
            scale = level(wanted, whole)
            if number in longer and free:
                members = [(visits, count // owners) for visits, count in free]
                scale = fitted(members, wanted // (owners * days), law)
            for place, mine in enumerate(panel.classes):
                visits = () if mine.script else counts(mine.visits * scale, law)
                self.number[number, place] = found.setdefault((visits, mine.script), len(found))
        return patterns(tuple(found), self._program.again)

    def most(self, number: int) -> int:
        """Rows that a post of a panel has on its fullest day."""
        return int(self._grid.most_a_day[list(self._panels[number].kinds)].max())

    def least(self, number: int) -> Iterator[int]:
        """How many rows are sure to come before one of a panel's visitors comes again, of each group and kind of owner."""
        owners = int(self.owners[number])
        for group in range(self._grid.groups):
            extra = self.over[number, group]
            for owner in sorted({0, *(int(n) for n in extra if n < owners)}):
                row = int(self.sizes_of(np.array([number]), np.array([owner]), np.array([group]))[0])
                sizes = np.diff(self.table[row])
                least = int(sum(np.roll(sizes, turn) for turn in range(1, self._apart[number])).min()) + 1
                yield least if self.table[row, -1] else 0

    def _turns(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Of each (panel, group, pattern of owners): where the visitors of each class end in a turn, shape (.., 256, classes); rows
        before each turn and of the round, shape (.., 257); the rows of all before, and the ends of all turns one after another.

        An owner's pattern is how many classes have no visitor more than the least for it.
        """
        over = np.sort(self.over, axis=-1)
        steps = np.arange(self.classes + 1)
        # Of pattern k the k smallest of `over` are no larger than the owner's number.
        least = np.concatenate([np.zeros((*over.shape[:2], 1), np.int64), over], axis=-1)[:, :, steps]
        more = self.over[:, :, None, :] > least[..., None]
        members = self.total[:, :, None, :] // np.maximum(self.owners, 1)[:, None, None, None] + more
        full, rest = np.divmod(members, PATTERNS)
        number = np.broadcast_to(self.number[:, None, None, :], members.shape)
        sizes = full[..., None] * self.all.below[number, PATTERNS] + self.all.below[number, rest]
        sizes = sizes.reshape(-1, self.classes, TURNS)
        edges: Ints = np.zeros((len(sizes), TURNS, self.classes), np.int64)
        for place in range(self.classes):
            edges[..., place] = sizes[:, place] + (edges[..., place - 1] if place else 0)
        table = np.zeros((len(edges), TURNS + 1), np.int64)
        np.cumsum(edges[..., -1], axis=-1, out=table[:, 1:])
        offsets = np.cumsum(table[:, -1]) - table[:, -1]
        return edges, table, offsets, (table[:, 1:] + offsets[:, None]).ravel()

    def sizes_of(self, panel: Ints, owner: Ints, group: Ints) -> Ints:
        """Where in the table of turns the sizes stand of each panel as an owner's, for a group."""
        step = (owner[:, None] >= self.over[panel, group]).sum(axis=1)
        return (panel * self._grid.groups + group) * (self.classes + 1) + step
