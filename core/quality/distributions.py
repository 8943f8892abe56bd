"""Checks of values against declared distributions: range, distribution function, mean and spread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np

from ..spec.distributions import Distribution
from .check import Check
from .expected import Declared, Expected, Floats
from .judges.counts import Within
from .judges.curves import Follows, Moment, MomentOf, bars_of, moment_limit
from .judges.mixtures import Between, edges_of
from .subject import Written
from .words import quantity

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
    distribution: Distribution
    declared: Declared

    @classmethod
    def of(cls, condition: str, distribution: Distribution, scale: float = 1.0, places: int = 0) -> Branch:
        """A branch whose values are the distribution's times `scale`, with so many digits after the point."""
        return cls(condition, distribution, Declared(distribution.engine(), scale, places))

    @property
    def expected(self) -> Expected:
        """Its values."""
        return self.declared.expected

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The declared least and largest value as they are written."""

        def rounded(value: float | None) -> float | None:
            step = self.expected.step
            return None if value is None else float(np.floor(value * self.declared.scale / step + 0.5) * step)

        least = self.distribution.least
        if least is None and self.distribution.type in _POSITIVE:
            least = 0.0
        return rounded(least), rounded(self.distribution.most)


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
    shown = f"{'-∞' if low is None else quantity(low)} to {'∞' if high is None else quantity(high)}{f' {unit}' if unit else ''}"

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
        judge=Within(shown),
        culprits=f"SELECT {table.key} FROM {source} WHERE {condition} ORDER BY {table.order} LIMIT 5",
        reads=reads,
    )


def follows(
    table: Written, column: str, value: str, branches: Sequence[Branch], source: str, unit: str = "", reads: tuple[str, ...] = ()
) -> Iterator[Check]:
    """Checks of the distribution function, the mean and the standard deviation, branch by branch: the worst one decides."""
    declared = tuple(branch.declared for branch in branches)
    bars, _ = bars_of([branch.expected for branch in branches])
    step = min(branch.expected.step for branch in branches)
    shape = {"plotted": _histogram(value, bars - step / 2, " OR ".join(f"({b.condition})" for b in branches))}
    moments = {}
    for number, branch in enumerate(branches):
        here = f" FILTER (WHERE {branch.condition})"
        shape[f"n{number}"] = moments[f"n{number}"] = f"count({value}){here}"
        shape[f"cdf{number}"] = _histogram(value, branch.expected.edges + branch.expected.step / 4, branch.condition)
        moments[f"mean{number}"] = f"avg({value}::DOUBLE){here}"
        moments[f"spread{number}"] = f"stddev_pop({value}::DOUBLE){here}"
    types = "/".join(dict.fromkeys(branch.distribution.type for branch in branches))

    yield Check(
        "KSComplement",
        table.name,
        column,
        f"{column} follows its {types} distribution",
        "shape",
        source,
        shape,
        Follows(declared, unit),
        reads=reads,
    )
    fewest = table.plan.rows // len(branches)
    for which in get_args(Moment):
        if any(moment_limit(which, branch.expected, max(fewest, 1)) > _TELLING * branch.expected.stddev for branch in branches):
            continue
        sentence = f"the {which} of {column} is that of its distribution"
        yield Check("StatisticSimilarity", table.name, column, sentence, "shape", source, moments, MomentOf(which, declared), reads=reads)


def lies_between(table: Written, column: str, value: str, branches: Sequence[Branch], source: str, unit: str = "") -> Check:
    """A check of the distribution function where it cannot be seen which branch a row follows: it lies between those of the branches."""
    every = [branch.expected for branch in branches]
    bars, _ = bars_of(every)
    step = min(expected.step for expected in every)
    return Check(
        "KSComplement",
        table.name,
        column,
        f"{column} lies between the distributions that are declared for different rows",
        "shape",
        source,
        {
            "n": f"count({value})",
            "cdf": _histogram(value, edges_of(every) + step / 4, "true"),
            "plotted": _histogram(value, bars - step / 2, "true"),
        },
        Between(tuple(branch.declared for branch in branches), unit),
    )


def _histogram(value: str, edges: Floats, condition: str) -> str:
    listed = ", ".join(f"{edge!r}" for edge in edges.tolist())
    return f"map_values(histogram({value}::DOUBLE, [{listed}]::DOUBLE[]) FILTER (WHERE {condition}))"
