"""Rows that follow from others: one for each row of a category's value, the first, second .. of an owner, one generation after another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from ...sinks.reading import literal
from ...sinks.warehouse import quoted
from ...spec.kinds.family import Parent, Position
from ...spec.kinds.lifetime import Begin, End
from ...spec.layouts.entities import RUN_UP, Entities, Nth
from ...spec.layouts.recurring import Recurring
from ...spec.layouts.renewals import Renewals
from ...spec.layouts.subset import Subset
from ...spec.names import MICROSECONDS, duration
from ...spec.shapes import equal
from ..check import Check, never, register
from ..subject import Subject, Written, is_open, own

_REST: Final = 5
"""Days after which the next business day comes at the latest."""
_ORDERED: Final = 16
"""Days by which a row may be put off so that it comes after those before it."""
_LATEST: Final = 1_000_000


@register
def owned(subject: Subject) -> Iterator[Check]:
    """Subsets, recurring rows, entities of owners, and renewals."""
    for table in subject.tables.values():
        parent, begin = table.first(Parent), table.first(Begin)
        if parent is None:
            continue
        rows = table.rows
        if isinstance(rows, Subset | Recurring):
            yield from _one_each(subject, table, parent, rows)
            if begin is not None:
                yield from _with_owner(subject, table, parent, begin, "true", "each row begins with its")
        elif isinstance(rows, Entities) and rows.of is not None:
            yield from _streams(subject, table, parent, begin, rows)
        elif isinstance(rows, Renewals):
            yield from _generations(subject, table, parent, begin, rows)


def _one_each(subject: Subject, table: Written, parent: str, rows: Subset | Recurring) -> Iterator[Check]:
    """The rows stood on tell which of them has one; what stands on none is from before the history."""
    pointed = subject.pointed(table, parent)
    column, value = equal(rows.where)
    if pointed is None or column not in pointed.table.columns:
        return
    counted = f"(SELECT {own(parent)} AS parent, count(*) AS n FROM {table.source} WHERE {own(parent)} IS NOT NULL GROUP BY 1)"
    source = f"{pointed.table.source} LEFT JOIN {counted} AS c ON c.parent = {own(pointed.key)}"
    wrong = f"coalesce(n, 0) <> ({own(column)} IS NOT DISTINCT FROM {literal(value)})::INTEGER"
    sentence = f"each row of {pointed.table.name} whose {column} is {value} has one row of {table.name}, the others none"
    yield never(table, "CardinalityBoundaryAdherence", parent, sentence, wrong, source=source, reads=(pointed.table.name,),
                named=pointed.table.key)  # fmt: skip


def _with_owner(subject: Subject, table: Written, parent: str, begin: str, among: str, said: str) -> Iterator[Check]:
    """Some rows begin when the row does that they stand on: at the moment, or on the day where one of them is a date."""
    pointed = subject.pointed(table, parent)
    theirs = pointed.table.first(Begin) if pointed is not None else None
    if pointed is None or theirs is None:
        return
    mine, other = own(begin), f"p.{quoted(theirs)}"
    if table.columns[begin].type != pointed.table.columns[theirs].type:
        mine, other = subject.day(table, begin), subject.day(pointed.table, theirs, "p")
    sentence = f"{said} {parent}, at its {theirs}"
    yield never(table, "LifetimeAdherence", begin, sentence, f"({among}) AND {mine} <> {other}", joins=f" JOIN {pointed.by(own(parent))}",
                reads=(pointed.table.name,))  # fmt: skip


def _streams(subject: Subject, table: Written, parent: str, begin: str | None, rows: Entities) -> Iterator[Check]:
    """Who has the second row has the first; each comes so many days after the owner."""
    position = table.first(Position)
    pointed = subject.pointed(table, parent)
    if position is None:
        return
    ordered = f"(SELECT *, row_number() OVER (PARTITION BY {own(parent)} ORDER BY {own(position)}) AS nth FROM {table.source}) AS t"
    most = len(rows.per_owner)
    yield never(table, "PositionAdherence", position, f"{position} counts 1, 2, 3 .. within each {parent}, {most} at most",
                f"{own(position)} IS DISTINCT FROM nth OR nth > {most}", source=ordered)  # fmt: skip
    theirs = pointed.table.first(Begin) if pointed is not None else None
    if begin is not None and pointed is not None and theirs is not None:
        spans = [_days_after(one, rows.business_days) for one in rows.per_owner]
        low, high = (" ".join(f"WHEN {n} THEN {span[end]}" for n, span in enumerate(spans, 1)) for end in (0, 1))
        since = f"{subject.day(table, begin)} - {subject.day(pointed.table, theirs, 'p')}"
        wrong = f"{since} NOT BETWEEN CASE {own(position)} {low} END AND CASE {own(position)} {high} END"
        shown = ", ".join(f"{least:,}" if least == most else f"{least:,} to {most:,}" for least, most in spans)
        sentence = f"{begin} is {shown} days after the {theirs} of its {parent}, by {position}"
        yield never(
            table, "LifetimeAdherence", begin, sentence, wrong, joins=f" JOIN {pointed.by(own(parent))}", reads=(pointed.table.name,)
        )


def _days_after(one: Nth, business: bool) -> tuple[int, int]:
    """Days after its owner that a row is born at least and at most."""
    most = one.least
    if not isinstance(one.after, str):
        most = _LATEST if one.after.most is None else round(one.after.most * one.after.microseconds() / MICROSECONDS["day"])
        # Who has several has each after the one before.
        most += _ORDERED
    return one.least, int(most) + (_REST if business else 0)


def _generations(subject: Subject, table: Written, parent: str, begin: str | None, rows: Renewals) -> Iterator[Check]:
    """Which slot a row is in is not written: of an owner's rows as many begin on a day as end then, unless the owner ends too."""
    position, end = table.first(Position), table.first(End)
    pointed = subject.pointed(table, parent)
    if position is None or begin is None or end is None:
        return
    yield from _with_owner(subject, table, parent, begin, f"{own(position)} = 1", "the first generation begins with its")
    every, early = (round(duration(text) / MICROSECONDS["day"]) for text in (rows.every, rows.early))
    first, last = subject.day(table, begin), subject.day(table, end)
    closed = f"NOT {is_open(own(end))}"
    yield never(table, "BoundaryAdherence", end, f"{end} is {every:,} days after {begin} at the latest",
                f"{closed} AND {last} - {first} > {every}")  # fmt: skip
    kept = _kept_since(subject, rows, every)
    begun = f"SELECT {own(parent)} AS owner, {first} AS day, {own(position)} AS place, 1 AS n FROM {table.source} WHERE {own(position)} > 1"
    ended = f"SELECT {own(parent)}, {last}, {own(position)} + 1, -1 FROM {table.source} WHERE {closed}"
    if kept is not None:
        begun, ended = f"{begun} AND {first} > DATE '{kept}'", f"{ended} AND {last} > DATE '{kept}'"
    source = f"(SELECT owner, day, place, sum(n) AS n FROM ({begun} UNION ALL {ended}) GROUP BY ALL) AS t"
    wrong, joins = "n <> 0", ""
    reads: tuple[str, ...] = ()
    gone = pointed.table.first(End) if pointed is not None else None
    if pointed is not None and gone is not None:
        joins, reads = f" LEFT JOIN {pointed.by('t.owner')}", (pointed.table.name,)
        wrong = f"n > 0 OR n < 0 AND day IS DISTINCT FROM {subject.day(pointed.table, gone, 'p')}"
        yield never(
            table, "BoundaryAdherence", end, f"no generation ends before {every - early:,} days are over, unless its {parent} does",
            f"{closed} AND {last} - {first} < {every - early} AND {last} IS DISTINCT FROM {subject.day(pointed.table, gone, 'p')}",
            joins=f" LEFT JOIN {pointed.by(own(parent))}", reads=reads,
        )  # fmt: skip
    elif isinstance(owner := subject.layout(rows.of), Entities) and owner.lifetime is not None:
        wrong = "n > 0"
    sentence = f"each {end} is the {begin} of the next generation of its {parent}, or the end of that"
    yield never(table, "EndDate", end, sentence, wrong, source=source, joins=joins, reads=reads, named="owner")


def _kept_since(subject: Subject, rows: Renewals, every: int) -> date | None:
    """Of owners with a long past: the day from which on whatever ends was kept; None where all is."""
    owner = subject.layout(rows.of)
    while isinstance(owner, Entities) and owner.of is not None:
        owner = subject.layout(owner.of)
    if not isinstance(owner, Entities) or owner.past is None:
        return None
    return subject.dataset.history.start - timedelta(days=max(RUN_UP, every) - every)
