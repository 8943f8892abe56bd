"""Clocks: when those are at work who take the steps of rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from ..errors import brief, hint
from .modelling import BeforeValidator, Field, field_validator
from .names import MICROSECONDS, WEEKDAYS, Name, Strict, duration

_STRETCH: Final = re.compile(r"([01]\d|2[0-4])(?::([0-5]\d))?-([01]\d|2[0-4])(?::([0-5]\d))?")
MINUTES: Final = 1_440
"""Of a day."""

Stretches = tuple[tuple[int, int], ...]
"""Minutes of the local day at which each stretch of open time begins and ends, ascending."""


def known_zone(value: str) -> str:
    """Checks a time zone; raises ValueError."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone `{brief(value)}`; use an IANA name such as America/New_York") from None
    return value


def _by_days(value: Any) -> Any:
    """Hours by days, as they are written: the hours of all days stand alone, one stretch needs no list."""
    by_days = value if isinstance(value, dict) else {"mon-sun": value}
    return {days: [hours] if isinstance(hours, str) else hours for days, hours in by_days.items()}


def _weekday(text: str) -> int:
    for number, name in enumerate(WEEKDAYS):
        if text.lower() in (name, name[:3]):
            return number
    raise ValueError(f"`{brief(text)}` is not a weekday{hint(text, WEEKDAYS)}; write for example `mon-sat` or `sunday`")


def _stretch(text: str) -> tuple[int, int]:
    found = _STRETCH.fullmatch(text)
    start, end = (int(found[n]) * 60 + int(found[n + 1] or 0) for n in (1, 3)) if found else (0, 0)
    if not start < end <= MINUTES:
        raise ValueError(f'`{brief(text)}` is not a stretch of hours; write for example "08-20" or "09:30-18:00"')
    return start, end


def _week(hours: Mapping[str, list[str]]) -> tuple[Stretches, ...]:
    """The open time of each weekday from Monday on; raises ValueError."""
    week: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
    for days, texts in hours.items():
        first, dash, last = days.partition("-")
        low, high = _weekday(first), _weekday(last) if dash else _weekday(first)
        if high < low:
            raise ValueError(f"`{brief(days)}` ends before it begins; weeks begin on Monday")
        for number in range(low, high + 1):
            week[number] += map(_stretch, texts)
    for number, stretches in enumerate(week):
        stretches.sort()
        if any(later[0] < before[1] for before, later in pairwise(stretches)):
            raise ValueError(f"two stretches of {WEEKDAYS[number]} overlap")
    if not any(week):
        raise ValueError("it is never open")
    return tuple(tuple(stretches) for stretches in week)


class Clock(Strict):
    """When somebody is at work, by local time."""

    hours: Annotated[
        dict[str, Annotated[list[str], Field(min_length=1, max_length=8)]], BeforeValidator(_by_days), Field(min_length=1, max_length=7)
    ]
    """Open time by weekdays: `{mon-fri: ["09-12", "13:30-18:00"], sat: "09-13"}`; one stretch alone is that of all days."""
    closed: list[Name] | Literal["holidays"] = []
    """Days of the calendar on which it stays closed: `holidays`, or some of its holidays and events by name."""
    backlog: str = "2 hours"
    """How long after an opening it takes until all is done that waited for it; a shorter stretch takes the whole of it."""

    @field_validator("hours")
    @classmethod
    def _open(cls, value: dict[str, list[str]]) -> dict[str, list[str]]:
        _week(value)
        return value

    @field_validator("backlog")
    @classmethod
    def _within_a_day(cls, value: str) -> str:
        if not MICROSECONDS["minute"] <= duration(value) <= MICROSECONDS["day"]:
            raise ValueError(f"it takes a minute to a day until all is done, not `{value}`")
        return value

    @property
    def week(self) -> tuple[Stretches, ...]:
        """The open time of each weekday from Monday on."""
        return _week(self.hours)

    @property
    def waits(self) -> int:
        """Milliseconds of the backlog."""
        return duration(self.backlog) // 1_000
