"""Jumping: a letter on every control that can have the focus."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Label

from ..steps import STEPS
from .sizes import AsLargeAsTerminal

_LETTERS: Final = "asdfghjklqwertyuiopzxcvbnm"
"""Those under the fingers come first."""


class Jump(AsLargeAsTerminal, ModalScreen[Widget | str]):
    """Letters over a step. What they name is given back: a control, or the id of a step."""

    CSS_PATH = "jump.tcss"
    BINDINGS: ClassVar = [Binding("escape,f2,semicolon", "dismiss(None)", "Cancel", id="jump.cancel")]

    def __init__(self, targets: Sequence[tuple[Widget, int, int]]) -> None:
        super().__init__()
        self._targets = dict(zip(labels(len(targets)), targets, strict=True))
        self._typed = ""

    @staticmethod
    def targets(screen: Screen[Any]) -> list[tuple[Widget, int, int]]:
        """The controls that are in sight, each with the column and line of its first cell that is."""
        out = []
        for widget in screen.focus_chain:
            seen = screen.find_widget(widget).visible_region
            if seen.width and seen.height:
                out.append((widget, seen.x, seen.y))
        return out

    def compose(self) -> ComposeResult:
        """A label a control, and a line that says what to do."""
        for letters, (_, x, y) in self._targets.items():
            label = Label(letters, classes="target", markup=False)
            label.styles.offset = (x, y)
            yield label
        yield Label("a letter goes there, a digit to a step, escape stays", id="jump-told", markup=False)

    def on_key(self, event: events.Key) -> None:
        """Takes letters until they name a control."""
        character = (event.character or "").lower()
        if character.isdigit() and 0 < int(character) <= len(STEPS):
            event.stop()
            self.dismiss(list(STEPS)[int(character) - 1])
        elif character and character in _LETTERS:
            event.stop()
            # A letter that leads nowhere is as if it had not been typed.
            typed = self._typed + character
            if typed in self._targets:
                self.dismiss(self._targets[typed][0])
            elif any(letters.startswith(typed) for letters in self._targets):
                self._typed = typed
                for label in self.query(".target").results(Label):
                    label.set_class(not str(label.render()).startswith(typed), "-out")

    def on_resize(self, event: events.Resize) -> None:
        """Another size has the controls elsewhere."""
        super().on_resize(event)
        if self.is_mounted and event.size != self._first_size:
            self.dismiss(None)

    def on_mount(self) -> None:
        """Notes for which size the letters stand where they do."""
        self._first_size = self.app.size


def labels(count: int) -> list[str]:
    """That many different texts of which none begins another: single letters, or pairs where these are too few."""
    if count <= len(_LETTERS):
        return list(_LETTERS[:count])
    return ["".join(pair) for pair in product(_LETTERS, repeat=2)][:count]
