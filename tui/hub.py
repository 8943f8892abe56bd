"""Between the threads of a run and the screen: events are gathered here and looked at ten times a second.

A message per event would flood the screen's loop: the cost here does not grow with the rate of events.
"""

from __future__ import annotations

from collections import deque
from threading import Lock

from ..core.run.events import DaysProgress, Event, TableProgress


class Hub:
    """Keeps the last progress of each table and of the days, and every other event in order."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._progress: dict[str, TableProgress | DaysProgress] = {}
        self._others: deque[Event] = deque()

    def put(self, event: Event) -> None:
        """Takes an event from any thread; cheap, and never blocks for long."""
        with self._lock:
            if isinstance(event, TableProgress):
                self._progress[event.table] = event
            elif isinstance(event, DaysProgress):
                # No table is called so.
                self._progress[""] = event
            else:
                self._others.append(event)

    def drain(self) -> list[Event]:
        """What came since the last look: each table's latest progress first, then the rest in order."""
        with self._lock:
            out: list[Event] = [*self._progress.values(), *self._others]
            self._progress.clear()
            self._others.clear()
        return out
