"""Parameters: a form made from the model of a run's parameters, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Label, Static

from ...core.explain.touched import touched
from ...core.format import printable
from ...core.plan.effective import days_unset, effective
from ...core.spec.flags import NOT_OF_SERIES
from ...core.spec.form import settings
from ...core.spec.resolve import own_settings
from ..about import about, in_titles, leaves, likeness
from ..unpromised import expect_focus
from ..widgets.control import FieldInput
from ..widgets.field import SettingField
from ..widgets.panel import panel, retitle
from ..widgets.plan_card import PlanCard, day_card
from .keeping import Keeping


class Form(VerticalScroll, can_focus=True):
    """The fields, by group."""

    HELP = """
# Parameters

**tab** or **down** goes into the fields, **escape** leaves them, so that single keys such as **n** and **p** work again.
An empty field has its default, which is shown in grey. Changed fields have a star. What the current field means, and what it changes, is
said beside the form, or below it. **/** looks for settings, by any word of theirs; `*` leaves those that are changed.
Whole numbers may be written as `10k`, `2M` or `10_000`, shares as `5%` or `0.05`. **left** and **right** choose among words, **enter**
opens what is marked `[+]`, **f4** the calendar of a day.

**u** takes the last change back, **U** brings it again; inside text fields it is **f8** and **f9**. **ctrl+r** gives a field its default,
**d** all of them. **s** keeps settings under a name, and takes them again.
"""
    BINDINGS: ClassVar = [Binding("down,enter", "app.focus_next", "Edit", show=True)]

    def on_compose(self) -> None:
        """The step gives it the focus: where it knows before it has its fields, none of them is styled a second time."""
        expect_focus(self)


class Sieve(FieldInput):
    """The filter: enter goes into the field that it names best, down into the first that it leaves."""

    BINDINGS: ClassVar = [
        Binding("enter", "screen.best", "Into the form", show=False, priority=True),
        Binding("down", "screen.first", "Into the form", show=False, priority=True),
    ]


class ParametersScreen(Keeping):
    """The form, and beside it the plan with its cost."""

    NAME = "parameters"
    FOCUS = AUTO_FOCUS = "#form"
    CSS_PATH = "parameters.tcss"
    HELP = "Change what will be generated. Every change is planned at once, and what it costs is measured on a few thousand rows."
    BINDINGS: ClassVar = [
        Binding("slash", "filter", "Filter", priority=True, id="parameters.filter"),
        Binding("d", "reset_all", "Defaults", show=False, id="parameters.defaults"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._of = ""
        """The dataset whose defaults are shown."""
        self._own: Mapping[str, Any] = {}
        """Dotted setting -> what the dataset's file gives it."""
        self._held: dict[str, Any] = {}
        """Dotted setting -> what holds where it is not set."""
        self._fields: list[SettingField] = []

    def body(self) -> ComposeResult:
        """A heading a group, a field a setting."""
        groups = dict.fromkeys(setting.group for setting in settings())
        with Horizontal(id="parameters"):
            # A frame that lights up with the focus would have every field in it styled anew with each move.
            whole = Vertical(id="settings")
            retitle(whole, "Settings")
            with whole:
                yield Sieve(placeholder="/ filter: any words, or * for what is changed", id="filter", compact=True, select_on_focus=False)
                with Form(id="form"):
                    for group in groups:
                        yield Label(group, classes="group", id=f"group-{group.lower()}")
                        for setting in settings():
                            if setting.group == group:
                                self._fields.append(SettingField(setting, wide=44))
                                yield self._fields[-1]
            with Vertical(id="plan-side"):
                with panel(VerticalScroll(id="cost", can_focus=False), "Plan"):
                    yield PlanCard(id="plan")
                yield panel(Static(id="meaning", markup=False), "What this setting means")

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
            self._held |= days_unset(planned.resolved)
            if (end := draft.value("history.end")) is not None:
                # Whoever moves the history moves the day as of which it is seen.
                self._held["as_of"] = end
        for field in self._fields:
            path = field.setting.path
            field.show(draft.value(path), self._own.get(path, field.setting.default), self._held.get(path))
        self._sift()

    def _planned(self) -> None:
        self._fill()
        planned = self.wizard.planned
        for path, sentence in planned.problems if planned is not None and planned.draft is self.wizard.draft else ():
            for field in self._fields:
                if _belongs(path, field) and not field.problem:
                    field.complain(in_titles(sentence.removeprefix(f"{path}: ")))
        self._cost()

    def _cost(self) -> None:
        planned = self.wizard.planned
        # What a field says itself, the card does not say again.
        named = [field.setting.title for field in self._fields if field.told]
        wrong = [f"to correct: {', '.join(named)}"] if named else []
        if planned is not None and not self.wizard.invalid:
            wrong += [sentence for path, sentence in planned.problems if not any(_belongs(path, field) for field in self._fields)]
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

    def reach(self, target: str) -> None:
        """Goes into the field of a setting."""
        field = next(field for field in self._fields if field.setting.path == target)
        if not field.display:
            self.query_one("#filter", Input).value = ""
            self._sift()
        if field.display:
            next(control for control in field.query("*") if control.focusable).focus()
        else:
            self.notify(f"{field.setting.title} is not of a dataset that arrives by days.", severity="warning")

    # What is looked at

    @on(events.DescendantFocus)
    def _entered(self) -> None:
        self._explain()

    def _explain(self) -> None:
        field, planned = self.current, self.wizard.planned
        lines: list[str] = []
        if field is not None:
            dataset = planned.resolved.variant.dataset if planned is not None and planned.resolved is not None else None
            given = field.value if isinstance(field.value, Mapping) else ()
            changes = touched(field.setting.path, dataset, given) if dataset is not None else ""
            lines = about(field.setting, field.value, field.held, changes)
        told, meaning = printable("\n".join(lines), keep="\n"), self.query_one("#meaning", Static)
        if meaning.content != told:
            # It has a place of its own, so that nothing else is arranged anew.
            meaning.update(told, layout=False)

    @on(Input.Changed, "#filter")
    def _sift(self) -> None:
        words = self.query_one("#filter", Input).value
        draft, shown = self.wizard.draft, set()
        for field in self._fields:
            path = field.setting.path
            is_set = draft.value(path) is not None or bool(field.problem)
            refused = self.wizard.arrives and path in NOT_OF_SERIES and draft.value(path) is None
            display = not refused and leaves(field.setting, words, is_set)
            if field.display != display:
                field.display = display
            if display:
                shown.add(field.setting.group)
        for heading in self.query(".group"):
            display = any(f"group-{group.lower()}" == heading.id for group in shown)
            if heading.display != display:
                heading.display = display
        left = sum(field.display for field in self._fields)
        told = f"{left} of {len(self._fields)}; escape in the filter shows all" if left else "none has these words; escape shows all"
        retitle(self.query_one("#settings"), f"Settings: {told}" if words.strip() else "Settings")

    def action_best(self) -> None:
        """Goes from the filter into the field that it names best, or into the form."""
        words = self.query_one("#filter", Input).value
        self._into(sorted(self._remaining, key=lambda field: likeness(field.setting, words)))

    def action_first(self) -> None:
        """Goes from the filter into the first field that it leaves, or into the form."""
        self._into(self._remaining)

    @property
    def _remaining(self) -> list[SettingField]:
        return [field for field in self._fields if field.display]

    def _into(self, fields: list[SettingField]) -> None:
        if self.query_one("#filter", Input).value.strip() and fields:
            self.reach(fields[0].setting.path)
        else:
            self.set_focus(self.query_one("#form"))

    def show_wrong(self) -> None:
        """The plan is beside what was entered."""
        self._cost()

    def action_filter(self) -> None:
        """Goes to the filter."""
        # At once, not in a moment: what is typed next is of it, in the place of what was looked for before.
        sieve = self.query_one("#filter", Input)
        self.set_focus(sieve)
        sieve.action_select_all()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a text a slash is a letter; in the filter it begins other words."""
        if action == "filter":
            return self.is_mounted and (not isinstance(self.focused, Input) or isinstance(self.focused, Sieve))
        return super().check_action(action, parameters)

    def action_leave(self) -> None:
        """Leaves a field; leaving the filter clears it."""
        if self.focused is not None and self.focused.id == "filter":
            self.query_one("#filter", Input).value = ""
        super().action_leave()


def _belongs(path: str, field: SettingField) -> bool:
    return path == field.setting.path or path.startswith(f"{field.setting.path}.")
