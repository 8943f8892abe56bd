"""Skewed references: rows fall with the rank of their parent as the declared power law says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...spec.kinds.reference import Reference, Skew
from ..check import Check, register
from ..judges.curves import Popularity, RankSlope
from ..subject import Subject, Written
from .children import per_parent

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
            declared = model.popularity(many) if many is not None and model.pick == "draw" and not model.match else None
            check = _slope(table, name, model.to.removeprefix("_"), declared, many) if declared is not None and many is not None else None
            if check is not None:
                yield check


def _slope(table: Written, name: str, to: str, declared: Skew, many: int) -> Check | None:
    popularity = Popularity(many, declared.zipf, declared.head)
    every = popularity.ranks()
    deep = every[(popularity.rows(every, table.plan.rows) >= _LEAST) & (every <= many / 4)]
    first = max(_FIRST, int(2 * declared.head * many))
    if not len(deep) or deep[-1] < max(_DEEP, 5 * first):
        return None
    return Check(
        name="SkewSlope",
        table=table.name,
        column=name,
        sentence=f"rows fall with the rank of their row of {to} as the declared power law, ranks {first:,} to {deep[-1]:,.0f}",
        group="shape",
        source=per_parent(table, name),
        ask={"counts": "histogram(n)"},
        judge=RankSlope(popularity, table.plan.rows, first, float(deep[-1]), TOLERANCE + _CHANCE / many**0.5),
    )
