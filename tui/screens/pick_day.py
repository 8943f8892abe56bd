"""A calendar of which a day is taken."""

from __future__ import annotations

from datetime import date
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from ...core.spec.form import Setting
from ..widgets.month import Month
from .editing import Editor


class PickDay(Editor):
    """A month, and the day that is marked, in words."""

    DEFAULT_CSS = "PickDay > .window { width: 60; } PickDay Month { margin: 1 14 0 14; }"
    KEYS = "arrows days, page keys months, y years"

    def __init__(self, setting: Setting, value: Any) -> None:
        super().__init__(setting)
        self._day = day_of(value)

    def body(self) -> ComposeResult:
        """The month and the day."""
        yield Month(self._day)
        yield Static(f"{self._day:%A}, {self._day}", id="day")

    @on(Month.Moved)
    def _moved(self) -> None:
        day = self.query_one(Month).day
        self.query_one("#day", Static).update(f"{day:%A}, {day}")

    @on(Month.Chosen)
    def _chosen(self) -> None:
        self.action_accept()

    def value(self) -> Any:
        """The day that is marked."""
        return self.query_one(Month).day.isoformat()


def day_of(value: Any) -> date:
    """The day that a value of a config file is; today where it is none."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return date.today()
