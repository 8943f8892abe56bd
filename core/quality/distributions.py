"""Checks of values against declared distributions: range, distribution function, mean and spread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..spec.distributions import Distribution
from . import limits
from .check import Answer, Check, Verdict, worst_of
from .expected import Expected, Floats, distance, squared
from .plots import Histogram
from .subject import Written

FEWEST: Final = 100
"""Rows from which shapes are judged: with fewer, chance hides every fault."""

_POSITIVE: Final = ("lognormal", "exponential", "geometric", "poisson")
_TELLING: Final = 0.5
"""Largest limit of a moment, in standard deviations, at which it still tells something."""


@dataclass(frozen=True)
class Branch:
    """The distribution of some of the rows."""

    condition: str
    """SQL over the row `t`."""
    law: Distribution
    expected: Expected
    scale: float = 1.0

    @classmethod
    def of(cls, condition: str, law: Distribution, scale: float = 1.0, places: int = 0) -> Branch:
        """A branch whose values are the distribution's times `scale`, with so many digits after the point."""
        return cls(condition, law, Expected.of(law, scale, places), scale)

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The declared least and largest value as they are written."""

        def rounded(value: float | None) -> float | None:
            step = self.expected.step
            return None if value is None else float(np.floor(value * self.scale / step + 0.5) * step)

        least = self.law.least
        if least is None and self.law.type in _POSITIVE:
            least = 0.0
        return rounded(least), rounded(self.law.most)


def number(value: float) -> str:
    """`1,440,000`, `0.25`: whole numbers as they are, others to six digits."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1e6 else f"{value:,.6g}"


def boundary(
    table: Written,
    column: str,
    value: str,
    branches: Sequence[Branch],
    source: str,
    unit: str = "",
    reads: tuple[str, ...] = (),
    *,
    slack: float = 0.0,
) -> Iterator[Check]:
    """A check that no value lies farther than `slack` outside its distribution's declared range; none where no distribution has one."""
    wrong = []
    for branch in branches:
        low, high = branch.bounds
        room = slack + branch.expected.step / 2
        inner = [f"{value} < {low - room!r}"] if low is not None else []
        inner += [f"{value} > {high + room!r}"] if high is not None else []
        if inner:
            wrong.append(f"({branch.condition}) AND ({' OR '.join(inner)})")
    if not wrong:
        return
    lows, highs = [b.bounds[0] for b in branches], [b.bounds[1] for b in branches]
    low = None if None in lows else min(x for x in lows if x is not None)
    high = None if None in highs else max(x for x in highs if x is not None)
    shown = f"{'-∞' if low is None else number(low)} to {'∞' if high is None else number(high)}{f' {unit}' if unit else ''}"

    def judge(answer: Answer) -> Verdict:
        bad, rows = int(answer["bad"]), int(answer["rows"])
        least, most = answer["least"], answer["most"]
        found = f"{number(least)} to {number(most)}" if least is not None else "no values"
        return Verdict(bad == 0, 1 - bad / max(rows, 1), found, shown, 0, rows)

    condition = " OR ".join(wrong)
    yield Check(
        name="BoundaryAdherence",
        table=table.name,
        column=column,
        sentence=f"{column} lies within {shown}",
        group="shape",
        source=source,
        ask={
            "rows": f"count({value})",
            "bad": f"count(*) FILTER (WHERE {condition})",
            "least": f"min({value}::DOUBLE)",
            "most": f"max({value}::DOUBLE)",
        },
        judge=judge,
        culprits=f"SELECT {table.key} FROM {source} WHERE {condition} ORDER BY {table.order} LIMIT 5",
        reads=reads,
    )


def distribution(
    table: Written, column: str, value: str, branches: Sequence[Branch], source: str, unit: str = "", reads: tuple[str, ...] = ()
) -> Iterator[Check]:
    """Checks of the distribution function, the mean and the standard deviation, branch by branch: the worst one decides."""
    bars, discrete = _bars(branches)
    step = min(branch.expected.step for branch in branches)
    shape = {"plotted": _histogram(value, bars - step / 2, " OR ".join(f"({b.condition})" for b in branches))}
    moments = {}
    for number, branch in enumerate(branches):
        here = f" FILTER (WHERE {branch.condition})"
        shape[f"n{number}"] = moments[f"n{number}"] = f"count({value}){here}"
        shape[f"cdf{number}"] = _histogram(value, branch.expected.edges + branch.expected.step / 4, branch.condition)
        moments[f"mean{number}"] = f"avg({value}::DOUBLE){here}"
        moments[f"spread{number}"] = f"stddev_pop({value}::DOUBLE){here}"
    law = "/".join(dict.fromkeys(branch.law.type for branch in branches))

    def judge_shape(answer: Answer) -> Verdict:
        worst = (0.0, 1.0)
        counts = [int(answer[f"n{number}"]) for number in range(len(branches))]
        for number, branch in enumerate(branches):
            if counts[number]:
                found = (distance(answer[f"cdf{number}"], branch.expected.edges, branch.expected), limits.kolmogorov(counts[number]))
                worst = max(worst, found, key=lambda pair: pair[0] - pair[1])
        rows = sum(counts)
        plot = _plot(answer["plotted"], bars, step, counts, branches, unit, discrete)
        return Verdict(worst[0] <= worst[1], 1 - worst[0], worst[0], 0, worst[1], rows, plot)

    def judge_moment(which: str) -> Callable[[Answer], Verdict]:
        def judge(answer: Answer) -> Verdict:
            counts = [int(answer[f"n{n}"]) for n in range(len(branches))]
            found = [_moment(which, answer, n, branch.expected, counts[n]) for n, branch in enumerate(branches) if counts[n]]
            return worst_of(found)

        return judge

    yield Check(
        "KSComplement", table.name, column, f"{column} follows its {law} distribution", "shape", source, shape, judge_shape, reads=reads
    )
    fewest = table.plan.rows // len(branches)
    for which in ("mean", "standard deviation"):
        if any(_limit(which, branch.expected, max(fewest, 1)) > _TELLING * branch.expected.stddev for branch in branches):
            continue
        sentence = f"the {which} of {column} is that of its distribution"
        yield Check("StatisticSimilarity", table.name, column, sentence, "shape", source, moments, judge_moment(which), reads=reads)


def _moment(which: str, answer: Answer, number: int, law: Expected, rows: int) -> Verdict:
    width = float(law.values[-1] - law.values[0]) or 1.0
    name, expected = ("mean", law.mean) if which == "mean" else ("spread", law.stddev)
    observed, limit = float(answer[f"{name}{number}"]), _limit(which, law, rows)
    off = abs(observed - expected)
    return Verdict(off <= limit, max(1 - off / width, 0.0), observed, expected, limit, rows)


def _limit(which: str, law: Expected, rows: int) -> float:
    """Of a mean or a standard deviation over so many rows, in the values' unit."""
    if which == "mean":
        return limits.moment(law.stddev, law.span, rows) + law.step / 2
    deviation, farthest = squared(law)
    variance = law.stddev * law.stddev
    off = 2 * limits.MOMENT * variance + limits.chance(deviation * deviation, farthest, rows)
    # From variances back to standard deviations: the larger of the two sides.
    return max(law.stddev - max(variance - off, 0.0) ** 0.5, (variance + off) ** 0.5 - law.stddev) + law.step / 2


def _histogram(value: str, edges: Floats, condition: str) -> str:
    listed = ", ".join(f"{edge!r}" for edge in edges.tolist())
    return f"map_values(histogram({value}::DOUBLE, [{listed}]::DOUBLE[]) FILTER (WHERE {condition}))"


def _bars(branches: Sequence[Branch]) -> tuple[Floats, bool]:
    if len(branches) == 1:
        return branches[0].expected.bars
    mixed = np.sort(np.concatenate([branch.expected.values[:: len(branches)] for branch in branches]))
    return Expected(mixed, branches[0].expected.step).bars


def _plot(
    found: Sequence[int] | None, bars: Floats, step: float, counts: Sequence[int], branches: Sequence[Branch], unit: str, discrete: bool
) -> Histogram:
    total = max(sum(counts), 1)
    inside = (list(found) if found else [])[1 : len(bars)]
    inside += [0] * (len(bars) - 1 - len(inside))
    declared = np.zeros(len(bars) - 1)
    for branch, count in zip(branches, counts, strict=True):
        declared += np.diff(branch.expected.below(bars - step / 2)) * count / total
    return Histogram(
        tuple(float(edge) for edge in bars), tuple(count / total for count in inside), tuple(float(p) for p in declared), unit, discrete
    )
