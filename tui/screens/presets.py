"""Presets: settings that are kept under a name, taken again, and deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ...core.errors import InputError
from ...core.format import many, printable
from ...core.spec.resolve import Resolved
from ...core.spec.saved import Preset, delete_preset, list_presets, preset_file, save_preset
from ..moving import LINES
from ..work import aside
from .dialogs import Confirm
from .window import Window


class PresetList(OptionList):
    """The presets; enter takes the marked one, delete deletes it."""

    BINDINGS: ClassVar = [
        Binding("d,delete", "screen.delete", "Delete", show=False, id="presets.delete"),
        *LINES,
    ]


class Presets(Window[Preset]):
    """A name to save under, and the presets that are there; gives back the one that is to be taken."""

    DEFAULT_CSS = """
    Presets PresetList { height: auto; max-height: 14; border: none; padding: 0; margin-top: 1; }
    Presets #told { height: auto; max-height: 3; }
    """
    BINDINGS: ClassVar = [Binding("escape", "dismiss", "Close", id="presets.close")]

    def __init__(self, folder: Path, resolved: Resolved | None, days: Mapping[str, Any], kept: Callable[[Path], None]) -> None:
        super().__init__()
        self._folder, self._resolved, self._days, self._kept = folder, resolved, days, kept
        self._presets: tuple[Preset, ...] = ()
        self._is_read = False

    def compose(self) -> ComposeResult:
        """A field, a list, what came of the last key, and the keys."""
        with self.framed("Presets"):
            yield Input(placeholder="a name, to save these settings under", id="name", compact=True, select_on_focus=False)
            yield PresetList()
            yield Static("", id="told", markup=False)
            yield Static("enter save, or take the marked one  down list  d delete  esc close", classes="keys", markup=False)

    def on_mount(self) -> None:
        """Shows what is there."""
        self._list("")

    def _list(self, note: str) -> None:
        self.run_worker(self._read(note), group="list", exclusive=True, exit_on_error=False)

    async def _read(self, note: str) -> None:
        self._presets, self._is_read = await aside(partial(list_presets, self._folder))(), True
        found = self.query_one(PresetList)
        found.clear_options()
        found.add_options([Option(Content(printable(_line(preset)))) for preset in self._presets])
        if found.has_focus and not self._presets:
            self.query_one(Input).focus()
        found.display = bool(self._presets)
        found.highlighted = 0 if self._presets else None
        self._tell(note or ("" if self._presets else f"no preset yet; they are kept in {self._folder}"))

    def _tell(self, text: str) -> None:
        self.query_one("#told", Static).update(printable(text))

    def on_key(self, event: events.Key) -> None:
        """Down leads from the field to the list."""
        if event.key == "down" and isinstance(self.focused, Input) and (self._presets or not self._is_read):
            event.stop()
            # At once: what is typed next is of the list.
            self.set_focus(self.query_one(PresetList))

    @on(Input.Submitted)
    def _save(self, event: Input.Submitted) -> None:
        event.stop()
        name = event.value.strip()
        if not name:
            self._tell("write a name first")
            return
        if self._resolved is None:
            self._tell("these settings cannot be generated yet: correct them first")
            return
        try:
            if not preset_file(self._folder, name).exists():
                self._write(name)
                return
        except InputError as error:
            self._tell(str(error))
            return
        question = f"A preset `{name}` exists. Replace it?"
        self.app.push_screen(Confirm(question, "Replace", "Keep"), lambda sure: self._write(name) if sure else None)

    def _write(self, name: str) -> None:
        if self._resolved is None:
            return
        try:
            path = save_preset(self._folder, name, self._resolved, self._days, replace=True)
        except InputError as error:
            self._tell(str(error))
            return
        self._kept(path)
        self.query_one(Input).value = ""
        self._list(f"saved; synthetic-data generate --config {path}")

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        preset = self._presets[event.option_index]
        if preset.problem:
            self._tell(preset.problem)
        else:
            self.dismiss(preset)

    def action_delete(self) -> None:
        """Deletes the marked preset, once more asked."""
        at = self.query_one(PresetList).highlighted
        if at is None:
            return
        name = self._presets[at].name
        self.app.push_screen(Confirm(f"Delete the preset `{name}`?", "Delete", "Keep"), lambda sure: self._delete(name) if sure else None)

    def _delete(self, name: str) -> None:
        try:
            delete_preset(self._folder, name)
        except InputError as error:
            self._tell(str(error))
            return
        self._list(f"`{name}` is deleted")


def _line(preset: Preset) -> str:
    what = f"! {preset.problem}" if preset.problem else f"{preset.dataset_id:<28} {many(preset.settings, 'setting')}"
    return f"{preset.name:<20} {what}  {preset.saved:%Y-%m-%d}"
