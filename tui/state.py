"""What the wizard knows, as values: screens read them and never each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Event as ThreadEvent
from typing import TYPE_CHECKING, Any, Final

from ..core import format as shown
from ..core.run.cancel import CancelToken
from ..core.run.events import (
    CheckProgress,
    DaysProgress,
    Event,
    LogLine,
    PhaseChanged,
    RunFinished,
    RunResult,
    RunStarted,
    SeriesResult,
    SystemSample,
    TableFinished,
    TableProgress,
)
from ..core.spec.flags import HOW
from .hub import Hub

if TYPE_CHECKING:
    from datetime import date

    from ..core.plan.daily import Daily
    from ..core.plan.plan import Plan
    from ..core.plan.series import Series
    from ..core.quality.report import Report
    from ..core.run.days_there import DayState, Standing
    from ..core.run.estimate import Estimate
    from ..core.spec.resolve import Resolved
    from ..core.spec.series import SeriesSettings


_DOING: Final = {"prepare": "preparing", "generate": "generating", "publish": "publishing", "check": "checking", "log": "logging"}
"""Phase of a run -> what one reads while it lasts."""


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


@dataclass(slots=True)
class CheckState:
    """The check of what a run wrote; a thread writes into it, the screen looks at it."""

    result: RunResult | SeriesResult
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


@dataclass(slots=True)
class TableState:
    """One table of a run that is under way."""

    total: int
    rows: int = 0
    bytes: int = 0
    seconds: float | None = None
    """Once it is finished."""


@dataclass(frozen=True, slots=True)
class SeriesWork:
    """What a run by days does."""

    series: Series | None
    """None where a notebook writes them."""
    settings: SeriesSettings
    left: tuple[date, ...]
    """The days that it writes, in order."""


@dataclass(slots=True)
class RunState:
    """A run as its events tell it."""

    plan: Plan
    hub: Hub = field(default_factory=Hub)
    cancel: CancelToken = field(default_factory=CancelToken)
    tables: dict[str, TableState] = field(default_factory=dict)
    workers: int = 0
    phase: str = ""
    checked: tuple[int, int] = (0, 0)
    """Questions of the check that are answered, and all of them."""
    elapsed: float = 0.0
    """Seconds, as of the last event; the check and the log are in it, which are in no figure of the result."""
    cpu_percent: float = 0.0
    memory_bytes: int = 0
    lines: list[LogLine] = field(default_factory=list)
    rates: deque[float] = field(default_factory=lambda: deque([0.0], maxlen=120))
    """Rows a second, between two samples."""
    loads: deque[float] = field(default_factory=lambda: deque([0.0], maxlen=120))
    memories: deque[float] = field(default_factory=lambda: deque([0.0], maxlen=120))
    finished: RunFinished | None = None
    result: RunResult | SeriesResult | None = None
    ended: ThreadEvent = field(default_factory=ThreadEvent)
    """Whether its thread has ended."""
    series: SeriesWork | None = None
    """Of a run by days."""
    notebook: str = ""
    """The name of the compiled notebook that runs."""
    days: DaysProgress | None = None
    _sampled: tuple[float, int] = (0.0, 0)
    _peak: int = 0

    @property
    def name(self) -> str:
        """What runs: the notebook, or the dataset."""
        return self.notebook or self.plan.dataset_id

    @property
    def rows(self) -> int:
        """Rows so far, over all tables."""
        if isinstance(self.result, SeriesResult):
            return self.result.rows
        if self.series is not None:
            return self.days.rows if self.days is not None else 0
        return sum(table.rows for table in self.tables.values())

    @property
    def bytes(self) -> int:
        """Bytes so far, over all tables."""
        if isinstance(self.result, SeriesResult):
            return self.result.bytes
        if self.series is not None:
            return self.days.bytes if self.days is not None else 0
        return sum(table.bytes for table in self.tables.values())

    @property
    def share(self) -> float:
        """How much is done, of days or of rows: 0 to 1."""
        if self.series is not None:
            return self.days.done / max(self.days.total, 1) if self.days is not None else 0.0
        total = sum(table.total for table in self.tables.values())
        return self.rows / total if total else 0.0

    @property
    def written(self) -> tuple[date, ...]:
        """Of a run by days those that are published."""
        if self.series is None:
            return ()
        done = len(self.result.days) if isinstance(self.result, SeriesResult) else self.days.done if self.days is not None else 0
        return self.series.left[: done if self.finished is not None else done - done % self.series.settings.batch]

    @property
    def failed(self) -> tuple[date, ...]:
        """Of a run by days that failed those that it was at."""
        if self.series is None or self.finished is None or self.finished.status != "FAILED":
            return ()
        done = len(self.written)
        return self.series.left[done : done + self.series.settings.batch]

    @property
    def running(self) -> bool:
        """Whether the last event has not come yet."""
        return self.finished is None

    @property
    def published(self) -> bool:
        """Whether everything is written and only the check or the log is left."""
        return self.phase in ("check", "log")

    @property
    def doing(self) -> str:
        """The phase, and how far its check is."""
        done, total = self.checked
        return _DOING.get(self.phase, self.phase) + (f", {done} of {total}" if self.phase == "check" and total else "")

    @property
    def seconds(self) -> float:
        """What the run took; while it works, what it has taken."""
        return self.result.seconds if self.result is not None else self.elapsed

    @property
    def rows_per_second(self) -> float:
        """Over all tables; while the run works, so far."""
        if self.result is not None:
            return self.result.rows_per_second
        return self.rows / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def peak_bytes(self) -> int:
        """Most memory that the run took; while it works, the largest sample so far."""
        return self.result.peak_memory_bytes if self.result is not None else self._peak

    @property
    def remaining(self) -> float | None:
        """Seconds that are left at the average rate so far; None before there is one."""
        share = self.share
        if not share or self.elapsed <= 0 or not self.running:
            return None
        return self.elapsed * (1 - share) / share

    def take(self, event: Event) -> None:
        """Brings the state up to date."""
        self.elapsed = max(self.elapsed, getattr(event, "elapsed", 0.0))
        if isinstance(event, RunStarted):
            # Progress is looked at before it, where both came at once.
            self.tables = {name: self.tables.get(name, TableState(rows)) for name, rows in event.tables}
            self.workers = event.workers
        elif isinstance(event, PhaseChanged):
            self.phase = event.phase
            self.lines.append(LogLine("info", event.phase, event.elapsed))
        elif isinstance(event, TableProgress):
            table = self.tables.setdefault(event.table, TableState(event.total))
            table.rows, table.bytes = max(table.rows, event.rows), max(table.bytes, event.bytes)
        elif isinstance(event, TableFinished):
            table = self.tables.setdefault(event.table, TableState(event.rows))
            table.rows, table.bytes, table.seconds = event.rows, event.bytes, event.seconds
            told = f"{event.table}: {shown.rows(event.rows)} rows, {shown.bytes_(event.bytes)}, {shown.duration(event.seconds)}"
            self.lines.append(LogLine("info", told, event.elapsed, event.table))
        elif isinstance(event, DaysProgress):
            self.days = event
        elif isinstance(event, CheckProgress):
            self.checked = (event.done, event.total)
        elif isinstance(event, LogLine):
            self.lines.append(event)
        elif isinstance(event, SystemSample):
            self._sample(event)
        elif isinstance(event, RunFinished):
            self.finished = event

    def _sample(self, event: SystemSample) -> None:
        self.cpu_percent, self.memory_bytes = event.cpu_percent, event.memory_bytes
        self._peak = max(self._peak, event.memory_bytes)
        self.loads.append(event.cpu_percent)
        self.memories.append(float(event.memory_bytes))
        before, rows = self._sampled
        if event.elapsed > before:
            self.rates.append(max(self.rows - rows, 0) / (event.elapsed - before))
            self._sampled = (event.elapsed, self.rows)
