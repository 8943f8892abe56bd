"""Vim's keys: what h, j, k, l, g and G do in whatever has the focus."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.scroll_view import ScrollView
from textual.widget import Widget
from textual.widgets import Input, OptionList

LINES: Final[list[BindingType]] = [
    Binding("j", "cursor_down", "Down", show=False, id="vim.down"),
    Binding("k", "cursor_up", "Up", show=False, id="vim.up"),
]
"""Of a list that may stand in a dialog, over which the application's own keys do not act; a keymap changes both at once."""


class Lines(OptionList):
    """A list that knows them."""

    BINDINGS: ClassVar = LINES


CELLS: Final[list[BindingType]] = [
    *LINES,
    Binding("h", "cursor_left", "Left", show=False, id="vim.left"),
    Binding("l", "cursor_right", "Right", show=False, id="vim.right"),
]
"""As `LINES`, of a table."""
_WAYS: Final[dict[str, tuple[str, ...]]] = {
    "left": ("cursor_left", "scroll_left"),
    "down": ("cursor_down", "scroll_down"),
    "up": ("cursor_up", "scroll_up"),
    "right": ("cursor_right", "scroll_right"),
    # A table's own `scroll_home` goes to the first column.
    "first": ("first", "scroll_top", "scroll_home"),
    "last": ("last", "scroll_bottom", "scroll_end"),
}
"""Where to -> the actions that lead there; a widget has the first of them that it knows."""


def can_move(widget: Widget | None) -> bool:
    """Whether letters move in a widget: lists, tables, trees and texts that scroll, never a field."""
    # Lists, tables and trees are views that scroll; of texts only those that are edited say so. Asked at the start, which loads neither.
    is_edited = isinstance(widget, Input) or not getattr(widget, "read_only", True)
    return isinstance(widget, ScrollView | ScrollableContainer) and not is_edited


def move(widget: Widget, way: str) -> None:
    """Moves the cursor, or scrolls where there is none."""
    from textual.widgets import Tree

    if isinstance(widget, Tree) and way in ("first", "last"):
        widget.cursor_line = 0 if way == "first" else widget.last_line
        return
    for name in _WAYS[way]:
        action = getattr(widget, f"action_{name}", None)
        if callable(action):
            action()
            return
