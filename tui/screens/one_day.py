"""What one day brings of each table: rows that are new, rows that changed, and in which columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from ...core import format as shown
from ...core.run.cancel import CancelToken
from ..widgets.hanging import Hanging
from ..widgets.panel import retitle
from ..work import do_aside, told
from .window import Window

if TYPE_CHECKING:
    from ...core.plan.series import Series
    from ...core.run.day_changes import DayOfTable

_NAMED = 6
"""Columns that are told of a table, the most changed first."""


class Told(VerticalScroll, can_focus=True):
    """The tables, which scroll where they are many."""

    HELP = """
# A day

What it brings of each table, worked out anew and not read: the same as in the files that are, or will be, written. A **snapshot** has
all rows of a table as they are at the end of the day; any other table its new rows, and those that are not as they were the day before.

**left** and **right** go to the days beside it, **r** to its first row in the preview, where all tables are as of that day.
"""
    BINDINGS: ClassVar = [
        Binding("left,h", "screen.beside(-1)", "Day before", id="day.before"),
        Binding("right,l", "screen.beside(1)", "Next day", id="day.next"),
    ]


class OneDay(Window["date | None"]):
    """A day of a series; the days beside it are a key away. Gives back the day whose rows are to be seen, if any."""

    DEFAULT_CSS = "OneDay > .window { width: 90; } OneDay Told { height: auto; max-height: 24; }"
    HELP = "What one day of a series brings."
    BINDINGS: ClassVar = [
        Binding("escape,enter,q", "dismiss(None)", "Close", id="day.close"),
        Binding("r", "rows", "Rows", id="day.rows"),
        Binding("f1", "app.help", "Help", id="day.help"),
    ]

    def __init__(self, series: Series, day: date) -> None:
        super().__init__()
        self._series, self._day = series, day
        self._cancel = CancelToken()

    def compose(self) -> ComposeResult:
        """The tables, and the keys."""
        with self.framed(""):
            with Told():
                yield Hanging(id="brings")
            yield Static("left, right another day  r rows  f1 help  esc close", classes="keys", markup=False)

    def on_mount(self) -> None:
        """Works it out in a thread."""
        self.query_one(Told).focus()
        self._begin()

    def on_unmount(self) -> None:
        """Whoever closes it waits for nothing any more."""
        self._cancel.set()

    def _begin(self) -> None:
        self._cancel.set()
        self._cancel = CancelToken()
        retitle(self.query_one(".window"), f"What {self._day:%A}, {self._day} brings")
        self.query_one(Hanging).tell([("", "working it out ...")])
        do_aside(self, "day", partial(_changes, self._series, self._day, self._cancel))

    def action_beside(self, days: int) -> None:
        """Goes to a day beside it, as far as the series has one."""
        day, (first, last) = self._day + timedelta(days=days), self._series.plan.window
        if first <= day <= last:
            self._day = day
            self._begin()

    def action_rows(self) -> None:
        """Asks for the rows of the day."""
        self.dismiss(self._day)

    @on(Worker.StateChanged)
    def _found(self, event: Worker.StateChanged) -> None:
        event.stop()
        told_here = self.query_one(Hanging)
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            told_here.tell([("", told(event.worker.error))])
        elif event.state is WorkerState.SUCCESS and isinstance(event.worker.result, tuple):
            day, found = event.worker.result
            if day == self._day:
                told_here.tell(lines(found))


def _changes(series: Series, day: date, cancel: CancelToken) -> tuple[date, Sequence[DayOfTable]] | None:
    """The day and what it brings; None where it was cancelled, so that not all of it is known."""
    from ...core.run.day_changes import day_changes

    found = day_changes(series, day, cancel=cancel)
    return None if cancel.is_set() else (day, found)


def lines(tables: Sequence[DayOfTable]) -> list[tuple[str, str]]:
    """A line a table, and one for the columns in which rows of it changed; each as its head, and what may be wrapped beside it."""
    if not tables:
        return [("", "no table has anything on that day")]
    width = max(len(table.table) for table in tables)
    out = [(f"{'':<{width}}  {'new':>11}  {'changed':>9}", "")]
    for table in tables:
        name = f"{table.table:<{width}}  "
        if table.rows is None:
            out.append((name, "too many rows to be compared with the day before"))
        elif table.whole:
            out.append((f"{name}{shown.rows(table.rows):>11}  ", "snapshot: all rows, as they are that evening"))
        else:
            out.append((f"{name}{shown.rows(table.new):>11}  {shown.rows(table.changed):>9}", ""))
        if table.columns:
            most = sorted(table.columns.items(), key=lambda found: -found[1])
            more = f", and {len(most) - _NAMED} more columns" if len(most) > _NAMED else ""
            out.append((" " * (width + 2), f"{', '.join(f'{column} {shown.rows(many)}' for column, many in most[:_NAMED])}{more}"))
    return out
