"""Who comes back: visits are numbered in order of time, and those who are known come where their category says."""

from __future__ import annotations

from collections.abc import Iterator

from ...sinks.reading import literal
from ...spec.kinds.attendee import Attendee
from ...spec.kinds.family import Key, Parent
from ...spec.kinds.lifetime import Begin, End
from ...spec.kinds.reference import Reference
from ...spec.layouts.grid import Grid
from ...spec.layouts.recurring import Recurring
from ...spec.shapes import equal
from ..check import Check, never, register
from ..expressions import Seen, see
from ..subject import Subject, Written, own


@register
def visits(subject: Subject) -> Iterator[Check]:
    """References to who visits, and attendees of grids."""
    for table in subject.tables.values():
        timed = next((name for name, _ in table.each(Begin) if table.columns[name].type == "timestamp"), None)
        for name, model in table.models():
            if not isinstance(model, Attendee) and not (isinstance(model, Reference) and model.pick == "visit"):
                continue
            within = [Seen(own(name))]
            # Nobody is the row for the unknown, where there is one.
            somebody = f"{own(name)} IS NOT NULL" + (f" AND {own(name)} <> -1" if subject.dataset.tables[model.to].unknown else "")
            if isinstance(model, Attendee):
                field = _field(subject, table, model.fits)
                if field is None:
                    continue
                within.append(field)
            elif model.when is None and not model.nulls:
                yield from _where(subject, table, name, model, somebody)
                rows = subject.layout(model.to)
                if rows.rates is None:
                    yield from _apart(subject, table, name, somebody)
            number = table.copy_of(f"{name}.visit")
            if number is not None and timed is not None:
                said = f"{name}{f' and {model.fits}' if isinstance(model, Attendee) else ''}"
                yield _numbered(subject, table, number, timed, within, somebody, said)


def _field(subject: Subject, table: Written, field: str) -> Seen | None:
    """A field of the list that is dealt to the post that a row stands on, where it is written."""
    owner = table.first(Parent)
    pointed = subject.pointed(table, owner) if owner is not None else None
    rows = table.rows
    column = pointed.table.copy_of(f"{rows.quota}.{field}") if pointed is not None and isinstance(rows, Grid) else None
    return see(subject, table, f"{owner}.{column}") if column is not None else None


def _numbered(subject: Subject, table: Written, number: str, begin: str, within: list[Seen], somebody: str, said: str) -> Check:
    """Visits are counted from the start of the history: of a later window, only that no number is left out."""
    joins = "".join(seen.joins for seen in within)
    window = f"(PARTITION BY {', '.join(seen.sql for seen in within)} ORDER BY {own(begin)}, {own(number)})"
    source = f"(SELECT t.*, lag({own(number)}) OVER {window} AS earlier FROM {table.source}{joins} WHERE {somebody}) AS t"
    before = "0" if subject.plan.window[0] == subject.dataset.history.start else f"{own(number)} - 1"
    wrong = f"{own(number)} IS DISTINCT FROM coalesce(earlier, {before}) + 1"
    reads = tuple(read for seen in within for read in seen.reads)
    sentence = f"{number} counts 1, 2, 3 .. within each {said} in order of {begin}"
    return never(table, "PositionAdherence", number, sentence, wrong, source=source, reads=reads)


def _where(subject: Subject, table: Written, name: str, model: Reference, somebody: str) -> Iterator[Check]:
    """Somebody known comes in the rows of two values of a category, and in no others."""
    rows = subject.layout(model.to)
    if not isinstance(rows, Recurring):
        return
    column, new = equal(rows.where)
    known = [new, *((equal(rows.returns.where)[1],) if rows.returns is not None else ())]
    if column in table.columns:
        wanted = f"({own(column)} IN ({', '.join(literal(value) for value in known)}))"
        sentence = f"{name} is filled where {column} is {' or '.join(known)}, and only there"
        yield never(table, "MissingValueSimilarity", name, sentence, f"({somebody}) IS DISTINCT FROM {wanted}")


def _apart(subject: Subject, table: Written, name: str, somebody: str) -> Iterator[Check]:
    """A visit lasts until its last row ends."""
    key = table.first(Key)
    for child in subject.tables.values():
        parent, begin, end = (child.first(kind) for kind in (Parent, Begin, End))
        if child.rows.parents != (table.name,) or not child.rows.spans or not (key and parent and begin and end):
            continue
        spans = f"(SELECT {own(parent)} AS visit, min({own(begin)}) AS began, max({own(end)}) AS ended FROM {child.source} GROUP BY 1) AS v"
        window = f"(PARTITION BY {own(name)} ORDER BY began, ended)"
        source = (
            f"(SELECT t.*, began, lag(ended) OVER {window} AS busy_until FROM {table.source} JOIN {spans} ON v.visit = {own(key)} "
            f"WHERE {somebody}) AS t"
        )
        sentence = f"no {name} has two rows at a time, each as long as its {child.name}"
        yield never(table, "Overlap", name, sentence, "began < busy_until", source=source, reads=(child.name,))
