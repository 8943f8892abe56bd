"""What a plot shows, as values; how it is drawn is decided elsewhere."""

from __future__ import annotations

from ..frozen import dataclass


@dataclass(frozen=True, slots=True)
class Histogram:
    """Shares of the values between neighbouring edges: found and declared, each of length len(edges) - 1."""

    edges: tuple[float, ...]
    found: tuple[float, ...]
    declared: tuple[float, ...]
    unit: str = ""
    discrete: bool = False
    """Whether each bar is one whole number, its left edge."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Shares of named values: found and declared."""

    labels: tuple[str, ...]
    found: tuple[float, ...]
    declared: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Days:
    """Rows of each day from `start` (ISO date) on, found and declared, and the spans of named events."""

    start: str
    found: tuple[float, ...]
    declared: tuple[float, ...]
    events: tuple[tuple[str, int, int], ...]
    """(name, first day, days), counted from `start`."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """Rows of the parent of each rank, the most frequent first, on two logarithmic axes: points found and declared."""

    ranks: tuple[float, ...]
    found: tuple[float, ...]
    declared: tuple[float, ...]


Plot = Histogram | Bars | Days | Ranks
