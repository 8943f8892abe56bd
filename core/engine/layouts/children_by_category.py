"""Children whose number follows from a category of the parent: each 1,024 parents have one multiset of both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ...program import rows
from ...program.values import Distribution
from ..counting import Cut
from ..deck import SIZE, Deck
from ..ground import Frame, Table
from ..hashing import Ints, below, hash_pairs
from ..laws import law_range, moved, multiset
from .base import register
from .children import Children


def pack_total(laws: Sequence[Distribution], sizes: Sequence[int]) -> int:
    """Children of a block of parents of which so many follow each law; raises ValueError where a law cannot be met."""
    return int(_counts(laws, sizes).sum())


def _counts(laws: Sequence[Distribution], sizes: Sequence[int], total: int | None = None) -> Ints:
    """The counts of a block's slots, law by law, ascending within each; their sum is `total` where it is given."""
    parts = [_part(law, size) for law, size in zip(laws, sizes, strict=True) if size]
    out = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    if total is None:
        return out
    low, high = (np.repeat([law_range(law)[end] for law in laws], sizes) for end in (0, 1))
    return moved(out, total, low, high)


@lru_cache(maxsize=256)
def _part(law: Distribution, size: int) -> Ints:
    return multiset(law, size)


def _fits(laws: Sequence[Distribution], sizes: Sequence[int], total: int) -> bool:
    ranges = [law_range(law) for law in laws]
    return (
        sum(n * low for n, (low, _) in zip(sizes, ranges, strict=True))
        <= total
        <= sum(n * high for n, (_, high) in zip(sizes, ranges, strict=True))
    )


def shared_out(laws: Sequence[Distribution], sizes: Sequence[int], children: int) -> tuple[int, list[int]]:
    """Parents of exactly so many children, and how many of the last, cut block of them follow each law.

    Raises ValueError where no number of parents has so many.
    """
    total = pack_total(laws, sizes)
    full, rest = divmod(children, total)
    if not rest:
        return full * SIZE, []
    wanted = int(rest * SIZE / total + 0.5)
    for step in range(65):
        for head in dict.fromkeys((wanted + step, wanted - step)):
            if 1 <= head < SIZE:
                mine = _headed(sizes, head)
                others = [size - first for size, first in zip(sizes, mine, strict=True)]
                if _fits(laws, mine, rest) and _fits(laws, others, total - rest):
                    return full * SIZE + head, mine
    for number, _law in enumerate(laws):
        mine = [int(n == number) for n in range(len(laws))]
        if sizes[number] and _fits(laws, mine, rest):
            return full * SIZE + 1, mine
    raise ValueError(f"{children:,} rows cannot be shared out among parents of these counts")


def _headed(sizes: Sequence[int], head: int) -> list[int]:
    edges = (2 * head * np.cumsum(sizes) + SIZE) // (2 * SIZE)
    return [int(n) for n in np.diff(edges, prepend=0)]


class ByCategory:
    """A parent's count is of the law of its category's value.

    The parents' deck deals value and count together. Within a value the counts are turned by a number hashed from the
    block, so that they do not depend on what else the deck deals.
    """

    cut: Cut | None = None
    single = False

    def __init__(self, program: rows.ChildrenByCategory, deck: Deck, turn_key: int) -> None:
        sizes, laws = program.sizes, program.counts
        self._deck, self._turn_key = deck, turn_key
        self._counts = _counts(laws, sizes)
        self.total = int(self._counts.sum())
        starts = np.cumsum(sizes) - sizes
        self._sizes = np.array(sizes, np.int64)
        self._end = np.repeat(starts + sizes, sizes)
        self._size = np.repeat(self._sizes, sizes)
        head = program.head
        self._head_counts: Ints | None = None
        if head:
            rest = program.number % self.total if program.number else None
            others = [size - first for size, first in zip(sizes, head, strict=True)]
            first = _counts(laws, head, rest)
            self._head_counts = np.concatenate([first, _counts(laws, others, self.total - int(first.sum()))])
        every = self._counts if self._head_counts is None else np.concatenate([self._counts, self._head_counts])
        self.most = int(every.max(initial=0))

    def foresee(self, parents: Frame) -> None:
        """Nothing to work out."""

    def dealt(self, groups: Ints) -> Ints:
        """How many children each parent of the groups has: shape (len(groups), 1024)."""
        slots = self._deck.of_blocks(groups)
        strata = np.arange(len(self._sizes), dtype=np.int64)
        keys = hash_pairs(self._turn_key, np.repeat(groups, len(strata)), np.tile(strata, len(groups)))
        turns = below(keys, np.tile(np.maximum(self._sizes, 1), len(groups))).reshape(len(groups), len(strata))
        turned = np.repeat(turns, self._sizes, axis=1)
        turned += np.arange(SIZE, dtype=np.int64)
        turned -= self._size * (turned >= self._end)
        counts = self._counts[turned]
        hit = self._deck.in_cut(groups)
        if hit is not None and self._head_counts is not None:
            counts[hit] = self._head_counts
        return counts.ravel()[slots + np.arange(len(groups), dtype=np.int64)[:, None] * SIZE]


@register("children_by_category")
def children_by_category(program: rows.Rows, table: Table) -> Children:
    """Children that are counted by a category of their parent."""
    if not isinstance(program, rows.ChildrenByCategory):
        raise TypeError("children by category say by which")
    deck = table.engine.table(program.of).deck(program.deck, program.parents)
    return Children(program, table, lambda layout: ByCategory(program, deck, layout.key("turn")))
