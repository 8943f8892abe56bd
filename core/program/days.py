"""Days that are marked by rules: holidays and events."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from ..frozen import dataclass

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Rule:
    """When an event falls each year: a fixed day, the n-th weekday of a month, or days from Easter Sunday."""

    month: int | None = None
    day: int | None = None
    nth: int | None = None
    """1 to 5, or -1 for the last one."""
    weekday: int = 0
    """0 is Monday."""
    easter: int | None = None
    """Days from Easter Sunday."""
    plus_days: int = 0
    days: int = 1
    """How many days it lasts."""
    since: int = 1
    """The first year in which it is kept."""

    def first(self, year: int) -> date:
        """The first day of the event in a year."""
        if self.easter is not None:
            start = easter(year) + timedelta(days=self.easter)
        elif self.day is not None:
            start = date(year, self.month or 1, min(self.day, _last_day(year, self.month or 1)))
        else:
            start = _nth_weekday(year, self.month or 1, self.nth or 1, self.weekday)
        return start + timedelta(days=self.plus_days)

    def places(self, origin: int, count: int) -> list[int]:
        """Which of `count` days from `origin` (from 1970) are days of the event, ascending."""
        first, last = (_EPOCH + timedelta(days=day) for day in (origin, origin + count - 1))
        out = set()
        for year in range(max(first.year - 1, self.since), last.year + 2):
            start = (self.first(year) - _EPOCH).days - origin
            out |= {start + n for n in range(self.days) if 0 <= start + n < count}
        return sorted(out)


@dataclass(frozen=True, slots=True)
class Ramp:
    """Factors of the days before and after an event, those nearest to it first."""

    rule: Rule
    rise: tuple[float, ...]
    fall: tuple[float, ...]

    def factors(self, origin: int, count: int) -> list[tuple[int, float]]:
        """[which of `count` days from `origin` (from 1970), its factor], a day of two ramps twice."""
        first, last = (_EPOCH + timedelta(days=day) for day in (origin, origin + count - 1))
        out = []
        for year in range(max(first.year - 1, self.rule.since), last.year + 2):
            start = (self.rule.first(year) - _EPOCH).days - origin
            out += [(start - n, factor) for n, factor in enumerate(self.rise, 1)]
            out += [(start + self.rule.days - 1 + n, factor) for n, factor in enumerate(self.fall, 1)]
        return [(place, factor) for place, factor in out if 0 <= place < count]


@dataclass(frozen=True, slots=True)
class Marks:
    """Named rules over some years."""

    names: tuple[str, ...]
    rules: tuple[Rule, ...]
    first_year: int
    last_year: int
    observed: tuple[int, ...] = ()
    """Days by which an event that falls on each weekday (0 is Monday) is moved; empty: none is."""

    def spans(self) -> tuple[tuple[int, int, int], ...]:
        """[first day from 1970, days, place of the name] of every event, rule by rule."""
        return _spans(self)


@lru_cache(maxsize=16)
def _spans(marks: Marks) -> tuple[tuple[int, int, int], ...]:
    out = []
    for number, rule in enumerate(marks.rules):
        for year in range(max(marks.first_year, rule.since), marks.last_year + 1):
            first = rule.first(year)
            moved = marks.observed[first.weekday()] if marks.observed else 0
            out.append(((first - _EPOCH).days + moved, rule.days, number))
    return tuple(out)


def _last_day(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def _nth_weekday(year: int, month: int, nth: int, weekday: int) -> date:
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year, month, _last_day(year, month))
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
