"""The checks of one run: how far they are, or what they found, failures first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import DataTable, Input, Label, ProgressBar, Static

from ...core.cells import cut
from ...core.format import printable
from ...core.quality.report import Result, Silent
from ...core.quality.words import figure, finding, silence
from ..moving import LINES
from ..state import CheckState
from .lines import fill
from .panel import panel, retitle
from .plot import Plot

if TYPE_CHECKING:
    from ...core.quality.plots import Bars, Days, Histogram, Ranks
    from ...core.quality.report import Report


_COLUMNS: Final = ("", "check", "of", "found", "expected", "limit", "concern")
_LEAST: Final = 20
"""Columns of the terminal that what a check is of has at least; it takes what the others leave."""
_WIDEST: Final = {"check": 30, "found": 24, "expected": 24, "limit": 24}
"""As many as the others have at most: they stand in full below."""
_NARROWER: Final = {"check": 22, "found": 16, "expected": 14, "limit": 10}
_NARROWEST: Final = {"check": 16, "found": 11, "expected": 10, "limit": 7}
"""The same where there is less room, and where there is so little that the concern is out of sight."""
_MUCH: Final = 160
_LITTLE: Final = 100
_EDGES: Final = 4
"""The frame, and the bar that scrolls."""
_SKIPPED: Final = "not checked"


class Checks(DataTable[Text]):
    """One row a check."""

    HELP = """
# Quality

Checks of the files against what the dataset declares: keys, references, shares, distributions, patterns in time, business rules.
Those that failed come first (**✗**), those that could not be checked last (**–**), with the reason: **/** `not checked` finds them.
**/** narrows the list to words, a table or a concern, **f** to failures. Found may lie as far from expected as **limit** says.
**s** saves the report as an HTML page with plots; `synthetic-data validate-data` makes the same.
"""
    BINDINGS: ClassVar = LINES


class QualityPanel(Vertical):
    """A line that says how it stands, the checks, and one of them in full with its plot."""

    BINDINGS: ClassVar = [
        Binding("slash", "filter", "Filter", id="quality.filter"),
        Binding("f", "failures", "Failures", id="quality.failures"),
        Binding("x", "stop", "Stop", id="quality.stop"),
    ]

    def __init__(self) -> None:
        super().__init__(id="quality")
        self._shown: CheckState | None = None
        self._report: Report | None = None
        self._rows: list[Result | Silent] = []
        self._room = 0
        """Columns of the terminal that the list has."""
        self._only_failed = False
        self._of = ""

    def compose(self) -> ComposeResult:
        """Verdict, progress, checks, detail."""
        yield Label("", id="verdict", markup=False)
        yield Static("", id="by-table", markup=False)
        yield ProgressBar(id="checking", show_eta=False)
        yield Input(placeholder="words, a table, or structure, shape, rule; escape leaves", id="checks-filter")
        yield Static("", id="no-check", markup=False)
        yield panel(Checks(id="checks", cursor_type="row", zebra_stripes=True), "Checks")
        with Horizontal(id="in-full"):
            with panel(VerticalScroll(id="detail-scroll", can_focus=False), "The check in full"):
                yield Static("", id="detail", markup=False)
            yield panel(Plot(id="found"), "Found, and as declared (─)")

    def on_mount(self) -> None:
        """The columns."""
        self.query_one(Plot).display = False
        self._fill()
        self.query_one(ProgressBar).display = False

    def show(self, state: CheckState | None, of: str = "") -> None:
        """Brings the panel up to date; `of` says whose check it is, where nothing else on the screen does."""
        self._of = f"{of}: " if of else ""
        bar = self.query_one(ProgressBar)
        bar.display = state is not None and not state.ended.is_set()
        if state is None:
            self._say("not checked yet")
        elif not state.ended.is_set():
            bar.update(total=state.total or None, progress=state.done)
            self._say(f"checking {state.next}" if state.next else "checking ...")
        elif state.report is None and state.cancel.is_set():
            self._say("the check was stopped; it begins anew when this side is shown again")
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
        label.update(f"{self._of}{text}")
        label.set_class(bad, "-bad")

    def on_resize(self, event: events.Resize) -> None:
        """What a check is of has the room that there is."""
        if event.size.width != self._room:
            self._room = event.size.width
            row = self.query_one(Checks).cursor_row
            self._fill()
            self.query_one(Checks).move_cursor(row=row)

    def _fill(self) -> None:
        checks = self.query_one(Checks)
        report, words = self._report, self.query_one(Input).value
        found: tuple[Result | Silent, ...] = (*report.results, *report.silent) if report is not None else ()
        self._rows = narrowed(found, words, self._only_failed)
        lines = []
        for row, cells in zip(self._rows, fitted([_cells(row) for row in self._rows], self._room), strict=True):
            style = "dim" if isinstance(row, Silent) else "" if row.passed else "bold"
            lines.append([Text(cell, style, no_wrap=True) for cell in cells])
        fill(checks, list(map(Text, _COLUMNS)), lines)
        told = ", ".join(f"{name} {good} of {many}" for name, (good, many) in by_table(report.results if report else ()).items())
        shown = f"{len(self._rows)} of {len(found)}" if len(self._rows) < len(found) else f"{len(found)}" if found else ""
        retitle(checks, "Checks: failures alone" if self._only_failed else "Checks", shown)
        self.query_one("#by-table", Static).update(told)
        nothing = self.query_one("#no-check", Static)
        nothing.display = bool(found) and not self._rows
        with_words = " that has these words" if words.strip() else ""
        nothing.update(f"no check{with_words} failed" if self._only_failed else "no check has these words")
        self._tell(0)

    @property
    def _is_checking(self) -> bool:
        state = self._shown
        return state is not None and not state.ended.is_set() and not state.cancel.is_set()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What has ended cannot be stopped."""
        return self._is_checking if action == "stop" else super().check_action(action, parameters)

    def action_stop(self) -> None:
        """Stops the check; what was written stays as it is."""
        if self._shown is not None:
            self._shown.cancel.set()
            self.refresh_bindings()

    def action_filter(self) -> None:
        """Narrows the checks to some words."""
        field = self.query_one(Input)
        field.display = True
        field.focus()

    def action_failures(self) -> None:
        """Shows failures alone, or all again."""
        self._only_failed = not self._only_failed
        self._fill()

    def close_filter(self) -> None:
        """Takes the field and its words away."""
        field = self.query_one(Input)
        field.display = False
        field.value = ""

    @on(Input.Changed, "#checks-filter")
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self._fill()

    @on(Input.Submitted, "#checks-filter")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(Checks).focus()

    @on(DataTable.RowHighlighted, "#checks")
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        self._tell(event.cursor_row)

    def _tell(self, row: int) -> None:
        result = self._rows[row] if row < len(self._rows) else None
        lines = finding(result) if isinstance(result, Result) else silence(result) if result is not None else []
        self.query_one("#detail", Static).update(printable("\n".join(lines), keep="\n"))
        plot = self.query_one(Plot)
        drawn = result.plot if isinstance(result, Result) else None
        plot.display = drawn is not None
        if drawn is not None:
            draw(plot, drawn)


def _cells(row: Result | Silent) -> list[str]:
    """A check as a line of the list."""
    if isinstance(row, Silent):
        return ["–", row.name, f"{row.table}: {row.reason} ({row.sentence})", _SKIPPED, "", "", ""]
    of = f"{row.table}.{row.column}" if row.column else f"{row.table}: {row.sentence}"
    return ["✓" if row.passed else "✗", row.name, of, figure(row.observed), figure(row.expected), figure(row.limit), row.group]


def fitted(lines: Sequence[Sequence[str]], room: int) -> list[list[str]]:
    """The lines as they fit into so many columns of the terminal: what a check is of has what the others leave, the concern goes first."""
    most = _NARROWEST if room < _LITTLE else _NARROWER if room < _MUCH else _WIDEST
    out = [[cut(cell, most.get(name, cell_len(cell))) for name, cell in zip(_COLUMNS, line, strict=True)] for line in lines]
    wide = {name: max([len(name), *(cell_len(line[n]) for line in out)]) for n, name in enumerate(_COLUMNS)}
    seen = [name for name in _COLUMNS if name != "of" and (name != "concern" or room >= _LITTLE)]
    left = max(room - _EDGES - sum(wide[name] + 2 for name in seen) - 2, _LEAST)
    return [[cut(cell, left) if name == "of" else cell for name, cell in zip(_COLUMNS, line, strict=True)] for line in out]


def narrowed(found: Sequence[Result | Silent], words: str, only_failed: bool = False) -> list[Result | Silent]:
    """The checks that have all words, of either case, in their names, tables, columns, concerns, sentences or reasons.

    Failures come first, and those that could not be checked, which have the words `not checked`, last.
    """
    wanted = words.casefold().split()
    out = []
    for row in found:
        more = f"{row.reason} {_SKIPPED}" if isinstance(row, Silent) else f"{row.column} {row.group}"
        text = f"{row.name} {row.table} {row.sentence} {more}".casefold()
        if all(word in text for word in wanted) and not (only_failed and (isinstance(row, Silent) or row.passed)):
            out.append(row)
    return sorted(out, key=lambda row: 2 if isinstance(row, Silent) else int(row.passed))


def by_table(results: Sequence[Result]) -> dict[str, tuple[int, int]]:
    """Of each table how many checks passed, and how many there are."""
    out: dict[str, tuple[int, int]] = {}
    for result in results:
        good, many = out.get(result.table, (0, 0))
        out[result.table] = good + result.passed, many + 1
    return out


def draw(plot: Plot, what: Bars | Histogram | Days | Ranks) -> None:
    """Shows what was found as bars or a curve, and what is declared as a line in it."""
    from ...core.quality.plots import Bars, Histogram, Ranks

    percent = "{:.0%}".format
    if isinstance(what, Bars):
        plot.show_bars(what.found, what.labels, scale=percent, beside=what.declared)
    elif isinstance(what, Histogram):
        labels = [f"{edge:g}" for edge in what.edges[:-1]]
        plot.show_bars(what.found, labels, title=what.unit, scale=percent, beside=what.declared)
    elif isinstance(what, Ranks):
        plot.show_curve(what.found, ends=("most frequent", "least"), beside=what.declared)
    else:
        plot.show_curve(what.found, title="rows a day", ends=(what.start, f"{len(what.found)} days on"), beside=what.declared)
