"""Following a run that another process works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Final

from ..errors import SyntheticDataError
from .cancel import CancelToken
from .events import Event, RunFinished, TableProgress
from .progress import Progress, progress

if TYPE_CHECKING:
    from .history import PastRun

LOOK: Final = 0.25
"""Seconds between two looks."""
UNKNOWN: Final = "its end is not known"


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
    def dead(self) -> Progress | None:
        """The run whose process ended without ending it: the one that was seen, or the first that is seen now."""
        found = progress(self.root)
        return found if found is not None and found.life == "dead" and (self.last is None or self._is_same(found)) else None

    def outcome(self) -> RunFinished:
        """How the run that was seen has ended, by the log; FAILED as well where the log does not tell it, or cannot be read."""
        last, elapsed = self.last, max(time() - (self.last.started.time if self.last and self.last.started else time()), 0.0)
        if (dead := self.dead) is not None:
            return RunFinished("FAILED", dead.died, elapsed)
        # SQL is loaded when somebody asks for the end, not when they look for a begin.
        from .history import history

        try:
            runs = history(self.root)
        except SyntheticDataError as error:
            return RunFinished("FAILED", f"{UNKNOWN}: {error}", elapsed)
        # Loads of days are a run each, and that of all of them has no row of its own.
        mine = [run for run in runs if last is not None and _is_of(run, last)]
        bad = next((run for run in mine if run.status in ("FAILED", "CANCELLED")), None)
        if bad is not None:
            return RunFinished("FAILED" if bad.status == "FAILED" else "CANCELLED", bad.message, elapsed)
        if not mine or any(run.status != "COMPLETED" for run in mine):
            return RunFinished("FAILED", f"{UNKNOWN}: the log of {self.root} does not tell it", elapsed)
        return RunFinished("COMPLETED", "", elapsed)

    def untold(self) -> list[Event]:
        """What a run that completed did after it was last looked at: its tables have the rows that it announced."""
        last = self.last
        if last is None or last.started is None or last.days is not None:
            return []
        known = {table.table: table for table in last.tables}
        out: list[Event] = []
        for name, rows in last.started.tables:
            before = known.get(name, TableProgress(name, 0, rows, 0, 0.0))
            if before.rows < rows:
                out.append(replace(before, rows=rows, total=rows, parts=before.all_parts))
        return out


def _is_of(run: PastRun, told: Progress) -> bool:
    if told.run_id:
        return run.run_id == told.run_id
    return told.started is not None and run.began.timestamp() >= told.started.time - 1 and run.dataset_id == told.dataset_id


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
