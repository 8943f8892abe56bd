"""Children whose number follows from a category of the parent: each 1,024 parents have one multiset of both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ...program import rows
from ...program.values import Distribution
from ..counting import Cut
from ..distributions import count_range, moved, multiset
from ..ground import Frame, Table
from ..hashing import Ints, below, hash_pairs
from ..permuted_blocks import SIZE, PermutedBlocks
from .base import register
from .children import Children


def pack_total(distributions: Sequence[Distribution], sizes: Sequence[int]) -> int:
    """Children of a block of parents of which so many follow each distribution; raises ValueError where a distribution cannot be met."""
    return int(_counts(distributions, sizes).sum())


def _counts(distributions: Sequence[Distribution], sizes: Sequence[int], total: int | None = None) -> Ints:
    """The counts of a block's slots, distribution by distribution, ascending within each; their sum is `total` where it is given."""
    parts = [_part(distribution, size) for distribution, size in zip(distributions, sizes, strict=True) if size]
    out = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    if total is None:
        return out
    low, high = (np.repeat([count_range(distribution)[end] for distribution in distributions], sizes) for end in (0, 1))
    return moved(out, total, low, high)


@lru_cache(maxsize=256)
def _part(distribution: Distribution, size: int) -> Ints:
    return multiset(distribution, size)


def _fits(distributions: Sequence[Distribution], sizes: Sequence[int], total: int) -> bool:
    ranges = [count_range(distribution) for distribution in distributions]
    return (
        sum(n * low for n, (low, _) in zip(sizes, ranges, strict=True))
        <= total
        <= sum(n * high for n, (_, high) in zip(sizes, ranges, strict=True))
    )


def shared_out(distributions: Sequence[Distribution], sizes: Sequence[int], children: int) -> tuple[int, list[int]]:
    """Parents of exactly so many children, and how many of the last, cut block of them follow each distribution.

    Raises ValueError where no number of parents has so many.
    """
    total = pack_total(distributions, sizes)
    full, rest = divmod(children, total)
    if not rest:
        return full * SIZE, []
    wanted = int(rest * SIZE / total + 0.5)
    for step in range(65):
        for head in dict.fromkeys((wanted + step, wanted - step)):
            if 1 <= head < SIZE:
                mine = _headed(sizes, head)
                others = [size - first for size, first in zip(sizes, mine, strict=True)]
                if _fits(distributions, mine, rest) and _fits(distributions, others, total - rest):
                    return full * SIZE + head, mine
    for number, _distribution in enumerate(distributions):
        mine = [int(n == number) for n in range(len(distributions))]
        if sizes[number] and _fits(distributions, mine, rest):
            return full * SIZE + 1, mine
    raise ValueError(f"{children:,} rows cannot be shared out among parents of these counts")


def _headed(sizes: Sequence[int], head: int) -> list[int]:
    edges = (2 * head * np.cumsum(sizes) + SIZE) // (2 * SIZE)
    return [int(n) for n in np.diff(edges, prepend=0)]


class ByCategory:
    """A parent's count is of the distribution of its category's value.

    The parents' permuted blocks deal value and count together. Within a value the counts are turned by a number hashed from the
    block, so that they do not depend on what else they deal.
    """

    cut: Cut | None = None
    single = False

    def __init__(self, program: rows.ChildrenByCategory, blocks: PermutedBlocks, turn_key: int) -> None:
        sizes, distributions = program.sizes, program.counts
        self._blocks, self._turn_key = blocks, turn_key
        self._counts = _counts(distributions, sizes)
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
            first = _counts(distributions, head, rest)
            self._head_counts = np.concatenate([first, _counts(distributions, others, self.total - int(first.sum()))])
        every = self._counts if self._head_counts is None else np.concatenate([self._counts, self._head_counts])
        self.most = int(every.max(initial=0))

    def foresee(self, parents: Frame) -> None:
        """Nothing to work out."""

    def dealt(self, groups: Ints) -> Ints:
        """How many children each parent of the groups has: shape (len(groups), 1024)."""
        slots = self._blocks.of_blocks(groups)
        strata = np.arange(len(self._sizes), dtype=np.int64)
        keys = hash_pairs(self._turn_key, np.repeat(groups, len(strata)), np.tile(strata, len(groups)))
        turns = below(keys, np.tile(np.maximum(self._sizes, 1), len(groups))).reshape(len(groups), len(strata))
        turned = np.repeat(turns, self._sizes, axis=1)
        turned += np.arange(SIZE, dtype=np.int64)
        turned -= self._size * (turned >= self._end)
        counts = self._counts[turned]
        hit = self._blocks.in_cut(groups)
        if hit is not None and self._head_counts is not None:
            counts[hit] = self._head_counts
        return counts.ravel()[slots + np.arange(len(groups), dtype=np.int64)[:, None] * SIZE]


@register("children_by_category")
def children_by_category(program: rows.Rows, table: Table) -> Children:
    """Children that are counted by a category of their parent."""
    if not isinstance(program, rows.ChildrenByCategory):
        raise TypeError("children by category say by which")
    blocks = table.engine.table(program.of).permuted_blocks(program.dealt_by, program.parents)
    return Children(program, table, lambda layout: ByCategory(program, blocks, layout.key("turn")))
