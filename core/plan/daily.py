"""What the days of a series will bring, told before any is made: rows of the driving table, and events by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ..engine.engine import Engine
from ..frozen import dataclass
from ..spec.calendars import load_calendar
from .series import Series


@dataclass(frozen=True, slots=True)
class Daily:
    """The days of a series."""

    table: str
    """Whose rows are counted: the driving table, or the first that is written."""
    rows: Mapping[date, int]
    """How many begin on each day."""
    events: Mapping[date, tuple[str, ...]]
    """The events of the calendar that change how many."""


def daily(series: Series) -> Daily:
    """Exact rows of each day, in a second for decades of them."""
    plan = series.plan
    table = next((table.name for table in plan.tables if table.driving), plan.names[0])
    layout = Engine(plan.program).table(table).layout
    days = series.days
    number = series.number(days[0])
    # What began before the history comes with its first day.
    edges = [layout.rows(0, 0)[0] if number == 0 else layout.before(number)]
    edges += [layout.before(number + n + 1) for n in range(len(days))]
    rows = {day: after - before for day, before, after in zip(days, edges, edges[1:], strict=False)}
    return Daily(table, rows, _events(series))


def _events(series: Series) -> dict[date, tuple[str, ...]]:
    dataset, days = series.plan.dataset, series.days
    if dataset.calendar.name is None:
        return {}
    calendar = load_calendar(dataset.calendar.name)
    out: dict[date, tuple[str, ...]] = {}
    for event in dataset.temporal_patterns.seasonal_multipliers:
        for day in sorted(calendar.days(event, days[0], days[-1])):
            out[day] = (*out.get(day, ()), event)
    return out
