"""Names to tick: tables that are written, columns by which files are cut or ordered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ...core.errors import ParameterError
from ...core.format import printable
from ...core.spec.form import Setting
from ...core.spec.storage import DAY_COLUMNS
from ..moving import LINES
from .editing import Editor

if TYPE_CHECKING:
    from ...core.spec.dataset import Dataset


class Ticks(OptionList):
    """A list whose lines are ticked by space; enter is the window's."""

    BINDINGS: ClassVar = [
        Binding("space", "select", "Tick", show=False, id="names.tick"),
        Binding("enter", "screen.accept", "Take", show=False, priority=True),
        *LINES,
    ]


class PickNames(Editor):
    """A list with boxes; where the order counts, it is the order in which they were ticked."""

    DEFAULT_CSS = "PickNames Ticks { height: auto; max-height: 20; border: none; padding: 0; }"
    KEYS = "space ticks, a all, x none"
    BINDINGS: ClassVar = [
        Binding("a", "all(True)", "All", show=False, id="names.all"),
        Binding("x", "all(False)", "None", show=False, id="names.none"),
    ]

    def __init__(self, setting: Setting, value: Any, names: Sequence[str]) -> None:
        super().__init__(setting)
        self._chosen = [str(name) for name in value] if isinstance(value, list) else []
        # What a file names and the dataset does not have stands there too, to be taken out.
        self._names = [*names, *(name for name in self._chosen if name not in names)]
        self._ordered = setting.path != "tables"

    def body(self) -> ComposeResult:
        """The list."""
        yield Ticks(*(Option(self._line(name)) for name in self._names))

    def _line(self, name: str) -> Content:
        number = f"{self._chosen.index(name) + 1:>2}" if self._ordered and name in self._chosen else "  " if self._ordered else ""
        return Content(printable(f"[{'x' if name in self._chosen else ' '}]{number} {name}"))

    def _draw(self) -> None:
        ticks = self.query_one(Ticks)
        for number, name in enumerate(self._names):
            ticks.replace_option_prompt_at_index(number, self._line(name))

    @on(OptionList.OptionSelected)
    def _ticked(self, event: OptionList.OptionSelected) -> None:
        name = self._names[event.option_index]
        if name in self._chosen:
            self._chosen.remove(name)
        else:
            self._chosen.append(name)
        self._draw()

    def action_all(self, wanted: bool) -> None:
        """Ticks all, or none."""
        self._chosen = list(self._names) if wanted else []
        self._draw()

    def value(self) -> Any:
        """The names that are ticked; those of tables in the dataset's order, and None where all are."""
        if self._ordered:
            return self._chosen or None
        if not self._chosen:
            raise ParameterError(self.setting.title, "tick one table at least")
        return None if set(self._chosen) == set(self._names) else [name for name in self._names if name in self._chosen]


def names_of(setting: Setting, dataset: Dataset) -> list[str]:
    """The names that a setting may list: tables, or columns of written tables, those that stand in several first."""
    if setting.path == "tables":
        return list(dataset.written)
    tables = dataset.columns_by_table()
    written = {table: columns for table, columns in tables.items() if dataset.writes(table)}
    counted: dict[str, int] = {}
    for columns in written.values():
        for column in columns:
            counted[column] = counted.get(column, 0) + 1
    days = list(DAY_COLUMNS) if setting.path == "partition_config.partition_columns" else []
    return [*days, *sorted(counted, key=lambda name: -counted[name])]
