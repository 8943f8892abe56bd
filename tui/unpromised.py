"""All that the wizard uses of Textual that Textual does not promise: tests/tui/test_unpromised.py fails where a version changes it."""

from __future__ import annotations

import asyncio
import os
import select
from contextlib import suppress
from typing import Any

from textual._context import active_message_pump
from textual.app import App
from textual.message_pump import MessagePump
from textual.widget import Widget
from textual.worker import NoActiveWorker, get_current_worker

_AS_BEFORE = b"\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
"""What Textual writes when it gives a terminal back."""


class Unpromised(App[None]):
    """An application that is asked before a failure ends it, and that can give its terminal back from any thread."""

    def is_defect(self, error: Exception) -> bool:
        """Whether what failed is to be shown, and ends the application."""
        return True

    def _handle_exception(self, error: Exception) -> None:
        if self.is_defect(error):
            super()._handle_exception(error)
        else:
            self.log.error(repr(error))

    def notify(self, message: str, **options: Any) -> None:
        """Shows a message, once: while it stands on the screen it says nothing new."""
        if all(note.message != message for note in self._notifications):
            super().notify(message, **options)

    @property
    def suspended_itself(self) -> bool:
        """Whether Textual waits for the end of its own suspension."""
        return bool(getattr(self._driver, "_must_signal_resume", True))

    @property
    def has_terminal(self) -> bool:
        """Whether the terminal is still there: one that controls no process goes away without a signal."""
        fileno = getattr(self._driver, "fileno", None)
        if fileno is None or not hasattr(select, "poll"):
            return True
        asked = select.poll()
        asked.register(fileno, 0)
        return not any(told & (select.POLLHUP | select.POLLNVAL) for _, told in asked.poll(0))

    def give_back(self) -> None:
        """Makes the terminal what it was before, whatever hangs."""
        driver: Any = self._driver
        attributes = getattr(driver, "attrs_before", None)
        with suppress(Exception):
            import termios

            if attributes is not None:
                termios.tcsetattr(driver.fileno, termios.TCSANOW, attributes)
                # A terminal that takes nothing more must not keep the process; opened anew, as the shell shares the one that is open.
                os.write(os.open(os.ttyname(driver.fileno), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK), _AS_BEFORE)


def expect_focus(widget: Widget) -> None:
    """Lets a widget be styled from the first as one that has the focus, which it is given in the next moment."""
    widget.has_focus = True


def is_gone() -> bool:
    """Whether what runs just now belongs to a widget that is being removed: its work may come after its children have gone."""
    try:
        node: object = get_current_worker().node
    except NoActiveWorker:
        node = active_message_pump.get(None)
    return isinstance(node, Widget) and (node._pruning or not node.is_attached)


async def passed(node: MessagePump, *, after_refresh: bool = False) -> None:
    """Waits until a node has worked off all that was sent to it before, and was drawn anew where that is asked; or is gone."""
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def tell() -> None:
        if not over.done():
            over.set_result(None)

    works = {node._task} if node._task is not None else set()
    # An application runs as no task of its own; any other node without one has ended.
    if (works or isinstance(node, App)) and (node.call_after_refresh if after_refresh else node.call_later)(tell):
        await asyncio.wait({over, *works}, return_when=asyncio.FIRST_COMPLETED)
