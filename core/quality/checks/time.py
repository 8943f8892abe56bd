"""Events in time: rows of each day, weekdays, months, hours, named events and growth, against the declared patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...spec.calendars import load_calendar
from ...spec.dataset import hours
from ...spec.kinds.lifetime import Begin
from ...spec.layouts.events import Events
from ...spec.layouts.grid import Grid
from .. import limits
from ..check import Answer, Check, Verdict, register
from ..distributions import FEWEST
from ..plots import Bars, Days
from ..subject import Subject, Written, own

Floats = NDArray[np.float64]

NOISE: Final = 0.05
"""Days of equal shape differ by a hashed factor of 0.95 to 1.05."""
_TWO_DAYS: Final = (1 + NOISE) / (1 - NOISE) - 1
"""How far one day may lie from all others, relatively."""
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


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
            yield _hours(subject, table, begin)


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
            patterns.weekdays.get(_WEEKDAYS[day.weekday()], 1.0)
            * patterns.months.get(day.month, 1.0)
            * (1 + patterns.yearly_growth) ** ((day - origin).days / 365.25)
            for day in self._days
        ]
        self._events: dict[str, set[date]] = {}
        name = subject.dataset.calendar.name
        for event, factor in patterns.seasonal_multipliers.items() if name is not None else ():
            self._events[event] = load_calendar(name or "").days(event, first, last)
            weights = [w * factor if day in self._events[event] else w for day, w in zip(self._days, weights, strict=True)]
        self._weights: Floats = np.array(weights, np.float64)

    def _check(self, name: str, sentence: str, judge: Callable[[Floats, int], Verdict]) -> Check:
        def read(answer: Answer) -> Verdict:
            groups = {group["day"]: int(group["n"]) for group in answer["groups"] or []}
            counts = np.array([groups.get(day, 0) for day in self._days], np.float64)
            return judge(counts, sum(groups.values()))

        ask = {"groups": "list({'day': day, 'n': n}) FILTER (WHERE day IS NOT NULL)"}
        return Check(name, self._table.name, self._column, sentence, "shape", self._source, ask, read)

    def checks(self) -> Iterator[Check]:
        """Day by day, then by weekday, month, event and half."""
        if not self._weights.sum():
            return
        yield self._check("DailyRowCount", "each day has as many rows as its patterns say", self._daily)
        if self._table.plan.rows < FEWEST:
            return
        if len(self._days) >= 28:
            groups = [day.weekday() for day in self._days]
            labels = [name.capitalize()[:3] for name in _WEEKDAYS]
            yield self._grouped("WeekdayPattern", "weekdays have their declared shares", groups, labels)
        if len(self._days) >= 60:
            groups = [day.month - 1 for day in self._days]
            yield self._grouped("MonthPattern", "months have their declared shares", groups, _MONTHS)
        for event, days in self._events.items():
            if days and len(days) < len(self._days):
                yield self._event(event, days)
        if self._patterns.yearly_growth and len(self._days) >= 365:
            yield self._check("YearlyGrowth", f"rows grow by {self._patterns.yearly_growth:.0%} a year", self._growth)

    def _daily(self, counts: Floats, rows: int) -> Verdict:
        declared = self._weights / self._weights.sum() * max(counts.sum(), 1)
        off = np.abs(counts - declared)
        bad = off > 1.5 + _TWO_DAYS * declared
        lost = rows - int(counts.sum())
        wrong = tuple(f"{self._days[n]}: {counts[n]:.0f} instead of {declared[n]:.0f}" for n in np.flatnonzero(bad)[:5])
        marked = tuple(span for event, days in self._events.items() for span in _spans(event, days, self._days[0]))
        plot = Days(self._days[0].isoformat(), tuple(counts.tolist()), tuple(declared.tolist()), marked)
        many = int(bad.sum())
        shown = f"{many} of {len(counts)} days outside" + (f", {lost} rows outside {self._days[0]} to {self._days[-1]}" if lost else "")
        limit = f"{_TWO_DAYS:.1%} and a row"
        return Verdict(not many and not lost, 1 - many / len(counts), shown, "no day outside", limit, rows, plot, wrong)

    def _grouped(self, name: str, sentence: str, groups: Sequence[int], labels: Sequence[str]) -> Check:
        place = np.array(groups)
        declared = np.bincount(place, self._weights, len(labels)) / self._weights.sum()

        def judge(counts: Floats, rows: int) -> Verdict:
            found = np.bincount(place, counts, len(labels)) / max(counts.sum(), 1)
            off = float(np.abs(found - declared).sum() / 2)
            limit = limits.scattered_days(self._weights.tolist(), NOISE, rows)
            shown = [n for n in range(len(labels)) if n in groups]
            plot = Bars(tuple(labels[n] for n in shown), tuple(float(found[n]) for n in shown), tuple(float(declared[n]) for n in shown))
            return Verdict(off <= limit, 1 - off, off, 0, limit, rows, plot)

        return self._check(name, sentence, judge)

    def _event(self, event: str, days: set[date]) -> Check:
        inside = np.array([day in days for day in self._days])
        factor = self._patterns.seasonal_multipliers[event]
        usual = float(self._weights[inside].sum() / self._weights.sum())

        def judge(counts: Floats, rows: int) -> Verdict:
            total = max(float(counts.sum()), 1.0)
            found = float(counts[inside].sum()) / total
            lift = factor * (found / max(1 - found, 1e-9)) / (usual / max(1 - usual, 1e-9)) if usual else 0.0
            limit = factor * (_TWO_DAYS + (len(days) + 2) / max(usual * total, 1.0))
            off = abs(lift - factor)
            return Verdict(off <= limit, max(1 - off / max(factor, 1e-9), 0.0) if factor else float(off == 0), lift, factor, limit, rows)

        return self._check("EventLift", f"{event} has {factor:g} times the rows of such days", judge)

    def _growth(self, counts: Floats, rows: int) -> Verdict:
        half = len(counts) // 2
        declared = float(self._weights[half:].sum() / self._weights.sum())
        found = float(counts[half:].sum() / max(counts.sum(), 1))
        limit = limits.scattered_days(self._weights.tolist(), NOISE, rows) - limits.VARIATION + 0.002
        return Verdict(abs(found - declared) <= limit, 1 - abs(found - declared), found, declared, limit, rows)


def _spans(event: str, days: set[date], first: date) -> Iterator[tuple[str, int, int]]:
    ordered = sorted(days)
    while ordered:
        many = next((n for n in range(1, len(ordered)) if ordered[n] != ordered[0] + timedelta(days=n)), len(ordered))
        yield event, (ordered[0] - first).days, many
        ordered = ordered[many:]


def _hours(subject: Subject, table: Written, begin: str) -> Check:
    weights = np.array(hours(dict(subject.dataset.temporal_patterns.hourly_distribution)))
    declared = weights / weights.sum()

    def judge(answer: Answer) -> Verdict:
        counts: Mapping[int, int] = {int(hour): int(count) for hour, count in (answer["hours"] or {}).items()}
        rows = sum(counts.values())
        found = np.array([counts.get(hour, 0) for hour in range(24)]) / max(rows, 1)
        off = float(np.abs(found - declared).sum() / 2)
        limit = limits.variation(declared.tolist(), rows)
        plot = Bars(tuple(f"{hour:02}" for hour in range(24)), tuple(found.tolist()), tuple(declared.tolist()))
        return Verdict(off <= limit, 1 - off, off, 0, limit, rows, plot)

    sentence = f"local hours ({subject.zone}) have their declared shares"
    ask = {"hours": f"histogram(hour({subject.local(own(begin))}))"}
    return Check("HourPattern", table.name, begin, sentence, "shape", table.source, ask, judge)
