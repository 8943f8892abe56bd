"""A calendar of days: a month a line, what is known of each day, and how many rows it brings."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ...core import format as shown
from ...core.cells import cut
from ...core.charts import figure
from ...core.spec.names import MONTHS

if TYPE_CHECKING:
    from ...core.plan.daily import Daily
    from ...core.run.days_there import DayState

MARKS: Final[dict[DayState, str]] = {"published": "■", "planned": "□", "missing": "·", "failed": "✗"}
"""State -> how it is drawn; readable without colours."""
_BARS: Final = "▁▂▃▄▅▆▇█"
_NARROW: Final = 92
"""Cells below which months come closer together, with short totals, and without the names of events."""

_BEFORE: Final = 89
"""Cells before the names of events."""


def head(width: int) -> str:
    """What stands above the days, in a map of so many cells."""
    return f"{'':{10 if width >= _NARROW else 8}}{'1':<9}{'10':<10}{'20':<10}{'30':<4}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is drawn."""

    states: Mapping[date, DayState] = field(default_factory=dict)
    daily: Daily | None = None
    published: Collection[date] = ()
    """By a run that is under way, since the states were looked at."""
    failed: Collection[date] = ()

    def state(self, day: date) -> DayState | None:
        """What is known of a day; None of one that has no part in this."""
        if day in self.published:
            return "published"
        return "failed" if day in self.failed else self.states.get(day)

    def rows(self, day: date) -> int:
        """What a day brings."""
        return self.daily.rows.get(day, 0) if self.daily is not None else 0

    def events(self, day: date) -> Sequence[str]:
        """What is on."""
        return self.daily.events.get(day, ()) if self.daily is not None else ()

    @property
    def counts(self) -> dict[DayState, int]:
        """Days in each state."""
        out: dict[DayState, int] = dict.fromkeys(MARKS, 0)
        for day in self.states:
            found = self.state(day)
            if found is not None:
                out[found] += 1
        return out


class DaysMap(ScrollView, can_focus=True):
    """Draws the months that are in sight alone, so that decades scroll as a year does."""

    HELP = """
# Days

A line is a month. On the left each day as it stands: **■** published, **□** planned, **·** missing, which is neither, between others
that are; **✗** failed when a run last tried it. On the right how many rows of the driving table it brings, and the whole month; days of
events are highlighted, and named where there is room, else below for the month that is looked at.

**left** and **right** choose a day, and **enter** tells what it brings of each table: rows that are new, and those that changed.
**e** goes to the fields, **escape** comes back. **u** takes the last change back, **U** brings it again, **d** takes all defaults.
**F5** writes the planned days, in batches. **x** stops: what is published stays, and
the next run continues after it.
"""
    COMPONENT_CLASSES: ClassVar = {f"days--{name}" for name in (*MARKS, "rows", "event", "name", "here")}
    DEFAULT_CSS = """
    DaysMap { background: $background; }
    DaysMap .days--published { color: $text-success; }
    DaysMap .days--planned { color: $text-primary; }
    DaysMap .days--missing { color: $text-warning; }
    DaysMap .days--failed { color: $text-error; text-style: bold; }
    DaysMap .days--rows { color: $text-muted; }
    DaysMap .days--event { color: $text-accent; text-style: bold; }
    DaysMap .days--name { color: $text; }
    DaysMap .days--here { color: $text; text-style: bold reverse; }
    """
    BINDINGS: ClassVar = [
        Binding("up", "go(-1)", "Up", show=False),
        Binding("k", "go(-1)", "Up", show=False, id="vim.up"),
        Binding("down", "go(1)", "Down", show=False),
        Binding("j", "go(1)", "Down", show=False, id="vim.down"),
        Binding("left", "day(-1)", "Day before", show=False),
        Binding("h", "day(-1)", "Day before", show=False, id="vim.left"),
        Binding("right", "day(1)", "Next day", show=False),
        Binding("l", "day(1)", "Next day", show=False, id="vim.right"),
        Binding("enter", "look", "The day"),
        Binding("pageup", "go(-12)", "A year up", show=False),
        Binding("pagedown", "go(12)", "A year down", show=False),
        Binding("home", "go(-100000)", "First", show=False),
        Binding("end", "go(100000)", "Last", show=False),
    ]

    class Moved(Message):
        """Another day or month is looked at."""

    @dataclass
    class Looked(Message):
        """Somebody wants to know what a day brings."""

        day: date

    def __init__(self) -> None:
        super().__init__()
        self.calendar = Calendar()
        self._first = 0
        self._months = 0
        self._most = 1
        self._here = 0
        self._day = 0
        """Day of the month that is looked at, from 0; in shorter months the last one is."""

    def show(self, calendar: Calendar) -> None:
        """Brings the map up to date; the month that is looked at stays, as far as it is there."""
        before = self._first + self._here
        if calendar.states is not self.calendar.states:
            known = calendar.states
            self._first = _month(min(known)) if known else 0
            self._months = _month(max(known)) - self._first + 1 if known else 0
            self._most = max(calendar.daily.rows.values(), default=1) if calendar.daily is not None else 1
        self.calendar = calendar
        self._here = min(max(before - self._first, 0), max(self._months - 1, 0))
        if self.day not in calendar.states:
            self._day = next((day.day - 1 for day in self.month if day in calendar.states), self._day)
        self.virtual_size = Size(self.scrollable_content_region.width, self._months)
        self.refresh()

    @property
    def month(self) -> list[date]:
        """The days of the month that is looked at."""
        return _days(self._first + self._here) if self._months else []

    @property
    def day(self) -> date | None:
        """The day that is looked at; None where there are no days."""
        month = self.month
        return month[min(self._day, len(month) - 1)] if month else None

    def action_day(self, days: int) -> None:
        """Looks at another day."""
        if self.day is not None:
            day = self.day + timedelta(days=days)
            if 0 <= _month(day) - self._first < self._months:
                self._day = day.day - 1
                self.action_go(_month(day) - self._first - self._here)

    def action_look(self) -> None:
        """Asks what the day brings."""
        if self.day is not None:
            self.post_message(self.Looked(self.day))

    def action_go(self, months: int) -> None:
        """Looks at another month."""
        self._here = min(max(self._here + months, 0), max(self._months - 1, 0))
        self.scroll_to_region(Region(0, self._here, 1, 1), animate=False)
        self.refresh()
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        """One month, where there is one."""
        at = y + self.scroll_offset.y
        if at >= self._months:
            return Strip.blank(self.size.width, self.rich_style)
        days = _days(self._first + at)
        here = at == self._here and self.has_focus
        is_narrow = self.size.width < _NARROW
        between = 1 if is_narrow else 2
        name = f"{days[0]:%Y-%m}" if is_narrow else f"{days[0].year} {MONTHS[days[0].month - 1][:3].title()}"
        segments = [self._segment(name, "here" if here else "name"), self._gap(between)]
        for (state, is_here), group in groupby(days, key=lambda day: (self.calendar.state(day), here and day == self.day)):
            text = (MARKS[state] if state is not None else " ") * len(list(group))
            look = "here" if is_here else state
            segments.append(self._segment(text, look) if look is not None else self._gap(len(text)))
        segments.append(self._gap(31 - len(days) + between))
        for event, marked in groupby(days, key=lambda day: bool(self.calendar.events(day))):
            segments.append(self._segment("".join(map(self._bar, marked)), "event" if event else "rows"))
        total = sum(map(self.calendar.rows, days))
        if is_narrow:
            told = f"{figure(total) if total else '':>5}"
        else:
            told = f"{shown.rows(total) if total else '':>13}  {cut(', '.join(events_of(self.calendar, days)), self.size.width - _BEFORE)}"
        segments += [self._gap(31 - len(days)), self._segment(told, "name")]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style).crop(0, self.size.width)

    def _gap(self, cells: int) -> Segment:
        return Segment(" " * cells, self.rich_style)

    def _segment(self, text: str, name: str) -> Segment:
        return Segment(text, self.get_component_rich_style(f"days--{name}"))

    def _bar(self, day: date) -> str:
        rows = self.calendar.rows(day)
        return _BARS[min(rows * 8 // max(self._most, 1), 7)] if rows else " "


def events_of(calendar: Calendar, days: Sequence[date]) -> list[str]:
    """`black_friday 24`, `christmas_week 18-24`: the events of a month, with their days."""
    found: dict[str, list[int]] = {}
    for day in days:
        for name in calendar.events(day):
            found.setdefault(name, []).append(day.day)
    return [f"{name} {on[0]}" + (f"-{on[-1]}" if on[-1] > on[0] else "") for name, on in found.items()]


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _days(month: int) -> list[date]:
    year, place = divmod(month, 12)
    return [date(year, place + 1, day) for day in range(1, monthrange(year, place + 1)[1] + 1)]
