"""Columns of what adds up."""

from __future__ import annotations

from typing import Literal

from ...frozen import dataclass
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
class Stock(Kernel):
    """Pieces on hand."""

    kind = "stock"
    place: str
    good: str
    events: str
    sales: str
    share: str
    drawn: str
    quantity: str
    review: int
    """Days."""
    cover: float
    lot: int
    pieces_per_day: float
