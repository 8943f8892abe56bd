"""Drawn values: numbers, categories, booleans and rows of pools, with their changes over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...program import columns
from ...program.values import FactorsByColumn
from ..alias import build_alias, draw_alias, draw_stacked
from ..hashing import Bits, Ints, hash_ints, hash_pairs, index16, unit
from ..laws import Sampler
from ..permute import permute, shuffle_pow2, unpermute
from ..vector import Mask, Vec, Words
from .base import Kernel, register

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame

_SLOTS = 65_536


def _epoch(kernel: Number | Category | PoolRow, frame: Frame) -> Ints | None:
    return frame.entities.epoch(frame, kernel.column) if kernel.program.changes is not None else None


@register("number")
class Number(Kernel):
    """A drawn number in units of 10**-places; `times` scales it, `endings` gives it price endings.

    A changing number is multiplied at each change by a draw of its own (not cumulated, so it does not wander off) and
    moves to the next ending, so that a change always gives another value.
    """

    program: columns.Number

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        program = self.program
        self._places = program.places
        self._scaled = bool(program.times or program.endings or program.changes)
        # A factor is applied to millionths, so that the rounding happens once, at the end.
        scale = 1e6 if self._scaled else 10.0**self._places
        self._sampler = Sampler(program.distribution, scale)
        self._others = {value: Sampler(other, scale) for value, other in program.by.values.items()} if program.by is not None else {}
        changes = program.changes
        self._factor = Sampler(changes.times, 1e6) if changes is not None and changes.times is not None else None
        self._endings: Ints = np.array(program.endings, np.int64)
        self._factor_key, self._ending_key = self.subkey("factor"), self.subkey("ending")

    def values(self, frame: Frame) -> Vec:
        bits = frame.hash(self.key)
        out = self._sampler.draw(bits)
        if self.program.by is not None:
            chosen = rows_with(frame, self.program.by.column)
            for value, sampler in self._others.items():
                hit = chosen(value)
                if hit.any():
                    out[hit] = sampler.draw(bits[hit])
        if not self._scaled:
            return Vec(out, scale=self._places)
        real = out.astype(np.float64) * 1e-6
        valid = None
        if self.program.times is not None:
            factor = frame.follow(*self.program.times)
            real *= factor.values.astype(np.float64) / 10.0**factor.scale
            valid = factor.valid
        epoch = _epoch(self, frame)
        if epoch is not None and self._factor is not None:
            factors = self._factor.draw(hash_pairs(self._factor_key, frame.rows, epoch)).astype(np.float64) * 1e-6
            real *= np.where(epoch > 0, factors, 1.0)
        unit_ = 10.0**self._places
        if len(self._endings):
            step = 10**self._places
            start = (hash_ints(self._ending_key, frame.rows) & np.uint64(1023)).view(np.int64)
            ending = self._endings[(start + (0 if epoch is None else epoch)) % len(self._endings)]
            whole = np.floor(real + 0.5).astype(np.int64)
            # An ending below the half belongs to the whole it follows, one above to the whole it precedes.
            out = np.where(ending * 2 > step, (whole - 1) * step + ending, whole * step + ending)
            return Vec(np.where(out <= 0, ending + step * (ending <= 0), out), valid, self._places)
        out = np.floor(real * unit_ + 0.5).astype(np.int64)
        if epoch is not None:
            # The last digit is even in even epochs and odd in odd ones, so that neighbours differ.
            out = out - ((out + epoch) & 1)
        return Vec(out, valid, self._places)


def rows_with(frame: Frame, column: str) -> Callable[[str], Mask]:
    """Tells which rows have a value of a category column, by its text."""
    vec = frame.get(column)
    places = vec.words.places if vec.words is not None else {"False": 0, "True": 1}
    return lambda value: vec.values == places.get(value, -1)


def by_value(frame: Frame, column: str) -> np.typing.NDArray[np.object_]:
    """The texts of a category column that laws and weights are chosen by."""
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
        swayed = program.exact or program.by or program.factors or program.mostly or program.given or program.changes
        plain = len(weights) <= 256 and not swayed and type(program) is columns.Category
        self._narrow = self._table.astype(np.uint8) if plain else None
        shares = np.cumsum(np.array(weights, np.float64)) / float(sum(weights))
        self._shares = shares
        self._others = {value: direct_table(w) for value, w in program.by.values.items()} if program.by is not None else {}
        self._words = Words(program.words) if program.words else None
        self._numbers: Ints | None = np.array(program.numbers, np.int64) if program.numbers else None
        self._dither_key, self._deal_key = self.subkey("dither"), self.subkey("deal")
        self._mostly_key = self.subkey("mostly")

    def codes(self, frame: Frame) -> Ints:
        """The place of each row's value in the list."""
        if self._exact:
            out = self._dealt(frame)[0]
        else:
            bits = frame.hash(self.key)
            out = self._table[index16(bits)]
            if self.program.by is not None:
                chosen = rows_with(frame, self.program.by.column)
                for value, table in self._others.items():
                    hit = chosen(value)
                    if hit.any():
                        out[hit] = table[index16(bits[hit])]
            if self.program.factors is not None:
                out = self._with_factors(frame, bits, self.program.factors)
            if self.program.mostly is not None:
                self._follow(frame, out, self.program.mostly)
        if self.program.given is not None:
            self._lean(frame, out, self.program.given)
        epoch = _epoch(self, frame)
        if epoch is not None:
            last = len(self._shares) - 1
            step = (out + epoch) % (2 * last) if last else out
            out = np.where(step > last, 2 * last - step, step)
        return out

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
        for code, by_column in factors_of.items():
            for column, factors in by_column.items():
                chosen = rows_with(frame, column)
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
        kept: dict[str, tuple[Ints, Ints, Ints]] = frame.__dict__.setdefault("dealt", {})
        if self.column not in kept:
            kept[self.column] = self._deal(frame)
        return kept[self.column]

    def _deal(self, frame: Frame) -> tuple[Ints, Ints, Ints]:
        from ..layouts.events import Events

        layout = self.table.layout
        if isinstance(layout, Events):
            place, size = layout.place(frame)
            block = frame.day
            first, last = (int(block.min()), int(block.max())) if frame.count else (0, 0)
            if last - first <= 4 * frame.count:
                days = np.arange(first, last + 1, dtype=np.int64)
                sizes = layout.starts[days + 1] - layout.starts[days]
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
        self._stack: Bits = np.zeros(0, np.uint64)
        self._rows: Ints = np.zeros(0, np.int64)

    def places(self, frame: Frame) -> Ints:
        """The pool row of each row."""
        epoch = _epoch(self, frame)
        if self.program.per is not None:
            bits = hash_ints(self.key, frame.follow(*self.program.per).values)
        else:
            bits = frame.hash(self.key) if epoch is None else hash_pairs(self.key, frame.rows, epoch)
        wants = [_codes(frame.follow(*path)) for _, path in self._match]
        if epoch is not None:
            half = ((hash_ints(self.subkey("half"), frame.rows) & np.uint64(1)).view(np.int64) + epoch) & 1
            wants.append((half, (0, 1)))
        elif self.program.alternate is not None:
            wants.append((frame.follow(*self.program.alternate).values & 1, (0, 1)))
        combined, space = np.zeros(frame.count, np.int64), 1
        for codes, values in wants:
            combined = combined * len(values) + codes
            space *= len(values)
        found, place = _distinct(combined, space)
        stretches = [self._stretch(wants, int(code)) for code in found]
        if len(stretches) == 1:
            low, size = stretches[0]
            return self._rows[low : low + size][draw_alias(self._stack[low : low + size], bits)]
        offset = np.array([low for low, _ in stretches], np.int64)[place]
        sizes = np.array([size for _, size in stretches], np.int64)[place]
        return self._rows[offset + draw_stacked(self._stack, offset, sizes, bits)]

    def _stretch(self, wants: list[tuple[Ints, Sequence[Any]]], code: int) -> tuple[int, int]:
        """Where the alias table of a combination of wanted values starts, and its size."""
        wanted: list[Any] = []
        for _, values in reversed(wants):
            code, last = divmod(code, len(values))
            wanted.insert(0, values[last])
        known = self._stretches.get(tuple(wanted))
        if known is None:
            rows = np.arange(self._pool.rows, dtype=np.int64)
            for value, (theirs, _) in zip(wanted, self._match, strict=False):
                codes, values = _codes(self._pool.fields[theirs])
                left = rows[codes[rows] == values.index(value)] if value in values else rows[:0]
                rows = left if len(left) else rows
            if len(wanted) > len(self._match) and len(rows) >= (4 if self.program.alternate is None else 2):
                rows = rows[wanted[-1] :: 2]
            known = self._stretches[tuple(wanted)] = len(self._rows), len(rows)
            self._stack = np.concatenate([self._stack, build_alias(self._pool.weights[rows])])
            self._rows = np.concatenate([self._rows, rows])
        return known

    def values(self, frame: Frame) -> Vec:
        return self.part(frame, self._field)

    def part(self, frame: Frame, name: str) -> Vec:
        places = frame.get(self.column, "").values if name != "" else None
        if places is None:
            return Vec(self.places(frame))
        return self._pool.fields[name].take(places)


def _codes(vec: Vec) -> tuple[Ints, Sequence[Any]]:
    """Codes of texts or booleans, and what each code stands for."""
    return vec.values.astype(np.int64), vec.words.texts if vec.words is not None else (False, True)


def _distinct(codes: Ints, space: int) -> tuple[Ints, Ints]:
    """The distinct codes, ascending, and the place of each code among them; by counting where the space is small."""
    if space == 1:
        return np.zeros(1, np.int64), codes
    if space > max(4 * len(codes), 65_536):
        found, place = np.unique(codes, return_inverse=True)
        return found, place
    seen = np.zeros(space, np.bool_)
    seen[codes] = True
    found = np.flatnonzero(seen)
    places = np.zeros(space, np.int64)
    places[found] = np.arange(len(found))
    return found, places[codes]
