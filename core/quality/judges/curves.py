"""Judges of curves: distribution functions and moments, births and departures, popularity by rank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Final, Literal

import numpy as np

from ...engine.distributions import rates
from ...frozen import dataclass
from ...program.values import RateLaw
from .. import limits
from ..check import Answer, Judge, Verdict, near, worst_of
from ..expected import Declared, Expected, Floats, distance, squared
from ..plots import Histogram, Ranks

Moment = Literal["mean", "standard deviation"]
_FINE: Final = 65_536
_LEAST: Final = 30
"""Rows of a parent below which its rank is a matter of chance."""
_DEEP: Final = 100
"""Ranks that must be told apart before a slope is one."""
_CHANCE: Final = 8.0
"""Over the square root of the parents: six times the scatter of the slope over seeds, measured with 500 and 8,000 parents."""


def slope_limit(many: int) -> float:
    """Of the slope over the ranks of so many parents: those that come and go move it a little."""
    return 0.1 + _CHANCE / many**0.5


@dataclass(frozen=True, slots=True)
class Follows(Judge):
    """Each branch follows its distribution: by the counts `n0`, `cdf0` and so on, and `plotted`."""

    kind: ClassVar[str] = "follows"
    branches: tuple[Declared, ...]
    unit: str = ""

    def __call__(self, answer: Answer) -> Verdict:
        worst = (0.0, 1.0)
        every = [branch.expected for branch in self.branches]
        counts = [int(answer[f"n{number}"]) for number in range(len(every))]
        for number, expected in enumerate(every):
            if counts[number]:
                found = (distance(answer[f"cdf{number}"], expected.edges, expected), limits.kolmogorov(counts[number]))
                worst = max(worst, found, key=lambda pair: pair[0] - pair[1])
        plot = self._plot(answer["plotted"], counts, every)
        return Verdict(worst[0] <= worst[1], 1 - worst[0], worst[0], 0, worst[1], sum(counts), plot)

    def _plot(self, found: Sequence[int] | None, counts: Sequence[int], every: Sequence[Expected]) -> Histogram:
        bars, discrete = bars_of(every)
        step = min(expected.step for expected in every)
        total = max(sum(counts), 1)
        inside = (list(found) if found else [])[1 : len(bars)]
        inside += [0] * (len(bars) - 1 - len(inside))
        declared = np.zeros(len(bars) - 1)
        for expected, count in zip(every, counts, strict=True):
            declared += np.diff(expected.below(bars - step / 2)) * count / total
        shown = tuple(float(edge) for edge in bars), tuple(count / total for count in inside), tuple(float(p) for p in declared)
        return Histogram(*shown, self.unit, discrete)


def bars_of(every: Sequence[Expected]) -> tuple[Floats, bool]:
    """Edges of the bars that show several distributions together, and whether each bar is one value."""
    if len(every) == 1:
        return every[0].bars
    mixed = np.sort(np.concatenate([expected.values[:: len(every)] for expected in every]))
    return Expected(mixed, every[0].step).bars


@dataclass(frozen=True, slots=True)
class MomentOf(Judge):
    """The mean or the standard deviation of each branch is that of its distribution: `n0`, `mean0`, `spread0` and so on."""

    kind: ClassVar[str] = "moment"
    which: Moment
    branches: tuple[Declared, ...]

    def __call__(self, answer: Answer) -> Verdict:
        counts = [int(answer[f"n{n}"]) for n in range(len(self.branches))]
        return worst_of([self._judged(answer, n, branch.expected, counts[n]) for n, branch in enumerate(self.branches) if counts[n]])

    def _judged(self, answer: Answer, number: int, expected: Expected, rows: int) -> Verdict:
        width = float(expected.values[-1] - expected.values[0]) or 1.0
        name, declared = ("mean", expected.mean) if self.which == "mean" else ("spread", expected.stddev)
        observed, limit = float(answer[f"{name}{number}"]), moment_limit(self.which, expected, rows)
        off = abs(observed - declared)
        return Verdict(off <= limit, max(1 - off / width, 0.0), observed, declared, limit, rows)


def moment_limit(which: Moment, expected: Expected, rows: int) -> float:
    """Of a mean or a standard deviation over so many rows, in the values' unit."""
    if which == "mean":
        return limits.moment(expected.stddev, expected.span, rows) + expected.step / 2
    deviation, farthest = squared(expected)
    variance = expected.stddev * expected.stddev
    off = 2 * limits.MOMENT * variance + limits.chance(deviation * deviation, farthest, rows)
    # From variances back to standard deviations: the larger of the two sides.
    return max(expected.stddev - max(variance - off, 0.0) ** 0.5, (variance + off) ** 0.5 - expected.stddev) + expected.step / 2


@dataclass(frozen=True, slots=True)
class Births(Judge):
    """Of the `rows` as many had begun up to each edge as is declared, by the `counts` between edges."""

    kind: ClassVar[str] = "births"
    start: date
    edges: tuple[int, ...]
    """Days from the start on."""
    declared: tuple[float, ...]
    """The share that has begun up to each of them."""

    def __call__(self, answer: Answer) -> Verdict:
        counts = list(answer["counts"] or [0])[: len(self.edges)]
        rows, declared = int(answer["rows"]), np.array(self.declared)
        found = np.cumsum(counts) / max(rows, 1)
        off = float(np.abs(found - declared[: len(found)]).max())
        limit = limits.DISTANCE + 2 / max(rows, 1)
        plot = Histogram(tuple(float(edge) for edge in self.edges), tuple(np.diff(found).tolist()), tuple(np.diff(declared).tolist()),
                         f"days from {self.start}")  # fmt: skip
        return Verdict(off <= limit, 1 - off, off, 0, limit, rows, plot)


@dataclass(frozen=True, slots=True)
class Leavers(Judge):
    """As many rows of each age in the `groups` have ended as the distribution of lifetimes says, but for those that stay."""

    kind: ClassVar[str] = "leavers"
    life: Declared
    """In days."""
    stay: float

    def __call__(self, answer: Answer) -> Verdict:
        groups = answer["groups"] or []
        rows = sum(int(group["n"]) for group in groups)
        ages = np.array([float(group["age"]) for group in groups])
        chances = (1 - self.stay) * self.life.expected.below(ages) * (ages >= 1)
        meant = float((chances * np.array([float(group["n"]) for group in groups])).sum()) / max(rows, 1)
        found = sum(int(group["ended"]) for group in groups) / max(rows, 1)
        limit = limits.share(meant, rows) + 16 / max(rows, 1)
        return near(found, meant, limit, rows)


@dataclass(frozen=True, slots=True)
class Power:
    """The Zipf-Mandelbrot law: a share of rank to a power."""

    zipf: float
    head: float


@dataclass(frozen=True, slots=True)
class Rate:
    """The quantiles of a law of rates."""

    law: RateLaw
    shape: float


@dataclass(frozen=True, slots=True)
class Popularity:
    """Weights of the ranks of so many parents: those that a law gives to (rank - 1/2) / many."""

    many: int
    law: Power | Rate

    def rows(self, ranks: Floats, rows: int) -> Floats:
        """Expected rows of the parents of some ranks, of so many rows in all."""
        return self._weights((ranks - 0.5) / self.many) / self._total() * rows

    def _weights(self, above: Floats) -> Floats:
        law = self.law
        if isinstance(law, Rate):
            return rates(law.law, law.shape, above)
        out: Floats = (above + law.head) ** -law.zipf
        return out

    def _total(self) -> float:
        """Of all weights."""
        many, law = self.many, self.law
        ranks = np.arange(min(many, 1_000 if isinstance(law, Power) else _FINE)) + 0.5
        if isinstance(law, Rate):
            # Of more parents the mean is that of so many.
            return float(self._weights(ranks / len(ranks)).mean()) * many
        total = float(self._weights(ranks / many).sum())
        low, high, zipf = len(ranks) / many + law.head, 1.0 + law.head, law.zipf
        if many > len(ranks):
            total += many * (float(np.log(high / low)) if zipf == 1 else (high ** (1 - zipf) - low ** (1 - zipf)) / (1 - zipf))
        return total

    def ranks(self) -> Floats:
        """Up to 400 ranks over which the curve is shown."""
        return spread(1, max(self.many, 2), 400)

    def last(self, rows: int, first: int) -> float | None:
        """The last rank up to which a slope can be told from the rank `first` on, with so many rows; None where it cannot."""
        every = self.ranks()
        deep = every[(self.rows(every, rows) >= _LEAST) & (every <= self.many / 4)]
        return float(deep[-1]) if len(deep) and deep[-1] >= max(_DEEP, 5 * first) else None


def spread(first: float, last: float, count: int) -> Floats:
    """Up to so many whole numbers between two, each about as many times the one before."""
    return np.unique(np.geomspace(first, last, count).astype(np.int64)).astype(np.float64)


def slope(ranks: Floats, rows: Floats) -> float:
    """Of log rows over log ranks."""
    x, y = np.log(ranks), np.log(np.maximum(rows, 0.5))
    x = x - x.mean()
    return float((x * y).sum() / (x * x).sum())


@dataclass(frozen=True, slots=True)
class RankSlope(Judge):
    """Rows fall with the rank of their parent, between two ranks, as the law says: by the `counts` of parents of so many rows."""

    kind: ClassVar[str] = "rank_slope"
    popularity: Popularity
    rows: int
    """That were planned."""
    first: int
    last: float
    limit: float

    def __call__(self, answer: Answer) -> Verdict:
        ranks, every = spread(self.first, self.last, 60), self.popularity.ranks()
        expected = slope(ranks, self.popularity.rows(ranks, self.rows))
        counts = sorted(((int(n), int(parents)) for n, parents in (answer["counts"] or {}).items()), reverse=True)
        frequency = np.array([n for n, _ in counts], np.float64)
        last = np.cumsum([parents for _, parents in counts])
        rows = int((frequency * np.diff(np.concatenate([[0], last]))).sum()) if counts else 0
        if not counts or last[-1] < ranks[-1]:
            verdict = near(0.0, expected, self.limit, rows)
        else:
            found = frequency[np.searchsorted(last, ranks)]
            verdict = near(slope(ranks, found), expected, self.limit, rows)
        plotted = every[every <= (last[-1] if counts else 0)]
        seen = frequency[np.searchsorted(last, plotted)] if counts else plotted
        curve = self.popularity.rows(plotted, rows)
        if len(plotted):
            # Parents that have left or were not there from the start lift or lower the whole curve; the slope is what is declared.
            middle = (plotted >= ranks[0]) & (plotted <= ranks[-1])
            curve = curve * float(np.exp((np.log(seen[middle]) - np.log(curve[middle])).mean())) if middle.any() else curve
        plot = Ranks(tuple(plotted.tolist()), tuple(seen.tolist()), tuple(curve.tolist()))
        return Verdict(verdict.passed, verdict.score, verdict.observed, verdict.expected, verdict.limit, rows, plot)


@dataclass(frozen=True, slots=True)
class LastingSlope(Judge):
    """As `RankSlope`, of the `parents` that were there on all days alone: how long the others were there is no matter of the law."""

    kind: ClassVar[str] = "lasting_slope"
    law: Rate
    first: int

    def __call__(self, answer: Answer) -> Verdict:
        many = int(answer["parents"])
        rows = sum(int(n) * int(parents) for n, parents in (answer["counts"] or {}).items())
        popularity = Popularity(many, self.law)
        last = popularity.last(rows, self.first) if many else None
        if last is None:
            return near(0.0, 0.0, slope_limit(max(many, 1)), rows)
        return RankSlope(popularity, rows, self.first, last, slope_limit(many))(answer)


@dataclass(frozen=True, slots=True)
class PopularShare(Judge):
    """Of `rows` the `popular` ones are the share that is `declared`."""

    kind: ClassVar[str] = "popular_share"

    def __call__(self, answer: Answer) -> Verdict:
        rows, declared = int(answer["rows"]), float(answer["declared"] or 0.0)
        found = int(answer["popular"]) / rows if rows else declared
        return near(found, declared, limits.share(declared, rows), rows)
