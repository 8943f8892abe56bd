"""Named calendars: events by rule, with the days on which they fall."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated

from ..errors import UnknownNameError
from ..program.days import Rule as DayRule
from .loader import validate
from .modelling import Field, model_validator
from .names import WEEKDAYS, Name, Strict, Weekday
from .parse import read_mapping
from .repository import CONFIGS


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

    @property
    def program(self) -> DayRule:
        """The rule as the engine is told of it."""
        weekday = WEEKDAYS.index(self.weekday or "monday")
        return DayRule(self.month, self.day, self.nth, weekday, self.easter, self.plus_days, self.days, self.since)

    def first(self, year: int) -> date:
        """The first day of the event in a year."""
        return self.program.first(year)


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
        places = self.events[event].program.places((start - date(1970, 1, 1)).days, (end - start).days + 1)
        return {start + timedelta(days=place) for place in places}


@lru_cache(maxsize=16)
def load_calendar(name: str) -> NamedCalendar:
    """A shipped calendar; raises UnknownNameError."""
    file = CONFIGS / "calendars" / f"{name}.yaml"
    if not file.is_file():
        raise UnknownNameError("calendar", name, [path.stem for path in (CONFIGS / "calendars").glob("*.yaml")])
    return validate(NamedCalendar, read_mapping(file), file)
