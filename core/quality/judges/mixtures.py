"""Judges of mixtures: what lies between declared shares, or distributions, where it cannot be seen which of them a row follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import numpy as np

from ...frozen import dataclass
from .. import limits
from ..check import Answer, Judge, Verdict
from ..expected import Declared, Expected, Floats
from ..plots import Bars, Histogram
from .curves import bars_of

_EDGES: Final = 400
"""Values at which distribution functions are compared."""


@dataclass(frozen=True, slots=True)
class SharesBetween(Judge):
    """The share of each value in the `counts` lies between the least and the largest that is declared for any rows."""

    kind: ClassVar[str] = "shares_between"
    declared: Mapping[str, tuple[float, float]]

    def __call__(self, answer: Answer) -> Verdict:
        counts = {value: int(count) for value, count in (answer["counts"] or {}).items()}
        rows = sum(counts.values())
        found = {value: counts.get(value, 0) / max(rows, 1) for value in (*self.declared, *(v for v in counts if v not in self.declared))}
        near = {value: min(max(share, self._of(value)[0]), self._of(value)[1]) for value, share in found.items()}
        off = {value: abs(share - near[value]) for value, share in found.items()}
        limit = {value: limits.share(share, rows) for value, share in near.items()}
        worst = max(found, key=lambda value: off[value] - limit[value])
        plot = Bars(tuple(found), tuple(found.values()), tuple(near.values()))
        return Verdict(off[worst] <= limit[worst], 1 - off[worst], off[worst], 0, limit[worst], rows, plot)

    def _of(self, value: str) -> tuple[float, float]:
        return self.declared.get(value, (0.0, 0.0))


def edges_of(every: Sequence[Expected]) -> Floats:
    """Up to 400 values at which a mixture is compared with what it is of."""
    edges = np.unique(np.concatenate([expected.edges for expected in every]))
    return edges if len(edges) <= _EDGES else edges[np.linspace(0, len(edges) - 1, _EDGES).astype(np.int64)]


@dataclass(frozen=True, slots=True)
class Between(Judge):
    """The distribution function, by the counts `cdf` of `n` rows, lies between those of the branches; `plotted` are the bars."""

    kind: ClassVar[str] = "between"
    branches: tuple[Declared, ...]
    unit: str = ""

    def __call__(self, answer: Answer) -> Verdict:
        every = [branch.expected for branch in self.branches]
        edges, rows = edges_of(every), int(answer["n"])
        found = self._function(answer["cdf"], len(edges))
        off = float(np.abs(found - self._nearest(found, edges, every)).max()) if rows else 0.0
        limit = limits.kolmogorov(rows)
        return Verdict(off <= limit, 1 - off, off, 0, limit, rows, self._plot(answer["plotted"], rows, every))

    def _function(self, counts: Sequence[int] | None, many: int) -> Floats:
        """The shares up to each edge; counts beyond the last one are of larger values."""
        given = np.asarray(counts if counts else [0], np.float64)
        up = np.cumsum(given[:many]) / max(given.sum(), 1)
        return np.concatenate([up, np.full(many - len(up), up[-1])])

    def _nearest(self, found: Floats, edges: Floats, every: Sequence[Expected]) -> Floats:
        below = np.stack([expected.below(edges) for expected in every])
        return np.clip(found, below.min(axis=0), below.max(axis=0))

    def _plot(self, counts: Sequence[int] | None, rows: int, every: Sequence[Expected]) -> Histogram:
        bars, discrete = bars_of(every)
        step = min(expected.step for expected in every)
        inside = (list(counts) if counts else [])[: len(bars)]
        inside += [0] * (len(bars) - len(inside))
        found = np.cumsum(inside) / max(rows, 1)
        near = np.diff(self._nearest(found, bars - step / 2, every))
        return Histogram(tuple(bars.tolist()), tuple(np.diff(found).tolist()), tuple(np.maximum(near, 0).tolist()), self.unit, discrete)
