"""What is left of an owner's month, as the amount of its last purchase: then nothing has to settle the sum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from ...program.rows import Panel as PanelRows
from ..hashing import Ints
from ..vector import Mask
from .amounts import Amounts
from .deal import Deal
from .entries import Entries
from .members import Members, Owners

_FACTORS: Final = (0.35, 2.5)
"""What a month's purchases are multiplied by at least and at most, so that its last one is of an ordinary amount."""
_ROUNDS: Final = 3


def running(moved: Ints, starts: Ints, ends: Ints, opening: Ints) -> Ints:
    """The sum after each row: `opening` and all that moved in its segment up to it."""
    whole = np.cumsum(moved)
    base = opening - whole[starts] + moved[starts]
    return whole + np.repeat(base, ends - starts)


@dataclass(slots=True)
class Sums:
    """Rows of a unit, by owner and in order of time, once it is known which of them come about."""

    rows: Ints
    day: Ints
    code: Ints
    amount: Ints
    moved: Ints
    """What each row moves; nothing yet where it settles."""
    posted: Mask
    starts: Ints
    """The first row of each owner."""
    segment: Ints
    """The place of each row's owner."""
    settling: Ints
    """The row of each owner that takes what is left."""
    opening: Ints
    end: Ints
    floor: Ints


class Rest:
    """Lets the last free row of an owner's month be what it buys with all that is left."""

    def __init__(self, program: PanelRows, entries: Entries, members: Members, amounts: Amounts) -> None:
        self._program, self._entries, self._members, self._amounts = program, entries, members, amounts

    @cached_property
    def _spends(self) -> Mask:
        """Of each class of owners whether it has the first entry that is spent on."""
        told = self._program.spending
        return (self._members.share_table == (told.entries[0] if told is not None else -1)).any(axis=1)

    def last_ones(self, owners: Owners, deal: Deal, by_owner: Ints, last: Ints, mine: Ints) -> Mask:
        """Of which owners the last free row is spent, and not the only one, for all that is known so far; makes those rows so.

        `last`: their places, -1 for none.
        """
        told = self._program.spending
        if told is None or not told.takes_rest:
            return np.zeros(len(last), np.bool_)
        rows = by_owner[np.maximum(last, 0)]
        spent = np.isin(deal.code, told.entries)
        others = np.bincount(deal.owner[spent], minlength=owners.count)[mine] - spent[rows]
        out = (last >= 0) & self._spends[owners.kind[mine]] & (deal.burst[rows] == 0) & (others > 0)
        some = rows[out]
        deal.code[some] = np.where(spent[some], deal.code[some], told.entries[0])
        return out

    def taken(self, sums: Sums, asked: Mask, fits: Mask, bounds: tuple[Ints, Ints]) -> Mask:
        """Whose last row takes all that is left; where its amount would not be an ordinary one, others are scaled for it.

        `fits`: the rows that may be scaled. What they move is changed for those who are told.
        """
        least, most = bounds[0][sums.settling], bounds[1][sums.settling]
        fits = fits & (sums.moved < 0)
        own = -sums.amount[sums.settling]
        spent = np.add.reduceat(np.where(fits, -sums.moved, 0), sums.starts)
        gain = sums.end - sums.opening

        def left(moved: Ints) -> Ints:
            return np.add.reduceat(moved, sums.starts) - gain

        takes = left(sums.moved)
        good = (takes >= least) & (takes <= most)
        needs = asked & ~good & (spent > 0)
        wanted = np.maximum(spent + takes - own, 0).astype(np.float64)
        factor = np.where(needs, wanted / np.maximum(spent, 1), 1.0)
        moved = sums.moved
        if needs.any():
            some = fits & needs[sums.segment]
            for _ in range(_ROUNDS):
                factor = np.clip(factor, *_FACTORS)
                scaled = self._amounts.scaled_by(sums.moved, sums.code, some, sums.rows, sums.segment, factor, bounds)
                now = np.add.reduceat(np.where(some, -scaled, 0), sums.starts)
                factor = factor * wanted / np.maximum(now, 1)
            moved = scaled
            takes = left(moved)
            good = (takes >= least) & (takes <= most)
        moved = moved.copy()
        moved[sums.settling] = -takes
        ends = np.append(sums.starts[1:], len(moved))
        lowest = np.minimum.reduceat(running(moved, sums.starts, ends, sums.opening), sums.starts)
        good &= asked & (lowest >= -sums.floor) & ~self._beyond(sums, moved)
        changed = np.flatnonzero(good[sums.segment] & (moved != sums.moved) & fits)
        sums.amount[changed] = sums.moved[changed] = moved[changed]
        return good

    def _beyond(self, sums: Sums, moved: Ints) -> Mask:
        """Who would have a day on which more goes out than before, and more than the least of all limits."""
        refused = self._program.refused
        if refused is None or not refused.limited:
            return np.zeros(len(sums.starts), np.bool_)
        day = sums.segment * 32 + sums.day
        counts = sums.posted & np.isin(sums.code, refused.limited)
        before, after = (
            np.bincount(day[counts], -values[counts].astype(np.float64), minlength=32 * len(sums.starts)) for values in (sums.moved, moved)
        )
        more = ((after > refused.least) & (after > before)).reshape(-1, 32)
        out: Mask = np.logical_or.reduce(more, axis=1)
        return out
