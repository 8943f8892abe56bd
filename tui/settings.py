"""What a user chose for all sessions: a theme and keys, in the platform's folder for settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ..core.errors import InputError, SyntheticDataError
from ..core.format import printable
from ..core.private import write_private
from .theme import DEFAULT_THEME, THEMES

ENVIRONMENT: Final = "SYNTHETIC_DATA_SETTINGS"
"""Names another folder; with `off` nothing is read and nothing is remembered."""
_CHOICES: Final = "settings.json"
_KEYMAPS: Final = ("keymap.yaml", "keymap.json")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is remembered between sessions, and what was wrong with it."""

    folder: Path | None = None
    """None where nothing is to be remembered."""
    theme: str = DEFAULT_THEME
    keymap: Mapping[str, Any] = field(default_factory=dict)
    """Id -> keys, as the file has them: nothing of it is checked yet."""
    problems: tuple[str, ...] = ()
    """A sentence for each file, or part of one, that was ignored."""

    def remember(self, theme: str) -> None:
        """Writes a theme down for the next session, whole or not at all; raises OSError."""
        if self.folder is not None:
            write_private(self.folder / _CHOICES, (json.dumps({"theme": theme}) + "\n").encode())

    @property
    def keymap_file(self) -> Path | None:
        """Where keys are set; None where nothing is remembered."""
        return None if self.folder is None else self.folder / _KEYMAPS[0]


def settings_folder(environ: Mapping[str, str]) -> Path | None:
    """The folder that SYNTHETIC_DATA_SETTINGS names, else the platform's for settings; None for `off`.

    Raises InputError where it is in the home folder of somebody who is not known.
    """
    given = environ.get(ENVIRONMENT)
    if given:
        try:
            return None if given == "off" else Path(given).expanduser()
        except RuntimeError:
            who = Path(given).parts[0]
            raise InputError(f"{ENVIRONMENT}: the home folder of {who} is not known; name a folder by its whole path, or `off`") from None
    from platformdirs import user_config_path

    return user_config_path("ingen-fab-synthetic-data", appauthor=False)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """What is remembered. A file that cannot be used is ignored, with a sentence in `problems`."""
    try:
        folder = settings_folder(environ)
    except InputError as error:
        return Settings(problems=(printable(f"{error}; nothing is remembered"),))
    if folder is None:
        return Settings()
    problems: list[str] = []
    theme = _read(folder / _CHOICES, problems).get("theme", DEFAULT_THEME)
    if not isinstance(theme, str) or theme not in THEMES:
        problems.append(f"{folder / _CHOICES}: the theme must be one of {', '.join(THEMES)}, not {str(theme)[:40]!r}; it is ignored")
        theme = DEFAULT_THEME
    keymap: Mapping[str, Any] = {}
    for name in _KEYMAPS:
        keymap = keymap or _read(folder / name, problems)
    # What is wrong with the folder is told once, and not for each file.
    return Settings(folder, theme, keymap, tuple(printable(problem) for problem in dict.fromkeys(problems)))


def _read(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        # An unreadable folder above it raises as well, until Python 3.14.
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        problems.append(f"{path.parent}: {error.strerror or error}; nothing is read from there")
        return {}
    # Parsing YAML takes a tenth of the time to the first screen; most users have no file.
    from ..core.spec.files import read_text
    from ..core.spec.parse import parse_yaml

    try:
        value = parse_yaml(read_text(path), path)
    except (SyntheticDataError, OSError) as error:
        problems.append(f"{error}; the file is ignored" if str(path.name) in str(error) else f"{path}: {error}; the file is ignored")
        return {}
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append(f"{path}: must be a mapping such as `name: value`; the file is ignored")
        return {}
    return value
