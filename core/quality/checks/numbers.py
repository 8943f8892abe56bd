"""Numbers of a distribution, price endings, and dates and timestamps some way from another moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...spec.kinds.lifetime import Begin
from ...spec.kinds.moment import Date, Timestamp
from ...spec.kinds.number import Number
from ...spec.names import MICROSECONDS
from ..check import Check, never, register
from ..distributions import FEWEST, Branch, boundary, follows, lies_between
from ..expressions import see
from ..subject import Subject, Written, own
from ..words import quantity


@register
def numbers(subject: Subject) -> Iterator[Check]:
    """Numbers whose distribution is that of the written value: neither scaled, nor given endings, nor changed over time."""
    for table in subject.tables.values():
        for name, model in table.each(Number):
            if model.endings:
                yield _endings(table, name, model)
            if model.multiply_by or model.endings or table.changes(name):
                continue
            branches = _branches(table, model)
            if branches is None:
                any_of = [Branch.of("true", distribution, 1.0, model.places) for distribution in model.distributions()]
                yield from _widest(table, name, any_of)
                if table.plan.rows >= FEWEST and _varies(any_of):
                    yield lies_between(table, name, own(name), any_of, table.source, model.unit)
                continue
            yield from boundary(table, name, own(name), branches, table.source, model.unit)
            if table.plan.rows >= FEWEST and _varies(branches):
                yield from follows(table, name, own(name), branches, table.source, model.unit)


def _varies(branches: Sequence[Branch]) -> bool:
    return any(branch.expected.stddev > 0 for branch in branches)


def _branches(table: Written, model: Number) -> list[Branch] | None:
    """The distribution of each group of rows; None where what decides is not written."""
    distribution, places = model.distribution, model.places
    if model.by is None:
        return [Branch.of("true", distribution, 1.0, places)]
    column, distributions = model.by.column, model.by.values
    if column not in table.columns:
        return None
    conditions = {value: equals(table, column, value) for value in distributions}
    rest = " AND ".join(f"NOT coalesce({condition}, false)" for condition in conditions.values())
    return [
        Branch.of(rest, distribution, 1.0, places),
        *(Branch.of(conditions[value], inner, 1.0, places) for value, inner in distributions.items()),
    ]


def equals(table: Written, column: str, value: str) -> str:
    """SQL for: a category or boolean column has a value, as declarations spell it."""
    if table.columns[column].type == "boolean":
        return f"{own(column)} = {value}"
    return f"{own(column)}::VARCHAR = '{value.replace(chr(39), chr(39) * 2)}'"


def _widest(table: Written, name: str, branches: Sequence[Branch]) -> Iterator[Check]:
    lows, highs = [b.bounds[0] for b in branches], [b.bounds[1] for b in branches]
    if any(bound is None for bound in (*lows, *highs)):
        return
    low, high = min(x for x in lows if x is not None), max(x for x in highs if x is not None)
    wrong = f"{own(name)} NOT BETWEEN {low!r} AND {high!r}"
    sentence = f"{name} lies within {quantity(low)} to {quantity(high)}"
    yield never(table, "BoundaryAdherence", name, sentence, wrong, counted=f"count({own(name)})", group="shape")


def _endings(table: Written, name: str, model: Number) -> Check:
    endings = sorted({round(ending * 10**model.places) for ending in model.endings})
    listed = ", ".join(str(ending) for ending in endings)
    wrong = f"({own(name)} * {10**model.places})::BIGINT % {10**model.places} NOT IN ({listed})"
    shown = ", ".join(f"{ending / 10**model.places:.{model.places}f}" for ending in endings)
    return never(table, "CategoryAdherence", name, f"{name} ends in {shown}", wrong, counted=f"count({own(name)})", group="shape")


@register
def moments(subject: Subject) -> Iterator[Check]:
    """Dates and timestamps that lie a lawful time before or after another written moment."""
    for table in subject.tables.values():
        for name, model in table.models():
            if not isinstance(model, Date | Timestamp):
                continue
            distribution = model.plus or model.minus
            if model.not_before is not None or model.not_after is not None:
                # What is kept within bounds no longer follows its distribution.
                yield from _kept_within(subject, table, name, model)
                continue
            base = _base(subject, table, model.from_, model.kind)
            if distribution is None or base is None or (isinstance(model, Timestamp) and model.clock is not None):
                continue
            sql, reads = base
            if isinstance(model, Date):
                value, unit, scale = f"{own(name)} - {sql}", "days", distribution.microseconds() / MICROSECONDS["day"]
            else:
                value, unit, scale = (
                    f"date_diff('microsecond', {sql}, {own(name)}) / {distribution.microseconds()!r}",
                    distribution.unit or "",
                    1.0,
                )
            value = f"(-({value}))" if model.minus is not None else f"({value})"
            unit = f"{unit} {'before' if model.minus is not None else 'after'} {model.from_}"
            branches = [Branch.of("true", distribution, scale, 0 if isinstance(model, Date) else 6)]
            source = f"{table.source}{reads[0]}"
            if (distribution.least or 0) >= 0 or isinstance(model, Date):
                yield from boundary(table, name, value, branches, source, unit, reads[1])
            if table.plan.rows >= FEWEST and _varies(branches):
                yield from follows(table, name, value, branches, source, unit, reads[1])


def _kept_within(subject: Subject, table: Written, name: str, model: Date | Timestamp) -> Iterator[Check]:
    """A moment that is not before, or not after, another one of its own type."""
    for path, sign, word in ((model.not_before, "<", "before"), (model.not_after, ">", "after")):
        if path is not None and path in table.columns and table.columns[path].type == table.columns[name].type:
            yield never(table, "BoundaryAdherence", name, f"{name} is not {word} {path}", f"{own(name)} {sign} {own(path)}")


def _base(subject: Subject, table: Written, path: str, kind: str) -> tuple[str, tuple[str, tuple[str, ...]]] | None:
    """The moment that another is counted from, and the joins that lead there: dates are counted from local dates."""
    column = path
    if "." not in path and path not in table.columns and isinstance(table.declared[path], Begin):
        # A begin that is not written is the begin of the row, which another column may show.
        column = next((name for name, _ in table.each(Begin) if table.columns[name].type == "timestamp" or kind == "date"), path)
    seen = see(subject, table, column)
    if seen is None or "." in column:
        return None
    is_date = table.columns[column].type == "date"
    sql = seen.sql
    if kind == "date" and not is_date:
        sql = f"{subject.local(sql)}::DATE"
    elif kind == "timestamp" and is_date:
        sql = f"timezone('{subject.zone}', {sql}::TIMESTAMP)"
    return sql, (seen.joins, seen.reads)
