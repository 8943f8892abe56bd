"""The config and log tables of the specification, in the lakehouse or the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ..errors import RunError, SyntheticDataError, sentence
from ..plan.plan import Environment

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


def sample_schema() -> pa.Schema:
    """Of the table of sample configurations: the datasets' columns, and a config to start from."""
    return SCHEMAS[DATASETS].append(pa.field("config_json", pa.string()))


class LogStore:
    """Reads and replaces the small tables; each write is one commit."""

    def __init__(self, root: Path, environment: Environment, memory: int) -> None:
        self._root, self._environment, self._memory = root, environment, memory

    def read(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table. Raises RunError."""
        with self._in_words():
            return self._read(name)

    def _read(self, name: str) -> list[dict[str, Any]]:
        if self._environment == "lakehouse":
            from ..sinks.lakehouse import read_rows

            return read_rows(self._root / "Tables" / name)
        from ..sinks.warehouse import FILE, connect
        from ..sinks.warehouse import read_rows as read_from

        if not (self._root / FILE).exists():
            return []
        connection = connect(self._root, self._memory, read_only=True)
        try:
            return read_from(connection, name)
        finally:
            connection.close()

    def write(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Replaces the rows of some tables. Raises RunError."""
        with self._in_words():
            self._write(tables)

    def _write(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        schemas = {**SCHEMAS, SAMPLES: sample_schema()}
        if self._environment == "lakehouse":
            from ..sinks.lakehouse import overwrite_rows

            for name, rows in tables.items():
                overwrite_rows(self._root / "Tables" / name, list(rows), schemas[name])
            return
        from ..sinks.warehouse import write_rows, writing

        with writing(self._root, self._memory) as connection:
            connection.execute("BEGIN")
            for name, rows in tables.items():
                write_rows(connection, name, rows, schemas[name])
            connection.execute("COMMIT")

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (SyntheticDataError, KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:
            # Whatever a library raises; a panic of Rust is not even an Exception.
            raise RunError(sentence(error, f"the log in {self._root}")) from None

    def begin(
        self, log: Mapping[str, Any], job: Mapping[str, Any], datasets: Sequence[Mapping[str, Any]], samples: Sequence[Mapping[str, Any]]
    ) -> None:
        """Notes that a run has started; runs that never ended are noted as failed; the dataset tables are kept equal to the YAML."""
        now = datetime.now(UTC)
        logs = [_failed(row, "status", "message", "completed_at", now) for row in self.read(LOG)]
        jobs = [_failed(row, "status", "error_message", "completed_date", now) for row in self.read(JOBS)]
        tables: dict[str, Sequence[Mapping[str, Any]]] = {LOG: [*logs, log], JOBS: [*jobs, job]}
        if self.read(DATASETS) != list(datasets):
            tables[DATASETS] = datasets
        if self.read(SAMPLES) != list(samples):
            tables[SAMPLES] = samples
        self.write(tables)

    def end(self, log: Mapping[str, Any], job: Mapping[str, Any]) -> None:
        """Replaces the run's own rows by their final state."""
        logs = [row for row in self.read(LOG) if row["log_id"] != log["log_id"]]
        jobs = [row for row in self.read(JOBS) if row["job_id"] != job["job_id"]]
        self.write({LOG: [*logs, log], JOBS: [*jobs, job]})


def _failed(row: dict[str, Any], status: str, message: str, ended: str, now: datetime) -> dict[str, Any]:
    if row[status] != "RUNNING":
        return row
    return {**row, status: "FAILED", message: "the process ended before the run did", ended: now}
