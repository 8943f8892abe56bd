"""Delta tables as delta-rs opens them: through plain addresses, and each commit read once.

delta-rs takes folders for URLs: it fails on, or answers in, escapes where a name has `[`, `%`, spaces or letters beyond
ASCII. A commit needs the folder `_delta_log` alone, so such tables are opened through a plain folder that links to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Final

from ..errors import RunError, sentence
from .files import is_plain, plain_place

if TYPE_CHECKING:
    from deltalake import DeltaTable

LOG: Final = "_delta_log"
_Entry = tuple[str, int, int, int]
"""Name, inode, size and time of a file."""
_MOST: Final = 16
"""Tables that are remembered: more than a run has, with its log."""
_KNOWN: Final[dict[str, tuple[frozenset[_Entry], DeltaTable]]] = {}
"""Address -> the log as it was, and the table."""
_LOCK: Final = Lock()


@contextmanager
def address_of(folder: Path) -> Iterator[str]:
    """What delta-rs may be given for a table's folder, which has a `_delta_log`; errors come out as RunError."""
    folder = folder.resolve()
    try:
        if is_plain(folder):
            yield str(folder)
            return
        with TemporaryDirectory(prefix="synthetic-data-", dir=plain_place()) as alias:
            (Path(alias) / LOG).symlink_to(folder / LOG, target_is_directory=True)
            yield alias
    except (RunError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # A panic of Rust is not an Exception.
        raise RunError(sentence(error, f"the Delta table {folder}")) from None


@contextmanager
def opened(folder: Path) -> Iterator[DeltaTable]:
    """The table in a folder as it stands: of what was read before, only newer commits are read; errors come out as RunError."""
    from deltalake import DeltaTable

    with address_of(folder) as address:
        if address != str(folder.resolve()):
            # What is opened through a link lasts no longer than that.
            yield DeltaTable(address)
            return
        log = _log(folder)
        table = _read(address, log)
        yield table
        # Only now may somebody else have it: reading on changes it.
        with _LOCK:
            _KNOWN[address] = log, table
            while len(_KNOWN) > _MOST:
                del _KNOWN[next(iter(_KNOWN))]


def _read(address: str, log: frozenset[_Entry]) -> DeltaTable:
    """The table at an address; what is known of it holds as long as nothing of its log is gone or has changed."""
    from deltalake import DeltaTable

    with _LOCK:
        before = _KNOWN.pop(address, None)
    if before is None or not before[0] <= log:
        return DeltaTable(address)
    if before[0] != log:
        before[1].update_incremental()
    return before[1]


def _log(folder: Path) -> frozenset[_Entry]:
    """The entries of a table's log; none where there is no log. Raises RunError where it holds links or pipes, which delta-rs
    would follow or wait for."""
    log = folder / LOG
    if not log.is_dir():
        return frozenset()
    found = []
    with os.scandir(log) as entries:
        for entry in entries:
            if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False):
                raise RunError(f"the Delta table {folder} has {entry.name} in its log, which is not a plain file")
            told = entry.stat(follow_symlinks=False)
            found.append((entry.name, told.st_ino, told.st_size, told.st_mtime_ns))
    return frozenset(found)


def is_table(folder: Path) -> bool:
    """Whether a folder has commits; raises RunError as `_log` does."""
    return any(name.endswith((".json", ".parquet")) for name, *_ in _log(folder))
