"""All columns that a distribution can be given for; enter opens the law of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ...core.explain.law_shape import declared_law
from ...core.explain.touched import drawn_columns
from ...core.format import printable
from ...core.spec.form import Setting
from ..moving import LINES
from ..summary import law
from .editing import Editor
from .law import Law

if TYPE_CHECKING:
    from ...core.spec.dataset import Dataset


class Columns(OptionList):
    """The columns; enter opens the law of the marked one."""

    BINDINGS: ClassVar = [
        Binding("backspace,delete", "screen.declared", "As declared", show=False, id="laws.declared"),
        *LINES,
    ]


class Laws(Editor):
    """A list; closing it takes what was changed."""

    DEFAULT_CSS = "Laws > .window { width: 100; } Laws Columns { height: auto; max-height: 24; border: none; padding: 0; }"
    KEYS = "enter open  delete as declared"
    END = "ctrl+r all as declared  esc keep and close"
    BINDINGS: ClassVar = [Binding("escape", "accept", "Keep and close", id="laws.close")]

    def __init__(self, setting: Setting, given: Mapping[str, Any], dataset: Dataset) -> None:
        super().__init__(setting)
        self._dataset, self._given = dataset, dict(given)
        columns = drawn_columns(dataset)
        # What is given by an alias, or names nothing, keeps its line and its name.
        self._names = [*columns, *(name for name in self._given if name not in columns)]

    def body(self) -> ComposeResult:
        """The columns."""
        yield Columns(*(Option(self._line(name)) for name in self._names))

    def _line(self, name: str) -> Content:
        given, declared = self._given.get(name), declared_law(self._dataset, name)
        told = (
            law(given)
            if given is not None
            else law(declared.model_dump(exclude_none=True))
            if declared is not None
            else "a sum over its rows"
        )
        return Content(printable(f"{'*' if given is not None else ' '} {name:<32} {told}"))

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        name = self._names[event.option_index]
        editor = Law(self.setting, name, self._given.get(name), declared_law(self._dataset, name))
        self.app.push_screen(editor, lambda found: self._take(name, found))

    def _take(self, name: str, found: tuple[Any] | None) -> None:
        if found is None:
            return
        if found[0] is None:
            self._given.pop(name, None)
        else:
            self._given[name] = found[0]
        number = self._names.index(name)
        self.query_one(Columns).replace_option_prompt_at_index(number, self._line(name))

    def action_declared(self) -> None:
        """The marked column as the dataset declares it."""
        at = self.query_one(Columns).highlighted
        if at is not None:
            self._take(self._names[at], (None,))

    def value(self) -> Any:
        """All that are given; None where there is none."""
        return self._given or None
