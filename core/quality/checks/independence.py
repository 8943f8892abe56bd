"""Drawn columns have nothing to do with each other unless it is declared."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from ...spec.kinds.boolean import Boolean
from ...spec.kinds.category import Category
from ...spec.kinds.number import Number
from ..check import Check, register
from ..judges.shares import Uncorrelated
from ..subject import Subject, Written, own

_FEWEST: Final = 1_000
_MOST: Final = 6


@register
def independence(subject: Subject) -> Iterator[Check]:
    """Pairs of drawn numbers and booleans of one table, without distributions that depend on other columns."""
    for table in subject.tables.values():
        drawn = ((name, model) for name, model in table.models() if isinstance(model, Number | Boolean | Category))
        led = {model.follows.column for _, model in table.models() if isinstance(model, Number) and model.follows is not None}
        names = [name for name, model in drawn if name not in led and _is_alone(table, name, model)][:_MOST]
        if len(names) > 1 and table.plan.rows >= _FEWEST:
            yield _pairs(table, names)


def _is_alone(table: Written, name: str, model: Number | Boolean | Category) -> bool:
    depends = bool(model.by is not None or model.when or model.nulls)
    if isinstance(model, Number):
        depends = depends or model.multiply_by is not None or model.follows is not None
    elif isinstance(model, Category):
        depends = depends or bool(model.factors)
    return not depends and not table.changes(name) and table.columns[name].type != "varchar"


def _pairs(table: Written, names: list[str]) -> Check:
    def number(name: str) -> str:
        return f"{own(name)}::INTEGER::DOUBLE" if table.columns[name].type == "boolean" else f"{own(name)}::DOUBLE"

    pairs = {f"r{n}": pair for n, pair in enumerate(combinations(names, 2))}

    return Check(
        name="CorrelationSimilarity",
        table=table.name,
        column=", ".join(names),
        sentence=f"{', '.join(names)} are independent of each other",
        group="shape",
        source=table.source,
        ask={"rows": "count(*)", **{name: f"corr({number(a)}, {number(b)})" for name, (a, b) in pairs.items()}},
        judge=Uncorrelated(pairs),
    )
