"""Progress of the Python API: a bar in a notebook or on a terminal, and nothing where nobody looks.

A notebook shows it through IPython's own displays, which need no widgets and no other package.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html import escape
from time import monotonic
from typing import Any, Final, Protocol

from .format import duration, printable
from .run.events import CheckProgress, Event, RunStarted, TableFinished, TableProgress

_EVERY: Final = 0.1
"""Seconds between two pictures."""
_WIDTH: Final = 30
"""Cells of the bar of a terminal."""

Told = Callable[[int, int, str], None]
"""Told how much is done, of how much, and at what it is."""


class _Place(Protocol):
    """Where a bar is drawn."""

    def draw(self, share: float, line: str, seconds: float) -> None: ...

    def close(self) -> None: ...


@contextmanager
def progress_bar(what: str, wanted: bool | None) -> Iterator[Told]:
    """Shows how far something is: `wanted` always or never, or (None) in a notebook and on a terminal alone."""
    place = _place(wanted)
    began = last = monotonic()

    def tell(done: int, total: int, at: str) -> None:
        nonlocal last
        now = monotonic()
        if place is not None and (now - last >= _EVERY or done >= total):
            last = now
            place.draw(min(done / max(total, 1), 1.0), f"{what}: {printable(at)}" if at else what, now - began)

    try:
        yield tell
    finally:
        if place is not None:
            place.close()


def of_run(tell: Told, emit: Callable[[Event], None]) -> Callable[[Event], None]:
    """An `emit` that tells how far a run is as well: rows of all tables, and then the questions of the check."""
    rows: dict[str, int] = {}
    total = 0

    def both(event: Event) -> None:
        nonlocal total
        if isinstance(event, RunStarted):
            total = sum(count for _, count in event.tables)
        elif isinstance(event, TableProgress | TableFinished):
            rows[event.table] = max(event.rows, rows.get(event.table, 0))
            tell(sum(rows.values()), total, event.table)
        elif isinstance(event, CheckProgress):
            tell(event.done, event.total, "checks")
        emit(event)

    return both


def _place(wanted: bool | None) -> _Place | None:
    if wanted is False:
        return None
    if _in_notebook():
        return _Notebook()
    # A program without a console has no standard error at all.
    return _Terminal() if sys.stderr is not None and (wanted or sys.stderr.isatty()) else None


def _in_notebook() -> bool:
    """IPython on a terminal is a terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


class _Terminal:
    """One line of standard error, which goes when all is done."""

    def __init__(self) -> None:
        self._drawn = 0

    def draw(self, share: float, line: str, seconds: float) -> None:
        full = round(share * _WIDTH)
        text = f"[{'#' * full}{'.' * (_WIDTH - full)}] {share:4.0%} {line}, {duration(seconds)}"[:100]
        self._write(f"\r{text.ljust(self._drawn)}")
        self._drawn = len(text)

    def close(self) -> None:
        if self._drawn:
            self._write(f"\r{' ' * self._drawn}\r")

    @staticmethod
    def _write(text: str) -> None:
        # No run fails for a terminal that has gone.
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


class _Notebook:
    """A display of a cell that is drawn anew in its place."""

    def __init__(self) -> None:
        self._shown: Any = None

    def draw(self, share: float, line: str, seconds: float) -> None:
        from IPython.display import HTML, display

        bar = f'<progress value="{share:.4f}" max="1" style="width: 20em"></progress>'
        page = HTML(f"<div>{bar} {share:.0%} {escape(line)}, {duration(seconds)}</div>")
        if self._shown is None:
            self._shown = display(page, display_id=True)
        else:
            self._shown.update(page)

    def close(self) -> None:
        """The last picture stays."""
