"""How rows change: when, how often, and which of their columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..program import changes as told
from .ground import NEVER, Frame
from .hashing import Bits, Ints, hash_ints, hash_pairs
from .permute import shuffle_blocks, shuffle_pow2
from .vector import Mask

_CLASSES: Final = 64
_ROUNDS: Final = 8
"""Rounds of 16 changes that are kept of small tables: of 65,536 rows 8 MB, and as much for each column that changes."""
_SMALL: Final = 65_536
"""Rows up to which what each row has for ever is kept: it only saves time."""


class Changes:
    """Each row changes once in each cycle of its class's period, on a hashed day of the cycle."""

    def __init__(
        self, program: told.Changes | None, key: Callable[..., int], number: int, ever: Callable[[], int], kinds: Callable[[], Ints]
    ) -> None:
        program = program or told.Changes((), {})
        self._number, self._ever, self._kinds_of = number, ever, kinds
        """Rows by the end of the history, and up to the horizon; and which of the deals each row has."""
        periods = [0] * _CLASSES
        place = 0
        for period, share in program.pace:
            periods[place : place + share] = [period] * share
            place += share
        self._pace: Ints = np.array(periods, np.int64)
        self.any = bool(self._pace.any())
        """Whether any row changes."""
        self._code = {name: code for code, name in enumerate(program.columns)}
        deals = [
            [self._code[name] for name, count in deal.items() for _ in range(count)]
            for deal in (program.columns, *(program.others or {}).values())
        ]
        self._deals: Ints = np.array(deals, np.int64).reshape(len(deals), -1)
        """Of each kind of rows the columns of 16 changes."""
        self._each: Ints = np.array([[deal.count(code) for code in self._code.values()] for deal in deals], np.int64)
        self._brought: dict[str, list[tuple[str, int, int]]] = {name: [] for name in self._code}
        for name, others in (program.brings or {}).items():
            for other, share in others.items():
                self._brought[other].append((name, key("brings", name, other), share))
        self._slots: dict[int, NDArray[np.uint8]] = {}
        """Of each row, for a round of 16 changes, the column of each."""
        self._counts: dict[tuple[int, int], NDArray[np.uint8]] = {}
        self._pace_key, self._phase_key, self._cycle_key, self._deal_key = key("pace"), key("phase"), key("cycle"), key("deal")

    def version_of(self, rows: Ints, born: Ints, seen: Ints | int) -> Ints:
        """Changes of each row from its birth to a day: one in each cycle of its class's period."""
        out = np.zeros(len(rows), np.int64)
        if not self.any or not len(rows):
            return out
        period, phase, early = self._rhythm(rows)
        moving = np.flatnonzero(period)
        ids, period, phase = rows[moving], period[moving], phase[moving]
        age = (seen if isinstance(seen, int) else seen[moving]) - born[moving]
        shifted = np.maximum(age, 0) + phase
        cycle = shifted // period
        done = shifted - cycle * period >= _fraction(hash_pairs(self._cycle_key, ids, cycle), period)
        out[moving] = cycle + done - early[moving]
        return out

    def changed(self, rows: Ints, born: Ints, version: Ints) -> Ints:
        """The day of each row's `version`-th change (from 1); NEVER for rows that do not change."""
        out = np.full(len(rows), NEVER, np.int64)
        if not self.any or not len(rows):
            return out
        period, phase, early = self._rhythm(rows)
        moving = np.flatnonzero(period)
        ids, period = rows[moving], period[moving]
        cycle = version[moving] - 1 + early[moving]
        out[moving] = born[moving] - phase[moving] + cycle * period + _fraction(hash_pairs(self._cycle_key, ids, cycle), period)
        return out

    def _rhythm(self, rows: Ints) -> tuple[Ints, Ints, Mask]:
        """Of each row: days from change to change (0: it never changes), days from a cycle's start to the birth, and whether the
        change of the first cycle lies before the birth, and so is none."""
        if self._number <= _SMALL < len(rows) * 16:
            period, phase, early = self._rhythms
            # Slices of popularity end a little after the last day that anything is asked for.
            if int(rows.max()) < len(period):
                return period[rows], phase[rows], early[rows]
        return self._rhythm_of(rows)

    @cached_property
    def _rhythms(self) -> tuple[Ints, Ints, Mask]:
        return self._rhythm_of(np.arange(self._ever(), dtype=np.int64))

    def _rhythm_of(self, rows: Ints) -> tuple[Ints, Ints, Mask]:
        period = self._pace[shuffle_pow2(6, hash_ints(self._pace_key, rows >> 6), rows & 63)]
        phase = _fraction(hash_ints(self._phase_key, rows), period)
        return period, phase, phase >= _fraction(hash_pairs(self._cycle_key, rows, np.zeros_like(rows)), period)

    def epoch(self, frame: Frame, column: str, kinds: Callable[[], Ints]) -> Ints:
        """Changes of one column among those of each row; 16 consecutive changes of a row hold the fixed multiset of its kind."""
        if len(self._code) == 1:
            return frame.version
        out = self._own(frame, column, kinds)
        for bringer, key, share in self._brought[column]:
            brings = hash_ints(key, frame.rows) >> np.uint64(58) < share
            out = out + self._own(frame, bringer, kinds) * brings
        return out

    def _own(self, frame: Frame, column: str, kinds: Callable[[], Ints]) -> Ints:
        """The changes that are dealt to a column itself."""
        rows, version, code = frame.rows, frame.version, self._code[column]
        rounds, part = version >> 4, version & 15
        if self._number <= _SMALL < len(rows) * 16 and int(rows.max()) < (ever := self._ever()) and int(rounds.max()) < _ROUNDS:
            counted = np.stack([self._counted(code, number, ever) for number in range(int(rounds.max()) + 1)])
            each = self._each[self._kinds, code].take(rows) if len(self._each) > 1 else self._each[0, code]
            return rounds * each + counted.ravel().take((rounds * ever + rows) * 16 + part)
        # What was dealt is looked at once for all columns.
        return frame.memo(self, "dealt", lambda: self._dealt(rows, rounds, part, kinds()))[code]

    def _dealt(self, rows: Ints, rounds: Ints, part: Ints, kinds: Ints) -> Ints:
        """Of each column, how many of each row's changes were dealt to it."""
        out = self._each[kinds].T * rounds
        some = np.flatnonzero(part)
        keys, kinds, part = hash_pairs(self._deal_key, rows[some], rounds[some]), kinds[some], part[some]
        for step in range(int(part.max()) if len(part) else 0):
            open_ = np.flatnonzero(part > step)
            slot = shuffle_pow2(4, keys[open_], np.full(len(open_), step, np.int64))
            out[self._deals[kinds[open_], slot], some[open_]] += 1
        return out

    @cached_property
    def _kinds(self) -> Ints:
        return self._kinds_of()

    def _counted(self, code: int, round_: int, ever: int) -> NDArray[np.uint8]:
        """Of each row how many of its first 0 .. 15 changes of a round are those of one column: shape (ever, 16)."""
        known = self._counts.get((code, round_))
        if known is None:
            dealt = self._slots.get(round_)
            if dealt is None:
                keys = hash_pairs(self._deal_key, np.arange(ever, dtype=np.int64), np.full(ever, round_, np.int64))
                slots = shuffle_blocks(4, keys)
                of_kinds = self._deals[self._kinds[:, None], slots] if len(self._deals) > 1 else self._deals[0][slots]
                dealt = self._slots[round_] = of_kinds.astype(np.uint8)
            known = np.zeros((ever, 16), np.uint8)
            np.cumsum(dealt[:, :15] == code, axis=1, out=known[:, 1:])
            self._counts[code, round_] = known
        return known


def _fraction(bits: Bits, limit: Ints) -> Ints:
    z = bits >> np.uint64(32)
    z *= limit.astype(np.uint64)
    z >>= np.uint64(32)
    return z.view(np.int64)
