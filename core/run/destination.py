"""Where a run writes to: the folder that it stages in and publishes to, or an object store (`core.run.away`)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ..plan.plan import Plan
from .events import TableResult
from .gather import gather
from .journal import How
from .log import LogStore
from .manifest import manifest_name
from .metrics import usable_memory
from .publish import JOURNAL, publish
from .root import MANIFESTS, SCRATCH, Staged
from .schemas import DatasetRow, JobRow, LogRow, SampleRow
from .steps import journal_of
from .tally import Tally


class Log(Protocol):
    """As `core.run.log.LogStore`."""

    def begin(self, log: LogRow, job: JobRow, datasets: Sequence[DatasetRow], samples: Sequence[SampleRow]) -> None:
        """A run has started."""

    def days(self, rows: Sequence[LogRow], run_id: str) -> None:
        """Rows of days that a run has brought."""

    def end(self, log: LogRow, job: JobRow) -> None:
        """A run has ended."""


class Destination(Protocol):
    """Where a run writes to. What it raises is told as the run's failure."""

    @property
    def log(self) -> Log:
        """The log of the runs."""

    @property
    def scratch(self) -> Path:
        """A folder of this machine that goes with the run."""

    @property
    def aside(self) -> Path:
        """A folder of this machine for rows that wait to be written."""

    @property
    def session(self) -> Any:
        """A `SparkSession` for the executor; None: it finds its own."""

    @property
    def manifest(self) -> str:
        """Path of the run's manifest below the output root."""

    def file(self, path: str) -> str:
        """Where a sink writes a file, of which `path` is the way below the folder of all tables."""

    def prepare(self, tally: Tally) -> None:
        """Before the first part."""

    def settle(self, tally: Tally, stopped: Callable[[], bool]) -> None:
        """After the last part: puts files together as the plan wants it; may raise RunCancelled."""

    def publish(self, tally: Tally, results: Sequence[TableResult], by_day: bool) -> Sequence[TableResult]:
        """Makes visible what was written, all of it, and gives the results as it turned out."""

    def clear(self) -> Sequence[str]:
        """Takes away what is not published, whatever came of the run; tells what could not be taken away."""


class Folder:
    """An output root on this machine, whose lock the caller holds."""

    def __init__(self, plan: Plan, run_id: str, how: Mapping[str, How], session: Any, log: Log | None = None) -> None:
        self._plan, self._how, self.session = plan, how, session
        self.staged = Staged(plan.output.root, run_id)
        self.aside, self.scratch = self.staged.folder, self.staged.folder / SCRATCH
        self.log: Log = log or LogStore(plan.output.root, plan.output.environment, usable_memory(plan))

    @property
    def manifest(self) -> str:
        """As `Destination.manifest`."""
        return f"{MANIFESTS}/{manifest_name(self._plan)}"

    def file(self, path: str) -> str:
        """As `Destination.file`: in the staging folder."""
        return str(self.staged.new / path)

    def prepare(self, tally: Tally) -> None:
        """Makes the folders of all files that are staged."""
        for folder in {tally.path(table.name, part.index).rpartition("/")[0] for table in self._plan.tables for part in table.parts}:
            (self.staged.new / folder).mkdir(parents=True, exist_ok=True)

    def settle(self, tally: Tally, stopped: Callable[[], bool]) -> None:
        """As `Destination.settle`, in the staging folder."""
        gather(self._plan, self.staged, tally, stopped)

    def publish(self, tally: Tally, results: Sequence[TableResult], by_day: bool) -> Sequence[TableResult]:
        """Publishes by a journal of steps; raises RunError."""
        journal = journal_of(self._plan, self.staged, tally, results, usable_memory(self._plan), self._how, by_day)
        publish(self._plan.output.root, self.staged.folder, journal)
        return results

    def clear(self) -> Sequence[str]:
        """What is published has its journal; everything else of this run goes."""
        if not (self.staged.folder / JOURNAL).exists():
            shutil.rmtree(self.staged.folder, ignore_errors=True)
        return ()
