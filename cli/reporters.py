"""Progress of a run: bars on a terminal, plain lines elsewhere. Both read the same events, on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol

from ..core import format as shown
from ..core.errors import RunCancelled
from ..core.format import printable
from ..core.run.events import (
    CheckProgress,
    DaysProgress,
    Event,
    LogLine,
    PhaseChanged,
    RunFinished,
    RunStarted,
    SystemSample,
    TableFinished,
    TableProgress,
)
from .streams import say

_EVERY = 5.0
"""Seconds between two plain lines about one table."""


class Reporter(Protocol):
    """Shows the events of one run."""

    def __enter__(self) -> Callable[[Event], None]: ...

    def __exit__(self, *_: object) -> None: ...


class PlainReporter:
    """One line a table and, while a table takes long, one every five seconds."""

    def __init__(self) -> None:
        self._told = 0.0

    def __enter__(self) -> Callable[[Event], None]:
        return self._show

    def __exit__(self, *_: object) -> None:
        sys.stderr.flush()

    def _show(self, event: Event) -> None:
        line = ""
        if isinstance(event, LogLine):
            line = _line(event)
        elif isinstance(event, TableFinished):
            line = f"{event.table}: {shown.rows(event.rows)} rows, {shown.bytes_(event.bytes)}, {shown.duration(event.seconds)}"
        elif isinstance(event, TableProgress) and event.elapsed - self._told > _EVERY and event.rows < event.total:
            self._told = event.elapsed
            line = f"{event.table}: {event.rows / max(event.total, 1):.0%} of {shown.rows(event.total)} rows"
        elif isinstance(event, DaysProgress) and event.rows and event.elapsed - self._told > _EVERY:
            self._told = event.elapsed
            line = f"{event.done:,} of {event.total:,} days: {shown.rows(event.rows)} rows, {shown.bytes_(event.bytes)}"
        elif isinstance(event, CheckProgress) and event.elapsed - self._told > _EVERY and event.done < event.total:
            self._told = event.elapsed
            line = f"checks: {event.done / max(event.total, 1):.0%}"
        if line:
            say(line)


class QuietReporter:
    """Warnings and errors alone."""

    def __enter__(self) -> Callable[[Event], None]:
        return self._show

    def __exit__(self, *_: object) -> None:
        sys.stderr.flush()

    def _show(self, event: Event) -> None:
        if isinstance(event, LogLine) and event.level != "info":
            say(_line(event))


class BarReporter:
    """A bar for each table."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[count]}", justify="right"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[load]}"),
            console=self._console,
        )
        self._tasks: dict[str, Any] = {}
        self._checking = False
        self._late: list[str] = []
        """What the checks found, which reads better below the bars than above them."""

    def __enter__(self) -> Callable[[Event], None]:
        self._progress.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        say("\n".join(self._late))

    def _show(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            for name, rows in event.tables:
                self._tasks[name] = self._progress.add_task(printable(name), total=max(rows, 1), count=shown.rows(rows), load="")
        elif isinstance(event, TableProgress):
            self._progress.update(self._tasks[event.table], completed=event.rows)
        elif isinstance(event, TableFinished):
            load = shown.rate(event.rows / max(event.seconds, 1e-9))
            self._progress.update(self._tasks[event.table], completed=max(event.rows, 1), load=load)
        elif isinstance(event, DaysProgress):
            if "days" not in self._tasks:
                self._tasks["days"] = self._progress.add_task("days", total=event.total, count=f"{event.total:,} days", load="")
            self._progress.update(self._tasks["days"], completed=event.done, load=f"{shown.rows(event.rows)} rows")
        elif isinstance(event, CheckProgress):
            if "" not in self._tasks:
                self._tasks[""] = self._progress.add_task("checks", total=event.total, count="", load="")
            # Ctrl-C is safe from here on, and who waits for the checks should know it.
            load = "all is written; Ctrl-C skips the checks" if event.done < event.total else ""
            self._progress.update(self._tasks[""], completed=event.done, load=load)
        elif isinstance(event, LogLine):
            lines = [printable(line) for line in _line(event).splitlines()]
            if self._checking:
                self._late += lines
            elif lines:
                self._console.print("\n".join(lines))
        elif isinstance(event, PhaseChanged | SystemSample | RunFinished):
            self._checking |= isinstance(event, PhaseChanged) and event.phase == "check"
            self._progress.refresh()


def _line(event: LogLine) -> str:
    # That it was cancelled, every command says at its end.
    return "" if event.text == str(RunCancelled()) else f"{event.level}: {event.text}"


def reporter(quiet: bool = False) -> Reporter:
    """The reporter that fits standard error."""
    if quiet:
        return QuietReporter()
    return BarReporter() if sys.stderr.isatty() else PlainReporter()
