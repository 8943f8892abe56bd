"""The options that set settings, declared once: whoever takes a draft of a run takes all of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, Optional

import typer

from ..core.spec.flags import FLAGS
from .quick import SHORT, as_settings

HELP: Final = {
    "target_rows": "Rows of the driving table, such as 50000 or 2M [default: the dataset's: 10000 for small].",
    "scale_factor": "Multiplies the rows [default: 1].",
    "seed_value": "Seed: the same one gives the same data [default: 42].",
    "as_of": "Day at whose end the data is seen [default: end of the history].",
    "tables": "Only these tables, separated by commas.",
    "output_settings.output_mode": "table, parquet or csv [default: table].",
    "output_settings.target_environment": "lakehouse or warehouse [default: lakehouse].",
    "output_settings.output_dir": "Output root [default: SYNTHETIC_DATA_DIR, else ./synthetic_data].",
    "output_settings.schema": "Folder or schema of the tables [default: the dataset id]; '' for none.",
    "output_settings.compression": "snappy, zstd, lz4, gzip or none [default: snappy].",
    "output_settings.if_exists": "replace or fail [default: replace].",
    "output_settings.digest": "auto, full, sample or none [default: auto].",
    "generation_settings.mode": "python or auto (which is python here) [default: auto].",
    "generation_settings.chunk_size": "Rows that a worker holds at once [default: 131072].",
    "generation_settings.parallel_workers": "Worker processes [default: the cores].",
    "generation_settings.memory_fraction": "Share of the free memory that may be used [default: 0.8].",
    "generation_settings.enable_spill": "Allow temporary files where a step can spill to disk.",
}
_KINDS: Final[Mapping[str, Any]] = {"output_settings.output_dir": Optional[Path], "generation_settings.enable_spill": bool}  # noqa: UP045
"""Of those that are no text."""


def _option(path: str) -> Any:
    """The option of a setting, as the annotation of a parameter."""
    short = [one for one, name in SHORT.items() if name == FLAGS[path]]
    return Annotated[_KINDS.get(path, Optional[str]), typer.Option(FLAGS[path], *short, help=HELP[path])]  # noqa: UP045  # typer


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes all options of settings, as its argument `flags`: dotted setting -> value, None where it is not given."""
    names = {FLAGS[path].removeprefix("--").replace("-", "_"): path for path in FLAGS}
    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=False if _KINDS.get(path) is bool else None,
            annotation=_option(path),
        )
        for name, path in names.items()
    ]
    own = inspect.signature(command, eval_str=True)
    first, *rest = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own.parameters.values() if parameter.name != "flags"
    ]

    @wraps(command)
    def taking(**given: Any) -> None:
        flags = {path: given.pop(name) for name, path in names.items()}
        command(flags=as_settings(flags), **given)

    taking.__signature__ = own.replace(parameters=[first, *options, *rest])  # type: ignore[attr-defined]  # what typer reads
    return taking
