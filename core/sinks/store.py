"""A root on an object store, as delta-rs reaches it: files and commits go one way, with the settings that its environment names.

Credentials are read by delta-rs alone (AWS_*, AZURE_*, GOOGLE_*); what it says of an error is cleaned of all that may be one.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any, Final

import pyarrow as pa

from ..errors import RunError, sentence
from .lakehouse import Form, replace_files
from .rows import rows_table, table_rows

WRITTEN_BY: Final = "synthetic-data run "
"""What the metadata of a commit begins with, and a run's id follows."""
PART: Final = "part-"
"""What the names of a run's files begin with, and its id follows."""
_PIECE: Final = 8 << 20
"""Bytes of a file that are sent at a time."""
_RETRIES: Final[dict[str, str]] = {"max_retries": "5", "retry_timeout": "60s"}
"""So that a store that is not there is told within a minute."""
_SECRET: Final = re.compile(r"key|secret|token|password|credential|sas|signature", re.IGNORECASE)
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_MESSAGE: Final = re.compile(r"<Code>([^<]*)</Code>\s*<Message>([^<]*)</Message>")
_SIGNED: Final = re.compile(r"(\w+://[^\s?]*)\?\S*")


@dataclass(frozen=True, slots=True)
class Look:
    """A Delta table as it stands."""

    own: bool
    """Whether a run has written to it."""
    why: str = ""
    """Why it cannot be replaced, after `<table> `; empty where it can."""


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


class Upload:
    """A file that is being written, in pieces that are sent as they fill; it appears when it is completed."""

    def __init__(self, stream: Any, where: str) -> None:
        self._stream, self._where = stream, where
        self.bytes = 0
        self.closed = False
        self.file = pa.PythonFile(self, mode="w")

    def write(self, data: Any) -> int:
        """Takes bytes; raises RunError."""
        raw = bytes(data)
        with in_words(self._where):
            self._stream.write(raw)
        self.bytes += len(raw)
        return len(raw)

    def flush(self) -> None:
        """Pieces are sent when they are full."""

    def close(self) -> None:
        """What Arrow calls at the end; whether the file shall be there is said by `complete`."""
        self.closed = True

    def complete(self) -> None:
        """Sends the last piece, and makes the file appear. Raises RunError."""
        with in_words(self._where):
            self._stream.close()


class Store:
    """A root on an object store."""

    session: Any = None
    """Spark is not needed."""

    def __init__(self, url: str) -> None:
        self.url = url

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
        """The content of a small file; None where there is none. Raises RunError."""
        with in_words(self.at(path)):
            try:
                return bytes(self._files.open_input_file(path).read()).decode(errors="replace")
            except FileNotFoundError:
                return None

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
            return Look(by_run or _is_own(table), "takes only further rows" if only_adds else "")

    def commit(self, path: str, parts: Sequence[Part], schema: pa.Schema, form: Form, run_id: str) -> Sequence[Part]:
        """Makes a table hold the given files, and nothing else, in one commit; the same run again does nothing.

        Gives the files. Raises RunError, also where others have made a table there meanwhile, or commit at the same time.
        """
        actions = [_added(part, path, form) for part in parts]
        table = self._table(path)
        with in_words(self.at(path)):
            if table is not None and table.transaction_version(run_id) is not None:
                return parts
            if table is not None and not _is_own(table):
                raise RunError(f"{self.at(path)} has been written to by others since")
            replace_files(table, self.at(path), actions, schema, form, _properties(run_id), _RETRIES)
        return parts

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
                    table.restore(table.version() - 1)
                    return
                files.delete_dir(path)
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

        with in_words(self.at(path)):
            write_deltalake(
                self.at(path),
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
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        with in_words(self.at(path)):
            try:
                return DeltaTable(self.at(path), storage_options=_RETRIES)
            except TableNotFoundError:
                return None


def _added(part: Part, table: str, form: Form) -> Any:
    """Delta's add action of a file of the table at a path."""
    from deltalake.transaction import AddAction

    values = dict(zip(form.partitions, part.values, strict=True))
    return AddAction(part.path.removeprefix(f"{table}/"), part.bytes, values, int(time() * 1000), True, part.statistics)


def _is_own(table: Any) -> bool:
    return any(str(commit.get("userMetadata", "")).startswith(WRITTEN_BY) for commit in table.history())


def _properties(app: str, run_id: str = "") -> Any:
    from deltalake import CommitProperties, Transaction

    told = {"userMetadata": f"{WRITTEN_BY}{run_id or app}"}
    return CommitProperties(custom_metadata=told, app_transactions=[Transaction(app, 0)] if app else None)


@contextmanager
def in_words(where: str) -> Iterator[None]:
    """Errors come out as RunError, in one sentence without secrets."""
    try:
        yield
    except (RunError, FileNotFoundError, KeyboardInterrupt, SystemExit, GeneratorExit) as error:
        if isinstance(error, FileNotFoundError):
            raise RunError(f"{where} cannot be used: {said(error)}") from None
        raise
    except BaseException as error:
        # A panic of Rust is not an Exception.
        told = said(error)
        raise RunError(f"{where} cannot be used: {told}" if told else sentence(error, where)) from None


def said(error: BaseException) -> str:
    """What an error of delta-rs says in its many lines: the store's own words, else the cause that stands last; no secrets."""
    text = _COLOUR.sub("", str(error))
    code = _MESSAGE.search(text)
    lines = [line.strip(" ↳\t") for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("<")]
    if code is not None:
        return without_secrets(f"{code[1]}: {code[2]}")
    if not lines:
        return ""
    return without_secrets(lines[0] if len(lines) == 1 else f"{lines[0]} ({lines[-1]})")


def without_secrets(text: str, environ: Mapping[str, str] | None = None) -> str:
    """A text without the signatures of URLs, and without any secret that the environment holds."""
    found = os.environ if environ is None else environ
    text = _SIGNED.sub(r"\1", text)
    for name, value in found.items():
        if len(value) > 5 and _SECRET.search(name):
            text = text.replace(value, "***").replace(json.dumps(value)[1:-1], "***")
    return text
