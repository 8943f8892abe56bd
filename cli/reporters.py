"""Progress of a run: bars on a terminal, plain lines elsewhere. Both read the same events, on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, Protocol

from ..core import format as shown
from ..core.errors import RunCancelled, SyntheticDataError
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
from ..core.run.remaining import remaining, work_done
from .streams import say

if TYPE_CHECKING:
    from ..core.run.estimate import Estimate

_WHOLE: Final = ("total",)
"""The bar of all tables; no table is called so."""
_TOLD: Final = 0.03
"""Share of the work before which nothing but an estimate says how long the rest takes."""
_ROOM: Final = 32
"""Cells for speed and time, so that bars keep their length."""
_LONG: Final = 20_000_000
"""Rows from which a run takes so long that a probe of its cost is worth its while."""

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
    """A bar for the whole, with the time that is left, and one for each table.

    `expect` works out what a run is expected to cost, which takes part of a second: it is asked aside, where a run is long enough
    to gain by it.
    """

    def __init__(self, expect: Callable[[], Estimate] | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[count]}", justify="right"),
            TextColumn("{task.fields[load]}"),
            console=self._console,
        )
        self._tasks: dict[object, Any] = {}
        self._rows: dict[str, tuple[int, int]] = {}
        """Of each table its rows so far, and all of them."""
        self._elapsed = 0.0
        self._expect = expect
        self._expected: Estimate | None = None
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
        self._elapsed = max(self._elapsed, getattr(event, "elapsed", 0.0))
        if isinstance(event, RunStarted):
            if event.tables:
                self._start(event.tables)
        elif isinstance(event, TableProgress):
            self._progress.update(self._tasks[event.table], completed=event.rows)
            self._went_on(event.table, event.rows)
        elif isinstance(event, TableFinished):
            load = shown.rate(event.rows / max(event.seconds, 1e-9))
            self._progress.update(self._tasks[event.table], completed=max(event.rows, 1), load=load)
            self._went_on(event.table, event.rows)
        elif isinstance(event, DaysProgress):
            if "days" not in self._tasks:
                self._tasks["days"] = self._progress.add_task("days", total=event.total, count=f"{event.total:,} days", load="")
            left = _left(remaining(event.done / max(event.total, 1), event.elapsed))
            self._progress.update(self._tasks["days"], completed=event.done, load=f"{shown.rows(event.rows)} rows{left}")
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

    def _start(self, tables: Sequence[tuple[str, int]]) -> None:
        self._rows = {name: (0, rows) for name, rows in tables}
        whole = sum(rows for _, rows in tables)
        self._tasks[_WHOLE] = self._progress.add_task("total", total=1.0, count=shown.rows(whole), load=" " * _ROOM)
        for name, rows in tables:
            self._tasks[name] = self._progress.add_task(printable(name), total=max(rows, 1), count=shown.rows(rows), load="")
        if self._expect is not None and whole >= _LONG:
            Thread(target=self._find_out, args=(self._expect,), daemon=True).start()

    def _find_out(self, expect: Callable[[], Estimate]) -> None:
        # Where it cannot be worked out, the time that is left follows from what was measured alone.
        with suppress(SyntheticDataError, OSError, MemoryError):
            self._expected = expect()

    def _went_on(self, table: str, rows: int) -> None:
        self._rows[table] = (max(rows, self._rows[table][0]), self._rows[table][1])
        known = self._expected
        costs = {name: one.core_seconds for name, one in known.per_table.items()} if known is not None else None
        share = work_done(self._rows, costs)
        left = remaining(share, self._elapsed, known.seconds if known is not None else None)
        if known is None and share < _TOLD:
            left = None
        rate = shown.rate(sum(now for now, _ in self._rows.values()) / max(self._elapsed, 1e-9))
        self._progress.update(self._tasks[_WHOLE], completed=share, load=f"{rate}{_left(left)}".ljust(_ROOM))


def _left(seconds: float | None) -> str:
    return f", {shown.duration(seconds)} left" if seconds else ""


def _line(event: LogLine) -> str:
    # That it was cancelled, every command says at its end.
    return "" if event.text == str(RunCancelled()) else f"{event.level}: {event.text}"


def reporter(quiet: bool = False, expect: Callable[[], Estimate] | None = None) -> Reporter:
    """The reporter that fits standard error; `expect` is that of `BarReporter`."""
    if quiet:
        return QuietReporter()
    draws = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return BarReporter(expect) if draws else PlainReporter()
