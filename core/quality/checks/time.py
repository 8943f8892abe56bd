"""Events in time: rows of each day, weekdays, months, hours, named events and growth, against the declared patterns."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta

import numpy as np

from ...spec.calendars import load_calendar
from ...spec.kinds.lifetime import Begin
from ...spec.layouts.events import Events
from ...spec.layouts.grid import Grid
from ...spec.names import MONTHS, WEEKDAYS
from ..check import Check, Judge, register
from ..distributions import FEWEST
from ..expressions import see
from ..judges.patterns import DayScatter, DaysOfKind, EachDay, EventLift, Growth, Pattern
from ..judges.shares import HourShares
from ..subject import Subject, Written, own


@register
def time(subject: Subject) -> Iterator[Check]:
    """Every table of events that shows when they happen."""
    for table in subject.tables.values():
        if not isinstance(table.rows, Events | Grid):
            continue
        begin = table.first(Begin)
        day = subject.begun(table)
        if day is not None and table.plan.rows:
            yield from _Pattern(subject, table, *day).checks()
        of_day = begin is not None and table.columns[begin].type == "timestamp" and not table.rows.keeps_hours
        if begin is not None and of_day and table.plan.rows >= FEWEST:
            yield from _hours(subject, table, begin)


class _Pattern:
    """The declared weight of each day of the window, and the checks that read the rows of each day."""

    def __init__(self, subject: Subject, table: Written, column: str, day: str) -> None:
        self._table, self._column = table, column
        self._source = f"(SELECT {day} AS day, count(*) AS n FROM {table.source} GROUP BY 1)"
        first, last = subject.plan.window
        self._days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        self._patterns = patterns = subject.dataset.temporal_patterns
        origin = subject.dataset.history.start
        weights = [
            patterns.weekdays.get(WEEKDAYS[day.weekday()], 1.0)
            * patterns.months.get(day.month, 1.0)
            * (1 + patterns.yearly_growth) ** ((day - origin).days / 365.25)
            for day in self._days
        ]
        self._events: dict[str, tuple[date, ...]] = {}
        name = subject.dataset.calendar.name
        for event, factor in patterns.seasonal_multipliers.items() if name is not None else ():
            days = load_calendar(name or "").days(event, first, last)
            self._events[event] = tuple(sorted(days))
            weights = [w * factor if day in days else w for day, w in zip(self._days, weights, strict=True)]
        for event, ramp in patterns.ramps.items() if name is not None else ():
            far = timedelta(days=366)
            for its in _runs(load_calendar(name or "").days(event, first - far, last + far)):
                around = ramp.around(patterns.seasonal_multipliers[event], its)
                weights = [weight * around.get(day, 1.0) for day, weight in zip(self._days, weights, strict=True)]
        self._pattern = Pattern(first, tuple(weights), patterns.noise or 0.0)

    def _check(self, name: str, sentence: str, judge: Judge) -> Check:
        ask = {"groups": "list({'day': day, 'n': n}) FILTER (WHERE day IS NOT NULL)"}
        return Check(name, self._table.name, self._column, sentence, "shape", self._source, ask, judge)

    def checks(self) -> Iterator[Check]:
        """Day by day, then by weekday, month, event and half."""
        pattern = self._pattern
        if not sum(pattern.weights):
            return
        yield self._check("DailyRowCount", "each day has as many rows as its patterns say", EachDay(pattern, self._events))
        if self._table.plan.rows < FEWEST:
            return
        if self._patterns.noise is not None:
            sentence = f"days of equal shape scatter by {self._patterns.noise:.0%}"
            yield self._check("DayScatter", sentence, DayScatter(pattern))
        if len(self._days) >= 28:
            judge = DaysOfKind(pattern, tuple(day.weekday() for day in self._days), tuple(name.capitalize()[:3] for name in WEEKDAYS))
            yield self._check("WeekdayPattern", "weekdays have their declared shares", judge)
        if len(self._days) >= 60:
            judge = DaysOfKind(pattern, tuple(day.month - 1 for day in self._days), tuple(name.capitalize()[:3] for name in MONTHS))
            yield self._check("MonthPattern", "months have their declared shares", judge)
        for event, days in self._events.items():
            if days and len(days) < len(self._days):
                factor = self._patterns.seasonal_multipliers[event]
                yield self._check("EventLift", f"{event} has {factor:g} times the rows of such days", EventLift(pattern, days, factor))
        if self._patterns.yearly_growth and len(self._days) >= 365:
            yield self._check("YearlyGrowth", f"rows grow by {self._patterns.yearly_growth:.0%} a year", Growth(pattern))


def _runs(days: Collection[date]) -> Iterator[list[date]]:
    """Days that follow each other, together."""
    run: list[date] = []
    for day in sorted(days):
        if run and day - run[-1] > timedelta(days=1):
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def _hours(subject: Subject, table: Written, begin: str) -> Iterator[Check]:
    """Local hours: the dataset's, or those of each row's own time zone, where that is written."""
    local, said, source = subject.local(own(begin)), f"local hours ({subject.zone})", table.source
    reads: tuple[str, ...] = ()
    zone = table.rows.time_zone if isinstance(table.rows, Events) else None
    if zone is not None:
        seen = see(subject, table, zone)
        if seen is None:
            return
        local = f"timezone(zone, {own(begin)})"
        source = f"(SELECT t.*, coalesce({seen.sql}, '{subject.zone}') AS zone FROM {table.source}{seen.joins}) AS t"
        said, reads = f"hours by the clock of {zone}", seen.reads
    # A curve has several parts of each hour.
    weights = np.array(subject.dataset.temporal_patterns.slots()).reshape(24, -1).sum(axis=1)
    judge = HourShares(tuple((weights / weights.sum()).tolist()))
    ask = {"hours": f"histogram(hour({local}))"}
    yield Check("HourPattern", table.name, begin, f"{said} have their declared shares", "shape", source, ask, judge, reads=reads)
