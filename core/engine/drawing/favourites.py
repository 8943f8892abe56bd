"""Favourites: an owner returns to what it has drawn, by the same hash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ...program import columns
from ..ground import Frame
from ..hashing import Bits, Ints, below, hash_ints, hash_pairs, subkey, unit

LOYAL: Final = 4
"""Attempts to find what no sibling has in which rows still go to favourites."""
_RESERVE: Final = 6
_EARLY: Final = 1 << 17
"""Days before the history's start from which changes are counted: before everybody's birth."""
_UNIT: Final = 720_720
"""Divisible by all numbers up to 16: the weights of the slots are this over 1, 2, 3 .."""


class Favourites:
    """Which rows go to a favourite of their owner, and which of its favourites that is.

    An owner has numbered slots. What is in a slot follows from a hash of owner, slot and epoch of the slot, which a draw
    takes instead of the row's own hash; so favourites are as popular as what is drawn freely. The first slot is taken most
    often: slot k by a weight of 1 / k. Epochs end on a hashed day of each period, whose phase is the slot's own.
    """

    def __init__(self, program: columns.Favourites, key: Callable[..., int]) -> None:
        self.number = program.number
        self.reserve = _RESERVE if program.share == 1 else 0
        """Favourites beyond these, for owners that draw nothing freely: the next one takes the place of one that is not there."""
        self._path, self._share, self._period = program.owner, program.share, program.every
        self._edges: Ints = np.cumsum(_UNIT // np.arange(1, program.number + 1, dtype=np.int64))
        self._draw_key, self._slot_key, self._phase_key, self._cycle_key, self._share_key = (
            key("favourite", purpose) for purpose in ("draw", "slot", "phase", "cycle", "shared")
        )

    def taking(self, frame: Frame, key: int, pending: Ints | None) -> tuple[Ints, Ints, Ints]:
        """Which of a frame's rows, or of those at `pending`, go to a favourite; their owners, and the slots; by the key of an attempt."""
        owner = frame.follow(*self._path)
        rows = frame.rows if pending is None else frame.rows[pending]
        bits = hash_ints(subkey(key, "favourite"), rows)
        takes = unit(bits) < self._share
        owners = owner.values if pending is None else owner.values[pending]
        if owner.valid is not None:
            takes &= owner.valid if pending is None else owner.valid[pending]
        # Below 0 are the rows for the unknown, who has no habits.
        takes &= owners >= 0
        who = np.flatnonzero(takes)
        goal = below(hash_ints(self._slot_key, bits[who]), int(self._edges[-1]))
        return who, owners[who].astype(np.int64), np.searchsorted(self._edges, goal, side="right")

    def drawn(self, owner: Ints, slot: Ints, day: Ints) -> tuple[Bits, Ints]:
        """The hash by which the favourite in a slot was drawn that an owner has on a day, and the day on which it was: 0 or later."""
        pair = hash_pairs(self._draw_key, owner, slot)
        if not self._period:
            return pair, np.zeros(len(owner), np.int64)
        phase = below(hash_ints(self._phase_key, pair), self._period)
        since = np.maximum(day + _EARLY, 0) + phase
        cycle = since // self._period
        change = below(hash_pairs(self._cycle_key, pair, cycle), self._period)
        before = since - cycle * self._period < change
        last = cycle - before
        change[before] = below(hash_pairs(self._cycle_key, pair[before], last[before]), self._period)
        return hash_pairs(self._draw_key, pair, last), np.maximum(last * self._period + change - phase - _EARLY, 0)

    def shared(self, share: float) -> Callable[[Frame, Bits], Bits]:
        """For hashes that siblings share: a share of them are those of a slot of their owner, which stays for ever."""

        def own(frame: Frame, bits: Bits) -> Bits:
            owner = frame.follow(*self._path)
            takes = (unit(hash_ints(self._share_key, bits)) < share) & (owner.values >= 0)
            if owner.valid is not None:
                takes &= owner.valid
            who = np.flatnonzero(takes)
            goal = below(hash_ints(self._slot_key, bits[who]), int(self._edges[-1]))
            slot = np.searchsorted(self._edges, goal, side="right")
            out = bits.copy()
            out[who] = hash_pairs(self._share_key, owner.values[who].astype(np.int64), slot)
            return out

        return own

    def bits(self, frame: Frame, key: int, pending: Ints | None) -> Bits:
        """The hash of each row, that of its favourite where it goes to one: for draws that are the same on all days."""
        out = frame.hash(key).copy() if pending is None else hash_ints(key, frame.rows[pending])
        who, owner, slot = self.taking(frame, key, pending)
        if len(who):
            day = np.zeros(1, np.int64) if not self._period else frame.day if pending is None else frame.day[pending]
            out[who] = self.drawn(owner, slot, day[who] if self._period else day)[0]
        return out
