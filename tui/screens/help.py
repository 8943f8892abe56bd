"""Help: what the focused part of a step is for, its keys, and the words that are used."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any, ClassVar

from rich.table import Table
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Markdown, Static

from ..widgets.panel import panel
from .sizes import AsLargeAsTerminal


class HelpText(VerticalScroll, can_focus=True):
    """The text, which scrolls."""


class Help(AsLargeAsTerminal, ModalScreen[None]):
    """A drawer over the right of a step, or over all of it where there is little room: no field is squeezed."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar = [
        Binding("escape,f1,q", "dismiss(None)", "Close", id="help.close"),
        Binding("question_mark", "keys", "All keys", id="help.keys"),
    ]

    def __init__(self, source: Screen[Any]) -> None:
        super().__init__()
        self._about = _about(source)
        self._keys = list(_keys(source))

    def compose(self) -> ComposeResult:
        """What it is for, keys, words."""
        with panel(HelpText(id="help"), "Help", "escape closes, ? lists all keys"):
            yield Markdown(self._about, id="help-about")
            table = Table.grid(padding=(0, 2))
            table.add_column(no_wrap=True, style="bold", justify="right")
            table.add_column()
            for key, what in self._keys:
                table.add_row(key, what)
            yield Static("Keys that work here", classes="heading")
            yield Static(table, markup=False)
            yield Static("Words", classes="heading")
            yield Markdown(words())

    def on_mount(self) -> None:
        """It scrolls by the arrows."""
        self.query_one(HelpText).focus()

    async def action_keys(self) -> None:
        """Goes on to all keys."""
        await self.dismiss()
        await self.app.run_action("keys")


def _about(source: Screen[Any]) -> str:
    """What the focused part is for, and then what its step is for."""
    nodes = [*(source.focused.ancestors_with_self if source.focused is not None else []), source]
    found = dict.fromkeys(cleandoc(text) for node in nodes if (text := getattr(node, "HELP", None)))
    return "\n\n".join(found)


def _keys(source: Screen[Any]) -> Iterator[tuple[str, str]]:
    from textual.keys import format_key

    ours: dict[str, list[str]] = {}
    usual: dict[str, list[str]] = {}
    for key, active in source.active_bindings.items():
        binding = active.binding
        if active.enabled and binding.description and not binding.system:
            # What every list and field of Textual knows, the arrows and the editing of a line, comes after what is particular.
            told = usual if _is_textual(active.node, binding) else ours
            told.setdefault(binding.description, []).append(binding.key_display or format_key(key))
    for what, keys in [*ours.items(), *usual.items()]:
        yield ", ".join(dict.fromkeys(keys)), what


def _is_textual(node: DOMNode, binding: Binding) -> bool:
    bases = [cls for cls in type(node).__mro__ if cls.__module__.startswith("textual.")]
    made = Binding.make_bindings([one for cls in bases for one in vars(cls).get("BINDINGS", ())])
    return any((one.action, one.description) == (binding.action, binding.description) for one in made)


def words() -> str:
    """The words of datasets that no newcomer knows, as Markdown."""
    from ...core.explain.words import DRIVING, LAYOUTS

    return "\n".join([f"- {DRIVING}", *(f"- **{layout}**: {about}" for layout, about in LAYOUTS.items())])
