"""What a step whose settings are changed can do with them: take changes back, keep them under a name, take what was kept."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from ...core.errors import InputError, SyntheticDataError
from ..settings import settings_folder
from ..start import first_draft
from ..state import Draft
from ..work import aside, told
from .step import Step

if TYPE_CHECKING:
    from ...core.spec.saved import Preset


class Keeping(Step):
    """A step with undo and presets."""

    BINDINGS: ClassVar = [
        Binding("u,f8", "undo", "Undo", id="settings.undo"),
        Binding("U,f9", "redo", "Redo", show=False, id="settings.redo"),
        Binding("s", "presets", "Presets", id="settings.presets"),
    ]

    def show_again(self, draft: Draft) -> None:
        """Takes other settings, and shows them."""
        raise NotImplementedError

    def action_undo(self) -> None:
        """Takes the last change back."""
        self._go(self.wizard.trail.back(self.wizard.draft), "There is no change to take back.")

    def action_redo(self) -> None:
        """Makes a change again that was taken back."""
        self._go(self.wizard.trail.forth(self.wizard.draft), "No change was taken back.")

    def _go(self, draft: Draft | None, nothing: str) -> None:
        if draft is None:
            self.app.notify(nothing)
        else:
            self.show_again(draft)

    def action_presets(self) -> None:
        """Saves these settings under a name, or takes saved ones."""
        from .presets import Presets

        try:
            folder = settings_folder(os.environ)
        except InputError as error:
            self.app.notify(told(error), severity="warning")
            return
        if folder is None:
            self.app.notify("Nothing is kept between sessions: SYNTHETIC_DATA_SETTINGS is off.", severity="warning")
            return
        planned, draft = self.wizard.planned, self.wizard.draft
        good = planned is not None and planned.draft is draft and planned.plan is not None and not self.wizard.invalid
        resolved = planned.resolved if planned is not None and good else None
        self.app.push_screen(Presets(folder / "presets", resolved, partial(self._kept, draft)), self._load)

    def _kept(self, draft: Draft, path: Path) -> None:
        self.wizard.keep(draft)
        self.wizard.saved.append(path)

    def _load(self, preset: Preset | None) -> None:
        if preset is not None:
            self.run_worker(self._take_preset(preset), group="preset", exclusive=True, exit_on_error=False)

    async def _take_preset(self, preset: Preset) -> None:
        try:
            draft = await aside(partial(self._read_preset, preset))()
        except (SyntheticDataError, OSError) as error:
            self.app.notify(told(error), title="Cannot be taken", severity="error")
            return
        if draft.chosen != self.wizard.draft.chosen:
            self.wizard.choose(draft.dataset_id)
        self.wizard.keep(draft)
        self.show_again(draft)

    def _read_preset(self, preset: Preset) -> Draft:
        draft, _ = first_draft(config=preset.path)
        # A preset may name a folder of datasets that this session was not given.
        self.wizard.repository.get(draft.dataset_id)
        return draft
