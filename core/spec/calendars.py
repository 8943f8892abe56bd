"""Named calendars: events by rule, with the days on which they fall."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from ..errors import UnknownNameError
from .loader import validate
from .names import Name, Strict
from .parse import read_mapping
from .repository import CONFIGS

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Rule(Strict):
    """When an event falls each year: a fixed day, the n-th weekday of a month, or days from Easter Sunday."""

    month: int | None = Field(default=None, ge=1, le=12)
    day: int | None = Field(default=None, ge=1, le=31)
    nth: int | None = Field(default=None, ge=-1, le=5)
    """1 to 5, or -1 for the last one."""
    weekday: Weekday | None = None
    easter: int | None = Field(default=None, ge=-70, le=70)
    """Days from Easter Sunday."""
    plus_days: int = Field(default=0, ge=-31, le=31)
    days: int = Field(default=1, ge=1, le=60)
    """How many days it lasts."""
    since: int = Field(default=1, ge=1)
    """The first year in which it is kept."""
    about: str = ""

    @model_validator(mode="after")
    def _one(self) -> Rule:
        fixed = self.month is not None and self.day is not None
        by_weekday = self.month is not None and self.nth not in (None, 0) and self.weekday is not None
        if [fixed, by_weekday, self.easter is not None].count(True) != 1:
            raise ValueError("a rule is {month, day}, {month, nth, weekday} or {easter}")
        return self

    def first(self, year: int) -> date:
        """The first day of the event in a year."""
        if self.easter is not None:
            start = easter(year) + timedelta(days=self.easter)
        elif self.day is not None:
            start = date(year, self.month or 1, min(self.day, _last_day(year, self.month or 1)))
        else:
            start = _nth_weekday(year, self.month or 1, self.nth or 1, _WEEKDAYS.index(self.weekday or "monday"))
        return start + timedelta(days=self.plus_days)


class NamedCalendar(Strict):
    """A file of configs/calendars."""

    name: Name
    about: str = ""
    events: dict[Name, Rule] = {}
    holidays: dict[Name, Rule] = {}
    observed: dict[Weekday, Annotated[int, Field(ge=-6, le=6)]] = {}
    """Days by which a holiday that falls on a weekday is moved, for example `{sunday: 1}`: it is kept on Monday."""

    def days(self, event: str, start: date, end: date) -> set[date]:
        """The days of an event from start to end, both included."""
        rule = self.events[event]
        out = set()
        for year in range(max(start.year - 1, rule.since), end.year + 2):
            first = rule.first(year)
            out |= {first + timedelta(days=n) for n in range(rule.days)}
        return {day for day in out if start <= day <= end}


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


@lru_cache(maxsize=16)
def load_calendar(name: str) -> NamedCalendar:
    """A shipped calendar; raises UnknownNameError."""
    file = CONFIGS / "calendars" / f"{name}.yaml"
    if not file.is_file():
        raise UnknownNameError("calendar", name, [path.stem for path in (CONFIGS / "calendars").glob("*.yaml")])
    return validate(NamedCalendar, read_mapping(file), file)
