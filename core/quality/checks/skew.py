"""Skewed references: rows fall with the rank of their parent as the declared law says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ...sinks.warehouse import quoted
from ...spec.kinds.lifetime import End
from ...spec.kinds.reference import Reference
from ...spec.rates import Skew
from ..check import Check, register
from ..judges.curves import LastingSlope, Popularity, Power, RankSlope, Rate, slope_limit
from ..subject import Subject, Written, is_open, own
from .children import per_parent

_FIRST: Final = 10


@register
def skew(subject: Subject) -> Iterator[Check]:
    """Every drawn reference whose popularity is uneven; where it moves in time, rows come as often as their days say."""
    for table in subject.tables.values():
        for name, model in table.each(Reference):
            many = subject.plan.sizes.rows.get(model.to)
            declared = model.popularity(many) if many is not None and _stays(model) else None
            check = _slope(subject, table, name, declared, many) if declared is not None and many is not None else None
            if check is not None:
                yield check


def _stays(model: Reference) -> bool:
    # What owners return to is drawn once for many rows, so that few draws make the counts.
    own = model.inherit is None and model.favourites is None
    return own and model.pick == "draw" and not model.match and not model.moves


def draws_alike(model: Reference) -> bool:
    """Whether nothing but the rows' own popularity decides which of those that are there is drawn."""
    return _stays(model) and not (model.distinct or model.factors or model.affinity)


def _slope(subject: Subject, table: Written, name: str, declared: Skew, many: int) -> Check | None:
    model = table.declared[name]
    if not isinstance(model, Reference):
        return None
    popularity, to = Popularity(many, _law(declared)), model.to.removeprefix("_")
    first = max(_FIRST, int(2 * popularity.law.head * many) if isinstance(popularity.law, Power) else 0)
    last = popularity.last(table.plan.rows, first)
    if last is None:
        return None
    check = Check(
        name="SkewSlope",
        table=table.name,
        column=name,
        sentence=f"rows fall with the rank of their row of {to} as the declared law, ranks {first:,} to {last:,.0f}",
        group="shape",
        source=per_parent(table, name),
        ask={"counts": "histogram(n)"},
        judge=RankSlope(popularity, table.plan.rows, first, last, slope_limit(many)),
    )
    if isinstance(popularity.law, Power) or subject.layout(model.to).always_there:
        return check
    # The slope of a power is the same however long each was there; that of other laws is not.
    return _lasting(subject, check, table, popularity.law)


def _law(declared: Skew) -> Power | Rate:
    if declared.gamma is not None:
        return Rate("gamma", declared.gamma)
    return Power(declared.zipf, declared.head) if declared.lognormal is None else Rate("lognormal", declared.lognormal)


def _lasting(subject: Subject, check: Check, table: Written, law: Rate) -> Check | None:
    """The check of those alone that were there on all days; None where that cannot be seen."""
    pointed = subject.pointed(table, check.column)
    there = lasts(subject, pointed.table) if pointed is not None else None
    if pointed is None or there is None:
        return None
    key = own(check.column)
    source = f"(SELECT count(*) AS n FROM {table.source} JOIN {pointed.by(key)} WHERE {there} GROUP BY {key})"
    return replace(
        check,
        sentence=f"rows fall with the rank of their row of {pointed.table.name} as the declared law, of those that are there on all days",
        source=source,
        ask={**check.ask, "parents": f"(SELECT count(*) FROM {quoted(pointed.table.name)} AS p WHERE {there})"},
        judge=LastingSlope(law, _FIRST),
        reads=(pointed.table.name,),
    )


def lasts(subject: Subject, table: Written) -> str | None:
    """SQL for: the row `p` of a table was there on all days; None where that cannot be seen."""
    if table.rows.always_there:
        return f"p.{quoted(next(iter(table.columns)))} IS NOT NULL"
    begun, left = subject.begun(table, "p"), table.first(End)
    if begun is None or (table.rows.ends and left is None):
        return None
    first, last = subject.plan.window
    there = f"{begun[1]} <= DATE '{first}'"
    if left is not None:
        there += f" AND ({is_open(f'p.{quoted(left)}')} OR {subject.day(table, left, 'p')} > DATE '{last}')"
    return there
