"""The config and log tables of the specification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

LOG: Final = "log_synthetic_data_generation"
JOBS: Final = "config_synthetic_data_generation_jobs"
DATASETS: Final = "config_synthetic_data_datasets"
SAMPLES: Final = "sample_dataset_configurations"

_MOMENT: Final = pa.timestamp("us", tz="UTC")
SCHEMAS: Final[Mapping[str, pa.Schema]] = {
    LOG: pa.schema(
        [
            ("log_id", pa.string()),
            ("job_id", pa.string()),
            ("dataset_id", pa.string()),
            ("generation_date", pa.date32()),
            ("tables_generated", pa.string()),
            ("total_rows", pa.int64()),
            ("target_rows", pa.int64()),
            ("file_paths", pa.string()),
            ("status", pa.string()),
            ("generation_mode", pa.string()),
            ("target_environment", pa.string()),
            ("output_mode", pa.string()),
            ("seed_value", pa.int64()),
            ("rows_per_second", pa.float64()),
            ("duration_seconds", pa.float64()),
            ("peak_memory_gb", pa.float64()),
            ("cpu_cores_used", pa.float64()),
            ("started_at", _MOMENT),
            ("completed_at", _MOMENT),
            ("message", pa.string()),
        ]
    ),
    JOBS: pa.schema(
        [
            ("job_id", pa.string()),
            ("dataset_id", pa.string()),
            ("job_name", pa.string()),
            ("target_rows", pa.int64()),
            ("generation_mode", pa.string()),
            ("target_environment", pa.string()),
            ("target_location", pa.string()),
            ("chunk_size", pa.int64()),
            ("parallel_workers", pa.int64()),
            ("seed_value", pa.int64()),
            ("custom_config_json", pa.string()),
            ("status", pa.string()),
            ("created_date", _MOMENT),
            ("started_date", _MOMENT),
            ("completed_date", _MOMENT),
            ("error_message", pa.string()),
        ]
    ),
    DATASETS: pa.schema(
        [
            ("dataset_id", pa.string()),
            ("dataset_name", pa.string()),
            ("dataset_type", pa.string()),
            ("schema_pattern", pa.string()),
            ("domain", pa.string()),
            ("target_rows", pa.int64()),
            ("tables", pa.string()),
            ("description", pa.string()),
        ]
    ),
}


def log_schemas() -> dict[str, pa.Schema]:
    """Of all tables; that of sample configurations has the datasets' columns, and a config to start from."""
    return {**SCHEMAS, SAMPLES: SCHEMAS[DATASETS].append(pa.field("config_json", pa.string()))}
