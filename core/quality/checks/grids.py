"""Grids: rows on the step, in the opening hours of their post, one at a time; nobody comes twice on a day."""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.kinds.attendee import Attendee
from ...spec.kinds.family import Parent
from ...spec.kinds.lifetime import Begin, End
from ...spec.layouts.grid import Grid, minutes
from ...spec.names import MICROSECONDS, duration
from ..check import Check, never, register
from ..expressions import see
from ..subject import Subject, Written, own
from .structure import unique


@register
def grids(subject: Subject) -> Iterator[Check]:
    """Every written grid that shows when its rows begin and end."""
    for table in subject.tables.values():
        rows = table.rows
        if not isinstance(rows, Grid):
            continue
        owner, end = table.first(Parent), table.first(End)
        begins = {table.columns[name].type: name for name, _ in table.each(Begin)}
        begin = begins.get("timestamp")
        if begin is not None and end is not None and table.columns[end].type == "timestamp":
            yield _hours(subject, table, begin, end, rows)
            if owner is not None:
                yield one_at_a_time(table, owner, begin, end)
        if owner is not None and begins:
            yield from _open_days(subject, table, owner, begin or begins["date"], rows)
        for name, _ in table.each(Attendee):
            if "date" in begins:
                yield unique(table, (name, begins["date"]), f"no {name} has two rows on one {begins['date']}")


def one_at_a_time(table: Written, owner: str, begin: str, end: str) -> Check:
    """A check that no two rows of an owner overlap."""
    window = f"(PARTITION BY {own(owner)} ORDER BY {own(begin)}, {own(end)})"
    source = f"(SELECT *, lag({own(end)}) OVER {window} AS busy_until FROM {table.source} WHERE {own(owner)} IS NOT NULL) AS t"
    return never(table, "Overlap", f"{begin}, {end}", f"no {owner} has two rows at a time", f"{own(begin)} < busy_until", source=source)


def _hours(subject: Subject, table: Written, begin: str, end: str, rows: Grid) -> Check:
    minute, step = MICROSECONDS["minute"], duration(rows.step)
    midnight = f"date_trunc('day', {subject.local(own(begin))})"
    first, last = (f"date_diff('microsecond', {midnight}, {subject.local(own(column))})" for column in (begin, end))
    within = " OR ".join(
        f"{first} >= {start * minute} AND {last} <= {stop * minute} AND ({first} - {start * minute}) % {step} = 0 "
        f"AND ({last} - {start * minute}) % {step} = 0"
        for start, stop in map(minutes, rows.hours)
    )
    # On a day on which the clocks change, local hours measure nothing.
    changed = f"timezone('{subject.zone}', {midnight} + INTERVAL 1 DAY) - timezone('{subject.zone}', {midnight}) <> INTERVAL 24 HOUR"
    wrong = f"({last} <= {first} OR NOT ({within})) AND NOT ({changed})"
    sentence = f"rows begin and end on the step of {rows.step}, within {' or '.join(rows.hours)}"
    return never(table, "GridAdherence", f"{begin}, {end}", sentence, wrong)


def _open_days(subject: Subject, table: Written, owner: str, begin: str, rows: Grid) -> Iterator[Check]:
    """On open days of the post alone, where its weekdays are written."""
    pointed = subject.pointed(table, owner)
    column = pointed.table.copy_of(f"{rows.quota}.{rows.open_days}") if pointed is not None else None
    days = see(subject, table, f"{owner}.{column}") if column is not None else None
    if days is not None:
        wrong = f"NOT contains({days.sql}, lower(left(dayname({subject.day(table, begin)}), 3)))"
        sentence = f"rows are on the {column} of their {owner}"
        yield never(table, "GridAdherence", begin, sentence, wrong, joins=days.joins, reads=days.reads)
