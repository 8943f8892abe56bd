"""What sets in in a life: when, by age, and which of it stands on a day.

Each row of the list has a liability, a normal number of the one who has it, of which a part is common to its cluster. It sets in at the
age by which so many have it as have a lower liability. So what somebody has on a day, and since when, is known without a look at any
other day. Who is more liable has it more often, not sooner. Ages are in quarters of years, which begin on other days for each.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...program import columns
from .. import exact
from ..ground import Frame, Kernel, Table
from ..hashing import Bits, Ints, below, hash_ints, hash_keyed, index16
from ..pools import Pool
from ..vector import Mask, Vec
from .base import register
from .pool import codes, combinations, distinct

Singles = NDArray[np.float32]

_QUARTER: Final = 365_250
"""Days of a quarter of a year of age, in 4,000 parts."""
_AGES: Final = 121
_BINS: Final = 4 * (_AGES - 1) + 1
_SIZE: Final = 65_536
_APART: Final = 4.0
"""Between two curves, which rise from 0 to 1 and stand one above the other."""
_FARTHEST: Final = 9
"""Standard deviations beyond which nobody lies."""
_FINE: Final = 1_024
"""Steps of a standard deviation in which it is told how many lie below a liability."""
PACES: Final = 1_000
_NONE: Final = ("", "none")


class Lives(NamedTuple):
    """What the onsets of some rows follow from; one number a row."""

    rows: Ints
    start: Ints
    """The day on which the first quarter of a year begins: up to three months after birth."""
    group: Ints
    """Which of the age curves hold."""
    kind: Ints
    """Those of one kind are equally liable to everything."""
    most: Singles
    """The share of each kind that will ever have each row of the list: shape (rows of the list, kinds)."""

    def take(self, places: Ints) -> Lives:
        """Those of some of the rows."""
        return Lives(self.rows[places], self.start[places], self.group[places], self.kind[places], self.most)


def texts(pool: Pool, field: str) -> list[str]:
    """A field of a list as texts, row by row; none where there is no such field."""
    if field not in pool.fields:
        return [""] * pool.rows
    coded, values = codes(pool.fields[field])
    return [str(values[code]) for code in coded.tolist()]


def _real(pool: Pool, field: str) -> NDArray[np.float64]:
    if field not in pool.fields:
        return np.zeros(pool.rows)
    vec = pool.fields[field]
    return vec.values.astype(np.float64) / 10.0**vec.scale


def _straight(at: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values at `at` of straight lines from point to point (`x` rises), level before the first and after the last.

    One operation an array pass: the same bits on every machine.
    """
    before = np.maximum(np.searchsorted(x, at, side="right") - 1, 0)
    after = np.minimum(before + 1, len(x) - 1)
    width = np.where(after > before, x[after] - x[before], 1.0)
    part = np.maximum(at - x[before], 0.0) / width
    return y[before] + part * (y[after] - y[before])


def _crossed(kind: Ints, shifts: Singles, which: Ints, more: Singles) -> tuple[Ints, Singles]:
    """Kinds told apart by one more thing, and how liable each is: shape (rows of the list, kinds)."""
    found, place = distinct(kind * more.shape[1] + which, shifts.shape[1] * more.shape[1])
    return place, shifts[:, found // more.shape[1]] + more[:, found % more.shape[1]]


def _by_halves(curves: Singles, first: Ints, most: Singles, rank: Singles) -> Ints:
    """The first quarter, counted from `first`, at which `most` times a curve reaches each rank; the number of quarters where none does."""
    low, high = np.zeros(len(rank), np.int64), np.full(len(rank), _BINS, np.int64)
    for _ in range(_BINS.bit_length()):
        middle = np.minimum((low + high) >> 1, _BINS - 1)
        there = rank <= most * curves[first + middle]
        open_ = low < high
        high = np.where(open_ & there, middle, high)
        low = np.where(open_ & ~there, middle + 1, low)
    return high


@register("onsets")
class Onsets(Kernel):
    """The days on which things set in; the column's own value is how many stand on a day."""

    program: columns.Onsets

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        pool = table.engine.pool(self.program.pool)
        named = texts(pool, self.program.field)
        self.place = {name: number for number, name in enumerate(named)}
        loading = _real(pool, "loading")
        self._loading: Singles = loading.astype(np.float32)
        self._rest: Singles = np.sqrt(np.maximum(1 - loading * loading, 0.0)).astype(np.float32)
        cluster = texts(pool, "cluster")
        clustered = np.array([name not in _NONE for name in cluster], np.bool_)
        self._loading[~clustered] = 0
        self._cluster = [name if own else None for name, own in zip(cluster, clustered, strict=True)]
        self._cluster_keys: Bits = np.array([self.subkey("cluster", name) for name in cluster], np.uint64)
        self._keys = [self.subkey("liability", str(number)) for number in range(-(-len(named) // 4))]
        self._key_of: Bits = np.array([self._keys[place >> 2] for place in range(len(named))], np.uint64)
        self._pace_keys: Bits = np.array([self.subkey("pace", name) for name in named], np.uint64)
        self._days = np.floor(_real(pool, "years") * 365.25).astype(np.int64)
        """How long each lasts; 0: for ever."""
        kind = texts(pool, "one_of")
        self._before = [[other for other in range(place) if kind[other] == kind[place] not in _NONE] for place in range(len(named))]
        """Which others leave no room for each: those of its kind that stand before it in the list."""
        counted = codes(pool.fields[self.program.counts])[0] if self.program.counts is not None else np.ones(len(named), np.int64)
        self._counted: Ints = np.flatnonzero(counted)
        self._list = pool

    @cached_property
    def _normal(self) -> Singles:
        return exact.normal_quantile((np.arange(_SIZE) + 0.5) / _SIZE).astype(np.float32)

    @cached_property
    def _below(self) -> Singles:
        """How many have less than a liability, by its steps from the least on."""
        half = exact.exp(np.arange(-4_000, 1).astype(np.float64) * 0.01 - 0.6931471805599453)
        at = np.arange(-_FARTHEST * _FINE, 1) / _FINE
        lower = _straight(at, exact.normal_quantile(half), half)
        return np.concatenate([lower, 1 - lower[-2::-1]]).astype(np.float32)

    def _rank(self, liability: Singles) -> Singles:
        """How many have less than each liability: above 0, to 1."""
        step = (np.clip(liability, -_FARTHEST, _FARTHEST) * _FINE).astype(np.int64)
        step += _FARTHEST * _FINE
        out: Singles = self._below[step]
        return out

    @cached_property
    def raises(self) -> list[tuple[list[str], Singles]]:
        """Of each thing that raises liabilities: the texts, and by how much each raises each row; shape (texts + 1, rows)."""
        out = []
        for one in self.program.raises:
            field = texts(self._list, one.field)
            words = sorted(set(field))
            out.append((words, np.array([[one.by * (own == word) for own in field] for word in [*words, None]], np.float32)))
        return out

    @cached_property
    def _groups(self) -> dict[tuple[str, ...], int]:
        return {key: number for number, key in enumerate(dict.fromkeys(self._grouped))}

    @cached_property
    def _grouped(self) -> list[tuple[str, ...]]:
        ages = self.table.engine.pool(self.program.ages)
        fields = [texts(ages, field) for field, _ in self.program.match]
        return [tuple(field[row] for field in fields) for row in range(ages.rows)]

    @cached_property
    def _shares(self) -> tuple[Singles, Singles]:
        """Of those of a group who will ever have a row of the list, how many have it by a quarter of a year; and the liability below which
        they are. Shapes (rows of the list, groups x quarters) and (rows of the list, groups).
        """
        ages = self.table.engine.pool(self.program.ages)
        years, percent = _real(ages, "age"), _real(ages, "percent")
        given: dict[tuple[int, int], list[int]] = {}
        for row, name in enumerate(texts(ages, self.program.field)):
            given.setdefault((self._groups[self._grouped[row]], self.place[name]), []).append(row)
        curves = np.zeros((len(self.place), len(self._groups) + 1, _BINS), np.float32)
        ever = np.zeros(curves.shape[:2])
        for (group, place), rows in given.items():
            share = _straight(np.arange(_BINS) / 4, years[rows], percent[rows]) / 100
            ever[place, group] = share[-1]
            curves[place, group] = share / max(share[-1], 1e-9)
        # A rounding in the last place must not let a curve fall.
        np.maximum.accumulate(curves, axis=2, out=curves)
        limits = np.where(ever > 0, exact.normal_quantile(np.clip(ever, 1e-9, 1 - 1e-9)), -2.0 * _FARTHEST)
        return curves.reshape(len(self.place), -1), limits.astype(np.float32)

    @cached_property
    def _rising(self) -> NDArray[np.float64]:
        """All curves one above the other, as one that rises."""
        curves = self._shares[0].reshape(-1, _BINS).astype(np.float64)
        curves += np.arange(len(curves))[:, None] * _APART
        return curves.ravel()

    def lives(self, frame: Frame) -> Lives:
        """What the onsets of a frame's rows follow from."""
        return frame.memo(self, "lives", lambda: self._lives(frame))

    def _lives(self, frame: Frame) -> Lives:
        found, place = combinations([codes(frame.follow(*path)) for _, path in self.program.match], frame.count)
        each = np.array([self._groups.get(tuple(map(str, wanted)), len(self._groups)) for wanted in found], np.int64)
        kind, shifts = place, np.zeros((len(self.place), len(found)), np.float32)
        shifts += self._shares[1][:, each]
        for one, (words, by) in zip(self.program.raises, self.raises, strict=True):
            coded, values = codes(frame.follow(*one.column))
            known = np.array([words.index(str(value)) if value in words else len(words) for value in values], np.int64)
            kind, shifts = _crossed(kind, shifts, known[coded], by.T)
        if self.program.frailty is not None:
            vec = frame.follow(*self.program.frailty)
            numbers, which = np.unique(vec.values, return_inverse=True)
            kind, shifts = _crossed(kind, shifts, which, (numbers.astype(np.float64) / 10.0**vec.scale).astype(np.float32)[None])
        never = shifts < -_FARTHEST
        most = np.where(never, np.float32(0), self._rank(shifts))
        start = frame.follow(*self.program.born).values + below(hash_ints(self.subkey("start"), frame.rows), 91)
        return Lives(frame.rows, start, each[place], kind, most)

    def _liabilities(self, lives: Lives, places: Ints, frame: Frame | None = None) -> Singles:
        """How little each is liable to some rows of the list: shape (places, lives); `frame`: theirs, which keeps what several ask for."""

        def kept(name: str, key: int) -> Bits:
            return hash_ints(key, lives.rows) if frame is None else frame.memo(self, name, lambda: hash_ints(key, lives.rows))

        hashes = {number: kept(f"hash {number}", self._keys[number]) for number in {int(place) >> 2 for place in places}}
        common = {
            name: self._normal[index16(kept(f"cluster {name}", self.subkey("cluster", name)))]
            for name in {self._cluster[int(place)] for place in places}
            if name is not None
        }
        out = np.empty((len(places), len(lives.rows)), np.float32)
        for number, place in enumerate(places.tolist()):
            np.multiply(self._normal[index16(hashes[place >> 2] << np.uint64(16 * (place & 3)))], self._rest[place], out=out[number])
            name = self._cluster[place]
            if name is not None:
                out[number] += common[name] * self._loading[place]
        return out

    def _liability(self, lives: Lives, place: Ints) -> Singles:
        """How little each is liable to a row of the list of its own; the same bits as `_liabilities`."""
        own = hash_keyed(self._key_of[place], lives.rows) << (np.uint64(16) * (place & 3).astype(np.uint64))
        common = hash_keyed(self._cluster_keys[place], lives.rows)
        out: Singles = self._normal[index16(own)] * self._rest[place]
        out += self._normal[index16(common)] * self._loading[place]
        return out

    def _reached(self, lives: Lives, places: Ints, quarter: Ints | int) -> Singles:
        """The rank up to which each has set in by a quarter: shape (places, lives)."""
        out: Singles = np.take(self._shares[0][places], lives.group * _BINS + quarter, axis=1)
        out *= np.take(lives.most[places], lives.kind, axis=1)
        return out

    def stand(self, lives: Lives, places: Ints, day: Ints, frame: Frame | None = None) -> Mask:
        """Which rows of the list have set in by a day, and not passed: shape (places, lives)."""
        quarter = np.clip((day - lives.start) * 4_000 // _QUARTER, -1, _BINS - 1)
        born, quarter = quarter >= 0, np.maximum(quarter, 0)
        rank = self._rank(self._liabilities(lives, places, frame))
        out: Mask = (rank <= self._reached(lives, places, quarter)) & born
        for number, place in enumerate(places.tolist()):
            if self._before[place] or self._days[place]:
                some = np.flatnonzero(out[number])
                few = lives.take(some)
                there = ~self._excluded(few, place)
                if self._days[place]:
                    there &= day[some] < self._since(few, place, rank[number, some]) + self._lasting(few, place)
                out[number, some] = there
        return out

    def _excluded(self, lives: Lives, place: int) -> Mask:
        """Who has another one at some time that leaves no room for it."""
        out = np.zeros(len(lives.rows), np.bool_)
        others = np.array(self._before[place], np.int64)
        if len(others):
            out |= (self._rank(self._liabilities(lives, others)) <= self._reached(lives, others, _BINS - 1)).any(axis=0)
        return out

    def since(self, lives: Lives, place: Ints) -> Ints:
        """The day on which a row of the list sets in, one for each; far away for those who never have it."""
        return self._since(lives, place, self._rank(self._liability(lives, place)))

    def _since(self, lives: Lives, place: Ints | int, rank: Singles) -> Ints:
        """As `since`, for those of so low a rank among all by their liability."""
        curves, rising, curve = self._shares[0].ravel(), self._rising, lives.group
        groups = self._shares[0].shape[1] // _BINS
        if isinstance(place, int):
            # What is looked for in fewer places is found sooner.
            curves, rising = self._shares[0][place], rising[place * groups * _BINS : (place + 1) * groups * _BINS] - place * groups * _APART
        else:
            curve = curve + place * groups
        most, first = lives.most[place, lives.kind], curve * _BINS
        # Found by the quotient, which is rounded otherwise than the product that counts: so it is looked at again.
        wanted = np.minimum(rank / np.maximum(most, np.float32(1e-9)), _APART / 2).astype(np.float64)
        quarter = np.searchsorted(rising, wanted + curve * _APART) - first
        np.clip(quarter, 0, _BINS, out=quarter)
        there = (quarter == _BINS) | (rank <= most * curves[first + np.minimum(quarter, _BINS - 1)])
        before = (quarter > 0) & (rank <= most * curves[first + np.maximum(quarter - 1, 0)])
        doubtful = np.flatnonzero(~there | before)
        if len(doubtful):
            quarter[doubtful] = _by_halves(curves, first[doubtful], most[doubtful], rank[doubtful])
        return lives.start + -(-quarter * _QUARTER // 4_000) + np.where(quarter == _BINS, 1 << 20, 0)

    def pace(self, lives: Lives, place: Ints | int) -> Ints:
        """How fast it goes on, in thousandths: 0 to 999, each as likely."""
        return below(hash_keyed(self._pace_keys[place], lives.rows), PACES)

    def _lasting(self, lives: Lives, place: int) -> Ints:
        """Days that it lasts: from half of what the list says to one and a half."""
        return self._days[place] // 2 + self._days[place] * self.pace(lives, place) // PACES

    def values(self, frame: Frame) -> Vec:
        return Vec(self.stand(self.lives(frame), self._counted, frame.follow(*self.program.at).values, frame).sum(axis=0))

    def part(self, frame: Frame, name: str) -> Vec:
        if name not in self.place:
            return super().part(frame, name)
        lives, place = self.lives(frame), self.place[name]
        one = np.array([place], np.int64)
        rank = self._rank(self._liabilities(lives, one, frame))[0]
        ever = rank <= self._reached(lives, one, _BINS - 1)[0]
        some = np.flatnonzero(ever)
        few, day = lives.take(some), np.zeros(frame.count, np.int64)
        day[some], ever[some] = self._since(few, place, rank[some]), ~self._excluded(few, place)
        return Vec(day, ever)
