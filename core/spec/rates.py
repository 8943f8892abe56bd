"""Laws of how often rows are drawn, or come: of one row against another, and by age."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Final

from ..program.columns import Ageing, Popularity, Rates
from .modelling import AfterValidator, Field, model_validator
from .names import MICROSECONDS, Strict, duration

PASSED: Final = 16
"""Of rows too many for a table of all: how many times the least factor of age the largest may be."""
OLDEST: Final = 36_525
"""Days of the highest age."""


class Skew(Strict):
    """How popularity falls from row to row, by one law.

    `{zipf: .., head: ..}` is Zipf-Mandelbrot's: weight of rank r of n is (r / n + head) ** -zipf. `{gamma: ..}` and `{lognormal: ..}` are
    laws of rates, which customers follow: the weights of the rows are the law's quantiles, with a mean of 1.
    """

    zipf: float = Field(default=0.9, gt=0, le=3)
    """Exponent."""
    head: float = Field(default=0.001, ge=0, le=1)
    """Share of the rows that forms a flat head: it bounds the share of the hottest row, whatever the size."""
    gamma: float | None = Field(default=None, ge=0.05, le=100)
    """Shape of a gamma distribution: below 1 most rows are rare, and few are frequent; 100 is nearly even."""
    lognormal: float | None = Field(default=None, gt=0, le=3)
    """Standard deviation of the logarithm: a heavier tail than gamma."""

    @model_validator(mode="after")
    def _one_law(self) -> Skew:
        rates = [name for name, shape in (("gamma", self.gamma), ("lognormal", self.lognormal)) if shape is not None]
        given = [*(name for name in ("zipf", "head") if name in self.model_fields_set), *rates]
        if rates and len(given) > 1:
            laws = "`{zipf: 0.9, head: 0.001}`, `{gamma: 0.7}` or `{lognormal: 1.1}`"
            raise ValueError(f"`{given[0]}` and `{rates[-1]}` are of different laws: write {laws}")
        return self

    def law(self) -> Popularity | Rates:
        """As the engine takes it."""
        if self.gamma is not None:
            return Rates("gamma", self.gamma)
        return Popularity(self.zipf, self.head) if self.lognormal is None else Rates("lognormal", self.lognormal)


def whole_days(text: str) -> int:
    """Days of a duration."""
    return duration(text) // MICROSECONDS["day"]


def _anchors(value: dict[str, float]) -> dict[str, float]:
    days = [whole_days(age) for age in value]
    for (one, age), (other, later) in pairwise(zip(days, value, strict=True)):
        if other <= one:
            raise ValueError(f"ages rise from one to the next, by days: `{later}` is no later day than `{age}`")
    if days[-1] > OLDEST:
        raise ValueError(f"ages are at most 100 years, not `{list(value)[-1]}`")
    if not any(value.values()):
        raise ValueError("factors are not all 0")
    return value


ByAge = Annotated[dict[str, Annotated[float, Field(ge=0, le=1_000)]], Field(min_length=2), AfterValidator(_anchors)]
"""Factors by age: `{0 days: 0.3, 60 days: 1.6, 3 years: 0.5}`."""


def ageing(by_age: Mapping[str, float]) -> Ageing:
    """As the engine takes it."""
    return Ageing(tuple(map(whole_days, by_age)), tuple(by_age.values()))
