"""A month of which a day is chosen."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from .control import FOCUSED

_WIDE = 4
"""Cells of a day."""


class Month(Widget, can_focus=True):
    """A month by weeks, from Monday; arrows walk by days and weeks, page keys by months, and by years with shift."""

    DEFAULT_CSS = "Month { width: 28; height: 8; text-wrap: nowrap; }"
    BINDINGS: ClassVar = [
        Binding("left", "move(-1)", "Day before", show=False),
        Binding("h", "move(-1)", "Day before", show=False, id="vim.left"),
        Binding("right", "move(1)", "Day after", show=False),
        Binding("l", "move(1)", "Day after", show=False, id="vim.right"),
        Binding("up", "move(-7)", "Week before", show=False),
        Binding("k", "move(-7)", "Week before", show=False, id="vim.up"),
        Binding("down", "move(7)", "Week after", show=False),
        Binding("j", "move(7)", "Week after", show=False, id="vim.down"),
        Binding("pageup", "turn(-1)", "Month before", show=False),
        Binding("pagedown", "turn(1)", "Month after", show=False),
        Binding("shift+pageup,shift+up", "turn(-12)", "Year before", show=False),
        Binding("Y", "turn(-12)", "Year before", show=False, id="month.year_before"),
        Binding("shift+pagedown,shift+down", "turn(12)", "Year after", show=False),
        Binding("y", "turn(12)", "Year after", show=False, id="month.year_after"),
        Binding("home", "end(0)", "First day", show=False),
        Binding("end", "end(1)", "Last day", show=False),
    ]

    class Moved(Message):
        """Another day is marked."""

    class Chosen(Message):
        """The marked day was clicked."""

    def __init__(self, day: date) -> None:
        super().__init__()
        self.day = day

    def move_to(self, day: date) -> None:
        """Marks another day."""
        self.day = day
        self.refresh()
        self.post_message(self.Moved())

    def weeks(self) -> list[list[int]]:
        """Numbers of days by weeks, 0 outside the month."""
        return calendar.Calendar().monthdayscalendar(self.day.year, self.day.month)

    def render(self) -> Content:
        """A heading, the names of the days, and up to six weeks."""
        parts: list[tuple[str, str]] = [
            (f"{f'< {self.day:%B} {self.day.year:04} >':^{7 * _WIDE}}\n", "bold"),
            (" Mo  Tu  We  Th  Fr  Sa  Su \n", "$text-muted"),
        ]
        for week in self.weeks():
            for number in week:
                look = (FOCUSED if self.has_focus else "reverse") if number == self.day.day else ""
                parts.append((f" {number:>2} " if number else " " * _WIDE, look))
            parts.append(("\n", ""))
        return Content.assemble(*parts)

    def action_move(self, days: int) -> None:
        """Walks some days."""
        try:
            self.move_to(self.day + timedelta(days=days))
        except OverflowError:
            self.app.bell()

    def action_turn(self, months: int) -> None:
        """Turns some months; the day stays, as far as the month has it."""
        number = self.day.year * 12 + self.day.month - 1 + months
        year, month = divmod(number, 12)
        if date.min.year <= year <= date.max.year:
            last = calendar.monthrange(year, month + 1)[1]
            self.move_to(date(year, month + 1, min(self.day.day, last)))

    def action_end(self, last: int) -> None:
        """Goes to the first or the last day of the month."""
        self.move_to(self.day.replace(day=calendar.monthrange(self.day.year, self.day.month)[1] if last else 1))

    def on_click(self, event: events.Click) -> None:
        """The arrows of the heading turn months, a day is taken."""
        week, weekday = event.y - 2, event.x // _WIDE
        weeks = self.weeks()
        if event.y == 0:
            self.action_turn(-1 if event.x < self.size.width // 2 else 1)
        elif 0 <= week < len(weeks) and 0 <= weekday < 7 and weeks[week][weekday]:
            self.move_to(self.day.replace(day=weeks[week][weekday]))
            self.post_message(self.Chosen())
