"""Preview: the very rows that a run would write, from any place of a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import DataTable, Input, Label, Tab, Tabs
from textual.worker import Worker, WorkerState

from ...core import format as shown
from ...core.errors import ParameterError
from ...core.format import printable
from ...core.plan.plan import Plan, TablePlan
from ...core.run.preview import PlanRows
from ...core.spec.form import settings
from ..widgets.panel import panel, retitle
from ..widgets.statistics import StatisticsPanel
from ..work import aside, told
from .step import Step

if TYPE_CHECKING:
    import pyarrow as pa

PAGE = 100
"""Rows at once: more would make the terminal slow, and would not be read."""
_WIDEST = 60
_NUMBERS = ("bigint", "integer", "double")
Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of one table of one plan."""

    plan: Plan
    table: TablePlan
    offset: int
    rows: pa.Table
    names: list[str]
    texts: list[list[str | None]]
    """By column."""


class Rows(DataTable[Text]):
    """The rows."""

    HELP = """
# Rows

The very rows that the run will write, from anywhere in the table. No other row is generated to show them.

**]** and **[** turn the page, **o** goes to a row, **t** goes to the next table, **y** copies the cell, **Y** the row.
The panel describes the column under the cursor, on this page.
"""
    BINDINGS: ClassVar = [
        Binding("right_square_bracket", "screen.turn(1)", "Page", key_display="]"),
        Binding("left_square_bracket", "screen.turn(-1)", "Previous page", show=False),
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("h", "cursor_left", show=False),
        Binding("l", "cursor_right", show=False),
        Binding("y", "screen.copy(False)", "Copy cell", show=False),
        Binding("Y", "screen.copy(True)", "Copy row", show=False),
    ]


class PreviewScreen(Step):
    """Tables as tabs, a page of rows, and figures of the column under the cursor."""

    NAME = "preview"
    FOCUS = "#rows"
    CSS_PATH = "preview.tcss"
    HELP = "Look at the rows that the run will write."
    BINDINGS: ClassVar = [
        Binding("o", "go", "Go to row"),
        Binding("t", "table(1)", "Table"),
        Binding("T", "table(-1)", "Previous table", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._page: Page | None = None
        self._rows: PlanRows | None = None
        """Of the plan that is looked at: turning pages builds nothing twice."""
        self._offsets: dict[str, int] = {}
        self._table = ""
        self._tabbed: tuple[str, ...] = ()

    def body(self) -> ComposeResult:
        """Tabs, the place in the table, rows and figures."""
        yield Tabs(id="tabs")
        with Horizontal(id="place"):
            yield Label("", id="where", markup=False)
            yield Label("go to row", id="go")
            yield Input(compact=True, id="offset", placeholder="such as 1M")
        with Horizontal(id="preview"):
            yield panel(Rows(id="rows", zebra_stripes=True, cursor_type="cell", fixed_columns=1), "Rows")
            with panel(VerticalScroll(id="figures", can_focus=False), "Column"):
                yield StatisticsPanel(id="statistics")

    def on_mount(self) -> None:
        """Follows the plan."""
        self.watch(self.app, "planned", self._planned)

    async def on_screen_resume(self) -> None:
        """A plan that changed meanwhile is looked at now."""
        await self._planned()

    async def _planned(self) -> None:
        planned = self.wizard.planned
        if not self.is_current or planned is None:
            return
        if planned.plan is None:
            self._say(printable("; ".join(sentence for _, sentence in planned.problems)))
            self.query_one("#preview").add_class("-stale")
            return
        if self._page is not None and self._page.plan is planned.plan:
            return
        if self._tabbed != planned.plan.names:
            self._tabbed = planned.plan.names
            tabs = self.query_one(Tabs)
            with self.prevent(Tabs.TabActivated):
                await tabs.clear()
                for name in planned.plan.names:
                    await tabs.add_tab(Tab(name, id=f"tab-{name}"))
                if self._table not in self._tabbed:
                    self._table = next((table.name for table in planned.plan.tables if table.driving), self._tabbed[0])
                tabs.active = f"tab-{self._table}"
        self._load()

    def _load(self) -> None:
        planned = self.wizard.planned
        if planned is None or planned.plan is None or self._table not in planned.plan.names:
            return
        table = planned.plan.table(self._table)
        offset = min(self._offsets.get(self._table, 0), max(table.rows - 1, 0))
        self.query_one("#preview").add_class("-stale")
        if self._rows is None or self._rows.plan is not planned.plan:
            self._rows = PlanRows(planned.plan)
        self.run_worker(aside(partial(_page, self._rows, table, offset)), exclusive=True, group="page", exit_on_error=False)

    @on(Worker.StateChanged)
    def _loaded(self, event: Worker.StateChanged) -> None:
        event.stop()
        if event.worker.group != "page":
            return
        if event.state is WorkerState.ERROR:
            self._say(told(event.worker.error) if event.worker.error is not None else "")
        page = event.worker.result
        if event.state is WorkerState.SUCCESS and isinstance(page, Page) and page.table.name == self._table:
            self._show(page)

    def _show(self, page: Page) -> None:
        rows = self.query_one(Rows)
        same = self._page is not None and self._page.names == page.names
        column = rows.cursor_column if same else 0
        self._page = page
        retitle(rows, f"Rows of {page.table.name}")
        rows.clear(columns=True)
        keys = page.table.primary_key
        sides = [_side(column.type) for column in page.table.columns]
        for name, side in zip(page.names, sides, strict=True):
            rows.add_column(Text(name, style="bold" if name in keys else "", justify=side), key=name)
        for cells in zip(*page.texts, strict=True):
            rows.add_row(*(_cell(text, side) for text, side in zip(cells, sides, strict=True)))
        rows.move_cursor(row=0, column=column)
        last = page.offset + len(page.texts[0])
        self._say(f"rows {shown.rows(page.offset + 1)} to {shown.rows(last)} of {shown.rows(page.table.rows)}, seed {page.plan.seed}")
        self.query_one("#preview").remove_class("-stale")
        self._figures(column)

    def _say(self, text: str) -> None:
        self.query_one("#where", Label).update(text)

    @on(DataTable.CellHighlighted)
    def _moved(self, event: DataTable.CellHighlighted) -> None:
        self._figures(event.coordinate.column)

    @on(events.Resize)
    def _form(self) -> None:
        """The panel has a short form for narrow terminals."""
        if self._page is not None:
            self._figures(self.query_one(Rows).cursor_column)

    def _figures(self, column: int) -> None:
        from ...core.run.look import column_statistics

        page = self._page
        if page is None or not 0 <= column < len(page.names):
            return
        name = page.names[column]
        about = next(found.about for found in page.table.columns if found.name == name)
        self.query_one(StatisticsPanel).show(column_statistics(page.rows, name), about, self.has_class("-narrow"))

    @on(Tabs.TabActivated)
    def _tab(self, event: Tabs.TabActivated) -> None:
        name = str(event.tab.id).removeprefix("tab-")
        if name != self._table:
            self._table = name
            self.query_one("#offset", Input).value = ""
            self._load()

    @on(Input.Submitted, "#offset")
    def _went(self, event: Input.Submitted) -> None:
        whole = next(setting for setting in settings() if setting.path == "target_rows")
        planned = self.wizard.planned
        if planned is None or planned.plan is None:
            return
        most = planned.plan.table(self._table).rows
        try:
            row = whole.read(event.value) or 1
        except ParameterError as error:
            self.notify(str(error).removeprefix(f"{whole.title}: "), severity="warning", markup=False)
            return
        except Exception:  # whatever was typed, the field stays usable
            self.notify(f"`{event.value}` is not the number of a row", severity="warning", markup=False)
            return
        if row > most:
            self.notify(f"{self._table} has {shown.rows(most)} rows", severity="warning", markup=False)
            return
        self._offsets[self._table] = row - 1
        self.query_one("#offset", Input).value = ""
        self.action_leave()
        self._load()

    def action_go(self) -> None:
        """Goes to the field for a row number."""
        field = self.query_one("#offset", Input)
        field.value = ""
        field.focus()

    def action_turn(self, pages: int) -> None:
        """Turns pages; stays where there is none."""
        if self._page is not None:
            offset = self._page.offset + pages * PAGE
            if offset < self._page.table.rows and self._page.offset + pages * PAGE > -PAGE:
                self._offsets[self._table] = max(offset, 0)
                self._load()

    def action_table(self, distance: int) -> None:
        """Goes to another table."""
        tabs = self.query_one(Tabs)
        tabs.action_next_tab() if distance > 0 else tabs.action_previous_tab()

    def action_copy(self, whole_row: bool) -> None:
        """Copies the cell or the row (tab-separated) under the cursor."""
        page, rows = self._page, self.query_one(Rows)
        if page is None or not page.texts[0]:
            return
        cells = [column[rows.cursor_row] or "" for column in page.texts]
        text = "\t".join(cells) if whole_row else cells[rows.cursor_column]
        self.app.copy_to_clipboard(text)
        self.notify("The row is copied." if whole_row else f"Copied: {text[:40]}", markup=False)


def _page(source: PlanRows, table: TablePlan, offset: int) -> Page:
    from ...core.run.look import texts

    rows = source.page(table.name, offset, PAGE)
    return Page(source.plan, table, offset, rows, list(rows.column_names), [texts(column) for column in rows.columns])


def _side(kind: str) -> Side:
    return "right" if kind in _NUMBERS or kind.startswith("decimal") else "left"


def _cell(text: str | None, side: Side) -> Text:
    if text is None:
        return Text("∅", style="dim", justify=side)
    text = printable(text.replace("\n", "⏎"))
    return Text(text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…", no_wrap=True, justify=side)
