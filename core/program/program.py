"""The program: tables, the calendar and the pools that an engine is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .columns import Column
from .rows import Rows
from .values import Json

FORMAT = 1
"""Rises when programs of one version cannot be read by another."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Named days: [first day from 1970, days, place of the name]."""

    names: tuple[str, ...]
    spans: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Fiscal:
    """The fiscal year: the month in which it begins (1 to 12), and the weeks of the months of a quarter (none: calendar months)."""

    month: int
    weeks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days, hours and the time zone."""

    origin: int
    """The first day of the history, from 1970."""
    days: int
    """Days of the history."""
    weights: tuple[int, ...]
    """Of each day from the origin to the horizon."""
    offsets: tuple[tuple[int, int], ...]
    """[moment in UTC, offset from then on], both in microseconds."""
    hours: tuple[int, ...]
    """Weight of each hour of the day."""
    fiscal: Fiscal | None = None
    holidays: Spans | None = None
    events: Spans | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    world: str
    """The dataset whose name its values are keyed by."""
    rows: Rows
    columns: Mapping[str, Column]
    written: tuple[str, ...]
    unknown: Mapping[str, Json] | None = None
    """The values of its row for the unknown, as the engine holds them."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A list of values, by its content."""

    path: str
    sha256: str
    fields: Mapping[str, str]
    """Field -> SQL type."""


@dataclass(frozen=True, slots=True)
class Program:
    """What an engine is made of."""

    version: int
    """Of the algorithm."""
    seed: int
    as_of: int
    """Day from the origin."""
    calendar: Calendar
    tables: Mapping[str, Table]
    pools: Mapping[str, Pool]
    format: int = FORMAT
