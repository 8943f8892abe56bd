"""The ledger: which days of which tables were written under an output root, and with which files.

A SQLite file, so that a day costs the same to note and to find however many there are, and a process that dies leaves it
whole. It says what is there; no value depends on it. Anyone may have put such a file there, so one that is not laid out as
ours is refused, and its paths are checked as those of manifests are.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal, get_args

from ..errors import PlaceError, RunError, brief
from ..frozen import dataclass
from ..spec.paths import is_day_path
from .root import plain_file

LEDGER: Final = ".series.sqlite"
SETTINGS: Final = "parameters"
"""Of what is told of a series the part that makes it again, in the shape of a config file."""
_FORMAT: Final = 2
_TABLES: Final = {
    "series": "CREATE TABLE series (place TEXT, made TEXT, told TEXT NOT NULL, PRIMARY KEY (place, made)) WITHOUT ROWID",
    "entry": (
        "CREATE TABLE entry (place TEXT, day TEXT, name TEXT, run TEXT NOT NULL, made TEXT NOT NULL, rows INTEGER NOT NULL,"
        " digest TEXT NOT NULL, files TEXT NOT NULL, logged INTEGER NOT NULL, PRIMARY KEY (place, day, name)) WITHOUT ROWID"
    ),
}
_JSON: Final = json.JSONDecoder()
_DAYS: Final = 4_096
"""Days whose texts are read once: each has as many entries as a series has tables."""
_MOST_FILES: Final = 100_000
_MOST_TEXT: Final = 1 << 24
"""Characters of one value."""
_MOST_ROWS: Final = 10**13
FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(2400, 1, 1)
"""Days that a series may have."""
_END: Final = bytes.fromhex("d9d505f920a163d7")
"""With these bytes ends a journal that names another file, which SQLite would remove. One of a single file never does."""
_BUSY: Final = ("locked", "busy")
_DISK: Final = ("full", "disk i/o", "readonly", "unable to open")


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
    made: str = ""
    """Hash of what its series was made of."""
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
        if schema != place and is_day_path(schema.removeprefix("_") or "x"):
            return "" if schema == _BARE else schema, mode
    raise PlaceError(f"the ledger names `{brief(place)}`, which is no series")


class Ledger:
    """The ledger of an output root. Raises PlaceError for a file that is none."""

    def __init__(self, root: Path) -> None:
        self.path = root / LEDGER

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection | None]:
        """For reading; None where there is no ledger."""
        self._look()
        if not self.path.exists() or not self.path.stat().st_size:
            yield None
            return
        with self._in_words(), closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            self._check(connection)
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing."""
        self._look()
        with self._in_words(), closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    for sql in _TABLES.values():
                        connection.execute(sql)
                    connection.execute(f"PRAGMA user_version = {_FORMAT}")
                self._check(connection)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _look(self) -> None:
        """Raises PlaceError for files beside the ledger that none of ours has: SQLite would follow them."""
        journal, wal, shared = (self.path.with_name(f"{LEDGER}{ending}") for ending in ("-journal", "-wal", "-shm"))
        for path in (self.path, journal, wal, shared):
            plain_file(path)
        for path in (wal, shared):
            if path.exists():
                raise self._refused(f"{path.name} lies beside it, which no series leaves")
        if self.path.exists():
            with open(self.path, "rb") as file:
                if len(head := file.read(20)) == 20 and head[18:] != b"\x01\x01":
                    raise self._refused("it has a journal of another kind")
        if journal.exists() and journal.stat().st_size >= len(_END):
            with open(journal, "rb") as file:
                file.seek(-len(_END), os.SEEK_END)
                if file.read() == _END:
                    raise self._refused(f"{journal.name} names another file")

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            told = str(error).lower()
            if isinstance(error, sqlite3.OperationalError) and any(word in told for word in _BUSY):
                raise RunError(f"{self.path} is held by another program: try again when it has ended") from None
            if isinstance(error, sqlite3.OperationalError) and any(word in told for word in _DISK):
                raise RunError(f"{self.path} cannot be written now: {error}") from None
            raise self._refused(str(error) or type(error).__name__) from None

    def _check(self, connection: sqlite3.Connection) -> None:
        found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        if found != _TABLES or version != _FORMAT:
            raise self._refused("it holds other tables")

    def _refused(self, why: str) -> PlaceError:
        return PlaceError(f"{self.path} is not a ledger that can be used ({why}): move it away, or choose another `output_dir`")

    def told(self, place: str) -> dict[str, dict[str, Any]]:
        """What the series of a place were made of, as JSON values, by the hash that their entries name."""
        with self._open() as connection:
            if connection is None:
                return {}
            sql = "SELECT made, told FROM series WHERE place = ? AND made IN (SELECT made FROM entry WHERE place = ?)"
            found = {str(made): json.loads(_text(told)) for made, told in connection.execute(sql, [place, place])}
            return {made: told for made, told in found.items() if isinstance(told, dict)}

    def entries(self, place: str, first: date = FIRST_DAY, last: date = LAST_DAY) -> list[Entry]:
        """The entries of a place, by day and table."""
        return self._entries("day BETWEEN ? AND ?", [place, first.isoformat(), last.isoformat()])

    def unlogged(self, place: str) -> list[Entry]:
        """The entries that the log does not tell of yet."""
        return self._entries("logged = 0", [place])

    def _entries(self, where: str, values: list[str]) -> list[Entry]:
        with self._open() as connection:
            if connection is None:
                return []
            sql = f"SELECT day, name, run, made, rows, digest, files, logged FROM entry WHERE place = ? AND {where} ORDER BY day, name"
            return [_entry(row) for row in connection.execute(sql, values)]

    def places(self) -> list[str]:
        """All places that there are days of."""
        with self._open() as connection:
            found = connection.execute("SELECT DISTINCT place FROM entry ORDER BY place") if connection else ()
            return [_text(row[0]) for row in found]

    def note(self, place: str, entries: Sequence[Entry], told: Mapping[str, Any], dropped: Sequence[tuple[date, str]] = ()) -> None:
        """Notes entries, each in the place of one of the same day and table, and takes out those of (day, table): all or nothing.

        `told` is what they are made of.
        """
        rows = [_row(place, entry) for entry in entries]
        with self._writing() as connection:
            for made in {entry.made for entry in entries}:
                connection.execute("INSERT OR REPLACE INTO series VALUES (?, ?, ?)", [place, made, json.dumps(told, sort_keys=True)])
            gone = [(place, day.isoformat(), name) for day, name in dropped]
            connection.executemany("DELETE FROM entry WHERE place = ? AND day = ? AND name = ?", gone)
            connection.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def log(self, place: str, days: Sequence[date]) -> None:
        """Notes that the log tells of days."""
        with self._writing() as connection:
            rows = [(place, day.isoformat()) for day in days]
            connection.executemany("UPDATE entry SET logged = 1 WHERE place = ? AND day = ?", rows)


def made_of(told: Mapping[str, Any]) -> str:
    """The hash of what a series is made of, 64 hexadecimal digits; two series may differ in `SETTINGS`."""
    return sha256(json.dumps({name: value for name, value in told.items() if name != SETTINGS}, sort_keys=True).encode()).hexdigest()


def _row(place: str, entry: Entry) -> tuple[Any, ...]:
    files = json.dumps([[file.path, file.bytes, file.sha256] for file in entry.files])
    return place, entry.day.isoformat(), entry.table, entry.run_id, entry.made, entry.rows, entry.digest, files, int(entry.logged)


def _entry(row: tuple[Any, ...]) -> Entry:
    day, name, run, made, rows, digest, told, logged = row
    files = tuple([WrittenFile(_text(path), _whole(size), _text(sha)) for path, size, sha in _JSON.decode(_text(told))])
    if len(files) > _MOST_FILES or not all(is_day_path(file.path) for file in files):
        raise ValueError("it names paths that no series has")
    return Entry(_day(day), _text(name), _text(run), _whole(rows), _text(digest), files, _text(made), bool(logged))


@lru_cache(_DAYS)
def _day(value: Any) -> date:
    found = date.fromisoformat(_text(value))
    if not FIRST_DAY <= found <= LAST_DAY or found.isoformat() != value:
        raise ValueError("it names days that no series has")
    return found


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MOST_ROWS:
        raise ValueError("it holds counts that no series has")
    return value


def _text(value: Any) -> str:
    if type(value) is not str or len(value) > _MOST_TEXT:
        raise ValueError("it holds values that are no texts of a series")
    if not value.isascii():
        value.encode()
    return value
