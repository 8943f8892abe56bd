"""The output root: one run at a time, and nothing that leads out of it.

Whatever stands in a root may have been put there by others, so links are refused by name and left alone.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ..errors import DiskFullError, LockedError, PlaceError, RunError, is_full
from ..frozen import dataclass
from ..sinks.files import sync
from ..sinks.warehouse import FILE, STAGING
from ..spec.urls import url_of

MANIFESTS: Final = ".manifests"
RUNNING: Final = ".running"
ATTEMPTS: Final = ".attempts"
SCRATCH: Final = "scratch"
"""In a staging folder what is needed only while parts are made."""
RUN_ID: Final = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-z]{4,32}")
_LOCK: Final = ".lock"
_HOLDER: Final = "holder"
PROGRESS: Final = "progress"
"""In the folder of staging what the run at work tells of itself."""
TOLD: Final = frozenset({PROGRESS, f".{PROGRESS}.draft"})
"""Files in which a run says how far it is."""
PASSING: Final = TOLD | {_HOLDER, f".{_HOLDER}.draft"}
"""Files of the run at work in that folder, which a run that died leaves there."""
_FOLDERS: Final = (STAGING, MANIFESTS, RUNNING, ATTEMPTS, "Tables", "Files")
_FILES: Final = (_LOCK, FILE, f"{FILE}.wal")


@dataclass(frozen=True, slots=True)
class Staged:
    """The staging folder of a run."""

    root: Path
    run_id: str

    @property
    def folder(self) -> Path:
        """All of it."""
        return self.root / STAGING / self.run_id

    @property
    def new(self) -> Path:
        """What is to be published, a folder a table."""
        return self.folder / "new"


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Holds the output root for one run; the operating system gives the lock back when a process dies.

    Raises LockedError, PlaceError where the root cannot be written to or holds links, and DiskFullError.
    """
    from ..locking import FileLock, Timeout

    make_root(root)
    for name in _FOLDERS:
        real_folder(root / name)
    for name in _FILES:
        plain_file(root / name)
    lock = FileLock(root / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(root, _held_by(root)) from None
    except (OSError, NotImplementedError) as error:
        raise unusable(root, error) from None
    holder = root / STAGING / _HOLDER
    try:
        try:
            holder.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise unusable(root, error) from None
        # Only the sentence of another run that finds the lock taken needs it.
        with suppress(OSError):
            write_whole(holder, str(os.getpid()))
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        with suppress(OSError):
            holder.parent.rmdir()
        lock.release()


def real_folder(path: Path) -> bool:
    """Whether there is a folder; raises PlaceError for anything else that has this name, links included."""
    mode = _mode(path)
    if mode is None:
        return False
    if not stat.S_ISDIR(mode):
        raise PlaceError(f"{path} {_what(mode)}, but must be a folder: move it away, or choose another `output_dir` or `schema`")
    return True


def within(root: Path, *names: str) -> Path:
    """A folder or file below the root; raises PlaceError where something on the way to it is not a folder itself."""
    path = root
    for name in names[:-1]:
        path = path / name
        real_folder(path)
    return path / names[-1]


def write_whole(path: Path, text: str) -> None:
    """Writes a small file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    try:
        # A link of this name must not be followed.
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    sync(path.parent)


def read_regular(path: Path, most: int) -> str | None:
    """The text of a regular file of at most `most` bytes; None for everything else, pipes and links among it."""
    mode = _mode(path)
    if mode is None or not stat.S_ISREG(mode) or path.stat().st_size > most:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def refuse_bytes(root: Path) -> None:
    """Raises PlaceError for an output root whose path is not text: the libraries that write and read there take nothing else.

    Also for a relative one where the working directory is gone, and for a URL that has been taken for a path.
    """
    url_of(root)
    try:
        whole = root.absolute()
    except FileNotFoundError:
        raise PlaceError(f"`output_dir`: {root} is relative to a working directory that no longer exists; change to another one") from None
    try:
        str(whole).encode()
    except UnicodeEncodeError:
        raise PlaceError(f"`output_dir`: {whole} has a name that is not valid UTF-8; choose another folder") from None


def make_root(root: Path) -> None:
    """Makes the folder where it is not there; raises PlaceError, DiskFullError or RunError where it cannot be made or written to."""
    try:
        root.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise unusable(root, error) from None
    # As a user sees it; a folder that cannot be written to may still be listed.
    if not os.access(root, os.W_OK | os.X_OK):
        raise PlaceError(f"`output_dir`: {root} cannot be written to: choose another one, or change its permissions")


def unusable(root: Path, error: Exception) -> PlaceError | RunError:
    """The sentence for an output root in which nothing can be made."""
    code = error.errno if isinstance(error, OSError) else None
    if isinstance(error, OSError) and is_full(error, root):
        return DiskFullError(root)
    if code == errno.ENAMETOOLONG:
        return PlaceError(
            f"`output_dir`: {str(root)[:60]}... has a name that is too long ({len(str(root)):,} characters); choose another folder"
        )
    if code is None:
        told = f"cannot be used: {error}"
    elif root.is_symlink() and not root.exists():
        told = "is a link that leads nowhere"
    elif code == errno.EEXIST:
        told = "is a file, not a folder"
    elif code == errno.ENOTDIR:
        told = "lies below a file, not a folder"
    elif code in (errno.EACCES, errno.EPERM):
        told = "cannot be written to"
    elif code == errno.EROFS:
        told = "is on a disk that can only be read"
    elif code == errno.ELOOP:
        told = "is a link that leads to itself"
    elif code == errno.ENOENT:
        told = "cannot be made there"
    else:
        told = f"cannot be used: {getattr(error, 'strerror', None) or error}"
    return PlaceError(f"`output_dir`: {root} {told}; choose another folder")


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PlaceError(f"{path} cannot be looked at: {error.strerror}") from None


def plain_file(path: Path) -> None:
    """Raises PlaceError where something else than a file has this name, links included."""
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        raise PlaceError(f"{path} {_what(mode)}, but must be a file: move it away, or choose another `output_dir`")


def _what(mode: int) -> str:
    kinds = {stat.S_IFLNK: "is a link", stat.S_IFDIR: "is a folder", stat.S_IFREG: "is a file", stat.S_IFIFO: "is a pipe"}
    return kinds.get(stat.S_IFMT(mode), "is a device or socket")


def _held_by(root: Path) -> str:
    text = (read_regular(root / STAGING / _HOLDER, 32) or "").strip()
    return text if text.isascii() and text.isdigit() else ""
