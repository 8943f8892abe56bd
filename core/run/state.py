"""The state of series: which days are there, whether their files and tables are as they were written, and making again what is not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from hashlib import file_digest
from itertools import count
from pathlib import Path
from typing import Any

from ..errors import DaysError, InputError, NoOutputError
from ..frozen import dataclass
from ..plan.series import Series
from ..spec.repository import DatasetConfigurationRepository
from ..spec.resolve import Resolved
from ..spec.urls import folder_of, url_of
from .cancel import CancelToken
from .compared import wrong_tables
from .days_there import standing
from .events import Event, SeriesResult, ignore
from .ledger import SETTINGS, Entry, Ledger, schema_and_mode
from .loaded import loaded_series, replanned, series_of_tables
from .manifest import Say, unsaid
from .place import file_folders, table_place
from .root import refuse_bytes
from .series import run_series
from .tables import inside, settle


@dataclass(frozen=True, slots=True)
class SeriesState:
    """The days of one series."""

    place: str
    told: Mapping[str, Any]
    """What its newest days were made of."""
    entries: tuple[Entry, ...]

    @property
    def dataset_id(self) -> str:
        """Of the dataset."""
        return str(self.told.get("dataset_id", ""))

    @property
    def days(self) -> dict[date, int]:
        """Tables that each day has, of the days that are there."""
        out: dict[date, int] = {}
        for entry in self.entries:
            out[entry.day] = out.get(entry.day, 0) + 1
        return out


@dataclass(frozen=True, slots=True)
class Damage:
    """A file or a table that is not as it was written."""

    place: str
    """Of its series, as `SeriesState` and `Calendar` name it."""
    day: date | None
    """Of a file; a table has all days of its series."""
    table: str
    path: str
    """Below the output root."""
    what: str
    """Of a file: missing, changed, or not a plain file; of a table a sentence without its name."""


def states(root: Path) -> list[SeriesState]:
    """All series of files under an output root. Raises NoOutputError, and PlaceError for a ledger that is none."""
    out = file_states(root)
    if not out:
        raise NoOutputError(root, "holds no series of days")
    return out


def file_states(root: Path) -> list[SeriesState]:
    """As `states`, where there may be none."""
    refuse_bytes(root)
    if not root.is_dir():
        raise NoOutputError(root)
    ledger = Ledger(root)
    out = []
    for place in ledger.places():
        entries = ledger.entries(place)
        if entries:
            newest = max(entries, key=lambda entry: entry.run_id)
            out.append(SeriesState(place, ledger.told(place).get(newest.made, {}), tuple(entries)))
    return out


def verify(
    root: Path | str,
    progress: Callable[[int, int], None] = lambda done, total: None,
    say: Say = unsaid,
    repository: DatasetConfigurationRepository | None = None,
) -> list[Damage]:
    """What of all series is not as it was written: files by their SHA-256, tables by their rows and digests.

    `progress` is told (done, in all). At an object store nothing is put back first: a table that a run left half done is told as wrong.
    Raises NoOutputError where there is no series, PlaceError and RunErrors.
    """
    # A publication that was cut has files that are not noted yet, and notes that have no file.
    folder = folder_of(root) if not url_of(root) else None
    if folder is not None:
        settle(folder, say)
    files, tables = file_states(folder) if folder is not None else [], loaded_series(root)
    if not files and not tables:
        raise NoOutputError(root, "holds no series of days")
    total = sum(len(entry.files) for state in files for entry in state.entries) + sum(len(noted.tables) for noted in tables)
    done = count(1)

    def step() -> None:
        progress(next(done), total)

    out = [damage for state in files if folder is not None for damage in _wrong_files(folder, state, step)]
    for noted in tables:
        for name, what in wrong_tables(root, noted, say, step, repository):
            path = "/".join(table_place(noted.environment, noted.schema, name))
            out.append(Damage(noted.path.stem, None, name, path, what))
    return out


def _wrong_files(root: Path, state: SeriesState, step: Callable[[], None]) -> Iterator[Damage]:
    asked = []
    schema, _ = schema_and_mode(state.place)
    for entry in state.entries:
        for file in entry.files:
            path = "/".join([*file_folders(schema), file.path])
            asked.append((Damage(state.place, entry.day, entry.table, path, ""), file.bytes, file.sha256))

    def look(one: tuple[Damage, int, str]) -> Damage | None:
        found, size, sha256 = one
        what = _wrong(root, root / found.path, size, sha256)
        return replace(found, what=what) if what else None

    # Hashing lets go of the interpreter.
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        for damage in pool.map(look, asked):
            if damage is not None:
                yield damage
            step()


def _wrong(root: Path, path: Path, size: int, sha256: str) -> str:
    if not path.is_symlink() and not path.exists():
        return "missing"
    if path.is_symlink() or not inside(path, root):
        return "not a plain file"
    if path.stat().st_size != size:
        return "changed"
    with open(path, "rb") as file:
        return "" if file_digest(file, "sha256").hexdigest() == sha256 else "changed"


def repair(
    root: Path | str,
    *,
    repository: DatasetConfigurationRepository | None = None,
    emit: Callable[[Event], None] = ignore,
    cancel: CancelToken | None = None,
) -> list[SeriesResult]:
    """Makes the days again that are missing between others or damaged, with the settings that the ledger holds.

    Of tables that are damaged those of the whole series are loaded anew, in one batch, with the settings of their manifest.

    Raises InputError where a dataset has changed since, PlaceError and RunErrors.
    """
    damaged = verify(root, repository=repository)
    out = []
    for state in file_states(folder_of(root)) if not url_of(root) else ():
        if len({entry.made for entry in state.entries}) > 1:
            told = f"the days of {state.place} were made in several ways"
            raise DaysError(f"{told}: write them again, all of them, with `ignore_state`")
        series, _ = series_of(folder_of(root), state, min(state.days), max(state.days), repository)
        days = {*standing(series).left, *(found.day for found in damaged if found.day is not None and found.place == state.place)}
        if days:
            out.append(run_series(series, again=True, only=days, emit=emit, cancel=cancel))
    for noted in loaded_series(root):
        if any(found.place == noted.path.stem for found in damaged):
            series = series_of_tables(root, noted, repository)
            out.append(run_series(series, batch=len(series.days), again=True, emit=emit, cancel=cancel))
    return out


def series_of(
    root: Path, state: SeriesState, first: date, last: date, repository: DatasetConfigurationRepository | None = None
) -> tuple[Series, Resolved]:
    """Days of a series as its ledger says that they were made, and what it was resolved from. Raises InputError where it does not."""
    given = state.told.get(SETTINGS)
    output = given.get("output_settings", {}) if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(output, dict):
        raise InputError(f"the ledger of {root} does not tell how {state.place} was made")
    schema, mode = schema_and_mode(state.place)
    return replanned(root, state.dataset_id, given, {"schema": schema, "output_mode": mode}, (first, last), repository)
