"""References: keys of the parent or declared orphans, and parents that are alive."""

from __future__ import annotations

from collections.abc import Iterator

from ...plan.plan import ForeignKey
from ...sinks.warehouse import quoted
from ...spec.kinds.attendee import Attendee
from ...spec.kinds.base import Column
from ...spec.kinds.copy import Copy
from ...spec.kinds.entry import Entry
from ...spec.kinds.family import Parent
from ...spec.kinds.lifetime import Begin, End
from ...spec.kinds.reference import Reference
from ...spec.layouts.versions import Versions
from ..check import Check, never, register
from ..expressions import see
from ..judges.counts import ORPHANS, OrphanShare
from ..subject import Subject, Written, own
from .structure import unique


@register
def references(subject: Subject) -> Iterator[Check]:
    """Every reference to a table that is written too."""
    for table in subject.tables.values():
        for key in table.plan.foreign_keys:
            if key.parent not in subject.tables or key.parent_column not in subject.tables[key.parent].columns:
                continue
            model = table.declared[key.column]
            drawn = model if isinstance(model, Reference) else None
            if drawn is not None and not drawn.available and not subject.is_whole:
                # The row may be born after `as_of`.
                continue
            if subject.outside(table, key):
                continue
            copied = isinstance(model, Copy) and _has_orphans(subject, key.parent)
            orphans = drawn.orphans if drawn is not None else 0.0
            yield _integrity(table, key, orphans, copied, exact=subject.is_whole and model.when is None)
            alive = _alive(subject, table, key, model)
            if alive is not None:
                yield alive
        for name, model in table.each(Reference):
            yield from _matched(subject, table, name, model)
            parent = table.first(Parent)
            if model.distinct and parent is not None:
                yield unique(table, (parent, name), f"no two rows of one {parent} have the same {name}")


def _has_orphans(subject: Subject, target: str) -> bool:
    """Whether some reference to a table has orphans, which a copy of it then has too."""
    columns = (column for table in subject.dataset.tables.values() for column in table.columns.values())
    return any(isinstance(column, Reference) and column.to == target and column.orphans for column in columns)


def _integrity(table: Written, key: ForeignKey, orphans: float, copied: bool, exact: bool) -> Check:
    """`copied`: orphans of another column may stand here, however many."""
    mine, parent = own(key.column), quoted(key.parent)
    spared = f" AND {mine} < {ORPHANS}" if copied else ""
    match = f"SELECT 1 FROM {parent} AS p WHERE p.{quoted(key.parent_column)} = {mine}"
    stray = f"(SELECT {mine} AS stray FROM {table.source} WHERE {mine} IS NOT NULL{spared} AND NOT EXISTS ({match}))"
    listed = f"SELECT {table.key} FROM {table.source} WHERE {mine} IS NOT NULL{spared} AND NOT EXISTS ({match})"

    sentence = f"each {key.column} is one of {key.parent}.{key.parent_column}"
    ask = {
        "stray": "count(*)",
        "keys": f"(SELECT count({mine}) FROM {table.source})",
        "rows": f"(SELECT count(*) FROM {table.source})",
    }
    culprits = f"{listed} ORDER BY {table.order} LIMIT 5"
    if orphans:
        sentence = f"{orphans:.2%} of {key.column} point at no row of {key.parent}, from a range that is never assigned"
        ask["least"] = "min(stray)"
        culprits = f"{listed} AND {mine} < {ORPHANS} ORDER BY {table.order} LIMIT 5"
    return Check(
        "ReferentialIntegrity",
        table.name,
        key.column,
        sentence,
        "structure",
        stray,
        ask,
        OrphanShare(orphans, exact),
        culprits,
        (key.parent,),
    )


def _alive(subject: Subject, table: Written, key: ForeignKey, model: Column) -> Check | None:
    """What a row refers to, or stands on, is there when the row begins: to the moment, or to the day where one of them is a date."""
    pointed, mine = subject.pointed(table, key.column), table.first(Begin)
    if pointed is None or mine is None or not isinstance(model, Reference | Attendee | Parent) or not subject.happens(table.name):
        return None
    if subject.plan.parameters.get("enable_relationships") is False:
        return None
    if isinstance(model, Reference) and (model.at is not None or not model.available):
        return None
    target = pointed.table
    born, left = target.first(Begin), target.first(End)
    if not target.rows.ends or isinstance(target.rows, Versions) or born is None:
        return None
    # A row that is found by values is there on the day; one that is drawn, at the moment.
    days = isinstance(model, Reference) and bool(model.match)
    wrong = _before(subject, (table, mine, "t"), (target, born, "p"), days)
    if left is not None:
        last = f"NOT ({_before(subject, (table, mine, 't'), (target, left, 'p'), days)})"
        if target.columns[left].type == "timestamp" and (days or table.columns[mine].type == "date"):
            last = _before(subject, (target, left, "p"), (table, mine, "t"), True)
        wrong += f" OR {last}"
    undone = table.copy_of(f"{table.first(Entry)}.undone") if key.column in table.rows.recalled else None
    if undone is not None:
        # What is as in an earlier row was there then.
        wrong = f"({wrong}) AND {own(undone)} IS NULL"
    sentence = f"no {mine} is before the {born}{f' or after the {left}' if left else ''} of its {key.column}"
    return never(
        table, "LifetimeAdherence", key.column, sentence, wrong, joins=f" JOIN {pointed.by(own(key.column))}", reads=(target.name,)
    )


def _before(subject: Subject, one: tuple[Written, str, str], other: tuple[Written, str, str], days: bool) -> str:
    """SQL: a row's moment (or day) lies before that of another row, each given as (table, column, name of the row)."""
    if one[0].columns[one[1]].type == other[0].columns[other[1]].type and not days:
        return " < ".join(f"{row}.{quoted(column)}" for _, column, row in (one, other))
    return " < ".join(subject.day(table, column, row) for table, column, row in (one, other))


def _matched(subject: Subject, table: Written, name: str, model: Reference) -> Iterator[Check]:
    """A row that is found by values has these values."""
    pointed = subject.pointed(table, name)
    for theirs, ours in model.match.items() if pointed is not None else ():
        seen = see(subject, table, ours)
        found = pointed.table.columns.get(theirs) if pointed is not None else None
        if pointed is None or seen is None or found is None or found.as_of or pointed.table.changes(theirs):
            continue
        sentence = f"the row of {model.to} that {name} points at has the {theirs} of {ours}"
        wrong = f"p.{quoted(theirs)} IS DISTINCT FROM {seen.sql}"
        if pointed.table.model.unknown:
            wrong += f" AND {own(name)} <> -1"
        yield never(table, "ReferentialIntegrity", name, sentence, wrong, joins=f" JOIN {pointed.by(own(name))}{seen.joins}",
                    reads=(pointed.table.name, *seen.reads))  # fmt: skip
