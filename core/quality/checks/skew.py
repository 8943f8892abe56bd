"""Skewed references: rows fall with the rank of their parent as the declared power law says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...spec.kinds.reference import Reference, Skew
from ..check import Answer, Check, Verdict, near, register
from ..plots import Ranks
from ..report import Figure
from ..subject import Subject, Written
from .children import per_parent

Floats = NDArray[np.float64]

TOLERANCE: Final = 0.1
"""Of the slope: parents come and go, which moves it a little."""
_CHANCE: Final = 8.0
"""Over the square root of the parents: six times the scatter of the slope over seeds, measured with 500 and 8,000 parents."""
_LEAST: Final = 30
"""Rows of a parent below which its rank is a matter of chance."""
_FIRST: Final = 10
_DEEP: Final = 100
"""Ranks that must be told apart before a slope is one."""


@register
def skew(subject: Subject) -> Iterator[Check]:
    """Every drawn reference whose popularity is uneven."""
    for table in subject.tables.values():
        for name, model in table.each(Reference):
            many = subject.plan.sizes.rows.get(model.to)
            law = model.popularity(many) if many is not None and model.pick == "draw" and not model.match else None
            check = _slope(table, name, model.to.removeprefix("_"), law, many) if law is not None and many is not None else None
            if check is not None:
                yield check


def _declared(ranks: Floats, many: int, zipf: float, head: float, rows: int) -> Floats:
    """Expected rows of the parents of some ranks: Zipf-Mandelbrot, weight ((rank - 1/2) / many + head) ** -zipf."""
    exact = np.arange(min(many, 1_000)) + 0.5
    total = float(((exact / many + head) ** -zipf).sum())
    low, high = len(exact) / many + head, 1.0 + head
    if many > len(exact):
        total += many * (float(np.log(high / low)) if zipf == 1 else (high ** (1 - zipf) - low ** (1 - zipf)) / (1 - zipf))
    out: Floats = ((ranks - 0.5) / many + head) ** -zipf / total * rows
    return out


def _slope(table: Written, name: str, to: str, law: Skew, many: int) -> Check | None:
    every = np.unique(np.geomspace(1, max(many, 2), 400).astype(np.int64)).astype(np.float64)
    meant = _declared(every, many, law.zipf, law.head, table.plan.rows)
    deep = every[(meant >= _LEAST) & (every <= many / 4)]
    first = max(_FIRST, int(2 * law.head * many))
    if not len(deep) or deep[-1] < max(_DEEP, 5 * first):
        return None
    ranks = np.unique(np.geomspace(first, deep[-1], 60).astype(np.int64)).astype(np.float64)
    limit = TOLERANCE + _CHANCE / many**0.5
    expected = _fit(ranks, _declared(ranks, many, law.zipf, law.head, table.plan.rows))

    def judge(answer: Answer) -> Verdict:
        counts = sorted(((int(n), int(parents)) for n, parents in (answer["counts"] or {}).items()), reverse=True)
        frequency = np.array([n for n, _ in counts], np.float64)
        last = np.cumsum([parents for _, parents in counts])
        rows = int((frequency * np.diff(np.concatenate([[0], last]))).sum()) if counts else 0
        if not counts or last[-1] < ranks[-1]:
            verdict = near(0.0, expected, limit, rows)
        else:
            found = frequency[np.searchsorted(last, ranks)]
            verdict = near(_fit(ranks, found), expected, limit, rows)
        plotted = every[every <= (last[-1] if counts else 0)]
        seen = frequency[np.searchsorted(last, plotted)] if counts else plotted
        curve = _declared(plotted, many, law.zipf, law.head, rows)
        if len(plotted):
            # Parents that have left or were not there from the start lift or lower the whole curve; the slope is what is declared.
            middle = (plotted >= ranks[0]) & (plotted <= ranks[-1])
            curve = curve * float(np.exp((np.log(seen[middle]) - np.log(curve[middle])).mean())) if middle.any() else curve
        plot = Ranks(tuple(plotted.tolist()), tuple(seen.tolist()), tuple(curve.tolist()))
        observed: Figure = verdict.observed
        return Verdict(verdict.passed, verdict.score, observed, verdict.expected, verdict.limit, rows, plot)

    return Check(
        name="SkewSlope",
        table=table.name,
        column=name,
        sentence=f"rows fall with the rank of their row of {to} as the declared power law, ranks {first:,} to {deep[-1]:,.0f}",
        group="shape",
        source=per_parent(table, name),
        ask={"counts": "histogram(n)"},
        judge=judge,
    )


def _fit(ranks: Floats, rows: Floats) -> float:
    """Slope of log rows over log ranks."""
    x, y = np.log(ranks), np.log(np.maximum(rows, 0.5))
    x = x - x.mean()
    return float((x * y).sum() / (x * x).sum())
