"""Distributions: what a number, a count, a lag or an age is drawn from."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from ..errors import brief, hint, nearest
from ..program.values import Distribution as Told
from .modelling import AliasChoices, BeforeValidator, Field, model_validator
from .names import MICROSECONDS, Strict, duration, unit_name

_TAKES: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "constant": (frozenset({"value"}), frozenset()),
    "uniform": (frozenset({"min", "max"}), frozenset()),
    "normal": (frozenset({"mean", "stddev"}), frozenset({"min", "max"})),
    "lognormal": (frozenset({"mean", "stddev"}), frozenset({"min", "max"})),
    "exponential": (frozenset({"mean"}), frozenset({"min", "max"})),
    "geometric": (frozenset({"mean"}), frozenset({"min", "max"})),
    "poisson": (frozenset({"mean"}), frozenset({"min", "max"})),
    "pareto": (frozenset({"mean", "min"}), frozenset({"max"})),
    "empirical": (frozenset({"values"}), frozenset()),
}
LAWS: Final = tuple(_TAKES)
"""The names of all distributions."""
_SCALED: Final = ("value", "mean", "stddev", "min", "max")
_PARAMETERS: Final = (*_SCALED, "values")
_MOST_COUNTED: Final = 1_000_000
"""The largest mean and max of a Poisson distribution: each number up to there has a probability of its own, which is held."""


class Distribution(Strict):
    """What values are drawn from. `mean` and `stddev` are moments of the values before truncation; `min` and `max` truncate."""

    type: Literal["constant", "uniform", "normal", "lognormal", "exponential", "geometric", "poisson", "pareto", "empirical"] = "uniform"
    """Its name."""
    mean: float | None = None
    """Mean of the values (not of their logarithm)."""
    stddev: float | None = Field(default=None, ge=0, validation_alias=AliasChoices("stddev", "sigma"))
    """Standard deviation of the values (not of their logarithm); `sigma` says the same."""
    min: float | None = None
    """The least value: min and max cut the distribution, and nothing piles up at the ends."""
    max: float | None = None
    """The largest value."""
    value: float | None = None
    """Of a constant."""
    values: dict[float, float] | None = None
    """Of an empirical distribution: each value and its weight."""
    unit: str | None = None
    """Makes the distribution a duration: seconds, minutes, hours, days, weeks or years."""

    @model_validator(mode="after")
    def _complete(self) -> Distribution:
        needs, takes = _TAKES[self.type]
        for name in _PARAMETERS:
            given = getattr(self, name) is not None
            if name in needs and not given:
                raise ValueError(f"a {self.type} distribution needs {name}")
            if given and name not in needs | takes:
                raise ValueError(f"`{name}` has no effect on a {self.type} distribution; it takes {', '.join(sorted(needs | takes))}")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"the min {self.min:g} is above the max {self.max:g}")
        if self.mean is not None and ((self.min is not None and self.mean < self.min) or (self.max is not None and self.mean > self.max)):
            low = "-inf" if self.min is None else f"{self.min:g}"
            high = "inf" if self.max is None else f"{self.max:g}"
            raise ValueError(f"the mean {self.mean:g} lies outside {low} to {high}")
        if self.type in ("lognormal", "exponential", "geometric", "poisson", "pareto") and (self.mean or 0) <= 0:
            raise ValueError(f"the mean of a {self.type} distribution must be above 0")
        most = max(self.mean or 0, self.max or 0)
        if self.type == "poisson" and most > _MOST_COUNTED:
            raise ValueError(f"the mean and max of a poisson distribution go up to {_MOST_COUNTED:,}, not {most:g}; take a normal one")
        if self.type == "pareto" and not 0 < (self.min or 0) < (self.mean or 0):
            raise ValueError("a pareto distribution needs 0 < min < mean")
        if self.values is not None and (not self.values or min(self.values.values()) < 0 or sum(self.values.values()) <= 0):
            raise ValueError("an empirical distribution needs weights that are not negative and not all 0")
        if self.unit is not None:
            unit_name(self.unit)
        return self

    @property
    def least(self) -> float | None:
        """The smallest value that may come; None if there is none."""
        if self.values is not None:
            return min(value for value, weight in self.values.items() if weight)
        return self.value if self.value is not None else self.min

    @property
    def most(self) -> float | None:
        """The largest value that may come; None if there is none."""
        if self.values is not None:
            return max(value for value, weight in self.values.items() if weight)
        return self.value if self.value is not None else self.max

    def engine(self, times: float = 1.0) -> Told:
        """What the engine draws from, in this one's own unit, or with all its values multiplied (not those of an empirical one)."""
        given = {name: value if times == 1 else value * times for name in _SCALED if (value := getattr(self, name)) is not None}
        return Told(self.type, **given, values=None if self.values is None else tuple(self.values.items()))

    def microseconds(self) -> float:
        """Microseconds of the distribution's unit; raises ValueError where it has none."""
        if self.unit is None:
            raise ValueError("a distribution of time needs a unit, for example `unit: days`")
        return float(MICROSECONDS[unit_name(self.unit)])


def takes(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The parameters that a distribution needs, and those that it takes besides."""
    needs, besides = _TAKES[name]
    return tuple(key for key in _PARAMETERS if key in needs), tuple(key for key in _PARAMETERS if key in besides)


def _written(name: str) -> str:
    """How a distribution of a name is written."""
    needs, _ = _TAKES[name]
    return f"{{type: {name}, {', '.join(f'{key}: ..' for key in _PARAMETERS if key in needs)}}}"


def from_short(value: Any) -> Any:
    """A distribution as it may be written: a number or a duration is a constant."""
    if isinstance(value, bool):
        raise ValueError("a distribution is a number, a duration or {type: ..}")
    if isinstance(value, int | float):
        return {"type": "constant", "value": value}
    if isinstance(value, str) and value in _TAKES:
        raise ValueError(f"`{value}` is the name of a distribution; write {_written(value)}")
    if isinstance(value, str):
        try:
            return {"type": "constant", "value": duration(value) / 1e6, "unit": "seconds"}
        except ValueError:
            from .foreign import foreign

            theirs = foreign(("Distribution",), value, "type")
            if theirs is not None:
                raise ValueError(f"{theirs.sentence(value)}; write {_written(theirs.new)}") from None
            if nearest(value, _TAKES) is None:
                raise
            raise ValueError(f"`{brief(value)}` is not a number, a duration or a distribution{hint(value, list(_TAKES))}") from None
    return value


AnyDistribution = Annotated[Distribution, BeforeValidator(from_short)]
"""A distribution, or short for a constant: `3`, `7 days`."""
