"""The tables that are declared: those of a plan, and the four of the log and the configs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

from ...plan.plan import Plan, TablePlan
from ...run.schemas import DATASETS, JOBS, LOG, SAMPLES, DatasetRow, JobRow, LogRow, SampleRow
from .model import Column, ForeignKey, Name, Table, Type

CONFIG_SCHEMA: Final = "config"
"""Of the tables of the log and the configs, where they are in a warehouse."""
_ROWS: Final[Mapping[str, type]] = {DATASETS: DatasetRow, SAMPLES: SampleRow, JOBS: JobRow, LOG: LogRow}
_ABOUT: Final = {
    DATASETS: "The datasets that are known.",
    SAMPLES: "A configuration to start from, of each dataset that is known.",
    JOBS: "The jobs: a run each.",
    LOG: "The log: a row for each run, and for each day of a series.",
}
_TYPES: Final[Mapping[Any, Name]] = {str: "varchar", int: "bigint", float: "double", date: "date", datetime: "timestamp"}
_OF_DAYS: Final = {
    "year": "Year of the day on which the row begins",
    "month": "Month of the day on which the row begins, from 1",
    "day": "Day of the month on which the row begins",
}
_ID, _WORD = 200, 50
_COLUMNS: Final[Mapping[str, tuple[str, int | None]]] = {
    # Column -> what it means, and the most characters of a text.
    "chunk_size": ("Rows that a worker holds at once", None),
    "completed_at": ("When the run ended", None),
    "completed_date": ("When the run ended", None),
    "config_json": ("The configuration, as JSON", None),
    "cpu_cores_used": ("Processor cores that were busy, on average", None),
    "created_date": ("When the job was made", None),
    "custom_config_json": ("The settings that were given, as JSON", None),
    "dataset_id": ("The dataset, as asked for", _ID),
    "dataset_name": ("The dataset's title", None),
    "dataset_type": ("transactional, analytical, or another", _WORD),
    "description": ("What the dataset is about", None),
    "domain": ("The branch of business", _ID),
    "duration_seconds": ("Seconds that the run took", None),
    "error_message": ("Why the run failed", None),
    "file_paths": ("Where the tables or files lie, below the output root", None),
    "generation_date": ("The day as of which the rows are seen, or the day of a series", None),
    "generation_mode": ("python or pyspark", _WORD),
    "job_id": ("The job", _ID),
    "job_name": ("The job's title", None),
    "log_id": ("The row: the run, and of a series the day", _ID),
    "message": ("What was told of the run", None),
    "output_mode": ("table, parquet or csv", _WORD),
    "parallel_workers": ("Worker processes", None),
    "peak_memory_gb": ("Most memory that was used, in gigabytes", None),
    "rows_per_second": ("Rows a second", None),
    "schema_pattern": ("oltp, star_schema, or another", _WORD),
    "seed_value": ("The seed", None),
    "started_at": ("When the run began", None),
    "started_date": ("When the run began", None),
    "status": ("RUNNING, COMPLETED, FAILED or CANCELLED", _WORD),
    "tables": ("The tables, separated by commas", None),
    "tables_generated": ("The tables that were written, separated by commas", None),
    "target_environment": ("lakehouse or warehouse", _WORD),
    "target_location": ("Folder or schema of the tables", _ID),
    "target_rows": ("Rows of the driving table that were asked for", None),
    "total_rows": ("Rows of all tables that were written", None),
}


def config_tables(schema: str) -> tuple[Table, ...]:
    """The four tables of the log and the configs; `schema` is empty in a lakehouse, whose tables of this kind have none."""
    return tuple(_config_table(schema, name, row) for name, row in _ROWS.items())


def _config_table(schema: str, name: str, row: type) -> Table:
    columns = []
    for column, hint in get_type_hints(row).items():
        kinds = get_args(hint) or (hint,)
        about, length = _COLUMNS[column]
        columns.append(Column(column, Type.of(_TYPES[kinds[0]], length), NoneType in kinds, about))
    return Table(schema, name, tuple(columns), _ABOUT[name], primary_key=(columns[0].name,))


def tables_of(plan: Plan, lakehouse: bool) -> tuple[Table, ...]:
    """The tables of a plan, parents first, in the schema of its output; how they lie in files is of those in a lakehouse alone."""
    known = {table.name: table for table in plan.tables}
    return tuple(_table(plan, table, known, lakehouse) for table in plan.tables)


def _table(plan: Plan, table: TablePlan, known: Mapping[str, TablePlan], lakehouse: bool) -> Table:
    columns = [
        Column(
            column.name,
            Type.of(column.type, column.longest or None),
            column.nullable and column.name not in table.primary_key,
            _about(column.about, column.unit),
        )
        for column in table.columns
    ]
    if lakehouse:
        columns += [Column(name, Type("integer"), False, _OF_DAYS[name]) for name in table.day_columns]
    keys = [
        ForeignKey(key.column, key.parent, key.parent_column)
        for key in table.foreign_keys
        if key.parent in known and known[key.parent].primary_key == (key.parent_column,) and not plan.has_orphans(table.name, key.column)
    ]
    return Table(
        schema=plan.output.schema,
        name=table.name,
        columns=tuple(columns),
        about=table.about,
        primary_key=table.primary_key,
        foreign_keys=tuple(keys),
        partitioned_by=tuple(partition.name for partition in table.partitions) if lakehouse else (),
        clustered_by=table.clustered_by if lakehouse else (),
        properties=plan.output.delta.properties if lakehouse else {},
    )


def _about(about: str, unit: str) -> str:
    if not unit:
        return about
    return f"{about} ({unit})" if about else f"In {unit}"
