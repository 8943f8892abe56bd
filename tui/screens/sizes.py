"""Screens that are as large as the terminal, however fast its size changes."""

from __future__ import annotations

from typing import Any, cast

from textual import events
from textual.screen import Screen


class AsLargeAsTerminal:
    """A screen that is laid out for the terminal's size, never for one that it had."""

    def on_resize(self, event: events.Resize) -> None:
        """Takes the terminal's size in place of an older one.

        Textual tells a screen its own size after each layout; while the terminal changes again, that word comes late, and even
        takes the place of the new size in the queue.
        """
        screen = cast("Screen[Any]", self)
        size = screen.app.size
        if event.size != size:
            event.prevent_default()
            screen.post_message(events.Resize(size, size))
