"""Panels: parts of a screen in a frame with a title, which every step is made of. How they look is said in `wizard.tcss`."""

from __future__ import annotations

from typing import TypeVar

from textual.content import Content
from textual.widget import Widget

from ...core.format import printable

AnyWidget = TypeVar("AnyWidget", bound=Widget)


def panel(widget: AnyWidget, title: str, note: str = "") -> AnyWidget:
    """Frames a widget: `title` stands in the upper line of the frame, `note` in the lower one. Both are text of anybody, never markup."""
    widget.add_class("panel")
    retitle(widget, title, note)
    return widget


def retitle(widget: Widget, title: str | None = None, note: str | None = None) -> None:
    """Changes what stands in the frame of a panel; None leaves it as it is."""
    # What is set has all that the frame holds drawn anew, also where it says the same.
    if title is not None and widget.border_title != (said := Content(printable(title)).markup):
        widget.border_title = said
    if note is not None and widget.border_subtitle != (said := Content(printable(note)).markup):
        widget.border_subtitle = said
