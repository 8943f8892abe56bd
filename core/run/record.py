"""What the log and config tables say of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime

from ..frozen import dataclass
from ..plan.plan import Plan
from ..spec.repository import BY_DAY, INCREMENTAL, DatasetInfo
from .events import RunResult
from .ledger import Entry
from .place import above, file_folders, target
from .schemas import DatasetRow, JobRow, LogRow, SampleRow


@dataclass(frozen=True, slots=True)
class Took:
    """What days that were written together took."""

    seconds: float
    peak_bytes: int
    cores: float


@dataclass(frozen=True, slots=True)
class Record:
    """A run, as its rows tell of it."""

    run_id: str
    plan: Plan
    began: datetime

    def log_row(self, status: str, message: str, result: RunResult | None) -> LogRow:
        """Of the log; `result` is None while the run works."""
        plan = self.plan
        done = result is not None and result.status == "COMPLETED"
        return LogRow(
            log_id=self.run_id,
            job_id=self.run_id,
            dataset_id=plan.dataset_id,
            generation_date=plan.as_of,
            tables_generated=", ".join(plan.names) if done else "",
            total_rows=result.rows if result is not None else 0,
            target_rows=plan.target_rows,
            file_paths=_paths(plan) if done else "",
            status=status,
            generation_mode=plan.work.mode,
            target_environment=plan.output.environment,
            output_mode=plan.output.mode,
            seed_value=plan.seed,
            rows_per_second=result.rows_per_second if done and result is not None else None,
            duration_seconds=result.seconds if result is not None else None,
            peak_memory_gb=result.peak_memory_bytes / 1e9 if result is not None else None,
            cpu_cores_used=result.cpu_cores_used if result is not None else None,
            started_at=self.began,
            completed_at=datetime.now(UTC) if result is not None else None,
            message=message,
        )

    def day_row(self, day: date, entries: Sequence[Entry]) -> LogRow:
        """Of the log, for a day of a series."""
        top = "/".join(file_folders(self.plan.output.schema))
        return replace(
            self.log_row("COMPLETED", "", None),
            log_id=f"{entries[0].run_id}-{day:%Y%m%d}",
            job_id=entries[0].run_id,
            generation_date=day,
            tables_generated=", ".join(entry.table for entry in entries),
            total_rows=sum(entry.rows for entry in entries),
            file_paths=", ".join(f"{top}/{file.path}" for entry in entries for file in entry.files),
            completed_at=datetime.now(UTC),
        )

    def day_rows(self, days: Mapping[date, Sequence[Entry]], took: Took | None = None) -> list[LogRow]:
        """Of the log: one for each day, with its share of what all of them took, if it is known."""
        rows = [self.day_row(day, entries) for day, entries in sorted(days.items())]
        if took is None:
            return rows
        total = max(sum(row.total_rows for row in rows), 1)
        return [
            replace(
                row,
                rows_per_second=total / took.seconds,
                duration_seconds=took.seconds * row.total_rows / total,
                peak_memory_gb=took.peak_bytes / 1e9,
                cpu_cores_used=took.cores,
            )
            for row in rows
        ]

    def part_of_run(self, day: date, rows: int, message: str) -> LogRow:
        """Of the log, for a day that was loaded together with others."""
        return replace(
            self.log_row("COMPLETED", message, None),
            log_id=f"{self.run_id}-{day:%Y%m%d}",
            generation_date=day,
            tables_generated=", ".join(self.plan.names),
            total_rows=rows,
            file_paths=_paths(self.plan),
            completed_at=datetime.now(UTC),
        )

    def job_row(self, status: str, message: str) -> JobRow:
        """Of the jobs."""
        plan = self.plan
        return JobRow(
            job_id=self.run_id,
            dataset_id=plan.dataset_id,
            job_name=f"{plan.dataset_id} {plan.target_rows:,} rows",
            target_rows=plan.target_rows,
            generation_mode=plan.work.mode,
            target_environment=plan.output.environment,
            target_location=plan.output.schema,
            chunk_size=plan.work.chunk_size,
            parallel_workers=plan.work.workers,
            seed_value=plan.seed,
            custom_config_json=json.dumps(dict(plan.parameters), sort_keys=True),
            status=status,
            created_date=self.began,
            started_date=self.began,
            completed_date=None if status == "RUNNING" else datetime.now(UTC),
            error_message=message,
        )


def _paths(plan: Plan) -> str:
    """Where the tables lie: a folder each, or that in which a pattern puts them."""
    return above(plan) if plan.output.pattern else ", ".join(target(plan, name) for name in plan.names)


def config_rows(datasets: Sequence[DatasetInfo], plan: Plan | None) -> tuple[list[DatasetRow], list[SampleRow]]:
    """Of the datasets that are known, that of a plan among them, and of a sample configuration for each."""
    rows = [
        DatasetRow(
            dataset_id=info.dataset_id,
            dataset_name=info.dataset_name,
            dataset_type=info.dataset_type,
            schema_pattern=info.schema_pattern,
            domain=info.domain,
            target_rows=info.target_rows,
            tables=", ".join(info.tables),
            description=info.about,
        )
        for info in datasets
        if not info.problem
    ]
    if plan is not None and plan.dataset_id.removesuffix(INCREMENTAL) not in {row.dataset_id for row in rows}:
        rows.append(_row_of(plan))
    return rows, [SampleRow(**asdict(row), config_json=_sample(row)) for row in rows]


def _row_of(plan: Plan) -> DatasetRow:
    """Of a dataset that no folder told of has, as where the caller named none."""
    dataset, dataset_id = plan.dataset, plan.dataset_id.removesuffix(INCREMENTAL)
    size = dataset.sizes.get(dataset_id.removeprefix(f"{dataset.dataset_id}_"))
    return DatasetRow(
        dataset_id=dataset_id,
        dataset_name=plan.dataset_name.removesuffix(BY_DAY),
        dataset_type=dataset.dataset_type,
        schema_pattern=dataset.schema_pattern,
        domain=dataset.domain,
        target_rows=size.target_rows if size is not None else dataset.target_rows,
        tables=", ".join(name for name in dataset.tables if not name.startswith("_")),
        description=dataset.about,
    )


def _sample(row: DatasetRow) -> str:
    return json.dumps({"dataset_id": row.dataset_id, "target_rows": row.target_rows, "seed_value": 42})
