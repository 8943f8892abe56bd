"""The run: from a plan to published tables, with events on the way."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, time
from typing import Any, Final, Literal
from uuid import uuid4

from ..engine.digest import Digest
from ..errors import InputError, RunCancelled, RunError, SyntheticDataError, sentence
from ..plan.plan import Plan, TablePlan
from ..sinks.lakehouse import version_of
from ..spec.repository import DatasetConfigurationRepository, DatasetInfo
from .cancel import CancelToken
from .claims import manifest_name, manifest_text, outdated
from .events import (
    CheckProgress,
    Event,
    LogLine,
    PhaseChanged,
    RunFinished,
    RunResult,
    RunStarted,
    Status,
    SystemSample,
    TableFinished,
    TableProgress,
    TableResult,
)
from .executor import SMALL
from .executor import workers as workers_for
from .journal import DeltaStep, File, FolderStep, Journal, Loaded, Step, WarehouseStep
from .limits import check_limits
from .log import LogStore
from .metrics import Sampler
from .publish import JOURNAL, publish, recover, stage_manifest
from .record import Record, config_rows
from .root import MANIFESTS, STAGING, locked
from .targets import check_disk, refuse_names, refuse_targets, target

FULL_DIGEST: Final = 1_000_000
"""Rows of a table up to which `digest: auto` counts every row."""

_SAMPLE: Final = 64


Inspect = Callable[[Plan, Callable[[int, int], None], CancelToken], Sequence[tuple[Literal["info", "warning"], str]]]
"""Looks at what a plan's run published, tells how far it is (done, in all), and says sentences about it; may raise
RunCancelled."""


def ignore(event: Event) -> None:
    """An `emit` that nobody listens to."""


def run(
    plan: Plan,
    *,
    emit: Callable[[Event], None] = ignore,
    cancel: CancelToken | None = None,
    workers: int | None = None,
    datasets: Sequence[DatasetInfo] | None = None,
    inspect: Inspect | None = None,
) -> RunResult:
    """Generates and publishes all tables of a plan.

    Raises ExistsError, ForeignError, LockedError, PlaceError, InputError, DiskSpaceError and other RunErrors
    before anything is written; whatever happens later is told by the result's status and the last event. `workers` is
    for tests and benchmarks: 0 works in this process, any other number is not capped by the cores. `datasets` fill
    the config tables (default: the shipped ones). `inspect` looks at what was published; what it says is told, noted
    in the result and logged, and changes neither status nor seconds. Cancelling while it looks stops only the look.
    """
    root = plan.output.root
    if plan.too_many:
        raise InputError(plan.too_many)
    check_limits()
    refuse_names(plan)
    try:
        with locked(root):
            told = recover(root)
            refuse_targets(plan)
            check_disk(plan)
            listed = DatasetConfigurationRepository().list() if datasets is None else datasets
            return _Run(plan, emit, cancel or CancelToken(), workers, listed, told, inspect).work()
    except OSError as error:
        raise RunError(sentence(error, root)) from None


class _Run:
    def __init__(
        self,
        plan: Plan,
        emit: Callable[[Event], None],
        cancel: CancelToken,
        workers: int | None,
        datasets: Sequence[DatasetInfo],
        told: Sequence[str],
        inspect: Inspect | None,
    ) -> None:
        self._plan, self._emit, self._cancel, self._told = plan, emit, cancel, told
        self._datasets, self._inspect = datasets, inspect
        self._inspected: list[str] = []
        self._id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
        self._clock = perf_counter()
        self._record = Record(self._id, plan, datetime.now(UTC))
        self._cost: tuple[float, int, float] | None = None
        """Seconds, peak memory and core seconds up to the publication."""
        self._workers = workers if workers is not None else (0 if plan.rows <= SMALL else plan.work.workers)
        self._staged = plan.output.root / STAGING / self._id
        self._store = LogStore(plan.output.root, plan.output.environment, self._memory())
        self._parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._rows: dict[tuple[str, int], int] = {}
        self._bytes: dict[str, int] = defaultdict(int)
        self._results: list[TableResult] = []

    @property
    def _elapsed(self) -> float:
        return perf_counter() - self._clock

    def _memory(self) -> int:
        import psutil

        return int(psutil.virtual_memory().available * self._plan.work.memory_fraction)

    def work(self) -> RunResult:
        plan = self._plan
        tables = tuple((table.name, table.rows) for table in plan.tables)
        self._emit(RunStarted(self._id, plan.dataset_id, tables, max(self._workers, 1), time()))
        for text in (*self._told, *plan.notes):
            self._say("info", text)
        sampler = Sampler(lambda cpu, memory: self._emit(SystemSample(cpu, memory, self._elapsed)))
        status: Status = "COMPLETED"
        message = ""
        with sampler:
            try:
                self._work(sampler)
            except (RunCancelled, KeyboardInterrupt):
                # Once everything is published, there is nothing left to stop.
                if self._cost is None:
                    status, message = "CANCELLED", str(RunCancelled())
            except (SystemExit, GeneratorExit):
                raise
            except BaseException as error:
                # Whatever a library raises; a panic of Rust is not even an Exception.
                told = "" if self._cost is None else "; what was written is complete"
                status, message = "FAILED", f"{self._sentence(error)}{told}"
            finally:
                # What is published has its journal; everything else of this run goes.
                if not (self._staged / JOURNAL).exists():
                    shutil.rmtree(self._staged, ignore_errors=True)
        result = self._result(status, message, sampler)
        try:
            noted = message or (self._inspected[0] if self._inspected else "")
            self._store.end(self._record.log_row(status, noted, result), self._record.job_row(status, message))
        except (OSError, SyntheticDataError) as error:
            self._say("warning", f"the run could not be logged: {self._sentence(error)}")
        if message:
            self._say("error" if status == "FAILED" else "warning", message)
        self._emit(RunFinished(status, message, self._elapsed))
        return result

    def _work(self, sampler: Sampler) -> None:
        self._phase("prepare")
        parts = sum(len(table.parts) for table in self._plan.tables)
        with workers_for(self._plan.program, min(self._workers, parts)) as workers:
            self._staged.mkdir(parents=True)
            self._store.begin(self._record.log_row("RUNNING", "", None), self._record.job_row("RUNNING", ""), *config_rows(self._datasets))
            self._phase("generate")
            groups = [self._plan.tables] if self._plan.work.parallel_tables else [(table,) for table in self._plan.tables]
            for group in groups:
                workers.work(self._tasks(group), self._cancel, self._progress, self._done)
        for table in self._plan.tables:
            self._results.append(self._table_result(table))
        if self._cancel.is_set():
            raise RunCancelled
        self._phase("publish")
        publish(self._plan.output.root, self._staged, self._journal())
        self._cost = (self._elapsed, sampler.peak_bytes, sampler.cpu_seconds)
        sampler.sample_once()
        self._cost = (self._elapsed, sampler.peak_bytes, sampler.cpu_seconds)
        if self._inspect is not None:
            self._phase("check")
            self._look(self._inspect)
        self._phase("log")

    def _look(self, inspect: Inspect) -> None:
        try:
            found = inspect(self._plan, lambda done, total: self._emit(CheckProgress(done, total, self._elapsed)), self._cancel)
        except (RunCancelled, KeyboardInterrupt):
            found = [("warning", "what was written is complete; its check was stopped")]
        except (SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # what is published stays published, whatever came of looking at it
            found = [("warning", f"what was written could not be checked: {self._sentence(error)}")]
        for level, text in found:
            self._inspected.append(text)
            self._say(level, text)

    def _sentence(self, error: BaseException) -> str:
        return sentence(error, self._plan.output.root)

    def _phase(self, name: str) -> None:
        self._emit(PhaseChanged(name, self._elapsed))

    def _say(self, level: Any, text: str) -> None:
        self._emit(LogLine(level, text, self._elapsed))

    def _sample(self, table: TablePlan) -> int:
        wanted = self._plan.output.digest
        if wanted == "none":
            return 0
        if wanted == "full" or (wanted == "auto" and table.rows <= FULL_DIGEST):
            return 1
        return _SAMPLE

    def _format(self) -> str:
        return "csv" if self._plan.output.mode == "csv" else "parquet"

    def _file_name(self, table: str, index: int) -> str:
        part = self._plan.table(table).parts[index]
        name = part.file_name(self._format())
        # Delta keeps the files of older versions, so those of a run carry its id.
        return name.replace("data", f"part-{self._id}", 1) if self._is_delta() else name

    def _is_delta(self) -> bool:
        return self._plan.output.mode == "table" and self._plan.output.environment == "lakehouse"

    def _tasks(self, tables: Sequence[TablePlan]) -> list[dict[str, Any]]:
        for table in tables:
            (self._staged / "new" / table.name).mkdir(parents=True, exist_ok=True)
        # The largest parts first, so that the workers end together.
        parts = sorted(((table, part) for table in tables for part in table.parts), key=lambda found: -found[1].rows)
        return [
            {
                "table": table.name,
                "index": part.index,
                "ranges": part.ranges,
                "path": str(self._staged / "new" / table.name / self._file_name(table.name, part.index)),
                "format": self._format(),
                "compression": self._plan.output.compression,
                "chunk": self._plan.work.chunk_size,
                "key": list(table.primary_key),
                "sample": self._sample(table),
            }
            for table, part in parts
        ]

    def _progress(self, table: str, part: int, rows: int) -> None:
        self._rows[table, part] = rows
        done = sum(count for (name, _), count in self._rows.items() if name == table)
        self._emit(TableProgress(table, done, self._plan.table(table).rows, self._bytes[table], self._elapsed))

    def _done(self, result: dict[str, Any]) -> None:
        name = result["table"]
        table = self._plan.table(name)
        self._parts[name].append(result)
        self._bytes[name] += result["bytes"]
        self._progress(name, result["index"], result["rows"])
        if len(self._parts[name]) == len(table.parts):
            found = self._table_result(table)
            self._emit(TableFinished(name, found.rows, found.bytes, found.seconds, self._elapsed))

    def _table_result(self, table: TablePlan) -> TableResult:
        parts = self._sorted(table.name)
        sample = self._sample(table)
        digest = Digest(table.primary_key, max(sample, 1))
        for part in parts:
            digest.merge(part["digest"])
        seconds = max(part["ended"] for part in parts) - min(part["began"] for part in parts)
        where = target(self._plan, table.name)
        return TableResult(
            name=table.name,
            rows=table.rows,
            bytes=sum(part["bytes"] for part in parts),
            files=tuple(f"{where}/{Path(part['path']).name}" for part in parts) if where else (),
            digest=digest.hex() if sample else "",
            digest_sample=sample,
            seconds=seconds,
            core_seconds=sum(part["core_seconds"] for part in parts),
            rows_per_second=table.rows / max(seconds, 1e-9),
            peak_memory_bytes=max(part["peak_memory"] for part in parts),
        )

    def _journal(self) -> Journal:
        output, steps = self._plan.output, list[Step]()
        files = {
            name: tuple(File(name=Path(part["path"]).name, bytes=part["bytes"]) for part in self._sorted(name)) for name in self._plan.names
        }
        if output.mode == "table" and output.environment == "warehouse":
            tables = tuple(Loaded(table=name, files=found) for name, found in files.items())
            steps.append(WarehouseStep(tables=tables, memory=max(self._memory(), 1 << 20), spill=self._plan.work.spill))
        elif self._is_delta():
            for name, found in files.items():
                before = version_of(output.root / target(self._plan, name))
                steps.append(DeltaStep(table=name, files=found, before=before))
        else:
            steps += [FolderStep(table=name, files=found) for name, found in files.items()]
        manifest = manifest_text(self._plan, self._id, self._results, {name: self._sorted(name) for name in self._plan.names})
        for name, text in (*outdated(self._plan).items(), (manifest_name(self._plan), manifest)):
            steps.append(stage_manifest(output.root, self._staged, name, text))
        return Journal(schema_name=output.schema, steps=tuple(steps))

    def _sorted(self, table: str) -> list[dict[str, Any]]:
        return sorted(self._parts[table], key=lambda part: part["index"])

    def _result(self, status: Status, message: str, sampler: Sampler) -> RunResult:
        seconds, peak, cpu = self._cost or (self._elapsed, sampler.peak_bytes, sampler.cpu_seconds)
        done = status == "COMPLETED"
        rows = sum(table.rows for table in self._results) if done else 0
        return RunResult(
            run_id=self._id,
            dataset_id=self._plan.dataset_id,
            status=status,
            tables=tuple(self._results) if done else (),
            seconds=seconds,
            rows=rows,
            bytes=sum(table.bytes for table in self._results) if done else 0,
            rows_per_second=rows / max(seconds, 1e-9),
            peak_memory_bytes=peak,
            cpu_cores_used=cpu / max(seconds, 1e-9),
            manifest=f"{MANIFESTS}/{manifest_name(self._plan)}" if done else "",
            output_root=str(self._plan.output.root),
            message=message,
            notes=(*self._plan.notes, *self._inspected),
        )
