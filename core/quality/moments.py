"""Parts of a moment in SQL: what the dataset's calendar says of a local day, worked out anew from the calendar's rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Final

from ..sinks.reading import literal
from ..spec.calendars import load_calendar
from ..spec.clocks import Clock
from ..spec.dataset import Dataset
from ..spec.names import MONTHS, WEEKDAYS

_PARTS: Final = {
    "date": "{day}", "year": "year({day})", "quarter": "quarter({day})", "month": "month({day})", "month_name": "monthname({day})",
    "week": "week({day})", "day": "day({day})", "day_of_year": "dayofyear({day})", "weekday": "isodow({day})",
    "weekday_name": "dayname({day})", "is_weekend": "(isodow({day}) >= 6)", "is_month_end": "({day} = last_day({day}))",
    "iso_year": "isoyear({day})", "month_end": "last_day({day})",
    "season": "CASE month({day}) % 12 // 3 WHEN 0 THEN 'winter' WHEN 1 THEN 'spring' WHEN 2 THEN 'summer' ELSE 'autumn' END",
}  # fmt: skip
_CLOCK: Final = {
    "hour": "hour({moment})", "minute": "minute({moment})",
    "day_part": "CASE WHEN hour({moment}) < 6 THEN 'night' WHEN hour({moment}) < 11 THEN 'morning' WHEN hour({moment}) < 14 THEN 'noon' "
                "WHEN hour({moment}) < 18 THEN 'afternoon' WHEN hour({moment}) < 22 THEN 'evening' ELSE 'night' END",
}  # fmt: skip
_LONGEST_REST: Final = 14
"""Days among which the next business day is looked for."""


def part(name: str, moment: str, is_date: bool) -> str | None:
    """SQL of a part of a local moment (SQL too) that needs no calendar; None where it needs one."""
    if name in _CLOCK:
        return f"({_CLOCK[name].format(moment=moment)})" if not is_date else None
    if name in _PARTS:
        return f"({_PARTS[name].format(day=moment if is_date else f'{moment}::DATE')})"
    return None


@dataclass(frozen=True)
class Marks:
    """What the calendar says of the days between two."""

    dataset: Dataset
    first: date
    last: date

    def part(self, name: str, day: str) -> str | None:
        """SQL of a part of a local day (SQL too) between the two; None for what is not a part of a day."""
        plain = part(name, day, is_date=True)
        if plain is not None:
            return plain
        named = {"holiday": self._holidays, "event": self._events}.get(name)
        if named is not None:
            return _chosen(((f"{day} IN ({_listed(days)})", literal(word)) for word, days in named), "NULL::VARCHAR")
        if name == "is_holiday":
            return self._is_holiday(day)
        if name == "is_business_day":
            return self._is_business(day)
        if name == "business_day_of_month":
            return self._business_day_of_month(day)
        if name == "next_business_day":
            later = [f"({day} + {n})" for n in range(1, _LONGEST_REST + 1)]
            return _chosen(((self._is_business(other), other) for other in later), "NULL::DATE")
        return self._fiscal(name, day) if name.startswith("fiscal_") else None

    def closed(self, named: Sequence[str] | str) -> list[date]:
        """The days of some holidays and events by name, or of all `holidays`."""
        calendar = load_calendar(self.dataset.calendar.name) if self.dataset.calendar.name is not None else None
        if calendar is None:
            return []
        kept = [each for name, (_, days) in zip(calendar.holidays, self._holidays, strict=True) if named == "holidays" or name in named
                for each in days]  # fmt: skip
        others = [name for name in named if name in calendar.events and name not in calendar.holidays]
        return sorted({*kept, *(day for name, days in self._events if name in others for day in days)})

    @cached_property
    def longest_closed(self) -> dict[str, timedelta]:
        """How long each clock stays closed at most, changes of clocks aside."""
        return {name: self._longest_closed(clock) for name, clock in self.dataset.clocks.items()}

    def _longest_closed(self, clock: Clock) -> timedelta:
        closed, week = {*self.closed(clock.closed)}, clock.week
        longest, before = timedelta(), None
        for number in range((self.last - self.first).days + 64):
            day = self.first + timedelta(days=number)
            for start, end in week[day.weekday()] if day not in closed else ():
                opens = datetime.combine(day, time.min) + timedelta(minutes=start)
                longest = max(longest, opens - before) if before is not None else longest
                before = opens + timedelta(minutes=end - start)
        return longest

    def _is_holiday(self, day: str) -> str:
        every = [each for _, days in self._holidays for each in days]
        return f"({day} IN ({_listed(every)}))" if every else "false"

    def _is_business(self, day: str) -> str:
        return f"(isodow({day}) < 6 AND NOT {self._is_holiday(day)})"

    def _business_day_of_month(self, day: str) -> str:
        """Weekdays of the month up to the day, less the holidays on such days; NULL on other days."""
        rest, weekday = f"(day({day}) % 7)", f"isodow({day})"
        weekdays = f"day({day}) // 7 * 5 + {rest} - least(2, greatest(0, {rest} - {weekday}))"
        kept = sorted({each for _, days in self._holidays for each in days if each.weekday() < 5})
        free = " + ".join(f"({day} BETWEEN DATE '{each}' AND last_day(DATE '{each}'))::INT" for each in kept) or "0"
        return f"(CASE WHEN {self._is_business(day)} THEN {weekdays} - ({free}) END)"

    @cached_property
    def _holidays(self) -> list[tuple[str, list[date]]]:
        """Each holiday's name and the days on which it is kept; of two on one day the one that is listed first counts."""
        if self.dataset.calendar.name is None:
            return []
        calendar = load_calendar(self.dataset.calendar.name)
        out = []
        for name, rule in calendar.holidays.items():
            days = []
            for year in range(max(self.first.year - 1, rule.since), self.last.year + 3):
                first = rule.first(year)
                first += timedelta(days=calendar.observed.get(WEEKDAYS[first.weekday()], 0))
                days += [first + timedelta(days=n) for n in range(rule.days)]
            out.append((name.replace("_", " ").title(), days))
        return out

    @cached_property
    def _events(self) -> list[tuple[str, list[date]]]:
        if self.dataset.calendar.name is None:
            return []
        calendar = load_calendar(self.dataset.calendar.name)
        return [(name, sorted(calendar.days(name, self.first, self.last))) for name in calendar.events]

    def _fiscal(self, name: str, day: str) -> str | None:
        """Years of calendar months, or of weeks from the Sunday nearest to the first of a month (4-5-4 and its like)."""
        begins = MONTHS.index(self.dataset.calendar.fiscal_start) + 1
        weeks = [int(n) for n in self.dataset.calendar.fiscal.split("-") if n.isdigit()]
        starts = []
        for year in range(self.last.year + 1, self.first.year - 2, -1):
            start = date(year, begins, 1)
            since_sunday = start.isoweekday() % 7
            if weeks:
                start += timedelta(days=(7 if since_sunday > 3 else 0) - since_sunday)
            starts.append((year, start))
        since = _chosen(((f"{day} >= DATE '{start}'", f"({day} - DATE '{start}')") for _, start in starts), "NULL")
        month = f"((month({day}) + {12 - begins}) % 12 + 1)"
        if weeks:
            ends = [sum((weeks * 4)[: n + 1]) for n in range(11)]
            month = _chosen(((f"{since} < {7 * end}", str(n)) for n, end in enumerate(ends, 1)), "12")
        return {
            "fiscal_year": _chosen(((f"{day} >= DATE '{start}'", str(year)) for year, start in starts), "NULL"),
            "fiscal_quarter": f"(({month} + 2) // 3)",
            "fiscal_month": month,
            "fiscal_week": f"({since} // 7 + 1)",
        }.get(name)


def _chosen(branches: Iterator[tuple[str, str]], otherwise: str) -> str:
    listed = " ".join(f"WHEN {condition} THEN {value}" for condition, value in branches)
    return f"(CASE {listed} ELSE {otherwise} END)" if listed else f"({otherwise})"


def _listed(days: Sequence[date]) -> str:
    return ", ".join(f"DATE '{day}'" for day in days) or "NULL"
