"""Noise of shares: the rows of one unit scatter from day to day as declared."""

from __future__ import annotations

from collections.abc import Iterator
from math import log, sqrt

from ...spec.kinds.reference import Reference
from ..check import Check, register
from ..judges.patterns import UnitScatter
from ..subject import Subject, own

_ROWS = 40
"""Of a unit and a day, from which rounding says nothing of how they scatter."""


@register
def noise(subject: Subject) -> Iterator[Check]:
    """Every written reference by share that declares some, and whose rows tell their day."""
    for table in subject.tables.values():
        day = subject.begun(table)
        for name, model in table.each(Reference):
            if model.noise is None or day is None or model.inherit is not None:
                continue
            whole = sqrt(log(1 + model.noise.stddev**2))
            counts = (
                f"SELECT {own(name)} AS unit, {day[1]} AS day, count(*) AS n FROM {table.source} WHERE {own(name)} IS NOT NULL GROUP BY ALL"
            )
            shares = f"SELECT unit, day, n, n / sum(n) OVER (PARTITION BY day) AS share FROM ({counts})"
            pairs = (
                f"(SELECT unit, ln(share / lag(share) OVER w) AS apart, least(n, lag(n) OVER w) AS n, day - lag(day) OVER w AS days "
                f"FROM ({shares}) WINDOW w AS (PARTITION BY unit ORDER BY day)) AS pairs"
            )
            told = f"days = 1 AND n >= {_ROWS}"
            yield Check(
                "UnitScatter",
                table.name,
                name,
                f"the share of each {name} scatters by {model.noise.stddev:.0%} from day to day",
                "shape",
                pairs,
                {
                    "rows": f"count(*) FILTER (WHERE {told})",
                    "units": f"count(DISTINCT unit) FILTER (WHERE {told})",
                    "spread": f"sqrt(avg(apart * apart) FILTER (WHERE {told}) / 2)",
                },
                UnitScatter(whole, whole * sqrt(1 - model.noise.shared)),
            )
