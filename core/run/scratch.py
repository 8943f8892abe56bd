"""A folder of this machine for what goes with a run, where its output root is none.

It goes when the run ends; what a run leaves that is killed is removed by the next one of the same user.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Final

from ..errors import RunError, sentence
from ..locking import FileLock, Timeout

_PREFIX: Final = "synthetic-data-run-"
_LOCK: Final = ".lock"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder below that for temporary files (TMPDIR), this user's alone. Raises RunError where there can be none."""
    _remove_dead()
    folder, lock = _make()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            lock.release()
        # Where a file that is locked cannot be removed.
        shutil.rmtree(folder, ignore_errors=True)


def _make() -> tuple[Path, FileLock]:
    while True:
        try:
            folder = Path(mkdtemp(prefix=_PREFIX))
            lock = FileLock(folder / _LOCK)
            lock.acquire()
        except (OSError, NotImplementedError) as error:
            raise RunError(sentence(error, gettempdir())) from None
        if (folder / _LOCK).exists():
            return folder, lock
        # Another run took it for that of a dead one before it was locked.
        lock.release()


def _remove_dead() -> None:
    """Removes the folders of this user's runs that hold no lock any more."""
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError, NotImplementedError, Timeout):
            told = folder.lstat()
            mine = stat.S_ISDIR(told.st_mode) and (not hasattr(os, "getuid") or told.st_uid == os.getuid())
            if mine and (folder / _LOCK).is_file() and not (folder / _LOCK).is_symlink():
                with FileLock(folder / _LOCK, timeout=0):
                    shutil.rmtree(folder, ignore_errors=True)
