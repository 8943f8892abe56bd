"""What the wizard knows, as values: screens read them and never each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Event as ThreadEvent
from typing import TYPE_CHECKING, Any

from ..core.run.cancel import CancelToken
from ..core.run.events import (
    RunResult,
    SeriesResult,
)
from ..core.spec.flags import HOW

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from ..core.plan.daily import Daily
    from ..core.plan.plan import Plan
    from ..core.plan.series import Series
    from ..core.quality.report import Report
    from ..core.run.days_there import DayState, Standing
    from ..core.run.estimate import Estimate
    from ..core.spec.resolve import Resolved
    from ..core.spec.series import SeriesSettings


@dataclass(frozen=True, slots=True)
class Draft:
    """A dataset with the settings that were changed, in the shape of a config file without its dataset_id."""

    dataset_id: str
    config: Mapping[str, Any]
    days: Mapping[str, Any] = field(default_factory=dict)
    """What is set for generating it by days alone: `SeriesSettings`, and what its files have of their own."""
    template: str = ""
    """The enhanced template whose presets it began with."""
    presets: tuple[tuple[str, Any], ...] = ()
    """These presets: dotted settings and their values."""

    @property
    def chosen(self) -> str:
        """What it is found by in lists of datasets and templates."""
        return of_template(self.template) if self.template else self.dataset_id

    @property
    def name(self) -> str:
        """What is shown of what is chosen."""
        return self.template or self.dataset_id

    @property
    def changed_at_all(self) -> bool:
        """Whether anything is set."""
        return bool(self.config or self.days)

    @property
    def keeps_presets(self) -> bool:
        """Whether it is still its template's: presets that were taken back would be there again with the template."""
        return bool(self.template) and all(self.value(path) is not None for path, _ in self.presets)

    def value(self, path: str) -> Any:
        """A setting by its dotted path; None if it is not set."""
        return _value(self.config, path)

    def day_value(self, path: str) -> Any:
        """As `value`, of what is set for days alone."""
        return _value(self.days, path)

    @property
    def by_days(self) -> Mapping[str, Any]:
        """The settings, with what days have of their own."""
        own = self.days.get("output_settings")
        if not isinstance(own, Mapping):
            return self.config
        return {**self.config, "output_settings": {**self.config.get("output_settings", {}), **own}}

    def changed(self, path: str, value: Any) -> Draft:
        """The draft with a setting changed; None takes it back to its default."""
        return replace(self, config=_put(self.config, path.split("."), value))

    def days_changed(self, path: str, value: Any) -> Draft:
        """As `changed`, of what is set for days alone."""
        return replace(self, days=_put(self.days, path.split("."), value))

    def elsewhere(self, dataset_id: str) -> Draft:
        """What of it another dataset takes as well: the seed, and where and how data is written."""
        out = Draft(dataset_id, {name: value for name, value in self.config.items() if name in ("seed_value", *HOW)})
        for path, value in self.presets:
            # What a template presets, nobody said of other datasets.
            out = out.changed(path, None) if out.value(path) == value else out
        return out


def of_template(template_id: str) -> str:
    """What a template is found by in lists, in which the same name may be a dataset's."""
    return f"template {template_id}"


def _value(here: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(here, Mapping) or step not in here:
            return None
        here = here[step]
    return here


def _put(config: Mapping[str, Any], steps: list[str], value: Any) -> dict[str, Any]:
    out = dict(config)
    if len(steps) > 1:
        inner = out.get(steps[0])
        value = _put(inner if isinstance(inner, Mapping) else {}, steps[1:], value)
    if value is None or (len(steps) > 1 and not value):
        out.pop(steps[0], None)
    else:
        out[steps[0]] = value
    return out


@dataclass(frozen=True, slots=True)
class Planned:
    """What became of a draft."""

    draft: Draft
    resolved: Resolved | None = None
    plan: Plan | None = None
    problems: tuple[tuple[str, str], ...] = ()
    """(dotted path or empty, sentence)."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is wrong, without the places."""
        return tuple(sentence for _, sentence in self.problems)


@dataclass(frozen=True, slots=True)
class PlannedDays:
    """What became of a draft, by days."""

    draft: Draft
    settings: SeriesSettings
    resolved: Resolved | None = None
    series: Series | None = None
    standing: Standing | None = None
    states: Mapping[date, DayState] = field(default_factory=dict)
    daily: Daily | None = None
    expected: Estimate | None = None
    """What the days that are left are expected to cost, once it is known."""
    unknown: bool = False
    """Whether they bring too much for an estimate."""
    problem: str = ""
    """Why the days cannot be generated, in a sentence."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan is expected to cost."""

    plan: Plan
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Past:
    """A run of a folder's history, of whichever session."""

    root: Path
    run_id: str
    dataset_id: str
    status: str
    """RUNNING, COMPLETED, FAILED or CANCELLED."""


@dataclass(slots=True)
class CheckState:
    """The check of what a run wrote; a thread writes into it, the screen looks at it."""

    result: RunResult | SeriesResult | Past
    cancel: CancelToken = field(default_factory=CancelToken)
    ended: ThreadEvent = field(default_factory=ThreadEvent)
    done: int = 0
    total: int = 0
    next: str = ""
    """The table that is looked at."""
    report: Report | None = None
    problem: str = ""

    @classmethod
    def of(cls, result: RunResult, report: Report) -> CheckState:
        """A check that was a step of its run."""
        state = cls(result, report=report)
        state.ended.set()
        return state

    def progress(self, done: int, total: int, next_: str) -> None:
        """Takes how far it is."""
        self.done, self.total, self.next = done, total, next_
