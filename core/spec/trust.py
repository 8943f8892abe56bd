"""What a dataset's file may not say: where runs read and write is said by who starts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ..errors import ConfigError
from .flags import PLACES

USERS_OWN: Final = (*PLACES, "output_settings.output_dir", "output_settings.schema", "output_settings.if_exists", "spark")
"""Settings that only an option, --set, a file given by --config, the environment or the wizard may give.

The file may come from others, and each of these can make a run replace or read something that is none of theirs.
"""


CONF: Final = "spark.conf"
"""Options of a session of Spark."""


def refuse_places(value: Mapping[str, Any], file: Path, what: str = "a dataset's file", block: str = "") -> None:
    """Raises ConfigError where a dataset's file, a custom schema or a template says where its runs read or write.

    `block` is where the settings stand in the file.
    """
    found = [path for path in _paths(value) if path.removesuffix("_") in USERS_OWN]
    if found:
        raise ConfigError(file, [(f"{block}.{path}" if block else path, _sentence(path, what)) for path in found])


def _paths(value: Mapping[str, Any]) -> Iterator[str]:
    """The first steps of dotted paths, and what stands in the block of outputs; a key may itself be a dotted path."""
    for key, inner in value.items():
        yield str(key)
        if key == "output_settings" and isinstance(inner, Mapping):
            yield from (f"{key}.{name}" for name in inner)


def refuse_conf(paths: Iterable[str], file: Path) -> None:
    """Raises ConfigError where a config file holds options of Spark, some of which start programs."""
    found = [path for path in paths if path == CONF or path.startswith(f"{CONF}.")]
    if found:
        raise ConfigError(
            file,
            [(path, "options of Spark can start programs, so no file gives them: give them where the run is started") for path in found],
        )


def _sentence(path: str, what: str) -> str:
    if path == "spark":
        return f"{what} may not choose which Spark its runs use; say it where the run is started, or in a config file"
    if path in PLACES:
        return f"{what} may not choose where datasets are found; say it where the run is started, or in a config file"
    return f"{what} may not choose where its runs write or what they replace; say it where the run is started, or in a config file"
