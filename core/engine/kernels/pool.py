"""Rows of pools, drawn by their weights, with their changes over time."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, Final

import numpy as np

from ...program import columns
from ..alias import build_stacked, draw_alias, draw_stacked
from ..ground import Frame, Kernel, Table
from ..hashing import Bits, Ints, hash_ints, hash_pairs
from ..vector import Vec
from .base import register
from .changing import epoch_of

_COUNTED: Final = 65_536
"""Combinations of values up to which those that come are counted."""
_KEPT: Final = 1 << 20
"""Rows of alias tables that are kept."""


@register("pool")
class PoolRow(Kernel):
    """A row of a pool by its weights; with `match`, among the rows whose fields equal columns of this row.

    A field that leaves no row does not narrow the choice. A changing pool column draws from the pool's even rows in one
    epoch and from its odd rows in the next, so that a change always gives another row; so does `alternate` for even and
    odd numbers. With `per`, rows of equal number have one draw.
    """

    program: columns.PoolRow

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._pool = table.engine.pool(self.program.pool)
        self._field = self.program.field
        self._match = self.program.match
        self._stretches: dict[tuple[Any, ...], tuple[int, int]] = {}
        self._narrowed: dict[tuple[Any, ...], Ints] = {}
        self._stack: Bits = np.zeros(0, np.uint64)
        self._rows: Ints = np.zeros(0, np.int64)

    def bits(self, frame: Frame, key: int, epoch: Ints | None) -> Bits:
        """One hash for each row: its own, that of its changes, or that of the number by which rows share a draw."""
        if self.program.per is None:
            return frame.hash(key) if epoch is None else hash_pairs(key, frame.rows, epoch)
        shared = frame.follow(*self.program.per).values
        return hash_ints(key, shared) if epoch is None else hash_pairs(key, shared, epoch)

    def half(self, frame: Frame, epoch: Ints) -> Ints:
        """Which half of the list a changing column draws from: the other one after each change."""
        rows = frame.rows if self.program.per is None else frame.follow(*self.program.per).values
        return ((hash_ints(self.subkey("half"), rows) & np.uint64(1)).view(np.int64) + epoch) & 1

    def places(self, frame: Frame) -> Ints:
        """The pool row of each row."""
        epoch = epoch_of(self.program.changes, frame, self.column)
        bits = self.bits(frame, self.key, epoch)
        wants = [codes(frame.follow(*path)) for _, path in self._match]
        if epoch is not None:
            wants.append((self.half(frame, epoch), (0, 1)))
        elif self.program.alternate is not None:
            wants.append((frame.follow(*self.program.alternate).values & 1, (0, 1)))
        return self.drawn(wants, bits)

    def drawn(self, wants: Sequence[Want], bits: Bits) -> Ints:
        """The pool row of each row, among those that fit what it wants."""
        wanted, place = combinations(wants, len(bits))
        if len(self._rows) > _KEPT:
            self._stretches, self._narrowed = {}, {}
            self._stack, self._rows = self._stack[:0], self._rows[:0]
        self._build([values for values in wanted if values not in self._stretches])
        stretches = [self._stretches[values] for values in wanted]
        if len(stretches) == 1:
            low, size = stretches[0]
            return self._rows[low : low + size][draw_alias(self._stack[low : low + size], bits)]
        spans = np.array(stretches, np.int64).reshape(-1, 2)[place]
        offset, sizes = spans[:, 0], spans[:, 1]
        return self._rows[offset + draw_stacked(self._stack, offset, sizes, bits)]

    def _build(self, missing: Sequence[tuple[Any, ...]]) -> None:
        """Makes the alias tables of combinations of wanted values, all at once: what there is already is copied once."""
        if not missing:
            return
        kept, weights, start = [self._rows], [], len(self._rows)
        for wanted in missing:
            rows = self.fitting(wanted)
            self._stretches[wanted] = start, len(rows)
            mine = self._pool.weights[rows]
            weights.append(mine if mine.any() else np.ones(len(rows), np.int64))
            kept.append(rows)
            start += len(rows)
        fresh = build_stacked(np.concatenate(weights), np.array([len(mine) for mine in weights], np.int64))
        self._stack, self._rows = np.concatenate([self._stack, fresh]), np.concatenate(kept)

    def fitting(self, wanted: Sequence[Any]) -> Ints:
        """The rows that are drawn from where these values are wanted."""
        rows = self.matching(wanted)
        if len(wanted) > len(self._match) and len(rows) >= (4 if self.program.alternate is None else 2):
            rows = rows[wanted[-1] :: 2]
        return rows

    def matching(self, wanted: Sequence[Any]) -> Ints:
        """The rows whose fields have the first of the wanted values, one for each field of `match`."""
        rows = self._narrowed.setdefault((), np.arange(self._pool.rows, dtype=np.int64))
        for number, (theirs, _) in enumerate(self._match):
            # What fits the first fields is looked for once, whatever the others are.
            known = self._narrowed.get(tuple(wanted[: number + 1]))
            if known is None:
                coded, values = codes(self._pool.fields[theirs])
                left = rows[coded[rows] == values.index(wanted[number])] if wanted[number] in values else rows[:0]
                known = self._narrowed[tuple(wanted[: number + 1])] = left if len(left) else rows
            rows = known
        return rows

    def values(self, frame: Frame) -> Vec:
        return self.part(frame, self._field)

    def part(self, frame: Frame, name: str) -> Vec:
        places = frame.get(self.column, "").values if name != "" else None
        if places is None:
            return Vec(self.places(frame))
        return self._pool.fields[name].take(places)


Want = tuple[Ints, Sequence[Any]]
"""Of each row the code of the value that is wanted, and what the codes stand for."""


def combinations(wants: Sequence[Want], count: int) -> tuple[list[tuple[Any, ...]], Ints]:
    """The combinations of wanted values that come in `count` rows, and the place of each row's among them."""
    combined, space = np.zeros(count, np.int64), 1
    for coded, values in wants:
        if space * len(values) > _COUNTED:
            # What comes so far is numbered anew: all is counted, little is sorted, and no product of many lists is too large a number.
            here, combined = distinct(combined, space)
            space = len(here)
        combined = combined * len(values) + coded
        space *= len(values)
    here, place = distinct(combined, space)
    if space == prod(len(values) for _, values in wants):
        # Every code is still that of all lists.
        return wanted_of(wants, here), place
    # Else any row tells what is wanted where it stands, so that no combination needs a number of its own.
    told = np.zeros(len(here) if count else 0, np.int64)
    told[place] = np.arange(count, dtype=np.int64)
    return list(zip(*([values[code] for code in coded[told].tolist()] for coded, values in wants), strict=True)), place


def wanted_of(wants: Sequence[Want], found: Ints) -> list[tuple[Any, ...]]:
    """The wanted values that each code of a combination stands for."""
    out: list[list[Any]] = []
    for _, values in reversed(wants):
        found, last = np.divmod(found, len(values))
        out.append([values[code] for code in last.tolist()])
    return list(zip(*reversed(out), strict=True)) if out else [()] * len(found)


def codes(vec: Vec) -> tuple[Ints, Sequence[Any]]:
    """Codes of texts or booleans, and what each code stands for."""
    return vec.values.astype(np.int64), vec.words.texts if vec.words is not None else (False, True)


def distinct(coded: Ints, space: int) -> tuple[Ints, Ints]:
    """The distinct codes, ascending, and the place of each code among them; by counting where the space is small."""
    if space == 1:
        return np.zeros(1, np.int64), coded
    if space > max(4 * len(coded), 65_536):
        found, place = np.unique(coded, return_inverse=True)
        return found, place
    seen = np.zeros(space, np.bool_)
    seen[coded] = True
    found = np.flatnonzero(seen)
    places = np.zeros(space, np.int64)
    places[found] = np.arange(len(found))
    return found, places[coded]
