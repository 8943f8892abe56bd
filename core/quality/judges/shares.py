"""Judges of shares: how often each value comes, and whether columns have to do with each other."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import ClassVar, Final

import numpy as np

from ...frozen import dataclass
from .. import limits
from ..check import NO_VALUES, Answer, Judge, Verdict, near, unasked
from ..plots import Bars

BETWEEN: Final = "\x1f"
"""Stands between the values of several columns in one text."""
_MANY: Final = 400
"""Values up to which a list's shares are plotted."""


def shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights as shares that add up to 1."""
    total = sum(weights.values())
    return {value: weight / total for value, weight in weights.items()}


@dataclass(frozen=True, slots=True)
class ValueFactors:
    """Factors on the weight of a value."""

    of: str
    column: str
    times: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CategoryShares(Judge):
    """The `counts` of values, each after those of the columns that decide, are as the weights say."""

    kind: ClassVar[str] = "category_shares"
    weights: Mapping[str, float]
    """Of each value, as it is declared."""
    written: Mapping[str, str]
    """Of each value, as DuckDB shows it."""
    causes: tuple[str, ...] = ()
    """The columns that decide."""
    by: Mapping[str, Mapping[str, float]] | None = None
    """Other weights where the first of them has one of these values."""
    factors: tuple[ValueFactors, ...] = ()

    def __call__(self, answer: Answer) -> Verdict:
        groups: dict[tuple[str, ...], dict[str, int]] = {}
        for text, count in (answer["counts"] or {}).items():
            *cause, value = text.split(BETWEEN)
            groups.setdefault(tuple(cause), {})[value] = int(count)
        worst, plotted = (0.0, 1.0), (dict[str, float](), dict[str, float]())
        rows = sum(sum(counts.values()) for counts in groups.values())
        for cause, counts in groups.items():
            declared, total = self._declared(cause), sum(counts.values())
            every = sorted({*counts, *declared})
            off = sum(abs(counts.get(v, 0) / total - declared.get(v, 0.0)) for v in every) / 2
            worst = max(worst, (off, limits.variation(declared.values(), total)), key=lambda pair: pair[0] - pair[1])
            for value in every:
                plotted[0][value] = plotted[0].get(value, 0.0) + counts.get(value, 0) / rows
                plotted[1][value] = plotted[1].get(value, 0.0) + declared.get(value, 0.0) * total / rows
        labels = tuple(sorted(plotted[1], key=lambda value: (-plotted[1][value], value)))
        plot = Bars(labels, tuple(plotted[0][v] for v in labels), tuple(plotted[1][v] for v in labels))
        return Verdict(worst[0] <= worst[1], 1 - worst[0], worst[0], 0, worst[1], rows, plot)

    def _declared(self, cause: tuple[str, ...]) -> Mapping[str, float]:
        weights = dict(self.weights if self.by is None else self.by.get(cause[0], self.weights))
        for one in self.factors:
            weights[one.of] = weights.get(one.of, 0.0) * one.times.get(cause[self.causes.index(one.column)], 1.0)
        return shares({self.written.get(value, value): weight for value, weight in weights.items()})


@dataclass(frozen=True, slots=True)
class BooleanRates(Judge):
    """In the `counts` of true and false, after the value of the column that decides, true comes as often as its rate says."""

    kind: ClassVar[str] = "boolean_rates"
    rate: float
    by: Mapping[str, float]
    """Other rates for some values of that column."""

    def __call__(self, answer: Answer) -> Verdict:
        groups: dict[str, list[int]] = {}
        for text, count in (answer["counts"] or {}).items():
            value, _, truth = text.rpartition(BETWEEN)
            groups.setdefault(value, [0, 0])[truth == "true"] += int(count)
        worst: Verdict | None = None
        rows, true, meant = 0, 0, 0.0
        for value, (no, yes) in groups.items():
            rate = self.by.get(value, self.rate)
            total = no + yes
            rows, true, meant = rows + total, true + yes, meant + rate * total
            found = near(yes / total, rate, limits.share(rate, total), total)
            if worst is None or (worst.passed and not found.passed):
                worst = found
        if worst is None:
            return unasked(NO_VALUES)
        plot = Bars(("true", "false"), (true / rows, 1 - true / rows), (meant / rows, 1 - meant / rows))
        return Verdict(worst.passed, worst.score, worst.observed, worst.expected, worst.limit, rows, plot)


@dataclass(frozen=True, slots=True)
class ListShares(Judge):
    """The `counts` of values are as the `weights` of a list say."""

    kind: ClassVar[str] = "list_shares"

    def __call__(self, answer: Answer) -> Verdict:
        counts = {value: int(count) for value, count in (answer["counts"] or {}).items()}
        declared = shares({row["value"]: float(row["weight"]) for row in answer["weights"]})
        rows = sum(counts.values())
        off = sum(abs(counts.get(v, 0) / max(rows, 1) - declared.get(v, 0.0)) for v in sorted({*counts, *declared})) / 2
        limit = limits.variation(declared.values(), rows)
        labels = tuple(sorted(declared, key=lambda value: (-declared[value], value)))
        plot = Bars(labels, tuple(counts.get(v, 0) / max(rows, 1) for v in labels), tuple(declared[v] for v in labels))
        return Verdict(off <= limit, 1 - off, off, 0, limit, rows, plot if len(declared) <= _MANY else None)


@dataclass(frozen=True, slots=True)
class HourShares(Judge):
    """The 24 `hours` of the day have these shares."""

    kind: ClassVar[str] = "hour_shares"
    declared: tuple[float, ...]

    def __call__(self, answer: Answer) -> Verdict:
        counts: Mapping[int, int] = {int(hour): int(count) for hour, count in (answer["hours"] or {}).items()}
        rows = sum(counts.values())
        found = np.array([counts.get(hour, 0) for hour in range(24)]) / max(rows, 1)
        off = float(np.abs(found - np.array(self.declared)).sum() / 2)
        limit = limits.variation(self.declared, rows)
        plot = Bars(tuple(f"{hour:02}" for hour in range(24)), tuple(found.tolist()), self.declared)
        return Verdict(off <= limit, 1 - off, off, 0, limit, rows, plot)


@dataclass(frozen=True, slots=True)
class Uncorrelated(Judge):
    """No pair of columns is correlated; each pair's correlation is a measure of its own."""

    kind: ClassVar[str] = "uncorrelated"
    pairs: Mapping[str, tuple[str, str]]

    def __call__(self, answer: Answer) -> Verdict:
        rows = int(answer["rows"])
        found = {name: float(answer[name] or 0.0) for name in self.pairs}
        worst = max(found, key=lambda name: abs(found[name]) if isfinite(found[name]) else 0.0)
        value = found[worst] if isfinite(found[worst]) else 0.0
        limit = limits.correlation(rows)
        observed = f"{value:.4f} ({' and '.join(self.pairs[worst])})"
        return Verdict(abs(value) <= limit, 1 - abs(value) / 2, observed, 0, limit, rows)
