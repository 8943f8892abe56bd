"""A run as its events tell it: of this process, or of another one that works in the same folder."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from threading import Event as ThreadEvent
from typing import TYPE_CHECKING, Final

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
from ..core.run.remaining import remaining, work_done
from .hub import Hub
from .samples import Samples

if TYPE_CHECKING:
    from datetime import date

    from ..core.plan.plan import Plan
    from ..core.plan.series import Series
    from ..core.run.estimate import Estimate
    from ..core.spec.series import SeriesSettings

_DOING: Final = {"prepare": "preparing", "generate": "generating", "publish": "publishing", "check": "checking", "log": "logging"}
"""Phase of a run -> what one reads while it lasts."""


@dataclass(slots=True)
class TableState:
    """One table of a run that is under way."""

    total: int
    rows: int = 0
    bytes: int = 0
    seconds: float | None = None
    """Once it is finished."""
    parts: int = 0
    all_parts: int = 0
    """0 where they are not told."""


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

    plan: Plan | None
    """None of a run of another process."""
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
    rates: Samples = field(default_factory=Samples)
    """Rows a second, between two samples."""
    flows: Samples = field(default_factory=Samples)
    """Bytes a second."""
    loads: Samples = field(default_factory=Samples)
    memories: Samples = field(default_factory=Samples)
    finished: RunFinished | None = None
    result: RunResult | SeriesResult | None = None
    ended: ThreadEvent = field(default_factory=ThreadEvent)
    """Whether its thread has ended."""
    series: SeriesWork | None = None
    """Of a run by days."""
    notebook: str = ""
    """The name of the compiled notebook that runs."""
    days: DaysProgress | None = None
    expected: Estimate | None = None
    """What the plan's estimate said, where there was one when it began."""
    dataset_id: str = ""
    """Of a run of another process."""
    whose: str = ""
    """The other process in words, where it is not this one's."""
    _recent: deque[tuple[float, int, int]] = field(default_factory=lambda: deque([(0.0, 0, 0)], maxlen=4))
    """Seconds, rows and bytes of the last samples."""
    _peak: int = 0

    @property
    def name(self) -> str:
        """What runs: the notebook, or the dataset."""
        return self.notebook or (self.plan.dataset_id if self.plan is not None else self.dataset_id)

    @property
    def by_days(self) -> bool:
        """Whether days are what it counts."""
        return self.series is not None or self.days is not None

    @property
    def rows(self) -> int:
        """Rows so far, over all tables."""
        if isinstance(self.result, SeriesResult):
            return self.result.rows
        if self.by_days:
            return self.days.rows if self.days is not None else 0
        return sum(table.rows for table in self.tables.values())

    @property
    def bytes(self) -> int:
        """Bytes so far, over all tables."""
        if isinstance(self.result, SeriesResult):
            return self.result.bytes
        if self.by_days:
            return self.days.bytes if self.days is not None else 0
        return sum(table.bytes for table in self.tables.values())

    @property
    def share(self) -> float:
        """How much of the work is done, of days or of rows: 0 to 1."""
        if self.by_days:
            return self.days.done / max(self.days.total, 1) if self.days is not None else 0.0
        costs = {name: table.core_seconds for name, table in self.expected.per_table.items()} if self.expected is not None else {}
        return work_done({name: (table.rows, table.total) for name, table in self.tables.items()}, costs)

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
        """Seconds that are left; None where nothing is known of them, or everything is written."""
        if not self.running or self.published:
            return None
        return remaining(self.share, self.elapsed, self.expected.seconds if self.expected is not None else None)

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
            table.parts, table.all_parts = max(table.parts, event.parts), event.all_parts
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
        self.loads.add(event.cpu_percent)
        self.memories.add(float(event.memory_bytes))
        began, rows, size = self._recent[0]
        if event.elapsed > began:
            # Over a second or two: what is told of bytes comes by whole files.
            self.rates.add(max(self.rows - rows, 0) / (event.elapsed - began))
            self.flows.add(max(self.bytes - size, 0) / (event.elapsed - began))
            self._recent.append((event.elapsed, self.rows, self.bytes))
