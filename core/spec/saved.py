"""Presets of a user: named config files in a folder of theirs, which `generate --config` takes as well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ..errors import InputError, SyntheticDataError, brief
from ..frozen import dataclass
from ..private import write_private
from .export import export
from .parse import read_mapping
from .resolve import Resolved, leaves

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_DEVICES: Final = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE | re.ASCII)
"""Names that some systems keep for devices."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A config file that was saved under a name."""

    name: str
    path: Path
    saved: datetime
    dataset_id: str
    settings: int
    """How many it gives, its dataset aside."""
    problem: str = ""
    """Why it cannot be read; empty where it can."""


def preset_file(folder: Path, name: str) -> Path:
    """Where a preset of a name lies; raises InputError for what cannot be a name."""
    if not _NAME.fullmatch(name) or _DEVICES.fullmatch(name):
        raise InputError(f"`{brief(name)}` cannot be a preset's name: letters, digits, `_` and `-`, up to 64, such as `ci-march`")
    return folder / f"{name}.yaml"


def list_presets(folder: Path) -> tuple[Preset, ...]:
    """The presets that are there, by name; one that cannot be read says why."""
    try:
        files = sorted(path for path in folder.glob("*.yaml") if _NAME.fullmatch(path.stem) and path.is_file())
    except OSError:
        return ()
    return tuple(preset for path in files if (preset := _read(path)) is not None)


def _read(path: Path) -> Preset | None:
    saved = datetime.fromtimestamp(0, UTC)
    try:
        saved = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        value = read_mapping(path)
    except FileNotFoundError:
        # Deleted since the folder was listed.
        return None
    except (SyntheticDataError, OSError, OverflowError, ValueError) as error:
        return Preset(path.stem, path, saved, "", 0, str(error))
    settings = [name for name, _ in leaves(value) if name not in ("dataset_id", "datasets", "custom_schema")]
    return Preset(path.stem, path, saved, str(value.get("dataset_id", "")), len(settings))


def save_preset(folder: Path, name: str, resolved: Resolved, days: Mapping[str, Any] = {}, *, replace: bool = False) -> Path:
    """Saves the settings of a run under a name, with what is set of days alone; whole or not at all.

    Raises InputError for what cannot be a name, for one that is taken where `replace` is false, and where nothing can be written.
    """
    path = preset_file(folder, name)
    if path.exists() and not replace:
        raise InputError(f"a preset `{name}` exists")
    try:
        write_private(path, export(resolved, "yaml", days).encode())
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None
    return path


def delete_preset(folder: Path, name: str) -> None:
    """Deletes a preset; one that is gone already is no error. Raises InputError."""
    try:
        preset_file(folder, name).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"the preset `{name}` cannot be deleted: {error.strerror or error}") from None
