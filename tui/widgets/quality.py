"""The checks of one run: how far they are, or what they found, failures first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.widgets import DataTable, Label, ProgressBar, Static

from ...core.quality.words import figure, finding
from ..state import CheckState
from .panel import panel

if TYPE_CHECKING:
    from ...core.quality.report import Report, Result


_WIDEST = 44


class Checks(DataTable[Text]):
    """One row a check."""

    HELP = """
# Quality

Checks of the files against what the dataset declares: keys, references, shares, distributions, patterns in time, business rules.
Those that failed come first. **s** saves the report as an HTML page with plots; `synthetic-data validate-data` makes the same.
"""
    BINDINGS: ClassVar = [Binding("j", "cursor_down", "Down", show=False), Binding("k", "cursor_up", "Up", show=False)]


class QualityPanel(Vertical):
    """A line that says how it stands, the checks, and one of them in full."""

    def __init__(self) -> None:
        super().__init__(id="quality")
        self._shown: CheckState | None = None
        self._report: Report | None = None
        self._rows: list[Result] = []

    def compose(self) -> ComposeResult:
        """Verdict, progress, checks, detail."""
        yield Label("", id="verdict", markup=False)
        yield ProgressBar(id="checking", show_eta=False)
        yield panel(Checks(id="checks", cursor_type="row", zebra_stripes=True), "Checks")
        with panel(VerticalScroll(id="detail-scroll", can_focus=False), "The check in full"):
            yield Static("", id="detail", markup=False)

    def on_mount(self) -> None:
        """The columns."""
        checks = self.query_one(Checks)
        for name in ("", "check", "of", "found", "expected"):
            checks.add_column(name)
        self.query_one(ProgressBar).display = False

    def show(self, state: CheckState | None) -> None:
        """Brings the panel up to date."""
        bar = self.query_one(ProgressBar)
        bar.display = state is not None and not state.ended.is_set()
        if state is None:
            self._say("not checked yet" if self._shown is None else "")
        elif not state.ended.is_set():
            bar.update(total=state.total or None, progress=state.done)
            self._say(f"checking {state.next}" if state.next else "checking ...")
        elif state.report is None:
            self._say(f"could not be checked: {state.problem}")
        else:
            silent = f", {len(state.report.silent)} could not be checked" if state.report.silent else ""
            self._say(f"{'✗' if state.report.failures else '✓'} {state.report.headline}{silent}", state.report.failures != ())
        if state is not self._shown or (state is not None and state.report is not self._report):
            self._shown, self._report = state, state.report if state is not None else None
            self._fill()

    def _say(self, text: str, bad: bool = False) -> None:
        label = self.query_one("#verdict", Label)
        label.update(text)
        label.set_class(bad, "-bad")

    def _fill(self) -> None:
        checks = self.query_one(Checks)
        checks.clear()
        self.query_one("#detail", Static).update("")
        self._rows = sorted(self._report.results, key=lambda result: result.passed) if self._report is not None else []
        for result in self._rows:
            style = "" if result.passed else "bold"
            of = f"{result.table}.{result.column}" if result.column else f"{result.table}: {result.sentence}"
            cells = (result.name, of if len(of) <= _WIDEST else f"{of[: _WIDEST - 1]}…", figure(result.observed), figure(result.expected))
            checks.add_row(Text("✓" if result.passed else "✗", style), *(Text(cell, style, no_wrap=True) for cell in cells))
        self._tell(0)

    @on(DataTable.RowHighlighted, "#checks")
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        self._tell(event.cursor_row)

    def _tell(self, row: int) -> None:
        if row < len(self._rows):
            self.query_one("#detail", Static).update("\n".join(finding(self._rows[row])))
