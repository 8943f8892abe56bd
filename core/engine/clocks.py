"""Clocks: what would happen in closed time happens after the next opening.

A moment in closed time, or so soon after an opening that the backlog is not done yet, is moved by a line that leads from the closing
before it to the end of the backlog: the order of moments stays, none becomes earlier, and none piles up on another.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from ..program.program import Clock as ClockProgram
from .edges import Edges
from .hashing import Ints
from .vector import Mask
from .zones import Zone

_DAY: Final = 86_400_000_000
_MINUTE: Final = 60_000_000
_SPAN: Final = 512
"""Days of a table."""
MOST_CLOSED: Final = 92 * _DAY
"""Longest closed time, so that products of it and of a day fit into 64 bits, in milliseconds."""
_REACH: Final = 100
"""Days before and after those of a table in which something is open."""
_KEPT: Final = 16


class _Stretches(NamedTuple):
    """Open time, ascending, in microseconds."""

    opens: Ints
    closes: Ints
    done: Ints
    """When the backlog is done."""
    edges: Edges
    """Of `closes`."""


class Clock:
    """When somebody is at work in one time zone."""

    def __init__(self, told: ClockProgram, zone: Zone) -> None:
        self._zone = zone
        self._waits = told.waits * 1_000
        most = max(len(stretches) for stretches in told.week)
        week = [[*stretches, *[(-1, -1)] * (most - len(stretches))] for stretches in told.week]
        self._week: Ints = np.array(week, np.int64)
        spans = [span for marks in told.closed for span in marks.spans()]
        days = [np.arange(first, first + length, dtype=np.int64) for first, length, _ in spans]
        self._closed: Ints = np.unique(np.concatenate(days)) if days else np.zeros(0, np.int64)
        self._tables: OrderedDict[tuple[int, int], _Stretches] = OrderedDict()

    def _local(self, first: int, last: int) -> tuple[Ints, Ints]:
        """Openings and closings of local days from 1970; stretches that meet at midnight are one."""
        days = np.arange(first, last + 1, dtype=np.int64)
        minutes = self._week[(days + 3) % 7]
        open_: Mask = (minutes[:, :, 0] >= 0) & ~np.isin(days, self._closed)[:, None]
        edges = (days[:, None, None] * _DAY + minutes * _MINUTE)[open_]
        opens, closes = edges[:, 0], edges[:, 1]
        meets = opens[1:] == closes[:-1]
        return opens[np.append(True, ~meets)], closes[np.append(~meets, True)]

    def longest(self) -> int:
        """Microseconds of the longest closed time in the days of marks, and an hour for changes of clocks."""
        first, last = (int(self._closed[0]), int(self._closed[-1])) if len(self._closed) else (0, 14)
        opens, closes = self._local(first - _REACH, last + _REACH)
        return int((opens[1:] - closes[:-1]).max(initial=0)) + _DAY // 24

    def _table(self, first: int, last: int) -> _Stretches:
        """Of spans of days."""
        known = self._tables.get((first, last))
        if known is None:
            local = self._local(first * _SPAN - _REACH, (last + 1) * _SPAN + _REACH)
            opens, closes = map(self._zone.edges, local)
            there = closes > opens
            opens, closes = opens[there], closes[there]
            known = self._tables[first, last] = _Stretches(opens, closes, np.minimum(opens + self._waits, closes), Edges(closes))
            if len(self._tables) > _KEPT:
                self._tables.popitem(last=False)
        return known

    def moved(self, moments: Ints) -> Ints:
        """Each moment (UTC), or one after it in open time; those that are moved are whole milliseconds."""
        if not len(moments):
            return moments
        opens, closes, done, edges = self._table(int(moments.min()) // _DAY // _SPAN, int(moments.max()) // _DAY // _SPAN)
        place = edges.passed(moments)
        waits = np.flatnonzero(moments < done[place])
        out = moments.copy()
        place = place[waits]
        opening, closing = opens[place], closes[place - 1]
        into, room = (moments[waits] - closing) // 1_000, (done[place] - opening) // 1_000
        out[waits] = opening + into * room // ((done[place] - closing) // 1_000) * 1_000
        return out

    def open_at(self, moments: Ints) -> Mask:
        """Whether somebody is at work at each moment (UTC)."""
        if not len(moments):
            return np.zeros(0, np.bool_)
        opens, _, _, edges = self._table(int(moments.min()) // _DAY // _SPAN, int(moments.max()) // _DAY // _SPAN)
        out: Mask = moments >= opens[edges.passed(moments)]
        return out


class Clocks:
    """The clocks of a dataset, in its own time zone and in others."""

    def __init__(
        self, told: Mapping[str, ClockProgram], own: Zone, others: Sequence[tuple[Sequence[str], Sequence[tuple[int, int]]]]
    ) -> None:
        self._told, self._own = told, own
        self._others = {name: zone for names, changes in others for zone in [Zone(changes)] for name in names}
        self._clocks: dict[tuple[str, int], Clock] = {}

    def zone(self, name: str) -> Zone:
        """A time zone by its name: the dataset's where the name is of no other."""
        return self._others.get(name, self._own)

    def get(self, name: str, zone: str = "") -> Clock:
        """A clock by a time zone: the dataset's where the name is of no other; raises KeyError."""
        place = self.zone(zone)
        known = self._clocks.get((name, id(place)))
        if known is None:
            known = self._clocks[name, id(place)] = Clock(self._told[name], place)
        return known


def longest_closed(told: ClockProgram) -> int:
    """Microseconds for which a clock stays closed at most."""
    return Clock(told, Zone([(0, 0)])).longest()
