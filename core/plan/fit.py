"""Giving a sum over children a wanted mean and spread: prices are scaled, and the law of the count is bent.

For a sum of N values with mean u and coefficient of variation V, independent of each other and of N, the mean is
E[N] u and the squared coefficient of variation V^2 / E[N] + Var[N] / E[N]^2 (the laws of total expectation and
variance). So a factor on the values sets the mean, and the law of N sets the spread. Among all laws of N that give the
wanted spread, the one closest to the declared law is taken: the one of least relative entropy, which is the declared law
times exp(a n + b n^2) (Kullback, Information Theory and Statistics, 1959, chapter 3).

The values of a real sum are not quite independent, so both are measured on rows of the dataset itself, and corrected.
Measured in whole cents, and with the factor and the weights rounded, the result is the same on every processor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import fsum
from typing import Any, Final

import numpy as np

from ..engine import exact
from ..engine.engine import Engine
from ..engine.laws import moments, multiset
from ..errors import ParameterError
from ..spec.dataset import Dataset, Table
from ..spec.kinds.aggregate import Aggregate
from ..spec.kinds.number import Number
from ..spec.laws import Law
from ..spec.layouts import Children
from .compiler import Compiler
from .overrides import Sum, replace_column

Build = Callable[[Dataset], tuple[Compiler, dict[str, Any]]]
"""Compiles a dataset: the compiler, and the program of the engine."""

_ROUNDS: Final = 5
_CLOSE: Final = (0.002, 0.005)
"""Relative errors of mean and standard deviation that are good enough, where chance is not larger."""
_REFUSED: Final = 5.0
"""So many times that error is refused."""
_BLOCKS: Final = 8
_ROWS: Final = 4_096
_WIDEST: Final = 1_024
_GRID: Final = 160
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Fitted:
    """A dataset in which a sum has its wanted moments."""

    dataset: Dataset
    note: str
    """What was changed, what was reached, and which columns change with it."""


@dataclass(frozen=True, slots=True)
class _State:
    """What was tried, and what came of it."""

    factor: float
    weights: list[float]
    dataset: Dataset
    mean: float
    spread: float


def fit_sum(dataset: Dataset, wanted: Sum, build: Build) -> Fitted:
    """The dataset with the column's mean and spread as wanted; raises ParameterError where that is out of reach."""
    return _Fit(dataset, wanted, build).work()


class _Fit:
    def __init__(self, dataset: Dataset, wanted: Sum, build: Build) -> None:
        self._build, self._wanted, self._dataset = build, wanted, dataset
        self._compiler, self._program = build(dataset)
        self.table, self.column = wanted.table, wanted.column
        model = dataset.tables[self.table].columns[self.column]
        assert isinstance(model, Aggregate)  # noqa: S101  # overrides make a Sum of nothing else
        self.children, _, self.summed = model.of.partition(".")
        if (model.take or "sum") != "sum" or not self.summed or model.where is not None:
            raise self._wrong("is no plain sum over its rows; only such sums can be fitted")
        law = wanted.law
        if law.min is not None or law.max is not None:
            raise self._wrong("is a sum of its rows, which min and max cannot cut; give mean and stddev alone")
        if law.unit is not None:
            raise self._wrong("has no unit of time")
        mean, spread = moments(law.engine())
        self.mean = law.mean if law.mean is not None else mean
        self.spread = law.stddev if law.stddev is not None else spread
        if self.mean <= 0 or self.spread <= 0:
            raise self._wrong("needs a mean and a standard deviation above 0")
        self.price = self._price()
        rows = dataset.tables[self.children].rows
        assert isinstance(rows, Children)  # noqa: S101  # the compiler has seen to it
        self.count = rows.count

    def _wrong(self, text: str) -> ParameterError:
        return ParameterError(f"distributions.{self._wanted.name}", f"`{self.table}.{self.column}` {text}")

    def _price(self) -> tuple[str, str]:
        """The one drawn number with decimals that the summed column is computed from."""
        reached = self._compiler.uses_of(self.children, self.summed)
        found = [place for place in sorted(reached) if isinstance(self._model(place), Number) and self._model(place).places > 0]
        if len(found) != 1:
            told = "more than one" if found else "no"
            raise self._wrong(f"is a sum of `{self.children}.{self.summed}`, which stands on {told} drawn price that could be scaled")
        return found[0]

    def _model(self, place: tuple[str, str]) -> Any:
        return self._dataset.tables[place[0]].columns[place[1]]

    def work(self) -> Fitted:
        support, declared = _declared(self.count)
        if len(support) > _WIDEST:
            raise self._wrong(f"is a sum of up to {support[-1]:,} rows; laws of at most {_WIDEST:,} counts can be fitted")
        state = _State(1.0, declared, self._dataset, *self._measure(self._program))
        best = state
        scatter = 0.0
        for _ in range(_ROUNDS):
            if self._error(best) <= 1:
                break
            lines, variance = _moments(support, state.weights)
            scatter = max(((state.spread / state.mean) ** 2 - variance / lines**2) * lines, 0.0)
            weights = _bend(support, declared, scatter, (self.spread / self.mean) ** 2)
            if weights is None:
                raise self._out_of_reach(support, scatter)
            factor = _rounded(state.factor * self.mean / state.mean * lines / _moments(support, weights)[0])
            changed = self._changed(support, weights, factor)
            state = _State(factor, weights, changed, *self._measure(self._build(changed)[1]))
            best = min(best, state, key=self._error)
        if self._error(best) > _REFUSED:
            raise self._out_of_reach(support, scatter)
        return Fitted(best.dataset, self._note(best, support, declared))

    def _error(self, state: _State) -> float:
        """The larger of the two relative errors, in units of what is good enough."""
        sample = float(np.sqrt(min(self._compiler.number(self.table), _BLOCKS * _ROWS)))
        mean = abs(state.mean / self.mean - 1) / max(_CLOSE[0], 0.3 * self.spread / self.mean / sample)
        spread = abs(state.spread / self.spread - 1) / max(_CLOSE[1], 1.0 / sample)
        return max(mean, spread)

    def _measure(self, program: dict[str, Any]) -> tuple[float, float]:
        """Mean and standard deviation of the column over blocks of rows that are spread over the dataset's history."""
        engine = Engine(program)
        number = max(int(self._compiler.number(self.table)), 1)
        count = min(_BLOCKS, -(-number // _ROWS))
        values: list[int] = []
        scale = 1
        for block in range(count):
            start = 0 if count == 1 else (number - _ROWS) * block // (count - 1)
            vec = engine.table(self.table).frame(start, min(_ROWS, number - start)).get(self.column)
            values += vec.values.tolist()
            scale = 10**vec.scale
        total, squares = sum(values), sum(value * value for value in values)
        n = len(values)
        variance = (squares * n - total * total) / (n * n)
        return total / n / scale, float(np.sqrt(variance)) / scale

    def _changed(self, support: list[int], weights: list[float], factor: float) -> Dataset:
        tables: dict[str, Table] = dict(self._dataset.tables)
        price = self._model(self.price)
        by = {name: {value: _scaled(law, factor) for value, law in laws.items()} for name, laws in price.by.items()}
        replace_column(tables, *self.price, {"law": _scaled(price.law, factor), "by": by})
        law = Law(type="empirical", values={float(n): weight * _MILLION for n, weight in zip(support, weights, strict=True) if weight})
        rows = tables[self.children].rows.model_copy(update={"count": law})
        tables[self.children] = tables[self.children].model_copy(update={"rows": rows})
        return self._dataset.model_copy(update={"tables": tables})

    def _out_of_reach(self, support: list[int], scatter: float) -> ParameterError:
        low, high = _reach(support, scatter)
        many = f"{support[0]:,} to {support[-1]:,}"
        return self._wrong(
            f"is a sum of {many} rows of `{self.children}`: with mean {self.mean:g} its standard deviation can be about "
            f"{self.mean * low:.3g} to {self.mean * high:.3g}, not {self.spread:g}"
        )

    def _note(self, state: _State, support: list[int], declared: list[float]) -> str:
        before, after = _moments(support, declared)[0], _moments(support, state.weights)[0]
        dealt = [(self.children, column) for column in self._dataset.tables[self.children].columns]
        users = self._compiler.users_of(self.price, (self.table, self.column), *dealt)
        changed = sorted(f"{t}.{c}" for t, c in users if t != self.children and not c.startswith("_"))
        return (
            f"distributions: {self.table}.{self.column} has mean {state.mean:.2f} and standard deviation {state.spread:.2f}, measured on "
            f"a sample (its shape stays that of a sum): {'.'.join(self.price)} is multiplied by {state.factor:g}, and {self.children} has "
            f"{after:.2f} rows for each of {self.table} instead of {before:.2f}; with them change {self.children} and {', '.join(changed)}"
        )


def _declared(law: Law) -> tuple[list[int], list[float]]:
    """The counts from the least to the most, and their shares; none is impossible, so that each can be given weight."""
    counts = multiset(law.engine(), 1024)
    low, high = int(counts.min()), int(counts.max())
    low = int(law.min) if law.min is not None else low
    high = int(law.max) if law.max is not None else high
    seen = np.bincount(counts - low, minlength=high - low + 1).tolist()
    total = sum(seen) + 0.5 * len(seen)
    return list(range(low, high + 1)), [(n + 0.5) / total for n in seen]


def _moments(support: list[int], weights: list[float]) -> tuple[float, float]:
    mean = fsum(n * weight for n, weight in zip(support, weights, strict=True))
    return mean, fsum((n - mean) ** 2 * weight for n, weight in zip(support, weights, strict=True))


def _means(support: list[int]) -> list[float]:
    low, high = support[0], support[-1]
    return [low + (high - low) * (n + 0.5) / _GRID for n in range(_GRID)]


def _least_variance(mean: float) -> float:
    inside = mean - float(np.floor(mean))
    return inside * (1 - inside)


def _reach(support: list[int], scatter: float) -> tuple[float, float]:
    """The least and the largest coefficient of variation of a sum, over all laws of the count."""
    squares = []
    for mean in _means(support):
        if mean > 0:
            most = (mean - support[0]) * (support[-1] - mean)
            squares += [(scatter * mean + _least_variance(mean)) / mean**2, (scatter * mean + most) / mean**2]
    return float(np.sqrt(min(squares))), float(np.sqrt(max(squares)))


def _bend(support: list[int], declared: list[float], scatter: float, goal: float) -> list[float] | None:
    """The shares closest to the declared ones with scatter / E[N] + Var[N] / E[N]^2 = goal; None if there are none."""
    best: tuple[float, list[float]] | None = None
    for mean in _means(support):
        variance = goal * mean**2 - scatter * mean
        if not _least_variance(mean) * 1.1 + 1e-3 < variance < (mean - support[0]) * (support[-1] - mean) * 0.95:
            continue
        found = _closest(support, declared, mean, variance)
        if found is not None and (best is None or found[0] < best[0]):
            best = found
    if best is None:
        return None
    return [float(np.floor(weight * _MILLION + 0.5)) / _MILLION for weight in best[1]]


def _closest(support: list[int], declared: list[float], mean: float, variance: float) -> tuple[float, list[float]] | None:
    """(relative entropy, shares) of the law closest to the declared one with this mean and variance, by Newton's method.

    The steps solve the convex dual; distances from the mean are in units of the standard deviation, so they stay small.
    """
    width = float(np.sqrt(variance))
    x = [(n - mean) / width for n in support]
    a = b = 0.0
    for _ in range(60):
        tilt = np.array([a * u + b * u * u for u in x])
        raw = exact.exp(np.clip(tilt - tilt.max(), -600.0, 0.0)).tolist()
        raw = [w * p for w, p in zip(raw, declared, strict=True)]
        total = fsum(raw)
        p = [w / total for w in raw]
        m1, m2 = fsum(w * u for w, u in zip(p, x, strict=True)), fsum(w * u**2 for w, u in zip(p, x, strict=True))
        m3, m4 = fsum(w * u**3 for w, u in zip(p, x, strict=True)), fsum(w * u**4 for w, u in zip(p, x, strict=True))
        if abs(m1) < 1e-9 and abs(m2 - 1) < 1e-9:
            entropy = a * m1 + b * m2 - float(exact.log(np.array([total]))[0]) - float(tilt.max())
            return entropy, p
        c11, c12, c22 = m2 - m1 * m1, m3 - m1 * m2, m4 - m2 * m2
        determinant = c11 * c22 - c12 * c12
        if determinant <= 1e-12:
            return None
        da, db = (c22 * -m1 - c12 * (1 - m2)) / determinant, (c11 * (1 - m2) - c12 * -m1) / determinant
        step = min(1.0, 2.0 / max(abs(da), abs(db), 1e-12))
        a, b = a + step * da, b + step * db
    return None


def _scaled(law: Law, factor: float) -> Law:
    update: dict[str, Any] = {
        name: getattr(law, name) * factor for name in ("mean", "stddev", "min", "max", "value") if getattr(law, name) is not None
    }
    if law.values is not None:
        update["values"] = {value * factor: weight for value, weight in law.values.items()}
    return law.model_copy(update=update)


def _rounded(factor: float) -> float:
    """Six digits, so that the last bits of a processor decide nothing."""
    return float(f"{factor:.6g}")
