"""A prompt for SQL over what a folder holds, with the questions that are asked again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import DataTable, Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from ...core.charts import lying
from ...core.errors import NoOutputError, RunCancelled
from ...core.format import many, printable
from ...core.run.cancel import CancelToken
from ..moving import CELLS
from ..words import Line, Words
from ..work import do_aside, told
from .panel import panel, retitle

if TYPE_CHECKING:
    from ...core.run.monitoring import View
    from ...core.run.query import Answer

_MOST = 1_000
"""Rows that are shown."""
_WIDEST = 60
_BARS = 8


@dataclass(slots=True)
class _Asked:
    """A question, and what came of it."""

    sql: str
    view: View | None = None
    cancel: CancelToken = field(default_factory=CancelToken)


@dataclass(frozen=True, slots=True)
class _Names:
    root: Path
    tables: Mapping[str, tuple[str, ...]]
    keywords: frozenset[str]
    """Words of SQL that no table can be called by without quotes."""


class Rows(DataTable[Text]):
    """The answer."""

    HELP = """
# SQL

One SELECT (also DESCRIBE, SUMMARIZE, SHOW TABLES, EXPLAIN) over the log and the data of the output folder, read-only, in DuckDB's dialect.
**enter** runs it, **right** takes the completion that is shown, **escape** stops what runs. On the left are questions that are
asked often, and all tables: **enter** on one puts it into the line.
"""
    BINDINGS: ClassVar = [
        *CELLS,
    ]


class SqlPanel(Vertical):
    """The line, what may be asked, and the answer."""

    BINDINGS: ClassVar = [Binding("escape", "stop", "Stop", show=False)]

    def __init__(self) -> None:
        super().__init__(id="sql")
        self._words = Words()
        self._root: Path | None = None
        self._asked: _Asked | None = None
        self._views: dict[str, View] = {}
        self._keywords: frozenset[str] = frozenset()

    def compose(self) -> ComposeResult:
        """The line above; names, and the answer beside them."""
        with panel(Vertical(id="sql-prompt"), "SQL"):
            yield Line(self._words, placeholder="SELECT ... enter runs it", id="sql-line", select_on_focus=False)
        yield Static("", id="sql-told", markup=False)
        with Horizontal():
            yield panel(OptionList(id="sql-names", markup=False), "Questions and tables")
            with Vertical():
                yield Static("", id="sql-bars", markup=False)
                yield panel(Rows(id="sql-rows", zebra_stripes=True), "Answer")

    def open(self, root: Path | None) -> None:
        """Looks, aside, what a folder holds; what was asked of another one is gone."""
        if root != self._root:
            self._forget()
        self._root = root
        if root is None:
            self._say("there is no folder of this machine to ask: step 3 says what is wrong with the parameters")
            return
        if not self._asked:
            self._say(f"over {root}")
        do_aside(self, "sql names", partial(_names, root))

    def _forget(self) -> None:
        if self._asked is not None:
            self._asked.cancel.set()
        self._asked, self._words.tables = None, {}
        self.query_one("#sql-names", OptionList).clear_options()
        self.query_one("#sql-bars", Static).update("")
        self.query_one(Rows).clear(columns=True)

    def _say(self, text: str, bad: bool = False) -> None:
        line = self.query_one("#sql-told", Static)
        line.update(printable(text))
        line.set_class(bad, "-bad")

    @on(OptionList.OptionSelected, "#sql-names")
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        name = str(event.option_id)
        view = self._views.get(name)
        line = self.query_one("#sql-line", Input)
        line.value = view.sql if view is not None else f"FROM {_quoted(name.removeprefix('table '), self._keywords)} LIMIT 100"
        line.cursor_position = len(line.value)
        self._ask(_Asked(line.value, view))

    @on(Input.Submitted, "#sql-line")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            view = next((view for view in self._views.values() if view.sql == event.value), None)
            self._ask(_Asked(event.value, view))

    def _ask(self, asked: _Asked) -> None:
        if self._root is None:
            return
        if self._asked is not None:
            self._asked.cancel.set()
        self._asked = asked
        self._say("asking ... escape stops it")
        do_aside(self, "sql", partial(_answer, self._root, asked))

    def action_stop(self) -> None:
        """Stops what runs; else gives the line back to the step."""
        running = [worker for worker in self.workers if worker.group == "sql" and worker.node is self and not worker.is_finished]
        if running and self._asked is not None:
            self._asked.cancel.set()
        else:
            self.query_one(Rows).focus()

    @on(Worker.StateChanged)
    def _ended(self, event: Worker.StateChanged) -> None:
        event.stop()
        worker = event.worker
        if event.state is WorkerState.ERROR and worker.error is not None:
            if worker.group == "sql":
                stopped = isinstance(worker.error, RunCancelled)
                self._say("stopped; there is no answer" if stopped else told(worker.error), bad=not stopped)
            else:
                empty = isinstance(worker.error, NoOutputError)
                self._say("nothing has been generated in this folder yet" if empty else told(worker.error), bad=not empty)
        elif event.state is WorkerState.SUCCESS and isinstance(worker.result, _Names):
            self._fill_names(worker.result)
        elif event.state is WorkerState.SUCCESS and isinstance(worker.result, tuple):
            self._show(*worker.result)

    def _fill_names(self, names: _Names) -> None:
        from ...core.run.monitoring import VIEWS

        self._words.tables, self._keywords = names.tables, names.keywords
        self._views = {f"view {number}": view for number, view in enumerate(VIEWS)}
        options = [Option(view.name, id=name) for name, view in self._views.items()]
        for schema, tables in groupby(names.tables, _schema):
            # Names of one schema begin alike: what tells them apart would be cut.
            options += [Option(f"{printable(schema)}.", disabled=True)] if schema else []
            options += [
                Option(printable(f"  {table.removeprefix(f'{schema}.')}" if schema else table), id=f"table {table}") for table in tables
            ]
        self.query_one("#sql-names", OptionList).set_options(options)

    def _show(self, asked: _Asked, answer: Answer) -> None:
        if asked is not self._asked:
            return
        rows = self.query_one(Rows)
        rows.clear(columns=True)
        kinds = [_is_number(kind) for kind in answer.types]
        for name, number in zip(answer.names, kinds, strict=True):
            rows.add_column(Text(printable(name), justify="right" if number else "left"))
        for row in answer.rows[:_MOST]:
            rows.add_row(*(_cell(value, number) for value, number in zip(row, kinds, strict=True)))
        rows_told = f"the first {_MOST:,} rows" if len(answer.rows) > _MOST else many(len(answer.rows), "row")
        retitle(rows, note=rows_told)
        self._say(f"{rows_told}, {many(len(answer.names), 'column')}")
        bars = self.query_one("#sql-bars", Static)
        bars.display = asked.view is not None and bool(answer.rows)
        if asked.view is not None and bars.display:
            labels, values = asked.view.bars(answer)
            figures = [f"{value:,.6g}" for value in values]
            shown = lying(values[:_BARS], [printable(label) for label in labels[:_BARS]], figures[:_BARS], max(self.size.width - 42, 40))
            bars.update("\n".join([f"{asked.view.name}: {asked.view.value}", *shown]))


def _names(root: Path) -> _Names:
    from ...core.run.query import columns
    from ...core.sinks.warehouse import keywords

    return _Names(root, columns(root), keywords())


def _schema(table: str) -> str:
    return table.rpartition(".")[0]


def _answer(root: Path, asked: _Asked) -> tuple[_Asked, Answer]:
    from ...core.run.query import answer

    return asked, answer(root, asked.sql, most=_MOST + 1, cancel=asked.cancel)


def _quoted(name: str, keywords: frozenset[str]) -> str:
    from ...core.sinks.warehouse import quoted

    parts = name.split(".", 1)
    plain = [part.isidentifier() and part.isascii() and part.lower() not in keywords for part in parts]
    return ".".join(part if is_plain else quoted(part) for part, is_plain in zip(parts, plain, strict=True))


def _is_number(kind: str) -> bool:
    return kind.endswith("INT") or kind.startswith("DECIMAL(") or kind in ("INTEGER", "UINTEGER", "DOUBLE", "FLOAT")


def _cell(value: str | None, number: bool) -> Text:
    if value is None:
        return Text("NULL", style="dim italic", justify="right" if number else "left")
    text = printable(value)
    return Text(text if len(text) <= _WIDEST else f"{text[: _WIDEST - 2]}..", no_wrap=True, justify="right" if number else "left")
