"""The part of Fabric's `notebookutils` that reads and writes files, on the folder that stands for the lakehouse.

Paths are as in a notebook: `Files/..` and `Tables/..` of the lakehouse that is attached, the same below its mount, or any file of this
machine. On the standard library alone: the process of a notebook loads this file by its place.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_MOUNT: Final = "/lakehouse/default"
_HEAD: Final = 100 * 1024


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What `ls` tells of a file or folder; names are those of Fabric."""

    name: str
    path: str
    size: int
    isDir: bool  # noqa: N815
    isFile: bool  # noqa: N815
    modifyTime: int  # noqa: N815
    """Milliseconds since 1970."""


class Files:
    """`notebookutils.fs`; what cannot be done raises as Python does, and URLs of other stores raise ValueError."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def ls(self, path: str) -> list[FileInfo]:
        """What is in a folder, by name."""
        return [_told(each) for each in sorted(self._place(path).iterdir())]

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder."""
        return self._place(path).exists()

    def mkdirs(self, path: str) -> bool:
        """Makes a folder and those above it, where they are missing."""
        self._place(path).mkdir(parents=True, exist_ok=True)
        return True

    def put(self, file: str, content: str, overwrite: bool = False) -> bool:
        """Writes a text."""
        place = self._place(file)
        if place.exists() and not overwrite:
            raise FileExistsError(f"{file} is there: say overwrite=True")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8")
        return True

    def append(self, file: str, content: str, create_file_if_not_exists: bool = False) -> bool:
        """Adds a text to a file."""
        place = self._place(file)
        if not place.exists() and not create_file_if_not_exists:
            raise FileNotFoundError(f"there is no {file}: say True to make it")
        with place.open("a", encoding="utf-8") as out:
            out.write(content)
        return True

    def head(self, file: str, max_bytes: int = _HEAD) -> str:
        """The beginning of a file, as text."""
        with self._place(file).open("rb") as found:
            return found.read(max_bytes).decode(errors="replace")

    def cp(self, source: str, destination: str, recurse: bool = False) -> bool:
        """Copies a file, or with `recurse` a folder."""
        old, new = self._place(source), self._place(destination)
        if old.is_dir() and not recurse:
            raise IsADirectoryError(f"{source} is a folder: say recurse=True")
        if old.is_dir():
            shutil.copytree(old, new, dirs_exist_ok=True)
        else:
            shutil.copy2(old, new)
        return True

    def mv(self, source: str, destination: str, create_path: bool = False, overwrite: bool = False) -> bool:
        """Moves a file or folder."""
        old, new = self._place(source), self._place(destination)
        if new.is_file() and not overwrite:
            raise FileExistsError(f"{destination} is there: say overwrite=True")
        if create_path:
            new.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(old, new)
        return True

    def rm(self, path: str, recurse: bool = False) -> bool:
        """Removes a file, or with `recurse` a folder with all that is in it."""
        place = self._place(path)
        if place.is_dir() and not recurse:
            raise IsADirectoryError(f"{path} is a folder: say recurse=True")
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()
        return True

    def _place(self, path: str) -> Path:
        parts = urlsplit(path)
        if parts.scheme == "file":
            path = unquote(parts.path)
        elif "://" in path:
            raise ValueError(
                f"{path} is not on this machine: a notebook run here reaches the folder of its lakehouse, and other files of the machine"
            )
        if path == _MOUNT or path.startswith(f"{_MOUNT}/"):
            path = path[len(_MOUNT) :].lstrip("/")
        # An absolute path stays what it is.
        return self._root / path


def _told(path: Path) -> FileInfo:
    there = path.stat()
    is_folder = path.is_dir()
    return FileInfo(path.name, str(path), 0 if is_folder else there.st_size, is_folder, not is_folder, there.st_mtime_ns // 1_000_000)
