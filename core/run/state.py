"""The state of series: which days are there, whether their files are as they were written, and making again those that are not."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from ..errors import InputError, NoOutputError
from ..plan.make_series import make_series
from ..plan.series import Series
from ..spec.repository import DatasetConfigurationRepository
from ..spec.resolve import Resolved, resolve_parameters
from .cancel import CancelToken
from .days_there import standing
from .events import Event, SeriesResult
from .ledger import SETTINGS, Entry, Ledger, schema_and_mode
from .manifest import Say, unsaid
from .place import file_folders
from .root import refuse_bytes
from .run import ignore
from .series import run_series
from .tables import inside, settle

_OF_FILES: Final = ("path_format", "compression", "digest", "rows_per_file", "target_environment")
_OF_OTHERS: Final = ("datasets", "custom_schema", "generation_settings", "generation_config", "chunking_config", "output_settings")


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

    @property
    def missing(self) -> list[date]:
        """Days between the first and the last of which nothing is there."""
        found = self.days
        first, last = min(found), max(found)
        every = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [day for day in every if day not in found]


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that is not as it was written."""

    place: str
    day: date
    table: str
    path: str
    """Below the output root."""
    what: str
    """missing, changed, or not a plain file."""


def states(root: Path) -> list[SeriesState]:
    """All series under an output root. Raises NoOutputError, and PlaceError for a ledger that is none."""
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
    if not out:
        raise NoOutputError(root, "holds no days as files (tables have no such state)")
    return out


def verify(root: Path, progress: Callable[[int, int], None] = lambda done, total: None, say: Say = unsaid) -> list[Damage]:
    """The files of all series that are not as they were written, by their SHA-256; `progress` is told (done, in all)."""
    asked = []
    # A publication that was cut has files that are not noted yet, and notes that have no file.
    settle(root, say)
    for state in states(root):
        schema, _ = schema_and_mode(state.place)
        for entry in state.entries:
            for file in entry.files:
                path = "/".join([*file_folders(schema), file.path])
                asked.append((Damage(state.place, entry.day, entry.table, path, ""), file.bytes, file.sha256))

    def look(one: tuple[Damage, int, str]) -> Damage | None:
        found, size, sha256 = one
        what = _wrong(root, root / found.path, size, sha256)
        return Damage(found.place, found.day, found.table, found.path, what) if what else None

    out = []
    # Hashing lets go of the interpreter.
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        for done, damage in enumerate(pool.map(look, asked), 1):
            if damage is not None:
                out.append(damage)
            progress(done, len(asked))
    return out


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
    root: Path,
    *,
    repository: DatasetConfigurationRepository | None = None,
    emit: Callable[[Event], None] = ignore,
    cancel: CancelToken | None = None,
) -> list[SeriesResult]:
    """Makes the days again that are missing between others or damaged, with the settings that the ledger holds.

    Raises InputError where a dataset has changed since, PlaceError and RunErrors.
    """
    damaged = verify(root)
    out = []
    for state in states(root):
        if len({entry.made for entry in state.entries}) > 1:
            told = f"the days of {state.place} were made in several ways"
            raise InputError(f"{told}: write them again, all of them, with `ignore_state`")
        series, _ = series_of(root, state, min(state.days), max(state.days), repository)
        days = {*standing(series).left, *(found.day for found in damaged if found.place == state.place)}
        if days:
            out.append(run_series(series, again=True, only=days, emit=emit, cancel=cancel))
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
    # Where datasets and outputs lie, and how much of the machine is used, is said by whoever asks, never by what stands there.
    mine = {name: value for name, value in output.items() if name in _OF_FILES}
    mine |= {"schema": schema, "output_mode": mode, "output_dir": str(root)}
    kept = {name: value for name, value in given.items() if name not in _OF_OTHERS}
    resolved = resolve_parameters(state.dataset_id, edited={**kept, "output_settings": mine}, repository=repository)
    return make_series(resolved, first, last, output_dir=root), resolved
