"""An application and screens that are as large as the terminal, however fast its size changes."""

from __future__ import annotations

import shutil
from typing import Any, Final, cast

from textual import events
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

NARROWEST: Final = 60
"""Columns, below which no step has room for what it shows."""
SHORTEST: Final = 16
"""Lines."""


_WITHOUT_ROOM: Final = frozenset({"quit", "quit.anywhere", "interrupt", "suspend", "help", "keys"})
"""Ids of the keys that work where a step has no room."""


class FollowsTerminal:
    """An application that takes the size that the terminal has, never one that it had."""

    def has_no_room_for(self, event: events.Event) -> bool:
        """Whether it is a key or pasted text for a step that is not shown for want of room. Some keys work there."""
        screen = cast("App[Any]", self).screen
        if screen.is_modal or not screen.has_class("-tiny") or not isinstance(screen, AsLargeAsTerminal):
            return False
        screen.rest()
        active = screen.active_bindings.get(event.key) if isinstance(event, events.Key) else None
        return active is None or active.binding.id not in _WITHOUT_ROOM

    def on_resize(self, event: events.Resize) -> None:
        """Takes the terminal's size in place of an older one.

        Textual asks for the size in a signal handler, which the next signal may interrupt: of two sizes, the older is then told
        last. And it draws nothing for a size that it has: a terminal that was another size in between has lost what was drawn.
        """
        app = cast("App[Any]", self)
        if app.is_headless or app.is_web:
            return
        size = Size(*shutil.get_terminal_size())
        if event.size != size:
            event.prevent_default()
            app.post_message(events.Resize(size, size))
        elif app.screen.size == size:
            app.screen.refresh()


class AsLargeAsTerminal:
    """A screen that is laid out for the terminal's size, never for one that it had."""

    _rests: Widget | None = None
    """What had the focus before there was no room."""

    def rest(self) -> None:
        """Takes the focus away until there is room again: in a field, the letter that leaves would be text."""
        screen = cast("Screen[Any]", self)
        if screen.focused is not None:
            # Textual gives it to the first widget where a dialog closes.
            self._rests = self._rests or screen.focused
            screen.set_focus(None)

    def take_breakpoints(self) -> None:
        """Takes the classes of the terminal's size, as Textual gives them with the first size that it tells."""
        screen = cast("Screen[Any]", self)
        app, classes = screen.app, dict[str, bool]()
        for breakpoints, size in ((app.HORIZONTAL_BREAKPOINTS, app.size.width), (app.VERTICAL_BREAKPOINTS, app.size.height)):
            reached = [name for least, name in sorted(breakpoints or ()) if size >= least]
            classes |= {name: name in reached[-1:] for _, name in breakpoints or ()}
        screen.update_classes(classes, animate=False)

    def on_resize(self, event: events.Resize) -> None:
        """Takes the terminal's size in place of an older one.

        Textual tells a screen its own size after each layout; while the terminal changes again, that word comes late, and even
        takes the place of the new size in the queue.
        """
        screen, rests = cast("Screen[Any]", self), self._rests
        size = screen.app.size
        screen.set_class(size.width < NARROWEST or size.height < SHORTEST, "-tiny")
        if rests is not None and not screen.has_class("-tiny"):
            self._rests = None
            if rests.is_attached:
                screen.set_focus(rests)
        if event.size != size:
            event.prevent_default()
            screen.post_message(events.Resize(size, size))
