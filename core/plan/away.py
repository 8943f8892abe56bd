"""Plans whose output root is on an object store: what cannot be written there is refused before anything is begun."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ParameterError
from ..spec.parameters import RuntimeParameters
from ..spec.urls import file_url

if TYPE_CHECKING:
    from .plan import OutputPlan


def url_of_spark(parameters: RuntimeParameters, place: Path | str) -> str:
    """The URL of a folder that is spelled as one and that Spark itself writes to, on whatever machine; else empty. Raises PlaceError."""
    spelled = isinstance(place, str) and place.lower().startswith("file://")
    by_spark = parameters.setting("mode", "auto") == "pyspark" and parameters.spark.writer == "spark"
    return file_url(place) if spelled and by_spark else ""


def blocks(parameters: RuntimeParameters) -> str:
    """The first block that says how tables lie in their files; empty where none does."""
    for name, wanted in (("partition_config", parameters.partition_config), ("delta_config", parameters.delta_config)):
        if wanted.model_dump(exclude_defaults=True):
            return name
    return ""


def refuse_url(parameters: RuntimeParameters, output: OutputPlan, by_day: bool) -> None:
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
    if parameters.setting("mode", "auto") == "pyspark":
        told = f"the generation mode `python` at {output.url}: use that"
        if by_day:
            raise ParameterError("output_settings.output_dir", f"days need {told}, or write them to a folder and copy that")
        if arranged := blocks(parameters):
            raise ParameterError(arranged, f"needs {told}, leave it out, or write to a folder and copy that")
    if parameters.spark.writer == "direct" and parameters.setting("mode", "auto") != "python":
        raise ParameterError(
            "spark.writer",
            f"`direct` needs a folder that all executors see, and {output.url} is none: use `spark`, or the generation mode `python`",
        )
