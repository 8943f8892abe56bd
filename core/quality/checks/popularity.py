"""Popularities that are written: references draw rows as often as these say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...sinks.warehouse import quoted
from ...spec.kinds.popularity import Popularity
from ...spec.kinds.reference import Reference
from ..check import Check, register
from ..judges.curves import PopularShare
from ..subject import Subject, Written, own
from .skew import draws_alike, lasts

_PLACES: Final = 2
"""Digits with which popularities still add up."""


@register
def popularity(subject: Subject) -> Iterator[Check]:
    """Every popularity of a reference that is written too."""
    for target in subject.tables.values():
        for name, model in target.each(Popularity):
            table, _, column = model.of.rpartition(".")
            if table in subject.tables and column in subject.tables[table].columns and model.when is None and not model.nulls:
                check = _drawn(subject, target, name, model.places, subject.tables[table], column)
                if check is not None:
                    yield check


def _drawn(subject: Subject, target: Written, name: str, places: int, table: Written, column: str) -> Check | None:
    """Of rows that are there on all days those above the mean are drawn as often as their popularities say."""
    drawn, pointed, there = table.declared[column], subject.pointed(table, column), lasts(subject, target)
    if not isinstance(drawn, Reference) or not draws_alike(drawn) or pointed is None or there is None or places < _PLACES:
        return None
    popular = f"p.{quoted(name)}"
    weights = f"FROM {quoted(target.name)} AS p WHERE {there}"
    return Check(
        name="PopularityAdherence",
        table=target.name,
        column=name,
        sentence=f"{table.name}.{column} points at rows whose {name} is 1 or more as often as it says",
        group="shape",
        source=f"{table.source} JOIN {pointed.by(own(column))} WHERE {there}",
        ask={
            "rows": "count(*)",
            "popular": f"count(*) FILTER (WHERE {popular} >= 1)",
            "declared": f"(SELECT (sum({popular}) FILTER (WHERE {popular} >= 1) / sum({popular}))::DOUBLE {weights})",
        },
        judge=PopularShare(),
        reads=(table.name,),
    )
