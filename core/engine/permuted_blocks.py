"""Permuted blocks: each 1,024 consecutive rows hold one and the same multiset of values, dealt anew by a keyed shuffle.

A block's *slots* 0 .. 1023 carry the values in a fixed order; the shuffle says which row holds which slot. So how many
rows of a value lie before a block is a product, and a value's rows inside a block are found by the inverse shuffle. The
block that the end of the history cuts deals its first rows (the *head*) and the others apart, out of the same multiset:
the history holds its own exact quotas, and blocks behind it stay where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from .hashing import Bits, Ints, hash_ints, subkey
from .permute import permute, shuffle_blocks, shuffle_pow2, unshuffle_pow2

BITS = 10
SIZE = 1 << BITS


class PermutedBlocks:
    """The shuffle of one table's blocks; `number` is how many rows the history holds."""

    def __init__(self, key: int, number: int) -> None:
        self._key = key
        self.cut, self.head = divmod(number, SIZE)
        """The block that the history's end cuts, and how many of its rows lie before it (0: none is cut)."""

    def _keys(self, blocks: Ints) -> Bits:
        return hash_ints(self._key, blocks)

    def slots(self, rows: Ints) -> Ints:
        """The slot of each row: 0 .. 1023, shape as `rows`."""
        block, inside = rows >> BITS, rows & (SIZE - 1)
        out = shuffle_pow2(BITS, self._keys(block), inside)
        hit = self.in_cut(block)
        if hit is not None:
            out[hit] = self._cut_slots[inside[hit]]
        return out

    def of_blocks(self, blocks: Ints) -> Ints:
        """The slots of all rows of some blocks: shape (blocks, 1024)."""
        out = shuffle_blocks(BITS, self._keys(blocks))
        hit = self.in_cut(blocks)
        if hit is not None:
            out[hit] = self._cut_slots
        return out

    def rows_of(self, blocks: Ints, slots: Ints) -> Ints:
        """The row that holds each slot of each block: the inverse of `slots`."""
        out = unshuffle_pow2(BITS, self._keys(blocks), slots)
        hit = self.in_cut(blocks)
        if hit is not None:
            out[hit] = np.argsort(self._cut_slots)[slots[hit]]
        return (blocks << BITS) + out

    def in_cut(self, blocks: Ints) -> Ints | None:
        """Which of the blocks are the cut one; None: no one is."""
        if not self.head:
            return None
        hit = np.flatnonzero(blocks == self.cut)
        return hit if len(hit) else None

    @cached_property
    def _cut_slots(self) -> Ints:
        out = np.empty(SIZE, np.int64)
        out[: self.head] = permute(subkey(self._key, "head"), self.head, np.arange(self.head, dtype=np.int64))
        rest = SIZE - self.head
        out[self.head :] = self.head + permute(subkey(self._key, "rest"), rest, np.arange(rest, dtype=np.int64))
        return out


class Codes:
    """The codes that the slots of permuted blocks carry, from runs [code, count] in the order of slots; `cut` is for the cut block."""

    def __init__(self, blocks: PermutedBlocks, runs: Sequence[Sequence[int]], cut: Sequence[Sequence[int]]) -> None:
        self.blocks = blocks
        self._whole = unrolled(runs)
        self._cut = unrolled(cut) if cut else self._whole

    def of_rows(self, rows: Ints) -> Ints:
        """The code of each row."""
        slots = self.blocks.slots(rows)
        out = self._whole[slots]
        hit = self.blocks.in_cut(rows >> BITS)
        if hit is not None:
            out[hit] = self._cut[slots[hit]]
        return out

    def places(self, blocks: Ints, code: int) -> Ints:
        """Where in their block the rows of a code stand, ascending: shape (blocks, how many a block holds)."""
        slots = self.slots_of(code, blocks)
        spread = np.repeat(blocks, slots.shape[1])
        rows = self.blocks.rows_of(spread, slots.ravel()).reshape(slots.shape) - (blocks << BITS)[:, None]
        rows.sort(axis=1)
        return rows

    def slots_of(self, code: int, blocks: Ints) -> Ints:
        """The slots that carry a code, ascending: shape (blocks, how many a block holds)."""
        out = np.tile(np.flatnonzero(self._whole == code), (len(blocks), 1))
        hit = self.blocks.in_cut(blocks)
        if hit is not None:
            out[hit] = np.flatnonzero(self._cut == code)
        return out

    def ordinal(self, code: int, blocks: Ints, slots: Ints) -> Ints:
        """The number of each slot among those of its block that carry the code."""
        out = (np.cumsum(self._whole == code) - 1)[slots]
        hit = self.blocks.in_cut(blocks)
        if hit is not None:
            out[hit] = (np.cumsum(self._cut == code) - 1)[slots[hit]]
        return out

    def count(self, code: int) -> int:
        """How many rows of a block have a code; of the cut block too."""
        return int((self._whole == code).sum())


def unrolled(runs: Sequence[Sequence[int]]) -> Ints:
    """The values of runs [value, count], each so many times."""
    pairs = np.array(runs, np.int64).reshape(-1, 2)
    return np.repeat(pairs[:, 0], pairs[:, 1])
