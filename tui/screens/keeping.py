"""What a step whose settings are changed can do with them: take changes back, keep them under a name, take what was kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.binding import Binding

from ...core.errors import InputError, SyntheticDataError
from ..settings import settings_folder
from ..start import first_draft
from ..state import Draft
from ..steps import STEPS
from ..trail import changed
from ..widgets.field import SettingField
from ..work import aside, told
from .step import Step

if TYPE_CHECKING:
    from ...core.spec.saved import Preset


class Keeping(Step):
    """A step with fields, undo and presets."""

    OF_DAYS: ClassVar = False
    """Whether its fields are those of days alone."""

    BINDINGS: ClassVar = [
        Binding("u,f8", "undo", "Undo", id="settings.undo"),
        Binding("U,f9", "redo", "Redo", show=False, id="settings.redo"),
        Binding("s", "presets", "Presets", id="settings.presets"),
    ]

    @property
    def current(self) -> SettingField | None:
        """The field that has the focus."""
        return next((node for node in self.focused.ancestors_with_self if isinstance(node, SettingField)), None) if self.focused else None

    @on(events.DescendantBlur)
    def _left(self) -> None:
        self.wizard.trail.seal()

    @on(SettingField.Changed)
    def _changed(self, event: SettingField.Changed) -> None:
        draft, path = self.wizard.draft, event.setting.path
        self.wizard.invalid.pop(self.name_of(path), None)
        if (draft.day_value(path) if self.OF_DAYS else draft.value(path)) == event.value:
            self.show_wrong()
        elif self.OF_DAYS:
            self.wizard.edit_days(path, event.value)
        else:
            self.wizard.edit(path, event.value)

    @on(SettingField.Refused)
    def _refused(self, event: SettingField.Refused) -> None:
        self.wizard.invalid[self.name_of(event.setting.path)] = event.problem
        self.show_wrong()

    def show_wrong(self) -> None:
        """Shows whether a field holds no value, where the settings are what they were; steps that tell it elsewhere know how."""

    @on(SettingField.Editor)
    def _open(self, event: SettingField.Editor) -> None:
        from .editors import editor_of

        planned, field = self.wizard.planned, event.field
        variant = planned.resolved.variant if planned is not None and planned.resolved is not None else None
        editor = editor_of(field, variant)
        if editor is not None:
            self.app.push_screen(editor, lambda found: self._take(field, found))

    def _take(self, field: SettingField, found: tuple[Any] | None) -> None:
        if found is not None:
            field.forget()
            field.enter(found[0])
            field.rewrite()

    def name_of(self, path: str) -> str:
        """What a setting is called here among those that hold no value: two of them are in both forms."""
        return f"days.{path}" if self.OF_DAYS else path

    def show_again(self, draft: Draft) -> None:
        """Shows other settings, whatever is being typed."""
        self._show_again(self.wizard.replace_draft, draft)

    def _show_again(self, take: Callable[[Draft], None], draft: Draft) -> None:
        for field in self.query(SettingField):
            field.forget()
            self.wizard.invalid.pop(self.name_of(field.setting.path), None)
        take(draft)
        if self.current is not None:
            self.current.rewrite()

    def action_reset_all(self) -> None:
        """Every field back to its default; one step for undo. Only the folder stays: nobody means to write elsewhere by it."""
        draft = self.wizard.draft
        for field in self.query(SettingField):
            if field.setting.path == "output_settings.output_dir":
                continue
            draft = (draft.days_changed if self.OF_DAYS else draft.changed)(field.setting.path, None)
        if draft != self.wizard.draft and not self.OF_DAYS:
            self.notify("Everything but the output folder has its default; u takes that back.")
        self.show_again(draft)

    def action_undo(self) -> None:
        """Takes the last change back."""
        before = self.wizard.trail.back(self.wizard.draft)
        self._go(before and self.wizard.as_left(before), "There is no change to take back.")

    def action_redo(self) -> None:
        """Makes a change again that was taken back."""
        self._go(self.wizard.trail.forth(self.wizard.draft), "No change was taken back.")

    def _go(self, draft: Draft | None, nothing: str) -> None:
        if draft is None:
            self.notify(nothing)
        else:
            before = self.wizard.draft
            self.show_again(draft)
            if draft.chosen != before.chosen:
                self.notify(f"{draft.name} is chosen, as it was before that.")
            elif any(path.startswith("days.") != self.OF_DAYS for path in changed(before, draft)):
                # One trail is of both steps: nothing is taken back unseen.
                self.notify(f"That was a change of the step {STEPS['parameters' if self.OF_DAYS else 'days']}.")

    def action_presets(self) -> None:
        """Saves these settings under a name, or takes saved ones."""
        from .presets import Presets

        try:
            folder = settings_folder(os.environ)
        except InputError as error:
            self.notify(told(error), severity="warning")
            return
        if folder is None:
            self.notify("Nothing is kept between sessions: SYNTHETIC_DATA_SETTINGS is off.", severity="warning")
            return
        planned, draft = self.wizard.planned, self.wizard.draft
        good = planned is not None and planned.draft is draft and planned.plan is not None and not self.wizard.invalid
        resolved = planned.resolved if planned is not None and good else None
        self.app.push_screen(Presets(folder / "presets", resolved, draft.days, partial(self._kept, draft)), self._load)

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
            self.notify(told(error), title="Cannot be taken", severity="error")
            return
        self._show_again(self.wizard.take_draft, draft)

    def _read_preset(self, preset: Preset) -> Draft:
        draft, _ = first_draft(config=preset.path)
        # A preset may name a folder of datasets that this session was not given.
        self.wizard.repository.get(draft.dataset_id)
        return draft
