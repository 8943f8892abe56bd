"""Results: what the runs of this session wrote, and whether it is what was declared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import ContentSwitcher, DataTable, Input, OptionList, Static, Tab, Tabs
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from ...core import format as shown
from ...core.format import printable
from ...core.run.events import DayResult, RunResult, SeriesResult, TableResult
from ..output_root import output_root
from ..widgets.history import HistoryPanel
from ..widgets.lines import fill
from ..widgets.panel import panel, retitle
from ..widgets.quality import QualityPanel
from ..widgets.run_summary import Summary
from ..widgets.sql import SqlPanel
from ..work import do_aside, told
from .dialogs import Confirm, Save
from .taking import Taking, Written

if TYPE_CHECKING:
    from ...core.quality.report import Report
    from ...core.run.delete import Doomed
    from ..state import Past

_SIDES: Final = {"tables": "Tables", "quality": "Quality [t]", "history": "History [H]", "sql": "SQL [A]"}
_NOTHING: Final = "nothing has been generated in this session: F5 starts a run, H shows all runs of the folder, step 8 which days are there"
_OF_SESSION: Final = ("tables", "quality")
"""Sides that show one run of this session."""
_FOCUSED: Final = {"tables": "#written", "quality": "#checks", "history": "#past", "sql": "#sql-line"}
_COLUMNS: Final = (
    Text("table"),
    *(Text(name, justify="right") for name in ("rows", "size", "seconds", "speed", "peak memory")),
    Text("digest"),
)
_MOST: Final = 200
"""Files or days that are listed."""


class ResultsScreen(Taking):
    """A run's tables with their metrics and digests, the files of one, and the checks of all."""

    NAME = "results"
    FOCUS = "#written"
    CSS_PATH = "results.tcss"
    HELP = (
        "Rows, bytes, speed, memory, digests, files and checks of each run of this session; every run of the folder; "
        "and SQL over its log and its data."
    )
    BINDINGS: ClassVar = [
        Binding("t", "other", "Tables / Quality", id="results.other", show=False),
        Binding("H", "side('history')", "History", id="results.history", show=False),
        Binding("A", "side('sql')", "Ask SQL", id="results.sql", show=False),
        Binding("o", "open_folder", "Open folder", id="results.open"),
        Binding("y", "copy", "Copy digest", id="results.copy"),
        Binding("Y", "copy_path", "Copy path", id="results.path", show=False),
        Binding("s", "save", "Save HTML", id="results.save"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._past: Past | None = None
        """The run of the history whose check is shown, in the place of that of the run above."""
        self._report: Report | None = None
        self._at = "tables"
        self._looked_at: Path | None = None
        self._waits = False
        """Whether the folder is not known yet."""

    def body(self) -> ComposeResult:
        """Runs, summary, and one of two: tables with files, or checks."""
        yield panel(OptionList(id="runs"), "Runs")
        with Vertical(id="one"):
            yield Summary(_NOTHING, id="summary", markup=False)
            yield Tabs(*(Tab(Content(name), id=f"of-{side}") for side, name in _SIDES.items()), id="sides")
            with ContentSwitcher(initial="tables", id="sides-of"):
                with Vertical(id="tables"):
                    yield panel(Written(id="written", cursor_type="row", zebra_stripes=True), "Tables")
                    with panel(VerticalScroll(id="files-scroll"), "Files"):
                        yield Static(id="files", markup=False)
                yield QualityPanel()
                yield HistoryPanel()
                yield SqlPanel()

    def on_mount(self) -> None:
        """Follows the runs and their checks."""
        self.watch(self.app, "results", self._fill)
        self.watch(self.app, "results", self._open, init=False)
        self.watch(self.app, "checks", self._checked)
        self.watch(self.app, "planned", self._planned_anew, init=False)
        self.watch(self.app, "days", self._planned_anew, init=False)

    def _planned_anew(self) -> None:
        """The folder is known, or another, once the settings are planned."""
        if self.is_current and self._at in ("history", "sql") and (self._waits or output_root(self.wizard) != self._looked_at):
            self._open()

    def _fill(self) -> None:
        results = self.wizard.results
        runs = self.query_one("#runs", OptionList)
        runs.display = len(results) > 1 and self._at in _OF_SESSION
        with self.prevent(OptionList.OptionHighlighted):
            runs.clear_options()
            for number, result in reversed(list(enumerate(results))):
                runs.add_option(Option(Content(_line(result)), id=str(number)))
            if results:
                runs.highlighted = 0
        if results:
            self._show(results[-1])

    @on(OptionList.OptionHighlighted, "#runs")
    def _chose(self, event: OptionList.OptionHighlighted) -> None:
        self._show(self.wizard.results[int(str(event.option_id))])

    def _show(self, result: RunResult | SeriesResult) -> None:
        self._run_shown, self._past = result, None
        self.query_one(Summary).show(result)
        written, files = self.query_one(Written), self.query_one("#files", Static)
        files.update("")
        retitle(self.query_one("#files-scroll"), "Days" if isinstance(result, SeriesResult) else "Files")
        if isinstance(result, SeriesResult):
            of_days = _rows_of(result.days)
            fill(written, _COLUMNS[:2], [(Text(name), _right(shown.rows(rows))) for name, rows in of_days.items()], list(of_days))
            files.update("\n".join(_days(result.days)))
        else:
            lines = [_cells(table) for table in result.tables]
            # What is known of no table has no column.
            known = [n for n in range(len(_COLUMNS)) if n < 2 or not lines or any(line[n].plain for line in lines)]
            names = [table.name for table in result.tables]
            fill(written, [_COLUMNS[n] for n in known], [[line[n] for n in known] for line in lines], names)
            if result.tables:
                self._files(result.tables[0])
        self._checked()

    def _checked(self) -> None:
        past = self._past
        run = past or self._run_shown
        state = self.wizard.checks.get(run.run_id) if run is not None else None
        self.query_one(QualityPanel).show(state, f"run {past.run_id} of {past.dataset_id}" if past is not None else "")
        self._report = state.report if state is not None else None
        mark = "" if self._report is None else " ✗" if self._report.failures else " ✓"
        tab, label = self.query_one("#of-quality", Tab), Content(f"Quality{mark} [t]")
        # A new label, be it the same, draws the line below all tabs anew.
        if tab.label != label:
            tab.label = label
        self.refresh_bindings()

    @on(Tabs.TabActivated, "#sides")
    def _side(self, event: Tabs.TabActivated) -> None:
        side = str(event.tab.id).removeprefix("of-")
        self.query_one(ContentSwitcher).current = side
        self._at = side
        if side == "tables":
            self._past = None
            self._checked()
        # Those of the session belong to two sides alone.
        of_session = side in _OF_SESSION and self._past is None
        self.query_one("#summary").display = of_session
        self.query_one("#runs").display = of_session and len(self.wizard.results) > 1
        if side == "quality" and (run := self._past or self._run_shown) is not None:
            self.wizard.check(run)
        self._open()
        # Whoever came by the filter types on into it.
        if self.is_current and not (side == "quality" and isinstance(self.focused, Input)):
            self.query_one(_FOCUSED[side]).focus()
        self.refresh_bindings()

    @on(events.ScreenResume)
    def _open(self) -> None:
        """Looks at the folder anew, where the side is about all of it."""
        planned = self.wizard.planned
        self._looked_at = root = output_root(self.wizard)
        # While there is no plan yet, nothing is wrong with it.
        self._waits = root is None and (planned is None or planned.draft is not self.wizard.draft)
        if self._waits:
            return
        if self._at == "history":
            self.query_one(HistoryPanel).open(root, self.wizard.repository)
        elif self._at == "sql":
            self.query_one(SqlPanel).open(root)

    @property
    def _is_awaited(self) -> bool:
        """Whether one still looks at the history: what was asked of it may come late, and must not reach one elsewhere."""
        return self.is_current and self._at == "history"

    @on(HistoryPanel.Wanted)
    def _again(self, event: HistoryPanel.Wanted) -> None:
        if not self._is_awaited:
            return
        self.wizard.take(event.again.dataset_id, event.again.config)
        self.notify("The settings of that run are in Parameters; F5 runs them.")
        self.wizard.action_step("parameters")

    @on(HistoryPanel.Check)
    def _check_past(self, event: HistoryPanel.Check) -> None:
        if self._is_awaited:
            self._past = event.past
            self._checked()
            self.action_side("quality")

    @on(HistoryPanel.Doom)
    def _doom(self, event: HistoryPanel.Doom) -> None:
        if not self._is_awaited:
            return
        gone = event.doomed

        def delete(sure: bool | None) -> None:
            if sure:
                do_aside(self, "delete", partial(_delete, event.root, gone.run_id), exclusive=False)

        self.app.push_screen(Confirm(_question(event.root, gone), "Delete", "Keep"), delete)

    @on(Worker.StateChanged)
    def _deleted(self, event: Worker.StateChanged) -> None:
        if event.worker.group != "delete":
            return
        event.stop()
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.notify(told(event.worker.error), severity="error")
        elif event.state is WorkerState.SUCCESS:
            self.notify(f"What run {event.worker.result} wrote is deleted; its line in the log stays.")
            self._open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Each side has its own key."""
        if action in ("copy", "copy_path", "open_folder"):
            return self._at == "tables" and self._run_shown is not None and (action != "copy" or isinstance(self._run_shown, RunResult))
        if action == "save":
            return self._at == "quality" and self._report is not None
        return super().check_action(action, parameters)

    @on(DataTable.RowHighlighted, "#written")
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        if isinstance(self._run_shown, RunResult) and event.cursor_row < len(self._run_shown.tables):
            self._files(self._run_shown.tables[event.cursor_row])

    def _files(self, table: TableResult) -> None:
        many = len(table.files)
        sample = "" if table.digest_sample <= 1 else f" (of 1 in {table.digest_sample} rows)"
        lines = [f"{table.name}: {many} file{'s' if many != 1 else ''}, digest {table.digest or 'none'}{sample}", *table.files[:_MOST]]
        if many > _MOST:
            lines.append(f"... and {many - _MOST} more, in the manifest")
        self.query_one("#files", Static).update("\n".join(lines))

    def action_other(self) -> None:
        """Shows the checks, or the tables from anywhere else."""
        self.query_one(Tabs).active = "of-quality" if self._at == "tables" else "of-tables"

    def action_find_check(self) -> None:
        """Goes from the tables to the filter of the checks."""
        # At once: what is typed in the same breath is of it.
        self.query_one(ContentSwitcher).current = "quality"
        self.query_one(QualityPanel).action_filter()
        self.action_side("quality")

    def action_leave(self) -> None:
        """Closes the field of the checks first."""
        if isinstance(self.focused, Input) and self._at == "quality":
            self.query_one(QualityPanel).close_filter()
        self.query_one(_FOCUSED[self._at] if self._at != "sql" else "#sql-rows").focus()

    def reach(self, target: str) -> None:
        """Shows a side by its name."""
        self.action_side(target)

    def action_side(self, side: str) -> None:
        """Shows another side."""
        self.query_one(Tabs).active = f"of-{side}"

    def action_save(self) -> None:
        """Asks for a name and saves the report as a page."""
        report = self._report
        if report is not None:
            self.app.push_screen(Save(f"{report.dataset_id}-quality.html", partial(_write, report)), self._saved)

    def _saved(self, path: Path | None) -> None:
        if path is not None:
            self.notify(f"Saved {path}; open it in a browser.")


def _write(report: Report, path: Path, replace: bool) -> None:
    from ...core.quality.html import html
    from ...core.spec.export import save

    save(html(report), path, replace=replace)


def _question(root: Path, gone: Doomed) -> str:
    """What is asked before a run is deleted."""
    kept = f"\n\nA newer run has written {', '.join(gone.kept)} since: that stays." if gone.kept else ""
    kept += f"\n\nOthers have changed {', '.join(gone.changed)} since: that stays." if gone.changed else ""
    tables = f"{', '.join(gone.tables)} ({gone.size})"
    return printable(f"Delete what run {gone.run_id} wrote?\n\n  folder  {root}\n  tables  {tables}{kept}", keep="\n")


def _delete(root: Path, run_id: str) -> str:
    from ...core.run.delete import delete

    return delete(root, run_id).run_id


def _rows_of(days: Sequence[DayResult]) -> dict[str, int]:
    """Rows of each table, over all days."""
    out: dict[str, int] = {}
    for day in days:
        for name, rows in day.tables.items():
            out[name] = out.get(name, 0) + rows
    return out


def _days(days: Sequence[DayResult]) -> list[str]:
    lines = [f"{day.day}  {shown.rows(day.rows):>13} rows  {shown.bytes_(day.bytes):>9}" for day in days[:_MOST]]
    return [*lines, f"... and {shown.many(len(days) - _MOST, 'day')} more"] if len(days) > _MOST else lines


def _line(result: RunResult | SeriesResult) -> str:
    # A run's id starts with the second in which it began; what wrote no table has none.
    began = ":".join(result.run_id[at : at + 2] for at in (9, 11, 13)) + " UTC  " if result.run_id else ""
    rows = f"{shown.rows(result.rows)} rows, " if result.rows else ""
    if isinstance(result, SeriesResult):
        rows = f"{shown.many(len(result.days), 'day')}, {rows}"
    return f"{began}{result.dataset_id}  {rows}{result.status.lower()}"


def _cells(table: TableResult) -> list[Text]:
    figures = (
        shown.rows(table.rows),
        shown.bytes_(table.bytes),
        f"{table.seconds:.2f} s",
        shown.rate(table.rows_per_second),
        # A notebook does not tell it of each table.
        shown.bytes_(table.peak_memory_bytes) if table.peak_memory_bytes else "",
    )
    return [Text(table.name), *map(_right, figures), Text(table.digest[:16])]


def _right(text: str) -> Text:
    return Text(text, justify="right")
