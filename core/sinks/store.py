"""A root on an object store, as delta-rs reaches it: files and commits go one way, with the settings that its environment names.

Credentials are read by delta-rs alone (AWS_*, AZURE_*, GOOGLE_*); what it says of an error is cleaned of all that may be one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import time
from typing import Any, Final
from urllib.parse import unquote

import pyarrow as pa

from ..errors import RunError
from ..frozen import dataclass
from ..program import folders
from ..program.tasks import PartFile
from .delta_change import change_files
from .delta_log import LOG
from .lakehouse import Form, delta_schema, replace_files
from .rows import rows_table, table_rows
from .streams import Download, Upload, in_words

WRITTEN_BY: Final = "synthetic-data run "
"""What the metadata of a commit begins with, and a run's id follows."""
PART: Final = "part-"
"""What the names of a run's files begin with, and its id follows."""
NEWEST: Final = 50
"""Commits of a table among which the one of the last run that ended is looked for: each run that did not has one, or two."""
_UPKEEP: Final = ("OPTIMIZE", "VACUUM START", "VACUUM END", "SET TBLPROPERTIES")
"""Operations of others that change no row of a table."""
_LARGEST: Final = 256 << 20
"""Bytes of a file that is read as a text."""
_PIECE: Final = 8 << 20
"""Bytes of a file that are sent at a time."""
_RETRIES: Final[dict[str, str]] = {"max_retries": "5", "retry_timeout": "60s"}
"""So that a store that is not there is told within a minute."""


@dataclass(frozen=True, slots=True)
class Look:
    """A Delta table as it stands."""

    own: bool
    """Whether a run has written to it."""
    why: str = ""
    """Why it cannot be replaced, after `<table> `; empty where it can."""
    version: int = -1
    """-1: whoever looks does not tell."""
    empty: bool = False
    """Of one that no run has written to: whether it has no rows, so that nothing is lost when rows take its place."""
    columns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """A file that a commit adds."""

    path: str
    """Below the root."""
    bytes: int
    statistics: str
    """JSON."""
    rows: int
    values: tuple[str | None, ...] = ()
    """Of the partition columns."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a table that took in rows."""

    files: tuple[Part, ...]
    """Those that came."""
    gone: tuple[str, ...]
    """Paths of those that went, below the root."""
    went: int
    """Rows that others took the place of."""


class Store:
    """A root on an object store."""

    session: Any = None
    """Spark is not needed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._known: dict[str, Any] = {}

    def upload(self, path: str) -> Upload:
        """A new file; raises RunError."""
        with in_words(self.at(path)):
            return Upload(self._files.open_output_stream(path, None), self.at(path))

    def send(self, source: Path, path: str, step: Callable[[], None]) -> None:
        """Copies a file of this machine; `step` is called before each piece, and may raise. Raises RunError and OSError."""
        with source.open("rb") as file:
            upload = self.upload(path)
            while piece := file.read(_PIECE):
                step()
                upload.write(piece)
            upload.complete()

    def remove(self, path: str) -> None:
        """Takes a file away. Raises RunError."""
        with in_words(self.at(path)):
            self._files.delete_file(path)

    def put(self, path: str, text: str) -> None:
        """Writes a small file, whole. Raises RunError."""
        upload = self.upload(path)
        upload.write(text.encode())
        upload.complete()

    def text(self, path: str) -> str | None:
        """The content of a small file; None where there is none. Raises RunError, also for one that no run has written so large."""
        with in_words(self.at(path)):
            try:
                file = self._files.open_input_file(path)
            except FileNotFoundError:
                return None
            if file.size() > _LARGEST:
                raise RunError(f"{self.at(path)} has {file.size():,} bytes, more than such a file of a run can have")
            return bytes(file.read()).decode(errors="replace")

    def read(self, path: str) -> pa.PythonFile:
        """A file, to be read here and there. Raises RunError."""
        with in_words(self.at(path)):
            return pa.PythonFile(Download(self._files.open_input_file(path), self.at(path)), mode="r")

    def files(self, path: str) -> list[str]:
        """The paths of the files in a folder, and not below others in it; none where it is not there. Raises RunError."""
        with in_words(self.at(path)):
            return sorted(found.path for found in self._files.get_file_info_selector(path, True, False) if found.is_file)

    def at(self, path: str) -> str:
        """The URL of something below the root."""
        return f"{self.url}/{path}"

    def look(self, path: str, run_id: str = "") -> Look | None:
        """A Delta table; None where there is none. `run_id` is of a run that is known to have been here. Raises RunError."""
        table = self._table(path)
        if table is None:
            return None
        with in_words(self.at(path)):
            about = table.metadata()
            by_run = bool(run_id) and table.transaction_version(run_id) is not None
            only_adds = about.configuration.get("delta.appendOnly", "").lower() == "true"
            own, why = by_run or _is_own(table), "takes only further rows" if only_adds else ""
            names = frozenset(field.name for field in table.schema().fields)
            return Look(own, why, table.version(), not own and _is_empty(table), names)

    def commit(self, path: str, parts: Sequence[Part], schema: pa.Schema, form: Form, run_id: str) -> Sequence[Part]:
        """Makes a table hold the given files, and nothing else, in one commit; the same run again does nothing.

        Gives the files. Raises RunError, also where others have made a table there meanwhile, or commit at the same time.
        """
        actions = [_added(part, path, form) for part in parts]
        table = self._table(path)
        with in_words(self.at(path)):
            if table is not None and table.transaction_version(run_id) is not None:
                return parts
            if table is not None and not _is_own(table) and not _is_empty(table):
                raise RunError(f"{self.at(path)} has been written to by others since")
            replace_files(table, self.at(path), actions, schema, form, _properties(run_id), _RETRIES)
        return parts

    def change(
        self, path: str, parts: Sequence[Part], gone: Sequence[str], schema: pa.Schema, form: Form, run_id: str, version: int
    ) -> None:
        """Adds files to a table, and takes others out of it by their paths in it, in one commit that follows a version of it.

        The same run again does nothing. Raises RunError, also where others have written since.
        """
        from deltalake import Schema

        actions = [_added(part, path, form) for part in parts]
        table, wanted = self._table(path), Schema.from_arrow(delta_schema(schema))
        with in_words(self.at(path)):
            if table is not None and table.transaction_version(run_id) is not None:
                return
            if table is None or table.version() != version:
                raise RunError(f"{self.at(path)} has been written to by others since")
            if wanted.to_json() != table.schema().to_json() or table.metadata().partition_columns != list(form.partitions):
                raise RunError(f"{self.at(path)} has other columns or partitions: its rows can be replaced, but none can be added")
            told = {"userMetadata": f"{WRITTEN_BY}{run_id}"}
            change_files(table, actions, tuple(gone), wanted, form.partitions, run_id, told, partial(self._create, path))

    def _create(self, path: str, name: str, text: str) -> None:
        # Nothing but commits of the library itself is made only where there is none: two that come at the very same moment are not told.
        log = f"{path}/{LOG}/{name}"
        if self.text(log) is not None:
            raise RunError(f"{self.at(path)} has been written to by others since")
        self.put(log, text)

    def standing(self, path: str, version: int | None = None) -> list[PartFile]:
        """The files of a table as its log has them, with paths below its folder.

        Raises RunError, also for files elsewhere, and where others have written since a version.
        """
        table = self._table(path)
        if table is None:
            raise RunError(f"{self.at(path)} is not there")
        if version is not None and table.version() != version:
            raise RunError(f"{self.at(path)} has been written to by others since")
        with in_words(self.at(path)):
            columns = table.metadata().partition_columns
            # Its own arrays: those of Arrow would bring pandas.
            found = table.get_add_actions()
            told = zip(*(found.column(name).to_pylist() for name in ("path", "num_records", "size_bytes")), strict=True)
            out = []
            for name, rows, size in told:
                steps = unquote(name).split("/")
                if not all(map(folders.is_folder, steps[:-1])) or steps[-1] in ("", ".", ".."):
                    raise RunError(f"{self.at(path)} names {name}, which is no file in it")
                out.append(PartFile("/".join(steps), rows or 0, size, "", folders.values("/".join(steps), columns)))
            return out

    def refuse_overtaken(self, path: str, run_id: str) -> None:
        """Raises RunError where a table is not as a run left it."""
        table = self._table(path)
        with in_words(self.at(path)):
            if table is None or writer_of(table.history(1)) != run_id:
                raise RunError(f"{self.at(path)} has been written to by others since")

    def reset(self, path: str, run_id: str) -> bool:
        """Puts a table back to what a run left, where runs that never came to their end have written since; tells whether there was one.

        Raises RunError where others have written since.
        """
        table = self._table(path)
        with in_words(self.at(path)):
            # Mostly the newest commit is the one.
            limits = (1, NEWEST) if table is not None else ()
            found = left_by((commit for limit in limits for commit in table.history(limit)[limit // NEWEST :]), run_id)
            if found is None:
                raise RunError(f"{self.at(path)} has been written to by others since")
            version, dead = found
            if dead:
                table.restore(version, commit_properties=_properties("", run_id))
            return dead

    def undo(self, path: str, run_id: str) -> None:
        """Takes back what a run wrote to a table: its commit, which a further one undoes where there was a table before, or its files.

        Raises RunError where others have written since.
        """
        table = self._table(path)
        with in_words(self.at(path)):
            files = self._files
            if table is not None and table.transaction_version(run_id) is not None:
                if table.history(1)[0].get("userMetadata") != f"{WRITTEN_BY}{run_id}":
                    raise RunError(f"{self.at(path)} has been written to by others since")
                if table.version():
                    # Upkeep by others may stand between.
                    before = next((writer for commit in table.history(NEWEST)[1:] if (writer := writer_of([commit]))), "")
                    table.restore(table.version() - 1, commit_properties=_properties("", before) if before else None)
                    return
                files.delete_dir(path)
                del self._known[path]
            # With all folders of partitions, where there is anything.
            for found in files.get_file_info_selector(path, True, True):
                if f"/{PART}{run_id}" in found.path:
                    files.delete_file(found.path)

    def rows(self, path: str, schema: pa.Schema) -> list[dict[str, Any]]:
        """All rows of a small table; none where there is no table. Raises RunError."""
        table = self._table(path)
        if table is None:
            return []
        with in_words(self.at(path)):
            return table_rows(table.to_pyarrow_table(columns=schema.names).cast(schema))

    def write_rows(self, path: str, rows: Sequence[Mapping[str, Any]], schema: pa.Schema, run_id: str, add: bool) -> None:
        """Adds rows to a small table, or replaces its rows, in one commit. Raises RunError."""
        from deltalake import write_deltalake

        table = self._table(path)
        with in_words(self.at(path)):
            write_deltalake(
                table if table is not None else self.at(path),
                rows_table(rows, schema),
                mode="append" if add else "overwrite",
                commit_properties=_properties("" if add else run_id, run_id),
                storage_options=_RETRIES,
            )

    @property
    def _files(self) -> Any:
        from deltalake.fs import DeltaStorageHandler

        # Its streams as they are: those that Arrow gets of it refuse Arrow's own buffers.
        return DeltaStorageHandler(self.url, options=_RETRIES)._handler

    def _table(self, path: str) -> Any:
        """A table as it stands, of which each commit is read once; None where there is none."""
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        with in_words(self.at(path)):
            found = self._known.pop(path, None)
            try:
                if found is None:
                    found = DeltaTable(self.at(path), storage_options=_RETRIES)
                else:
                    found.update_incremental()
            except TableNotFoundError:
                return None
            self._known[path] = found
            return found


def _added(part: Part, table: str, form: Form) -> Any:
    """Delta's add action of a file of the table at a path."""
    from deltalake.transaction import AddAction

    values = dict(zip(form.partitions, part.values, strict=True))
    return AddAction(part.path.removeprefix(f"{table}/"), part.bytes, values, int(time() * 1000), True, part.statistics)


def _is_empty(table: Any) -> bool:
    """Whether a table has no files: it was declared, and nobody has written to it."""
    return not len(table.get_add_actions())


def _is_own(table: Any) -> bool:
    # Mostly the newest commit tells, and each is a request.
    return any(writer_of([commit]) for limit in (1, None) for commit in table.history(limit))


def left_by(commits: Iterable[Mapping[str, Any]], run_id: str) -> tuple[int, bool] | None:
    """The version in which a run left a table, and whether runs that never came to their end have written since.

    `commits` are those of the table, the newest first. None where others have written, or the run's is not among them.
    """
    dead = False
    for commit in commits:
        writer = writer_of([commit])
        if writer == run_id:
            return int(commit["version"]), dead
        if not writer and commit.get("operation") not in _UPKEEP:
            return None
        dead = dead or bool(writer)
    return None


def writer_of(commits: Sequence[Mapping[str, Any]]) -> str:
    """The id of the run that made the first of some commits; empty where none did."""
    told = str(commits[0].get("userMetadata") or "") if commits else ""
    return told.removeprefix(WRITTEN_BY) if told.startswith(WRITTEN_BY) else ""


def _properties(app: str, run_id: str = "") -> Any:
    from deltalake import CommitProperties, Transaction

    told = {"userMetadata": f"{WRITTEN_BY}{run_id or app}"}
    return CommitProperties(custom_metadata=told, app_transactions=[Transaction(app, 0)] if app else None)
