"""Editors that stand over a step: each takes a setting's value and gives another back."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from ...core.errors import SyntheticDataError
from ...core.format import printable
from ...core.spec.form import Setting
from .window import Window


class Editor(Window["tuple[Any] | None"]):
    """A window for one value; gives it back in a tuple, or None where nothing is to change."""

    BINDINGS: ClassVar = [
        Binding("enter", "accept", "Take", id="editor.take"),
        Binding("escape", "dismiss", "Cancel", id="editor.cancel"),
        Binding("ctrl+r", "default", "Default", id="editor.default"),
    ]
    KEYS: ClassVar[str] = ""
    """The editor's own keys, in words."""
    END: ClassVar[str] = "enter take  ctrl+r default  esc cancel"
    """Those with which it is left."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting = setting

    def compose(self) -> ComposeResult:
        """A window with a title, what is edited, what is wrong with it, and the keys."""
        with self.framed(self.setting.title):
            yield from self.body()
            yield Static("", classes="problem", markup=False)
            yield Static(f"{self.KEYS}  {self.END}", classes="keys", markup=False)

    def body(self) -> ComposeResult:
        """What is edited."""
        raise NotImplementedError

    def value(self) -> Any:
        """What it has become, in the shape of a config file; None for the default. Raises SyntheticDataError and ValueError."""
        raise NotImplementedError

    def complain(self, problem: str) -> None:
        """Says what is wrong; empty where nothing is."""
        self.query_one(".problem", Static).update(printable(problem))

    def action_accept(self) -> None:
        """Gives the value back, unless it is refused."""
        try:
            value = self.value()
            if value is not None:
                value = self.setting.check(value)
        except (SyntheticDataError, ValueError) as error:
            self.complain(str(error).removeprefix(f"{self.setting.title}: "))
        else:
            self.dismiss((value,))

    def action_default(self) -> None:
        """Gives the default back."""
        self.dismiss((None,))
