"""Following a run that another process works on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from .cancel import CancelToken
from .events import Event
from .progress import Progress, progress

LOOK: Final = 0.25
"""Seconds between two looks."""


class Watched:
    """The run at work under an output root, as it is told from look to look."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.last: Progress | None = None
        """What was told last; it stays when the run has ended."""

    def look(self) -> tuple[bool, list[Event]]:
        """Whether the run that was seen first, or the first that is seen now, is still there, and what it has told since the last look."""
        found = progress(self.root)
        if found is None or found.life == "dead" or (self.last is not None and not self._is_same(found)):
            return False, []
        events = found.since(self.last)
        self.last = found
        return True, events

    def _is_same(self, found: Progress) -> bool:
        return self.last is not None and (found.process, found.started) == (self.last.process, self.last.started)

    @property
    def died(self) -> bool:
        """Whether the process ended without ending its run."""
        found = progress(self.root)
        return found is not None and found.life == "dead" and (self.last is None or self._is_same(found))


def follow(watched: Watched, emit: Callable[[Event], None], stop: CancelToken) -> bool:
    """Emits what a run tells until it is not there any more, or `stop` is set; whether it was not there any more."""
    while not stop.is_set():
        there, events = watched.look()
        for event in events:
            emit(event)
        if not there:
            return True
        stop.wait(LOOK)
    return False
