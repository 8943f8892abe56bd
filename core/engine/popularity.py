"""Skewed popularity of a growing population.

Ids are cut into blocks (four to an octave, up to 65,536 ids). Block j of n ids holds a fixed multiset of weights
w((r + o) / n), r = 0 .. n - 1, dealt to its ids by a keyed shuffle. w is (share + head)**-zipf, or the quantile of a law of rates
that this share of all rows exceeds; o is a van der Corput number of the block for the 16 hottest ranks and 1/2 for the others, so
that k blocks together follow one law over k n ranks. New members only add blocks: nothing that was drawn before changes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache

import numpy as np

from ..program.columns import Popularity as Zipf
from ..program.columns import Rates
from . import exact
from .alias import build_alias, draw_alias, draw_stacked
from .distributions import rates
from .exact import Floats
from .hashing import Bits, Ints, hash_ints, subkey
from .permute import shuffle_pow2, shuffle_widths, unshuffle_pow2

_HEAD = 16
_CELLS = _HEAD + 1
_FIRST_BITS, _LAST_BITS = 4, 16
_UNIT = float(1 << 20)


def _block_of(rows: Ints) -> tuple[Ints, Ints, Ints]:
    """The block of each row, the logarithm of the block's size, and its first row."""
    octave = np.frexp((rows >> (_FIRST_BITS + 2)).astype(np.float64))[1].astype(np.int64)
    size_bits = np.minimum(_FIRST_BITS + np.maximum(octave - 1, 0), _LAST_BITS)
    # Before the blocks of a size, those of smaller ones lie: four of each, and four more of the smallest.
    start = np.where(octave > 0, np.int64(1) << (size_bits + 2), 0)
    inside = (rows - start) >> size_bits
    return np.where(octave > 0, 4 * (size_bits - _FIRST_BITS + 1), 0) + inside, size_bits, start + (inside << size_bits)


class Popularity:
    """The weights of one reference column over its target's ids."""

    def __init__(self, key: int, law: Zipf | Rates) -> None:
        self._law = law
        self._shuffle_key = subkey(key, "rank")
        self._starts: Ints = np.zeros(0, np.int64)
        self._cells: Ints = np.zeros((0, _CELLS), np.int64)
        self._tables: dict[int, Bits] = {}
        self._tails: tuple[Bits, Ints, Ints] = np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64)

    def _grow(self, blocks: int) -> None:
        have = len(self._starts)
        if have >= blocks:
            return
        new = np.arange(have, blocks)
        size_bits = _size_bits(new)
        cells = np.empty((len(new), _CELLS), np.int64)
        for width in np.flatnonzero(np.bincount(size_bits)).tolist():
            hit = np.flatnonzero(size_bits == width)
            cells[hit, :_HEAD] = self._heads(new[hit], 1 << width)
            cells[hit, _HEAD] = int(_tail(1 << width, self._law).sum())
        sizes = np.int64(1) << size_bits
        first = int(self._starts[-1] + (1 << int(_size_bits(new[:1] - 1)[0]))) if have else 0
        self._starts = np.concatenate([self._starts, first + np.cumsum(sizes) - sizes])
        self._cells = np.concatenate([self._cells, cells])

    def _heads(self, blocks: Ints, size: int) -> Ints:
        """The weights of the hottest ranks of blocks of one size: shape (blocks, 16)."""
        ranks = np.arange(_HEAD, dtype=np.float64)
        above: Floats = (ranks + _van_der_corput(blocks + 1)[:, None]) / size
        return _whole(self._law, above.ravel()).reshape(above.shape)

    def blocks(self, count: Ints) -> Ints:
        """How many blocks cover the first `count` ids (at least 1)."""
        needed = np.maximum(_block_of(np.maximum(count, 1) - 1)[0] + 1, 1)
        self._grow(int(needed.max()))
        return needed

    def _table(self, blocks: int) -> Bits:
        known = self._tables.get(blocks)
        if known is None:
            self._grow(blocks)
            known = self._tables[blocks] = build_alias(self._cells[:blocks].ravel())
        return known

    def cells(self, bits: Bits, count: Ints) -> tuple[Ints, Ints]:
        """The block that each hash draws, and the rank within it: 16 for all that are not among the hottest.

        It weighs the blocks that cover the first `count` ids: one of their ids may be `count` or beyond.
        """
        if not len(count):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        low, high = (int(number) for number in self.blocks(np.array([count.min(), count.max()], np.int64)))
        if low >= high:
            cell = draw_alias(self._table(high), bits)
        else:
            blocks = self.blocks(count)
            used = low + np.flatnonzero(np.bincount(blocks - low))
            tables = [self._table(int(number)) for number in used]
            edges = np.concatenate([[0], np.cumsum([len(table) for table in tables])]).astype(np.int64)
            place = np.searchsorted(used, blocks)
            cell = draw_stacked(np.concatenate(tables), edges[place], np.diff(edges)[place], bits)
        block = cell // _CELLS
        cell -= block * _CELLS
        return block, cell

    def ids(self, block: Ints, rank: Ints, more: Callable[[Ints], Bits]) -> Ints:
        """The ids of drawn cells; `more` gives the hashes of those at some places, which draw a rank that is not among the hottest."""
        size_bits = _size_bits(block)
        tail = np.flatnonzero(rank == _HEAD)
        if len(tail):
            stack, offset, size = self._tail_tables(int(size_bits.max()))
            width = size_bits[tail]
            rank[tail] = _HEAD + draw_stacked(stack, offset[width], size[width], more(tail))
        keys = hash_ints(self._shuffle_key, block)
        return self._starts[block] + shuffle_widths(size_bits, keys, rank)

    def last(self, blocks: int) -> Ints:
        """The last id of each of the first blocks: shape (blocks,)."""
        self._grow(blocks)
        return self._starts[:blocks] + (np.int64(1) << _size_bits(np.arange(blocks, dtype=np.int64))) - 1

    def _tail_tables(self, width: int) -> tuple[Bits, Ints, Ints]:
        """Of what is not hottest, the alias tables of blocks of each size up to one; where each starts among them, and its size."""
        if width >= len(self._tails[1]):
            # The smallest blocks have nothing but their hottest ranks.
            sizes = np.array([max((1 << bits) - _HEAD, 0) for bits in range(width + 1)], np.int64)
            tables = [build_alias(_tail(_HEAD + size, self._law)) for size in sizes.tolist() if size]
            self._tails = np.concatenate([np.zeros(0, np.uint64), *tables]), np.cumsum(sizes) - sizes, sizes
        return self._tails

    @cached_property
    def mean(self) -> float:
        """The weight that counts as 1: the mean of a law of rates, else that of as many ranks as the largest blocks have."""
        if isinstance(self._law, Rates):
            return _UNIT
        size = 1 << _LAST_BITS
        return int(_whole(self._law, (np.arange(size, dtype=np.float64) + 0.5) / size).sum()) / size

    def of(self, rows: Ints) -> Ints:
        """The weight of each row: shape as `rows`."""
        block, size_bits, start = _block_of(rows)
        keys, inside = hash_ints(self._shuffle_key, block), rows - start
        out = np.empty(len(rows), np.int64)
        for width in np.flatnonzero(np.bincount(size_bits)).tolist():
            hit = np.flatnonzero(size_bits == width)
            rank = unshuffle_pow2(width, keys[hit], inside[hit])
            hot, cold = np.flatnonzero(rank < _HEAD), np.flatnonzero(rank >= _HEAD)
            out[hit[cold]] = _tail(1 << width, self._law)[rank[cold] - _HEAD]
            above = (rank[hot].astype(np.float64) + _van_der_corput(block[hit[hot]] + 1)) / (1 << width)
            out[hit[hot]] = _whole(self._law, above)
        return out

    def weights(self, count: int) -> Ints:
        """The weight of each of the first `count` ids: shape (count,)."""
        blocks = int(self.blocks(np.array([count], np.int64))[0])
        sizes = (np.int64(1) << _size_bits(np.arange(blocks))).tolist()
        out = np.empty(sum(sizes), np.int64)
        for block, size in enumerate(sizes):
            keys = hash_ints(self._shuffle_key, np.full(size, block, np.int64))
            ids = shuffle_pow2(size.bit_length() - 1, keys, np.arange(size, dtype=np.int64))
            out[self._starts[block] + ids] = np.concatenate([self._cells[block, :_HEAD], _tail(size, self._law)])
        return out[:count]


def _size_bits(block: Ints) -> Ints:
    """The logarithm of the size of each block."""
    return np.minimum(_FIRST_BITS + np.maximum(block // 4 - 1, 0), _LAST_BITS)


def _van_der_corput(numbers: Ints) -> Floats:
    out, step = np.zeros(len(numbers)), 0.5
    while numbers.any():
        out += step * (numbers & 1)
        numbers = numbers >> 1
        step /= 2
    return out


def _whole(law: Zipf | Rates, above: Floats) -> Ints:
    """The weights of the rows above which these shares of all rows stand, in units of 2**-20."""
    weights = exact.power(above + law.head, -law.zipf) if isinstance(law, Zipf) else rates(law.law, law.shape, above)
    return np.floor(weights * _UNIT).astype(np.int64)


@lru_cache(maxsize=64)
def _tail(size: int, law: Zipf | Rates) -> Ints:
    return _whole(law, (np.arange(_HEAD, size, dtype=np.float64) + 0.5) / size)
