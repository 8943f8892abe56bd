"""A run's parameters as something to take away: a config file, a command, or Python."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from ..errors import InputError, brief
from .arrival import DEFAULT_BATCH
from .compiling import CompileSettings
from .flags import FLAGS, HOW, NOT_OF_SERIES, PLACES, SERIES_FLAGS, STORAGE, WORKSPACE
from .form import shown
from .resolve import Resolved, leaves, repeating_settings
from .series import DAYS, SeriesSettings

Form = Literal["yaml", "json", "command", "python"]
FORMS: Final[tuple[Form, ...]] = ("yaml", "json", "command", "python")


def config_of(resolved: Resolved) -> dict[str, Any]:
    """The config that repeats a run: what was changed, and by name what decides the data even where it is a default."""
    changed = repeating_settings(resolved)
    variant = resolved.variant
    # What arrives day by day is counted by days, and has no rows in all.
    rows = {} if variant.incremental else {"target_rows": resolved.parameters.target_rows or variant.target_rows}
    if variant.incremental:
        changed = _with_mode(changed, resolved)
    return {
        "dataset_id": variant.dataset_id,
        **rows,
        "seed_value": resolved.parameters.seed_value,
        **{name: value for name, value in changed.items() if name not in ("dataset_id", "target_rows", "seed_value")},
    }


def _with_mode(config: Mapping[str, Any], resolved: Resolved) -> dict[str, Any]:
    """Names the output mode: its default is another one where days are generated."""
    mode = resolved.parameters.output_settings.output_mode
    return {**config, "output_settings": {**config.get("output_settings", {}), "output_mode": mode}}


def export(resolved: Resolved, form: Form, days: Mapping[str, Any] = {}) -> str:
    """The parameters as YAML or JSON (for --config), as a command of the CLI, or as Python; ends with a line break.

    `days` is what is set of days alone (`DaysOfConfig`): a config holds it too.
    """
    config = config_of(resolved)
    if days and form in ("json", "yaml"):
        config[DAYS] = dict(days)
    if form == "json":
        return json.dumps(config, indent=2) + "\n"
    if form == "yaml":
        return _yaml(config)
    return f"{command_of(resolved, 'generate')}\n" if form == "command" else _python(config)


def command_of(resolved: Resolved, command: Literal["generate", "generate-incremental"]) -> str:
    """The parameters as a command of the CLI, on one line without a break; that of a day without its day."""
    config = config_of(resolved)
    if command == "generate":
        return shlex.join(_command([command, config["dataset_id"]], config, FLAGS))
    return shlex.join(_command([command, config["dataset_id"]], *_of_days(resolved)))


def export_series(resolved: Resolved, settings: SeriesSettings, window: tuple[date, date]) -> str:
    """The command of the CLI that writes days: of a dataset with its parameters; ends with a line break."""
    config, flags = _of_days(resolved)
    return f"{shlex.join(_command(['generate-series', config['dataset_id'], *series_words(settings, window)], config, flags))}\n"


def _of_days(resolved: Resolved) -> tuple[dict[str, Any], dict[str, str]]:
    """The config of days, and the options that their commands have."""
    config = _with_mode(config_of(resolved), resolved)
    if resolved.parameters.target_rows is None:
        config.pop("target_rows", None)
    return config, {path: flag for path, flag in {**FLAGS, **SERIES_FLAGS}.items() if path not in NOT_OF_SERIES}


def export_compile(
    resolved: Resolved,
    settings: CompileSettings,
    days: tuple[date, date, int] | None = None,
    template: str = "",
    preset: Collection[str] = (),
    templates: Sequence[Path] = (),
) -> str:
    """The command of the CLI that compiles the same notebook; ends with a line break.

    `days` are the first and the last day and how many are published together; None: the whole dataset. `template` is the template that
    presets the settings `preset`, and may lie in one of the folders `templates`.
    """
    output = resolved.parameters.output_settings
    config = repeating_settings(resolved)
    own = {name: value for name, value in config.get("output_settings", {}).items() if name not in ("output_dir", "target_environment")}
    if "output_settings.output_mode" in resolved.origins:
        own["output_mode"] = output.output_mode
    else:
        # Days are files where nothing is said, and a notebook knows better which.
        own.pop("output_mode", None)
    config = {**config, "output_settings": own, "seed_value": resolved.parameters.seed_value}
    begin = ["compile"]
    if template:
        begin += ["--enhanced", "--config-template", template, *(word for folder in templates for word in ("--templates", str(folder)))]
        config = _nested({path: value for path, value in leaves(config) if path not in preset})
    else:
        begin += ["--dataset-id", resolved.variant.dataset_id]
    if days is not None:
        begin += ["--start-date", f"{days[0]}", "--end-date", f"{days[1]}"]
        begin += ["--batch-size", f"{days[2]}"] if days[2] != DEFAULT_BATCH else []
    begin += ["--target-environment", settings.target or output.target_environment]
    begin += ["--kernel", settings.kernel] if settings.kernel is not None else []
    begin += [] if settings.include_ddl else ["--no-include-ddl"]
    begin += ["--pipeline"] if settings.pipeline else []
    begin += ["--output-dir", settings.output_dir] if settings.output_dir != WORKSPACE else []
    return f"{shlex.join(_command(begin, config, FLAGS))}\n"


def _nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for path, value in settings.items():
        *blocks, leaf = path.split(".")
        here = out
        for block in blocks:
            here = here.setdefault(block, {})
        here[leaf] = value
    return out


def series_words(settings: SeriesSettings, window: tuple[date, date]) -> list[str]:
    """The options of `generate-series` for the days from first to last."""
    words = ["--start-date", f"{window[0]}", "--end-date", f"{window[1]}"]
    if settings.batch != DEFAULT_BATCH:
        words += ["--batch-size", f"{settings.batch}"]
    return [*words, "--ignore-state"] if settings.again else words


def _yaml(config: Mapping[str, Any]) -> str:
    import yaml

    # Some line ends are written as they are, and lost by whoever reads them.
    odd = any(mark in json.dumps(config, ensure_ascii=False) for mark in "\x85\u2028\u2029\ufeff")
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=not odd, default_flow_style=False)


def _command(begin: Sequence[str], config: Mapping[str, Any], flags: Mapping[str, str]) -> list[str]:
    words = ["synthetic-data", *begin]
    for folder in config.get("datasets", ()):
        words += [PLACES["datasets"], folder]
    if "custom_schema" in config:
        words += [PLACES["custom_schema"], config["custom_schema"]]
    for path, value in leaves({name: value for name, value in config.items() if name not in ("dataset_id", *PLACES)}):
        if path in flags and value is True:
            words.append(flags[path])
        elif path in flags and isinstance(value, list):
            words += [flags[path], ",".join(value)]
        elif path in flags and not isinstance(value, bool | Mapping):
            words += [flags[path], str(value)]
        else:
            # JSON is YAML, so --set reads it back.
            words += ["--set", f"{path}={shown(value) if isinstance(value, bool) else json.dumps(value)}"]
    return words


def _python(config: Mapping[str, Any]) -> str:
    return (
        "from ingen_fab.synthetic_data import SyntheticDataGenerator\n\n"
        f"generator = {python_call(config, 'SyntheticDataGenerator')}\n"
        "tables = generator.generate()  # table name -> pandas DataFrame; writes nothing\n"
    )


def python_call(config: Mapping[str, Any], called: str, indent: str = "") -> str:
    """The call that makes a generator with the settings of a config, an argument a line."""
    given: list[tuple[str, Any]] = [(name, config[name]) for name in ("dataset_id", "target_rows") if name in config]
    given.append(("seed", config["seed_value"]))
    rest: dict[str, Any] = {}
    for path, value in leaves({name: value for name, value in config.items() if name not in (*HOW, *STORAGE)}):
        if path in ("scale_factor", *PLACES) or (path == "tables" and isinstance(value, list)):
            given.append((path, value))
        elif path not in ("dataset_id", "target_rows", "seed_value"):
            rest[path] = value
    if rest:
        given.append(("parameters", rest))
    arguments = "".join(f"{indent}    {name}={value!r},\n" for name, value in given)
    return f"{called}(\n{arguments}{indent})"


def file_named(text: str) -> Path:
    """The file of a name that somebody typed, with `~` as a shell reads it; raises InputError where no file may be called that."""
    try:
        path = Path(text.strip()).expanduser()
        if b"\0" in os.fsencode(path):
            raise InputError(f"`{brief(text)}` cannot be the name of a file: it has a null character in it")
    except (RuntimeError, ValueError) as error:
        # A home that nobody has, a character that the system cannot write.
        raise InputError(f"`{brief(text)}` cannot be the name of a file: {error}") from None
    return path


def save(text: str, path: Path, *, replace: bool = False) -> None:
    """Writes an export, whole or not at all; into what is a device or a pipe, as into any stream.

    Raises InputError where the file exists or cannot be written.
    """
    # A link that leads nowhere is somebody's, too.
    if os.path.lexists(path) and not replace:
        raise InputError(f"{path} exists")
    part = path.with_name(f".{path.name}.part")
    try:
        if path.exists() and not path.is_file():
            # A file that took the place of /dev/null would be filled by every other program.
            path.write_text(text, encoding="utf-8")
            return
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None
