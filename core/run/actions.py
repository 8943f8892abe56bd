"""What each kind of step of a publication does, and how it is undone; both may be done again without harm."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ..errors import ForeignError, RunError
from ..sinks.files import sync
from .claims import Claims, claims, without
from .journal import DaysStep, DayTable, DeltaStep, File, FolderStep, Journal, ManifestStep, WarehouseStep
from .ledger import Entry, Ledger, WrittenFile
from .manifest import Manifest, read_manifest
from .root import MANIFESTS, real_folder, within, write_whole
from .targets import refuse_foreign, refuse_foreign_delta, refuse_foreign_relations

NEW: Final = "new"
OLD: Final = "old"
_UNDONE: Final = "undone"


@dataclass(frozen=True)
class Place:
    """Where a publication stands."""

    root: Path
    staged: Path
    journal: Journal
    moved: set[str] = field(default_factory=set)
    """Tables whose folders this process has put into their places."""
    kept: list[Path] = field(default_factory=list)
    """Folders that were taken back, though this process had not put them there: they may be anybody's."""

    @cached_property
    def known(self) -> Claims:
        """What runs are known to have written before this one."""
        return claims(self.root)

    def target(self, top: str, table: str) -> Path:
        schema = self.journal.schema_name
        return within(self.root, top, schema, table) if schema else within(self.root, top, table)


def _complete(folder: Path, files: tuple[File, ...]) -> None:
    """Raises RunError where a file is not as it was staged."""
    for file in files:
        _complete_file(folder / file.name, file.bytes)


def _folder(place: Place, step: FolderStep) -> None:
    """A folder of files takes the place of another."""
    source, old = place.staged / NEW / step.table, place.staged / OLD / step.table
    target = place.target("Files", step.table)
    if step.how != "replace":
        _join(place, step, target)
    elif source.is_dir():
        _complete(source, step.files)
        if not _holds_only(source, step.files):
            raise RunError(f"{source} holds files that its run did not write")
        if real_folder(target):
            refuse_foreign(place.root, target, place.known)
            old.parent.mkdir(exist_ok=True)
            target.rename(old)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
        place.moved.add(step.table)
        sync(target.parent)
    _complete(target, step.files)


def _join(place: Place, step: FolderStep, target: Path) -> None:
    """Files come into a folder, those that go leave it: one after another, so that a cut one goes on where it was."""
    source, old = place.staged / NEW / step.table, place.staged / OLD / step.table
    _of_this_run(place, step)
    if real_folder(target):
        for name in step.gone:
            path = target / name
            if path.exists() and path.relative_to(place.root).as_posix() not in place.known.paths:
                raise ForeignError(path, "is not known to be written by a run, and would be removed")
    target.mkdir(parents=True, exist_ok=True)
    old.mkdir(parents=True, exist_ok=True)
    for file in step.files:
        if not (target / file.name).exists():
            _complete(source, (file,))
    for name in step.gone:
        if (target / name).exists():
            (target / name).replace(old / name)
    for file in step.files:
        if (source / file.name).exists():
            (source / file.name).replace(target / file.name)
    sync(target)


def _part(place: Place, step: FolderStep, target: Path) -> None:
    """Undoes `_join`."""
    _of_this_run(place, step)
    source, old = place.staged / NEW / step.table, place.staged / OLD / step.table
    for file in step.files:
        if not (source / file.name).exists():
            (target / file.name).unlink(missing_ok=True)
    for name in step.gone:
        if (old / name).exists():
            (old / name).replace(target / name)
    with suppress(OSError):
        target.rmdir()


def _folder_back(place: Place, step: FolderStep) -> None:
    source, old = place.staged / NEW / step.table, place.staged / OLD / step.table
    target = place.target("Files", step.table)
    if step.how != "replace":
        _part(place, step, target)
        return
    if not source.exists() and real_folder(target) and (old.exists() or _holds_only(target, step.files)):
        source.parent.mkdir(parents=True, exist_ok=True)
        target.rename(source)
        if step.table not in place.moved:
            place.kept.append(source)
    if old.exists():
        old.rename(target)
        sync(target.parent)


def _of_this_run(place: Place, step: FolderStep | DeltaStep) -> None:
    """Raises RunError for files that do not carry the name of the run: among those of others, only its own are put or taken away."""
    for file in step.files:
        if place.staged.name not in file.name:
            raise RunError(f"{file.name} is not a file of run {place.staged.name}")


def _holds_only(folder: Path, files: tuple[File, ...]) -> bool:
    return {path.name for path in folder.iterdir()} <= {file.name for file in files}


def _delta(place: Place, step: DeltaStep) -> None:
    """Files move into a Delta table's folder, where nobody sees them before the commit."""
    import pyarrow.parquet as pq

    from ..sinks.lakehouse import change_table, replace_table

    source, target = place.staged / NEW / step.table, place.target("Tables", step.table)
    _of_this_run(place, step)
    if real_folder(target) and real_folder(target / "_delta_log"):
        refuse_foreign_delta(place.root, target, place.known, place.staged.name)
    target.mkdir(parents=True, exist_ok=True)
    for file in step.files:
        if (source / file.name).exists():
            (source / file.name).replace(target / file.name)
    _complete(target, step.files)
    sync(target)
    schema = pq.read_schema(target / step.files[0].name)
    statistics = {file.name: file.statistics for file in step.files}
    files = [target / file.name for file in step.files]
    if step.how == "replace" or step.before is None:
        replace_table(target, files, schema, place.staged.name, statistics)
    else:
        change_table(target, files, step.gone, schema, place.staged.name, statistics)


def _delta_back(place: Place, step: DeltaStep) -> None:
    from ..sinks.lakehouse import is_of_others, take_back

    _of_this_run(place, step)
    target = place.target("Tables", step.table)
    if not real_folder(target) or (
        real_folder(target / "_delta_log") and step.before is None and is_of_others(target, {place.staged.name})
    ):
        return
    if step.before is None:
        log = target / "_delta_log"
        if real_folder(log):
            (place.staged / _UNDONE).mkdir(exist_ok=True)
            log.rename(place.staged / _UNDONE / step.table)
    elif take_back(target, place.staged.name, step.before):
        # The version that was taken back still names its files.
        return
    for file in step.files:
        (target / file.name).unlink(missing_ok=True)
    with suppress(OSError):
        target.rmdir()


def _warehouse(place: Place, step: WarehouseStep) -> None:
    """Staged parquet files become tables of the DuckDB file."""
    from ..sinks.warehouse import Load, load_tables, relations, writing

    for loaded in step.tables:
        _complete(place.staged / NEW / loaded.table, loaded.files)
    spill = place.staged / "spill" if step.spill else None
    tables = [
        Load(loaded.table, tuple(place.staged / NEW / loaded.table / file.name for file in loaded.files), loaded.how, loaded.key)
        for loaded in step.tables
    ]
    schema = place.journal.schema_name
    with writing(place.root, step.memory, spill) as connection:
        found, names = relations(connection, schema), [loaded.table for loaded in step.tables]
        refuse_foreign_relations(found, place.root, schema, names, place.known, place.staged.name)
        load_tables(connection, schema, tables, place.staged.name)


def _warehouse_back(place: Place, step: WarehouseStep) -> None:
    """One transaction: where it failed, there is nothing to put back."""


def stage_manifest(root: Path, staged: Path, name: str, text: str | None) -> ManifestStep:
    """Stages a manifest (None: that it is removed) beside a copy of what it replaces; a full disk is met here, not later."""
    new, old = _manifest_files(staged, name)
    before = within(root, MANIFESTS, name)
    before.parent.mkdir(exist_ok=True)
    if not before.is_symlink() and before.is_file():
        old.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(before, old)
    if text is None:
        return ManifestStep(name=name, sha256=None)
    write_whole(new, text)
    return ManifestStep(name=name, sha256=_sha256(new))


def _manifest_files(staged: Path, name: str) -> tuple[Path, Path]:
    """Where a manifest is staged, and the copy of the one that it replaces."""
    return staged / "manifests" / NEW / name, staged / "manifests" / OLD / name


def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _manifest(place: Place, step: ManifestStep) -> None:
    """The manifest says that the run is there: last."""
    new, _ = _manifest_files(place.staged, step.name)
    target = within(place.root, MANIFESTS, step.name)
    if not target.exists() and step.sha256 is None:
        return
    if step.sha256 is None:
        _refuse_removal(place, target)
        target.unlink()
        return
    if new.exists():
        _ours_or_nothing(target)
        target.parent.mkdir(exist_ok=True)
        new.replace(target)
        sync(target.parent)
    if target.is_symlink() or not target.is_file() or _sha256(target) != step.sha256:
        raise RunError(f"{target} is not as it had been written")


def _ours_or_nothing(path: Path) -> Manifest | None:
    """The manifest in a file; raises RunError where something else has this name."""
    if not path.is_symlink() and not path.exists():
        return None
    try:
        return read_manifest(path)
    except ValueError as error:
        raise RunError(f"{path} is not a manifest of a run ({error})") from None


def _refuse_removal(place: Place, path: Path) -> None:
    """Raises RunError where a manifest would go, although a table of it stays."""
    found = _ours_or_nothing(path)
    schema = place.journal.schema_name
    replaced = {
        "/".join(["Files", *([schema] if schema else []), step.table]) for step in place.journal.steps if isinstance(step, FolderStep)
    }
    if found is not None and without(found, replaced).tables:
        raise RunError(f"{path} names tables that stay, so it cannot be removed")


def _manifest_back(place: Place, step: ManifestStep) -> None:
    new, old = _manifest_files(place.staged, step.name)
    target = within(place.root, MANIFESTS, step.name)
    there = not target.is_symlink() and target.is_file()
    if there and (step.sha256 is None or new.exists() or _sha256(target) != step.sha256):
        # It was not written by this publication.
        return
    if old.is_file():
        old.replace(target)
    elif there:
        target.unlink()


def _days(place: Place, step: DaysStep) -> None:
    """Files of days take their places one by one, each whole, and the ledger notes them all at once, last."""
    folder, staged = _days_folder(place), place.staged / NEW
    known = _days_known(place, step)
    for table in step.tables:
        _move_whole(folder, staged, table)
        for file in table.files:
            source, target = staged / file.path, within(folder, *file.path.split("/"))
            if source.exists():
                _complete_file(source, file.bytes)
                if target.is_symlink() or target.exists():
                    if file.path not in known:
                        raise ForeignError(target, "is not known to be written by a series, and would be replaced")
                    _keep(place, folder, file.path)
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
            _complete_file(target, file.bytes)
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
            _complete_file(staged / file.path, file.bytes)
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


def _days_back(place: Place, step: DaysStep) -> None:
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


def _complete_file(path: Path, size: int) -> None:
    if path.is_symlink() or not path.is_file():
        raise RunError(f"{path} is gone, although it had been written")
    if (found := path.stat().st_size) != size:
        raise RunError(f"{path} has {found:,} bytes, although {size:,} had been written")


DO: Final[dict[str, Callable[[Place, Any], None]]] = {
    "folder": _folder,
    "delta": _delta,
    "warehouse": _warehouse,
    "manifest": _manifest,
    "days": _days,
}
UNDO: Final[dict[str, Callable[[Place, Any], None]]] = {
    "folder": _folder_back,
    "delta": _delta_back,
    "warehouse": _warehouse_back,
    "manifest": _manifest_back,
    "days": _days_back,
}
