"""The days of every series under an output root: published and missing ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from ..errors import NoOutputError
from .loaded import days_of_tables, loaded_series
from .manifest import Noted
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

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day of which something is known."""
        return min(self.days), max(self.days)

    @property
    def missing(self) -> list[date]:
        """Days between the first and the last of which nothing is there."""
        first, last = self.span
        every = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [day for day in every if day not in self.days]


def calendars(root: Path) -> list[Calendar]:
    """Of all series under an output root, into files and into tables. Raises NoOutputError, PlaceError and InputError."""
    out = [_of_files(state) for state in file_states(root)]
    out += [_of_tables(noted) for noted in loaded_series(root)]
    if not out:
        raise NoOutputError(root, "holds no series of days")
    return out


def _of_files(state: SeriesState) -> Calendar:
    rows = sum(entry.rows for entry in state.entries)
    size = sum(file.bytes for entry in state.entries for file in entry.files)
    return Calendar(state.place, state.dataset_id, state.days, rows, size)


def _of_tables(noted: Noted) -> Calendar:
    first, last = days_of_tables(noted)
    days = {first + timedelta(days=n): len(noted.tables) for n in range((last - first).days + 1)}
    rows = sum(table.rows for table in noted.value.tables)
    size = sum(file.bytes for table in noted.value.tables for file in table.files)
    return Calendar(noted.path.stem, noted.value.dataset_id, days, rows, size if noted.environment == "lakehouse" else None)
