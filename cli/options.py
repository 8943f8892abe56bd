"""The options that set settings, declared once: whoever takes a draft of a run takes all of them."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Optional

import typer

from ..core.format import printable
from ..core.spec.flags import FLAGS, NOT_OF_SERIES, SERIES_FLAGS, SWITCHES, WORKSPACE
from .completing import completed_templates, completed_values
from .quick import SHORT, as_settings

if TYPE_CHECKING:
    from ..core.spec.enhanced import Template

HELP: Final = {
    "target_rows": "Rows of the driving table, such as 50000 or 2M [default: the dataset's: 10000 for small].",
    "scale_factor": "Multiplies the rows [default: 1].",
    "seed_value": "Seed: the same one gives the same data [default: 42].",
    "as_of": "Day at whose end the data is seen [default: end of the history].",
    "tables": "Only these tables, separated by commas.",
    "output_settings.output_mode": "table, parquet or csv [default: table].",
    "output_settings.target_environment": "lakehouse or warehouse [default: lakehouse].",
    "output_settings.output_dir": "Output root: a folder, or s3://, gs://, abfss:// [default: SYNTHETIC_DATA_DIR, else ./synthetic_data].",
    "output_settings.schema": "Folder or schema of the tables [default: the dataset id]; '' for none.",
    "output_settings.compression": "snappy, zstd, lz4, gzip or none [default: snappy].",
    "output_settings.if_exists": "replace or fail [default: replace].",
    "output_settings.digest": "auto, full, sample or none [default: auto].",
    "generation_settings.mode": "python, pyspark, or auto: pyspark from 1M rows on, where Spark is there [default: auto].",
    "generation_settings.chunk_size": "Rows that a worker holds at once [default: 131072].",
    "generation_settings.parallel_workers": "Worker processes [default: the cores].",
    "generation_settings.memory_fraction": "Share of the free memory that may be used [default: 0.8].",
    "generation_settings.enable_spill": "Allow temporary files where a step can spill to disk.",
    "spark.master": "Master of a session of Spark, in pyspark mode; SPARK_REMOTE names a server instead [default: local[*]].",
    "spark.writer": "direct (executors write) or spark (Spark writes), in pyspark mode [default: direct; spark for object stores].",
    "partition_config.enabled": "Partition tables [default columns: the year, month and day of a row].",
    "incremental_config.rows_per_day": "Rows of the driving table a day, of an _incremental dataset [default: its own].",
    "output_settings.path_format": "Paths: nested, flat, hive_partitioned, or {table}/{date}{part}.{ext} [default: one folder per table].",
}
_SPARK_CONF: Final = Annotated[
    Optional[list[str]],  # noqa: UP045  # typer
    typer.Option("--spark-conf", help="Option of a session of Spark, such as spark.executor.memory=8g; may be repeated."),
]


def _conf(given: list[str] | None) -> dict[str, str]:
    """Options of Spark as settings."""
    found = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"`{printable(name)}` is not of the form name=value", param_hint="--spark-conf")
        found[f"spark.conf.{name.strip()}"] = value
    return found


@dataclass(frozen=True, slots=True)
class Options:
    """Options of settings that a command takes."""

    flags: Mapping[str, str]
    """Dotted setting -> option."""
    shorts: Mapping[str, str]
    """Short option -> long one."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Dotted setting -> help, where it differs from `HELP`."""
    conf: bool = True
    """Whether options of a session of Spark are among them."""

    def __call__(self, command: Callable[..., None]) -> Callable[..., None]:
        """A command that takes all of them, as its argument `flags`: dotted setting -> value, None where it is not given."""
        names = {option.removeprefix("--").replace("-", "_"): path for path, option in self.flags.items()}
        options = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=False if path in SWITCHES else None,
                annotation=self._option(path),
            )
            for name, path in names.items()
        ]
        if self.conf:
            options.append(inspect.Parameter("spark_conf", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_SPARK_CONF))
        own = inspect.signature(command, eval_str=True)
        mine = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for name, parameter in own.parameters.items() if name != "flags"]
        # What a command is about comes first, then the settings, then where they are given otherwise.
        place = [parameter.name for parameter in mine].index("config")

        @wraps(command)
        def taking(**given: Any) -> None:
            flags = {path: given.pop(name) for name, path in names.items()}
            command(flags={**as_settings(flags), **_conf(given.pop("spark_conf", None))}, **given)

        taking.__signature__ = own.replace(parameters=[*mine[:place], *options, *mine[place:]])  # type: ignore[attr-defined]  # what typer reads
        return taking

    def _option(self, path: str) -> Any:
        """The option of a setting, as the annotation of a parameter."""
        long = self.flags[path]
        names = [long, *(one for one, name in self.shorts.items() if name == long)]
        told = self.words.get(path, HELP[path])
        if path in SWITCHES:
            return Annotated[bool, typer.Option(*names, help=told)]
        return Annotated[Optional[str], typer.Option(*names, help=told, autocompletion=completed_values(path))]  # noqa: UP045  # typer


ConfigTemplate = Annotated[
    Optional[str],  # noqa: UP045  # typer
    typer.Option("--config-template", help="Begin with the presets of this template of list-enhanced.", autocompletion=completed_templates),
]
Execute = Annotated[bool, typer.Option("--execute", help=f"Compile the notebook of this run into ./{WORKSPACE}, and run that here.")]
Templates = Annotated[
    Optional[list[Path]],  # noqa: UP045  # typer
    typer.Option("--templates", help="Folder of own templates (YAML or JSON), besides those of SYNTHETIC_DATA_TEMPLATES; may be repeated."),
]


def template_of(config_template: str | None, templates: Sequence[Path] | None, datasets: Sequence[Path] | None) -> Template | None:
    """The template that was asked for; None where none was. Raises InputError, also for folders that nothing is looked for in."""
    from ..core.errors import InputError

    if config_template is None:
        if templates:
            raise InputError("--templates says where the template of --config-template is found; name one with it")
        return None
    from ..core.spec.repository import DatasetConfigurationRepository
    from ..core.spec.templates import TemplateRepository

    repository = DatasetConfigurationRepository(datasets or (), environ=os.environ)
    return TemplateRepository(templates or (), os.environ, repository).get(config_template)


with_settings: Final = Options(FLAGS, SHORT)
"""Those of a run."""
_OF_DAYS: Final = {path: option for path, option in FLAGS.items() if path not in NOT_OF_SERIES} | SERIES_FLAGS
_WORDS: Final = {
    "output_settings.output_mode": "parquet, csv or table [default: parquet].",
    "output_settings.path_format": "nested, flat, hive_partitioned, or placeholders: {table}/{date}{part}.{ext} [default: nested].",
    "output_settings.schema": "Folder or schema of the days [default: the dataset id]; '' for none.",
}
_SHORT_OF_DAYS: Final = {"-p": "--path-format", "--path-pattern": "--path-format", "-m": "--generation-mode", "-o": "--output-mode"}
with_settings_of_a_day: Final = Options(_OF_DAYS, {**_SHORT_OF_DAYS, "-e": "--target-environment", "-s": "--seed"}, _WORDS)
"""Those of a day."""
with_settings_of_days: Final = Options(_OF_DAYS, {**_SHORT_OF_DAYS, "-t": "--target-environment"}, _WORDS)
"""Those of a series, whose -s and -e are its first and last day."""
