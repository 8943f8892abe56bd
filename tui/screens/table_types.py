"""How each table is delivered where days are generated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Label

from ...core.format import printable
from ...core.spec.arrival import TableType
from ...core.spec.form import Setting
from ..widgets.control import Choice
from .editing import Editor

if TYPE_CHECKING:
    from ...core.spec.dataset import Dataset


class TableTypes(Editor):
    """A line a table, with the types to choose from."""

    DEFAULT_CSS = """
    TableTypes > .window { width: 100; }
    TableTypes #tables { height: auto; max-height: 20; }
    TableTypes .row { height: 1; }
    TableTypes .row Label { width: 26; }
    """
    KEYS = "left and right  backspace as declared"

    def __init__(self, setting: Setting, given: Mapping[str, Any], dataset: Dataset) -> None:
        super().__init__(setting)
        self._given = dict(given)
        self._tables = [*dataset.written, *(name for name in self._given if name not in dataset.written)]

    def body(self) -> ComposeResult:
        """The tables."""
        with VerticalScroll(id="tables", can_focus=False):
            for name in self._tables:
                with Horizontal(classes="row"):
                    yield Label(printable(name), markup=False)
                    choice = Choice(get_args(TableType))
                    choice.value = self._given.get(name)
                    yield choice

    def value(self) -> Any:
        """The types that were chosen; None where none was."""
        choices = [choice.value for choice in self.query(Choice)]
        return {name: value for name, value in zip(self._tables, choices, strict=True) if value is not None} or None
