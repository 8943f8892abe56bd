"""Keys that come faster than they are answered: each finds the step, the dialog and the field to which those before it led."""

from __future__ import annotations

from asyncio import Task, create_task, timeout
from collections import deque
from contextlib import suppress
from typing import Any, Final

from textual import events
from textual.app import App, ScreenStackError
from textual.message_pump import MessagePump
from textual.screen import Screen

from .unpromised import passed

_AT_ONCE: Final = ("ctrl+c", "ctrl+q", "ctrl+z")
"""What leaves the wizard waits for nothing."""
LONGEST_HOLD: Final = 5.0
"""Seconds after which a key is handed on whatever the one before it still does."""


class Ahead(App[None]):
    """An application that hands on a key once the one before it has done all that it does.

    Textual hands on all keys that come at once to the widget that has the focus when they come, and looks for their bindings when it has
    heard of them from there: where the first of them leads elsewhere, the second is of neither place.
    """

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Key | events.Paste] = deque()
        self._answer: Task[None] | None = None
        """What waits for the end of the key that was handed on last."""
        self._written: list[MessagePump] = []
        """The widget whose text the last keys went into, with all around it, while it may still have to read them."""

    @property
    def has_typed_ahead(self) -> bool:
        """Whether keys wait for others, or would have to."""
        return bool(self._typed) or (self._answer is not None and not self._answer.done())

    def is_lost(self, event: events.Key | events.Paste) -> bool:
        """Whether nobody is to have what was typed."""
        return False

    async def on_event(self, event: events.Event) -> None:
        """Keeps keys that come while another one is at work, in their order."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, events.Key) and event.key in _AT_ONCE:
            if not self.is_lost(event):
                await super().on_event(event)
        else:
            self._typed.append(event)
            await self._hand_on()

    async def _hand_on(self) -> None:
        while self._typed and (self._answer is None or self._answer.done()):
            event = self._typed.popleft()
            if self.is_lost(event):
                continue
            screen, focused = self.screen, self.focused
            target = focused or screen
            is_text = isinstance(event, events.Paste) or target.check_consume_key(event.key, event.character)
            if self._written and not is_text:
                # Some keys are the application's before they are a field's, and what they do hangs on the text.
                self._typed.appendleft(event)
                self._answer = create_task(self._read(self._written))
                self._written = []
                return
            self._written = [*target.ancestors_with_self] if is_text else []
            await super().on_event(event)
            # What goes into a text leads nowhere.
            if not is_text or self.screen is not screen:
                self._answer = create_task(self._wait([*target.ancestors_with_self], screen, focused))

    async def _read(self, way: list[MessagePump]) -> None:
        """Waits until a widget has read what was typed into it, and all around it have heard of that."""
        with suppress(TimeoutError):
            async with timeout(LONGEST_HOLD):
                for node in way:
                    await passed(node)
        self.call_later(self._hand_on)

    async def _wait(self, way: list[MessagePump], screen: Screen[Any], focused: object) -> None:
        """Waits until a key has come up to the application, what its action said has come up too, and what that led to is there."""
        with suppress(TimeoutError, ScreenStackError):
            async with timeout(LONGEST_HOLD):
                for node in (*way, *way):
                    await passed(node)
                while (self.screen, self.focused) != (screen, focused):
                    screen, focused = self.screen, self.focused
                    await passed(screen, after_refresh=True)
                    await passed(self)
        self.call_later(self._hand_on)
