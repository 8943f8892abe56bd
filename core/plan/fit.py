"""Giving a sum over children the mean and spread that were asked for: prices are scaled, and the distribution of the count is bent.

For a sum of N values with mean u, independent of each other and of N, the mean is E[N] u (the law of total
expectation): a factor on the values sets the mean, and the distribution of N sets the spread (see `tilt`). The values of a real
sum are not quite independent, so both are measured on rows of the dataset itself, and corrected.

Measured in whole cents, and with the factor and the shares rounded, the result is the same on every processor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from ..engine.distributions import moments
from ..engine.engine import Engine
from ..errors import ParameterError
from ..frozen import dataclass
from ..program.program import Program
from ..spec.dataset import Dataset, Table
from ..spec.distributions import Distribution
from ..spec.kinds.aggregate import Aggregate
from ..spec.kinds.number import Number
from ..spec.kinds.reference import Reference
from ..spec.layouts.children import Children
from .compiler import Compiler
from .overrides import Sum
from .relations import replace_column
from .scope import Place
from .tilt import Floats, bend, count_moments, declared_shares, reach

Build = Callable[[Dataset], tuple[Compiler, Program]]
"""Compiles a dataset: the compiler, and the program of the engine."""

_ROUNDS: Final = 3
_CLOSE: Final = (0.002, 0.005)
"""Relative errors of mean and standard deviation that are good enough, where chance is not larger."""
_REFUSED: Final = 5.0
"""So many times that error is refused."""
_BLOCKS: Final = 32
_ROWS: Final = 320
"""Few rows at many places: the rows of a day share their prices, so their neighbours tell little that is new."""
_WIDEST: Final = 1_024
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class _State:
    """What was tried, and what came of it."""

    factor: float
    shares: Floats
    dataset: Dataset
    mean: float
    spread: float

    @property
    def variation(self) -> float:
        return self.spread / self.mean if self.mean else 0.0


def fit_sums(dataset: Dataset, sums: Iterable[Sum], given: Iterable[Place], build: Build) -> tuple[Dataset, list[str]]:
    """The dataset with each sum's mean and spread as wanted, and a sentence on what was changed and reached for each.

    `given` are columns that a distribution was set for, which may not be scaled. Raises ParameterError for what is out of reach.
    """
    notes: list[str] = []
    own = set(given)
    taken: dict[Place | str, str] = {}
    for wanted in sums:
        fit = _Fit(dataset, wanted, build)
        if fit.price in own:
            raise fit.wrong(f"is fitted by scaling `{'.'.join(fit.price)}`, which has a distribution of its own here: give one of the two")
        other = taken.get(fit.price) or taken.get(fit.children)
        if other is not None:
            raise fit.wrong(f"is a sum of the same rows or prices as `{other}`: give a distribution to one of the two")
        dataset, note = fit.work()
        notes.append(note)
        taken[fit.price] = taken[fit.children] = f"{wanted.table}.{wanted.column}"
    return dataset, notes


class _Fit:
    def __init__(self, dataset: Dataset, wanted: Sum, build: Build) -> None:
        self._build, self._wanted, self._dataset = build, wanted, dataset
        self._compiler, self._program = build(dataset)
        self.table, self.column = wanted.table, wanted.column
        model = dataset.tables[self.table].columns[self.column]
        assert isinstance(model, Aggregate)  # noqa: S101  # overrides make a Sum of nothing else
        self.children, _, self.summed = model.of.partition(".")
        if (model.take or "sum") != "sum" or not self.summed or model.where is not None:
            raise self.wrong("is not a plain sum over its rows; only such sums can be fitted")
        distribution = wanted.distribution
        if distribution.min is not None or distribution.max is not None:
            raise self.wrong("is a sum over rows, which min and max cannot truncate; give only mean and stddev")
        if distribution.unit is not None:
            raise self.wrong("has no unit of time")
        mean, spread = moments(distribution.engine())
        self.mean = distribution.mean if distribution.mean is not None else mean
        self.spread = distribution.stddev if distribution.stddev is not None else spread
        if self.mean <= 0 or self.spread <= 0:
            raise self.wrong("needs a mean and a standard deviation above 0")
        self.price = self._price()
        rows = dataset.tables[self.children].rows
        assert isinstance(rows, Children)  # noqa: S101  # the compiler has seen to it
        if not isinstance(rows.count, Distribution):
            raise self.wrong("counts its rows by the parent's category; only one distribution for all can be bent")
        self._support, self._declared = declared_shares(rows.count)
        if len(self._support) > _WIDEST:
            raise self.wrong(f"is a sum of up to {self._support[-1]:,.0f} rows; distributions of at most {_WIDEST:,} counts can be fitted")
        number = max(int(self._compiler.number(self.table)), 1)
        chance = 1 / float(np.sqrt(min(number, _BLOCKS * _ROWS)))
        self._close = max(_CLOSE[0], chance * self.spread / self.mean), max(_CLOSE[1], chance)

    def wrong(self, text: str) -> ParameterError:
        return ParameterError(f"distributions.{self._wanted.name}", f"`{self.table}.{self.column}` {text}")

    def _price(self) -> Place:
        """The one drawn number with decimals that the summed column is computed from."""
        reached: set[Place] = set()
        ahead = [(self.children, self.summed)]
        while ahead:
            place = ahead.pop()
            # A price that decides which row a reference leads to is no factor of what is copied from there.
            if place not in reached and not isinstance(self._model(place), Reference):
                reached.add(place)
                ahead += self._compiler.uses.get(place, ())
        drawn = [place for place in sorted(reached) if isinstance(self._model(place), Number) and self._model(place).places > 0]
        # One that is always the same only multiplies another, which can be scaled.
        found = [place for place in drawn if self._model(place).distribution.type != "constant"]
        if len(found) != 1:
            told = "more than one" if found else "no"
            raise self.wrong(f"is a sum of `{self.children}.{self.summed}`, which depends on {told} drawn price that could be scaled")
        return found[0]

    def _model(self, place: Place) -> Any:
        return self._dataset.tables[place[0]].columns[place[1]]

    def work(self) -> tuple[Dataset, str]:
        """The changed dataset and its note."""
        state = best = _State(1.0, self._declared, self._dataset, *self._measure(self._program))
        for _ in range(_ROUNDS):
            if self._error(best) <= 1:
                break
            if state.mean <= 0:
                raise self.wrong(f"adds up to {state.mean:g} on average, and no factor brings that to {self.mean:g}")
            lines, shares = count_moments(self._support, state.shares)[0], state.shares
            # Another distribution of the count numbers the rows anew, so it is kept as soon as it is good enough.
            if abs(state.variation * self.mean / self.spread - 1) > self._close[1]:
                shares = self._bent(state)
            factor = _rounded(state.factor * self.mean / state.mean * lines / count_moments(self._support, shares)[0])
            changed = self._changed(shares, factor)
            state = _State(factor, shares, changed, *self._measure(self._build(changed)[1]))
            best = min(best, state, key=self._error)
        if self._error(best) > _REFUSED:
            raise self.wrong(
                f"could only be brought to mean {best.mean:.2f} and standard deviation {best.spread:.2f}, "
                f"not to {self.mean:g} and {self.spread:g}"
            )
        return best.dataset, self._note(best)

    def _bent(self, state: _State) -> Floats:
        lines, variance = count_moments(self._support, state.shares)
        scatter = max((state.variation * state.variation - variance / (lines * lines)) * lines, 0.0)
        goal = self.spread / self.mean
        shares = bend(self._support, self._declared, scatter, goal * goal)
        if shares is None:
            low, high = reach(self._support, self._declared, scatter)
            raise self.wrong(
                f"is a sum of {self._support[0]:,.0f} to {self._support[-1]:,.0f} rows of `{self.children}`: with mean {self.mean:g} "
                f"its standard deviation can be about {self.mean * low:.3g} to {self.mean * high:.3g}, not {self.spread:g}"
            )
        return shares

    def _error(self, state: _State) -> float:
        """The larger of the two relative errors, in units of what is good enough."""
        return max(abs(state.mean / self.mean - 1) / self._close[0], abs(state.spread / self.spread - 1) / self._close[1])

    def _measure(self, program: Program) -> tuple[float, float]:
        """Mean and standard deviation of the column over some rows of the dataset's own history, as of its end."""
        table = Engine(replace(program, as_of=program.calendar.days - 1)).table(self.table)
        values: list[int] = []
        scale = 1
        # Where the children are what is counted, another distribution of their count has made other parents of them.
        for start, count in _starts(max(table.layout.before(program.calendar.days), 1)):
            vec = table.frame(start, count).get(self.column)
            values += vec.values.tolist()
            scale = 10**vec.scale
        total, squares, n = sum(values), sum(value * value for value in values), len(values)
        return total / n / scale, float(np.sqrt((squares * n - total * total) / (n * n))) / scale

    def _changed(self, shares: Floats, factor: float) -> Dataset:
        tables: dict[str, Table] = dict(self._dataset.tables)
        price = self._model(self.price)
        by = None
        if price.by is not None:
            by = price.by.model_copy(
                update={"values": {value: _scaled(distribution, factor) for value, distribution in price.by.values.items()}}
            )
        replace_column(tables, *self.price, {"distribution": _scaled(price.distribution, factor), "by": by})
        if shares is not self._declared:
            weights = np.rint(shares * _MILLION).tolist()
            distribution = Distribution(
                type="empirical", values={n: weight for n, weight in zip(self._support.tolist(), weights, strict=True) if weight}
            )
            rows = tables[self.children].rows.model_copy(update={"count": distribution})
            tables[self.children] = tables[self.children].model_copy(update={"rows": rows})
        return self._dataset.model_copy(update={"tables": tables})

    def _shown(self) -> Place:
        """The price as it is written: what follows from it first, where it is hidden itself."""
        if not self.price[1].startswith("_"):
            return self.price
        users = self._compiler.users_of(self.price)
        columns = self._dataset.tables[self.price[0]].columns
        return next(((self.price[0], name) for name in columns if name[0] != "_" and (self.price[0], name) in users), self.price)

    def _note(self, state: _State) -> str:
        before, after = (count_moments(self._support, shares)[0] for shares in (self._declared, state.shares))
        bent = state.shares is not self._declared
        how = f"`{'.'.join(self._shown())}` is multiplied by {state.factor:g}"
        dealt: list[Place] = []
        if bent:
            how += f", and `{self.children}` has {after:.2f} rows for each of `{self.table}` instead of {before:.2f}"
            dealt = [(self.children, column) for column in self._dataset.tables[self.children].columns]
        users = sorted(self._compiler.users_of(self.price, *dealt))
        changed = [self.children] if bent else []
        changed += [f"{t}.{c}" for t, c in users if not (bent and t == self.children) and not c.startswith("_")]
        return (
            f"distributions: `{self.table}.{self.column}` has mean {state.mean:.2f} and standard deviation {state.spread:.2f}, measured "
            f"on a sample (its shape stays that of a sum): {how}; this also changes {', '.join(changed)}"
        )


def _starts(number: int) -> list[tuple[int, int]]:
    """(first row, rows) of blocks that are spread over the first `number` rows."""
    count = min(_BLOCKS, -(-number // _ROWS))
    if count == 1:
        return [(0, number)]
    return [((number - _ROWS) * block // (count - 1), _ROWS) for block in range(count)]


def _scaled(distribution: Distribution, factor: float) -> Distribution:
    update: dict[str, Any] = {
        name: getattr(distribution, name) * factor
        for name in ("mean", "stddev", "min", "max", "value")
        if getattr(distribution, name) is not None
    }
    if distribution.values is not None:
        update["values"] = {value * factor: weight for value, weight in distribution.values.items()}
    return distribution.model_copy(update=update)


def _rounded(factor: float) -> float:
    """Six digits, so that the last bits of a processor decide nothing."""
    return float(f"{factor:.6g}")
