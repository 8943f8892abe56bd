"""All keys: what each does, where, and the id by which a file changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import DataTable, Input, Static
from textual.worker import Worker, WorkerState

from ...core.format import printable
from ..moving import LINES
from ..widgets.panel import panel, retitle
from ..work import do_aside, told
from .sizes import AsLargeAsTerminal

if TYPE_CHECKING:
    from ..keymap import Key
    from ..wizard import Wizard


class KeyTable(DataTable[Text]):
    """A key a line."""

    BINDINGS: ClassVar = LINES


class AllKeys(AsLargeAsTerminal, ModalScreen[None]):
    """The keys of every step, to be filtered by what they do, by their id and by themselves."""

    CSS_PATH = "all_keys.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,question_mark", "dismiss(None)", "Close", id="keys.close"),
        Binding("down", "down", "To the list", show=False, id="keys.down"),
        Binding("slash", "filter", "Filter", id="keys.filter"),
    ]

    def __init__(self, source: Screen[Any]) -> None:
        super().__init__()
        self._of = getattr(source, "NAME", "")
        self._keys: tuple[Key, ...] = ()

    def compose(self) -> ComposeResult:
        """A filter, the keys, and where they are changed."""
        with panel(Vertical(id="all-keys"), "Keys", "escape closes"):
            yield Input(placeholder="filter: a key, a word or an id", compact=True, id="key-filter")
            yield KeyTable(id="key-table", cursor_type="row", zebra_stripes=True)
            yield Static("", id="key-file", markup=False)

    def on_mount(self) -> None:
        """Collects the keys, for which every screen is imported."""
        self.query_one(KeyTable).add_columns("keys", "what", "where", "id")
        wizard = cast("Wizard", self.app)
        file = wizard.settings.keymap_file
        text = f"changed in {file}, a line each, such as   run.start: f7" if file is not None else "no file of keys was read"
        self.query_one("#key-file", Static).update(printable(text))
        self.query_one(KeyTable).loading = True
        do_aside(self, "all keys", wizard.all_keys, exclusive=False)

    @on(Worker.StateChanged)
    def _collected(self, event: Worker.StateChanged) -> None:
        event.stop()
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.query_one("#key-file", Static).update(told(event.worker.error))
        elif event.state is WorkerState.SUCCESS and event.worker.result is not None:
            self._keys = event.worker.result
            self.query_one(KeyTable).loading = False
            self._fill(self.query_one(Input).value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def _fill(self, text: str) -> None:
        changed = cast("Wizard", self.app).changed_keys
        table = self.query_one(KeyTable)
        table.clear()
        for key in found(self._keys, text, self._of, changed):
            look = "bold" if key.id in changed else ""
            table.add_row(*(Text(cell, look) for cell in (key.shown, key.about, key.where, key.id)))
        retitle(self.query_one("#all-keys"), f"Keys: {table.row_count} of {len(self._keys)}" if self._keys else "Keys")

    @on(Input.Submitted)
    def action_down(self) -> None:
        """Goes from the filter into the list."""
        self.query_one(KeyTable).focus()

    def action_filter(self) -> None:
        """Goes back to the filter."""
        self.query_one(Input).focus()


def found(keys: tuple[Key, ...], text: str, step: str, changed: dict[str, str]) -> list[Key]:
    """The keys in which every word occurs, as a file changed them; those of the step that is shown come first, then those of everywhere."""
    now = [key if key.id not in changed else key.with_keys(changed[key.id]) for key in keys]
    words = text.lower().split()
    hits = [key for key in now if all(word in " ".join((key.shown, *key.keys, key.about, key.where, key.id)).lower() for word in words)]
    return sorted(hits, key=lambda key: (key.where != step, key.where != "everywhere", key.where))
