"""A bar for a whole run, and one for each table of it."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from ...core import format as shown
from ...core.format import printable
from ..run_state import RunState, TableState

_PARTS_FROM = 74
"""Cells from which on there is room to tell the parts of tables."""


class RunBars(Widget):
    """All of it in the first line, then a table a line, in columns of fixed width, so that nothing moves while it runs."""

    DEFAULT_CSS = "RunBars { height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self._job: RunState | None = None
        self._lines = 0

    def show(self, job: RunState) -> None:
        """Brings the bars up to date."""
        before, self._lines = self._lines, -1 if job.by_days else len(job.tables)
        self._job = job
        self.refresh(layout=before != self._lines)

    def render(self) -> Content:
        """All bars, as wide as there is room."""
        if self._job is None:
            return Content("")
        job = self._job
        if job.by_days:
            return _days(job, max(self.size.width - 24, 8))
        name = max((len(printable(table)) for table in ("total", *job.tables)), default=0)
        parts = 10 if self.size.width >= _PARTS_FROM and any(table.all_parts > 1 for table in job.tables.values()) else 0
        width = max(self.size.width - name - 36 - parts, 8)
        tables = [_line(table, state, name, width, job, parts) for table, state in job.tables.items()]
        return Content("\n").join([_total(job, name, width, parts), *tables])


def _colour(job: RunState, done: bool) -> str:
    stopped = job.finished is not None and job.finished.status != "COMPLETED"
    return "$text-success" if done else "$text-error" if stopped else "$text-primary"


def _bar(share: float, width: int, colour: str) -> list[tuple[str, str]]:
    full = int(share * width)
    return [("━" * full, colour), ("─" * (width - full), "dim")]


def _percent(share: float) -> str:
    """All of it only where it is."""
    return f"{int(share * 100)}%"


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f"{shown.duration(seconds)} left" if seconds >= 1 else "under 1 s left"


def _total(job: RunState, name: int, width: int, parts: int) -> Content:
    done = job.finished is not None and job.finished.status == "COMPLETED"
    share = 1.0 if done or job.published else job.share
    left = job.remaining
    told = shown.rate(job.rows_per_second) if not job.running else _left(left)
    return Content.assemble(
        (f"{'total':<{name}} ", "bold"),
        *_bar(share, width, _colour(job, done)),
        (f" {_percent(share):>4} {shown.rows(job.rows):>13} {'':>{parts}}", "bold"),
        (f"{told:>14}", "bold"),
    )


def _days(job: RunState, width: int) -> Content:
    """Days that are written, and at which one it is."""
    # A notebook finds out itself which days are there.
    total = job.days.total if job.days is not None else len(job.series.left) if job.series is not None else 0
    ended = job.finished is not None
    done = len(job.written) if ended and job.series is not None else job.days.done if job.days is not None else 0
    left = job.remaining
    lines = [
        Content.assemble(
            *_bar(done / max(total, 1), width, _colour(job, ended and job.finished is not None and job.finished.status == "COMPLETED")),
            f" {_percent(done / max(total, 1)):>4} {done:>7,} of {total:,}",
        ),
        Content(f"rows   {shown.rows(job.rows)}"),
        Content(f"day    {job.days.day if job.days is not None else ''}"),
        Content(f"time   {_left(left)}" if left is not None else ""),
    ]
    return Content("\n").join(lines)


def _line(name: str, state: TableState, name_width: int, width: int, job: RunState, parts: int) -> Content:
    share = state.rows / state.total if state.total else float(state.seconds is not None)
    stopped = job.finished is not None and job.finished.status != "COMPLETED"
    if state.seconds is not None:
        told = shown.rate(state.total / max(state.seconds, 1e-9))
    elif stopped:
        told = "stopped"
    else:
        told = "" if state.rows else "waiting"
    pieces = f"{state.parts} of {state.all_parts}" if parts and state.all_parts > 1 else ""
    return Content.assemble(
        f"{printable(name):<{name_width}} ",
        *_bar(share, width, _colour(job, state.seconds is not None)),
        f" {_percent(share):>4} {shown.rows(state.rows):>13} ",
        (f"{pieces:>{parts}}", "dim") if parts else "",
        (f"{told:>14}", "dim"),
    )
