"""Plans whose output root is on an object store: what cannot be written there is refused before anything is begun."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ParameterError
from ..spec.parameters import RuntimeParameters
from ..spec.urls import file_url

if TYPE_CHECKING:
    from .plan import OutputPlan, TablePlan


def url_of_spark(parameters: RuntimeParameters, place: Path | str) -> str:
    """The URL of a folder that is spelled as one and that Spark itself writes to, on whatever machine; else empty. Raises PlaceError."""
    spelled = isinstance(place, str) and place.lower().startswith("file://")
    by_spark = parameters.setting("mode", "auto") == "pyspark" and parameters.spark.writer == "spark"
    return file_url(place) if spelled and by_spark else ""


def refuse_url(parameters: RuntimeParameters, output: OutputPlan, by_day: bool) -> None:
    """Raises ParameterError for what cannot appear whole or not at all on an object store."""
    if by_day:
        raise ParameterError(
            "output_settings.output_dir",
            f"days are written to a folder of this machine, not to {output.url}: write them to a folder and copy that, or use `generate`",
        )
    if output.mode != "table":
        raise ParameterError(
            "output_settings.output_mode",
            f"{output.mode} files cannot appear all at once at {output.url}: use `table` (Delta), or write to a folder and copy that",
        )
    if output.environment != "lakehouse":
        raise ParameterError(
            "output_settings.target_environment",
            f"the warehouse is a file of DuckDB, which cannot lie at {output.url}: use `lakehouse`, or a folder of this machine",
        )
    by_spark = parameters.setting("mode", "auto") == "pyspark"
    for name, wanted in (("partition_config", parameters.partition_config), ("delta_config", parameters.delta_config)):
        if wanted.model_dump(exclude_defaults=True) and not by_spark:
            told = f"at {output.url} is written by Spark alone: use the generation mode `pyspark`, leave it out, or write to a folder"
            raise ParameterError(name, told)
    if parameters.spark.writer == "direct" and parameters.setting("mode", "auto") != "python":
        raise ParameterError(
            "spark.writer",
            f"`direct` needs a folder that all executors see, and {output.url} is none: use `spark`, or the generation mode `python`",
        )


def refuse_order(tables: Sequence[TablePlan], url: str) -> None:
    """Raises ParameterError where files should have two orders: Delta's own Z-order is the one that rows of an object store can have."""
    both = next((table for table in tables if table.sorted_by and table.clustered_by), None)
    if both is not None:
        near = ", ".join(both.clustered_by)
        told = f"Delta puts the rows of `{both.name}` at {url} in an order by its Z-order or buckets ({near}), and in no other"
        raise ParameterError("partition_config.sorting.columns", f"{told}: leave one of them out, or write to a folder")
