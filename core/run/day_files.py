"""The files of days: how they take their places, and leave them again."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

from ..errors import ForeignError
from ..sinks.files import sync
from .journal import DaysStep, DayTable
from .ledger import Entry, Ledger, WrittenFile
from .publication import NEW, OLD, Place, refuse_incomplete
from .root import real_folder, within


def put_days(place: Place, step: DaysStep) -> None:
    """Files of days take their places one by one, each whole, and the ledger notes them all at once, last."""
    folder, staged = _days_folder(place), place.staged / NEW
    known = _days_known(place, step)
    for table in step.tables:
        _move_whole(folder, staged, table)
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
            refuse_incomplete(target, file.bytes)
        for path in table.gone:
            if path in known and (folder / path).exists():
                _keep(place, folder, path)
                (folder / path).unlink()
    for parent in {folder / file.path.rpartition("/")[0] for table in step.tables for file in table.files}:
        sync(parent)
    entries = [
        Entry(
            date.fromisoformat(table.day),
            table.table,
            place.staged.name,
            table.rows,
            table.digest,
            tuple(WrittenFile(file.path, file.bytes, file.sha256) for file in table.files),
        )
        for table in step.tables
    ]
    if step.place:
        Ledger(place.root).note(step.place, entries)


def _move_whole(folder: Path, staged: Path, table: DayTable) -> None:
    """Files that fill a folder of their own come all at once, so that nobody reads some of them."""
    leaves = {file.path.rpartition("/")[0] for file in table.files}
    if len(table.files) == 1 or len(leaves) > 1 or "" in leaves:
        return
    (leaf,) = leaves
    source, target = staged / leaf, within(folder, *leaf.split("/"))
    names = {file.path.rpartition("/")[2] for file in table.files}
    if source.is_dir() and not target.is_symlink() and not target.exists() and {path.name for path in source.iterdir()} == names:
        for file in table.files:
            refuse_incomplete(staged / file.path, file.bytes)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)


def _days_folder(place: Place) -> Path:
    names = ["Files", *([place.journal.schema_name] if place.journal.schema_name else [])]
    folder = within(place.root, *names)
    real_folder(folder)
    return folder


def _days_known(place: Place, step: DaysStep) -> set[str]:
    """Paths that the ledger names for the days of a step."""
    days = [date.fromisoformat(table.day) for table in step.tables]
    found = Ledger(place.root).entries(step.place, min(days), max(days)) if days and step.place else []
    return {file.path for entry in found for file in entry.files}


def _keep(place: Place, folder: Path, path: str) -> None:
    """Keeps a copy of what is replaced, so that it can be put back."""
    old = place.staged / OLD / path
    if not old.exists():
        old.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(folder / path, old)
        except OSError:
            # Not every disk has hard links.
            shutil.copyfile(folder / path, old)


def take_days_back(place: Place, step: DaysStep) -> None:
    """Undoes `put_days`: what was replaced stands again."""
    folder, staged = _days_folder(place), place.staged / NEW
    for table in step.tables:
        for file in table.files:
            source, target, old = staged / file.path, folder / file.path, place.staged / OLD / file.path
            if not source.exists() and not target.is_symlink() and target.is_file() and target.stat().st_size == file.bytes:
                source.parent.mkdir(parents=True, exist_ok=True)
                target.replace(source)
                place.kept.append(source)
            if old.exists():
                old.replace(target)
        for path in table.gone:
            if (place.staged / OLD / path).exists():
                (place.staged / OLD / path).replace(folder / path)
