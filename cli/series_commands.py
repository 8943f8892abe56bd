"""The commands that work by days."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Final, Optional

import typer

from .commands import Config, CustomSchema, Datasets, Json, MaybeDatasetId, OutputDir, Sets
from .streams import tell, tell_json

days = typer.Typer()

# ruff: noqa: UP045  # typer reads Optional
Mode = Annotated[Optional[str], typer.Option("--generation-mode", "-m", help="python or auto (which is python here) [default: auto].")]
Pattern = Annotated[
    Optional[str],
    typer.Option(
        "--path-format",
        "--path-pattern",
        "-p",
        help="nested, flat, hive_partitioned, or placeholders such as {table}/{date:%Y%m%d}{part}.{ext} [default: nested].",
    ),
]
Output = Annotated[Optional[str], typer.Option("--output-mode", "-o", help="parquet or csv [default: parquet].")]
State = Annotated[
    Optional[bool],
    typer.Option("--state-management/--no-state-management", help="Note which days are written, and pass over those [default: yes]."),
]
Again = Annotated[bool, typer.Option("--ignore-state", help="Write days again that are there, in their places.")]
RowsPerDay = Annotated[
    Optional[str], typer.Option("--rows-per-day", help="Rows of the driving table a day, of an _incremental dataset [default: its own].")
]
Tables = Annotated[Optional[str], typer.Option("--tables", help="Only these tables, separated by commas.")]
Scale = Annotated[Optional[str], typer.Option("--scale-factor", help="Multiplies the rows [default: 1].")]
Schema = Annotated[Optional[str], typer.Option("--schema", help="Folder of the days [default: the dataset id]; '' for none.")]
Compression = Annotated[Optional[str], typer.Option("--compression", help="snappy, zstd, lz4, gzip or none [default: snappy].")]
IfExists = Annotated[Optional[str], typer.Option("--if-exists", help="replace or fail [default: replace].")]
Digest = Annotated[Optional[str], typer.Option("--digest", help="auto, full, sample or none [default: auto].")]
Workers = Annotated[Optional[str], typer.Option("--parallel-workers", help="Worker processes [default: the cores].")]
Chunk = Annotated[Optional[str], typer.Option("--chunk-size", help="Rows that a worker holds at once [default: 131072].")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Show the days and their rows, and what is there already; write nothing.")]


@days.command("list-incremental-datasets")
def list_incremental_datasets(datasets: Datasets = None, as_json: Json = False) -> None:
    """List the datasets that arrive day by day, and how each of their tables does.

    Example: synthetic-data list-incremental-datasets
    """
    from ..core.spec.repository import DatasetConfigurationRepository
    from .show import incremental_lines, incremental_values

    repository = DatasetConfigurationRepository(datasets or (), environ=os.environ)
    if as_json:
        tell_json(incremental_values(repository))
    else:
        tell(*incremental_lines(repository))


@days.command("generate-incremental")
def generate_incremental(
    context: typer.Context,
    dataset_id: MaybeDatasetId = None,
    date: Annotated[Optional[str], typer.Option("--date", "-d", help="The day, YYYY-MM-DD.")] = None,
    path_format: Pattern = None,
    target_environment: Annotated[
        Optional[str], typer.Option("--target-environment", "-e", help="lakehouse or warehouse [default: lakehouse].")
    ] = None,
    generation_mode: Mode = None,
    seed: Annotated[Optional[str], typer.Option("--seed", "-s", help="Seed: the same one gives the same data [default: 42].")] = None,
    state_management: State = None,
    ignore_state: Again = False,
    output_mode: Output = None,
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    output_dir: OutputDir = None,
    schema: Schema = None,
    tables: Tables = None,
    scale_factor: Scale = None,
    rows_per_day: RowsPerDay = None,
    compression: Compression = None,
    if_exists: IfExists = None,
    digest: Digest = None,
    chunk_size: Chunk = None,
    parallel_workers: Workers = None,
    dry_run: Dry = False,
    as_json: Json = False,
) -> None:
    """Generate one day of a dataset: the same rows, alone or in a series.

    Example: synthetic-data generate-incremental retail_oltp_small_incremental --date 2024-03-15
    """
    from .series import How, day_of, generate_days

    flags = _flags(context)
    day = day_of(date, "--date")
    how = How(1, ignore_state, state_management, dry_run, as_json)
    raise typer.Exit(generate_days(dataset_id, day, day, flags, sets or (), config, how))


@days.command("generate-series")
def generate_series(
    context: typer.Context,
    dataset_id: MaybeDatasetId = None,
    start_date: Annotated[Optional[str], typer.Option("--start-date", "-s", help="First day, YYYY-MM-DD.")] = None,
    end_date: Annotated[Optional[str], typer.Option("--end-date", "-e", help="Last day, YYYY-MM-DD.")] = None,
    batch_size: Annotated[int, typer.Option("--batch-size", "-b", help="Days that are published together.", min=1, max=3_660)] = 10,
    path_format: Pattern = None,
    target_environment: Annotated[
        Optional[str], typer.Option("--target-environment", "-t", help="lakehouse or warehouse [default: lakehouse].")
    ] = None,
    generation_mode: Mode = None,
    output_mode: Output = None,
    seed: Annotated[Optional[str], typer.Option("--seed", help="Seed: the same one gives the same data [default: 42].")] = None,
    ignore_state: Again = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the first day that is missing; needs the state.")] = False,
    state_management: State = None,
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    output_dir: OutputDir = None,
    schema: Schema = None,
    tables: Tables = None,
    scale_factor: Scale = None,
    rows_per_day: RowsPerDay = None,
    compression: Compression = None,
    if_exists: IfExists = None,
    digest: Digest = None,
    chunk_size: Chunk = None,
    parallel_workers: Workers = None,
    dry_run: Dry = False,
    as_json: Json = False,
) -> None:
    """Generate days of a dataset, one after another; those that are there are passed over.

    Example: synthetic-data generate-series retail_oltp_small_incremental --start-date 2024-01-01 --end-date 2024-03-31
    """
    from ..core.errors import InputError
    from .series import How, day_of, generate_days

    if resume and (ignore_state or state_management is False):
        raise InputError("--resume goes by the state: leave --ignore-state and --no-state-management out")
    flags = _flags(context)
    first, last = day_of(start_date, "--start-date"), day_of(end_date, "--end-date")
    how = How(batch_size, ignore_state, True if resume else state_management, dry_run, as_json)
    raise typer.Exit(generate_days(dataset_id, first, last, flags, sets or (), config, how))


state_app = typer.Typer(no_args_is_help=True, help="Look at the days that were written, check them, and make them again.")
days.add_typer(state_app, name="state")


@state_app.command("show")
def state_show(output_dir: OutputDir = None, as_json: Json = False) -> None:
    """Show a calendar of the days that are there.

    Example: synthetic-data state show
    """
    from .state import show_state

    raise typer.Exit(show_state(output_dir, as_json))


@state_app.command("verify")
def state_verify(output_dir: OutputDir = None, as_json: Json = False) -> None:
    """Check that every file is as it was written; exit code 1 if one is not.

    Example: synthetic-data state verify --json
    """
    from .state import verify_state

    raise typer.Exit(verify_state(output_dir, as_json))


@state_app.command("repair")
def state_repair(output_dir: OutputDir = None, datasets: Datasets = None, as_json: Json = False) -> None:
    """Make days again that are missing between others, or whose files are not as they were written.

    Example: synthetic-data state repair
    """
    from ..core.spec.repository import DatasetConfigurationRepository
    from .state import repair_state

    raise typer.Exit(repair_state(output_dir, as_json, DatasetConfigurationRepository(datasets or (), environ=os.environ)))


_SETTINGS: Final = {
    "path_format": "output_settings.path_format",
    "target_environment": "output_settings.target_environment",
    "generation_mode": "generation_settings.mode",
    "seed": "seed_value",
    "output_mode": "output_settings.output_mode",
    "output_dir": "output_settings.output_dir",
    "schema": "output_settings.schema",
    "tables": "tables",
    "scale_factor": "scale_factor",
    "rows_per_day": "incremental_config.rows_per_day",
    "compression": "output_settings.compression",
    "if_exists": "output_settings.if_exists",
    "digest": "output_settings.digest",
    "chunk_size": "generation_settings.chunk_size",
    "parallel_workers": "generation_settings.parallel_workers",
    "custom_schema": "custom_schema",
}
"""Parameter of a command -> the setting that it gives."""


def _flags(context: typer.Context) -> dict[str, Any]:
    """The settings of a command line."""
    given = {path: context.params[name] for name, path in _SETTINGS.items()}
    folders = context.params["datasets"]
    out = {path: str(value) if isinstance(value, Path) else value for path, value in given.items()}
    return out | {"datasets": [str(path) for path in folders] if folders else None}
