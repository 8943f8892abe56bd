"""Locks of files inside compiled notebooks, as far as the file system has them: mounted stores of objects have none."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_NONE: Final = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOLCK)


class Timeout(Exception):
    """Somebody else holds the lock."""


class FileLock:
    """A lock that the operating system gives back when the process ends."""

    def __init__(self, path: Path | str, timeout: float = -1) -> None:
        self._path, self._timeout, self._handle = path, timeout, -1

    def acquire(self) -> None:
        """Takes it, and waits for it where no `timeout` was given; raises Timeout, and OSError where its file cannot be made."""
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if self._timeout >= 0 else 0))
        except BlockingIOError:
            self.release()
            raise Timeout from None
        except OSError as error:
            if error.errno not in _NONE:
                self.release()
                raise

    def release(self) -> None:
        """Gives it back."""
        if self._handle >= 0:
            with suppress(OSError):
                os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> FileLock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
