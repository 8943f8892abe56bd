"""A question with several answers, which stands over a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from ..moving import Lines
from .sizes import AsLargeAsTerminal


class Choose(AsLargeAsTerminal, ModalScreen[str | None]):
    """A question; its answer is the name of the one that was chosen, or None. The first is the harmless one, where there is one."""

    BINDINGS: ClassVar = [Binding("escape,q", "dismiss(None)", "Back", id="choose.back")]

    def __init__(self, question: str, answers: Mapping[str, str] | Sequence[str]) -> None:
        """`answers`: name -> how it is shown, or the names as they are."""
        super().__init__()
        self._question = question
        self._answers = dict(answers) if isinstance(answers, Mapping) else {name: name for name in answers}

    def compose(self) -> ComposeResult:
        """The question and its answers, one below the other."""
        with Vertical(classes="dialog"):
            yield Label(printable(self._question), markup=False)
            yield Lines(*(Option(Content(printable(text))) for text in self._answers.values()))

    def on_mount(self) -> None:
        """The first answer is under the cursor."""
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(list(self._answers)[event.option_index])
