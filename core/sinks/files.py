"""Folders of files: a table's folder is replaced as a whole, by renaming."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .parts import sync


def publish_folder(staged: Path, target: Path, replaced: Path) -> None:
    """Puts a staged folder in the place of `target`, whose former content goes to `replaced`.

    May be repeated after a crash at any point: what was done already is not done again. Raises OSError.
    """
    if not staged.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        if replaced.exists():
            shutil.rmtree(replaced)
        replaced.parent.mkdir(parents=True, exist_ok=True)
        target.rename(replaced)
    staged.rename(target)
    sync(target.parent)


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file that is either there with all its bytes or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".tmp")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)
