"""One draw whose popularity differs with the row that draws."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...frozen import dataclass
from ..alias import build_stacked, draw_stacked
from ..hashing import Bits, Ints, hash_ints
from .asked import BITS, SHIFT, Asked
from .slices import Slices, whole

_SLOTS: Final = 1 << BITS
_WHOLE: Final = 1 << 20
_KEPT: Final = 32
_ENTRIES: Final = 1 << 20
"""Rows of all slices together that are laid one after the other: 16 MB."""
_STRETCHES: Final = 2
_PIECE: Final = 16_384


@dataclass(frozen=True, slots=True)
class _Groups:
    """The rows that are drawn from, by group."""

    choice: NDArray[np.uint8]
    """The group in each slot of each class of asking rows: shape (classes * slots,), of one slice after the other."""
    rows: Ints
    """Group by group."""
    stack: Bits
    """The alias tables of the groups, one after the other."""
    offset: Ints
    size: Ints


class ByGroup:
    """A row by popularity times a factor that depends on the group of the row drawn and on the class of the row that draws.

    First the group is drawn, by the popularity of its living rows together times its factor, then a row of the group by
    popularity: the same as drawing by both at once. Within a group the factor changes nothing, so its skew stays. Rows may draw
    the same group as their siblings, who then have it as often as each alone.
    """

    lefts_known = True

    def __init__(self, slices: Slices, groups: Callable[[int], Ints], factors: Ints, member_key: int) -> None:
        self.settled = bool(slices.population.fixed)
        self._slices, self._groups_of = slices, groups
        self._factors = factors
        """Of each class: the factor of each group, shape (classes, groups)."""
        self._many = factors.shape[1]
        self._member_key = member_key
        self._groups: OrderedDict[int, _Groups] = OrderedDict()
        self._stretches: OrderedDict[range, _Groups] = OrderedDict()

    @cached_property
    def _group_of(self) -> Ints:
        return self._groups_of(self._slices.population.size)

    @cached_property
    def _order(self) -> Ints:
        """All rows, group by group."""
        return np.argsort(self._group_of, kind="stable")

    def fits(self, asks: int, row: int) -> bool:
        """Whether rows of a class may draw a row."""
        return bool(self._factors[asks, self._group_of[row]])

    def draw(self, bits: Bits, day: Ints, begun: Ints, asked: Asked | None) -> Ints:
        """A row for each hash."""
        if asked is None:
            raise TypeError("draws by group are by classes")
        number = self._slices.number(day)
        low, high = int(number.min()), int(number.max())
        if high - low >= self._most:
            return self._apart(bits, day, begun, asked, number // self._most)
        place, groups = (None, self._group(low)) if low == high else self._spanned(number, low, high)
        out = np.empty(len(bits), np.int64)
        # In pieces, because the many scratch columns of a large frame would be new memory each time.
        for first in range(0, len(bits), _PIECE):
            piece = slice(first, first + _PIECE)
            slot = (bits[piece] >> SHIFT).view(np.int64)
            if asked.slots is not None:
                slots = asked.slots[piece]
                slot = np.where(slots < 0, slot, slots)
            slot += asked.classes[piece] << BITS
            if place is not None:
                slot += place[piece] * (len(self._factors) << BITS)
            group = groups.choice[slot].astype(np.int64)
            if place is not None:
                group += place[piece] * self._many
            offset = groups.offset[group]
            found = draw_stacked(groups.stack, offset, groups.size[group], hash_ints(self._member_key, bits[piece]))
            found += offset
            out[piece] = groups.rows[found]
        return out

    def expected(self, day: int, classes: Ints) -> Ints:
        """How often each of the first rows is drawn on a day by rows of these classes, in proportion."""
        number = int(self._slices.number(np.array([day], np.int64))[0])
        groups, weights = self._group(number), self._slices.weights(number)
        if not len(classes):
            return weights
        group = self._group_of[: len(weights)]
        choice = groups.choice.reshape(-1, _SLOTS)
        asking, times = np.unique(classes, return_counts=True)
        slots = sum(n * np.bincount(choice[one], minlength=self._many) for one, n in zip(asking.tolist(), times.tolist(), strict=True))
        sums = np.zeros(self._many, np.int64)
        np.add.at(sums, group, weights)
        return whole(weights * (slots / np.maximum(sums, 1))[group])

    @cached_property
    def _most(self) -> int:
        """Slices at most that are laid one after the other."""
        return max(_ENTRIES // self._slices.population.size, 1)

    def _apart(self, bits: Bits, day: Ints, begun: Ints, asked: Asked, block: Ints) -> Ints:
        """Draws block by block of slices that are too many together."""
        out = np.empty(len(bits), np.int64)
        for one in np.unique(block).tolist():
            hit = np.flatnonzero(block == one)
            out[hit] = self.draw(bits[hit], day[hit], begun[hit], asked.take(hit))
        return out

    def _spanned(self, number: Ints, low: int, high: int) -> tuple[Ints, _Groups]:
        """The place of each row's slice among several that stand one after the other, and these."""
        known = next((one for one in self._stretches if one.start <= low and high < one.stop), None)
        if known is None and high - low >= len(number):
            # A few rows of many days.
            used, place = np.unique(number, return_inverse=True)
            return place, self._joined(used.tolist())
        if known is None:
            known = range(low, high + 1)
            self._stretches[known] = self._joined(known)
            if len(self._stretches) > _STRETCHES:
                self._stretches.popitem(last=False)
        return number - known.start, self._stretches[known]

    def _joined(self, numbers: Sequence[int]) -> _Groups:
        """The groups of several slices, one after the other."""
        all_ = [self._group(number) for number in numbers]
        rows = np.array([len(one.rows) for one in all_], np.int64)
        many = self._many
        return _Groups(
            np.concatenate([one.choice for one in all_]),
            np.concatenate([one.rows for one in all_]),
            np.concatenate([one.stack for one in all_]),
            np.concatenate([one.offset for one in all_]) + np.repeat(np.cumsum(rows) - rows, many),
            np.concatenate([one.size for one in all_]),
        )

    def _group(self, number: int) -> _Groups:
        known = self._groups.get(number)
        if known is None:
            known = self._groups[number] = self._grouped(self._slices.weights(number))
            if len(self._groups) > _KEPT:
                self._groups.popitem(last=False)
        return known

    def _grouped(self, weights: Ints) -> _Groups:
        group = self._group_of
        rows = self._order if len(weights) == len(group) else self._order[self._order < len(weights)]
        mine = weights[rows]
        rows, mine = rows[mine > 0], mine[mine > 0]
        size = np.bincount(group[rows], minlength=self._many)
        offset = np.cumsum(size) - size
        stack = build_stacked(mine, size[size > 0])
        # Sums over groups fit into whole numbers of 20 bits, so that the products with the factors do too.
        sums = np.zeros(self._many, np.int64)
        sums[size > 0] = np.add.reduceat(mine, offset[size > 0])
        total = int(sums.sum())
        shares = np.array([max(share * _WHOLE // total, 1) if share else 0 for share in sums.tolist()], np.int64)
        popular = self._factors * shares
        # Where nothing that is there may be drawn, the factors say nothing.
        popular = np.where(popular.sum(axis=1, keepdims=True) > 0, popular, shares)
        edges = np.cumsum(popular, axis=1)
        ends = (edges * _SLOTS + edges[:, -1:] // 2) // edges[:, -1:]
        counts = np.diff(ends, axis=1, prepend=0)
        names = np.tile(np.arange(self._many, dtype=np.uint8), len(self._factors))
        return _Groups(np.repeat(names, counts.ravel()), rows, stack, offset, size)
