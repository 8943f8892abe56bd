"""Deleting what a run wrote: the files that its manifest names, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from .. import format as shown
from ..errors import InputError, RunError, brief, sentence
from ..frozen import dataclass
from ..sinks.delta_log import LOG, opened
from ..sinks.warehouse import ENOUGH, FILE, connect, quoted, relations, writing
from ..spec.urls import OTHER_READERS, local_root
from .history import days_of_runs
from .manifest import Manifest, Noted, TableEntry, manifests, standing
from .place import file_folders, table_place
from .publish import recover, write_whole
from .root import RUN_ID, locked, real_folder, within
from .schemas import SCHEMAS

_SUFFIXES: Final = (".parquet", ".csv", ".csv.gz", ".csv.zst")
"""Of files that runs write."""


@dataclass(frozen=True, slots=True)
class Doomed:
    """What deleting a run would take away."""

    run_id: str
    tables: tuple[str, ...]
    storage: str
    """delta, parquet, csv or warehouse."""
    files: int
    """Of Delta tables with the log and the files of older versions; of tables of the warehouse none."""
    bytes: int
    kept: tuple[str, ...] = ()
    """Tables that a newer run has written since, which stay."""
    changed: tuple[str, ...] = ()
    """Tables that others have changed since, which stay."""

    @property
    def size(self) -> str:
        """How much it is, in words."""
        if self.storage == "warehouse":
            return "of the warehouse"
        whole = ", with the log and older versions" if self.storage == "delta" else ""
        return f"{shown.many(self.files, 'file')}, {shown.bytes_(self.bytes)}{whole}"


@dataclass(frozen=True, slots=True)
class _Found:
    noted: Noted
    mine: tuple[TableEntry, ...]
    kept: tuple[str, ...]
    changed: tuple[str, ...]
    others: frozenset[str]
    """Files that other manifests name."""

    def doomed(self, root: Path) -> Doomed:
        """What would go."""
        if self.noted.storage == "delta":
            sizes = [file.stat().st_size for table in self.mine for file in _of_delta(root, self.noted, table)]
        elif self.noted.storage == "warehouse":
            # Its manifest tells the files from which the tables were loaded.
            sizes = []
        else:
            sizes = [file.stat().st_size for file in self.files(root)]
        names = tuple(table.name for table in self.mine)
        return Doomed(self.noted.run_id, names, self.noted.storage, len(sizes), sum(sizes), self.kept, self.changed)

    def files(self, root: Path) -> list[Path]:
        """The files of a run that wrote files, but for those that another manifest names."""
        return [file for table in self.mine for file, _ in _of_files(root, self.noted, table, self.others)]


def doomed(root: Path, run_id: str) -> Doomed:
    """What `delete` of a run would take away. Raises InputError where nothing of it stands, and PlaceError for links and object stores."""
    root = local_root(root, "deleting a run reads", OTHER_READERS)
    with _told(root):
        return _find(root, run_id).doomed(root)


def delete(root: Path, run_id: str) -> Doomed:
    """Takes away the tables that a run wrote and that are still its own, with their files; tells what went.

    Its row in the log stays, and so does whatever a newer run has written since or others have changed, and every file that no
    manifest names. Raises InputError where nothing of the run stands, LockedError while a run is at work, PlaceError for links and
    object stores, RunError.
    """
    root = local_root(root, "deleting a run reads", OTHER_READERS)
    with _told(root):
        _find(root, run_id)
        with locked(root):
            recover(root)
            found = _find(root, run_id)
            noted, gone = found.noted, found.doomed(root)
            if noted.storage == "warehouse":
                _drop(root, found)
            elif noted.storage == "delta":
                for table in found.mine:
                    _delta(root, noted, table)
            else:
                _files(root, found.files(root))
            # The manifest goes last: if this is cut, what is left is still known to be ours.
            _manifest(found)
            return gone


@contextmanager
def _told(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"what the run wrote cannot be looked at: {sentence(error, root)}") from None


def _find(root: Path, run_id: str) -> _Found:
    every = manifests(root)
    noted = next((noted for noted in every if noted.run_id == run_id), None)
    if noted is None and (entries := days_of_runs(root).get(run_id)):
        first, last = min(entry.day for entry in entries), max(entry.day for entry in entries)
        days = f"{first} to {last}" if first != last else f"{first}"
        raise InputError(f"run {run_id} wrote days of a series ({days}), which later days build on: delete the folder instead")
    if noted is None:
        raise InputError(f"nothing that run {run_id} wrote stands under {root}: there is nothing to delete")
    if noted.value.by_day:
        raise InputError(f"run {run_id} loaded days of a series into its tables, which later days build on: delete the folder instead")
    for name in (noted.schema, *noted.tables):
        # Anybody may have written a manifest.
        if set(name) & set("/\\\0") or name in (".", "..") or (name in SCHEMAS and noted.schema in ("", "config")):
            raise InputError(
                f"the manifest of run {run_id} names a table or schema `{brief(name)}` that no run writes: nothing was deleted"
            )
    there = standing(every)
    wanted = [table for table in noted.value.tables if there.get((noted.place, table.name)) is noted]
    kept = tuple(table.name for table in noted.value.tables if table not in wanted)
    others = frozenset(
        path
        for other in every
        if other is not noted
        for path in (*other.value.earlier, *(file.path for table in other.value.tables for file in table.files))
        if path
    )
    changed = _changed(root, noted, wanted, others)
    mine = tuple(table for table in wanted if table.name not in changed)
    if not mine:
        told = "others have changed" if changed else "newer runs have replaced"
        raise InputError(f"{told} all that run {run_id} wrote under {root}: there is nothing to delete")
    return _Found(noted, mine, kept, changed, others)


def _of_files(root: Path, noted: Noted, table: TableEntry, others: frozenset[str]) -> list[tuple[Path, int]]:
    """The files of a table that are there and that no other manifest names, with the bytes that the run left in each."""
    above = "/".join(file_folders(noted.schema)) + "/"
    out = []
    for entry in (entry for entry in table.files if entry.path and entry.path not in others):
        # Anybody may have written a manifest.
        file = within(root, *entry.path.split("/"))
        if entry.path.startswith(above) and entry.path.endswith(_SUFFIXES) and file.is_file() and not file.is_symlink():
            out.append((file, entry.bytes))
    return out


def _changed(root: Path, noted: Noted, tables: list[TableEntry], others: frozenset[str]) -> tuple[str, ...]:
    """Those tables that are not any more what the run left."""
    if noted.storage == "delta":
        return tuple(table.name for table in tables if not _is_as_left(_delta_folder(root, noted, table), table))
    if noted.storage != "warehouse":
        lengths = {table.name: _of_files(root, noted, table, others) for table in tables}
        return tuple(name for name, files in lengths.items() if any(file.stat().st_size != size for file, size in files))
    if not within(root, FILE).is_file():
        return ()
    out = []
    # Only looked at, and by whoever asks what would go, without the lock.
    with closing(connect(root, ENOUGH, read_only=True)) as connection:
        known = relations(connection, noted.schema)
        for table in tables:
            there = known.get(table.name.lower())
            if there is None:
                continue
            name = f"{quoted(noted.schema or 'main')}.{quoted(table.name)}"
            if (
                there.is_view
                or there.run_id != noted.run_id
                or connection.sql(f"SELECT count(*) FROM {name}").fetchall() != [(table.rows,)]
            ):
                out.append(table.name)
    return tuple(out)


def _is_as_left(folder: Path, table: TableEntry) -> bool:
    """Whether a Delta table holds the files that the run left in it, and no others; or is gone."""
    if not real_folder(folder) or not (folder / LOG).is_dir():
        return True
    with opened(folder) as found:
        # Their names carry ids, and partitions before them may be written in several ways.
        names = {uri.rpartition("/")[2] for uri in found.file_uris()}
    return names == {file.path.rpartition("/")[2] for file in table.files if file.path}


def _files(root: Path, files: list[Path]) -> None:
    folders: set[Path] = set()
    for file in files:
        file.unlink()
        folders.update(parent for parent in file.parents if parent.is_relative_to(root) and parent != root)
    _tidy(folders)


def _tidy(folders: set[Path]) -> None:
    """Removes the folders in which nothing is left, the deepest first."""
    for folder in sorted(folders, key=lambda one: -len(one.parts)):
        if folder.name not in ("Files", "Tables"):
            with suppress(OSError):
                folder.rmdir()


def _delta_folder(root: Path, noted: Noted, table: TableEntry) -> Path:
    return within(root, *table_place("lakehouse", noted.schema, table.name))


def _of_delta(root: Path, noted: Noted, table: TableEntry) -> list[Path]:
    """A table with its log and its older versions, whose files carry the ids of the runs that wrote them; other files stay."""
    folder = _delta_folder(root, noted, table)
    if not real_folder(folder):
        return []
    named = {file.path for file in table.files}
    files = [file for file in _walk(folder) if file.relative_to(root).as_posix() in named or _is_of_run(file, folder)]
    # Without its log it is no table any more, whatever is left of it.
    files.sort(key=lambda file: file.relative_to(folder).parts[0] != LOG)
    return files


def _delta(root: Path, noted: Noted, table: TableEntry) -> None:
    folder, files = _delta_folder(root, noted, table), _of_delta(root, noted, table)
    for file in files:
        file.unlink(missing_ok=True)
    _tidy({parent for file in files for parent in file.parents if parent.is_relative_to(folder)} | {folder, folder.parent})


def _is_of_run(file: Path, folder: Path) -> bool:
    if file.relative_to(folder).parts[0] == LOG:
        return True
    found = RUN_ID.search(file.name)
    return file.name.startswith("part-") and file.suffix == ".parquet" and found is not None


def _walk(folder: Path) -> Iterator[Path]:
    """All plain files below a folder; links are neither followed nor told."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.is_file():
            yield path


def _drop(root: Path, found: _Found) -> None:
    noted = found.noted
    if not within(root, FILE).is_file():
        return
    with writing(root, ENOUGH) as connection:
        known = relations(connection, noted.schema)
        for table in found.mine:
            there = known.get(table.name.lower())
            if there is not None and not there.is_view and there.run_id == noted.run_id:
                connection.execute(f"DROP TABLE {quoted(noted.schema or 'main')}.{quoted(table.name)}")


def _manifest(found: _Found) -> None:
    noted, value = found.noted, found.noted.value
    left: Manifest = replace(value, tables=tuple(table for table in value.tables if table.name in found.changed))
    if left.tables or left.earlier:
        # What stays is still known to be ours.
        write_whole(noted.path, left.text())
    else:
        noted.path.unlink(missing_ok=True)
