"""Distribution laws as integer quantile tables.

A law is a JSON object such as {"type": "lognormal", "mean": 100, "stddev": 50, "min": 5}. `mean` and `stddev` are
moments of the values before truncation; `min` and `max` truncate (the mass is redistributed, nothing piles up at an
end). A draw is one gather from 65,536 mid-quantiles, so every value is an integer multiple of the law's resolution and
the tails reach the quantiles 1/131072 and 1 - 1/131072.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from json import dumps, loads
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from . import exact
from .hashing import Bits, Ints, below, below_wide, index16

Law = Mapping[str, Any]
SIZE: Final = 65_536
_MID: Final[NDArray[np.float64]] = (np.arange(SIZE) + 0.5) / SIZE


def _between(law: Law, low: float, high: float, p: NDArray[np.float64]) -> NDArray[np.float64]:
    return low + p * (high - low)


def _normal(law: Law, p: NDArray[np.float64]) -> NDArray[np.float64]:
    mean, sd = float(law["mean"]), float(law["stddev"])
    if sd == 0:
        return np.full_like(p, mean)
    low = exact.normal_probability((law["min"] - mean) / sd) if law.get("min") is not None else 0.0
    high = exact.normal_probability((law["max"] - mean) / sd) if law.get("max") is not None else 1.0
    return mean + sd * exact.normal_quantile(np.clip(_between(law, low, high, p), 1e-15, 1 - 1e-15))


def _lognormal(law: Law, p: NDArray[np.float64]) -> NDArray[np.float64]:
    mean, sd = float(law["mean"]), float(law["stddev"])
    variance = float(exact.log(np.array([1.0 + (sd / mean) * (sd / mean)]))[0])
    mu = float(exact.log(np.array([mean]))[0]) - variance / 2
    inner: dict[str, Any] = {"mean": mu, "stddev": float(np.sqrt(variance))}
    for end in ("min", "max"):
        if law.get(end) is not None and law[end] > 0:
            inner[end] = float(exact.log(np.array([float(law[end])]))[0])
    return exact.exp(_normal(inner, p))


def _exponential(law: Law, p: NDArray[np.float64]) -> NDArray[np.float64]:
    mean, shift = float(law["mean"]), float(law.get("min") or 0)
    # The law has no memory: truncated below at `min`, it starts there anew.
    high = 1.0
    if law.get("max") is not None:
        high = 1.0 - float(exact.exp(np.array([-(law["max"] - shift) / mean]))[0])
    return shift - mean * exact.log(1.0 - p * high)


def _geometric(law: Law, p: NDArray[np.float64]) -> NDArray[np.float64]:
    start = float(law.get("min") or 0)
    excess = float(law["mean"]) - start
    if excess <= 0:
        return np.full_like(p, start)
    decay = float(exact.log(np.array([excess / (1.0 + excess)]))[0])
    high = 1.0
    if law.get("max") is not None:
        high = 1.0 - float(exact.exp(np.array([decay * (law["max"] - start + 1)]))[0])
    return start + np.floor(exact.log(1.0 - p * high) / decay)


def _poisson(law: Law, p: NDArray[np.float64]) -> NDArray[np.float64]:
    mean = float(law["mean"])
    low = int(law.get("min") or 0)
    high = int(law["max"]) if law.get("max") is not None else int(mean + 12 * float(np.sqrt(mean)) + 30)
    ks = np.arange(high + 1, dtype=np.float64)
    logs = np.zeros(high + 1)
    logs[1:] = np.cumsum(exact.log(ks[1:]))
    mass = exact.exp(np.maximum(ks * float(exact.log(np.array([mean]))[0]) - mean - logs, -690.0))
    mass[:low] = 0
    cumulative = np.cumsum(mass)
    return np.searchsorted(cumulative, p * cumulative[-1], side="right").astype(np.float64)


def _pareto(law: Law, p: NDArray[np.float64]) -> NDArray[np.float64]:
    low, mean = float(law["min"]), float(law["mean"])
    alpha = mean / (mean - low)
    high = 1.0
    if law.get("max") is not None:
        high = 1.0 - float(exact.power(np.array([low / law["max"]]), alpha)[0])
    return low * exact.power(1.0 - p * high, -1.0 / alpha)


def _uniform(law: Law, p: NDArray[np.float64]) -> NDArray[np.float64]:
    return _between(law, float(law["min"]), float(law["max"]), p)


def _empirical(law: Law, p: NDArray[np.float64]) -> NDArray[np.float64]:
    values = np.array([float(v) for v in law["values"]])
    weights = np.array([float(w) for w in law["values"].values()])
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    return values[order][np.searchsorted(cumulative, p * cumulative[-1], side="right").clip(0, len(values) - 1)]


_QUANTILES = {
    "normal": _normal,
    "lognormal": _lognormal,
    "exponential": _exponential,
    "geometric": _geometric,
    "poisson": _poisson,
    "pareto": _pareto,
    "uniform": _uniform,
    "empirical": _empirical,
}


def quantiles(law: Law, p: NDArray[np.float64]) -> NDArray[np.float64]:
    """The law's values at probabilities p, truncation included."""
    if law["type"] == "constant":
        return np.full_like(p, float(law["value"]))
    out = _QUANTILES[law["type"]](law, p)
    if law.get("min") is not None or law.get("max") is not None:
        out = np.clip(out, law.get("min"), law.get("max"))
    return out


@lru_cache(maxsize=512)
def _table(law: str, scale: float) -> Ints:
    out = np.floor(quantiles(loads(law), _MID) * scale + 0.5).astype(np.int64)
    out.flags.writeable = False
    return out


def table(law: Law, scale: float = 1.0) -> Ints:
    """65,536 integers: the law's mid-quantiles times `scale`, rounded half up."""
    return _table(dumps(dict(law), sort_keys=True), float(scale))


def moments(law: Law) -> tuple[float, float]:
    """Mean and standard deviation of the values that are really drawn, truncation included."""
    values = quantiles(law, _MID)
    return float(values.mean()), float(values.std())


class Sampler:
    """Draws of a law as integers in units of 1 / scale."""

    def __init__(self, law: Law, scale: float = 1.0) -> None:
        self._constant: int | None = None
        self._low = self._span = 0
        self._table: Ints | None = None
        if law["type"] == "constant":
            self._constant = int(np.floor(float(law["value"]) * scale + 0.5))
        elif law["type"] == "uniform":
            self._low = int(np.floor(float(law["min"]) * scale + 0.5))
            self._span = int(np.floor(float(law["max"]) * scale + 0.5)) - self._low + 1
        else:
            self._table = table(law, scale)

    def draw(self, bits: Bits) -> Ints:
        """One value for each hash; only its upper 53 bits are used."""
        if self._table is not None:
            return self._table[index16(bits)]
        if self._constant is not None:
            return np.full(len(bits), self._constant, np.int64)
        out = below(bits, self._span) if self._span < 1 << 32 else below_wide(bits, self._span)
        out += self._low
        return out


def multiset(law: Law, size: int, total: int | None = None) -> Ints:
    """`size` whole numbers whose shape is the law's and whose sum is exact.

    The sum is `total`, by default size times the law's declared mean; for a geometric or Poisson law the untruncated
    mean is fitted so that few values have to move by one. Raises ValueError where min and max make the sum impossible.
    """
    p = (np.arange(size) + 0.5) / size
    if law["type"] == "constant":
        goal = size * int(law["value"])
        low, high = int(law["value"]), int(law["value"])
        counts = np.full(size, low, np.int64)
    else:
        mean = float(law["mean"]) if "mean" in law else moments(law)[0]
        goal = total if total is not None else int(np.floor(size * mean + 0.5))
        low, high = 0, 2**31
        if law["type"] == "empirical":
            possible = [float(value) for value, weight in law["values"].items() if weight]
            low, high = int(np.ceil(min(possible))), int(max(possible))
        low = int(law["min"]) if law.get("min") is not None else low
        high = int(law["max"]) if law.get("max") is not None else high
        fitted: dict[str, Any] = dict(law)
        if law["type"] in ("geometric", "poisson") and law.get("max") is not None:
            start, end = low + 1e-6, (high + 1.0) * 8
            for _ in range(48):
                fitted["mean"] = (start + end) / 2
                if float(np.floor(quantiles(fitted, p) + 0.5).sum()) < goal:
                    start = fitted["mean"]
                else:
                    end = fitted["mean"]
        counts = np.clip(np.floor(quantiles(fitted, p) + 0.5), low, high).astype(np.int64)
    if not size * low <= goal <= size * high:
        raise ValueError(f"{size} values from {low} to {high} cannot sum to {goal}")
    return moved(counts, goal, low, high)


def moved(counts: Ints, total: int, low: int | Ints, high: int | Ints) -> Ints:
    """Counts with one or more added to or taken from some of them, evenly, until their sum is `total`; changes them in place.

    `low` and `high` bound each; raises ValueError where they make the sum impossible.
    """
    while (missing := total - int(counts.sum())) != 0:
        step = 1 if missing > 0 else -1
        free = np.flatnonzero(counts < high if step > 0 else counts > low)
        if not len(free):
            raise ValueError(f"{len(counts)} values cannot sum to {total}")
        take = min(abs(missing), len(free))
        counts[free[(np.arange(take) * len(free)) // take]] += step
    return counts


def law_range(law: Law) -> tuple[int, int]:
    """The least and the largest whole number that a law of counts gives."""
    if law["type"] == "constant":
        return int(law["value"]), int(law["value"])
    if law["type"] == "empirical":
        used = [int(float(value)) for value, weight in law["values"].items() if weight]
        return min(used), max(used)
    return int(law.get("min") or 0), int(law["max"])
