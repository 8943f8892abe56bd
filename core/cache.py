"""The content store: files named by the SHA-256 of what they hold, and notes that say which was made of what.

It lies in the platform's folder for caches and is safe to delete: whatever is in it can be made again. Nothing in it is
used unchecked, and nothing that others can have written. Where the folder cannot be written, the store lives as long as the process.
"""

from __future__ import annotations

import atexit
import json
import os
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from .private import read_private, write_private

ENVIRONMENT: Final = "SYNTHETIC_DATA_CACHE"
"""Names another folder; with `off` the store lives as long as the process."""
_NOTE: Final = 64_000
"""Bytes of a note."""
_CONTENT: Final = 1 << 30
"""Bytes of a content."""


@cache
def _for_this_process() -> Path:
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="synthetic-data-cache-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def cache_folder() -> Path:
    """Where caches are: SYNTHETIC_DATA_CACHE, else the platform's folder for them."""
    given = os.environ.get(ENVIRONMENT)
    if given:
        return _for_this_process() if given == "off" else Path(given)
    from platformdirs import user_cache_path

    return user_cache_path("ingen-fab-synthetic-data", appauthor=False)


def is_kept() -> bool:
    """Whether caches outlive the process."""
    return os.environ.get(ENVIRONMENT) != "off"


class Store:
    """Contents by their hash, and notes by a key."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder if folder is not None else cache_folder()

    def put(self, content: bytes) -> Path:
        """The file that holds a content, written where it is not there yet; raises OSError where no place can be written."""
        name = sha256(content).hexdigest()
        known = self.find(name)
        return known if known is not None else self._write(f"content/{name}", content)

    def find(self, digest: str) -> Path | None:
        """The file of a content; None where it is not there, or is not what its name says."""
        for folder in self._folders():
            path = folder / "content" / digest
            content = read_private(path, _CONTENT)
            if content is not None and sha256(content).hexdigest() == digest:
                return path
        return None

    def note(self, key: str, value: dict[str, Any]) -> None:
        """Keeps a JSON value under a key, a hexadecimal digest."""
        self._write(f"notes/{key}.json", json.dumps(value).encode())

    def noted(self, key: str) -> dict[str, Any]:
        """The value under a key; empty where there is none that can be read."""
        for folder in self._folders():
            with suppress(ValueError, RecursionError):
                value = json.loads(read_private(folder / "notes" / f"{key}.json", _NOTE) or b"null")
                if isinstance(value, dict):
                    return value
        return {}

    def _folders(self) -> tuple[Path, ...]:
        return (self._folder, _for_this_process()) if _for_this_process.cache_info().currsize else (self._folder,)

    def _write(self, name: str, content: bytes) -> Path:
        """Where the folder cannot be written to, or others can write there too, in the one of this process."""
        try:
            path = self._folder / name
            write_private(path, content)
        except OSError:
            path = _for_this_process() / name
            write_private(path, content)
        return path
