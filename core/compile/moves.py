"""Files that take their places together: all of them, or none as far as a file system allows.

New content is written into a draft beside, and a journal says what is to come of it. Whoever is interrupted after that leaves a journal,
which the next one finishes; whoever is interrupted before leaves a draft, which the next one throws away; and what fails is undone. Nothing
in the draft is called `.platform`, so that no tool takes it for an item.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from ..errors import DiskFullError, InputError, LockedError, PlaceError, RunError, brief, is_full
from ..frozen import dataclass
from ..run.root import plain_file, real_folder, unusable, within, write_whole
from ..sinks.files import sync

if sys.platform != "win32":
    import fcntl

DRAFT: Final = ".compiling"
_JOURNAL: Final = "journal.json"
_LARGEST: Final = 64_000_000
"""Bytes of a file that is looked at; larger ones are none of ours."""
_OTHERS: Final = "of another size"
_PATIENCE: Final = 10.0
"""Seconds that one waits for another who publishes into the same folder."""


@dataclass(frozen=True, slots=True)
class Move:
    """What comes of one file: the digests of what is to be there and of what was, None where there is nothing."""

    path: str
    after: str | None
    before: str | None


def check_path(path: str) -> None:
    """Raises InputError for a relative path that leads out of a folder, or that some file system does not have."""
    names = path.split("/")
    if path != path.strip() or any(_is_odd(name) for name in names):
        raise InputError(f"`{brief(path)}` cannot be a file of a workspace: it is no plain relative path")


def digest_of(content: bytes) -> str:
    """The SHA-256 of a text, whose lines may have got the ends that Windows gives them."""
    return sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def digest_at(root: Path, path: str) -> str | None:
    """The digest of a file, None where there is none; raises PlaceError where links or folders are in its place."""
    place = within(root, *path.split("/"))
    plain_file(place)
    try:
        with open(place, "rb") as file:
            return digest_of(file.read()) if os.fstat(file.fileno()).st_size <= _LARGEST else _OTHERS
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PlaceError(f"{place} cannot be read: {error.strerror}") from None


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Holds a folder for one publication, and leaves no file behind that says so; raises LockedError after ten seconds."""
    if sys.platform == "win32":
        from ..locking import FileLock, Timeout

        lock = FileLock(root / f"{DRAFT}.lock", timeout=_PATIENCE)
        try:
            with lock:
                yield
        except Timeout:
            raise LockedError(root, "") from None
        finally:
            # Windows removes no file that another process has open.
            with suppress(OSError):
                (root / f"{DRAFT}.lock").unlink(missing_ok=True)
    else:
        handle = os.open(root, os.O_RDONLY)
        try:
            end = time.monotonic() + _PATIENCE
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() > end:
                        raise LockedError(root, "") from None
                    time.sleep(0.02)
                    continue
                except OSError:
                    # Some network file systems lock no folders; then it is as safe as without.
                    pass
                break
            yield
        finally:
            os.close(handle)


def finish(root: Path) -> None:
    """Finishes what an earlier publication began, or throws its draft away; raises as `move_all` does."""
    if not real_folder(root / DRAFT):
        return
    moves = _journal_of(root)
    try:
        for place, move in enumerate(moves):
            if digest_at(root, move.path) != move.before:
                # It has been moved, or somebody edited it since: the next look will tell.
                continue
            if move.after is None:
                within(root, *move.path.split("/")).unlink(missing_ok=True)
            elif digest_at(root, f"{DRAFT}/{place}.new") == move.after:
                target = within(root, *move.path.split("/"))
                target.parent.mkdir(parents=True, exist_ok=True)
                (root / DRAFT / f"{place}.new").replace(target)
        _discard(root / DRAFT)
    except OSError as error:
        raise _told(root, error) from None
    _clear(root, moves)


def move_all(root: Path, moves: Sequence[tuple[Move, bytes]]) -> None:
    """Makes all moves, each with its new content (none for those that remove), in their order; or none of them.

    Raises PlaceError, DiskFullError or RunError where a file cannot be written; then everything is as it was.
    """
    draft = root / DRAFT
    done: list[tuple[Path, Path, Path]] = []
    made: list[Path] = []
    try:
        draft.mkdir()
        for place, (move, content) in enumerate(moves):
            if move.after is not None:
                _write(draft / f"{place}.new", content)
        write_whole(draft / _JOURNAL, json.dumps([[move.path, move.after, move.before] for move, _ in moves]))
        for place, (move, _) in enumerate(moves):
            target = within(root, *move.path.split("/"))
            old, new = draft / f"{place}.old", draft / f"{place}.new"
            if move.before is not None:
                _keep(target, old)
            _make_folders(target.parent, made)
            done.append((target, old, new))
            if move.after is None:
                target.unlink()
            else:
                new.replace(target)
        for folder in {target.parent for target, _, _ in done}:
            sync(folder)
    except BaseException as error:
        _undo(draft, done, made)
        if isinstance(error, OSError):
            raise _told(root, error) from None
        raise
    with suppress(OSError):
        _discard(draft)
    _clear(root, [move for move, _ in moves])


def _is_odd(name: str) -> bool:
    return not name.isprintable() or bool(set(name) & set('<>:"|?*\\')) or name[-1:] in ("", " ", ".") or len(name.encode()) > 255


def _journal_of(root: Path) -> list[Move]:
    """What the journal of an earlier publication says; nothing where it is none of ours."""
    if digest_at(root, f"{DRAFT}/{_JOURNAL}") is None:
        return []
    try:
        moves = [Move(path, after, before) for path, after, before in json.loads((root / DRAFT / _JOURNAL).read_bytes())]
        for move in moves:
            check_path(move.path)
            if move.path.startswith(f"{DRAFT}/"):
                return []
    except (ValueError, TypeError, AttributeError, RecursionError, InputError):
        return []
    return moves


def _write(path: Path, content: bytes) -> None:
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _keep(target: Path, old: Path) -> None:
    """A second name for what is there, so that its place is never empty."""
    try:
        os.link(target, old)
    except OSError:
        # Not every file system has them.
        shutil.copy2(target, old)


def _make_folders(folder: Path, made: list[Path]) -> None:
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir()
        made.append(one)


def _undo(draft: Path, done: list[tuple[Path, Path, Path]], made: list[Path]) -> None:
    """Puts everything back; where that fails or is interrupted, the draft is whole, and the next publication finishes it."""
    with suppress(OSError):
        for target, old, new in reversed(done):
            if target.exists() and not new.exists():
                _keep(target, new)
            if old.exists():
                old.replace(target)
            else:
                target.unlink(missing_ok=True)
        for folder in reversed(made):
            folder.rmdir()
        _discard(draft)


def _discard(draft: Path) -> None:
    (draft / _JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(draft)


def _clear(root: Path, moves: Sequence[Move]) -> None:
    """Removes folders that have nothing in them any more."""
    for move in moves:
        for folder in () if move.after is not None else (root / move.path).parents:
            try:
                if folder == root:
                    break
                folder.rmdir()
            except OSError:
                break


def _told(root: Path, error: OSError) -> PlaceError | DiskFullError | RunError:
    if is_full(error, root):
        return DiskFullError(root)
    where = error.filename2 or error.filename
    if where is None or Path(where) == root / DRAFT:
        return unusable(root, error)
    return PlaceError(f"{where} cannot be written ({error.strerror}): change its permissions, or choose another `output_dir`")
