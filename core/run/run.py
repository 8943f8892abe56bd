"""The run: from a plan to published tables, with events on the way."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, time
from typing import Any, Final, Literal
from uuid import uuid4

from ..engine.digest import Digest
from ..errors import DiskSpaceError, ExistsError, InputError, RunCancelled, SyntheticDataError
from ..plan.plan import Plan, TablePlan
from ..spec.repository import DatasetConfigurationRepository, DatasetInfo
from .cancel import CancelToken
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
from .limits import check_limits
from .log import LogStore
from .metrics import Sampler
from .publish import STAGING, Step, locked, publish, recover

FULL_DIGEST: Final = 1_000_000
"""Rows of a table up to which `digest: auto` counts every row."""

_SAMPLE: Final = 64
_BYTES_A_CELL: Final = 12
"""Rough size of a written cell, for the check of the free disk before anything is measured."""


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

    Raises InputError (too many files), RunError (limits of this process), ExistsError, LockedError and DiskSpaceError
    before anything is written; whatever happens later is told by the result's status and the last event. `workers` is for
    tests and benchmarks: 0 works in this process, any other number is not capped by the cores. `datasets` fill the
    config tables (default: all that the repository lists).
    `inspect` looks at what was published; what it says is told, noted in the result and logged, and changes neither
    status nor seconds. Cancelling while it looks stops only the look.
    """
    root = plan.output.root
    if plan.too_many:
        raise InputError(plan.too_many)
    check_limits()
    with locked(root):
        told = recover(root)
        if plan.output.if_exists == "fail":
            _refuse_existing(plan)
        _check_disk(plan)
        listed = DatasetConfigurationRepository().list() if datasets is None else datasets
        return _Run(plan, emit, cancel or CancelToken(), workers, listed, told, inspect).work()


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
        self._clock, self._began = perf_counter(), datetime.now(UTC)
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
                status, message = "CANCELLED", str(RunCancelled())
            except SyntheticDataError as error:
                status, message = "FAILED", str(error)
            except OSError as error:
                status, message = "FAILED", f"{error.strerror or error}: {error.filename or plan.output.root}"
            finally:
                # What is published has its journal; everything else of this run goes.
                if not (self._staged / "publish.json").exists():
                    shutil.rmtree(self._staged, ignore_errors=True)
        result = self._result(status, message, sampler)
        try:
            self._store.end(self._log_row(status, message, result), self._job_row(status, message))
        except (OSError, SyntheticDataError) as error:
            self._say("warning", f"the run could not be logged: {error}")
        if message:
            self._say("error" if status == "FAILED" else "warning", message)
        self._emit(RunFinished(status, message, self._elapsed))
        return result

    def _work(self, sampler: Sampler) -> None:
        self._phase("prepare")
        parts = sum(len(table.parts) for table in self._plan.tables)
        with workers_for(self._plan.program, min(self._workers, parts)) as workers:
            self._staged.mkdir(parents=True)
            self._store.begin(self._log_row("RUNNING", "", None), self._job_row("RUNNING", ""), *self._config_rows())
            self._phase("generate")
            groups = [self._plan.tables] if self._plan.work.parallel_tables else [(table,) for table in self._plan.tables]
            for group in groups:
                workers.work(self._tasks(group), self._cancel, self._progress, self._done)
        for table in self._plan.tables:
            self._results.append(self._table_result(table))
        if self._cancel.is_set():
            raise RunCancelled
        self._phase("publish")
        publish(self._plan.output.root, self._staged, self._steps())
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
        except Exception as error:  # what is published stays published, whatever came of looking at it
            told = error if isinstance(error, SyntheticDataError) else f"{type(error).__name__}: {error}"
            found = [("warning", f"what was written could not be checked: {told}")]
        for level, text in found:
            self._inspected.append(text)
            self._say(level, text)

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
        parts = sorted(self._parts[table.name], key=lambda part: part["index"])
        sample = self._sample(table)
        digest = Digest(table.primary_key, max(sample, 1))
        for part in parts:
            digest.merge(part["digest"])
        seconds = max(part["ended"] for part in parts) - min(part["began"] for part in parts)
        where = self._target(table.name)
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

    def _target(self, table: str) -> str:
        return target(self._plan, table)

    def _steps(self) -> list[Step]:
        output = self._plan.output
        steps: list[Step] = []
        if output.mode == "table" and output.environment == "warehouse":
            files = {
                table.name: [f"new/{table.name}/{self._file_name(table.name, part.index)}" for part in table.parts]
                for table in self._plan.tables
            }
            steps.append(
                {"kind": "warehouse", "schema": output.schema, "tables": files, "memory": self._memory(), "spill": self._plan.work.spill}
            )
        for table in self._plan.tables:
            if self._is_delta():
                names = [self._file_name(table.name, part.index) for part in table.parts]
                steps.append(
                    {"kind": "delta", "from": f"new/{table.name}", "to": self._target(table.name), "files": names, "app": self._id}
                )
            elif output.mode != "table":
                steps.append({"kind": "folder", "from": f"new/{table.name}", "to": self._target(table.name)})
        steps.append({"kind": "manifest", "to": self._manifest_path(), "text": json.dumps(self._manifest(), indent=2)})
        return steps

    def _manifest_path(self) -> str:
        output = self._plan.output
        return f".manifests/{output.schema or '_tables'}-{output.environment}-{output.mode}.json"

    def _manifest(self) -> dict[str, Any]:
        plan = self._plan
        return {
            "run_id": self._id,
            "dataset_id": plan.dataset_id,
            "seed": plan.seed,
            "target_rows": plan.target_rows,
            "as_of": plan.as_of.isoformat(),
            "window": [day.isoformat() for day in plan.window],
            "spec_hash": plan.spec_hash,
            "algorithm_version": plan.algorithm_version,
            "versions": {name: version(name) for name in ("ingen-fab-synthetic-data", "numpy", "pyarrow")},
            "parameters": dict(plan.parameters),
            "tables": [
                {
                    "name": table.name,
                    "rows": table.rows,
                    "digest": table.digest,
                    "digest_sample": table.digest_sample,
                    "key": list(plan.table(table.name).primary_key),
                    "files": [
                        {"path": path, "rows": part["rows"], "bytes": part["bytes"]}
                        for path, part in zip(
                            table.files or [""] * len(self._parts[table.name]),
                            sorted(self._parts[table.name], key=lambda part: part["index"]),
                            strict=True,
                        )
                    ],
                }
                for table in self._results
            ],
        }

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
            manifest=self._manifest_path() if done else "",
            output_root=str(self._plan.output.root),
            message=message,
            notes=(*self._plan.notes, *self._inspected),
        )

    def _log_row(self, status: str, message: str, result: RunResult | None) -> dict[str, Any]:
        plan = self._plan
        done = result is not None and result.status == "COMPLETED"
        return {
            "log_id": self._id,
            "job_id": self._id,
            "dataset_id": plan.dataset_id,
            "generation_date": plan.as_of,
            "tables_generated": ", ".join(plan.names) if done else "",
            "total_rows": result.rows if result is not None else 0,
            "target_rows": plan.target_rows,
            "file_paths": ", ".join(self._target(name) for name in plan.names) if done else "",
            "status": status,
            "generation_mode": plan.work.mode,
            "target_environment": plan.output.environment,
            "output_mode": plan.output.mode,
            "seed_value": plan.seed,
            "rows_per_second": result.rows_per_second if done and result is not None else None,
            "duration_seconds": result.seconds if result is not None else None,
            "peak_memory_gb": result.peak_memory_bytes / 1e9 if result is not None else None,
            "cpu_cores_used": result.cpu_cores_used if result is not None else None,
            "started_at": self._began,
            "completed_at": datetime.now(UTC) if result is not None else None,
            "message": message or (self._inspected[0] if self._inspected and result is not None else ""),
        }

    def _job_row(self, status: str, message: str) -> dict[str, Any]:
        plan = self._plan
        return {
            "job_id": self._id,
            "dataset_id": plan.dataset_id,
            "job_name": f"{plan.dataset_id} {plan.target_rows:,} rows",
            "target_rows": plan.target_rows,
            "generation_mode": plan.work.mode,
            "target_environment": plan.output.environment,
            "target_location": plan.output.schema,
            "chunk_size": plan.work.chunk_size,
            "parallel_workers": plan.work.workers,
            "seed_value": plan.seed,
            "custom_config_json": json.dumps(dict(plan.parameters), sort_keys=True),
            "status": status,
            "created_date": self._began,
            "started_date": self._began,
            "completed_date": None if status == "RUNNING" else datetime.now(UTC),
            "error_message": message,
        }

    def _config_rows(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        rows = [
            {
                "dataset_id": info.dataset_id,
                "dataset_name": info.dataset_name,
                "dataset_type": info.dataset_type,
                "schema_pattern": info.schema_pattern,
                "domain": info.domain,
                "target_rows": info.target_rows,
                "tables": ", ".join(info.tables),
                "description": info.about,
            }
            for info in self._datasets
            if not info.problem
        ]
        samples = [
            {**row, "config_json": json.dumps({"dataset_id": row["dataset_id"], "target_rows": row["target_rows"], "seed_value": 42})}
            for row in rows
        ]
        return rows, samples


def target(plan: Plan, table: str) -> str:
    """Folder of a table relative to the output root; for the warehouse's tables, the file and the table's name."""
    output = plan.output
    schema = f"{output.schema}/" if output.schema else ""
    if output.mode != "table":
        return f"Files/{schema}{table}"
    return f"Tables/{schema}{table}" if output.environment == "lakehouse" else f"warehouse.duckdb/{schema}{table}"


def _refuse_existing(plan: Plan) -> None:
    for name in plan.names:
        where = plan.output.root / target(plan, name)
        if where.exists():
            raise ExistsError(where)
        if plan.output.mode == "table" and plan.output.environment == "warehouse":
            from ..sinks.warehouse import FILE, connect, table_names

            if (plan.output.root / FILE).exists():
                connection = connect(plan.output.root, 256 << 20, read_only=True)
                try:
                    if name in table_names(connection, plan.output.schema):
                        raise ExistsError(where)
                finally:
                    connection.close()


def _check_disk(plan: Plan) -> None:
    cells = sum(table.rows * len(table.columns) for table in plan.tables)
    needed = cells * _BYTES_A_CELL
    if plan.output.mode == "table" and plan.output.environment == "warehouse":
        needed *= 2
    free = shutil.disk_usage(plan.output.root).free
    if needed > free:
        raise DiskSpaceError(plan.output.root, needed, free)
