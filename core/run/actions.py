"""What each kind of step of a publication does, and how it is undone; both may be done again without harm."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ..errors import ForeignError, RunError
from ..sinks.files import sync
from .claims import Replaced, without
from .day_files import coming_of, gone_with, prune, put_days, take_days_back
from .journal import DaysStep, DeltaStep, File, FolderStep, ManifestStep, WarehouseStep
from .manifest import Manifest, read_manifest
from .place import file_folders
from .publication import NEW, OLD, Place, refuse_incomplete
from .root import MANIFESTS, real_folder, within, write_whole
from .targets import refuse_foreign, refuse_foreign_delta, refuse_foreign_relations

_UNDONE: Final = "undone"


def _complete(folder: Path, files: tuple[File, ...]) -> None:
    """Raises RunError where a file is not as it was staged."""
    for file in files:
        refuse_incomplete(within(folder, *file.name.split("/")), file.bytes)


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
        if place.staged.name not in file.name.rpartition("/")[2]:
            raise RunError(f"{file.name} is not a file of run {place.staged.name}")


def _holds_only(folder: Path, files: tuple[File, ...]) -> bool:
    """Whether nothing but some files, in folders of their partitions, is in a folder."""
    mine = {file.name for file in files}
    above = {"/".join(steps[:number]) for name in mine for steps in [name.split("/")] for number in range(1, len(steps))}
    pending = [folder]
    while pending:
        for path in pending.pop().iterdir():
            name = path.relative_to(folder).as_posix()
            if name in above and path.is_dir() and not path.is_symlink():
                pending.append(path)
            elif name not in mine:
                return False
    return True


def _delta(place: Place, step: DeltaStep) -> None:
    """Files move into a Delta table's folder, where nobody sees them before the commit."""
    import pyarrow.parquet as pq

    from ..sinks.lakehouse import Added, Form, change_table, replace_table

    source, target = place.staged / NEW / step.table, place.target("Tables", step.table)
    _of_this_run(place, step)
    if real_folder(target) and real_folder(target / "_delta_log"):
        refuse_foreign_delta(place.root, target, place.known, _columns(source, target, step.files[0]), place.staged.name)
    target.mkdir(parents=True, exist_ok=True)
    for file in step.files:
        there = within(target, *file.name.split("/"))
        if (source / file.name).exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            (source / file.name).replace(there)
    _complete(target, step.files)
    for parent in {target, *((target / file.name).parent for file in step.files)}:
        sync(parent)
    schema = pq.read_schema(target / step.files[0].name)
    files = [Added(target / file.name, file.statistics, file.values) for file in step.files]
    form = Form(step.partitions, step.properties, step.bounds)
    if step.how == "replace" or step.before is None:
        replace_table(target, files, schema, place.staged.name, form)
    else:
        change_table(target, files, step.gone, schema, place.staged.name, form)


def _columns(source: Path, target: Path, file: File) -> list[str]:
    """Of a table of which a file comes, or has come; none where it is broken, as `_complete` will tell."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    staged = within(source, *file.name.split("/"))
    try:
        return pq.read_schema(staged if staged.exists() else within(target, *file.name.split("/"))).names
    except (OSError, pa.ArrowException):
        return []


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
        there = within(target, *file.name.split("/"))
        there.unlink(missing_ok=True)
        if there.parent != target:
            prune(target, there.parent)
    with suppress(OSError):
        target.rmdir()


def _warehouse(place: Place, step: WarehouseStep) -> None:
    """Staged parquet files become tables of the DuckDB file."""
    import pyarrow.parquet as pq

    from ..sinks.warehouse import Load, awaiting, load_tables, relations, writing

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
        waiting = awaiting(connection, schema, {load.table: pq.read_schema(load.files[0]).names for load in tables if load.files})
        refuse_foreign_relations(found, place.root, schema, names, place.known, place.staged.name, waiting)
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
    top = "/".join(file_folders(schema))
    folders = {f"{top}/{step.table}" for step in place.journal.steps if isinstance(step, FolderStep)}
    paths = {f"{top}/{path}" for step in place.journal.steps if isinstance(step, DaysStep) for path in (*gone_with(step), *coming_of(step))}
    if found is not None and without(found, Replaced(frozenset(folders), frozenset(paths))).tables:
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


DO: Final[dict[str, Callable[[Place, Any], None]]] = {
    "folder": _folder,
    "delta": _delta,
    "warehouse": _warehouse,
    "manifest": _manifest,
    "days": put_days,
}
UNDO: Final[dict[str, Callable[[Place, Any], None]]] = {
    "folder": _folder_back,
    "delta": _delta_back,
    "warehouse": _warehouse_back,
    "manifest": _manifest_back,
    "days": take_days_back,
}
