"""The local lakehouse's Delta tables: own parquet parts and one commit of add actions, with statistics from the footers."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote
from uuid import uuid4

import pyarrow as pa

from ..errors import RunError, first_line
from ..frozen import dataclass
from ..program.folders import is_folder
from .delta_change import change_files
from .delta_log import LOG, address_of, is_table, opened
from .files import is_plain, sync
from .rows import rows_table, table_rows
from .statistics import footer_statistics

_SETTINGS: Final = {"delta.checkpointInterval": "20", "delta.deletedFileRetentionDuration": "interval 0 seconds"}
"""Of a log: commits after which its state is written down, so that nobody reads all of them, and that it forgets files that went."""
_SQL: Final = {
    "long": "BIGINT",
    "integer": "INTEGER",
    "boolean": "BOOLEAN",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}
_TOGETHER: Final = 100
"""Commits of a log after which its small files are put together."""
_FULL: Final = 1 << 20
"""Bytes from which on a file of a log is left alone."""


def delta_schema(schema: pa.Schema) -> pa.Schema:
    """The schema as the Delta protocol knows it: no dictionaries."""
    return pa.schema([pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type, True) for f in schema])


@dataclass(frozen=True, slots=True)
class Added:
    """A file that comes into a table."""

    path: Path
    statistics: str = ""
    """JSON; empty: the footer is read."""
    values: tuple[str | None, ...] = ()
    """Of the partition columns."""

    def action(self, folder: Path, form: Form) -> Any:
        """Delta's add action."""
        from deltalake.transaction import AddAction

        stat = self.path.stat()
        values = dict(zip(form.partitions, self.values, strict=True))
        told = self.statistics or footer_statistics(self.path, form.bounds)
        return AddAction(self.path.relative_to(folder).as_posix(), stat.st_size, values, int(stat.st_mtime * 1000), True, told)


@dataclass(frozen=True, slots=True)
class Form:
    """What a table is, besides its columns and rows."""

    partitions: tuple[str, ...] = ()
    """Columns by whose values its files are told apart."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """Some of `PROPERTIES`; the others are left out."""
    bounds: int = 32
    """Columns, from the first, that have more statistics than the number of rows."""

    def settings_of(self, found: Mapping[str, str]) -> dict[str, str]:
        """A table's properties with these, and with all others that somebody gave it."""
        return {name: value for name, value in found.items() if name not in PROPERTIES} | dict(self.properties)


PROPERTIES: Final = ("delta.autoOptimize.optimizeWrite", "delta.autoOptimize.autoCompact", "delta.dataSkippingNumIndexedCols")
"""Of a table, that runs set."""
PLAIN: Final = Form()


def replace_table(folder: Path, files: Sequence[Added], schema: pa.Schema, app: str | None, form: Form = PLAIN) -> None:
    """Makes the table in `folder` hold exactly the given files, which lie in it, in one commit; older versions stay readable.

    `app` names the commit: the same one again does nothing. Raises RunError.
    """
    from deltalake import CommitProperties, Transaction

    actions = [file.action(folder, form) for file in files]
    commit = CommitProperties(app_transactions=[Transaction(app, 0)]) if app is not None else None
    fresh = not is_table(folder)
    (folder / LOG).mkdir(parents=True, exist_ok=True)
    if fresh:
        with address_of(folder) as address:
            replace_files(None, address, actions, schema, form, commit)
        return
    with opened(folder) as table:
        if app is not None and table.transaction_version(app) is not None:
            return
        with address_of(folder) as address:
            replace_files(table, address, actions, schema, form, commit)


def replace_files(
    table: Any, address: str, actions: list[Any], schema: pa.Schema, form: Form, commit: Any, options: dict[str, str] | None = None
) -> None:
    """Makes a table, which is None where there is none, hold the files of add actions and nothing else, in one commit.

    `options` are those of the store that the address is of. Raises what delta-rs raises.
    """
    from deltalake import Schema
    from deltalake.transaction import create_table_with_add_actions

    wanted, partitions = Schema.from_arrow(delta_schema(schema)), list(form.partitions)
    settings, about = dict(form.properties), None
    if table is not None:
        found = table.metadata()
        about = found.description
        settings = form.settings_of(found.configuration)
        is_same = _columns(wanted) == _columns(table.schema())
        if is_same:
            # What is said of columns stays said.
            wanted = table.schema()
        if is_same and (found.partition_columns, found.configuration) == (partitions, settings):
            table.create_write_transaction(actions, mode="overwrite", schema=wanted, partition_by=partitions, commit_properties=commit)
            return
    create_table_with_add_actions(
        address,
        wanted,
        actions,
        mode="error" if table is None else "overwrite",
        partition_by=partitions,
        description=about,
        configuration=settings or None,
        commit_properties=commit,
        storage_options=options,
    )


def declare_table(folder: Path, schema: pa.Schema, about: str, form: Form = PLAIN, log: bool = False) -> None:
    """Makes a table without rows in `folder`, where there is none; `schema` says whether columns may be NULL, and what they are about.

    `log`: that it is one to whose rows `append_rows` adds. Raises RunError.
    """
    from deltalake import Schema
    from deltalake.transaction import create_table_with_add_actions

    (folder / LOG).mkdir(parents=True, exist_ok=True)
    settings = {**form.properties, **(_SETTINGS if log else {})}
    with address_of(folder) as address:
        create_table_with_add_actions(
            address,
            Schema.from_arrow(schema),
            [],
            mode="error",
            partition_by=list(form.partitions),
            description=about or None,
            configuration=settings or None,
        )


def awaits(folder: Path, columns: Iterable[str]) -> bool:
    """Whether a folder has a Delta table without rows that has these columns: nothing is lost when rows take its place. Raises RunError."""
    if not is_table(folder):
        return False
    with opened(folder) as table:
        return {field.name for field in table.schema().fields} == set(columns) and not len(table.get_add_actions())


def sql_types(folder: Path) -> dict[str, str]:
    """DuckDB's types of the columns of the Delta table in a folder; none where a column is of a type that no table of ours has.

    Raises RunError.
    """
    with opened(folder) as table:
        found = {field.name: getattr(field.type, "type", "") for field in table.schema().fields}
    types = {name: kind.upper() if kind.startswith("decimal(") else _SQL.get(kind, "") for name, kind in found.items()}
    return types if all(types.values()) else {}


def _columns(schema: Any) -> list[tuple[str, Any]]:
    """Names and types of a Delta schema's columns, whatever else is said of them."""
    return [(field.name, field.type) for field in schema.fields]


def change_table(folder: Path, files: Sequence[Added], gone: Iterable[str], schema: pa.Schema, app: str, form: Form = PLAIN) -> None:
    """Adds files to a table, and takes others out of it by their paths in it, in one commit; otherwise as `replace_table`."""
    from deltalake import Schema

    wanted, partitions = Schema.from_arrow(delta_schema(schema)), list(form.partitions)
    with opened(folder) as table:
        if table.transaction_version(app) is not None:
            return
        if _columns(wanted) != _columns(table.schema()) or table.metadata().partition_columns != partitions:
            raise RunError(f"the Delta table {folder} has other columns or partitions: its rows can be replaced, but none can be added")
        wanted = table.schema()
        actions = [file.action(folder, form) for file in files]
        change_files(table, actions, tuple(gone), wanted, partitions, app, {}, partial(_create, folder))


def _create(folder: Path, name: str, text: str) -> None:
    """Makes a file of the log, whole at once; raises RunError where there is one."""
    draft = folder / LOG / f".{name}.{uuid4().hex}.tmp"
    try:
        draft.write_text(text, encoding="utf-8")
        try:
            os.link(draft, folder / LOG / name)
        except FileExistsError:
            raise RunError(f"the Delta table {folder} has been written to by others since") from None
        sync(folder / LOG)
    finally:
        draft.unlink(missing_ok=True)


def version_of(folder: Path) -> int | None:
    """The number of the table's current version; None where there is no table. Raises RunError."""
    if not is_table(folder):
        return None
    with opened(folder) as table:
        return table.version()


def is_of_others(folder: Path, apps: Iterable[str]) -> bool:
    """Whether there is a table of which no commit has one of some names (`app` of `replace_table`). Raises RunError."""
    if not is_table(folder):
        return False
    with opened(folder) as table:
        return all(table.transaction_version(app) is None for app in apps if app)


def refusal(folder: Path) -> str:
    """Why the Delta table in a folder cannot be replaced, after `<folder> `; empty where it can."""
    try:
        if not is_table(folder):
            return ""
        with opened(folder) as table:
            append_only = table.metadata().configuration.get("delta.appendOnly", "").lower() == "true"
            return "is a Delta table that rows can only be appended to" if append_only else ""
    except RunError as error:
        return f"is a Delta table that cannot be read ({error})"


def small_refusal(folder: Path, schema: pa.Schema, is_own: Callable[[Mapping[str, Any]], bool]) -> str:
    """Why rows of a small table cannot come into the Delta table in a folder, after `<folder> `; empty where they can.

    `is_own` tells of a row whether it is one of ours; of tables that carry the settings which `append_row` gives them none is asked.
    """
    from deltalake import Schema

    if not is_table(folder):
        return ""
    try:
        with opened(folder) as table:
            about, found, needed = table.metadata(), table.schema(), table.protocol()
        if dict(_columns(found)) != dict(_columns(Schema.from_arrow(delta_schema(schema)))):
            return "is a Delta table with other columns than the log's own"
        if needed.min_reader_version > 1 or needed.min_writer_version > 2:
            return "is a Delta table with features that the log does not have"
        named = own_files(folder)
        if about.configuration.items() >= _SETTINGS.items():
            return ""
        # Tables that were written before there were settings.
        rows = read_rows(folder, schema) if all(file.exists() for file in named) else []
        return "" if all(map(is_own, rows)) else "is a Delta table that no run is known to have written"
    except RunError as error:
        return f"is a Delta table that cannot be read ({error})"


def take_back(folder: Path, app: str, before: int) -> bool:
    """Undoes the commit that `app` names, where it is the newest, by one that restores version `before`.

    Tells whether there was such a commit. Raises RunError, also where others have written since.
    """
    with opened(folder) as table:
        if table.transaction_version(app) is None or table.version() == before:
            return False
        if table.version() != before + 1:
            raise RunError(f"the Delta table {folder} has been written to by others")
        table.restore(before, ignore_missing_files=True)
    return True


def overwrite_rows(folder: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
    """Replaces a small table's rows in one commit."""
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"part-{uuid4()}.parquet"
    try:
        pq.write_table(rows_table(rows, schema), file)
        replace_table(folder, [Added(file)], schema, None)
    except BaseException:
        with suppress(OSError):
            file.unlink(missing_ok=True)
        raise


def append_rows(folder: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema, name: str, again: bool) -> None:
    """Appends rows to a small table in one commit, in a file of their own that carries `name`.

    `again`: a row whose first value is there already is left out. Every so often small files are put together, up to a
    size, so that a commit costs the same and reading stays fast however many there have been. Raises RunError.
    """
    import pyarrow.parquet as pq
    from deltalake import Schema
    from deltalake.transaction import AddAction, create_table_with_add_actions

    key = schema.names[0]
    if again:
        there = {found[key] for found in read_rows(folder, schema)}
        rows = [row for row in rows if row[key] not in there]
    if not rows:
        return
    fresh = not is_table(folder)
    (folder / LOG).mkdir(parents=True, exist_ok=True)
    file = folder / f"part-{name}-{uuid4()}.parquet"
    try:
        pq.write_table(rows_table(rows, schema), file)
        stat = file.stat()
        action = AddAction(file.name, stat.st_size, {}, int(stat.st_mtime * 1000), True, footer_statistics(file))
        if fresh:
            wanted = Schema.from_arrow(delta_schema(schema))
            with address_of(folder) as address:
                create_table_with_add_actions(address, wanted, [action], mode="error", configuration=_SETTINGS)
            return
        with opened(folder) as table:
            version = table.version() + 1
            table.create_write_transaction([action], mode="append", schema=table.schema())
    except BaseException:
        with suppress(OSError):
            file.unlink(missing_ok=True)
        raise
    if version % _TOGETHER == _TOGETHER - 1 and is_plain(folder.resolve()):
        # What was appended stays, whatever comes of this.
        with suppress(RunError), opened(folder) as table:
            table.optimize.compact(target_size=_FULL)


def read_rows(folder: Path, schema: pa.Schema) -> list[dict[str, Any]]:
    """All rows of a small table of a schema; none where there is no table. Raises RunError for files that are not of its own."""
    import pyarrow.parquet as pq

    out: list[dict[str, Any]] = []
    for file in own_files(folder):
        try:
            # One file at a time: a dataset reader would bring imports that cost more than the read.
            with pq.ParquetFile(file) as parquet:
                found = parquet.read()
            out += table_rows(found if found.schema.equals(schema) else found.select(schema.names).cast(schema))
        except (OSError, LookupError, ValueError, OverflowError, pa.ArrowException) as error:
            raise RunError(f"{file} cannot be read: {first_line(error)}") from None
    return out


def own_files(folder: Path) -> list[Path]:
    """As `current_files`, of a table that runs write: files of its folder and no links. Raises RunError where it names anything else."""
    found = [Path(file) for file in current_files(folder) or []]
    for path in found:
        if not _is_own(path, folder):
            raise RunError(f"the Delta table {folder} names {path}, which is not a plain file in it")
    return found


def _is_own(path: Path, folder: Path) -> bool:
    """Whether a path is of a table's folder or its partitions' folders, and no link, nor beyond one; it need not be there."""
    steps = path.relative_to(folder).parts if path.is_relative_to(folder) else ()
    if not steps or not all(map(is_folder, steps[:-1])):
        return False
    above = [folder.joinpath(*steps[:number]) for number in range(1, len(steps))]
    return not any(map(os.path.islink, above)) and (not os.path.lexists(path) or stat.S_ISREG(path.lstat().st_mode))


def current_files(folder: Path) -> list[str] | None:
    """Paths of the files of the table's current version; None where there is no table. Raises RunError."""
    if not is_table(folder):
        return None
    with opened(folder) as table:
        # Its own arrays: those of Arrow would bring pandas.
        paths = table.get_add_actions().column("path").to_pylist()
    # Relative paths, escaped as in a URL.
    return [str(folder / unquote(path)) for path in paths]
