"""What steps, widgets and commands ask of the application that shows them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .state import CheckState, Draft, Planned, RunState

if TYPE_CHECKING:
    from ..core.run.estimate import Estimate
    from ..core.run.events import RunResult
    from ..core.spec.repository import DatasetConfigurationRepository


class Wizard(Protocol):
    """What is chosen, what came of it, and how to change it."""

    repository: DatasetConfigurationRepository
    invalid: dict[str, str]
    """Dotted setting -> the sentence about what stands in its field."""
    saved: list[Path]
    """Config files that were written."""

    @property
    def draft(self) -> Draft:
        """The dataset that is chosen, and what was changed for it."""

    @property
    def planned(self) -> Planned | None:
        """The last plan that was made."""

    @property
    def wrong(self) -> tuple[str, ...]:
        """The sentences about what cannot be generated: of the fields that hold no value, else of the last plan."""

    @property
    def expected(self) -> Estimate | None:
        """What the plan is expected to cost."""

    @property
    def job(self) -> RunState | None:
        """The last run."""

    @property
    def results(self) -> tuple[RunResult, ...]:
        """Runs that have ended."""

    @property
    def checks(self) -> dict[str, CheckState]:
        """Checks by run id."""

    @property
    def running(self) -> bool:
        """Whether a run is under way."""

    def choose(self, dataset_id: str) -> None:
        """Makes a dataset the current one; what was changed for it before is there again."""

    def edit(self, path: str, value: Any) -> None:
        """Changes a setting; None takes it back to its default."""

    def keep(self, draft: Draft) -> None:
        """Notes that a draft was saved, copied or generated: leaving does not lose it."""

    def check(self, result: RunResult) -> None:
        """Checks in the background what a run wrote, where its job did not."""

    def action_step(self, step: str) -> None:
        """Goes to a step."""

    def action_generate(self) -> None:
        """Starts the run, or says why it cannot; asks first where it would replace something."""

    def action_help(self) -> None:
        """Shows or hides what the focused widget is for, and all keys."""

    def action_change_theme(self) -> None:
        """Lets colours be chosen."""

    def action_quit_wizard(self) -> None:
        """Quits; asks first where something would be lost."""

    def action_cancel_run(self) -> None:
        """Asks, then stops the run."""
