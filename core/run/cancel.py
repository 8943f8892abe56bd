"""Stopping a run from outside."""

from __future__ import annotations

from threading import Event


class CancelToken:
    """Set it from any thread; a run looks at it between blocks and stops within about two seconds."""

    def __init__(self) -> None:
        self._event = Event()

    def set(self) -> None:
        """Asks the run to stop."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether the run was asked to stop."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Waits until the run was asked to stop, that long at most; whether it was."""
        return self._event.wait(seconds)
