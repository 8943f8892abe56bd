"""Results: what the runs of this session wrote, and whether it is what was declared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import ContentSwitcher, DataTable, OptionList, Static, Tab, Tabs
from textual.widgets.option_list import Option

from ...core import format as shown
from ...core.run.events import RunResult, TableResult
from ..widgets.quality import Checks, QualityPanel
from .dialogs import Save
from .step import Step

if TYPE_CHECKING:
    from ...core.quality.report import Report


class Written(DataTable[Text]):
    """The tables of a run."""

    HELP = """
# Tables

What was written, how fast, and the digest: the same seed and parameters give the same digest on any machine.
The files of the table under the cursor are listed below. **y** copies the digest, **t** shows the checks.
"""
    BINDINGS: ClassVar = [Binding("j", "cursor_down", "Down", show=False), Binding("k", "cursor_up", "Up", show=False)]


class ResultsScreen(Step):
    """A run's tables with their metrics and digests, the files of one, and the checks of all."""

    NAME = "results"
    FOCUS = "#written"
    CSS_PATH = "results.tcss"
    HELP = (
        "Rows, bytes, speed, memory, digests, files and checks of each run of this session. "
        "The log of all runs: `synthetic-data query`; the checks of any: `synthetic-data validate-data`."
    )
    BINDINGS: ClassVar = [
        Binding("t", "other", "Tables / Quality"),
        Binding("y", "copy", "Copy digest"),
        Binding("s", "save", "Save HTML"),
        Binding("n", "app.move(1)", "Export", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._run_shown: RunResult | None = None
        self._report: Report | None = None
        self._is_quality = False

    def body(self) -> ComposeResult:
        """Runs, summary, and one of two: tables with files, or checks."""
        yield OptionList(id="runs")
        with Vertical(id="one"):
            yield Static("nothing has been generated yet; F5 starts a run", id="summary", markup=False)
            yield Tabs(Tab("Tables", id="of-tables"), Tab("Quality", id="of-quality"), id="sides")
            with ContentSwitcher(initial="tables", id="sides-of"):
                with Vertical(id="tables"):
                    yield Written(id="written", cursor_type="row", zebra_stripes=True)
                    with VerticalScroll(id="files-scroll"):
                        yield Static(id="files", markup=False)
                yield QualityPanel()

    def on_mount(self) -> None:
        """Follows the runs and their checks."""
        written = self.query_one(Written)
        written.add_column("table")
        for name in ("rows", "size", "seconds", "speed", "peak memory"):
            written.add_column(Text(name, justify="right"))
        written.add_column("digest")
        self.watch(self.app, "results", self._fill)
        self.watch(self.app, "checks", self._checked)

    def _fill(self) -> None:
        results = self.wizard.results
        runs = self.query_one("#runs", OptionList)
        runs.display = len(results) > 1
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

    def _show(self, result: RunResult) -> None:
        self._run_shown = result
        done = result.status == "COMPLETED"
        lines = [f"{result.dataset_id}: {result.message or 'done'}"]
        if done:
            peak = shown.bytes_(result.peak_memory_bytes)
            lines = [
                f"{result.dataset_id}: {shown.rows(result.rows)} rows, {shown.bytes_(result.bytes)} in {shown.duration(result.seconds)}",
                f"{shown.rate(result.rows_per_second)}, {result.cpu_cores_used:.1f} cores, peak memory {peak}",
                f"in {result.output_root}, manifest {result.manifest}",
            ]
        self.query_one("#summary", Static).update("\n".join(lines))
        written = self.query_one(Written)
        written.clear()
        for table in result.tables:
            written.add_row(*_cells(table), key=table.name)
        self.query_one("#files", Static).update("")
        if result.tables:
            self._files(result.tables[0])
        self._checked()

    def _checked(self) -> None:
        run = self._run_shown
        state = self.wizard.checks.get(run.run_id) if run is not None else None
        self.query_one(QualityPanel).show(state)
        self._report = state.report if state is not None else None
        mark = "" if self._report is None else " ✗" if self._report.failures else " ✓"
        self.query_one("#of-quality", Tab).label = f"Quality{mark}"
        self.refresh_bindings()

    @on(Tabs.TabActivated, "#sides")
    def _side(self, event: Tabs.TabActivated) -> None:
        side = str(event.tab.id).removeprefix("of-")
        self.query_one(ContentSwitcher).current = side
        self._is_quality = side == "quality"
        if side == "quality" and self._run_shown is not None:
            self.wizard.check(self._run_shown)
        if self.is_current:
            self.query_one(Checks if side == "quality" else Written).focus()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Each side has its own key."""
        if action == "copy":
            return not self._is_quality
        if action == "save":
            return self._is_quality and self._report is not None
        return super().check_action(action, parameters)

    @on(DataTable.RowHighlighted, "#written")
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        if self._run_shown is not None and event.cursor_row < len(self._run_shown.tables):
            self._files(self._run_shown.tables[event.cursor_row])

    def _files(self, table: TableResult) -> None:
        many = len(table.files)
        sample = "" if table.digest_sample <= 1 else f" (of 1 in {table.digest_sample} rows)"
        lines = [f"{table.name}: {many} file{'s' if many != 1 else ''}, digest {table.digest or 'none'}{sample}", *table.files[:200]]
        if many > len(table.files[:200]):
            lines.append(f"... and {many - 200} more, in the manifest")
        self.query_one("#files", Static).update("\n".join(lines))

    def action_other(self) -> None:
        """Shows the other side: tables or checks."""
        self.query_one(Tabs).active = "of-tables" if self._is_quality else "of-quality"

    def action_copy(self) -> None:
        """Copies the digest under the cursor."""
        written = self.query_one(Written)
        if self._run_shown is not None and written.row_count:
            table = self._run_shown.tables[written.cursor_row]
            self.app.copy_to_clipboard(table.digest)
            self.notify(f"The digest of {table.name} is copied.", markup=False)

    def action_save(self) -> None:
        """Asks for a name and saves the report as a page."""
        report = self._report
        if report is not None:
            self.app.push_screen(Save(f"{report.dataset_id}-quality.html", self._write), self._saved)

    def _write(self, path: Path, replace: bool) -> None:
        from ...core.quality.html import html
        from ...core.spec.export import save

        if self._report is not None:
            save(html(self._report), path, replace=replace)

    def _saved(self, path: Path | None) -> None:
        if path is not None:
            self.notify(f"Saved {path}; open it in a browser.", markup=False)


def _line(result: RunResult) -> str:
    # A run's id starts with the second in which it began.
    hours, minutes, seconds = (result.run_id[at : at + 2] for at in (9, 11, 13))
    rows = f"{shown.rows(result.rows)} rows, " if result.rows else ""
    return f"{hours}:{minutes}:{seconds} UTC  {result.dataset_id}  {rows}{result.status.lower()}"


def _cells(table: TableResult) -> list[Text]:
    figures = (
        shown.rows(table.rows),
        shown.bytes_(table.bytes),
        f"{table.seconds:.2f} s",
        shown.rate(table.rows_per_second),
        shown.bytes_(table.peak_memory_bytes),
    )
    return [Text(table.name), *(Text(figure, justify="right") for figure in figures), Text(table.digest[:16])]
