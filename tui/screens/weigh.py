"""Weekdays, months, hours and events: their factors as bars, and the year or the day that comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from ...core.errors import ParameterError
from ...core.explain.time_shape import factors, names_of, written, year_curve
from ...core.format import printable
from ...core.spec.form import Setting
from ...core.spec.names import MONTHS
from ..widgets.plot import Plot
from ..widgets.weights import Weights
from .editing import Editor

if TYPE_CHECKING:
    from ...core.spec.dataset import Dataset


class Weigh(Editor):
    """Bars, the marked one in words, and the curve of a year."""

    DEFAULT_CSS = """
    Weigh #weights { height: auto; max-height: 12; }
    Weigh #marked { height: 1; }
    Weigh Plot { height: 7; margin-top: 1; }
    Weigh.-short Plot { height: 5; margin-top: 0; }
    """
    KEYS = "arrows, figures  delete as declared"

    def __init__(self, setting: Setting, given: Mapping[str, Any], dataset: Dataset) -> None:
        super().__init__(setting)
        self._dataset = dataset
        self._part = setting.path.rpartition(".")[2]
        self._names = names_of(self._part, dataset)
        self._declared = factors(self._part, dataset)
        # Names that the dataset's calendar does not have stand in no bar; the field says so.
        self._values = factors(self._part, dataset, given)
        self._year, is_event = dataset.history.end.year, self._part == "seasonal_multipliers"
        # A day of an event may have five times the rows: beside it, weekdays could not be told apart.
        self._plain = {} if is_event else {"seasonal_multipliers": [1.0] * len(names_of("seasonal_multipliers", dataset))}
        self._title = f"rows a day, over a year; the line is declared{'' if is_event else ', without events'}"
        self._curve = year_curve(dataset, self._year, self._plain) if self._part != "hourly_distribution" else []

    def body(self) -> ComposeResult:
        """The bars, what is marked, and what comes of them."""
        with VerticalScroll(id="weights", can_focus=False):
            yield Weights(_told(self._part, self._names), _short(self._part, self._names), self._values, self._declared)
        yield Static("", id="marked", markup=False)
        if self._part != "hourly_distribution":
            yield Plot()

    def on_mount(self) -> None:
        """Shows what comes of the bars as they are."""
        self.query_one(Weights).focus()
        self._show()

    @on(Weights.Changed)
    def _show(self) -> None:
        weights = self.query_one(Weights)
        self.query_one("#marked", Static).update(printable(weights.told))
        self.complain(weights.problem)
        if not weights.upright:
            self.query_one("#weights").scroll_to(y=max(weights.at - 5, 0), animate=False)
        if self._part != "hourly_distribution":
            curve = year_curve(self._dataset, self._year, {**self._plain, self._part: weights.values})
            ends = f"January {self._year}", "December"
            self.query_one(Plot).show_curve(curve, title=self._title, ends=ends, beside=self._curve)

    def value(self) -> Any:
        """What differs from the dataset's own."""
        weights = self.query_one(Weights)
        if weights.problem:
            raise ParameterError(self.setting.title, weights.problem)
        return written(self._part, self._dataset, weights.values)


def _told(part: str, names: list[str]) -> list[str]:
    if part == "months":
        return [month.title() for month in MONTHS]
    if part == "hourly_distribution":
        return [f"{name}:00 to {int(name) + 1:02}:00" for name in names]
    return [name.title() for name in names] if part == "weekdays" else names


def _short(part: str, names: list[str]) -> list[str]:
    if part == "months":
        return [month[:3].title() for month in MONTHS]
    return [name[:3].title() for name in names] if part == "weekdays" else names
