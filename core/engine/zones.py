"""Time zones: local moments and those in UTC, in microseconds since 1970-01-01."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .hashing import Ints


class Zone:
    """A time zone by the changes of its offset: [moment in UTC, offset from then on], both in seconds."""

    def __init__(self, changes: Sequence[tuple[int, int]]) -> None:
        self.utc: Ints = np.array([change[0] for change in changes], np.int64) * 1_000_000
        """The moment of each change."""
        self.offset: Ints = np.array([change[1] for change in changes], np.int64) * 1_000_000
        """From that moment on."""
        self.local: Ints = self.utc + self.offset
        """The moment of each change by the clock that is right from then on."""

    def to_utc(self, local: Ints) -> Ints:
        """UTC moments of local ones (microseconds since 1970-01-01 00:00 local)."""
        if len(self.utc) == 1 or not len(local):
            return local - self.offset[0]
        first = int(np.searchsorted(self.local, int(local.min()), side="right"))
        if first == int(np.searchsorted(self.local, int(local.max()), side="right")):
            return local - self.offset[max(first - 1, 0)]
        place = np.searchsorted(self.local, local, side="right") - 1
        return local - self.offset[np.maximum(place, 0)]

    def to_local(self, utc: Ints) -> Ints:
        """Local moments of UTC ones."""
        if len(self.utc) == 1 or not len(utc):
            return utc + self.offset[0]
        first = int(np.searchsorted(self.utc, int(utc.min()), side="right"))
        if first == int(np.searchsorted(self.utc, int(utc.max()), side="right")):
            return utc + self.offset[max(first - 1, 0)]
        place = np.searchsorted(self.utc, utc, side="right") - 1
        return utc + self.offset[np.maximum(place, 0)]

    def edges(self, local: Ints) -> Ints:
        """UTC moments of local ones that ascend, which then ascend too: a moment that clocks leave out is that of the change."""
        place = np.searchsorted(self.local, local, side="right") - 1
        following = np.append(self.utc[1:], np.iinfo(np.int64).max)
        place = np.maximum(place, 0)
        return np.minimum(local - self.offset[place], following[place])
