"""Parameters: a form made from the model of a run's parameters, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Label, Static

from ...core.plan.effective import effective
from ...core.spec.flags import NOT_OF_SERIES
from ...core.spec.form import Setting, settings
from ...core.spec.resolve import own_settings
from ..widgets.field import SettingField
from ..widgets.panel import panel
from ..widgets.plan_card import PlanCard, day_card
from .step import Step


class Form(VerticalScroll, can_focus=True):
    """The fields, by group."""

    HELP = """
# Parameters

**tab** or **down** goes into the fields, **escape** leaves them, so that single keys such as **n** and **p** work again.
An empty field has its default, which is shown in grey. Changed fields have a star. What the current field means is said beside the form, or
below it.
Whole numbers may be written as `10k`, `2M` or `10_000`.
"""
    BINDINGS: ClassVar = [Binding("down,enter", "app.focus_next", "Edit", show=True)]


class ParametersScreen(Step):
    """The form, and beside it the plan with its cost."""

    NAME = "parameters"
    FOCUS = "#form"
    CSS_PATH = "parameters.tcss"
    HELP = "Change what will be generated. Every change is planned at once, and what it costs is measured on a few thousand rows."
    BINDINGS: ClassVar = [Binding("u", "reset_all", "Defaults"), Binding("n", "app.move(1)", "Next", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self._of = ""
        """The dataset whose defaults are shown."""
        self._own: Mapping[str, Any] = {}
        """Dotted setting -> what the dataset's file gives it."""
        self._held: Mapping[str, Any] = {}
        """Dotted setting -> what holds where it is not set."""

    def body(self) -> ComposeResult:
        """A heading a group, a field a setting."""
        groups = dict.fromkeys(setting.group for setting in settings())
        with Horizontal(id="parameters"):
            with panel(Form(id="form"), "Settings"):
                for group in groups:
                    yield Label(group, classes="group")
                    for setting in settings():
                        if setting.group == group:
                            yield SettingField(setting)
            with panel(VerticalScroll(id="cost", can_focus=False), "Plan"):
                yield PlanCard(id="plan")
                yield Static(id="meaning", markup=False)

    def on_mount(self) -> None:
        """Follows what is chosen and what comes of it."""
        self.watch(self.app, "draft", self._fill)
        self.watch(self.app, "planned", self._planned)
        self.watch(self.app, "expected", self._cost)
        self.watch(self.app, "days", self._cost)

    @on(events.ScreenResume)
    def _resumed(self) -> None:
        if self.wizard.arrives:
            self.wizard.look_at_days()

    def _fill(self) -> None:
        planned, draft = self.wizard.planned, self.wizard.draft
        if draft.chosen != self._of:
            self._of, self._own, self._held = draft.chosen, {}, {}
        if planned is not None and planned.resolved is not None and planned.draft.chosen == draft.chosen:
            variant = planned.resolved.variant
            # What depends on the machine is known of the last plan that could be made.
            usual = {"output_settings.output_mode": "parquet"} if variant.incremental else {}
            self._own, self._held = {**usual, **own_settings(variant)}, {**self._held, **effective(variant, planned.plan)}
        for field in self.query(SettingField):
            path = field.setting.path
            field.display = not (self.wizard.arrives and path in NOT_OF_SERIES and draft.value(path) is None)
            field.show(draft.value(path), self._own.get(path, field.setting.default), self._held.get(path))

    def _planned(self) -> None:
        self._fill()
        planned = self.wizard.planned
        for path, sentence in planned.problems if planned is not None and planned.draft is self.wizard.draft else ():
            for field in self.query(SettingField):
                if _belongs(path, field):
                    field.complain(sentence.removeprefix(f"{path}: "))
        self._cost()

    def _cost(self) -> None:
        planned, fields = self.wizard.planned, list(self.query(SettingField))
        # What a field says itself, the card does not say again.
        named = [field.setting.title for field in fields if field.has_class("-invalid")]
        wrong = [f"to correct: {', '.join(named)}"] if named else []
        if planned is not None and not self.wizard.invalid:
            wrong += [sentence for path, sentence in planned.problems if not any(_belongs(path, field) for field in fields)]
        if self.wizard.arrives:
            days = self.wizard.days
            days = days if days is not None and days.draft is self.wizard.draft else None
            # Where there is no plan, there are no days for the same reason.
            if days is not None and days.problem and planned is not None and planned.plan is not None:
                wrong = wrong or [days.problem]
            self.query_one(PlanCard).tell(wrong, day_card(days) if days is not None else ["planning ..."])
        else:
            self.query_one(PlanCard).show(planned, self.wizard.expected, wrong)
        self._explain()

    @on(events.DescendantFocus)
    def _entered(self) -> None:
        self._explain()

    def _explain(self) -> None:
        field = next((node for node in self.focused.ancestors_with_self if isinstance(node, SettingField)), None) if self.focused else None
        meaning = "" if field is None else f"{field.setting.title}{_unit(field.setting)}: {field.setting.about}"
        self.query_one("#meaning", Static).update(meaning)

    @on(SettingField.Changed)
    def _changed(self, event: SettingField.Changed) -> None:
        self.wizard.invalid.pop(event.setting.path, None)
        if self.wizard.draft.value(event.setting.path) != event.value:
            self.wizard.edit(event.setting.path, event.value)
        self._cost()

    @on(SettingField.Refused)
    def _refused(self, event: SettingField.Refused) -> None:
        self.wizard.invalid[event.setting.path] = event.problem
        self._cost()

    def action_reset_all(self) -> None:
        """Every setting back to its default."""
        for field in self.query(SettingField):
            field.action_reset()


def _belongs(path: str, field: SettingField) -> bool:
    return path == field.setting.path or path.startswith(f"{field.setting.path}.")


def _unit(setting: Setting) -> str:
    return f" ({setting.unit})" if setting.unit and setting.unit not in setting.title.lower() else ""
