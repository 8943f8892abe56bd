"""The part of the application that generates by days: what they would bring, what is there of them, and their run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from textual.reactive import var

from ..core import format as shown
from ..core.errors import ConfigError, SyntheticDataError
from ..core.run.events import SeriesResult
from ..core.spec.repository import DatasetConfigurationRepository
from .run_state import RunState, SeriesWork
from .running import Running
from .screens.dialogs import Confirm
from .state import Draft, PlannedDays
from .trail import Trail
from .work import do_aside

if TYPE_CHECKING:
    from ..core.plan.machine import Machine
    from ..core.plan.series import Series
    from ..core.quality.report import Report
    from ..core.run.estimate import Estimate

PRICED = ("days", "parameters", "run")
"""Steps that show what days cost: it is worked out for them alone."""


def plan_days(draft: Draft, repository: DatasetConfigurationRepository, machine: Machine | None = None) -> PlannedDays:
    """The days of a draft, which of them are there, and how many rows each brings."""
    from ..core.plan.daily import daily
    from ..core.plan.make_series import as_files, make_series
    from ..core.plan.overrides import in_time
    from ..core.run.days_there import day_states, standing
    from ..core.spec.resolve import resolve_parameters
    from ..core.spec.series import SeriesSettings

    given = {name: value for name, value in draft.days.items() if name in SeriesSettings.model_fields}
    out: dict[str, Any] = {"draft": draft, "settings": SeriesSettings.model_validate(given)}
    try:
        resolved = as_files(resolve_parameters(draft.dataset_id, edited=draft.by_days, repository=repository))
        out["resolved"] = resolved
        window = out["settings"].window(in_time(resolved.variant.dataset, resolved.parameters).history)
        series = make_series(resolved, *window, machine=machine)
        out |= {"series": series, "daily": daily(series)}
        out["states"] = day_states(series)
        out["standing"] = standing(series, out["settings"].again)
    except ConfigError as error:
        out["problem"] = "; ".join(sentence for _, sentence in error.problems)
    except SyntheticDataError as error:
        # The wizard has a field where the command line has an option.
        out["problem"] = str(error).replace("`ignore_state`", "`Write again`")
    return PlannedDays(**out)


@dataclass(frozen=True, slots=True)
class Priced:
    """What some days are expected to cost."""

    days: PlannedDays
    expected: Estimate | None


def price(days: PlannedDays) -> Estimate | None:
    """What it will cost to write the days that are left; None where they bring too much to tell."""
    from ..core.run.estimate_days import estimate_days

    if days.series is None or days.standing is None:
        return None
    return estimate_days(days.series, days.standing.left, days.settings.batch, days.standing.fresh)


def _run(series: Series, work: SeriesWork, **options: Any) -> SeriesResult:
    from ..core.run.series import run_series

    return run_series(series, batch=work.settings.batch, again=work.settings.again, **options)


def _form() -> None:
    """The form's modules and settings, read behind the first screen: whoever goes to it waits for none of them."""
    from ..core.spec.form import settings

    import_module(f"{__package__}.screens.parameters")
    settings()


class ByDays(Running):
    """An application that generates by days what arrives so, and all else where the step Days is shown."""

    days: var[PlannedDays | None] = var(None, always_update=True)
    """What would be generated; as of the last look."""

    def __init__(
        self,
        draft: Draft,
        repository: DatasetConfigurationRepository,
        machine: Machine | None,
        price: Callable[[PlannedDays], Estimate | None],
        validate: Callable[..., Report],
    ) -> None:
        super().__init__(draft, repository, validate)
        self._machine, self._price = machine, price
        self.invalid: dict[str, str] = {}
        """Dotted setting -> the sentence about what stands in its field."""
        self.trail = Trail()
        """What was set before, for undo."""

    def on_mount(self) -> None:
        """Notes each change, to take it back; makes ready what is likely to be wanted next."""
        self.watch(self, "draft", self.trail.follow, init=False)
        self.call_after_refresh(do_aside, self, "form", _form)

    def replace_draft(self, draft: Draft) -> None:
        """Takes other settings; those that undo leads back to may be of something else."""
        if draft.chosen != self.draft.chosen:
            self.invalid.clear()
        self.draft = draft

    def as_left(self, draft: Draft) -> Draft:
        """What a draft was when something else was chosen in its place; the draft itself where it is of what is chosen."""
        return draft if draft.chosen == self.draft.chosen else self.drafts.get(draft.chosen, draft)

    def take_draft(self, draft: Draft) -> None:
        """Takes settings that are kept elsewhere, also of something else; one undo leads to what was there before."""
        before = self.draft
        if draft.chosen != before.chosen:
            self.drafts[before.chosen] = before
        self.keep(draft)
        self.invalid.clear()
        self.trail.take(before, draft)
        self.draft = draft
        self.trail.seal()

    @property
    def arrives(self) -> bool:
        """Whether the chosen dataset is one that arrives day by day."""
        chosen = self.draft.dataset_id
        listed = any(info.dataset_id == chosen for info in self.repository.list())
        return not listed and any(info.dataset_id == chosen for info in self.repository.incremental())

    def edit_days(self, path: str, value: Any) -> None:
        """Changes what is set for days alone; None takes it back to its default."""
        self.draft = self.draft.days_changed(path, value)

    def look_at_days(self) -> None:
        """Works out anew what the days would bring, and what is there of them."""
        do_aside(self, "days", partial(plan_days, self.draft, self.repository, self._machine))

    def _generate_days(self) -> None:
        if self.invalid:
            self.notify(next(iter(self.invalid.values())), title="Cannot generate", severity="warning")
        else:
            do_aside(self, "first look", partial(plan_days, self.draft, self.repository, self._machine))

    def _looked(self, found: PlannedDays, start: bool) -> None:
        """Takes what was found of the days, and starts their run where they were looked at for that."""
        if found.draft is not self.draft:
            return
        if self.days is not None and self.days.draft is found.draft and replace(self.days, expected=None, unknown=False) == found:
            days = self.days
        else:
            self.days = days = found
        wanted = days.series is not None and days.expected is None and not days.unknown
        if wanted and not start and self.current_mode in PRICED:
            do_aside(self, "price", lambda: Priced(days, self._price(days)))
        if not start or self.running or self.screen.is_modal:
            return
        if found.series is None or found.standing is None:
            self.notify(found.problem, title="Cannot generate", severity="warning")
            return
        series = found.series
        work = SeriesWork(series, found.settings, found.standing.left)
        # Of days that are written again `standing` tells none.
        there = sum(found.states.get(day) == "published" for day in work.left)
        if not work.left:
            self.notify("All of these days are there. To make them anew, choose to write again.", title="Nothing to generate")
        elif there:
            question = f"This run writes {shown.many(there, 'day')} again that {'is' if there == 1 else 'are'} there."
            self.push_screen(Confirm(question, "Write again", "Keep"), lambda sure: self._start_days(series, work) if sure else None)
        else:
            self._start_days(series, work)

    def _priced(self, found: Priced) -> None:
        if self.days is found.days:
            self.days = replace(self.days, expected=found.expected, unknown=found.expected is None)

    def _start_days(self, series: Series, work: SeriesWork) -> None:
        expected = self.days.expected if self.days is not None else None
        self._begin(RunState(series.plan, series=work, expected=expected), partial(_run, series, work, datasets=self.repository.list()))
