"""Names to tick: tables that are written, columns by which files are cut or ordered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ...core.errors import ParameterError
from ...core.format import printable
from ...core.spec.form import Setting
from ...core.spec.storage import DAY_COLUMNS
from .editing import Editor

if TYPE_CHECKING:
    from ...core.spec.dataset import Dataset


class Ticks(OptionList):
    """A list whose lines are ticked by space and found by their letters; enter is the window's."""

    BINDINGS: ClassVar = [
        Binding("space", "select", "Tick", show=False, id="names.tick"),
        Binding("enter", "screen.accept", "Take", show=False, priority=True),
        Binding("backspace", "screen.unsearch", "Last letter away", show=False, id="names.unsearch"),
    ]

    @dataclass
    class Typed(Message):
        """A letter of a name."""

        letter: str

    def on_key(self, event: events.Key) -> None:
        """A letter is looked for."""
        if event.character is not None and (event.character.isalnum() or event.character in "_."):
            event.stop()
            event.prevent_default()
            self.post_message(self.Typed(event.character))


class PickNames(Editor):
    """A list with boxes; where the order counts, it is the order in which they were ticked."""

    DEFAULT_CSS = """
    PickNames Ticks { height: auto; max-height: 20; border: none; padding: 0; text-wrap: nowrap; text-overflow: ellipsis; }
    PickNames.-short Ticks { max-height: 14; }
    PickNames #sought { height: 1; color: $text-muted; }
    """
    KEYS = "type to search, space ticks, ctrl+a all, ctrl+x none"
    BINDINGS: ClassVar = [
        Binding("ctrl+a", "all(True)", "All", show=False, id="names.all"),
        Binding("ctrl+x", "all(False)", "None", show=False, id="names.none"),
    ]

    def __init__(self, setting: Setting, value: Any, names: Mapping[str, Sequence[str]]) -> None:
        """`names`: each with the tables in which it stands."""
        super().__init__(setting)
        self._chosen = [str(name) for name in value] if isinstance(value, list) else []
        # What a file names and the dataset does not have stands there too, to be taken out.
        self._names = {**names, **{name: () for name in self._chosen if name not in names}}
        self._ordered = setting.path != "tables"
        self._sought = ""
        self._shown = list(self._names)

    def body(self) -> ComposeResult:
        """What is looked for, and the list."""
        yield Static(self._told, id="sought", markup=False)
        yield Ticks(*(Option(self._line(name)) for name in self._shown))

    @property
    def _told(self) -> str:
        ticked = f"{len(self._chosen)} of {len(self._names)} ticked"
        return f"{ticked}; {len(self._shown)} with `{self._sought}`, esc shows all" if self._sought else ticked

    def _line(self, name: str) -> Content:
        number = f"{self._chosen.index(name) + 1:>2}" if self._ordered and name in self._chosen else "  " if self._ordered else ""
        wide, tables = max(map(len, self._names)), ", ".join(self._names[name])
        line = f"[{'x' if name in self._chosen else ' '}]{number} {name:<{wide}}  {tables}" if tables else ""
        return Content(printable(line or f"[{'x' if name in self._chosen else ' '}]{number} {name}"))

    def _draw(self) -> None:
        ticks = self.query_one(Ticks)
        for number, name in enumerate(self._shown):
            ticks.replace_option_prompt_at_index(number, self._line(name))
        self.query_one("#sought", Static).update(self._told)

    def _search(self, text: str) -> None:
        """Leaves the names, and those of the tables, that have such letters."""
        self._sought, ticks = text, self.query_one(Ticks)
        self._shown = [name for name, tables in self._names.items() if any(text in each.lower() for each in (name, *tables))]
        ticks.clear_options()
        ticks.add_options([Option(self._line(name)) for name in self._shown])
        ticks.highlighted = 0 if self._shown else None
        self.query_one("#sought", Static).update(self._told)

    @on(Ticks.Typed)
    def _typed(self, event: Ticks.Typed) -> None:
        self._search(self._sought + event.letter.lower())

    def action_unsearch(self) -> None:
        """Takes the last letter back."""
        self._search(self._sought[:-1])

    async def action_dismiss(self, result: Any = None) -> None:
        """Shows all names again first."""
        if self._sought:
            self._search("")
        else:
            await super().action_dismiss(result)

    @on(OptionList.OptionSelected)
    def _ticked(self, event: OptionList.OptionSelected) -> None:
        name = self._shown[event.option_index]
        if name in self._chosen:
            self._chosen.remove(name)
        else:
            self._chosen.append(name)
        self._draw()

    def action_all(self, wanted: bool) -> None:
        """Ticks all that are shown, or none."""
        self._chosen = [*self._chosen, *(name for name in self._shown if name not in self._chosen)] if wanted else []
        self._draw()

    def value(self) -> Any:
        """The names that are ticked; those of tables in the dataset's order, and None where all are."""
        if self._ordered:
            return self._chosen or None
        if not self._chosen:
            raise ParameterError(self.setting.title, "tick one table at least")
        return None if set(self._chosen) == set(self._names) else [name for name in self._names if name in self._chosen]


def names_of(setting: Setting, dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """The names that a setting may list: tables, or columns of written tables in the order of these; each with the tables that have it."""
    if setting.path == "tables":
        return dict.fromkeys(dataset.written, ())
    days = DAY_COLUMNS if setting.path == "partition_config.partition_columns" else ()
    found: dict[str, tuple[str, ...]] = dict.fromkeys(days, ("of the day of a row",))
    for table, columns in dataset.columns_by_table().items():
        if dataset.writes(table):
            for column in columns:
                found[column] = (*found.get(column, ()), table)
    return found
