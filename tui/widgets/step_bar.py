"""The bar above every step: where one is, and what is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ...core import format as shown
from ..steps import STEPS

if TYPE_CHECKING:
    from ...core.plan.plan import Plan
    from ..state import Draft, PlannedDays
    from ..wizard import Wizard


class StepBar(Vertical):
    """Steps that can be clicked, and one line about the dataset."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self._step = step

    def compose(self) -> ComposeResult:
        """Two lines."""
        yield Static(self._steps(""), id="steps")
        yield Static("", id="chosen", markup=False)

    def _steps(self, progress: str) -> Content:
        parts = []
        # Eight steps and the progress of a run fill eighty columns to the last one.
        for number, (step, title) in enumerate(STEPS.items(), 1):
            text = f"{number} {title}" + (f" {progress}" if step == "run" and progress else "")
            end = " " if step in (self._step, "days") else ""
            look = "b $text-primary on $primary-muted" if step == self._step else "$text-muted"
            parts.append(f"[{look}][@click=app.step('{step}')] {text}{end}[/][/]")
        return Content.from_markup("".join(parts))

    def tell(self, wizard: Wizard) -> None:
        """Shows what is chosen and how far a run is."""
        job = wizard.job
        progress = f"{job.share:.0%}" if job and job.running and job.share else ""
        self.query_one("#steps", Static).update(self._steps(progress))
        draft, planned = wizard.draft, wizard.planned
        days = wizard.days if wizard.arrives else None
        parts = [draft.name + (" *" if draft.changed_at_all else "")]
        if planned is not None and planned.draft is draft and planned.plan is not None:
            parts += _of_days(planned.plan, days, draft) if wizard.arrives else _whole(planned.plan)
        elif planned is not None and planned.draft is draft:
            parts.append("cannot be generated: see Parameters")
        self.query_one("#chosen", Static).update("  ·  ".join(parts))


def _whole(plan: Plan) -> list[str]:
    size = f"{shown.many(plan.rows, 'row')} in {shown.many(len(plan.tables), 'table')}"
    return [size, f"seed {plan.seed}", f"as of {plan.as_of}"]


def _of_days(plan: Plan, days: PlannedDays | None, draft: Draft) -> list[str]:
    """What is chosen of a dataset that arrives day by day."""
    seed = f"seed {plan.seed}"
    if days is None or days.draft is not draft or days.series is None:
        return [seed]
    first, last = days.series.plan.window
    return [f"{shown.many(len(days.series.days), 'day')}, {first} to {last}", seed]
