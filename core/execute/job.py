"""A notebook run as a job: with the events and the result that a run by ourselves has, so that front ends show it in the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import RunCancelled
from ..job import JobResult
from ..run.cancel import CancelToken
from ..run.events import (
    DayResult,
    Event,
    LogLine,
    PhaseChanged,
    RunFinished,
    RunResult,
    SeriesResult,
    Status,
    SystemSample,
    TableFinished,
    TableResult,
    ignore,
)
from ..run.manifest import TableEntry, manifests
from .execute import execute

_LATER = "what it has published is complete"


def execute_job(
    path: Path,
    root: Path,
    *,
    dataset_id: str,
    by_day: bool = False,
    emit: Callable[[Event], None] = ignore,
    cancel: CancelToken | None = None,
) -> JobResult | SeriesResult:
    """Runs a notebook into the output root; what its cells print is heard as log lines, its exit value as the last of them.

    `by_day` says that the notebook writes days. Raises InputError and RunError as `execute` does; a run that was stopped has the status
    CANCELLED.
    """
    heard = _Heard(emit)
    try:
        done = execute(path, {}, root, emit=heard, say=heard.say, cancel=cancel)
    except RunCancelled:
        message = f"stopped; {_LATER}" if heard.published else "stopped; nothing of it was published"
        result = heard.result({}, root, dataset_id, "CANCELLED", message, by_day)
        emit(RunFinished("CANCELLED", message, heard.elapsed))
        return result
    heard.say(f"executed notebook: {done.saved}")
    heard.say(f"exit value: {done.exit_value}")
    result = heard.result(done.value, root, dataset_id, "COMPLETED", "", by_day)
    emit(RunFinished("COMPLETED", "", heard.elapsed))
    return result


class _Heard:
    """Passes events on, and keeps of them what a result tells; the run's own end is not the notebook's."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._tables: dict[str, TableFinished] = {}
        self._samples: list[SystemSample] = []
        self.elapsed = 0.0
        self.published = False

    def __call__(self, event: Event) -> None:
        self.elapsed = max(self.elapsed, getattr(event, "elapsed", 0.0))
        if isinstance(event, TableFinished):
            self._tables[event.table] = event
        elif isinstance(event, SystemSample) and event.elapsed > 0:
            self._samples.append(event)
        if isinstance(event, RunFinished):
            # The cells that check and log are still to come.
            self.published = event.status == "COMPLETED"
            event = PhaseChanged("check" if self.published else "log", event.elapsed)
        self._emit(event)

    def say(self, line: str) -> None:
        """Takes a line that a cell printed."""
        self._emit(LogLine("info", line, self.elapsed))

    def result(
        self, value: Mapping[str, Any], root: Path, dataset_id: str, status: Status, message: str, by_day: bool
    ) -> JobResult | SeriesResult:
        """What the notebook's exit value and its events say of the run."""
        seconds, rows = float(value.get("seconds", self.elapsed)), int(value.get("rows", 0))
        shared: dict[str, Any] = {
            "run_id": str(value.get("run_id", "")),
            "dataset_id": str(value.get("dataset_id", dataset_id)),
            "status": status,
            "seconds": seconds,
            "rows": rows,
            "rows_per_second": rows / seconds if seconds > 0 else 0.0,
            "peak_memory_bytes": max((sample.memory_bytes for sample in self._samples), default=0),
            "cpu_cores_used": sum(sample.cpu_percent for sample in self._samples) / 100 / max(len(self._samples), 1),
            "output_root": str(root.absolute()),
            "message": message,
        }
        if by_day:
            days = tuple(DayResult(**day) for day in value.get("days", ()))
            return SeriesResult(**shared, days=days, there=0, bytes=sum(day.bytes for day in days))
        noted = next((each for each in manifests(root) if each.run_id == shared["run_id"]), None)
        entries = {each.name: each for each in noted.value.tables} if noted is not None else {}
        tables = tuple(self._table(name, told, entries.get(name)) for name, told in value.get("tables", {}).items())
        manifest = noted.path.relative_to(root).as_posix() if noted is not None else ""
        return JobResult(RunResult(**shared, tables=tables, bytes=sum(table.bytes for table in tables), manifest=manifest), None)

    def _table(self, name: str, told: Mapping[str, Any], entry: TableEntry | None) -> TableResult:
        finished = self._tables.get(name)
        seconds = finished.seconds if finished is not None else 0.0
        return TableResult(
            name=name,
            rows=told["rows"],
            bytes=finished.bytes if finished is not None else 0,
            files=tuple(file.path for file in entry.files) if entry is not None else (),
            digest=told["digest"],
            digest_sample=entry.digest_sample if entry is not None else 1,
            seconds=seconds,
            core_seconds=0.0,
            rows_per_second=told["rows"] / seconds if seconds > 0 else 0.0,
            peak_memory_bytes=0,
        )
