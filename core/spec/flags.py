"""The command line's options for settings: one table for the CLI, for the origins that it tells and for exported commands."""

from __future__ import annotations

from typing import Final

FLAGS: Final = {
    "target_rows": "--target-rows",
    "scale_factor": "--scale-factor",
    "seed_value": "--seed",
    "as_of": "--as-of",
    "tables": "--tables",
    "output_settings.output_mode": "--output-mode",
    "output_settings.target_environment": "--target-environment",
    "output_settings.output_dir": "--output-dir",
    "output_settings.schema": "--schema",
    "output_settings.compression": "--compression",
    "output_settings.if_exists": "--if-exists",
    "output_settings.digest": "--digest",
    "output_settings.path_format": "--path-format",
    "partition_config.enabled": "--enable-partitioning",
    "generation_settings.mode": "--generation-mode",
    "generation_settings.chunk_size": "--chunk-size",
    "generation_settings.parallel_workers": "--parallel-workers",
    "generation_settings.memory_fraction": "--memory-fraction",
    "generation_settings.enable_spill": "--enable-spill",
    "spark.master": "--spark-master",
    "spark.writer": "--spark-writer",
}
"""Dotted path of a setting -> option of `generate` and `tui`. What is not here is given by --set."""
WORKSPACE: Final = "fabric_workspace_items"
"""The folder of compiled items, in the working directory, where nobody names another."""

SWITCHES: Final = ("generation_settings.enable_spill", "partition_config.enabled")
"""Those whose option has no value: given, it says true."""

HOW: Final = ("output_settings", "generation_settings", "generation_config", "chunking_config", "spark")
"""Blocks of settings on which no value of the data depends."""

STORAGE: Final = ("partition_config", "delta_config")
"""Such blocks that name columns of a dataset."""

SERIES_FLAGS: Final = {
    "incremental_config.rows_per_day": "--rows-per-day",
}
"""Settings that have an option where days are generated, and only there."""

NOT_OF_SERIES: Final = ("target_rows", "as_of")
"""Settings whose options days do not have."""

PLACES: Final = {"datasets": "--datasets", "custom_schema": "--custom-schema"}
"""Settings that say where a dataset is found; no fields of a form, whose datasets are found already."""


OF_DAYS: Final = {"start_date": "--start-date", "ignore_state": "--ignore-state"}
"""What sentences say of days and no setting holds."""

OF_COMPILING: Final = {"force": "--force"}
"""The same of compiling."""


def option(path: str) -> str:
    """How the command line names a setting: its option, else `--set`."""
    return FLAGS.get(path) or SERIES_FLAGS.get(path) or PLACES.get(path, "--set")


def word(name: str) -> str:
    """How the command line names what a sentence has in backquotes: a setting of the output, a place, or what belongs to some commands."""
    return OF_DAYS.get(name) or OF_COMPILING.get(name) or option(name if name in PLACES else f"output_settings.{name}")


def listed(text: str) -> list[str]:
    """`a, b` as the names in it."""
    return [name.strip() for name in text.split(",") if name.strip()]
