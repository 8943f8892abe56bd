"""Categories: drawn values out of a written list, with their changes over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...program import columns
from ...program.values import FactorsByColumn, Path
from ..drawing.favourites import Favourites
from ..ground import Frame, Kernel, Table
from ..hashing import Bits, Ints, hash_ints, index16, unit
from ..permute import permute, shuffle_pow2, unpermute
from ..vector import Mask, Vec, Words
from .base import register
from .changing import epoch_of

_SLOTS = 65_536


def rows_with(frame: Frame, path: Path) -> Callable[[str], Mask]:
    """Tells which rows have a value at the end of a path: by its text, or by a band of whole numbers (`8-12`, `12-`)."""
    vec = frame.follow(*path)
    # What a column of the row itself is where it is NULL, decides there too.
    valid = vec.valid if path.through or path.part is not None else None
    if vec.words is None and vec.values.dtype != np.bool_:
        found = partial(_within, vec.values)
    else:
        places = vec.words.places if vec.words is not None else {"False": 0, "True": 1}
        found = partial(_equal, vec.values, places)
    return found if valid is None else lambda value: found(value) & valid


def number_among(frame: Frame, path: Path, values: Sequence[str]) -> Ints:
    """The number of each row's value, as `rows_with` tells it, among some values that are not the same: from 1, and 0 for all others."""
    vec = frame.follow(*path)
    if vec.words is None and vec.values.dtype != np.bool_:
        out, chosen = np.zeros(frame.count, np.int64), rows_with(frame, path)
        for number, value in enumerate(values, 1):
            out[chosen(value)] = number
        return out
    # The words are looked at once, not the rows for each value.
    numbers = {value: number for number, value in enumerate(values, 1)}
    texts = vec.words.texts if vec.words is not None else ("False", "True")
    out = np.array([numbers.get(text, 0) for text in texts], np.int64)[vec.values.astype(np.int64)]
    return out if vec.valid is None or not (path.through or path.part is not None) else np.where(vec.valid, out, 0)


def _equal(values: Ints, places: Mapping[str, int], value: str) -> Mask:
    out: Mask = values == places.get(value, -1)
    return out


def _within(values: Ints, band: str) -> Mask:
    low, _, high = band.partition("-")
    out: Mask = values >= int(low)
    return out & (values < int(high)) if high else out


def by_value(frame: Frame, column: str) -> np.typing.NDArray[np.object_]:
    """The texts of a category column that distributions and weights are chosen by."""
    vec = frame.get(column)
    if vec.words is None:
        return vec.values.astype(bool).astype(str).astype(object)
    return np.array(vec.words.texts, object)[vec.values]


def direct_table(weights: Sequence[float]) -> Ints:
    """65,536 codes in the shares of the weights, the rounding spread evenly."""
    edges = np.floor(np.cumsum(np.array(weights) / sum(weights)) * _SLOTS + 0.5).astype(np.int64)
    edges[-1] = _SLOTS
    return np.repeat(np.arange(len(weights), dtype=np.int64), np.diff(np.concatenate([[0], edges])))


@register("category")
class Category(Kernel):
    """A drawn text, boolean or number out of a written list.

    `exact` deals quotas: of each day for events, of each 64 rows for rows that last, with one dithered rounding for all
    boundaries of a block so that shares are exact in the long run too. A changing category moves one place along its
    list at each change and turns back at the ends.
    """

    program: columns.Category

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        program, weights = self.program, self.program.weights
        self._exact = program.exact
        self._table = direct_table(weights)
        # Nothing but the hash decides; one byte an entry stays in the nearest cache.
        swayed = program.exact or program.by or program.factors or program.mostly or program.favourites or program.given or program.changes
        plain = len(weights) <= 256 and not swayed and type(program) is columns.Category
        self._narrow = self._table.astype(np.uint8) if plain else None
        shares = np.cumsum(np.array(weights, np.float64)) / float(sum(weights))
        self._shares = shares
        code = np.uint8 if len(weights) <= 256 else np.int64
        chosen = [weights, *program.by.values.values()] if program.by is not None else []
        self._tables = np.concatenate([direct_table(own).astype(code) for own in chosen]) if chosen else np.zeros(0, code)
        """The table of all other values, and that of each value of `by`, one after the other."""
        self._words = Words(program.words) if program.words else None
        self._numbers: Ints | None = np.array(program.numbers, np.int64) if program.numbers else None
        self._dither_key, self._deal_key = self.subkey("dither"), self.subkey("deal")
        self._mostly_key = self.subkey("mostly")
        self._favourites = Favourites(program.favourites, self.subkey) if program.favourites is not None else None

    def codes(self, frame: Frame) -> Ints:
        """The place of each row's value in the list."""
        if self._exact:
            out = self._dealt(frame)[0]
        else:
            bits = frame.hash(self.key) if self._favourites is None else self._favourites.bits(frame, self.key, None)
            out = self._table[index16(bits)] if self.program.by is None else self._by(frame, bits, self.program.by)
            if self.program.factors is not None:
                out = self._with_factors(frame, bits, self.program.factors)
            if self.program.mostly is not None:
                self._follow(frame, out, self.program.mostly)
        if self.program.given is not None:
            self._lean(frame, out, self.program.given)
        epoch = epoch_of(self.program.changes, frame, self.column)
        if epoch is not None:
            last = len(self._shares) - 1
            step = (out + epoch) % (2 * last) if last else out
            out = np.where(step > last, 2 * last - step, step)
        return out

    def _by(self, frame: Frame, bits: Bits, by: columns.WeightsBy) -> Ints:
        """The codes that hashes draw by the weights that another column chooses."""
        which = number_among(frame, by.column, tuple(by.values))
        return self._tables[which * _SLOTS + index16(bits)].astype(np.int64)

    def _follow(self, frame: Frame, codes: Ints, source: columns.Mostly) -> None:
        """Takes the value that another category has, in a share of the rows and where there is one."""
        there = frame.follow(*source.path)
        takes = unit(frame.hash(self._mostly_key)) < source.share
        if there.valid is not None:
            takes &= there.valid
        np.copyto(codes, there.values, where=takes)

    def _lean(self, frame: Frame, codes: Ints, given: columns.Given) -> None:
        """Draws anew what an outcome leaves too much of: then the outcome is as frequent among the values as declared."""
        outcome = frame.get(given.column)
        if outcome.words is None:
            raise TypeError("an outcome is a text")
        group_of = np.zeros(len(outcome.words), np.int64)
        for number, group in enumerate(given.groups):
            group_of[[outcome.words.places[value] for value in group.values]] = number
        mine = group_of[outcome.values]
        keep = np.array([group.keep for group in given.groups])
        bits = frame.hash(self.subkey("given"))
        lost = np.flatnonzero(unit(bits) >= keep[mine, codes])
        again = hash_ints(self.subkey("again"), frame.rows[lost])
        for number, group in enumerate(given.groups):
            hit = mine[lost] == number
            codes[lost[hit]] = direct_table(group.weights)[index16(again[hit])]

    def _with_factors(self, frame: Frame, bits: Bits, factors_of: Mapping[int, FactorsByColumn]) -> Ints:
        shares = np.diff(np.concatenate([[0.0], self._shares]))
        mine = np.broadcast_to(shares, (frame.count, len(shares))).copy()
        if self.program.by is not None:
            given = rows_with(frame, self.program.by.column)
            for value, weights in self.program.by.values.items():
                mine[given(value)] = np.array(weights) / sum(weights)
        for code, by_column in factors_of.items():
            for column, factors in by_column.items():
                chosen = rows_with(frame, Path.of_text(column))
                for value, factor in factors.items():
                    mine[chosen(value), code] *= factor
        edges = np.cumsum(mine, axis=1)
        goal = unit(bits) * edges[:, -1]
        return (goal[:, None] >= edges[:, :-1]).sum(axis=1).astype(np.int64)

    def _edges(self, block: Ints, size: Ints) -> Ints:
        """Where each value's slots end in a block: shape (len(block), values)."""
        dither = unit(hash_ints(self._dither_key, block))
        edges = np.floor(size[:, None] * self._shares[None, :] + dither[:, None]).astype(np.int64)
        edges[:, -1] = size
        return np.minimum(edges, size[:, None])

    def _dealt(self, frame: Frame) -> tuple[Ints, Ints, Ints]:
        return frame.memo(self, "dealt", lambda: self._deal(frame))

    def _deal(self, frame: Frame) -> tuple[Ints, Ints, Ints]:
        layout = self.table.layout
        if layout.by_day:
            place, size = layout.place(frame)
            block = frame.day
            first, last = (int(block.min()), int(block.max())) if frame.count else (0, 0)
            if last - first <= 4 * frame.count:
                days = np.arange(first, last + 1, dtype=np.int64)
                sizes = layout.before_days(days + 1) - layout.before_days(days)
                edges = self._edges(days, sizes)[block - first]
            else:
                edges = self._edges(block, size)
            slot = permute(hash_ints(self._deal_key, block), size, place)
        else:
            block = frame.rows >> 6
            size = np.full(frame.count, 64, np.int64)
            slot = shuffle_pow2(6, hash_ints(self._deal_key, block), frame.rows & 63)
            edges = self._edges(block, size)
        code = np.zeros(frame.count, np.int64)
        start = np.zeros(frame.count, np.int64)
        for number in range(len(self._shares) - 1):
            beyond = slot >= edges[:, number]
            code += beyond
            np.copyto(start, edges[:, number], where=beyond)
        end = np.take_along_axis(edges, code[:, None], axis=1)[:, 0] if len(code) else start
        return code, slot - start, end - start

    def strata(self, frame: Frame) -> tuple[Ints, Ints]:
        """Of an exact category of events: each row's number among the day's rows of its value, and how many they are."""
        return self._dealt(frame)[1:]

    def stratum(self, day: int, code: int) -> int:
        """How many rows of a day have a value."""
        return int(np.diff(np.concatenate([[0], self._day_edges(day)]))[code])

    def _day_edges(self, day: int) -> Ints:
        size = self.table.layout.before(day + 1) - self.table.layout.before(day)
        return self._edges(np.array([day], np.int64), np.array([size], np.int64))[0]

    def members(self, day: int, code: int, numbers: Ints) -> Ints:
        """The row numbers of the `numbers`-th rows of a value on a day: the inverse of `strata`."""
        edges = self._day_edges(day)
        low = self.table.layout.before(day)
        size = self.table.layout.before(day + 1) - low
        slot = numbers + (int(edges[code - 1]) if code else 0)
        return low + unpermute(int(hash_ints(self._deal_key, np.array([day], np.int64))[0]), size, slot)

    def values(self, frame: Frame) -> Vec:
        if self._narrow is not None:
            codes: Any = self._narrow.take(index16(frame.hash(self.key)))
        else:
            codes = self.codes(frame)
        if self._words is not None:
            return Vec(codes.astype(np.int32), words=self._words)
        if self._numbers is not None:
            return Vec(self._numbers[codes], scale=self.program.scale)
        return Vec(codes.astype(np.bool_))
