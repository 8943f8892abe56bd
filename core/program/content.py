"""Content by its SHA-256: a program names lists by what is in them, and never a file of the machine that planned it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final


class Contents:
    """What this process can read, by its SHA-256 as 64 hexadecimal digits; everything is checked when it is read."""

    def __init__(self) -> None:
        self._files: dict[str, Path] = {}
        self._held: dict[str, bytes] = {}

    def note(self, file: Path) -> str:
        """Remembers where the content of a file lies, and returns its SHA-256; raises OSError."""
        found = sha256(file.read_bytes()).hexdigest()
        self._files[found] = file
        return found

    def lies(self, name: str, file: Path) -> None:
        """Remembers a file that should hold the content of this SHA-256."""
        self._files[name] = file

    def hold(self, data: bytes) -> str:
        """Keeps content itself, and returns its SHA-256."""
        found = sha256(data).hexdigest()
        self._held[found] = data
        return found

    def read(self, name: str) -> bytes:
        """The content of this SHA-256; raises OSError where its file is gone, ValueError where it is not known or has changed."""
        held = self._held.get(name)
        if held is not None:
            return held
        file = self._files.get(name)
        if file is None:
            raise ValueError(f"the list with the SHA-256 {name[:12]}... is not known here")
        data = file.read_bytes()
        if sha256(data).hexdigest() != name:
            raise ValueError(f"the pool {file} has changed since the plan was made")
        return data


KNOWN: Final = Contents()
"""Of this process: what its plans have read, or what it was sent. Content never changes, so that sharing it does no harm."""
