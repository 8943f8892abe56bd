"""Columns of what adds up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ...frozen import dataclass
from ..values import Path
from .base import Kernel


@dataclass(frozen=True, slots=True)
class Entry(Kernel):
    """Which of a panel's entries the row is."""

    kind = "entry"


@dataclass(frozen=True, slots=True)
class Standing(Kernel):
    """The sum of an owner's entries."""

    kind = "standing"
    of: str
    at: Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class ReviewBy:
    """Other review periods, in days, by a category of the place."""

    column: str
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stock(Kernel):
    """Pieces on hand."""

    kind = "stock"
    place: str
    good: str
    events: str
    sales: str
    shares: tuple[str, ...]
    """The references of the events to the place."""
    drawn: str
    quantity: str
    review: int
    """Days."""
    cover: float
    lot: int
    lines: float
    """Rows of the sales by the end of the history, in all places and outside of them."""
    service: float
    empty: float = 0.0
    least: Path | None = None
    by: ReviewBy | None = None
