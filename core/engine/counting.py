"""How many children each of 1,024 consecutive parents has: one multiset of counts for each group, dealt by a keyed shuffle."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final, Protocol

import numpy as np

from ..frozen import dataclass
from ..program.values import Distribution
from .distributions import count_range, multiset
from .ground import Frame
from .hashing import Ints, hash_ints
from .permute import permute, shuffle_blocks

BITS: Final = 10
GROUP: Final = 1 << BITS


def group_total(count: Distribution) -> int:
    """Children of a group of 1,024 parents; raises ValueError where the distribution cannot be met."""
    return int(multiset(count, GROUP).sum())


def parents_of(count: Distribution, children: int) -> int:
    """Parents of exactly so many children; raises ValueError where the distribution cannot be met."""
    group = group_total(count)
    full, rest = divmod(children, group)
    return full * GROUP + (_cut(count, rest, full) if rest else 0)


def _cut(count: Distribution, children: int, full: int) -> int:
    """Parents of a group that holds fewer children than a whole one: as many as the distribution's mean gives, within its min and max."""
    low, high = count_range(count)
    least, most = -(-children // max(high, 1)), children // max(low, 1)
    if most < least:
        raise ValueError(f"{children + full * group_total(count):,} rows cannot be shared out: a parent has {low} to {high}")
    wanted = int(children * GROUP / group_total(count) + 0.5)
    return min(max(wanted, least, 1), most, GROUP)


@dataclass(frozen=True, slots=True)
class Cut:
    """A group that holds fewer parents and children than the others.

    Groups are counted as if it were whole: beyond it, rows are moved up by what it lacks.
    """

    group: int
    last_parent: int
    parent_gap: int
    last_child: int
    child_gap: int


class Counting(Protocol):
    """How the children of groups of parents are counted."""

    total: int
    """Children of a whole group."""
    cut: Cut | None
    single: bool
    """Whether every parent has one child."""
    most: int
    """Children of one parent at most."""

    def dealt(self, groups: Ints) -> Ints:
        """How many children each parent of the groups has: shape (len(groups), 1024)."""

    def foresee(self, parents: Frame) -> None:
        """Told of a range of parents before their children are asked for."""


class Shuffled:
    """One distribution for all parents. Where the children's own number is given, the group that holds the last of them is cut to a
    smaller one with a multiset of its own."""

    def __init__(self, count: Distribution, number: int, key: Callable[..., int]) -> None:
        self.counts = multiset(count, GROUP)
        self.total = int(self.counts.sum())
        self.single = count.type == "constant" and self.total == GROUP
        self.most = int(self.counts.max())
        self.cut: Cut | None = None
        self._key, self._cut_key = key("count"), key("cut")
        full, rest = divmod(number, self.total)
        if rest and not self.single:
            parents = _cut(count, rest, full)
            self._cut_counts = np.zeros(GROUP, np.int64)
            self._cut_counts[:parents] = multiset(count, parents, rest)
            self.most = max(self.most, int(self._cut_counts.max()))
            self.cut = Cut(full, (full << BITS) + parents, GROUP - parents, full * self.total + rest, self.total - rest)

    def slots(self, groups: Ints) -> Ints:
        """The place in the multiset of each parent of the groups: shape (len(groups), 1024)."""
        return shuffle_blocks(BITS, hash_ints(self._key, groups))

    def dealt(self, groups: Ints) -> Ints:
        """How many children each parent of the groups has: shape (len(groups), 1024)."""
        return self.with_cut(groups, self.counts[self.slots(groups)])

    def with_cut(self, groups: Ints, counts: Ints) -> Ints:
        """The counts of groups, those of the cut one put in."""
        if self.cut is not None:
            counts[groups == self.cut.group] = self._dealt_cut
        return counts

    def foresee(self, parents: Frame) -> None:
        """Nothing to work out."""

    @cached_property
    def _dealt_cut(self) -> Ints:
        parents = GROUP - (self.cut.parent_gap if self.cut is not None else 0)
        out = np.zeros(GROUP, np.int64)
        out[:parents] = self._cut_counts[permute(self._cut_key, parents, np.arange(parents, dtype=np.int64))]
        return out
