"""Judges of patterns in time: rows of each day against the declared weights of days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from math import exp, log, sqrt
from typing import ClassVar, Final

import numpy as np

from ...frozen import dataclass
from .. import limits
from ..check import Answer, Judge, Verdict, near, unasked
from ..expected import Floats
from ..plots import Bars, Days

_FEWEST_DAYS: Final = 60
_FEWEST_PAIRS: Final = 500
_FEWEST_UNITS: Final = 5
_RAREST: Final = 4.3
"""Standard deviations of its logarithm beyond which no day's factor lies."""
_HEAVY: Final = 1.5
"""Sums of normal values lie within their bounds as if each had a width of two standard deviations; lognormal ones have a longer tail."""
NOISE: Final = 0.05
"""Days of equal shape differ by a hashed factor of 0.95 to 1.05."""
_TWO_DAYS: Final = (1 + NOISE) / (1 - NOISE) - 1
_ROUNDED: Final = 50
"""Rows of a day from which rounding them says nothing of how days scatter."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """The declared weight of each day from the first one on."""

    first: date
    weights: tuple[float, ...]
    scatter: float = 0.0
    """The declared relative standard deviation of days of equal weight, whose factor is lognormal; 0: it is 0.95 to 1.05."""

    @property
    def spread(self) -> float:
        """The standard deviation of the logarithm of a day's factor."""
        return sqrt(log(1 + self.scatter * self.scatter))

    @property
    def width(self) -> float:
        """Half of the distance between the least and the largest factor; of lognormal ones, of what sums of them behave like."""
        return _HEAVY * self.scatter if self.scatter else NOISE

    @property
    def apart(self) -> float:
        """How far one day may lie from all others, relatively."""
        if not self.scatter:
            return _TWO_DAYS
        total = sum(self.weights) or 1.0
        most, squares = exp(_RAREST * self.spread), sum(weight * weight for weight in self.weights) / (total * total)
        return most / max(1 - limits.mean_of_bounded(2 * self.width, squares), 1 / most) - 1

    @property
    def days(self) -> list[date]:
        """All of them."""
        return [self.first + timedelta(days=n) for n in range(len(self.weights))]

    @property
    def array(self) -> Floats:
        """The weights."""
        return np.array(self.weights, np.float64)

    def counts(self, answer: Answer) -> tuple[Floats, int]:
        """Rows of each day, and of all days, whether they are among these or not, by the `groups`."""
        groups = {group["day"]: int(group["n"]) for group in answer["groups"] or []}
        return np.array([groups.get(day, 0) for day in self.days], np.float64), sum(groups.values())


@dataclass(frozen=True, slots=True)
class EachDay(Judge):
    """Each day has as many rows as its weight says."""

    kind: ClassVar[str] = "each_day"
    pattern: Pattern
    events: Mapping[str, tuple[date, ...]]
    """The days of each event."""

    def __call__(self, answer: Answer) -> Verdict:
        (counts, rows), weights, days = self.pattern.counts(answer), self.pattern.array, self.pattern.days
        declared = weights / weights.sum() * max(counts.sum(), 1)
        off = np.abs(counts - declared)
        apart = self.pattern.apart
        bad = off > 1.5 + apart * declared
        lost = rows - int(counts.sum())
        wrong = tuple(f"{days[n]}: {counts[n]:.0f} instead of {declared[n]:.0f}" for n in np.flatnonzero(bad)[:5])
        marked = tuple(span for event, its in self.events.items() for span in _spans(event, its, days[0]))
        plot = Days(days[0].isoformat(), tuple(counts.tolist()), tuple(declared.tolist()), marked)
        many = int(bad.sum())
        shown = f"{many} of {len(counts)} days outside" + (f", {lost} rows outside {days[0]} to {days[-1]}" if lost else "")
        limit = f"{apart:.1%} and a row"
        return Verdict(not many and not lost, 1 - many / len(counts), shown, "no day outside", limit, rows, plot, wrong)


def _spans(event: str, days: Sequence[date], first: date) -> Iterator[tuple[str, int, int]]:
    ordered = sorted(days)
    while ordered:
        many = next((n for n in range(1, len(ordered)) if ordered[n] != ordered[0] + timedelta(days=n)), len(ordered))
        yield event, (ordered[0] - first).days, many
        ordered = ordered[many:]


@dataclass(frozen=True, slots=True)
class DaysOfKind(Judge):
    """Days of each kind, such as weekdays, have the share that their weights say."""

    kind: ClassVar[str] = "days_of_kind"
    pattern: Pattern
    places: tuple[int, ...]
    """The kind of each day."""
    labels: tuple[str, ...]

    def __call__(self, answer: Answer) -> Verdict:
        (counts, rows), weights, place = self.pattern.counts(answer), self.pattern.array, np.array(self.places)
        declared = np.bincount(place, weights, len(self.labels)) / weights.sum()
        found = np.bincount(place, counts, len(self.labels)) / max(counts.sum(), 1)
        off = float(np.abs(found - declared).sum() / 2)
        limit = limits.scattered_days(self.pattern.weights, self.pattern.width, rows)
        shown = sorted(set(self.places))
        labels = tuple(self.labels[n] for n in shown)
        plot = Bars(labels, tuple(float(found[n]) for n in shown), tuple(float(declared[n]) for n in shown))
        return Verdict(off <= limit, 1 - off, off, 0, limit, rows, plot)


@dataclass(frozen=True, slots=True)
class EventLift(Judge):
    """The days of an event have so many times the rows of such days."""

    kind: ClassVar[str] = "event_lift"
    pattern: Pattern
    days: tuple[date, ...]
    factor: float

    def __call__(self, answer: Answer) -> Verdict:
        (counts, rows), weights, factor = self.pattern.counts(answer), self.pattern.array, self.factor
        its = set(self.days)
        inside = np.array([day in its for day in self.pattern.days])
        usual = float(weights[inside].sum() / weights.sum())
        total = max(float(counts.sum()), 1.0)
        found = float(counts[inside].sum()) / total
        lift = factor * (found / max(1 - found, 1e-9)) / (usual / max(1 - usual, 1e-9)) if usual else 0.0
        limit = factor * (self.pattern.apart + (len(its) + 2) / max(usual * total, 1.0))
        off = abs(lift - factor)
        return Verdict(off <= limit, max(1 - off / max(factor, 1e-9), 0.0) if factor else float(off == 0), lift, factor, limit, rows)


@dataclass(frozen=True, slots=True)
class Growth(Judge):
    """The later half of the days has the share of the rows that its weights say."""

    kind: ClassVar[str] = "growth"
    pattern: Pattern

    def __call__(self, answer: Answer) -> Verdict:
        (counts, rows), weights = self.pattern.counts(answer), self.pattern.array
        half = len(counts) // 2
        declared = float(weights[half:].sum() / weights.sum())
        found = float(counts[half:].sum() / max(counts.sum(), 1))
        limit = limits.scattered_days(self.pattern.weights, self.pattern.width, rows) - limits.VARIATION + 0.002
        return Verdict(abs(found - declared) <= limit, 1 - abs(found - declared), found, declared, limit, rows)


@dataclass(frozen=True, slots=True)
class DayScatter(Judge):
    """Days of equal weight scatter as declared."""

    kind: ClassVar[str] = "day_scatter"
    pattern: Pattern

    def __call__(self, answer: Answer) -> Verdict:
        (counts, rows), weights = self.pattern.counts(answer), self.pattern.array
        declared = weights / weights.sum() * max(counts.sum(), 1)
        told = (declared >= _ROUNDED) & (counts > 0)
        many, spread = int(told.sum()), self.pattern.spread
        if many < _FEWEST_DAYS:
            return unasked(f"fewer than {_FEWEST_DAYS} days have {_ROUNDED} rows or more: {many}", rows)
        found = float(np.log(counts[told] / declared[told]).std())
        limit = limits.spread(spread, many) + 0.25 / _ROUNDED
        return near(found, spread, limit, rows, spread)


@dataclass(frozen=True, slots=True)
class UnitScatter(Judge):
    """The shares of units of one day differ from those of the day before as declared, so far as they are not common to all."""

    kind: ClassVar[str] = "unit_scatter"
    whole: float
    """The standard deviation of the logarithm of a unit's factor."""
    alone: float
    """Of that part which no other unit has in common."""

    def __call__(self, answer: Answer) -> Verdict:
        rows, units, found = int(answer["rows"]), int(answer["units"]), float(answer["spread"] or 0.0)
        if rows < _FEWEST_PAIRS or units < _FEWEST_UNITS:
            return unasked(f"{units} units and {rows} pairs of days with rows enough are too few", rows)
        # Few units share out each day among them, which holds each a little; what is common to all of them does not show.
        least, most = self.alone * (1 - 1.5 / units) * 0.85 - 0.02, self.whole * 1.15 + 0.02
        score = 1.0 if least <= found <= most else max(1 - abs(found - self.whole) / self.whole, 0.0)
        return Verdict(least <= found <= most, score, found, self.whole, f"{least:.3f} to {most:.3f}", rows)
