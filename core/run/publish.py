"""Staging and publishing: files appear whole or not at all.

A run writes into `<root>/.staging/<run id>`. When everything is there, a journal of steps is written: the point of no
return. Each action of a step may be done again without harm, so a publication that was cut is finished by the next run;
one that fails is undone. The journal is the first thing to be removed afterwards. A staging folder without a journal is
removed, and whatever no run of ours can have left in `.staging` is set aside.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from ..errors import RunError, SyntheticDataError, sentence
from ..sinks.files import sync
from .journal import MOST, DeltaStep, File, FolderStep, Journal, ManifestStep, WarehouseStep
from .manifest import Claims, Manifest, claims, read_manifest, without
from .root import MANIFESTS, STAGING, locked, read_regular, real_folder, within, write_whole
from .targets import refuse_foreign, refuse_foreign_delta, refuse_foreign_relations

__all__ = ["JOURNAL", "STAGING", "is_cut", "locked", "publish", "recover", "write_whole"]

JOURNAL: Final = "publish.json"
NEW: Final = "new"
OLD: Final = "old"
_UNDONE: Final = "undone"
_BROKEN: Final = "broken-"
_RUN: Final = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-z]{4,32}")


def publish(root: Path, staged: Path, journal: Journal) -> None:
    """Makes a run visible: the journal first, then each step; the staging folder last.

    Raises RunError where a step fails; the sentence tells whether what was there before is there again.
    """
    write_whole(staged / JOURNAL, journal.model_dump_json())
    _finish(_Place(root, staged, journal))


def is_cut(root: Path) -> bool:
    """Whether a publication waits to be finished, so that some tables may be older than others."""
    staging = root / STAGING
    return not staging.is_symlink() and any(_has_journal(staged) for staged in _ours(staging))


def recover(root: Path) -> list[str]:
    """Finishes publications that were cut and removes what never got so far; tells what was done, a sentence each.

    The caller holds the lock. A publication that cannot be finished is undone, and told.
    """
    done = []
    staging = root / STAGING
    ours = set(_ours(staging))
    for staged in sorted(staging.iterdir()) if real_folder(staging) else []:
        name = staged.name
        if name.startswith(_BROKEN) or (name in ("holder", ".holder.draft") and not staged.is_dir()):
            continue
        if staged not in ours:
            done.append(f"{_set_aside(staged)}: it was not left in {staging} by a run")
        elif not _has_journal(staged):
            shutil.rmtree(staged, ignore_errors=True)
            done.append(f"removed the unfinished output of run {name}")
        else:
            done.append(_again(root, staged))
    return done


def _again(root: Path, staged: Path) -> str:
    try:
        journal = Journal.model_validate_json(read_regular(staged / JOURNAL, MOST) or "")
    except ValidationError:
        return f"{_set_aside(staged)}: its {JOURNAL} is not a journal of a run"
    strange = _strange(staged)
    if strange is not None:
        return f"{_set_aside(staged)}: {strange.relative_to(staged)} in it is neither a folder nor a file, so no run has left that there"
    try:
        _finish(_Place(root, staged, journal))
    except SyntheticDataError as error:
        return f"run {staged.name} had been cut, and cannot be published: {error}"
    return f"finished publishing run {staged.name}, which had been interrupted"


def _strange(folder: Path) -> Path | None:
    """Something below a staging folder that no run puts there: a link, a pipe, a device."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                found = _strange(Path(entry.path))
                if found is not None:
                    return found
            elif not entry.is_file(follow_symlinks=False):
                return Path(entry.path)
    return None


def _ours(staging: Path) -> list[Path]:
    found = sorted(staging.iterdir()) if staging.is_dir() else []
    return [staged for staged in found if _RUN.fullmatch(staged.name) and staged.is_dir() and not staged.is_symlink()]


def _has_journal(staged: Path) -> bool:
    return (staged / JOURNAL).is_symlink() or (staged / JOURNAL).exists()


def _set_aside(staged: Path) -> str:
    """Renames a staging folder so that no run looks at it again."""
    place = staged.with_name(f"{_BROKEN}{staged.name}")
    number = 1
    while place.is_symlink() or place.exists():
        number += 1
        place = staged.with_name(f"{_BROKEN}{staged.name}-{number}")
    staged.rename(place)
    sync(place.parent)
    return f"{staged.name} was set aside as {place}"


@dataclass(frozen=True)
class _Place:
    """Where a publication stands."""

    root: Path
    staged: Path
    journal: Journal

    @cached_property
    def known(self) -> Claims:
        """What runs are known to have written before this one."""
        return claims(self.root)

    def target(self, top: str, table: str) -> Path:
        schema = self.journal.schema_name
        return within(self.root, top, schema, table) if schema else within(self.root, top, table)


def _finish(place: _Place) -> None:
    done: list[str] = []
    try:
        for step in place.journal.steps:
            _DO[step.kind](place, step)
            done.append(step.kind)
    except BaseException as error:
        told = _undo(place, ["the warehouse, which holds the new tables"] if "warehouse" in done else [])
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            raise
        raise RunError(f"{sentence(error, place.root)}; {told}") from None
    _discard(place.staged)


def _discard(staged: Path) -> None:
    # Without its journal the folder is rubbish, however much of it is left.
    (staged / JOURNAL).unlink()
    sync(staged)
    shutil.rmtree(staged, ignore_errors=True)


def _undo(place: _Place, left: list[str]) -> str:
    """Puts back what was there before, the last step first; tells how that went, and what was `left` as it is."""
    for step in reversed(place.journal.steps):
        try:
            _UNDO[step.kind](place, step)
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:
            left.append(f"{getattr(step, 'table', step.kind)} ({sentence(error, place.root)})")
    if not left:
        _discard(place.staged)
        return "nothing of this run was published"
    try:
        kept = _set_aside(place.staged)
    except OSError:
        kept = f"it lies in {place.staged}"
    return f"not everything could be put back: {', '.join(left)}; {kept}"


def _complete(folder: Path, files: tuple[File, ...]) -> None:
    """Raises RunError where a file is not as it was staged."""
    for file in files:
        path = folder / file.name
        if path.is_symlink() or not path.is_file():
            raise RunError(f"{path} is gone, although it had been written")
        if (size := path.stat().st_size) != file.bytes:
            raise RunError(f"{path} has {size:,} bytes, although {file.bytes:,} had been written")


def _folder(place: _Place, step: FolderStep) -> None:
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
        sync(target.parent)
    _complete(target, step.files)


def _join(place: _Place, step: FolderStep, target: Path) -> None:
    """Files come into a folder, those that go leave it: one after another, so that a cut one goes on where it was."""
    source, old = place.staged / NEW / step.table, place.staged / OLD / step.table
    real_folder(target)
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


def _part(place: _Place, step: FolderStep, target: Path) -> None:
    """Undoes `_join`."""
    source, old = place.staged / NEW / step.table, place.staged / OLD / step.table
    for file in step.files:
        if not (source / file.name).exists():
            (target / file.name).unlink(missing_ok=True)
    for name in step.gone:
        if (old / name).exists():
            (old / name).replace(target / name)
    with suppress(OSError):
        target.rmdir()


def _folder_back(place: _Place, step: FolderStep) -> None:
    source, old = place.staged / NEW / step.table, place.staged / OLD / step.table
    target = place.target("Files", step.table)
    if step.how != "replace":
        _part(place, step, target)
        return
    if not source.exists() and real_folder(target) and (old.exists() or _holds_only(target, step.files)):
        target.rename(source)
    if old.exists():
        old.rename(target)
        sync(target.parent)


def _holds_only(folder: Path, files: tuple[File, ...]) -> bool:
    return {path.name for path in folder.iterdir()} <= {file.name for file in files}


def _delta(place: _Place, step: DeltaStep) -> None:
    """Files move into a Delta table's folder, where nobody sees them before the commit."""
    import pyarrow.parquet as pq

    from ..sinks.lakehouse import change_table, replace_table

    source, target = place.staged / NEW / step.table, place.target("Tables", step.table)
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


def _delta_back(place: _Place, step: DeltaStep) -> None:
    from ..sinks.lakehouse import take_back

    target = place.target("Tables", step.table)
    if not real_folder(target):
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


def _warehouse(place: _Place, step: WarehouseStep) -> None:
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


def _warehouse_back(place: _Place, step: WarehouseStep) -> None:
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


def _manifest(place: _Place, step: ManifestStep) -> None:
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


def _refuse_removal(place: _Place, path: Path) -> None:
    """Raises RunError where a manifest would go, although a table of it stays."""
    found = _ours_or_nothing(path)
    schema = place.journal.schema_name
    replaced = {"/".join(["Files", *([schema] if schema else []), step.table]) for step in place.journal.steps if step.kind == "folder"}
    if found is not None and without(found, replaced).tables:
        raise RunError(f"{path} names tables that stay, so it cannot be removed")


def _manifest_back(place: _Place, step: ManifestStep) -> None:
    new, old = _manifest_files(place.staged, step.name)
    target = within(place.root, MANIFESTS, step.name)
    if old.is_file():
        old.replace(target)
    elif step.sha256 is not None and not new.exists():
        target.unlink(missing_ok=True)


_DO: Final[dict[str, Callable[[_Place, Any], None]]] = {
    "folder": _folder,
    "delta": _delta,
    "warehouse": _warehouse,
    "manifest": _manifest,
}
_UNDO: Final[dict[str, Callable[[_Place, Any], None]]] = {
    "folder": _folder_back,
    "delta": _delta_back,
    "warehouse": _warehouse_back,
    "manifest": _manifest_back,
}
