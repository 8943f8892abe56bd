"""The shape of a distribution: shares over steps of an axis, beside another one, and a few figures."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..engine.distributions import quantiles
from ..frozen import dataclass
from ..program.values import Distribution as Told
from ..spec.dataset import Dataset
from ..spec.distributions import Distribution

_POINTS: Final = 2_048
_FARTHEST: Final = 1e100
"""The largest value that is drawn: squares of it can still be added up."""
_APART: Final = 4
"""Floating-point numbers of which a step of the axis has room for, at least."""
_MANY: Final = 10_000
"""The mean from which a Poisson distribution is drawn as a normal one."""
_ENDS: Final = (0.004, 0.996)
"""Probabilities between which values are drawn: a long tail would leave nothing of the rest."""


@dataclass(frozen=True, slots=True)
class LawShape:
    """Shares of values over equal steps from `low` to `high`."""

    low: float
    high: float
    shares: tuple[float, ...]
    beside: tuple[float, ...]
    """Of the other distribution; empty where there is none."""
    mean: float
    stddev: float
    middle: tuple[float, float, float]
    """The values below which 5 %, 50 % and 95 % of all lie."""


def law_shape(law: Distribution, other: Distribution | None, steps: int) -> LawShape:
    """The shape of a distribution, on an axis that has room for the other one too; raises ValueError where its values are too large."""
    values = _values(law.engine())
    rest = _values(other.engine()) if other is not None else None
    low, high = _span(values)
    if rest is not None:
        low, high = min(low, _span(rest)[0]), max(high, _span(rest)[1])
    whole = all(bool((one == np.floor(one)).all()) for one in (values, rest) if one is not None)
    if whole and high - low < steps:
        # A step a number, so that none falls between two.
        steps, low, high = int(high - low) + 1, low - 0.5, high + 0.5
    least = max(steps * _APART * float(np.spacing(max(abs(low), abs(high)))), 1.0 if low == high else 0.0)
    if high - low < least:
        # Numbers that are held apart no more have no steps between them.
        low, high = low - least / 2, high + least / 2
    return LawShape(
        low,
        high,
        _shares(values, low, high, steps),
        _shares(rest, low, high, steps) if rest is not None else (),
        float(values.mean()),
        float(values.std()),
        (float(values[_at(0.05)]), float(values[_at(0.5)]), float(values[_at(0.95)])),
    )


def declared_law(dataset: Dataset, name: str) -> Distribution | None:
    """The distribution that a dataset declares for a column, or for what is an alias of one; None where there is none."""
    table, dot, column = dataset.aliases.get(name, name).rpartition(".")
    for place, model in dataset.tables.items():
        if place == table or not dot:
            for side in ("distribution", "minus", "plus"):
                found = getattr(model.columns.get(column), side, None)
                if isinstance(found, Distribution):
                    return found
    return None


def law_of(value: Any) -> Distribution:
    """A distribution of a config file; raises ValueError with pydantic's sentences."""
    return Distribution.model_validate(value)


@lru_cache(maxsize=64)
def _values(law: Told) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        found = np.sort(quantiles(_sketched(law), (np.arange(_POINTS) + 0.5) / _POINTS))
        drawn = bool((np.abs(found) <= _FARTHEST).all())
    if not drawn:
        raise ValueError(f"its values go beyond {_FARTHEST:g}: give it smaller figures")
    return found


def _sketched(law: Told) -> Told:
    """A Poisson distribution whose numbers are many as the normal one that looks like it: each of them would have to be reckoned with."""
    mean = law.mean or 0.0
    spread = float(np.sqrt(mean))
    if law.type != "poisson":
        return law
    if mean > _MANY:
        return Told("normal", mean, spread, law.min, law.max)
    return replace(law, max=None) if law.max is not None and law.max > mean + 12 * spread + 30 else law


def _at(probability: float) -> int:
    return min(int(probability * _POINTS), _POINTS - 1)


def _span(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values[_at(_ENDS[0])]), float(values[_at(_ENDS[1])])


def _shares(values: NDArray[np.float64], low: float, high: float, steps: int) -> tuple[float, ...]:
    counted, _ = np.histogram(values, bins=steps, range=(low, high))
    return tuple((counted / len(values)).tolist())
