"""How a run stands, in a sentence."""

from __future__ import annotations

from textual.content import Content

from ..core import format as shown
from .run_state import RunState


def headline(job: RunState, more: str = "", then: str = "; enter shows the results") -> Content:
    """How a run stands, in a sentence; `more` follows while it works, `then` where it is done."""
    ended, whose = job.finished, f" ({job.whose})" if job.whose else ""
    if ended is None:
        stopping = ", stopping ..." if job.cancel.is_set() else ", ends after the days at work" if job.cancel.is_ending() else ""
        return Content(f"{job.name}: {job.doing or 'starting'}{stopping}{whose}{more}")
    if job.series is not None and ended.status != "FAILED":
        return Content.styled(_told_of_days(job, then), "$text-success" if ended.status == "COMPLETED" else "$text-warning")
    if ended.status != "COMPLETED":
        return Content.styled(f"{job.name}: {ended.message or ended.status.lower()}{whose}", "$text-error")
    rows = shown.rows(job.plan.rows if job.plan is not None and not job.notebook else job.rows)
    after = f"{whose}; F5 generates" if job.whose else then
    return Content.styled(f"{job.name}: done, {rows} rows in {shown.duration(job.seconds)}{after}", "$text-success")


def _told_of_days(job: RunState, then: str) -> str:
    done, message = len(job.written), job.finished.message if job.finished is not None else ""
    if message:
        return f"{job.name}: {message}" + ("; F5 goes on" if done else "")
    told = f"{shown.many(done, 'day')}, {shown.many(job.rows, 'row')} in {shown.duration(job.seconds)}"
    return f"{job.name}: done, {told}{then}"
