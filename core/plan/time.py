"""The calendar part of a program: daily weights, hourly weights, time-zone offsets."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ..engine.calendar import DAY, day_weights
from ..engine.clocks import MOST_CLOSED, longest_closed
from ..errors import hint
from ..program.days import Marks, Ramp, Rule
from ..program.program import Calendar, Clock, Fiscal
from ..spec.calendars import NamedCalendar, load_calendar
from ..spec.dataset import Dataset, History, Patterns, TemporalPatterns
from ..spec.names import MONTHS

_RUN_UP: Final = 6
"""Years before the history from which clocks of other zones are known: rows that are there at its start are born within five."""
_EPOCH: Final = date(1970, 1, 1)
_HISTORY: Final = re.compile(r"\bhistory_(start|end)\(\)", re.IGNORECASE)
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def dated(text: str, history: History) -> str:
    """SQL in which the first and last day of the history stand as days: `history_start()` and `history_end()`."""
    return _HISTORY.sub(lambda found: f"DATE '{getattr(history, found[1].lower())}'", text)


def day_number(dataset: Dataset, day: date) -> int:
    """Days from the first day of the history."""
    return (day - dataset.history.start).days


def calendar_program(dataset: Dataset, patterns: Patterns, seed: int, last: date) -> Calendar:
    """The calendar of a program, from the start of the history to beyond `last`; raises ValueError."""
    start = dataset.history.start
    # To the end of the month, and a day beyond: some layouts work out whole months.
    end = max(last, dataset.history.end)
    following = date(end.year + end.month // 12, end.month % 12 + 1, 1)
    horizon = (following - start).days + 1
    slots = patterns.slots()
    # A curve has many small parts, which are rounded more finely.
    most, fine = max(slots), 1_000_000 if patterns.smooth else 10_000
    out = Calendar(
        origin=(start - _EPOCH).days,
        days=(dataset.history.end - start).days + 1,
        horizon=horizon,
        world=dataset.time_world,
        offsets=_offsets(dataset.calendar.time_zone, start.year - 16, start.year + horizon // 365 + 2),
        hours=tuple(round(slot / most * fine) for slot in slots),
        weekdays=tuple(patterns.weekdays.get(name, 1.0) for name in _WEEKDAYS),
        months=tuple(patterns.months.get(n + 1, 1.0) for n in range(12)),
        growth=patterns.yearly_growth,
        multipliers=_multipliers(dataset, patterns),
        ramps=_ramps(dataset, patterns),
        noise=patterns.noise or 0.0,
        clocks=_clocks(dataset),
    )
    if int(day_weights(out, seed)[: out.days].sum()) == 0:
        raise ValueError("temporal_patterns: no day of the history has any weight")
    return out


def _ramps(dataset: Dataset, patterns: Patterns) -> tuple[Ramp, ...]:
    """After `_multipliers`, which knows all their events."""
    events = load_calendar(dataset.calendar.name).events if dataset.calendar.name is not None else {}
    factors = patterns.seasonal_multipliers
    return tuple(
        Ramp(events[event].program, tuple(ramp.rise(factors[event])), tuple(ramp.fall(factors[event])))
        for event, ramp in patterns.ramps.items()
    )


def _multipliers(dataset: Dataset, patterns: TemporalPatterns) -> tuple[tuple[Rule, float], ...]:
    out = []
    for event, factor in patterns.seasonal_multipliers.items():
        if dataset.calendar.name is None:
            raise ValueError(f"temporal_patterns.seasonal_multipliers: `{event}` needs a calendar with events")
        calendar = load_calendar(dataset.calendar.name)
        if event not in calendar.events:
            raise ValueError(
                f"temporal_patterns.seasonal_multipliers: the calendar has no event `{event}`{hint(event, list(calendar.events))}"
            )
        out.append((calendar.events[event].program, factor))
    return tuple(out)


def marked(calendar: Calendar, dataset: Dataset, marks: set[str], zones: Collection[str] = ()) -> Calendar:
    """The calendar with what columns use of a dataset's holidays, events and fiscal year, and of other time zones."""
    use, year = dataset.calendar, dataset.history.start.year
    weeks = tuple(int(n) for n in use.fiscal.split("-") if n.isdigit())
    named = load_calendar(use.name) if use.name is not None else None
    # Births and far ends lie within a century.
    years = year - 100, year + 121
    holidays = events = None
    if named is not None and "holidays" in marks:
        holidays = Marks(titles(named), tuple(rule.program for rule in named.holidays.values()), *years, _moved(named))
    if named is not None and "events" in marks:
        events = Marks(tuple(named.events), tuple(rule.program for rule in named.events.values()), *years)
    fiscal = Fiscal(MONTHS.index(use.fiscal_start) + 1, weeks) if "fiscal" in marks else None
    begin = dataset.history.start.year
    last = begin + calendar.horizon // 365 + 2
    alike: dict[tuple[tuple[int, int], ...], list[str]] = {}
    for zone in sorted(zones):
        alike.setdefault(_offsets(zone, begin - _RUN_UP, last), []).append(zone)
    alike.pop(_offsets(use.time_zone, begin - _RUN_UP, last), None)
    others = tuple((tuple(names), changes) for changes, names in alike.items())
    return replace(calendar, fiscal=fiscal, holidays=holidays, events=events, zones=others)


def titles(named: NamedCalendar) -> tuple[str, ...]:
    """The names of holidays as the part `holiday` of a moment has them."""
    return tuple(name.replace("_", " ").title() for name in named.holidays)


def _clocks(dataset: Dataset) -> tuple[tuple[str, Clock], ...]:
    """The clocks of a dataset; raises ValueError for a day that its calendar does not know, or where too much of the time is closed."""
    out = []
    for name, declared in dataset.clocks.items():
        closed = _closed(dataset, declared.closed, f"clocks.{name}.closed") if declared.closed else ()
        clock = Clock(declared.week, declared.waits, closed)
        out.append((name, clock))
        if longest_closed(clock) > MOST_CLOSED:
            raise ValueError(f"clocks.{name}: it stays closed for more than {MOST_CLOSED // DAY} days in a row")
    return tuple(out)


def _closed(dataset: Dataset, closed: Sequence[str] | str, where: str) -> tuple[Marks, ...]:
    if dataset.calendar.name is None:
        raise ValueError(f"{where}: needs a calendar with holidays; write for example `calendar: {{name: us_retail}}`")
    named = load_calendar(dataset.calendar.name)
    wanted = list(named.holidays) if isinstance(closed, str) else closed
    for day in wanted:
        if day not in named.holidays and day not in named.events:
            known = [*named.holidays, *named.events]
            raise ValueError(f"{where}: the calendar has no holiday and no event `{day}`{hint(day, known)}")
    years = dataset.history.start.year - 100, dataset.history.start.year + 121
    out = []
    for rules, moved in ((named.holidays, _moved(named)), (named.events, ())):
        names = tuple(day for day in wanted if day in rules and (rules is named.holidays or day not in named.holidays))
        if names:
            out.append(Marks(names, tuple(rules[day].program for day in names), *years, moved))
    return tuple(out)


def _moved(named: NamedCalendar) -> tuple[int, ...]:
    """Days by which a holiday that falls on each weekday is moved; empty: none is."""
    moved = tuple(named.observed.get(weekday, 0) for weekday in _WEEKDAYS)
    return moved if any(moved) else ()


@lru_cache(maxsize=16)
def _offsets(zone: str, first: int, last: int) -> tuple[tuple[int, int], ...]:
    """(moment in UTC, offset from then on), both in seconds, of every change of a zone's offset."""
    where = ZoneInfo(zone)

    def offset(seconds: int) -> int:
        shift = datetime.fromtimestamp(seconds, UTC).astimezone(where).utcoffset()
        return round((shift or timedelta()).total_seconds())

    begin = int(datetime(first, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(min(last, 2200), 1, 1, tzinfo=UTC).timestamp())
    step = 86_400 * 7
    out = [(begin, offset(begin))]
    here, before = begin, offset(begin)
    while here < end:
        after = offset(here + step)
        if after != before:
            low, high = here, here + step
            while high - low > 60:
                middle = (low + high) // 2 // 60 * 60
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            out.append((high, offset(high)))
            before = after
        here += step
    return tuple(out)
