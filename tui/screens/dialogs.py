"""Questions that stand over a step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label

from ...core.errors import SyntheticDataError
from ...core.format import printable
from ..work import told
from .sizes import AsLargeAsTerminal

if TYPE_CHECKING:
    from ...core.run.standing import Standing


class Confirm(AsLargeAsTerminal, ModalScreen[bool]):
    """A question with two answers."""

    BINDINGS: ClassVar = [
        Binding("y", "answer(True)", "Yes", id="dialog.yes"),
        Binding("n,escape", "answer(False)", "No", id="dialog.no"),
        Binding("left,right", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, yes: str, no: str) -> None:
        super().__init__()
        self._question, self._accept, self._deny = question, yes, no

    def compose(self) -> ComposeResult:
        """The question and its answers."""
        with Vertical(classes="dialog"):
            yield Label(self._question, markup=False)
            with Horizontal(classes="answers"):
                yield Button(self._accept, variant="error", id="yes")
                yield Button(self._deny, id="no")

    def on_mount(self) -> None:
        """The harmless answer is the first."""
        self.query_one("#no").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, sure: bool) -> None:
        """Answers by a key."""
        self.dismiss(sure)


class Replace(Confirm):
    """Whether a run may replace what is already there."""

    def __init__(self, found: Standing) -> None:
        whose = f"  dataset  {printable(found.dataset_id)}\n" if found.dataset_id else ""
        super().__init__(
            "This run replaces what is already there:\n\n"
            f"  folder   {printable(str(found.root))}\n{whose}"
            f"  tables   {', '.join(found.tables)}\n"
            f"  written  {found.written:%Y-%m-%d %H:%M} UTC",
            "Replace",
            "Keep",
        )


class Save(AsLargeAsTerminal, ModalScreen[Path]):
    """Asks for a file name and writes."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss", "Cancel", id="dialog.cancel")]

    def __init__(self, name: str, write: Callable[[Path, bool], None]) -> None:
        super().__init__()
        self._proposed, self._write = name, write
        self._asked = ""

    def compose(self) -> ComposeResult:
        """A field for the name, and room for what is wrong with it."""
        with Vertical(classes="dialog"):
            yield Label("Save as")
            yield Input(self._proposed, id="name", select_on_focus=False)
            yield Label("enter saves, escape cancels", id="told", markup=False)

    @on(Input.Submitted)
    def _save(self, event: Input.Submitted) -> None:
        if not event.value.strip():
            return
        # It brings the model of all settings, for which the first screen has no use.
        from ...core.spec.export import file_named

        label = self.query_one("#told", Label)
        try:
            path = file_named(event.value)
            if path.exists() and self._asked != str(path):
                self._asked = str(path)
                label.update(printable(f"{path} exists; press enter again to replace it"))
                return
            self._write(path, self._asked == str(path))
        except (SyntheticDataError, OSError) as error:
            label.update(told(error))
        else:
            self.dismiss(path)
