"""Children that last, one after another, and what follows what among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...sinks.reading import literal
from ...sinks.warehouse import quoted
from ...spec.distributions import Distribution
from ...spec.kinds.family import Key, Parent, Position
from ...spec.kinds.lifetime import Begin, End
from ...spec.kinds.sequence import Sequence
from ...spec.layouts.children import Children
from ...spec.layouts.events import Events
from ...spec.names import MICROSECONDS
from ...spec.shapes import by_column
from ..check import Check, never, register
from ..distributions import FEWEST, Branch, boundary, follows
from ..expressions import see
from ..subject import Subject, Written, own

_STEPS: Final = 1_024
"""Factors on durations are told to so many steps of 1."""


@register
def chains(subject: Subject) -> Iterator[Check]:
    """Children with `lasts`: the first begins with its parent, each next one when the one before ends."""
    for table in subject.tables.values():
        parent, begin, end = (table.first(kind) for kind in (Parent, Begin, End))
        rows = table.rows
        if not isinstance(rows, Children) or rows.duration is None or parent is None or begin is None or end is None:
            continue
        if table.columns[begin].type != "timestamp" or table.columns[end].type != "timestamp":
            continue
        order = table.first(Position) or table.first(Key)
        if order is not None:
            window = f"(PARTITION BY {own(parent)} ORDER BY {own(order)})"
            columns = f"lead({own(begin)}) OVER {window} AS following, lag({own(begin)}) OVER {window} AS earlier"
            source = f"(SELECT *, {columns} FROM {table.source}) AS t"
            yield never(table, "EndDate", end, f"each {end} is the {begin} of the next row of its {parent}", f"{own(end)} <> following",
                        source=source)  # fmt: skip
            yield from _first(subject, table, parent, begin, source)
        above = subject.layout(rows.of)
        if isinstance(above, Events) and above.within_day == table.name:
            yield _day(subject, table, parent, begin, end)
        yield from _lasting(subject, table, begin, end, rows, rows.duration)


def _first(subject: Subject, table: Written, parent: str, begin: str, source: str) -> Iterator[Check]:
    pointed = subject.pointed(table, parent)
    theirs = pointed.table.first(Begin) if pointed is not None else None
    if pointed is not None and theirs is not None and pointed.table.columns[theirs].type == "timestamp":
        wrong = f"earlier IS NULL AND {own(begin)} <> p.{quoted(theirs)}"
        sentence = f"the first row of each {parent} begins with it, at its {theirs}"
        yield never(table, "LifetimeAdherence", begin, sentence, wrong, source=source, joins=f" JOIN {pointed.by(own(parent))}",
                    reads=(pointed.table.name,))  # fmt: skip


def _day(subject: Subject, table: Written, parent: str, begin: str, end: str) -> Check:
    """One that lasts longer than a day begins with it and ends on another."""
    midnight = f"timezone('{subject.zone}', date_trunc('day', {subject.local('first')}))"
    after = f"timezone('{subject.zone}', date_trunc('day', {subject.local('first')}) + INTERVAL 1 DAY)"
    source = (
        f"(SELECT {own(parent)} AS parent, min({own(begin)}) AS first, max({own(end)}) AS last FROM {table.source} "
        f"WHERE {own(parent)} IS NOT NULL GROUP BY 1) AS t"
    )
    return never(table, "BoundaryAdherence", end, f"the rows of each {parent} end on the local day on which the first one begins",
                 f"last > {after} AND first > {midnight}", source=source, named="parent")  # fmt: skip


def _lasting(subject: Subject, table: Written, begin: str, end: str, rows: Children, distribution: Distribution) -> Iterator[Check]:
    """Durations follow the distribution, once divided by the factors on them; nothing where these cannot be seen."""
    source, factor, least = table.source, "1", 1.0
    for number, (path, times) in enumerate(by_column(rows.duration_factors).items()):
        decides = see(subject, table, path)
        # What takes no time at all has lost what it was drawn as.
        if decides is None or not all(times.values()):
            return
        cases = " ".join(f"WHEN {literal(value)} THEN {time!r}" for value, time in times.items())
        source = f"(SELECT t.*, CASE {decides.sql}::VARCHAR {cases} ELSE 1 END AS factor_{number} FROM {source}{decides.joins}) AS t"
        factor, least = f"{factor} * factor_{number}", least * min(*times.values(), 1.0)
    if rows.duration_factors:
        # The engine counts in whole parts of a factor of 1, which shows where factors are small.
        factor = f"(floor({factor} * {_STEPS} + 0.5) / {_STEPS})"
    # Moments are whole milliseconds.
    branch = Branch.of("true", distribution, 1.0, 6)
    slack = MICROSECONDS["second"] / 1_000 / distribution.microseconds() / least
    value = f"(date_diff('microsecond', {own(begin)}, {own(end)}) / ({distribution.microseconds()!r} * {factor}))"
    unit = f"{distribution.unit} after {begin}"
    yield from boundary(table, end, value, [branch], source, unit, slack=slack)
    if table.plan.rows >= FEWEST and branch.expected.stddev > 0:
        yield from follows(table, end, value, [branch], source, unit)


@register
def sequences(subject: Subject) -> Iterator[Check]:
    """Every written sequence whose category can be seen."""
    for table in subject.tables.values():
        for name, model in table.each(Sequence):
            parent, position = table.first(Parent), table.first(Position)
            yield never(table, "CategoryAdherence", name, f"{name} is one of {', '.join(model.listed)}",
                        f"{own(name)} NOT IN ({', '.join(map(literal, model.listed))})", group="shape")  # fmt: skip
            by = see(subject, table, model.column)
            if parent is not None and position is not None and by is not None:
                source = (
                    f"(SELECT t.*, {by.sql} AS told, count(*) OVER (PARTITION BY {own(parent)}) - {own(position)} AS rest "
                    f"FROM {table.source}{by.joins}) AS t"
                )
                sentence = f"{name} begins, goes on and ends as {model.column} says"
                wrong = " OR ".join(_wrong(name, position, model))
                yield never(table, "SequenceAdherence", name, sentence, wrong, source=source, reads=by.reads)


def _wrong(name: str, position: str, model: Sequence) -> Iterator[str]:
    """SQL of each way to stand in a wrong place; the last rows are those from `-len(last)` on."""
    sizes = " ".join(f"WHEN told = {literal(value)} THEN {len(ends)}" for value, ends in model.last.items())
    drawn = f"rest >= CASE {sizes} ELSE 0 END" if sizes else "true"
    for place, weights in ((f"{own(position)} = 1", model.firsts), (f"{own(position)} > 1", model.between)):
        able = ", ".join(literal(value) for value, weight in weights.items() if weight > 0)
        yield f"{drawn} AND {place} AND {own(name)} NOT IN ({able})"
    for value, never_drawn in model.without.items():
        if never_drawn:
            yield f"{drawn} AND told = {literal(value)} AND {own(name)} IN ({', '.join(map(literal, never_drawn))})"
    for value, ends in model.last.items():
        for rest, wanted in enumerate(reversed(ends)):
            yield f"told = {literal(value)} AND rest = {rest} AND {own(name)} <> {literal(wanted)}"
