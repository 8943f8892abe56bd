"""The rows of the config and log tables of the specification: each name and type once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, get_args, get_type_hints

import pyarrow as pa

from ..frozen import dataclass

LOG: Final = "log_synthetic_data_generation"
JOBS: Final = "config_synthetic_data_generation_jobs"
DATASETS: Final = "config_synthetic_data_datasets"
SAMPLES: Final = "sample_dataset_configurations"


@dataclass(frozen=True, slots=True)
class LogRow:
    """A run, in the log."""

    log_id: str
    job_id: str
    dataset_id: str
    generation_date: date
    tables_generated: str
    total_rows: int
    target_rows: int
    file_paths: str
    status: str
    generation_mode: str
    target_environment: str
    output_mode: str
    seed_value: int
    rows_per_second: float | None
    duration_seconds: float | None
    peak_memory_gb: float | None
    cpu_cores_used: float | None
    started_at: datetime
    completed_at: datetime | None
    message: str


@dataclass(frozen=True, slots=True)
class JobRow:
    """A run, among the jobs."""

    job_id: str
    dataset_id: str
    job_name: str
    target_rows: int
    generation_mode: str
    target_environment: str
    target_location: str
    chunk_size: int
    parallel_workers: int
    seed_value: int
    custom_config_json: str
    status: str
    created_date: datetime
    started_date: datetime
    completed_date: datetime | None
    error_message: str


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """A dataset that is known."""

    dataset_id: str
    dataset_name: str
    dataset_type: str
    schema_pattern: str
    domain: str
    target_rows: int
    tables: str
    description: str


@dataclass(frozen=True, slots=True)
class SampleRow(DatasetRow):
    """A dataset that is known, and a config to start from."""

    config_json: str


_TYPES: Final[Mapping[Any, pa.DataType]] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    date: pa.date32(),
    datetime: pa.timestamp("us", tz="UTC"),
}


def _schema(row: type) -> pa.Schema:
    """The columns of a table of such rows; a field that may be None has its type first."""
    hints = get_type_hints(row)
    return pa.schema([(name, _TYPES[(get_args(kind) or (kind,))[0]]) for name, kind in hints.items()])


SCHEMAS: Final[Mapping[str, pa.Schema]] = {
    LOG: _schema(LogRow),
    JOBS: _schema(JobRow),
    DATASETS: _schema(DatasetRow),
    SAMPLES: _schema(SampleRow),
}
