"""The rows of a panel that are worked out together: those of a block of owners in a month."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...frozen import dataclass
from ..hashing import Ints

Small = NDArray[np.int8]
"""Codes: whole numbers below 128."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The rows of a block in a month, in order of their ids."""

    rows: int
    low: int
    """Rows of the month before the first one that is here, `early` aside."""
    early: Ints
    """Numbers of rows before that which are here too, ahead of the others: ascending."""
    owner: NDArray[np.int32]
    """Row of the owner in its table."""
    code: Small
    """Place of the entry in the list of entries."""
    moment: Ints
    amount: Ints
    """In cents, below zero where it is taken away."""
    balance: Ints
    """The owner's sum after the row, in cents."""
    undone: Ints
    """Row number of the earlier row that this one undoes or tries again, -1 for none."""
    burst: Small
    """Which of the entry's bursts it is in, counted from 1; 0 for none."""
    refused: Small
    """Why it does not come about; 0 where it does, or where its columns say so."""

    def part(self, start: int, stop: int, early: Ints) -> Unit:
        """A copy of the rows start .. stop - 1 of a whole month, and of some before them."""
        here = np.concatenate([early, np.arange(start, stop, dtype=np.int64)])
        fields = (self.owner, self.code, self.moment, self.amount, self.balance, self.undone, self.burst, self.refused)
        owner, code, moment, amount, balance, undone, burst, refused = (field[here] for field in fields)
        return Unit(len(here), start, early, owner, code, moment, amount, balance, undone, burst, refused)

    def places(self, numbers: Ints) -> Ints | None:
        """Where the rows of these numbers within the month are; None where some are not here."""
        out = numbers - self.low + len(self.early)
        before = np.flatnonzero(numbers < self.low)
        if len(before):
            if not len(self.early):
                return None
            found = np.minimum(np.searchsorted(self.early, numbers[before]), len(self.early) - 1)
            if not bool((self.early[found] == numbers[before]).all()):
                return None
            out[before] = found
        return out if not len(out) or int(out.max()) < self.rows else None

    @classmethod
    def empty(cls) -> Unit:
        """A month without rows."""
        none = np.zeros(0, np.int64)
        small = none.astype(np.int8)
        return cls(0, 0, none, none.astype(np.int32), small, none, none, none, none, small, small)
