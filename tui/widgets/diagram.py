"""The relationships of a plan, drawn; boxes are chosen by keys and by mouse."""

from __future__ import annotations

from itertools import groupby
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ...core.explain.diagram import Diagram, fitting
from ...core.plan.plan import Plan

_TAKEN: Final = 2
"""Cells of padding, left and right together."""


class DiagramView(ScrollView, can_focus=True):
    """Draws what is in sight; the chosen box and the lines from and to it stand out."""

    HELP = """
# Diagram

Each box is a table: its name, what is special of it, its rows and layout, its key, and the columns that refer to other tables. A line
leads from the key of a table, at the right of its box, to the columns that hold it, at the left of theirs.

**n : 1** many rows refer to one, **n : 0..1** to one or to none, **1 : 1** one row to one. **driving** is the table whose rows you choose,
**history** one that keeps each state of its entities (SCD2), **changes** one that shows only the last state.

The arrows go from box to box, **enter** or a second click opens a table's columns, **d** or **escape** goes back. The mouse wheel and
**shift** with the arrows scroll.
"""
    COMPONENT_CLASSES: ClassVar = {"diagram--line", "diagram--box", "diagram--chosen", "diagram--linked"}
    DEFAULT_CSS = """
    DiagramView { background: $background; padding: 0 1; }
    DiagramView .diagram--line { color: $text-muted; }
    DiagramView .diagram--box { color: $text; }
    DiagramView .diagram--linked { color: $text-accent; text-style: bold; }
    DiagramView .diagram--chosen { color: $text-primary; text-style: bold; background: $primary-muted; }
    """
    BINDINGS: ClassVar = [
        Binding("up", "go(0, -1)", "Up", show=False),
        Binding("k", "go(0, -1)", "Up", show=False, id="vim.up"),
        Binding("down", "go(0, 1)", "Down", show=False),
        Binding("j", "go(0, 1)", "Down", show=False, id="vim.down"),
        Binding("left", "go(-1, 0)", "Left", show=False),
        Binding("h", "go(-1, 0)", "Left", show=False, id="vim.left"),
        Binding("right", "go(1, 0)", "Right", show=False),
        Binding("l", "go(1, 0)", "Right", show=False, id="vim.right"),
        Binding("shift+up", "scroll_up", "Scroll up", show=False),
        Binding("shift+down", "scroll_down", "Scroll down", show=False),
        Binding("shift+left", "scroll_left", "Scroll left", show=False),
        Binding("shift+right", "scroll_right", "Scroll right", show=False),
        Binding("enter", "open", "Open table", id="schema.open"),
    ]

    class Chosen(Message):
        """Another box is looked at, or one is opened."""

        def __init__(self, table: str, opened: bool) -> None:
            super().__init__()
            self.table, self.opened = table, opened

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # as Textual calls it
        super().__init__(id=id)
        self._plan: Plan | None = None
        self._diagram: Diagram | None = None
        self.table = ""

    def show(self, plan: Plan, table: str) -> None:
        """Draws a plan, with one of its tables chosen."""
        self._plan, self.table = plan, table
        self._fit()

    def on_resize(self) -> None:
        """The drawing has a compact form for where the other has no room."""
        self._fit()

    def _fit(self) -> None:
        if self._plan is None or not self.size.width:
            return
        self._diagram = found = fitting(self._plan, self.size.width - _TAKEN, self.size.height)
        self.virtual_size = Size(found.width, len(found.cells))
        self._look()

    def _look(self) -> None:
        if self._diagram is not None and self.table in self._diagram.areas:
            area = self._diagram.areas[self.table]
            self.scroll_to_region(Region(area.x, area.y, area.width, area.height), animate=False)
        self.refresh()

    def action_go(self, across: int, down: int) -> None:
        """Looks at another box."""
        if self._diagram is not None and self.table in self._diagram.areas:
            self._choose(self._diagram.beside(self.table, across, down))

    def action_open(self) -> None:
        """Opens the table that is looked at."""
        if self.table:
            self.post_message(self.Chosen(self.table, opened=True))

    def on_click(self, event: events.Click) -> None:
        """One click looks at a box, a second one opens it."""
        offset = event.get_content_offset(self)
        if self._diagram is None or offset is None:
            return
        found = self._diagram.at(offset.x + self.scroll_offset.x, offset.y + self.scroll_offset.y)
        if found is not None:
            self._choose(found)
            if event.chain > 1:
                self.action_open()

    def _choose(self, table: str) -> None:
        self.table = table
        self._look()
        self.post_message(self.Chosen(table, opened=False))

    def render_line(self, y: int) -> Strip:
        """One line of the drawing, as far as it is in sight."""
        found, at = self._diagram, y + self.scroll_offset.y
        if found is None or at >= len(found.cells):
            return Strip.blank(self.scrollable_content_region.width, self.rich_style)
        linked = {x for link, path in found.paths.items() if self.table in (link.child, link.parent) for x, row in path if row == at}
        boxes = [(area.x, area.x + area.width, name) for name, area in found.areas.items() if area.y <= at < area.y + area.height]

        def look(x: int) -> str:
            box = next((name for low, high, name in boxes if low <= x < high), None)
            return "linked" if x in linked else "line" if box is None else "chosen" if box == self.table else "box"

        segments = []
        for name, places in groupby(range(found.width), look):
            text = "".join(found.cells[at][x] for x in places)
            segments.append(Segment(text, self.get_component_rich_style(f"diagram--{name}")))
        left, width = self.scroll_offset.x, self.scrollable_content_region.width
        return Strip(segments).simplify().adjust_cell_length(max(found.width, left + width), self.rich_style).crop(left, left + width)
