"""What sets in in a life: when, by age, and which of it stands on a day.

Each row of the list has a liability, a normal number of the one who has it, of which a part is common to its cluster. It sets in at the
age by which so many have it as have a lower liability. So what somebody has on a day, and since when, is known without a look at any
other day. Ages are in quarters of years, which begin on other days for each.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...program import columns
from .. import exact
from ..ground import Frame, Kernel, Table
from ..hashing import Ints, below, hash_ints, index16
from ..pools import Pool
from ..vector import Mask, Vec
from .base import register
from .pool import codes, combinations, wanted_of

Singles = NDArray[np.float32]

_QUARTER: Final = 365_250
"""Days of a quarter of a year of age, in 4,000 parts."""
_AGES: Final = 121
_BINS: Final = 4 * (_AGES - 1) + 1
_SIZE: Final = 65_536
_NOBODY: Final = -9.0
"""The liability that nobody has."""
PACES: Final = 1_000
_NONE: Final = ("", "none")


class Lives(NamedTuple):
    """What the onsets of some rows follow from; one number a row."""

    rows: Ints
    start: Ints
    """The day on which the first quarter of a year begins: up to three months after birth."""
    group: Ints
    """Which of the age curves hold."""
    raised: tuple[Ints, ...]
    """The text of each thing that raises some liabilities, by its place in `Onsets.raises`."""
    frailty: Singles

    def take(self, places: Ints) -> Lives:
        """Those of some of the rows."""
        raised = tuple(part[places] for part in self.raised)
        return Lives(self.rows[places], self.start[places], self.group[places], raised, self.frailty[places])


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
        self._cluster = [name if name not in _NONE else None for name in texts(pool, "cluster")]
        self._keys = [self.subkey("liability", str(number)) for number in range(-(-len(named) // 4))]
        self._pace_keys = [self.subkey("pace", name) for name in named]
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
    def limits(self) -> Singles:
        """The liability below which each row has set in by a quarter of a year: shape (groups x quarters, rows of the list)."""
        ages = self.table.engine.pool(self.program.ages)
        years, percent = _real(ages, "age"), _real(ages, "percent")
        given: dict[tuple[int, int], list[int]] = {}
        for row, name in enumerate(texts(ages, self.program.field)):
            given.setdefault((self._groups[self._grouped[row]], self.place[name]), []).append(row)
        out = np.full((len(self._groups) + 1, _BINS, len(self.place)), _NOBODY, np.float32)
        for (group, place), rows in given.items():
            share = np.interp(np.arange(_BINS) / 4, years[rows], percent[rows]) / 100
            some = share > 0
            out[group, some, place] = exact.normal_quantile(np.minimum(share[some], 1 - 1e-9))
        return out.reshape(-1, len(self.place))

    def lives(self, frame: Frame) -> Lives:
        """What the onsets of a frame's rows follow from."""
        return frame.memo(self, "lives", lambda: self._lives(frame))

    def _lives(self, frame: Frame) -> Lives:
        found, place = combinations(wants := [codes(frame.follow(*path)) for _, path in self.program.match], frame.count)
        each = np.array([self._groups.get(tuple(map(str, wanted_of(wants, int(code)))), len(self._groups)) for code in found], np.int64)
        frailty = np.zeros(frame.count, np.float32)
        if self.program.frailty is not None:
            vec = frame.follow(*self.program.frailty)
            frailty = (vec.values.astype(np.float64) / 10.0**vec.scale).astype(np.float32)
        raised = []
        for one, (words, _) in zip(self.program.raises, self.raises, strict=True):
            coded, values = codes(frame.follow(*one.column))
            known = np.array([words.index(str(value)) if value in words else len(words) for value in values], np.int64)
            raised.append(known[coded])
        start = frame.follow(*self.program.born).values + below(hash_ints(self.subkey("start"), frame.rows), 91)
        return Lives(frame.rows, start, each[place], tuple(raised), frailty)

    def _liability(self, lives: Lives, places: Ints) -> Singles:
        """How little each is liable to some rows of the list: shape (lives, places)."""
        out = np.empty((len(lives.rows), len(places)), np.float32)
        hashes = {number: hash_ints(self._keys[number], lives.rows) for number in {int(place) >> 2 for place in places}}
        common = {
            name: self._normal[index16(hash_ints(self.subkey("cluster", name), lives.rows))]
            for name in {self._cluster[int(place)] for place in places}
            if name is not None
        }
        for column, place in enumerate(places.tolist()):
            own = self._normal[index16(hashes[place >> 2] << np.uint64(16 * (place & 3)))]
            own *= self._rest[place]
            name = self._cluster[place]
            if name is not None:
                own += common[name] * self._loading[place]
            out[:, column] = own
        return out

    def _limit(self, lives: Lives, places: Ints, quarter: Ints | int) -> Singles:
        """Below which liability each has set in by a quarter: shape (lives, places)."""
        limits = self.limits if len(places) == len(self.place) else self.limits[:, places]
        out = limits[lives.group * _BINS + quarter] + lives.frailty[:, None]
        for raised, (_, by) in zip(lives.raised, self.raises, strict=True):
            out += by[:, places][raised]
        return out

    def stand(self, lives: Lives, places: Ints, day: Ints) -> Mask:
        """Which rows of the list have set in by a day, and not passed: shape (lives, places)."""
        quarter = np.clip((day - lives.start) * 4_000 // _QUARTER, -1, _BINS - 1)
        out: Mask = np.asarray(self._liability(lives, places) <= self._limit(lives, places, np.maximum(quarter, 0)))
        out &= (quarter >= 0)[:, None]
        for column, place in enumerate(places.tolist()):
            if self._before[place] or self._days[place]:
                some = np.flatnonzero(out[:, column])
                few = lives.take(some)
                there = ~self._excluded(few, place)
                if self._days[place]:
                    there &= day[some] < self.since(few, place) + self._lasting(few, place)
                out[some, column] = there
        return out

    def _excluded(self, lives: Lives, place: int) -> Mask:
        """Who has another one at some time that leaves no room for it."""
        if not self._before[place]:
            return np.zeros(len(lives.rows), np.bool_)
        others = np.array(self._before[place], np.int64)
        out: Mask = np.logical_or.reduce(self._liability(lives, others) <= self._limit(lives, others, _BINS - 1), axis=1)
        return out

    def since(self, lives: Lives, place: int) -> Ints:
        """The day on which it sets in; far away for those who never have it."""
        one = np.array([place], np.int64)
        liability = self._liability(lives, one)[:, 0]
        shift = self._limit(lives, one, 0)[:, 0] - self.limits[lives.group * _BINS, place]
        curve, first = self.limits[:, place], lives.group * _BINS
        low, high = np.zeros(len(liability), np.int64), np.full(len(liability), _BINS, np.int64)
        for _ in range(_BINS.bit_length()):
            middle = np.minimum((low + high) >> 1, _BINS - 1)
            there = liability <= curve[first + middle] + shift
            open_ = low < high
            high = np.where(open_ & there, middle, high)
            low = np.where(open_ & ~there, middle + 1, low)
        return lives.start + -(-high * _QUARTER // 4_000) + np.where(high == _BINS, 1 << 20, 0)

    def pace(self, lives: Lives, place: int) -> Ints:
        """How fast it goes on, in thousandths: 0 to 999, each as likely."""
        return below(hash_ints(self._pace_keys[place], lives.rows), PACES)

    def _lasting(self, lives: Lives, place: int) -> Ints:
        """Days that it lasts: from half of what the list says to one and a half."""
        return self._days[place] // 2 + self._days[place] * self.pace(lives, place) // PACES

    def values(self, frame: Frame) -> Vec:
        return Vec(self.stand(self.lives(frame), self._counted, frame.follow(*self.program.at).values).sum(axis=1))

    def part(self, frame: Frame, name: str) -> Vec:
        if name not in self.place:
            return super().part(frame, name)
        lives, place = self.lives(frame), self.place[name]
        day = self.since(lives, place)
        return Vec(day, (day < lives.start + (1 << 20)) & ~self._excluded(lives, place))
