"""Opening a file in the user's editor, with the wizard out of the way."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from textual.app import App, SuspendNotSupported

_NAMES: Final = ("VISUAL", "EDITOR")


def editor(environ: Mapping[str, str]) -> Sequence[str]:
    """The command of the editor that `VISUAL` or `EDITOR` names; empty where neither does, or what it names is not there."""
    for name in _NAMES:
        try:
            words = shlex.split(environ.get(name, ""), posix=os.name == "posix")
        except ValueError:
            continue
        if words and shutil.which(words[0]) is not None:
            return words
    return ()


def edit(app: App[object], file: Path) -> str:
    """Lets the user edit a file, and waits for it; a sentence where that cannot be, else empty."""
    command = editor(os.environ)
    if not command:
        return f"No editor is known: set VISUAL or EDITOR to the command of yours. The file is {file}."
    try:
        with app.suspend():
            return opened(command, file)
    except SuspendNotSupported:
        return f"This terminal cannot be given to an editor. The file is {file}."


def opened(command: Sequence[str], file: Path) -> str:
    """Runs an editor on a file, and waits for it; a sentence where it fails, else empty."""
    try:
        code = subprocess.run([*command, str(file.resolve())], check=False).returncode  # noqa: S603  # the user's own editor
    except OSError as error:
        return f"{command[0]} cannot be started: {error.strerror or error}. The file is {file}."
    return f"{command[0]} ended with exit code {code}." if code else ""
