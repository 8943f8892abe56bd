"""One draw by popularity: evenly, out of one table, out of a table for each few days, or by blocks of ids."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

import numpy as np

from ..alias import build_alias, draw_alias, draw_stacked
from ..hashing import Bits, Ints, below_wide, hash_ints, subkey
from ..popularity import Popularity
from .asked import Asked
from .population import Population

PERIOD: Final = 8
"""Days that one table serves; who is not there on the very day is drawn anew."""
_FEW: Final = 32_768
_ONE_TABLE: Final = 1 << 20
_KEPT: Final = 1 << 22
"""Entries of all tables that are kept: 32 MB."""


class Draws(Protocol):
    """One draw for each hash."""

    @property
    def settled(self) -> bool:
        """Whether every row drawn is there on the day."""

    @property
    def lefts_known(self) -> bool:
        """Whether it is known of all rows anyway when they end."""

    def draw(self, bits: Bits, day: Ints, begun: Ints, asked: Asked | None) -> Ints:
        """A row for each hash, of those that have begun by its day; `asked`: what the draw depends on besides."""


class Even:
    """All rows are as likely."""

    lefts_known = False

    def __init__(self, population: Population) -> None:
        self._fixed = population.fixed
        self.settled = bool(population.fixed)

    def draw(self, bits: Bits, day: Ints, begun: Ints, asked: Asked | None) -> Ints:
        """A row for each hash."""
        return below_wide(bits, self._fixed or begun)


class OneTable:
    """Rows that are always there, by one exact alias table."""

    settled = True
    lefts_known = False

    def __init__(self, weights: Ints) -> None:
        self._table = build_alias(weights)

    def draw(self, bits: Bits, day: Ints, begun: Ints, asked: Asked | None) -> Ints:
        """A row for each hash."""
        return draw_alias(self._table, bits)


class ByPeriod:
    """A small population, by one exact alias table of its weights for each few days."""

    lefts_known = True

    def __init__(self, weights: Callable[[int], Ints], number: Callable[[Ints], Ints], settled: bool) -> None:
        """`number`: the period of each day, which never falls."""
        self.settled = settled
        self._weights = weights
        """Of a period, by its number; rows that weigh nothing are not drawn."""
        self._number = number
        self._tables: OrderedDict[int, Bits] = OrderedDict()
        self._entries = 0

    def draw(self, bits: Bits, day: Ints, begun: Ints, asked: Asked | None) -> Ints:
        """A row for each hash."""
        number = self._number(day)
        low, high = int(number.min()), int(number.max())
        if low == high:
            return draw_alias(self._table(low), bits)
        if high - low < len(day):
            used = np.arange(low, high + 1)
            place = number - low
        else:
            used, place = np.unique(number, return_inverse=True)
        tables = [self._table(int(n)) for n in used]
        edges = np.zeros(len(tables) + 1, np.int64)
        np.cumsum([len(table) for table in tables], out=edges[1:])
        return draw_stacked(np.concatenate(tables), edges[place], np.diff(edges)[place], bits)

    def _table(self, number: int) -> Bits:
        known = self._tables.get(number)
        if known is None:
            known = self._tables[number] = build_alias(self._weights(number))
            self._entries += len(known)
            while self._entries > _KEPT and len(self._tables) > 1:
                self._entries -= len(self._tables.popitem(last=False)[1])
        return known


class ByBlock:
    """A large population, by the weights of blocks of ids."""

    settled = False
    lefts_known = False

    def __init__(self, popularity: Popularity, key: int) -> None:
        self._popularity, self._tail_key = popularity, subkey(key, "tail")

    def draw(self, bits: Bits, day: Ints, begun: Ints, asked: Asked | None) -> Ints:
        """A row for each hash; it may not have begun."""
        return self.rows(*self.cells(bits, begun), bits)

    def cells(self, bits: Bits, begun: Ints) -> tuple[Ints, Ints]:
        """The block that each hash draws, and the rank within it: what there is to draw before a row is known."""
        return self._popularity.cells(bits, begun)

    def rows(self, block: Ints, rank: Ints, bits: Bits) -> Ints:
        """The rows of drawn cells, by the hashes that drew these."""
        return self._popularity.ids(block, rank, lambda places: hash_ints(self._tail_key, bits[places]))

    def last(self, begun: int) -> Ints:
        """The last row of each of the blocks that cover the rows that have begun."""
        return self._popularity.last(int(self._popularity.blocks(np.array([begun], np.int64))[0]))


def popular(population: Population, popularity: Popularity | None, key: int) -> Draws:
    """The way to draw by popularity (None: evenly) that suits a population."""
    if popularity is None:
        return Even(population)
    if 0 < population.fixed <= _ONE_TABLE:
        return OneTable(popularity.weights(population.fixed))
    if not population.fixed and population.layout.by_birth and population.layout.number <= _FEW:
        return ByPeriod(_there(population, popularity), lambda day: day >> (PERIOD.bit_length() - 1), settled=False)
    return ByBlock(popularity, key)


def _there(population: Population, popularity: Popularity) -> Callable[[int], Ints]:
    """The weights of who is there on the first day of a period."""
    weights: Ints | None = None

    def of(number: int) -> Ints:
        nonlocal weights
        if weights is None:
            weights = popularity.weights(population.size)
        day = number * PERIOD
        mine = weights[: int(population.of(np.array([day], np.int64))[0])]
        there = np.where(population.lefts[: len(mine)] > day, mine, 0)
        return there if there.any() else mine

    return of
