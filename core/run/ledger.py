"""The ledger: which days of which tables were written under an output root, and with which files.

A SQLite file, so that a day costs the same to note and to find however many there are, and a process that dies leaves it
whole. It says what is there; no value depends on it. Anyone may have put such a file there, so one that is not laid out as
ours is refused, and its paths are checked as those of manifests are.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, get_args

from ..errors import PlaceError, brief
from .journal import is_series_path
from .root import plain_file

LEDGER: Final = ".series.sqlite"
_FORMAT: Final = 1
_TABLES: Final = {
    "series": "CREATE TABLE series (place TEXT PRIMARY KEY, told TEXT NOT NULL) WITHOUT ROWID",
    "entry": (
        "CREATE TABLE entry (place TEXT, day TEXT, name TEXT, run TEXT NOT NULL, rows INTEGER NOT NULL, digest TEXT NOT NULL,"
        " files TEXT NOT NULL, logged INTEGER NOT NULL, PRIMARY KEY (place, day, name)) WITHOUT ROWID"
    ),
}
_MOST_FILES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file of a day."""

    path: str
    """Below the dataset's folder."""
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A table of a day."""

    day: date
    table: str
    run_id: str
    rows: int
    digest: str
    files: tuple[WrittenFile, ...]
    logged: bool = False
    """Whether the log tells of it."""


SeriesMode = Literal["parquet", "csv"]
_BARE: Final = "_tables"
"""Stands for the empty schema in a place's name."""


def place_name(schema: str, mode: str) -> str:
    """The name under which a ledger knows a series: that of its folder, and of the format of its files."""
    return f"{schema or _BARE}-{mode}"


def schema_and_mode(place: str) -> tuple[str, SeriesMode]:
    """What `place_name` was made of; raises PlaceError."""
    for mode in get_args(SeriesMode):
        schema = place.removesuffix(f"-{mode}")
        if schema != place and is_series_path(schema.removeprefix("_") or "x"):
            return "" if schema == _BARE else schema, mode
    raise PlaceError(f"the ledger names `{brief(place)}`, which is no series")


class Ledger:
    """The ledger of an output root. Raises PlaceError for a file that is none."""

    def __init__(self, root: Path) -> None:
        self.path = root / LEDGER

    @contextmanager
    def _open(self, write: bool = False) -> Iterator[sqlite3.Connection | None]:
        for name in (LEDGER, f"{LEDGER}-journal", f"{LEDGER}-wal"):
            plain_file(self.path.with_name(name))
        if not write and not self.path.exists():
            yield None
            return
        try:
            with closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as connection:
                connection.execute("PRAGMA trusted_schema = OFF")
                self._check(connection, write)
                if write:
                    connection.execute("PRAGMA synchronous = FULL")
                    connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
                if connection.in_transaction:
                    connection.execute("COMMIT")
        except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
            raise self._refused(str(error)) from None

    def _check(self, connection: sqlite3.Connection, write: bool) -> None:
        found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())
        if not found and write:
            for sql in _TABLES.values():
                connection.execute(sql)
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
            return
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        if found != _TABLES or version != _FORMAT:
            raise self._refused("it holds other tables")

    def _refused(self, why: str) -> PlaceError:
        return PlaceError(f"{self.path} is not a ledger that can be used ({why}): move it away, or choose another `output_dir`")

    def told(self, place: str) -> dict[str, Any] | None:
        """What the series of a place was made of, as JSON values; None where there is none."""
        with self._open() as connection:
            row = connection.execute("SELECT told FROM series WHERE place = ?", [place]).fetchone() if connection else None
            found = json.loads(row[0]) if row is not None else None
            return found if isinstance(found, dict) else None

    def entries(self, place: str, first: date | None = None, last: date | None = None) -> list[Entry]:
        """The entries of a place, by day and table."""
        bounds = [(first or date.min).isoformat(), (last or date.max).isoformat()]
        with self._open() as connection:
            if connection is None:
                return []
            sql = "SELECT day, name, run, rows, digest, files, logged FROM entry WHERE place = ? AND day BETWEEN ? AND ? ORDER BY day, name"
            return [_entry(row) for row in connection.execute(sql, [place, *bounds])]

    def done(self, place: str, first: date, last: date) -> dict[date, set[str]]:
        """The tables of each day that are there."""
        out: dict[date, set[str]] = {}
        with self._open() as connection:
            if connection is not None:
                sql = "SELECT day, name FROM entry WHERE place = ? AND day BETWEEN ? AND ?"
                for day, name in connection.execute(sql, [place, first.isoformat(), last.isoformat()]):
                    out.setdefault(date.fromisoformat(day), set()).add(name)
        return out

    def unlogged(self, place: str) -> list[Entry]:
        """The entries that the log does not tell of yet."""
        return [entry for entry in self.entries(place) if not entry.logged]

    def places(self) -> list[str]:
        """All places that there are series of."""
        with self._open() as connection:
            return [row[0] for row in connection.execute("SELECT place FROM series ORDER BY place")] if connection else []

    def begin(self, place: str, told: dict[str, Any]) -> None:
        """Notes what a series is made of."""
        with self._open(write=True) as connection:
            if connection is not None:
                connection.execute("INSERT OR REPLACE INTO series VALUES (?, ?)", [place, json.dumps(told, sort_keys=True)])

    def note(self, place: str, entries: Sequence[Entry]) -> None:
        """Notes entries, each in the place of one of the same day and table, all or none."""
        with self._open(write=True) as connection:
            if connection is not None:
                connection.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [_row(place, e) for e in entries])

    def log(self, place: str, days: Sequence[date]) -> None:
        """Notes that the log tells of days."""
        with self._open(write=True) as connection:
            if connection is not None:
                rows = [(place, day.isoformat()) for day in days]
                connection.executemany("UPDATE entry SET logged = 1 WHERE place = ? AND day = ?", rows)


def _row(place: str, entry: Entry) -> tuple[Any, ...]:
    files = json.dumps([[file.path, file.bytes, file.sha256] for file in entry.files])
    return place, entry.day.isoformat(), entry.table, entry.run_id, entry.rows, entry.digest, files, int(entry.logged)


def _entry(row: tuple[Any, ...]) -> Entry:
    day, name, run, rows, digest, told, logged = row
    files = tuple(WrittenFile(str(path), int(size), str(sha)) for path, size, sha in json.loads(told))
    if len(files) > _MOST_FILES or not all(is_series_path(file.path) for file in files):
        raise ValueError("it names paths that no series has")
    return Entry(date.fromisoformat(day), str(name), str(run), int(rows), str(digest), files, bool(logged))
