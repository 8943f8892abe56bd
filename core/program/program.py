"""The program: tables, the calendar and the pools that an engine is made of."""

from __future__ import annotations

from collections.abc import Mapping

from ..frozen import dataclass
from .columns import Column
from .days import Marks, Ramp, Rule
from .rows import Rows
from .values import Json

FORMAT = 1
"""Rises when programs of one version cannot be read by another."""


@dataclass(frozen=True, slots=True)
class Fiscal:
    """The fiscal year: the month in which it begins (1 to 12), and the weeks of the months of a quarter (none: calendar months)."""

    month: int
    weeks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """When somebody is at work."""

    week: tuple[tuple[tuple[int, int], ...], ...]
    """Minutes of the local day at which stretches of open time begin and end, for each weekday from Monday on."""
    waits: int
    """Milliseconds after an opening in which all happens that waited for it."""
    closed: tuple[Marks, ...] = ()
    """Days without open time."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days, hours and the time zone."""

    origin: int
    """The first day of the history, from 1970."""
    days: int
    """Days of the history."""
    horizon: int
    """Days from the origin that are known of."""
    world: str
    """The dataset whose days these are."""
    offsets: tuple[tuple[int, int], ...]
    """[moment in UTC, offset from then on], both in seconds."""
    hours: tuple[int, ...]
    """Weight of each hour of the day, or of equal parts of each."""
    weekdays: tuple[float, ...]
    """Factor of each weekday, from Monday."""
    months: tuple[float, ...]
    """Factor of each month."""
    growth: float = 0.0
    """From one year to the next."""
    multipliers: tuple[tuple[Rule, float], ...] = ()
    """[days by rule, their factor]."""
    ramps: tuple[Ramp, ...] = ()
    noise: float = 0.0
    """Relative standard deviation of the days; 0: a factor of 0.95 to 1.05, each as likely."""
    fiscal: Fiscal | None = None
    holidays: Marks | None = None
    events: Marks | None = None
    clocks: tuple[tuple[str, Clock], ...] = ()
    """Each with its name."""
    zones: tuple[tuple[tuple[str, ...], tuple[tuple[int, int], ...]], ...] = ()
    """Other time zones that clocks go by: [names of those that are alike, as `offsets`]; those like the dataset's own are left out."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    world: str
    """The dataset whose name its values are keyed by."""
    rows: Rows
    columns: Mapping[str, Column]
    unknown: Mapping[str, Json] | None = None
    """The values of its row for the unknown, as the engine holds them."""

    @property
    def written(self) -> tuple[str, ...]:
        """The columns that are written: those whose names begin with no underscore."""
        return tuple(name for name in self.columns if not name.startswith("_"))


@dataclass(frozen=True, slots=True)
class Pool:
    """A list of values, by its content: a CSV text with a header, which whoever makes an engine must have."""

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
