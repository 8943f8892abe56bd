"""The files of days: how they take their places, and leave them again."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import get_args

from ..errors import ForeignError, RunError
from ..sinks.files import sync
from .journal import DayFile, DaysStep, DayTable
from .ledger import Entry, Ledger, SeriesMode, WrittenFile, made_of, place_name
from .place import file_folders
from .publication import NEW, OLD, Place, refuse_incomplete
from .root import real_folder, within

_LEAVES = "leaves"
"""Where folders are kept that were replaced whole."""


def put_days(place: Place, step: DaysStep) -> None:
    """Files of days take their places one by one, each whole, and the ledger notes them all at once, last."""
    folder, staged = _days_folder(place), place.staged / NEW
    if step.place not in ("", *(place_name(place.journal.schema_name, mode) for mode in get_args(SeriesMode))):
        raise RunError(f"`{step.place}` is not the series of this folder")
    known, coming = _days_known(place, step), coming_of(step)
    for table in step.tables:
        _move_whole(place, folder, table, known)
        for file in table.files:
            source, target = staged / file.path, within(folder, *file.path.split("/"))
            if source.exists():
                refuse_incomplete(source, file.bytes)
                if target.is_symlink() or target.exists():
                    if file.path not in known:
                        raise ForeignError(target, "is not known to be written by a series, and would be replaced")
                    _keep(place, folder, file.path)
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
                place.moved.add(file.path)
            elif file.path not in place.moved:
                _refuse_other(target, file)
            refuse_incomplete(target, file.bytes)
    for path in gone_with(step):
        target = within(folder, *path.split("/"))
        if path in known and path not in coming:
            if not target.is_symlink() and target.is_file():
                _keep(place, folder, path)
                target.unlink()
            # Also where a run died between the two.
            prune(folder, target.parent)
    _sync(folder, coming)
    told = json.loads(step.told)
    made = made_of(told)
    entries = [
        Entry(
            date.fromisoformat(table.day),
            table.table,
            place.staged.name,
            table.rows,
            table.digest,
            tuple(WrittenFile(file.path, file.bytes, file.sha256) for file in table.files),
            made,
        )
        for table in step.tables
    ]
    if step.place:
        dropped = [(date.fromisoformat(one.day), one.table) for one in step.dropped]
        Ledger(place.root).note(step.place, entries, told, dropped)


def prune(folder: Path, empty: Path) -> None:
    """Removes a folder and those above it, as far as nothing is left in them."""
    while empty != folder:
        try:
            empty.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return
        empty = empty.parent


def sha256_of(path: Path) -> str:
    """The digest of a file."""
    with open(path, "rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def _refuse_other(target: Path, file: DayFile) -> None:
    """Raises RunError where a file that another process should have put there is not the one that was staged."""
    refuse_incomplete(target, file.bytes)
    if sha256_of(target) != file.sha256:
        raise RunError(f"{target} is not as it had been written")


def gone_with(step: DaysStep) -> list[str]:
    """Paths of all files that go."""
    return [*(path for table in step.tables for path in table.gone), *(path for one in step.dropped for path in one.gone)]


def _move_whole(place: Place, folder: Path, table: DayTable, known: set[str]) -> None:
    """Several files that fill a folder of their own come all at once, so that nobody reads some of them."""
    leaves = {file.path.rpartition("/")[0] for file in table.files}
    if len(table.files) == 1 or len(leaves) > 1 or "" in leaves:
        return
    (leaf,) = leaves
    source, target = place.staged / NEW / leaf, within(folder, *leaf.split("/"))
    names = {file.path.rpartition("/")[2] for file in table.files}
    if not source.is_dir() or {path.name for path in source.iterdir()} != names:
        return
    for file in table.files:
        refuse_incomplete(place.staged / NEW / file.path, file.bytes)
    if real_folder(target):
        mine = {*table.gone, *(file.path for file in table.files)} & known
        if not {f"{leaf}/{path.name}" for path in target.iterdir()} <= mine:
            return
        old = place.staged / OLD / _LEAVES / leaf
        old.parent.mkdir(parents=True, exist_ok=True)
        target.rename(old)
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)
    place.moved.update(file.path for file in table.files)


def _sync(folder: Path, paths: set[str]) -> None:
    """Makes the entries of all folders on the way to files survive a power cut."""
    on_the_way = {folder, folder.parent}
    for path in paths:
        parent = (folder / path).parent
        while parent not in on_the_way:
            on_the_way.add(parent)
            parent = parent.parent
    for parent in on_the_way:
        sync(parent)


def _days_folder(place: Place) -> Path:
    folder = within(place.root, *file_folders(place.journal.schema_name))
    real_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _days_known(place: Place, step: DaysStep) -> set[str]:
    """Paths that the ledger names for the days of a step, and the manifests."""
    top = "/".join(file_folders(place.journal.schema_name)) + "/"
    claimed = {path.removeprefix(top) for path in place.known.paths if path.startswith(top)} if not step.place else set()
    days = [date.fromisoformat(day) for day in (*(table.day for table in step.tables), *(one.day for one in step.dropped))]
    found = Ledger(place.root).entries(step.place, min(days), max(days)) if days and step.place else []
    return claimed | {file.path for entry in found for file in entry.files}


def _keep(place: Place, folder: Path, path: str) -> None:
    """Keeps a copy of what is replaced, so that it can be put back."""
    old, there = place.staged / OLD / path, within(folder, *path.split("/"))
    if not old.exists():
        old.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(there, old, follow_symlinks=False)
        except OSError:
            # Not every disk has hard links.
            shutil.copyfile(there, old, follow_symlinks=False)


def take_days_back(place: Place, step: DaysStep) -> None:
    """Undoes `put_days`, as far as this process has done it: what was replaced stands again.

    What another process has put there before it died may be anybody's, and stays. Raises RunError where there is such a file.
    """
    folder, staged = _days_folder(place), place.staged / NEW
    left = ""
    for table in step.tables:
        for file in table.files:
            source, target = staged / file.path, within(folder, *file.path.split("/"))
            if file.path in place.moved:
                source.parent.mkdir(parents=True, exist_ok=True)
                target.replace(source)
            elif not source.exists() and target.exists():
                left = file.path
        for leaf in {file.path.rpartition("/")[0] for file in table.files if file.path in place.moved} - {""}:
            old, there = place.staged / OLD / _LEAVES / leaf, within(folder, *leaf.split("/"))
            if old.is_dir():
                if real_folder(there):
                    there.rmdir()
                old.rename(there)
    for path in (*(path for path in coming_of(step) if path in place.moved), *gone_with(step)):
        old, there = place.staged / OLD / path, within(folder, *path.split("/"))
        if not old.is_symlink() and old.is_file() and not there.exists() and not there.is_symlink():
            there.parent.mkdir(parents=True, exist_ok=True)
            old.rename(there)
    if left:
        raise RunError(f"{left} had been put there before, and stays")


def coming_of(step: DaysStep) -> set[str]:
    """Paths of all files that come."""
    return {file.path for table in step.tables for file in table.files}
