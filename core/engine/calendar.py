"""Days, clocks and time zones.

Days are counted from the first day of the dataset's history (day 0; earlier days are negative), moments are
microseconds since 1970-01-01 UTC. A dataset's hour shapes are local: on the day when clocks go forward the missing hour
gets no rows, on the day when they go back the repeated hour is used once, so a day's moments always ascend.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..program.days import Marks
from ..program.program import Calendar as CalendarProgram
from ..program.program import Fiscal
from . import exact
from .clocks import Clocks
from .edges import numbered
from .hashing import Ints, hash_range, make_key, unit
from .shocks import shocks
from .vector import Words
from .zones import Zone

DAY: Final = 86_400_000_000
HOUR: Final = 3_600_000_000
_KNOTS: Final = 4_096
_BELOW: Final = float(np.nextafter(float(_KNOTS), 0.0))
_WEIGHT: Final = 1_000_000


def clock_table(hours: Sequence[int], width: int = HOUR) -> Ints:
    """Microseconds from the first of these hours (or parts of hours, so wide) at 4,097 equal steps of their cumulative weights."""
    weights = np.array(hours, np.int64)
    edges = np.concatenate([np.zeros(1, np.int64), np.cumsum(weights)])
    goal = np.arange(_KNOTS + 1, dtype=np.int64) * int(edges[-1])
    hour = np.searchsorted(edges * _KNOTS, goal, side="right") - 1
    hour = np.minimum(hour, int(np.flatnonzero(weights)[-1]))
    inside = goal - edges[hour] * _KNOTS
    return hour * width + (inside * (width // 1000) // np.maximum(weights[hour] * _KNOTS, 1)) * 1000


def _marks(given: Marks | None) -> tuple[Ints, Ints, Words]:
    spans = np.array(given.spans() if given is not None else [[-(1 << 40), 1, 0]], np.int64).reshape(-1, 3)
    first, length, code = spans.T
    days = np.repeat(first, length) + np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    # Of marks that share a day the one that is listed first counts.
    distinct, place = np.unique(days, return_index=True)
    return distinct, np.repeat(code, length)[place], Words(given.names if given is not None else ("",))


@lru_cache(maxsize=16)
def day_weights(program: CalendarProgram, seed: int) -> Ints:
    """Integer weight of each day from the origin to the horizon: the declared factors, growth day by day, and noise.

    The noise is a factor hashed from the day, of the declared scatter or else from 0.95 to 1.05: days of equal shape still differ, as
    they do in life.
    """
    number = np.arange(program.horizon)
    stamps = (program.origin + number).astype("datetime64[D]")
    out = np.array(program.weekdays)[(program.origin + number + 3) % 7]
    out = out * np.array(program.months)[stamps.astype("datetime64[M]").astype(np.int64) % 12]
    if program.growth:
        rate = float(exact.log(np.array([1.0 + program.growth]))[0])
        out = out * exact.exp(number.astype(np.float64) * (rate / 365.25))
    for rule, factor in program.multipliers:
        out[rule.places(program.origin, program.horizon)] *= factor
    for ramp in program.ramps:
        for place, factor in ramp.factors(program.origin, program.horizon):
            out[place] *= factor
    bits = hash_range(make_key(seed, program.world, "days"), 0, program.horizon)
    noise = shocks(program.noise, bits) if program.noise else 0.95 + 0.1 * unit(bits)
    weights = np.floor(out * noise * _WEIGHT + 0.5).astype(np.int64)
    weights.flags.writeable = False
    return weights


class Calendar:
    """A dataset's days, its daily weights and its local clock."""

    def __init__(self, program: CalendarProgram, seed: int) -> None:
        self.origin = program.origin
        """Days from 1970-01-01 to day 0."""
        self.days = program.days
        """Days of the dataset's own history."""
        self.weights: Ints = day_weights(program, seed)
        """Integer weight of each day from day 0 to the horizon."""
        self.zone = Zone(program.offsets)
        self.clocks = Clocks(dict(program.clocks), self.zone, program.zones)
        self._gaps: dict[int, int] = {}
        self.whole_days = True
        """Whether clocks change so that every moment of a local day lies between its midnights in UTC, too: by an hour at most, well
        before midnight, as they do nearly everywhere."""
        for number in range(1, len(program.offsets)):
            jump = int(self.zone.offset[number] - self.zone.offset[number - 1])
            if jump > 0:
                local = int(self.zone.utc[number] + self.zone.offset[number - 1])
                self._gaps[local // DAY - self.origin] = local % DAY // HOUR
                self.whole_days &= jump <= HOUR and local % DAY + 2 * jump <= DAY
        fiscal = program.fiscal or Fiscal(1, ())
        self.fiscal_month = fiscal.month
        """The month in which, or near whose first day, the fiscal year begins, 1 to 12."""
        self.fiscal_weeks = fiscal.weeks
        """Weeks of the three months of a quarter; empty: calendar months."""
        self.holidays, self.events = _marks(program.holidays), _marks(program.events)
        """Marked days from 1970-01-01, ascending, the code of each one's name, and the names."""
        self._clocks: dict[tuple[tuple[int, ...], int | None], tuple[Ints, Ints]] = {}
        self._hours = program.hours

    def _clock(self, of: tuple[int, ...], closed: int | None) -> tuple[Ints, Ints]:
        if (of, closed) not in self._clocks:
            parts = len(of) // 24
            hours = [weight for number, weight in enumerate(of) if number // parts != closed]
            # Where all weight stood on the missing hour, the rows are spread over the others.
            table = clock_table(hours if any(hours) else [1] * len(hours), HOUR // parts)
            self._clocks[of, closed] = (table[:-1], np.diff(table))
        return self._clocks[of, closed]

    def to_utc(self, local: Ints) -> Ints:
        """UTC moments of local ones (microseconds since 1970-01-01 00:00 local)."""
        return self.zone.to_utc(local)

    def to_local(self, utc: Ints) -> Ints:
        """Local moments of UTC ones."""
        return self.zone.to_local(utc)

    def day_of(self, utc: Ints) -> Ints:
        """Day number of a moment, local."""
        return self.to_local(utc) // DAY - self.origin

    def day_start(self, day: int) -> int:
        """The moment at which a local day begins."""
        return int(self.to_utc(np.array([(self.origin + day) * DAY], np.int64))[0])

    def moments(self, day: Ints, position: NDArray[np.float64], hours: tuple[int, ...] | None = None) -> Ints:
        """Moments at `position` of local days, to milliseconds: 0 to below 1 by the cumulative weight of `hours`, else the calendar's."""
        of = self._hours if hours is None else hours
        # A place may be rounded up to 1, which is midnight.
        scaled = np.minimum(position * _KNOTS, _BELOW)
        place = scaled.astype(np.int64)
        scaled -= place
        base, width = self._clock(of, None)
        inside = base[place] + (scaled * width[place]).astype(np.int64)
        for gap in self._gaps:
            hit = day == gap
            if hit.any():
                base, width = self._clock(of, self._gaps[gap])
                # The day has 23 hours: what comes after the missing one is an hour later on the clock.
                moved = base[place[hit]] + (scaled[hit] * width[place[hit]]).astype(np.int64)
                inside[hit] = moved + HOUR * (moved >= self._gaps[gap] * HOUR)
        inside -= inside % 1000
        inside += (day + self.origin) * DAY
        return self.to_utc(inside)

    def elsewhere(self, moments: Ints, day: Ints, code: Ints, zones: Sequence[str]) -> Ints:
        """The moments of local days at which the clocks of other zones show what ours does; they stay on our days.

        `code` is the number of each row's zone among `zones`, -1 for ours. What would leave its day goes round to its other end, so
        that an hour of the other zone is as frequent as declared.
        """
        distinct, place = numbered(day)
        starts = self.to_utc((distinct + self.origin) * DAY)
        ends = self.to_utc((distinct + self.origin + 1) * DAY)
        noon = self.to_utc((distinct + self.origin) * DAY + DAY // 2)
        here = self.to_local(noon)
        shift, ours = np.zeros((len(zones) + 1, len(distinct)), np.int64), np.ones(len(zones) + 1, np.bool_)
        for number in np.flatnonzero(np.bincount(code + 1, minlength=1)[1:]).tolist():
            other = self.clocks.zone(zones[number])
            if other is not self.zone:
                shift[number + 1], ours[number + 1] = here - other.to_local(noon), False
        out = moments + shift.ravel().take((code + 1) * len(distinct) + place)
        start, end = starts[place], ends[place]
        out += DAY * (out < start)
        out -= DAY * (out >= end)
        # A day may have an hour more or less.
        np.maximum(out, start, out=out)
        np.minimum(out, end - 1000, out=out)
        stay = np.flatnonzero(ours[code + 1])
        out[stay] = moments[stay]
        return out
