"""A run's parameters as something to take away: a config file, a command, or Python."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from ..errors import InputError
from .flags import FLAGS, HOW, PLACES
from .form import shown
from .resolve import Resolved, leaves, repeating_settings

Form = Literal["yaml", "json", "command", "python"]
FORMS: Final[tuple[Form, ...]] = ("yaml", "json", "command", "python")


def config_of(resolved: Resolved) -> dict[str, Any]:
    """The config that repeats a run: what was changed, and by name what decides the data even where it is a default."""
    changed = repeating_settings(resolved)
    return {
        "dataset_id": resolved.variant.dataset_id,
        "target_rows": resolved.parameters.target_rows or resolved.variant.target_rows,
        "seed_value": resolved.parameters.seed_value,
        **{name: value for name, value in changed.items() if name not in ("dataset_id", "target_rows", "seed_value")},
    }


def export(resolved: Resolved, form: Form) -> str:
    """The parameters as YAML or JSON (for --config), as a command of the CLI, or as Python; ends with a line break."""
    config = config_of(resolved)
    if form == "json":
        return json.dumps(config, indent=2) + "\n"
    if form == "yaml":
        return _yaml(config)
    return f"{shlex.join(_command(config))}\n" if form == "command" else _python(config)


def _yaml(config: Mapping[str, Any]) -> str:
    import yaml

    # Some line ends are written as they are, and lost by whoever reads them.
    odd = any(mark in json.dumps(config, ensure_ascii=False) for mark in "\x85\u2028\u2029\ufeff")
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=not odd, default_flow_style=False)


def _command(config: Mapping[str, Any]) -> list[str]:
    words = ["synthetic-data", "generate", config["dataset_id"]]
    for folder in config.get("datasets", ()):
        words += [PLACES["datasets"], folder]
    if "custom_schema" in config:
        words += [PLACES["custom_schema"], config["custom_schema"]]
    for path, value in leaves({name: value for name, value in config.items() if name not in ("dataset_id", *PLACES)}):
        if path in FLAGS and value is True:
            words.append(FLAGS[path])
        elif path in FLAGS and isinstance(value, list):
            words += [FLAGS[path], ",".join(value)]
        elif path in FLAGS and not isinstance(value, bool | Mapping):
            words += [FLAGS[path], str(value)]
        else:
            # JSON is YAML, so --set reads it back.
            words += ["--set", f"{path}={shown(value) if isinstance(value, bool) else json.dumps(value)}"]
    return words


def _python(config: Mapping[str, Any]) -> str:
    given: list[tuple[str, Any]] = [("dataset_id", config["dataset_id"]), ("target_rows", config["target_rows"])]
    given.append(("seed", config["seed_value"]))
    rest: dict[str, Any] = {}
    for path, value in leaves({name: value for name, value in config.items() if name not in HOW}):
        if path in ("scale_factor", *PLACES) or (path == "tables" and isinstance(value, list)):
            given.append((path, value))
        elif path not in ("dataset_id", "target_rows", "seed_value"):
            rest[path] = value
    if rest:
        given.append(("parameters", rest))
    arguments = "".join(f"    {name}={value!r},\n" for name, value in given)
    return (
        "from ingen_fab.synthetic_data import SyntheticDataGenerator\n\n"
        f"generator = SyntheticDataGenerator(\n{arguments})\n"
        "tables = generator.generate()  # table name -> pandas DataFrame; writes nothing\n"
    )


def save(text: str, path: Path, *, replace: bool = False) -> None:
    """Writes an export, whole or not at all. Raises InputError where the file exists or cannot be written."""
    if path.exists() and not replace:
        raise InputError(f"{path} exists")
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None
