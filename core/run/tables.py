"""The tables that stand in an output root: of each (schema, name) what the newest run wrote, whatever its mode."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass as changing
from dataclasses import field
from datetime import date
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final, Literal

from ..errors import LockedError, PlaceError, RunError, SyntheticDataError, without_names
from ..frozen import dataclass
from ..plan.storage import Partition
from ..program.folders import is_folder, values
from ..sinks.reading import NAMED, exact, literal, rows_of, with_values
from ..sinks.warehouse import APPLIED, FILE, quoted, sql_type
from .guarded import first
from .ledger import Ledger, schema_and_mode
from .manifest import Noted, Say, manifests, newest, replaced_by
from .place import file_folders
from .publish import is_cut, locked, recover
from .running import Open, open_runs
from .schemas import JOBS, LOG, SCHEMAS

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_PATIENCE: Final = 5.0
"""Seconds to wait for a run that has the warehouse's file open, which it has for moments."""
_HELD: Final = re.compile(
    r"could not set lock on file|lock is held|different configuration|unique file handle conflict|already attached|used by another process"
)
"""Sentences of DuckDB's errors where another process, or another part of this one, has a file open for writing."""
_ORDER: Final = ("delta", "parquet", "csv", "warehouse")
"""What answers for a table that no manifest speaks of."""

_CONFIG: Final = frozenset(SCHEMAS)
"""Tables that answer with and without schema `config`."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """A table as it is stored."""

    storage: str
    """delta, parquet, csv or warehouse."""
    sql: str
    """SELECT of its rows."""
    files: tuple[str, ...] = ()
    """What it is read from; nothing for a table of the warehouse."""


@changing(slots=True)
class Found:
    """What an output root holds."""

    tables: dict[Key, Standing] = field(default_factory=dict)
    runs: dict[Key, tuple[str, str]] = field(default_factory=dict)
    """(dataset, run id) of tables with a manifest."""
    problems: dict[Key, str] = field(default_factory=dict)
    """Why a table cannot be read."""

    @property
    def names(self) -> dict[Key, Standing]:
        """All tables under each of their names."""
        return self.tables | {("config", name): table for (schema, name), table in self.tables.items() if not schema and name in _CONFIG}

    @property
    def files(self) -> list[str]:
        """All files that may be read."""
        return [file for table in self.tables.values() for file in table.files]


def settle(root: Path, say: Say) -> None:
    """Finishes a publication that was cut, and says so; where a run holds the root, or it cannot be done, says that."""
    try:
        if not is_cut(root):
            return
        with locked(root):
            for sentence in recover(root):
                say(sentence)
    except LockedError:
        say(f"a run is writing to {root}: what is published now is read, and may come from two runs")
    except (SyntheticDataError, OSError) as error:
        say(f"a publication that was cut cannot be finished now: {first(str(error))}")


def name_tables(connection: duckdb.DuckDBPyConnection, root: Path, say: Say) -> Found:
    """Makes a view for each table of an output root; log and config tables answer with and without their schema.

    A warehouse that a run holds is told and passed over; raises RunError where its file is broken.
    """
    import duckdb

    stored: dict[Key, dict[str, Standing]] = {}
    out = Found()
    written = newest(manifests(root, say))
    # These know which files are theirs, wherever those lie.
    known = _of_paths(root, out) | _of_series(root, say, out)
    files = [
        (key, standing) for key, standing in _of_files(root, written, out) if key[0] not in known and key not in {("", s) for s in known}
    ]
    by_day = [(key, standing) for found in known.values() for key, standing in found]
    for key, standing in (*_of_warehouse(connection, root, say), *by_day, *files, *_of_delta(root, out)):
        bare = ("", key[1]) if key[0] == "config" and key[1] in _CONFIG else key
        stored.setdefault(bare, {})[standing.storage] = standing
    opened = list(open_runs(root))
    if opened:
        for name in (LOG, JOBS):
            stored.setdefault(("", name), {})
    for key, ways in stored.items():
        noted = written.get(key)
        chosen = ways.get(noted.storage) if noted is not None else None
        if chosen is not None and noted is not None:
            out.runs[key] = noted.value.dataset_id, noted.run_id
        if noted is not None and chosen is None and key in out.problems:
            # What an older run wrote in another form is not what stands.
            continue
        if key in (("", LOG), ("", JOBS)) and (opened or {"delta", "warehouse"} & set(ways)):
            chosen = _of_log(key[1], ways, opened)
        chosen = chosen or next(ways[storage] for storage in _ORDER if storage in ways)
        try:
            _view(connection, *key, chosen.sql)
            out.tables[key] = chosen
        except duckdb.Error as error:
            out.problems[key] = first(str(error))
    for key in out.tables:
        out.problems.pop(key, None)
    return out


def _of_log(name: str, ways: Mapping[str, Standing], opened: Sequence[Open]) -> Standing:
    """The log or the jobs: each environment has those of its own runs; the newest runs may stand beside both."""
    schema = SCHEMAS[name]
    both = [ways[storage] for storage in ("delta", "warehouse") if storage in ways]
    sql = " UNION ALL BY NAME ".join(way.sql for way in both)
    if opened:
        rows = [run.log if name == LOG else run.job for run in opened]
        listed = ", ".join(f"({', '.join(_literal(getattr(row, field.name), field.type) for field in schema)})" for row in rows)
        running = f"SELECT * FROM (VALUES {listed}) AS running({', '.join(map(quoted, schema.names))})"
        key = quoted(schema.names[0])
        known = f" WHERE {key} NOT IN (SELECT {key} FROM ({sql}))" if sql else ""
        sql = f"{sql} UNION ALL BY NAME {running}{known}" if sql else running
    return Standing(both[0].storage if both else "json", sql, tuple(file for way in both for file in way.files))


def _literal(value: object, kind: pa.DataType) -> str:
    """A value of a log's row as SQL of its type."""
    return f"CAST({'NULL' if value is None else literal(str(value))} AS {sql_type(kind)})"


def is_held(error: Exception, file: Path) -> bool:
    """Whether the warehouse's file could not be opened because somebody else has it open."""
    return _HELD.search(without_names(error, file)) is not None


def attach(connection: duckdb.DuckDBPyConnection, root: Path) -> None:
    """Attaches the warehouse for reading, as `warehouse`; waits a little for a run that has it open. Raises LockedError, RunError."""
    import duckdb

    file = root / FILE
    if not inside(file, root):
        raise RunError(f"{file} cannot be read now: it is not a plain file under {root}")
    until = monotonic() + _PATIENCE
    while True:
        try:
            connection.execute(f"ATTACH {literal(str(file.resolve()))} AS warehouse (READ_ONLY)")
            return
        except duckdb.Error as error:
            if not is_held(error, file):
                raise RunError(f"{root} cannot be read now: {first(str(error))}") from None
            if monotonic() > until:
                raise LockedError(root, "") from None
            sleep(0.05)


def _of_warehouse(connection: duckdb.DuckDBPyConnection, root: Path, say: Say) -> Iterator[tuple[Key, Standing]]:
    if not (root / FILE).exists():
        return
    try:
        attach(connection, root)
    except LockedError:
        say(f"{root / FILE} is held by a run: its tables were not read")
        return
    rows = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'warehouse' ORDER BY ALL"
    ).fetchall()
    for schema, name in rows:
        if (schema, name) == ("main", APPLIED):
            continue
        where = "" if schema == "main" else str(schema)
        yield (where, str(name)), Standing("warehouse", f"SELECT * FROM warehouse.{quoted(str(schema))}.{quoted(str(name))}")


def _of_files(root: Path, written: Mapping[Key, Noted], out: Found) -> Iterator[tuple[Key, Standing]]:
    storages: tuple[Literal["parquet", "csv"], ...] = ("parquet", "csv")
    for schema, folder in _folders(root / "Files"):
        for storage in storages:
            key = schema, folder.name
            noted = written.get(key)
            tables = noted.value.tables if noted is not None and noted.mode == storage else ()
            named = [root / file.path for table in tables if table.name == folder.name for file in table.files]
            files = _files(key, named or sorted(folder.glob(f"*.{storage}")), root, out)
            partitions = next((table.partitions for table in tables if table.name == folder.name), ())
            if files and partitions:
                yield key, _partitioned(storage, files, folder, partitions)
            elif files:
                yield key, _plain(storage, files)


def _of_paths(root: Path, out: Found) -> dict[str, list[tuple[Key, Standing]]]:
    """Schema -> the tables of the newest run into its files, where paths follow a pattern."""
    every = manifests(root)
    known: dict[str, list[tuple[Key, Standing]]] = {}
    for noted in every:
        if not noted.by_path or replaced_by(noted, every) is not None:
            continue
        of_schema = known.setdefault(noted.schema, [])
        for table in noted.value.tables:
            files = _files((noted.schema, table.name), [root / file.path for file in table.files], root, out)
            if files:
                of_schema.append(((noted.schema, table.name), _plain(noted.mode, files)))
    return known


def _plain(mode: str, files: Sequence[str]) -> Standing:
    """The rows of parquet or CSV files."""
    reader = rows_of("parquet", files) if mode == "parquet" else rows_of("csv", files, "header = true")
    return Standing(mode, f"SELECT * FROM {reader}", tuple(files))


def _partitioned(mode: Literal["parquet", "csv"], files: Sequence[str], folder: Path, partitions: Sequence[Partition]) -> Standing:
    """The rows of files in folders of partitions, with the values of these."""
    reader = rows_of(mode, files, NAMED if mode == "parquet" else f"header = true, {NAMED}")
    return Standing(mode, of_folders(reader, files, folder, partitions), tuple(files))


def of_folders(reader: str, files: Sequence[str], folder: Path, partitions: Sequence[Partition]) -> str:
    """SELECT of the rows of a table's files, read with `NAMED`, and of the partition columns that their folders name.

    Raises RunError for a file that is in no such folder.
    """
    types = {partition.name: partition.type for partition in partitions}
    try:
        return with_values(reader, {file: values(Path(file).relative_to(folder).as_posix(), list(types)) for file in files}, types)
    except ValueError as error:
        raise RunError(f"{folder} is not as its manifest tells: {error}") from None


def _of_series(root: Path, say: Say, out: Found) -> dict[str, list[tuple[Key, Standing]]]:
    """Schema -> the tables of its series: all rows that their days brought, and in `_day` the day that brought each."""
    ledger = Ledger(root)
    known: dict[str, list[tuple[Key, Standing]]] = {}
    try:
        for place in ledger.places():
            schema, mode = schema_and_mode(place)
            folder = root.joinpath(*file_folders(schema))
            files: dict[str, dict[str, date]] = {}
            for entry in ledger.entries(place):
                files.setdefault(entry.table, {}).update({str(folder / file.path): entry.day for file in entry.files})
            of_schema = known.setdefault(schema, [])
            for table, days in files.items():
                found = _files((schema, table), [Path(file) for file in days], root, out)
                if found:
                    reader = rows_of(mode, found, NAMED if mode == "parquet" else f"header = true, {NAMED}")
                    standing = Standing(mode, by_day(reader, {file: days[file] for file in found}), tuple(found))
                    of_schema.append(((schema, table), standing))
    except PlaceError as error:
        say(str(error))
    return known


def by_day(reader: str, days: Mapping[str, date]) -> str:
    """SELECT of the rows of files, read with `NAMED`, and in `_day` the day of each file."""
    # A file's name is the one under which it was read.
    listed = ", ".join(f"({literal(exact(file))}, DATE {literal(day.isoformat())})" for file, day in days.items())
    joined = f"{reader} AS rows JOIN (VALUES {listed}) AS days(_path, _day) ON _file = _path"
    return f"SELECT rows.* EXCLUDE (_file), _day FROM {joined}"


def _of_delta(root: Path, out: Found) -> Iterator[tuple[Key, Standing]]:
    from ..sinks.lakehouse import sql_types

    for schema, folder in _folders(root / "Tables"):
        try:
            named = delta_files(folder)
            declared = sql_types(folder) if named == [] else {}
        except RunError as error:
            out.problems[schema, folder.name] = str(error)
            continue
        if declared:
            columns = ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in declared.items())
            yield (schema, folder.name), Standing("delta", f"SELECT {columns} WHERE false")
            continue
        files = _files((schema, folder.name), [Path(file) for file in named or []], root, out)
        if files:
            yield (schema, folder.name), Standing("delta", f"SELECT * FROM {rows_of('parquet', files)}", tuple(files))


def delta_files(folder: Path) -> list[str] | None:
    """Files of a Delta table's current version; None if there is no such table; raises RunError where its log is broken."""
    from deltalake.exceptions import DeltaError

    from ..sinks.lakehouse import current_files

    try:
        return current_files(folder)
    except (DeltaError, OSError, ValueError) as error:
        raise RunError(f"{folder} is not a Delta table that can be read: {first(str(error))}") from None


def _files(key: Key, paths: Sequence[Path], root: Path, out: Found) -> list[str]:
    """The files of a table, all of which must be there: plain files under the root, also where links lead.

    Else none, and the table has a problem: a part of its rows would look like all of them.
    """
    for path in paths:
        if not inside(path, root):
            there = path.is_symlink() or path.exists()
            out.problems[key] = f"{path} is not a plain file under {root}" if there else f"{path} does not exist"
            return []
    return [str(path) for path in paths]


def inside(path: Path, root: Path) -> bool:
    """Whether a path is a plain file under a root, also where links lead: not a pipe, a device, or a link out of it."""
    try:
        return path.is_file() and path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def _folders(root: Path) -> list[tuple[str, Path]]:
    """(schema, table folder) under a folder that may hold tables and schemas of tables."""
    out = []
    for child in sorted(root.iterdir()) if root.is_dir() else []:
        if not child.is_dir():
            continue
        if (child / "_delta_log").is_dir() or any(child.glob("*.parquet")) or any(child.glob("*.csv")) or _has_partitions(child):
            out.append(("", child))
        else:
            out += [(child.name, table) for table in sorted(child.iterdir()) if table.is_dir()]
    return out


def _has_partitions(folder: Path) -> bool:
    return any(is_folder(child.name) and child.is_dir() for child in folder.iterdir())


def _view(connection: duckdb.DuckDBPyConnection, schema: str, name: str, sql: str) -> None:
    for where in ("main", "config") if not schema and name in _CONFIG else (schema or "main",):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(where)}")
        connection.execute(f"CREATE OR REPLACE VIEW {quoted(where)}.{quoted(name)} AS {sql}")
