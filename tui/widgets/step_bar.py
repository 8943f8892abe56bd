"""The bar above every step: where one is, and what is chosen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from ...core import format as shown
from ..steps import STEPS

if TYPE_CHECKING:
    from ...core.plan.plan import Plan
    from ..state import Draft, PlannedDays
    from ..wizard import Wizard


_SHORT: Final = {"Parameters": "Params"}
_VISITED: Final = Content.from_markup("[@click=app.visited('back')]<[/] [@click=app.visited('forward')]>[/]")
"""Back and forward."""
_BESIDE: Final = 7
"""Cells of the line about the dataset that they and its margins take."""


class StepBar(Vertical):
    """Steps that can be clicked, and one line about the dataset."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self._step = step
        self._progress = ""

    def compose(self) -> ComposeResult:
        """Two lines."""
        yield Static(self._steps(""), id="steps")
        with Horizontal(id="beside"):
            yield Static("", id="chosen", markup=False)
            yield Static(_VISITED, id="visited")

    def _steps(self, progress: str) -> Content:
        # Nine steps fill eighty columns to the last one: there the longest is cut, and a run that is under way loses its name.
        narrow = self.app.size.width < 100
        # Where colours say nothing, the step that is shown is told by its ground.
        bare = "NO_COLOR" in os.environ or self.app.current_theme.ansi
        here = "b reverse" if bare else "b $text-primary on $primary-muted"
        parts = []
        for number, (step, title) in enumerate(STEPS.items(), 1):
            text = f"{number} {_SHORT.get(title, title) if narrow else title}"
            if step == "run" and progress:
                text = f"{number} {progress}" if narrow else f"{text} {progress}"
            end = " " if step == self._step or (step == list(STEPS)[-1] and not narrow) else ""
            look = here if step == self._step else "$text-muted"
            parts.append(f"[{look}][@click=app.step('{step}')] {text}{end}[/][/]")
        return Content.from_markup("".join(parts))

    def on_resize(self) -> None:
        """Titles have a short form for narrow terminals."""
        self.query_one("#steps", Static).update(self._steps(self._progress))

    def tell(self, wizard: Wizard) -> None:
        """Shows what is chosen and how far a run is."""
        job = wizard.job
        # What still works is not done to the last percent.
        self._progress = f"{min(job.share, 0.99):.0%}" if job and job.running and job.share else ""
        _write(self.query_one("#steps", Static), self._steps(self._progress))
        draft, planned = wizard.draft, wizard.planned
        days = wizard.days if wizard.arrives else None
        parts = [draft.name + (" *" if draft.changed_at_all else "")]
        if planned is not None and planned.draft is draft and planned.plan is not None:
            parts += _of_days(planned.plan, days, draft) if wizard.arrives else _whole(planned.plan)
        elif planned is not None and planned.draft is draft:
            parts.append("cannot be generated" + ("" if self._step == "parameters" else ": see Parameters"))
        told = "  ·  ".join(parts)
        if len(told) > self.app.size.width - _BESIDE and planned is not None and planned.plan is not None:
            # Where not all has room, the seed, which Parameters shows, makes it for the day that stands last.
            told = "  ·  ".join(part for part in parts if part != f"seed {planned.plan.seed}")
        _write(self.query_one("#chosen", Static), Content(told))


def _write(line: Static, content: Content) -> None:
    """Both lines have their height, so that nothing is arranged anew: they are told with every key that is typed."""
    if line.content != content:
        line.update(content, layout=False)


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
