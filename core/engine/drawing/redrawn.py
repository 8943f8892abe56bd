"""Draws for the rows of a frame, anew where what was drawn is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from ..ground import Frame
from ..hashing import Ints, hash_ints, subkey
from ..vector import Mask
from .asked import Asking
from .popular import Draws
from .population import Population

ATTEMPTS: Final = 24
"""What is not found in so many draws goes to an evergreen."""
_AT_ONCE: Final = 8_192
_LOYAL: Final = 4
"""Attempts for another row than siblings have that keep to what these are alike in; a few more find rows of any kind."""
_LOYAL_REDRAWS: Final = 8
"""As many draws of a row that is there do."""


class Drawing(Protocol):
    """A way to draw rows for the rows of a frame."""

    population: Population

    def draw(self, frame: Frame, attempt: int, pending: Ints | None) -> Ints:
        """A row for each row of the frame, or for those at `pending`; another attempt draws others."""

    def fits(self, frame: Frame, place: int, row: int) -> bool:
        """Whether a row may be drawn for one of a frame at all, whatever its popularity."""


class Redrawn:
    """Draws among those that are there on each row's day; the number of redraws is bounded."""

    def __init__(self, keys: Sequence[int], population: Population, draws: Draws, asking: Asking | None = None) -> None:
        self._keys = keys
        """One for each attempt."""
        self.population = population
        self._draws, self._asking = draws, asking

    def draw(self, frame: Frame, attempt: int, pending: Ints | None) -> Ints:
        """A row for each row of the frame, or for those at `pending`."""
        population, key = self.population, self._keys[attempt]
        day = frame.day if pending is None else frame.day[pending]
        bits = frame.hash(key) if pending is None else hash_ints(key, frame.rows[pending])
        asked = None if self._asking is None else self._asking.of(frame)
        if asked is not None and pending is not None:
            asked = asked.take(pending)
        if asked is not None and attempt >= _LOYAL:
            asked = asked.alone()
        begun = day if self._draws.settled else population.of(day)
        if not len(day):
            return np.zeros(0, np.int64)
        out = self._draws.draw(bits, day, begun, asked)
        if self._draws.settled:
            return out
        bad = np.flatnonzero(~self._alive(out, day, begun))
        again = 0
        while len(bad):
            rows = frame.rows[bad] if pending is None else frame.rows[pending[bad]]
            if again == ATTEMPTS:
                out[bad] = population.evergreens(hash_ints(subkey(key, "redraw", again), rows), begun[bad])
                break
            # Few rows try several times at once: the first attempt that is alive counts, as if they had come one by one.
            times = min(max(_AT_ONCE // len(bad), 1), ATTEMPTS - again)
            bits = np.concatenate([hash_ints(subkey(key, "redraw", again + n), rows) for n in range(times)])
            days, there = np.tile(day[bad], times), np.tile(begun[bad], times)
            once = None if asked is None else asked.take(bad).again(times, _LOYAL_REDRAWS - again)
            tried = self._draws.draw(bits, days, there, once)
            alive = self._alive(tried, days, there).reshape(times, -1)
            found = alive.any(axis=0)
            out[bad[found]] = tried.reshape(times, -1)[alive.argmax(axis=0), np.arange(len(bad))][found]
            bad = bad[~found]
            again += times
        return out

    def fits(self, frame: Frame, place: int, row: int) -> bool:
        """Whether a row may be drawn for one of a frame at all, whatever its popularity."""
        return self._asking is None or self._asking.fits(frame, place, row)

    def _alive(self, rows: Ints, day: Ints, begun: Ints) -> Mask:
        return self.population.alive(rows, day, begun, self._draws.lefts_known)
