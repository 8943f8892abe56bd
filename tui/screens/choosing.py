"""A short list that stands over a step, of which one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from ...core.format import printable
from .sizes import AsLargeAsTerminal


class Choose(AsLargeAsTerminal, ModalScreen[str | None]):
    """Asks for one of some names."""

    BINDINGS: ClassVar = [
        Binding("escape,q", "dismiss(None)", "Cancel"),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]

    def __init__(self, question: str, names: Sequence[str]) -> None:
        super().__init__()
        self._question, self._names = question, names

    def compose(self) -> ComposeResult:
        """The question and the names."""
        with Vertical(classes="dialog"):
            yield Label(printable(self._question), markup=False)
            yield OptionList(*(Option(Content(printable(name)), id=str(number)) for number, name in enumerate(self._names)))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._names[event.option_index])

    def action_down(self) -> None:
        """Goes down."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """Goes up."""
        self.query_one(OptionList).action_cursor_up()
