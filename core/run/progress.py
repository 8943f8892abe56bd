"""What a run that is at work says of itself in a small file, so that others see it: the wizard, another terminal.

The file lies in `.staging` of the output root while the run holds it, is replaced whole at most about twice a second, and goes with the
run. Where it stays, its process died. Anybody may have written it, so it is read strictly, and nothing is done on its word.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass as changing
from dataclasses import field, fields, is_dataclass, replace
from math import isfinite
from pathlib import Path
from threading import Lock
from time import monotonic, time
from typing import Any, Final, Literal

from ..errors import PlaceError
from ..format import duration, printable
from ..frozen import dataclass
from ..plan.plan import Plan
from ..processes import began
from ..program.codec import from_json, to_json
from ..sinks.warehouse import STAGING
from .events import (
    CheckProgress,
    DaysProgress,
    Event,
    LogLine,
    PhaseChanged,
    RunFinished,
    RunStarted,
    SystemSample,
    TableFinished,
    TableProgress,
)
from .root import PROGRESS, TOLD, read_regular, within

_EVERY: Final = 0.45
"""Seconds between two versions of the file: samples of the machine come twice a second."""
_LINES: Final = 50
"""Sentences that it keeps."""
_MOST: Final = 4 << 20
_LETTERS: Final = 1_000
"""Of a text that is shown."""
_SAME: Final = 2.0
"""Seconds by which the begin of one process may differ between two looks."""
_SILENT: Final = 30.0
"""Seconds without a word after which a run on another machine is taken to be dead."""

Life = Literal["alive", "dead", "unknown"]


@dataclass(frozen=True, slots=True)
class Process:
    """Who runs."""

    pid: int
    host: str
    born: float
    """Seconds since the epoch; the same number may be another process's later."""
    program: str
    """What was called, without its arguments."""

    @property
    def life(self) -> Life:
        """Whether it still lives; unknown on another machine."""
        if self.host != socket.gethostname():
            return "unknown"
        found = began(self.pid) if 0 < self.pid < 1 << 31 else None
        return "alive" if found is not None and abs(found - self.born) < _SAME else "dead"

    @property
    def told(self) -> str:
        """In words."""
        where = "" if self.host == socket.gethostname() else f" on {self.host}"
        return f"process {self.pid}{where}" + (f", {self.program}" if self.program else "")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the last word of each kind that it said."""

    process: Process
    dataset_id: str
    mode: str
    seed: int
    rows: int
    """That the plan has; of a series, over all its days."""
    written: float
    """Seconds since the epoch at which this was told."""
    started: RunStarted | None = None
    phases: tuple[PhaseChanged, ...] = ()
    tables: tuple[TableProgress, ...] = ()
    finished: tuple[TableFinished, ...] = ()
    days: DaysProgress | None = None
    check: CheckProgress | None = None
    sample: SystemSample | None = None
    lines: tuple[LogLine, ...] = ()

    @property
    def life(self) -> Life:
        """Whether the run is at work; one on another machine that said nothing for long is taken for dead."""
        life = self.process.life
        return "dead" if life == "unknown" and time() - self.written > _SILENT else life

    @property
    def died(self) -> str:
        """What is said of it where its process died."""
        ago = duration(max(time() - self.written, 0.0))
        return f"it died {ago} ago ({self.process.told}); the next run removes what it left"

    @property
    def run_id(self) -> str:
        """Of the run; empty where it has none of its own."""
        return self.started.run_id if self.started is not None else ""

    def since(self, before: Progress | None) -> list[Event]:
        """The events that tell this to whoever knows what was told before, or nothing."""
        told = set(before._events()) if before is not None and before.process == self.process and before.run_id == self.run_id else set()
        return [event for event in self._events() if event not in told]

    def _events(self) -> list[Event]:
        others = [event for event in (self.days, self.check, self.sample) if event is not None]
        first = [self.started] if self.started is not None else []
        return [*first, *self.phases, *self.tables, *self.finished, *others, *self.lines]


def progress(root: Path) -> Progress | None:
    """What the run at work under an output root, or one that died there, told last; None where none did."""
    with suppress(OSError, PlaceError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        text = read_regular(within(root, STAGING, PROGRESS), _MOST)
        found = from_json(Progress, _readable(json.loads(text))) if text else None
        if found is not None and found.started is not None and _fits(found):
            told = {one.table for one in found.tables} | {one.table for one in found.finished}
            return found if {name for name, _ in found.started.tables} >= told else None
    return None


def _readable(value: Any) -> Any:
    """The same, with texts that make no lines of their own."""
    if isinstance(value, str):
        return printable(value)[:_LETTERS]
    if isinstance(value, list):
        return [_readable(one) for one in value]
    return {name: _readable(one) for name, one in value.items()} if isinstance(value, dict) else value


def _fits(value: object, name: str = "") -> bool:
    """Whether all numbers are such as runs tell."""
    if isinstance(value, tuple | list):
        return all(map(_fits, value))
    if isinstance(value, int | float):
        return isfinite(value) and (-(2**63) if name == "seed" else 0) <= value < 2**63
    return all(_fits(getattr(value, each.name), each.name) for each in fields(value)) if is_dataclass(value) else True


@contextmanager
def telling(plan: Plan, emit: Callable[[Event], None]) -> Iterator[Callable[[Event], None]]:
    """An `emit` that also keeps the file of a plan's output root up to date; the caller holds the root's lock.

    Nothing is told where the system does not say when this process began, as inside notebooks, whose roots are slow to write to.
    What cannot be written is left out: no run fails for it.
    """
    born = began(os.getpid())
    if born is None or plan.output.url:
        yield emit
        return
    process = Process(os.getpid(), socket.gethostname(), born, _program())
    teller = _Teller(plan.output.root, Progress(process, plan.dataset_id, plan.work.mode, plan.seed, plan.rows, time()), emit)
    try:
        yield teller.take
    finally:
        teller.end()


def _program() -> str:
    name = Path(sys.argv[0]).name if sys.argv else ""
    name = "synthetic-data" if name == "__main__.py" else name
    command = next((word for word in sys.argv[1:2] if word.replace("-", "").isalpha() and word.isascii() and not word.startswith("-")), "")
    return f"{name} {command}".strip()


@changing(slots=True)
class _Teller:
    root: Path
    told: Progress
    emit: Callable[[Event], None]
    _last: float = 0.0
    _ended: bool = False
    _lock: Lock = field(default_factory=Lock)
    _tables: dict[str, TableProgress] = field(default_factory=dict)
    _finished: dict[str, TableFinished] = field(default_factory=dict)
    _phases: deque[PhaseChanged] = field(default_factory=lambda: deque(maxlen=_LINES))
    _lines: deque[LogLine] = field(default_factory=lambda: deque(maxlen=_LINES))

    def take(self, event: Event) -> None:
        """Keeps an event, and hands it on."""
        with self._lock:
            self._keep(event)
            # The thread that samples the machine comes by twice a second, so that workers' results need not wait for a disk.
            waits = isinstance(event, TableProgress | TableFinished | LogLine | RunFinished)
            if not waits and monotonic() - self._last >= _EVERY and not self._ended:
                self._last = monotonic()
                self._write()
        self.emit(event)

    def _keep(self, event: Event) -> None:
        if isinstance(event, TableProgress):
            self._tables[event.table] = event
        elif isinstance(event, TableFinished):
            self._finished[event.table] = event
        elif isinstance(event, PhaseChanged):
            self._phases.append(event)
        elif isinstance(event, LogLine):
            self._lines.append(event)
        elif not isinstance(event, RunFinished):
            names: dict[type, str] = {RunStarted: "started", DaysProgress: "days", CheckProgress: "check", SystemSample: "sample"}
            change: dict[str, Any] = {names[type(event)]: event}
            self.told = replace(self.told, **change)

    def _write(self) -> None:
        now = replace(
            self.told,
            written=time(),
            phases=tuple(self._phases),
            tables=tuple(self._tables.values()),
            finished=tuple(self._finished.values()),
            lines=tuple(self._lines),
        )
        with suppress(OSError, PlaceError, ValueError):
            path = within(self.root, STAGING, PROGRESS)
            draft = path.with_name(f".{PROGRESS}.draft")
            draft.unlink(missing_ok=True)
            # Not `write_whole`: what tells of a run that is at work need not outlive a power cut, and syncing takes its disk's time.
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            with open(handle, "w", encoding="utf-8") as file:
                json.dump(to_json(now), file)
            draft.replace(path)

    def end(self) -> None:
        with self._lock:
            self._ended = True
            for name in TOLD:
                with suppress(OSError, PlaceError):
                    within(self.root, STAGING, name).unlink(missing_ok=True)
