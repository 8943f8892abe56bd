"""A compiled workspace as a value, and its publication into a folder.

`compiled.json` holds the digest of each file that was written, and so tells files that somebody edited. Compilations of several datasets
share a folder: whatever belongs to none of the items at hand stays, and what others put there is not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final

from ..errors import EditedError, InputError, brief
from ..frozen import dataclass
from ..run.root import make_root, read_regular, refuse_bytes
from .deployment import CONFIG, PARAMETERS
from .items import PLATFORM, Item
from .moves import DRAFT, Move, alone, check_path, digest_at, digest_of, finish, move_all

COMPILED: Final = "compiled.json"
_RECORD: Final = 16_000_000
"""Bytes of the record of what was compiled."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The files of a workspace by their paths, relative to its folder.

    Raises InputError for paths that lead out of it, that no file system has, or that one has for the same.
    """

    files: Mapping[str, bytes]
    settings: frozenset[str] = field(default=frozenset({CONFIG, PARAMETERS}))
    """Files that are written for users to edit: once they have, theirs stay."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(self.files)))
        known: dict[str, str] = {}
        for path in self.files:
            check_path(path)
            # Windows and macOS do not tell letters by their case.
            if (other := known.setdefault(path.casefold(), path)) != path:
                raise InputError(f"`{brief(other)}` and `{brief(path)}` would be one file where case does not count: rename one of them")
        reserved = {name.casefold() for name in (COMPILED, DRAFT)}
        for path in self.files:
            folders = [folder.as_posix().casefold() for folder in PurePosixPath(path).parents][:-1]
            if (taken := next((known[name] for name in folders if name in known), None)) is not None:
                raise InputError(f"`{brief(taken)}` cannot be a file, as `{brief(path)}` lies below it")
            if path.split("/")[0].casefold() in reserved:
                raise InputError(f"`{brief(path)}` cannot be a file of a workspace: the name is kept for what was compiled")

    @property
    def items(self) -> tuple[str, ...]:
        """The folders of its items."""
        return tuple(path.rpartition("/")[0] for path in self.files if path.endswith(f"/{PLATFORM}"))


@dataclass(frozen=True, slots=True)
class Published:
    """What came of each file, by its path."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    """Settings that a user edited, which stay as they are."""


def workspace_of(items: Iterable[Item], files: Mapping[str, bytes] = {}) -> Workspace:
    """The workspace of some items, with files that belong to none of them; raises InputError for two items of one type and name."""
    found: dict[str, bytes] = {}
    taken: set[tuple[str, str]] = set()
    for item in items:
        key = (item.type, item.name.casefold())
        if key in taken:
            raise InputError(f"there are two items of the type {item.type} that are called `{brief(item.name)}`: rename one of them")
        taken.add(key)
        found |= item.files()
    return Workspace(found | dict(files))


def compiled_in(folder: Path) -> tuple[str, ...]:
    """The files that earlier compilations wrote into a folder, as its record says."""
    return tuple(_record_of(folder))


def publish(workspace: Workspace, folder: Path, force: bool = False) -> Published:
    """Writes a workspace into a folder, all of it or nothing; files that are there already are not touched.

    With `force`, files are overwritten that somebody edited since they were compiled, or that no compilation wrote. Raises EditedError for
    them without it, PlaceError for folders that cannot be used and for links, LockedError, DiskFullError and RunError.
    """
    refuse_bytes(folder)
    make_root(folder)
    with alone(folder):
        finish(folder)
        return _publish(workspace, folder, force)


def _publish(workspace: Workspace, root: Path, force: bool) -> Published:
    record = _record_of(root)
    moves: list[tuple[Move, bytes]] = []
    unchanged, kept, edited = [], [], []
    for path, content in workspace.files.items():
        there, new = digest_at(root, path), digest_of(content)
        if there == new:
            unchanged.append(path)
        elif there is None or there == record.get(path) or force:
            moves.append((Move(path, new, there), content))
        elif path in workspace.settings:
            kept.append(path)
        else:
            edited.append(path)
    stale = _stale(workspace, record)
    removed = []
    for path in stale:
        there = digest_at(root, path)
        if there is not None and there != record[path] and not force:
            edited.append(path)
        elif there is not None:
            removed.append(path)
            moves.append((Move(path, None, there), b""))
    if edited:
        raise EditedError(root, sorted(edited))
    written = [move.path for move, _ in moves if move.after is not None]
    files = {path: digest for path, digest in record.items() if path not in stale}
    files |= {path: digest_of(content) for path, content in workspace.files.items()}
    text = (json.dumps({"format": 1, "files": dict(sorted(files.items()))}, indent=2) + "\n").encode()
    there = digest_at(root, COMPILED)
    if there != digest_of(text):
        moves.append((Move(COMPILED, digest_of(text), there), text))
    if moves:
        move_all(root, moves)
    return Published(tuple(written), tuple(unchanged), tuple(removed), tuple(kept))


def _record_of(root: Path) -> dict[str, str]:
    """The digests of what earlier compilations wrote; nothing where the record is none of ours."""
    try:
        found = json.loads(read_regular(root / COMPILED, _RECORD) or "")["files"]
        for path, digest in found.items():
            check_path(path)
            if not isinstance(digest, str):
                return {}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError):
        return {}
    return dict(found)


def _stale(workspace: Workspace, record: Mapping[str, str]) -> list[str]:
    """What earlier compilations wrote into items at hand, wherever these lay, and is not in them now."""
    names = {path.rpartition("/")[2] for path in workspace.items}
    return [path for path in record if path not in workspace.files and any(place.name in names for place in PurePosixPath(path).parents)]
