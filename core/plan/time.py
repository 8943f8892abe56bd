"""The calendar part of a program: daily weights, hourly weights, time-zone offsets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ..engine import exact
from ..engine.hashing import hash_range, make_key, unit
from ..errors import hint
from ..program.program import Calendar, Fiscal, Spans
from ..spec.calendars import load_calendar
from ..spec.dataset import MONTHS, Dataset, TemporalPatterns, hours

_EPOCH: Final = date(1970, 1, 1)
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEIGHT: Final = 1_000_000


def day_number(dataset: Dataset, day: date) -> int:
    """Days from the first day of the history."""
    return (day - dataset.history.start).days


def calendar_program(dataset: Dataset, patterns: TemporalPatterns, seed: int, last: date) -> Calendar:
    """The calendar of a program, from the start of the history to beyond `last`."""
    start = dataset.history.start
    days = (dataset.history.end - start).days + 1
    # To the end of the month, and a day beyond: some layouts work out whole months.
    end = max(last, dataset.history.end)
    following = date(end.year + end.month // 12, end.month % 12 + 1, 1)
    horizon = (following - start).days + 1
    bands = hours(dict(patterns.hourly_distribution))
    most = max(bands)
    return Calendar(
        origin=(start - _EPOCH).days,
        days=days,
        weights=_weights(dataset, patterns, seed, horizon),
        offsets=_offsets(dataset.calendar.time_zone, start.year - 16, start.year + horizon // 365 + 2),
        hours=tuple(round(band / most * 10_000) for band in bands),
    )


def _weights(dataset: Dataset, patterns: TemporalPatterns, seed: int, horizon: int) -> tuple[int, ...]:
    start = dataset.history.start
    number = np.arange(horizon)
    stamps = np.datetime64(start) + number
    weekday = (stamps.astype(np.int64) + 3) % 7
    month = stamps.astype("datetime64[M]").astype(np.int64) % 12
    by_weekday = np.array([patterns.weekdays.get(name, 1.0) for name in _WEEKDAYS])
    by_month = np.array([patterns.months.get(n + 1, 1.0) for n in range(12)])
    out = by_weekday[weekday] * by_month[month]
    if patterns.yearly_growth:
        rate = float(exact.log(np.array([1.0 + patterns.yearly_growth]))[0])
        out = out * exact.exp(number.astype(np.float64) * (rate / 365.25))
    for event, factor in patterns.seasonal_multipliers.items():
        if dataset.calendar.name is None:
            raise ValueError(f"temporal_patterns.seasonal_multipliers: `{event}` needs a calendar with events")
        calendar = load_calendar(dataset.calendar.name)
        if event not in calendar.events:
            raise ValueError(
                f"temporal_patterns.seasonal_multipliers: the calendar has no event `{event}`{hint(event, list(calendar.events))}"
            )
        for day in calendar.days(event, start, start + timedelta(days=horizon - 1)):
            out[(day - start).days] *= factor
    # Days of equal shape still differ a little, as they do in life: a factor of 0.95 to 1.05 hashed from the day.
    noise = 0.95 + 0.1 * unit(hash_range(make_key(seed, dataset.time_world, "days"), 0, horizon))
    weights = np.floor(out * noise * _WEIGHT + 0.5).astype(np.int64)
    if int(weights[: (dataset.history.end - start).days + 1].sum()) == 0:
        raise ValueError("temporal_patterns: no day of the history has any weight")
    return tuple(weights.tolist())


def marked(calendar: Calendar, dataset: Dataset, marks: set[str]) -> Calendar:
    """The calendar with what columns use of a dataset's holidays, events and fiscal year."""
    use, year = dataset.calendar, dataset.history.start.year
    weeks = tuple(int(n) for n in use.fiscal.split("-") if n.isdigit())
    return replace(
        calendar,
        fiscal=Fiscal(MONTHS.index(use.fiscal_start) + 1, weeks) if "fiscal" in marks else None,
        holidays=_spans(use.name, "holidays", year) if "holidays" in marks and use.name is not None else None,
        events=_spans(use.name, "events", year) if "events" in marks and use.name is not None else None,
    )


@lru_cache(maxsize=16)
def _spans(name: str, mark: str, year: int) -> Spans:
    """The days of each holiday or event, a century around a year: births and far ends lie in it."""
    calendar = load_calendar(name)
    rules = calendar.holidays if mark == "holidays" else calendar.events
    spans = []
    for number, rule in enumerate(rules.values()):
        for each in range(max(year - 100, rule.since), year + 122):
            first = rule.first(each)
            first += timedelta(days=calendar.observed.get(_WEEKDAYS[first.weekday()], 0)) if mark == "holidays" else timedelta()
            spans.append(((first - _EPOCH).days, rule.days, number))
    names = [rule.replace("_", " ").title() for rule in rules] if mark == "holidays" else list(rules)
    return Spans(tuple(names), tuple(spans))


@lru_cache(maxsize=16)
def _offsets(zone: str, first: int, last: int) -> tuple[tuple[int, int], ...]:
    """(moment in UTC, offset from then on), both in microseconds, of every change of a zone's offset."""
    where = ZoneInfo(zone)

    def offset(seconds: int) -> int:
        shift = datetime.fromtimestamp(seconds, UTC).astimezone(where).utcoffset()
        return round((shift or timedelta()).total_seconds())

    begin = int(datetime(first, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(min(last, 2200), 1, 1, tzinfo=UTC).timestamp())
    step = 86_400 * 7
    out = [(begin * 1_000_000, offset(begin) * 1_000_000)]
    here, before = begin, offset(begin)
    while here < end:
        after = offset(here + step)
        if after != before:
            low, high = here, here + step
            while high - low > 60:
                middle = (low + high) // 2 // 60 * 60
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            out.append((high * 1_000_000, offset(high) * 1_000_000))
            before = after
        here += step
    return tuple(out)
