"""How rows change in the course of time."""

from __future__ import annotations

from collections.abc import Mapping

from ..frozen import dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """How rows change: [days, how many of 64 rows change once in so many], and column -> how many of 16 changes are of it."""

    pace: tuple[tuple[int, int], ...]
    columns: Mapping[str, int]
    by: str = ""
    """The column by whose value rows have another deal than `columns`."""
    others: Mapping[str, Mapping[str, int]] | None = None
    """These deals, by value."""
    brings: Mapping[str, Mapping[str, int]] | None = None
    """Column -> other columns that change with it, each with the number of 64 rows of which it does."""
