"""Plans whose output root is on an object store: what cannot be written there is refused before anything is begun."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ParameterError
from ..spec.urls import file_url

if TYPE_CHECKING:
    from ..spec.parameters import RuntimeParameters
    from .plan import OutputPlan, TablePlan


def url_of_spark(parameters: RuntimeParameters, place: Path | str) -> str:
    """The URL of a folder that is spelled as one and that Spark itself writes to, on whatever machine; else empty. Raises PlaceError."""
    spelled = isinstance(place, str) and place.lower().startswith("file://")
    by_spark = parameters.setting("mode", "auto") == "pyspark" and parameters.spark.writer == "spark"
    return file_url(place) if spelled and by_spark else ""


def refuse_url(parameters: RuntimeParameters, output: OutputPlan) -> None:
    """Raises ParameterError for what cannot appear whole or not at all on an object store."""
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
    if parameters.spark.writer == "direct" and parameters.setting("mode", "auto") != "python":
        raise ParameterError(
            "spark.writer",
            f"`direct` needs a folder that all executors see, and {output.url} is none: use `spark`, or the generation mode `python`",
        )


def in_two_orders(tables: Sequence[TablePlan]) -> TablePlan | None:
    """The first table whose rows are to be sorted and clustered."""
    return next((table for table in tables if table.sorted_by and table.clustered_by), None)


def refuse_order(tables: Sequence[TablePlan], url: str, adds: bool) -> None:
    """Raises ParameterError where files should have two orders: Delta's own Z-order is the one that rows of an object store can have.

    `adds`: rows come to others that stand, and Spark puts them in no order.
    """
    found = next((table for table in tables if table.sorted_by or table.clustered_by), None) if adds else None
    if found is not None:
        named = "partition_config.sorting.columns" if found.sorted_by else "delta_config.z_order_columns"
        told = f"Spark merges rows into `{found.name}` at {url} in no order: leave sorting, Z-order and buckets out"
        raise ParameterError(named, f"{told}, use the generation mode `python`, or write to a folder")
    both = in_two_orders(tables)
    if both is not None:
        near = ", ".join(both.clustered_by)
        told = f"Delta puts the rows of `{both.name}` at {url} in an order by its Z-order or buckets ({near}), and in no other"
        remedy = "leave one of them out, use the generation mode `python`, or write to a folder"
        raise ParameterError("partition_config.sorting.columns", f"{told}: {remedy}")
