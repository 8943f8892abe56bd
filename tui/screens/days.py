"""Days: which of them are generated, what is there, and how many rows each brings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from ...core import format as shown
from ...core.format import printable
from ...core.spec.form import series_settings
from ..run_state import RunState
from ..widgets.days_map import MARKS, Calendar, DaysMap, events_of, head
from ..widgets.field import SettingField
from ..widgets.panel import panel
from ..widgets.plan_card import day_lines
from .keeping import Keeping


class DaysScreen(Keeping):
    """Fields for the range, and a calendar with the curve of rows a day."""

    NAME, OF_DAYS = "days", True
    FOCUS = "DaysMap"
    AUTO_FOCUS = "DaysMap"
    CSS_PATH = "days.tcss"
    HELP = "Generate a dataset day by day: any of them can be, and those whose ids end in `_incremental` have their rows by the day."
    BINDINGS: ClassVar = [
        Binding("e", "edit", "Edit", id="days.edit"),
        Binding("d", "reset_all", "Defaults", show=False, id="days.defaults"),
        Binding("x", "app.cancel_run", "Cancel", id="days.cancel"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._job: RunState | None = None
        """The run that was last seen to begin."""

    def body(self) -> ComposeResult:
        """Fields, what they come to, calendar, the month that is looked at, and what the marks mean."""
        with panel(Container(id="fields"), "Days to generate"):
            for setting in series_settings():
                yield SettingField(setting, title=17)
        yield Static("", id="said", markup=False)
        with panel(Vertical(id="calendar"), "Calendar"):
            yield Static("", id="head", markup=False)
            yield DaysMap()
            yield Static("", id="month", markup=False)
            yield Static("", id="legend", markup=False)

    def on_mount(self) -> None:
        """Follows what is chosen, what is there, and the run."""
        self.watch(self.app, "draft", self._fill)
        self.watch(self.app, "days", self._show)
        self.watch(self.app, "job", self._draw)

    @on(events.ScreenResume)
    def _resumed(self) -> None:
        # Others may have written to the same place meanwhile.
        self.wizard.look_at_days()

    @on(events.Resize)
    def _resized(self) -> None:
        self.call_after_refresh(self._fit)

    def _fill(self) -> None:
        draft, days = self.wizard.draft, self.wizard.days
        held: dict[str, Any] = {"output_settings.path_format": draft.value("output_settings.path_format") or "nested_daily"}
        if days is not None and days.draft.chosen == draft.chosen and days.series is not None:
            first, last = days.series.plan.window
            held |= {"start": str(first), "end": str(last)}
        defaults: Mapping[str, Any] = {"output_settings.output_mode": draft.value("output_settings.output_mode") or "parquet"}
        for field in self.query(SettingField):
            path = field.setting.path
            field.show(draft.day_value(path), defaults.get(path, field.setting.default), held.get(path))

    def _show(self) -> None:
        self._fill()
        days = self.wizard.days
        about = Content("looking ...")
        if days is not None and days.problem:
            about = Content.styled(printable(days.problem, keep="\n"), "$text-error")
        elif days is not None:
            about = Content(printable("\n".join(day_lines(days)), keep="\n"))
        self.query_one("#said", Static).update(about)
        self._draw()
        self._fit()

    def _draw(self) -> None:
        days, job = self.wizard.days, self.wizard.job
        if job is not self._job:
            self._job = job
            # Whoever starts a run out of a field has done with the fields: the arrows are those of the calendar again.
            if isinstance(self.focused, Input):
                self.query_one(DaysMap).focus()
        if days is None:
            return
        ran = job if job is not None and job.series is not None and _same_place(job.series.series, days.series) else None
        published = frozenset(ran.written) if ran is not None else ()
        calendar = Calendar(days.states, days.daily, published, frozenset(ran.failed) if ran is not None else ())
        self.query_one(DaysMap).show(calendar)
        counts = calendar.counts
        told = "   ".join(f"{MARKS[state]} {state} {shown.rows(count)}" for state, count in counts.items())
        self.query_one("#legend", Static).update(told)
        self._month()
        self.refresh_bindings()

    def _fit(self) -> None:
        days = self.wizard.days
        table = f"rows of {days.daily.table} a day" if days is not None and days.daily is not None else ""
        self.query_one("#head", Static).update(printable(f"{head(self.query_one(DaysMap).size.width)}{table}"))
        self._month()

    @on(DaysMap.Moved)
    def _month(self) -> None:
        shown_map = self.query_one(DaysMap)
        calendar, month = shown_map.calendar, shown_map.month
        rows = [calendar.rows(day) for day in month if calendar.rows(day)]
        parts = [f"{month[0]:%Y-%m}"] if month else []
        if rows:
            parts += [shown.many(sum(rows), "row"), f"{shown.rows(min(rows))} to {shown.rows(max(rows))} a day"]
        if (day := shown_map.day) is not None and calendar.rows(day):
            parts.append(f"{day:%a %d}: {shown.rows(calendar.rows(day))}")
        named = events_of(calendar, month)
        of_two_lines = f"{' · '.join(parts)}\n{', '.join(named)}"
        told = of_two_lines if self.query_one("#month").size.height > 1 else "  ·  ".join([*parts, *named])
        self.query_one("#month", Static).update(printable(told, keep="\n"))

    @on(DaysMap.Looked)
    def _look(self, event: DaysMap.Looked) -> None:
        from .one_day import OneDay

        days = self.wizard.days
        if days is None or days.series is None or days.draft is not self.wizard.draft:
            return
        first, last = days.series.plan.window
        if first <= event.day <= last:
            self.app.push_screen(OneDay(days.series, event.day), self._rows)
        else:
            self.notify(f"{event.day} is not among the days that are chosen.", severity="warning")

    async def _rows(self, day: date | None) -> None:
        """Shows the rows of a day."""
        if day is not None:
            await self.wizard.go_to("preview", f"@{day}")

    def action_edit(self) -> None:
        """Goes into the fields."""
        self.query_one("#start Input").focus()


def _same_place(mine: Any, other: Any) -> bool:
    return (
        mine is not None
        and other is not None
        and (mine.plan.output.root, mine.plan.output.schema, mine.plan.output.mode)
        == (
            other.plan.output.root,
            other.plan.output.schema,
            other.plan.output.mode,
        )
    )
