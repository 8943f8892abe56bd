"""Stopping a run from outside."""

from __future__ import annotations

from threading import Event


class CancelToken:
    """Set it from any thread; a run looks at it between blocks and stops within about two seconds."""

    def __init__(self) -> None:
        self._event = Event()
        self._ending = Event()

    def set(self) -> None:
        """Asks the run to stop."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether the run was asked to stop."""
        return self._event.is_set()

    def end_after(self) -> None:
        """Asks a run by days to end once the days at work are published; any other run, which publishes all at its end, goes on."""
        self._ending.set()

    def is_ending(self) -> bool:
        """Whether the run was asked to end after the days at work, or at once."""
        return self._ending.is_set() or self.is_set()

    def wait(self, seconds: float) -> bool:
        """Waits until the run was asked to stop, that long at most; whether it was."""
        return self._event.wait(seconds)
