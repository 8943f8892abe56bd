"""A row of the preview with all that belongs to it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from ...core import format as shown
from ...core.format import printable
from ...core.run.look import texts
from ..looking import Behind, View
from ..moving import Lines
from ..ways import Seeking
from ..widgets.hanging import Hanging
from ..widgets.panel import panel
from ..work import do_aside, told
from .sizes import AsLargeAsTerminal

if TYPE_CHECKING:
    import pyarrow as pa

    from ...core.virtual.family import Kin

_COLUMNS = 8
"""Of a row that stands on one line."""


class Family(AsLargeAsTerminal, ModalScreen[View | None]):
    """Shows a row in full, what it refers to, and what refers to it; Enter goes to one of these rows."""

    CSS_PATH = "family.tcss"
    HELP = """
# A row with its family

All columns of the row, and the rows that belong to it: those that it refers to, as they were on its day, and those that refer to it.
**enter** goes to the row under the cursor, **tab** goes to the columns, which scroll, **escape** closes.
"""
    BINDINGS: ClassVar = [
        Binding("escape,q", "dismiss(None)", "Close", id="family.close"),
        Binding("f1", "app.help", "Help", id="family.help"),
    ]

    def __init__(self, behind: Behind, view: View) -> None:
        super().__init__()
        self._behind, self._view = behind, view
        self._places: dict[str, View] = {}
        self._seeking = Seeking()

    def compose(self) -> ComposeResult:
        """The row, and a list of rows."""
        with Vertical(id="family"):
            with Horizontal(id="both"):
                with panel(VerticalScroll(id="record"), f"{self._view.table} row {shown.rows(self._view.place(self._view.row) + 1)}"):
                    yield Hanging(id="fields")
                yield panel(Lines(id="kin"), "Belongs to it", "looking ...")
            yield Static("enter goes to the row   tab its columns, its family   f1 help   esc closes", id="family-keys", markup=False)

    def on_mount(self) -> None:
        """Looks for the family in a thread."""
        self.query_one("#kin").focus()
        work = partial(_family, self._behind, self._view, self._seeking)
        do_aside(self, "family", work)

    def on_unmount(self) -> None:
        """Whoever closes it looks for nothing any more."""
        self._seeking.stop()

    @on(Worker.StateChanged)
    def _found(self, event: Worker.StateChanged) -> None:
        event.stop()
        kin = self.query_one("#kin", OptionList)
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            kin.border_subtitle = Content(told(event.worker.error))
        elif event.state is WorkerState.SUCCESS and isinstance(event.worker.result, tuple):
            record, found = event.worker.result
            self.query_one(Hanging).tell(_record(record))
            kin.border_subtitle = Content("" if found else "nothing")
            for each in found:
                self._add(kin, each)
            kin.highlighted = next((n for n, option in enumerate(kin.options) if not option.disabled), None)

    def _add(self, kin: OptionList, each: Kin) -> None:
        day = f", as of {each.as_of}" if each.as_of is not None else ""
        note = f" ({each.note})" if each.note else "" if len(each.places) else " (none)"
        kin.add_option(Option(Content.styled(printable(f"{each.table} by {each.way}{day}{note}"), "bold"), disabled=True))
        for place, line in zip(each.places.tolist(), _lines(each.rows), strict=True):
            name = f"kin-{len(self._places)}"
            self._places[name] = View(each.table, as_of=each.as_of, row=place)
            kin.add_option(Option(Content(f"  {line}"), id=name))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._places.get(event.option_id or ""))


def _family(behind: Behind, view: View, seeking: Seeking) -> tuple[pa.Table, list[Kin]]:
    import numpy as np

    from ...core.virtual.family import family

    place, found = view.place(view.row), []
    row = behind.aside.some(view.table, np.array([place]), as_of=view.as_of)
    for kin in family(behind.aside, view.table, place, view.as_of, seeking.begin):
        found.append(kin)
        if seeking.is_stopped:
            break
    return row, found


def _shown(text: str | None) -> str:
    return "NULL" if text is None else printable(text) or "''"


def _record(row: pa.Table) -> list[tuple[str, str]]:
    width = max(map(len, row.column_names), default=0)
    return [(f"{printable(name):<{width}}  ", _shown(texts(column)[0])) for name, column in zip(row.column_names, row.columns, strict=True)]


def _lines(rows: pa.Table) -> list[str]:
    """Each row on a line; NULL is left out, as it says least."""
    names = [printable(name) for name in rows.column_names[:_COLUMNS]]
    cells = zip(*(texts(column) for column in rows.columns[:_COLUMNS]), strict=True)
    return ["   ".join(f"{name} {_shown(cell)}" for name, cell in zip(names, row, strict=True) if cell is not None) for row in cells]
