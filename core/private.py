"""Files that nobody else can have written: whatever is kept between processes is read and written here."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


def read_private(path: Path, largest: int) -> bytes | None:
    """What a file holds; None where it is no plain file of this user's in a folder of theirs, or has more than `largest` bytes."""
    if not _is_private(path.parent):
        return None
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    told = os.fstat(handle)
    if not stat.S_ISREG(told.st_mode) or told.st_size > largest or not _is_mine(told):
        # A folder cannot even be opened as a file.
        os.close(handle)
        return None
    with open(handle, "rb") as file:
        try:
            return file.read()
        except OSError:
            return None


def write_private(path: Path, content: bytes) -> None:
    """Writes a file in a folder of this user's, whole or not at all, whoever writes at the same time; raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_private(path.parent):
        raise PermissionError(f"{path.parent} is not a folder that this user alone can write to")
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise


def _is_private(folder: Path) -> bool:
    """Whether a folder, and no link to one, is this user's alone."""
    try:
        told = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(told.st_mode) and _is_mine(told)


def _is_mine(told: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or (told.st_uid == os.getuid() and not told.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
