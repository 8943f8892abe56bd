"""Parts of a table: ranges of rows that are worth working out together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import overload

from ..frozen import dataclass

Ranges = tuple[tuple[int, int], ...]
"""First row and one past the last of each range."""


@dataclass(frozen=True, slots=True)
class EvenParts(Sequence[Ranges]):
    """The rows start .. stop - 1 in `number` parts of one range each, as equal as can be; known without being listed."""

    start: int
    stop: int
    number: int

    def __len__(self) -> int:
        return self.number

    @overload
    def __getitem__(self, index: int) -> Ranges: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Ranges]: ...

    def __getitem__(self, index: int | slice) -> Ranges | Sequence[Ranges]:
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(self.number))]
        n = range(self.number)[index]
        low, high = (self.start + (self.stop - self.start) * edge // self.number for edge in (n, n + 1))
        return ((low, high),)


@dataclass(frozen=True, slots=True)
class ChainedParts(Sequence[Ranges]):
    """The parts of several sequences, none of which is empty, one after another."""

    sequences: tuple[Sequence[Ranges], ...]
    starts: tuple[int, ...]
    """The number of each one's first part, and one past the last of all."""

    @classmethod
    def of(cls, sequences: Sequence[Sequence[Ranges]]) -> ChainedParts:
        """All parts of these sequences."""
        starts = [0]
        for sequence in sequences:
            starts.append(starts[-1] + len(sequence))
        return cls(tuple(sequences), tuple(starts))

    def __len__(self) -> int:
        return self.starts[-1]

    @overload
    def __getitem__(self, index: int) -> Ranges: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Ranges]: ...

    def __getitem__(self, index: int | slice) -> Ranges | Sequence[Ranges]:
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(len(self)))]
        n = range(len(self))[index]
        place = bisect_right(self.starts, n) - 1
        return self.sequences[place][n - self.starts[place]]
