"""An application and screens that are as large as the terminal, however fast its size changes."""

from __future__ import annotations

import shutil
from typing import Any, Final, cast

from textual import events
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen

NARROWEST: Final = 60
"""Columns, below which no step has room for what it shows."""
SHORTEST: Final = 16
"""Lines."""


class FollowsTerminal:
    """An application that takes the size that the terminal has, never one that it had."""

    def on_resize(self, event: events.Resize) -> None:
        """Takes the terminal's size in place of an older one.

        Textual asks for the size in a signal handler, which the next signal may interrupt: of two sizes, the older is then told
        last.
        """
        app = cast("App[Any]", self)
        if app.is_headless or app.is_web:
            return
        size = Size(*shutil.get_terminal_size())
        if event.size != size:
            event.prevent_default()
            app.post_message(events.Resize(size, size))


class AsLargeAsTerminal:
    """A screen that is laid out for the terminal's size, never for one that it had."""

    def on_resize(self, event: events.Resize) -> None:
        """Takes the terminal's size in place of an older one.

        Textual tells a screen its own size after each layout; while the terminal changes again, that word comes late, and even
        takes the place of the new size in the queue.
        """
        screen = cast("Screen[Any]", self)
        size = screen.app.size
        screen.set_class(size.width < NARROWEST or size.height < SHORTEST, "-tiny")
        if event.size != size:
            event.prevent_default()
            screen.post_message(events.Resize(size, size))
