"""What rows do as others did: most take a value over, or return to what is their owner's."""

from __future__ import annotations

from ...frozen import dataclass
from ..values import Path


@dataclass(frozen=True, slots=True)
class Mostly:
    """Where most rows take their value from (a category, or the row that a reference points at), and the share that does."""

    path: Path
    share: float


@dataclass(frozen=True, slots=True)
class Favourites:
    """Draws that an owner repeats."""

    owner: Path
    """A whole number that tells owners apart."""
    number: int
    """Favourites of an owner."""
    share: float
    """Share of the rows that go to one of them."""
    every: int = 0
    """Days after which each of them is drawn anew; 0: never."""
