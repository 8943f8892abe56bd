"""The local lakehouse's Delta tables: own parquet parts and one commit of add actions, with statistics from the footers.

delta-rs takes folders for URLs: it fails on, or answers in, escapes where a name has `[`, `%`, spaces or letters beyond
ASCII. A commit needs the folder `_delta_log` alone, so such tables are opened through a plain folder that links to it.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from typing import Any, Final
from urllib.parse import unquote
from uuid import uuid4

import pyarrow as pa

from ..errors import RunError, first_line, sentence
from ..program.tasks import SNAPSHOT_DATE
from .files import is_plain, plain_place
from .rows import EPOCH, rows_table, table_rows

_LOG: Final = "_delta_log"
_SETTINGS: Final = {"delta.checkpointInterval": "20", "delta.deletedFileRetentionDuration": "interval 0 seconds"}
"""Of a log: commits after which its state is written down, so that nobody reads all of them, and that it forgets files that went."""
_TOGETHER: Final = 100
"""Commits of a log after which its small files are put together."""
_FULL: Final = 1 << 20
"""Bytes from which on a file of a log is left alone."""
_STATISTICS: Final = 32
"""Columns with statistics, as Delta's own default."""


def delta_schema(schema: pa.Schema) -> pa.Schema:
    """The schema as the Delta protocol knows it: no dictionaries."""
    return pa.schema([pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type, True) for f in schema])


@contextmanager
def _address(folder: Path) -> Iterator[str]:
    """What delta-rs may be given for a table's folder, which has a `_delta_log`; errors come out as RunError."""
    folder = folder.resolve()
    try:
        if is_plain(folder):
            yield str(folder)
            return
        with TemporaryDirectory(prefix="synthetic-data-", dir=plain_place()) as alias:
            (Path(alias) / _LOG).symlink_to(folder / _LOG, target_is_directory=True)
            yield alias
    except (RunError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # A panic of Rust is not an Exception.
        raise RunError(sentence(error, f"the Delta table {folder}")) from None


def _is_table(folder: Path) -> bool:
    """Whether a folder has commits; raises RunError where its log holds links or pipes, which delta-rs would follow or wait for."""
    log = folder / _LOG
    if not log.is_dir():
        return False
    with os.scandir(log) as entries:
        found = list(entries)
    for entry in found:
        if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False):
            raise RunError(f"the Delta table {folder} has {entry.name} in its log, which is not a plain file")
    return any(entry.name.endswith((".json", ".parquet")) for entry in found)


@dataclass(frozen=True, slots=True)
class Added:
    """A file that comes into a table."""

    path: Path
    statistics: str = ""
    """JSON; empty: the footer is read."""
    day: str = ""
    """Of the snapshot that it holds, where the table is partitioned by these."""

    @property
    def action(self) -> Any:
        """Delta's add action."""
        from deltalake.transaction import AddAction

        stat = self.path.stat()
        values: dict[str, str | None] = {SNAPSHOT_DATE: self.day} if self.day else {}
        told = self.statistics or footer_statistics(self.path)
        return AddAction(self.path.name, stat.st_size, values, int(stat.st_mtime * 1000), True, told)


def _partitions(files: Sequence[Added]) -> list[str]:
    return [SNAPSHOT_DATE] if any(file.day for file in files) else []


def replace_table(folder: Path, files: Sequence[Added], schema: pa.Schema, app: str | None) -> None:
    """Makes the table in `folder` hold exactly the given files, which lie in it, in one commit; older versions stay readable.

    `app` names the commit: the same one again does nothing. Raises RunError.
    """
    from deltalake import CommitProperties, DeltaTable, Schema, Transaction
    from deltalake.transaction import create_table_with_add_actions

    actions, partitions = [file.action for file in files], _partitions(files)
    properties = CommitProperties(app_transactions=[Transaction(app, 0)]) if app is not None else None
    wanted = Schema.from_arrow(delta_schema(schema))
    fresh = not _is_table(folder)
    (folder / _LOG).mkdir(parents=True, exist_ok=True)
    with _address(folder) as address:
        if fresh:
            create_table_with_add_actions(address, wanted, actions, mode="error", partition_by=partitions, commit_properties=properties)
            return
        table = DeltaTable(address)
        if app is not None and table.transaction_version(app) is not None:
            return
        if wanted.to_json() == table.schema().to_json() and table.metadata().partition_columns == partitions:
            table.create_write_transaction(actions, mode="overwrite", schema=wanted, partition_by=partitions, commit_properties=properties)
        else:
            create_table_with_add_actions(address, wanted, actions, mode="overwrite", partition_by=partitions, commit_properties=properties)


def change_table(folder: Path, files: Sequence[Added], gone: Iterable[str], schema: pa.Schema, app: str) -> None:
    """Adds files to a table, and takes others out of it by their names, in one commit; otherwise as `replace_table`."""
    from deltalake import CommitProperties, DeltaTable, Schema, Transaction
    from deltalake.transaction import AddAction, RemoveAction

    wanted, partitions = Schema.from_arrow(delta_schema(schema)), _partitions(files)
    with _address(folder) as address:
        table = DeltaTable(address)
        if table.transaction_version(app) is not None:
            return
        if wanted.to_json() != table.schema().to_json() or table.metadata().partition_columns != partitions:
            raise RunError(f"the Delta table {folder} has other columns: its rows can be replaced, but none can be added")
        actions: list[AddAction | RemoveAction] = [file.action for file in files]
        actions += [RemoveAction(name, True, int(time() * 1000)) for name in gone]
        properties = CommitProperties(app_transactions=[Transaction(app, 0)])
        table.create_write_transaction(actions, mode="append", schema=wanted, partition_by=partitions, commit_properties=properties)


def version_of(folder: Path) -> int | None:
    """The number of the table's current version; None where there is no table. Raises RunError."""
    from deltalake import DeltaTable

    if not _is_table(folder):
        return None
    with _address(folder) as address:
        return DeltaTable(address).version()


def is_of_others(folder: Path, apps: Iterable[str]) -> bool:
    """Whether there is a table of which no commit has one of some names (`app` of `replace_table`). Raises RunError."""
    from deltalake import DeltaTable

    if not _is_table(folder):
        return False
    with _address(folder) as address:
        table = DeltaTable(address)
        return all(table.transaction_version(app) is None for app in apps if app)


def refusal(folder: Path) -> str:
    """Why the Delta table in a folder cannot be replaced, after `<folder> `; empty where it can."""
    from deltalake import DeltaTable

    try:
        if not _is_table(folder):
            return ""
        with _address(folder) as address:
            table = DeltaTable(address)
            about = table.metadata()
            if about.configuration.get("delta.appendOnly", "").lower() == "true":
                return "is a Delta table that rows can only be appended to"
            known = about.partition_columns in ([], [SNAPSHOT_DATE])
            return "" if known else "is a Delta table with partitions, which runs do not write"
    except RunError as error:
        return f"is a Delta table that cannot be read ({error})"


def small_refusal(folder: Path, schema: pa.Schema, is_own: Callable[[Mapping[str, Any]], bool]) -> str:
    """Why rows of a small table cannot come into the Delta table in a folder, after `<folder> `; empty where they can.

    `is_own` tells of a row whether it is one of ours; of tables that carry the settings which `append_row` gives them none is asked.
    """
    from deltalake import DeltaTable, Schema

    if not _is_table(folder):
        return ""
    try:
        with _address(folder) as address:
            table = DeltaTable(address)
            about, found, needed = table.metadata(), table.schema(), table.protocol()
        wanted = Schema.from_arrow(delta_schema(schema))
        if {field.name: field.type for field in found.fields} != {field.name: field.type for field in wanted.fields}:
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
    from deltalake import DeltaTable

    with _address(folder) as address:
        table = DeltaTable(address)
        if table.transaction_version(app) is None or table.version() == before:
            return False
        if table.version() != before + 1:
            raise RunError(f"the Delta table {folder} has been written to by others")
        table.restore(before, ignore_missing_files=True)
    return True


def footer_statistics(file: Path) -> str:
    """Delta's JSON statistics of a parquet file, from its footer: rows, and minimum, maximum and NULLs of columns.

    What a footer does not tell for sure is left out, and readers look into the file: bounds of texts, which may be cut short,
    of floats, which leave NaN out, of booleans, which Delta does not have, and of moments that no calendar holds.
    """
    import pyarrow.parquet as pq

    return statistics_of(pq.read_metadata(file))


def statistics_of(meta: Any) -> str:
    """As `footer_statistics`, of a footer that has been read."""
    schema = meta.schema.to_arrow_schema()
    low: list[str] = []
    high: list[str] = []
    nulls: list[str] = []
    for number in range(min(meta.num_columns, _STATISTICS)):
        found = [meta.row_group(group).column(number) for group in range(meta.num_row_groups)]
        found = [column for column in found if column.num_values]
        name = json.dumps(meta.schema.column(number).path)
        if not found or not all(c.statistics is not None and c.statistics.has_null_count for c in found):
            continue
        nulls.append(f"{name}: {sum(c.statistics.null_count for c in found)}")
        filled = [c.statistics for c in found if c.statistics.null_count < c.num_values]
        if not filled or not all(statistics.has_min_max for statistics in filled):
            continue
        kind = schema.field(number).type
        # The raw values: converting them would import pandas.
        bounds = [[_whole(raw, kind) for raw in (statistics.min_raw, statistics.max_raw)] for statistics in filled]
        least = _json(min(bound[0] for bound in bounds), kind)
        most = _json(max(bound[1] for bound in bounds), kind)
        if least is not None and most is not None:
            low.append(f"{name}: {least}")
            high.append(f"{name}: {most}")
    listed = {"minValues": low, "maxValues": high, "nullCount": nulls}
    bodies = [f'"{what}": {{{", ".join(values)}}}' for what, values in listed.items()]
    return f'{{"numRecords": {meta.num_rows}, {", ".join(bodies)}}}'


def _whole(raw: Any, kind: pa.DataType) -> Any:
    """A bound as a footer holds it; of a decimal as bytes, the whole number."""
    return int.from_bytes(raw, "big", signed=True) if isinstance(raw, bytes) and pa.types.is_decimal(kind) else raw


def _json(raw: Any, kind: pa.DataType) -> str | None:
    """A bound as JSON; None where it is not sure, or not to be told."""
    try:
        if kind in (pa.timestamp("us"), pa.timestamp("us", tz="UTC")):
            moment = (EPOCH + timedelta(microseconds=raw)).replace(tzinfo=None)
            return f'"{moment.isoformat(timespec="microseconds" if raw % 1000 else "milliseconds")}{"Z" if kind.tz else ""}"'
        if pa.types.is_date32(kind):
            return f'"{(EPOCH.date() + timedelta(days=raw)).isoformat()}"'
    except OverflowError:
        return None
    if pa.types.is_decimal(kind):
        # As digits: a float would round what has more than fifteen of them.
        digits = f"{abs(raw):0{kind.scale + 1}}"
        point = len(digits) - kind.scale
        return f"{'-' if raw < 0 else ''}{digits[:point]}{'.' if kind.scale else ''}{digits[point:]}"
    return str(raw) if pa.types.is_signed_integer(kind) else None


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
    from deltalake import DeltaTable, Schema
    from deltalake.transaction import AddAction, create_table_with_add_actions

    key = schema.names[0]
    if again:
        there = {found[key] for found in read_rows(folder, schema)}
        rows = [row for row in rows if row[key] not in there]
    if not rows:
        return
    fresh = not _is_table(folder)
    (folder / _LOG).mkdir(parents=True, exist_ok=True)
    file = folder / f"part-{name}-{uuid4()}.parquet"
    try:
        pq.write_table(rows_table(rows, schema), file)
        stat = file.stat()
        action = AddAction(file.name, stat.st_size, {}, int(stat.st_mtime * 1000), True, footer_statistics(file))
        wanted = Schema.from_arrow(delta_schema(schema))
        with _address(folder) as address:
            if fresh:
                create_table_with_add_actions(address, wanted, [action], mode="error", configuration=_SETTINGS)
                return
            table = DeltaTable(address)
            table.create_write_transaction([action], mode="append", schema=wanted)
    except BaseException:
        with suppress(OSError):
            file.unlink(missing_ok=True)
        raise
    if table.version() % _TOGETHER == _TOGETHER - 1 and is_plain(folder.resolve()):
        # What was appended stays, whatever comes of this.
        with suppress(RunError), _address(folder) as address:
            DeltaTable(address).optimize.compact(target_size=_FULL)


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
        if path.parent != folder or (os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode)):
            raise RunError(f"the Delta table {folder} names {path}, which is not a plain file in it")
    return found


def current_files(folder: Path) -> list[str] | None:
    """Paths of the files of the table's current version; None where there is no table. Raises RunError."""
    from deltalake import DeltaTable

    if not _is_table(folder):
        return None
    with _address(folder) as address:
        # Its own arrays: those of Arrow would bring pandas.
        paths = DeltaTable(address).get_add_actions().column("path").to_pylist()
    # Relative paths, escaped as in a URL.
    return [str(folder / unquote(path)) for path in paths]
