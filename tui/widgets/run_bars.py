"""A bar for each table of a run."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from ...core import format as shown
from ..state import RunState, TableState


class RunBars(Widget):
    """A table a line, in columns of fixed width, so that nothing moves while it runs."""

    DEFAULT_CSS = "RunBars { height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self._job: RunState | None = None
        self._lines = 0

    def show(self, job: RunState) -> None:
        """Brings the bars up to date."""
        before, self._lines = self._lines, len(job.tables) if job.series is None else -1
        self._job = job
        self.refresh(layout=before != self._lines)

    def render(self) -> Content:
        """All bars, as wide as there is room."""
        if self._job is None:
            return Content("")
        job = self._job
        if job.series is not None:
            return _days(job, max(self.size.width - 24, 8))
        name = max((len(table) for table in job.tables), default=0)
        width = max(self.size.width - name - 36, 8)
        return Content("\n").join(_line(table, state, name, width, job) for table, state in job.tables.items())


def _days(job: RunState, width: int) -> Content:
    """Days that are written, and at which one it is."""
    # A notebook finds out itself which days are there.
    total = job.days.total if job.days is not None else len(job.series.left) if job.series is not None else 0
    done = len(job.written) if job.finished is not None else job.days.done if job.days is not None else 0
    ended = job.finished is not None
    stopped = ended and job.finished is not None and job.finished.status != "COMPLETED"
    share = done / max(total, 1)
    full = int(share * width)
    colour = "$text-error" if stopped else "$text-success" if ended else "$text-primary"
    lines = [
        Content.assemble(("━" * full, colour), ("─" * (width - full), "dim"), f" {share:>4.0%} {done:>7,} of {total:,}"),
        Content(f"rows   {shown.rows(job.rows)}"),
        Content(f"day    {job.days.day if job.days is not None else ''}"),
    ]
    return Content("\n").join(lines)


def _line(name: str, state: TableState, name_width: int, width: int, job: RunState) -> Content:
    share = state.rows / state.total if state.total else float(state.seconds is not None)
    full = int(share * width)
    stopped = job.finished is not None and job.finished.status != "COMPLETED"
    colour = "$text-success" if state.seconds is not None else "$text-error" if stopped else "$text-primary"
    if state.seconds is not None:
        told = shown.rate(state.total / max(state.seconds, 1e-9))
    elif stopped:
        told = "stopped"
    else:
        told = "" if state.rows else "waiting"
    return Content.assemble(
        f"{name:<{name_width}} ",
        ("━" * full, colour),
        ("─" * (width - full), "dim"),
        f" {share:>4.0%} {shown.rows(state.rows):>13} ",
        (f"{told:>14}", "dim"),
    )
