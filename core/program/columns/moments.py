"""Columns of moments."""

from __future__ import annotations

from ...frozen import dataclass
from ..values import FactorsByColumn, Path, Scaled, Tree
from .base import Kernel


@dataclass(frozen=True, slots=True)
class Begin(Kernel):
    """When the row began."""

    kind = "begin"


@dataclass(frozen=True, slots=True)
class End(Kernel):
    """When the row ended; `open` is the day (from 1970) that stands in rows that last."""

    kind = "end"
    open: int | None = None


@dataclass(frozen=True, slots=True)
class Until(Kernel):
    """When a row ends that takes a stretch of time."""

    kind = "until"


@dataclass(frozen=True, slots=True)
class Current(Kernel):
    """Whether the row lasts."""

    kind = "current"


@dataclass(frozen=True, slots=True)
class Bound:
    """A moment that another is raised or lowered to."""

    path: Path
    type: str


@dataclass(frozen=True, slots=True)
class Clocked:
    """A clock by whose open time something happens."""

    clock: str
    zone: Path | None = None
    """The name of the time zone; None: the dataset's."""


@dataclass(frozen=True, slots=True)
class Open(Kernel):
    """Whether a clock is open."""

    kind = "open"
    clocked: Clocked
    at: Path | None = None
    """A timestamp; None: when the row began."""


@dataclass(frozen=True, slots=True)
class Moment(Kernel):
    """Some time after (`sign` 1) or before (-1) another moment."""

    kind = "moment"
    origin: Path
    origin_type: str
    sign: int = 1
    lag: Scaled | None = None
    not_before: Bound | None = None
    not_after: Bound | None = None
    clocked: Clocked | None = None


@dataclass(frozen=True, slots=True)
class CalendarPart(Kernel):
    """A part of the moment that a row of a calendar is."""

    kind = "calendar_part"
    part: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lifecycle."""

    name: str
    after: tuple[int, ...]
    """The places of the steps that it may follow."""
    share: float = 1.0
    when: Tree = None
    lag: Scaled | None = None
    at: tuple[Path, bool] | None = None
    """[moment at which it happens, whether that is a date]."""
    factors: FactorsByColumn | None = None
    clocked: Clocked | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle(Kernel):
    """How far a row has come."""

    kind = "lifecycle"
    steps: tuple[Step, ...]
    start: Path | None = None
    """When the first step happens; None: when the row begins."""
