"""The days of every series under an output root: published, missing and failed ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from ..errors import InputError, NoOutputError
from ..frozen import dataclass
from ..spec.urls import folder_of, url_of
from .attempts import Attempt, attempts
from .days_there import is_whole
from .ledger import schema_and_mode
from .loaded import days_of_tables, loaded_series
from .manifest import Noted, Say, unsaid
from .place import file_folders
from .state import SeriesState, file_states


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one series."""

    place: str
    dataset_id: str
    days: Mapping[date, int]
    """Tables that each day has, of the days that are there."""
    rows: int
    bytes: int | None
    """None: of a warehouse, whose tables share a file."""
    failed: tuple[Attempt, ...] = ()
    """Days at which a run stopped, and that none has written since."""
    begun: tuple[Attempt, ...] = ()
    """Days that a run has begun which is still at work, or died."""
    lost: frozenset[date] = frozenset()
    """Days that were there, and of which no table is whole any more."""

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day of which something is known."""
        known = [*self.days, *self.lost, *(attempt.day for attempt in (*self.failed, *self.begun))]
        return min(known), max(known)

    @property
    def missing(self) -> list[date]:
        """Days between the first and the last that are there of which nothing is there, and at which no run is known to have stopped."""
        there = {*self.days, *self.lost}
        if not there:
            return []
        known = {*self.days, *(attempt.day for attempt in (*self.failed, *self.begun))}
        first, last = min(there), max(there)
        return [day for n in range((last - first).days + 1) if (day := first + timedelta(days=n)) not in known]


def calendars(root: Path | str, say: Say = unsaid) -> list[Calendar]:
    """Of all series under an output root, into files and into tables; `say` is told of tables whose days cannot be.

    Raises NoOutputError, PlaceError, InputError, and RunError for an object store that cannot be reached.
    """
    found = [_of_files(folder_of(root), state) for state in file_states(folder_of(root))] if not url_of(root) else []
    for noted in loaded_series(root):
        try:
            found.append(_of_tables(noted))
        except InputError as error:
            say(str(error))
    tried = attempts(root)
    out = [_tried(one, tried.pop(one.place).but(one.days)) if one.place in tried else one for one in found]
    # Of these no day was ever published.
    out += [_tried(Calendar(place, known.dataset_id, {}, 0, 0), known.days) for place, known in tried.items() if known.days]
    if not out:
        raise NoOutputError(root, "holds no series of days")
    return out


def _tried(found: Calendar, tried: tuple[Attempt, ...]) -> Calendar:
    begun = tuple(attempt for attempt in tried if attempt.outcome == "RUNNING")
    return replace(found, failed=tuple(attempt for attempt in tried if attempt not in begun), begun=begun)


def _of_files(root: Path, state: SeriesState) -> Calendar:
    schema, _ = schema_and_mode(state.place)
    folder = root.joinpath(*file_folders(schema))
    whole = [entry for entry in state.entries if is_whole(entry, folder)]
    days = Counter(entry.day for entry in whole)
    rows = sum(entry.rows for entry in whole)
    size = sum(file.bytes for entry in whole for file in entry.files)
    return Calendar(state.place, state.dataset_id, days, rows, size, lost=frozenset(state.days) - set(days))


def _of_tables(noted: Noted) -> Calendar:
    first, last = days_of_tables(noted)
    days = {first + timedelta(days=n): len(noted.tables) for n in range((last - first).days + 1)}
    rows = sum(table.rows for table in noted.value.tables)
    size = sum(file.bytes for table in noted.value.tables for file in table.files)
    return Calendar(noted.path.stem, noted.value.dataset_id, days, rows, size if noted.environment == "lakehouse" else None)
