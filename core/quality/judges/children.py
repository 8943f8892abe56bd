"""Judges of children: how many rows each parent has, by the `counts` of parents of so many rows, and of all `parents`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from ...frozen import dataclass
from .. import limits
from ..check import Answer, Judge, Verdict, near
from ..plots import Histogram

_BARS: Final = 60


def _counts(answer: Answer) -> dict[int, int]:
    """Parents by the number of their rows; those without any are not among the `some` that rows point at."""
    counts = {int(n): int(many) for n, many in (answer["counts"] or {}).items()}
    empty = int(answer["parents"]) - int(answer["some"])
    return {0: empty, **counts} if empty > 0 else counts


@dataclass(frozen=True, slots=True)
class CountsWithin(Judge):
    """Each parent has at least so many rows, and at most so many."""

    kind: ClassVar[str] = "counts_within"
    least: int
    most: int

    def __call__(self, answer: Answer) -> Verdict:
        counts, least, most = _counts(answer), self.least, self.most
        outside = sum(many for n, many in counts.items() if not least <= n <= most)
        total = max(sum(counts.values()), 1)
        shown = f"{min(counts, default=0)} to {max(counts, default=0)}"
        return Verdict(outside == 0, 1 - outside / total, shown, f"{least} to {most}", 0, total)


@dataclass(frozen=True, slots=True)
class MeanCount(Judge):
    """The `total` of rows is as large as their mean number says."""

    kind: ClassVar[str] = "mean_count"
    mean: float
    stddev: float
    least: int
    most: int

    def __call__(self, answer: Answer) -> Verdict:
        total, farthest = int(answer["parents"]), max(self.most - self.mean, self.mean - self.least)
        observed = int(answer["total"] or 0) / max(total, 1)
        return near(observed, self.mean, limits.moment(self.stddev, farthest, total), total, max(self.most - self.least, 1))


@dataclass(frozen=True, slots=True)
class CountShares(Judge):
    """Each number of rows has its share of the parents."""

    kind: ClassVar[str] = "count_shares"
    declared: Mapping[int, float]

    def __call__(self, answer: Answer) -> Verdict:
        counts, declared = _counts(answer), self.declared
        total = sum(counts.values())
        every = sorted({*counts, *declared})
        off = sum(abs(counts.get(n, 0) / max(total, 1) - declared.get(n, 0.0)) for n in every) / 2
        shown = range(min(every), min(max(every), min(every) + _BARS) + 1)
        edges = tuple(float(n) for n in (*shown, shown[-1] + 1))
        plot = Histogram(
            edges, tuple(counts.get(n, 0) / max(total, 1) for n in shown), tuple(declared.get(n, 0.0) for n in shown), "rows", True
        )
        limit = limits.variation(declared.values(), total)
        return Verdict(off <= limit, 1 - off, off, 0, limit, total, plot)
