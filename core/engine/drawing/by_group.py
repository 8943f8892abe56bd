"""One draw whose popularity differs with the row that draws."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...frozen import dataclass
from ..alias import build_alias, draw_stacked
from ..hashing import Bits, Ints, hash_ints
from .population import Population

_BITS: Final = 12
_SLOTS: Final = 1 << _BITS
_SHIFT: Final = np.uint64(64 - _BITS)
_WHOLE: Final = 1 << 20
PERIOD: Final = 64
"""Days in which the same rows are drawn from; those that are not there on the very day are drawn anew."""
_KEPT: Final = 32
_STRETCHES: Final = 4


@dataclass(frozen=True, slots=True)
class _Groups:
    """The rows that are drawn from, by group."""

    choice: NDArray[np.integer[Any]]
    """The group in each slot of each class of asking rows: shape (classes * slots,)."""
    rows: Ints
    """Group by group."""
    stack: Bits
    """The alias tables of the groups, one after the other."""
    offset: Ints
    size: Ints


class ByGroup:
    """A row by popularity times a factor that depends on the group of the row drawn and on the class of the row that draws.

    First the group is drawn, by the popularity of its living rows together times its factor, then a row of the group by
    popularity: the same as drawing by both at once. Within a group the factor changes nothing, so its skew stays.
    """

    lefts_known = True

    def __init__(
        self, population: Population, weights: Callable[[int], Ints], groups: Callable[[int], Ints], factors: Ints, member_key: int
    ) -> None:
        self.settled = bool(population.fixed)
        self._population, self._weights_of, self._groups_of = population, weights, groups
        self._factors = factors
        """Of each class: the factor of each group, shape (classes, groups)."""
        self._many = factors.shape[1]
        self._member_key = member_key
        self._groups: OrderedDict[int, _Groups] = OrderedDict()
        self._stretches: OrderedDict[range | tuple[int, ...], _Groups] = OrderedDict()

    @cached_property
    def _weights(self) -> Ints:
        return self._weights_of(self._population.size)

    @cached_property
    def _group_of(self) -> Ints:
        return self._groups_of(self._population.size)

    def draw(self, bits: Bits, day: Ints, begun: Ints, classes: Ints | None) -> Ints:
        """A row for each hash."""
        if classes is None:
            raise TypeError("draws by group are by classes")
        slot = (bits >> _SHIFT).view(np.int64)
        slot += classes << _BITS
        number = np.zeros(1, np.int64) if self.settled else day // PERIOD
        low, high = int(number.min()), int(number.max())
        if low == high:
            groups = self._group(low)
        elif high - low < len(day):
            groups = self._stretch(range(low, high + 1))
            number -= low
            number *= len(self._factors) << _BITS
            slot += number
        else:
            used, place = np.unique(number, return_inverse=True)
            groups = self._stretch(used.tolist())
            slot += place * (len(self._factors) << _BITS)
        group = groups.choice[slot]
        offset = groups.offset[group]
        found = draw_stacked(groups.stack, offset, groups.size[group], hash_ints(self._member_key, bits))
        found += offset
        return groups.rows[found]

    def _stretch(self, numbers: Sequence[int]) -> _Groups:
        """The groups of several periods, one after the other; the last ones are kept."""
        key = tuple(numbers) if not isinstance(numbers, range) else numbers
        known = self._stretches.get(key)
        if known is None:
            all_ = [self._group(number) for number in numbers]
            rows = np.array([len(one.rows) for one in all_], np.int64)
            many = self._many
            known = self._stretches[key] = _Groups(
                np.concatenate([one.choice.astype(np.int32) + place * many for place, one in enumerate(all_)]),
                np.concatenate([one.rows for one in all_]),
                np.concatenate([one.stack for one in all_]),
                np.concatenate([one.offset for one in all_]) + np.repeat(np.cumsum(rows) - rows, many),
                np.concatenate([one.size for one in all_]),
            )
            if len(self._stretches) > _STRETCHES:
                self._stretches.popitem(last=False)
        return known

    def _group(self, number: int) -> _Groups:
        known = self._groups.get(number)
        if known is None:
            known = self._groups[number] = self._grouped(self._living(number))
            if len(self._groups) > _KEPT:
                self._groups.popitem(last=False)
        return known

    def _living(self, number: int) -> Ints:
        """The popularity of each row that is there on some day of a period, 0 for the others."""
        population, weights = self._population, self._weights
        if self.settled:
            return weights
        weights = weights[: int(population.of(np.array([(number + 1) * PERIOD], np.int64))[0])]
        there = np.where(population.lefts[: len(weights)] > number * PERIOD, weights, 0)
        return there if there.any() else weights

    def _grouped(self, weights: Ints) -> _Groups:
        group = self._group_of[: len(weights)]
        there = np.flatnonzero(weights)
        rows = there[np.argsort(group[there], kind="stable")]
        size = np.bincount(group[rows], minlength=self._many)
        offset = np.cumsum(size) - size
        stack = [build_alias(weights[rows[low : low + n]]) for low, n in zip(offset.tolist(), size.tolist(), strict=True) if n]
        # Sums over groups fit into whole numbers of 20 bits, so that the products with the factors do too.
        sums = np.zeros(self._many, np.int64)
        np.add.at(sums, group[rows], weights[rows])
        total = int(sums.sum())
        shares = np.array([max(share * _WHOLE // total, 1) if share else 0 for share in sums.tolist()], np.int64)
        mine = self._factors * shares
        # Where nothing that is there may be drawn, the factors say nothing.
        mine = np.where(mine.sum(axis=1, keepdims=True) > 0, mine, shares)
        edges = np.cumsum(mine, axis=1)
        ends = (edges * _SLOTS + edges[:, -1:] // 2) // edges[:, -1:]
        counts = np.diff(ends, axis=1, prepend=0)
        names = np.tile(np.arange(self._many, dtype=np.uint8), len(self._factors))
        return _Groups(np.repeat(names, counts.ravel()), rows, np.concatenate(stack), offset, size)
