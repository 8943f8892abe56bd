"""What is inside a moment: the parts of a local day and of its clock, those of a calendar's holidays and fiscal year included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from .calendar import DAY, HOUR, Calendar
from .ground import Frame
from .hashing import Ints
from .vector import Mask, Vec, Words

_WEEKDAYS: Final = Words(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
_MONTHS: Final = Words(
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
)
_SEASONS: Final = Words(("winter", "spring", "summer", "autumn"))
_DAY_PARTS: Final = Words(("night", "morning", "noon", "afternoon", "evening"))
_PART_OF_HOUR: Final[Ints] = np.array([0] * 6 + [1] * 5 + [2] * 3 + [3] * 4 + [4] * 4 + [0] * 2, np.int64)


def civil(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Year, month and day of days from 1970-01-01."""
    stamps = days.astype("datetime64[D]")
    months = stamps.astype("datetime64[M]")
    number = months.astype(np.int64)
    return number // 12 + 1970, number % 12 + 1, (stamps - months).astype(np.int64) + 1


def first_of(year: Ints, month: int) -> Ints:
    """Days from 1970-01-01 to the first of a month of each year."""
    return ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _thursday(days: Ints) -> Ints:
    """The Thursday of each day's week, whose year is that of the week (ISO 8601)."""
    return days - (days + 3) % 7 + 3


def _month_end(days: Ints) -> Ints:
    """The last day of each day's month."""
    return (days.astype("datetime64[D]").astype("datetime64[M]") + 1).astype("datetime64[D]").astype(np.int64) - 1


def _week(days: Ints) -> Ints:
    """ISO 8601 week number."""
    thursday = _thursday(days)
    start = thursday.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return (thursday - start) // 7 + 1


def fiscal_start(calendar: Calendar, year: Ints) -> Ints:
    """The first day of each fiscal year: the first of a month, or of a calendar in weeks the Sunday nearest to it."""
    first = first_of(year, calendar.fiscal_month)
    if not calendar.fiscal_weeks:
        return first
    since_sunday = (first + 4) % 7
    return first - since_sunday + 7 * (since_sunday > 3)


def fiscal_day(calendar: Calendar, days: Ints) -> tuple[Ints, Ints]:
    """The fiscal year of each day, and the day's number in it from 0."""
    year = civil(days)[0]
    year = year + (days >= fiscal_start(calendar, year + 1)) - (days < fiscal_start(calendar, year))
    return year, days - fiscal_start(calendar, year)


def _fiscal_month(calendar: Calendar, days: Ints) -> Ints:
    if not calendar.fiscal_weeks:
        return (civil(days)[1] - calendar.fiscal_month) % 12 + 1
    # A 53rd week belongs to the last month.
    months = np.repeat(np.arange(1, 13, dtype=np.int64), calendar.fiscal_weeks * 4)
    return months[np.minimum(fiscal_day(calendar, days)[1] // 7, 51)]


def _marked(marks: tuple[Ints, Ints, Words], days: Ints) -> Vec:
    """The name of each marked day, NULL on others."""
    known, codes, names = marks
    place = np.minimum(np.searchsorted(known, days), len(known) - 1)
    return Vec(codes[place].astype(np.int32), known[place] == days, words=names)


def _is_holiday(calendar: Calendar, days: Ints) -> Mask:
    known = calendar.holidays[0]
    return known[np.minimum(np.searchsorted(known, days), len(known) - 1)] == days


def is_business_day(calendar: Calendar, days: Ints) -> Mask:
    """Whether days from 1970-01-01 are neither at a weekend nor holidays."""
    return ((days + 3) % 7 < 5) & ~_is_holiday(calendar, days)


def _next_business_day(calendar: Calendar, days: Ints) -> Ints:
    out = days + 1
    late = np.flatnonzero(~is_business_day(calendar, out))
    while len(late):
        out[late] += 1
        late = late[~is_business_day(calendar, out[late])]
    return out


def _business_day_of_month(calendar: Calendar, days: Ints) -> Vec:
    """1, 2, 3 .. among the business days of its month; NULL on other days."""
    inside = civil(days)[2]
    number = np.zeros(len(days), np.int64)
    for back in range(int(inside.max()) if len(days) else 0):
        number += (inside > back) & is_business_day(calendar, days - back)
    return Vec(number, is_business_day(calendar, days))


PARTS: Final[Mapping[str, Callable[[Calendar, Ints, Ints], Vec]]] = {
    "date": lambda calendar, days, micros: Vec(days),
    "year": lambda calendar, days, micros: Vec(civil(days)[0]),
    "quarter": lambda calendar, days, micros: Vec((civil(days)[1] + 2) // 3),
    "month": lambda calendar, days, micros: Vec(civil(days)[1]),
    "month_name": lambda calendar, days, micros: Vec(civil(days)[1] - 1, words=_MONTHS),
    "week": lambda calendar, days, micros: Vec(_week(days)),
    "iso_year": lambda calendar, days, micros: Vec(civil(_thursday(days))[0]),
    "month_end": lambda calendar, days, micros: Vec(_month_end(days)),
    "day": lambda calendar, days, micros: Vec(civil(days)[2]),
    "day_of_year": lambda calendar, days, micros: Vec(days - first_of(civil(days)[0], 1) + 1),
    "weekday": lambda calendar, days, micros: Vec((days + 3) % 7 + 1),
    "weekday_name": lambda calendar, days, micros: Vec((days + 3) % 7, words=_WEEKDAYS),
    "is_weekend": lambda calendar, days, micros: Vec((days + 3) % 7 >= 5),
    "is_month_end": lambda calendar, days, micros: Vec(civil(days + 1)[2] == 1),
    "season": lambda calendar, days, micros: Vec(civil(days)[1] % 12 // 3, words=_SEASONS),
    "hour": lambda calendar, days, micros: Vec(micros // HOUR),
    "minute": lambda calendar, days, micros: Vec(micros // (HOUR // 60) % 60),
    "day_part": lambda calendar, days, micros: Vec(_PART_OF_HOUR[micros // HOUR], words=_DAY_PARTS),
    "is_holiday": lambda calendar, days, micros: Vec(_is_holiday(calendar, days)),
    "holiday": lambda calendar, days, micros: _marked(calendar.holidays, days),
    "event": lambda calendar, days, micros: _marked(calendar.events, days),
    "is_business_day": lambda calendar, days, micros: Vec(is_business_day(calendar, days)),
    "business_day_of_month": lambda calendar, days, micros: _business_day_of_month(calendar, days),
    "next_business_day": lambda calendar, days, micros: Vec(_next_business_day(calendar, days)),
    "fiscal_year": lambda calendar, days, micros: Vec(fiscal_day(calendar, days)[0]),
    "fiscal_quarter": lambda calendar, days, micros: Vec((_fiscal_month(calendar, days) + 2) // 3),
    "fiscal_month": lambda calendar, days, micros: Vec(_fiscal_month(calendar, days)),
    "fiscal_week": lambda calendar, days, micros: Vec(fiscal_day(calendar, days)[1] // 7 + 1),
}
"""Parts of a moment, from local days since 1970-01-01 and microseconds of the day. Weekdays count from Monday = 1, seasons are the
meteorological ones of the northern hemisphere, parts of the day start at 6, 11, 14, 18 and 22 o'clock."""


_OF_CLOCK: Final = ("hour", "minute", "day_part")


def day_part(calendar: Calendar, days: Ints, name: str) -> Vec | None:
    """A part of moments that lie on these days since 1970-01-01; None where it is of the clock, or no part."""
    if name not in PARTS or name in _OF_CLOCK or not len(days):
        return None
    low, high = int(days.min()), int(days.max())
    if high - low >= len(days):
        return PARTS[name](calendar, days, days)
    # Rows are many to a day.
    every = np.arange(low, high + 1, dtype=np.int64)
    return PARTS[name](calendar, every, every).take(days - low)


def moment_part(frame: Frame, column: str, is_date: bool, name: str) -> Vec:
    """A part of a frame's date, or of the local time of its timestamp; raises KeyError."""
    if name not in PARTS:
        raise KeyError(f"{column} knows no {name}")
    moment, calendar = frame.get(column), frame.table.engine.calendar
    known = frame.clocks.get(column)
    if known is None:
        local = moment.values * DAY if is_date else calendar.to_local(moment.values)
        days = local // DAY
        known = frame.clocks[column] = days, local - days * DAY
    out = PARTS[name](calendar, *known)
    return out if moment.valid is None else out.where(moment.valid)
