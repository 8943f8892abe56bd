"""Snapshots: every living combination once, seen at one moment."""

from __future__ import annotations

from collections.abc import Iterator

from ...sinks.warehouse import quoted
from ...spec.kinds.family import Parent
from ...spec.kinds.lifetime import Begin, End
from ...spec.layouts.snapshot import Snapshot
from ..check import Check, never, register
from ..judges.counts import EachCombination
from ..subject import Subject, Written, is_open, own


@register
def snapshots(subject: Subject) -> Iterator[Check]:
    """Every written snapshot."""
    for table in subject.tables.values():
        parents = [key for key in table.plan.foreign_keys if isinstance(table.declared[key.column], Parent)]
        rows = table.rows
        if not isinstance(rows, Snapshot):
            continue
        if len(parents) == len(rows.of) > 1 and rows.where is None:
            yield _complete(table, [key.column for key in parents])
        for key in parents:
            pointed = subject.pointed(table, key.column)
            end = pointed.table.first(End) if pointed is not None else None
            if pointed is not None and end is not None:
                joins = f" JOIN {pointed.by(own(key.column))}"
                sentence = f"no {key.column} has its {end} yet"
                ended = f"NOT {is_open(f'p.{quoted(end)}')}"
                yield never(table, "LifetimeAdherence", key.column, sentence, ended, joins=joins, reads=(key.parent,))
        begin = table.first(Begin)
        if begin is not None:
            wrong = f"{subject.day(table, begin)} <> DATE '{subject.plan.as_of}'"
            yield never(table, "BoundaryAdherence", begin, f"{begin} is on {subject.plan.as_of}", wrong)


def _complete(table: Written, columns: list[str]) -> Check:
    product = " * ".join(f"count(DISTINCT {own(column)})" for column in columns)

    sentence = f"each combination of {' and '.join(columns)} has a row"
    ask = {"rows": "count(*)", "product": product}
    return Check("CombinationAdherence", table.name, ", ".join(columns), sentence, "structure", table.source, ask, EachCombination())
