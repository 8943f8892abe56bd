"""Categories and booleans: only declared values, in declared shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...sinks.reading import literal
from ...spec.kinds.boolean import Boolean
from ...spec.kinds.category import Category
from ...spec.kinds.constant import Constant
from ..cases import Case, case_of
from ..check import Check, never, register
from ..distributions import FEWEST
from ..judges.mixtures import SharesBetween
from ..judges.shares import BooleanRates, CategoryShares, ValueFactors, shares
from ..subject import Subject, Written, own


@register
def categories(subject: Subject) -> Iterator[Check]:
    """Every written category."""
    for table in subject.tables.values():
        for name, model in table.each(Category):
            values = [_as_written(table, name, value) for value in model.values()]
            yield _adherence(table, name, values)
            # Blocks keep their quotas whatever the factors: these say how other columns are drawn given the value.
            causes = {} if model.deals else _causes(subject, table, model)
            # A quota of a changing column holds at birth only, and a changed value follows no weights. Values that need rows of
            # another table follow theirs on the mean day alone, and chance is larger where many rows take the value of one.
            judged = not table.changes(name) and table.plan.rows >= FEWEST and len(values) > 1
            if causes is not None and _is_drawn(model) and judged:
                yield _variation(table, name, model, causes)
            elif model.by is not None and not model.factors and _is_drawn(model) and judged:
                yield _mixture(table, name, model)


def _is_drawn(model: Category) -> bool:
    return model.only_while is None and model.inherit is None and model.favourites is None


def _mixture(table: Written, name: str, model: Category) -> Check:
    """Of a category whose `by` cannot be seen: how many rows follow which weights is not known, so that shares lie between these."""
    branches = [dict(weights) for weights in ((model.weights, *model.by.values.values()) if model.by is not None else ())]
    each = [{_as_written(table, name, value): share for value, share in shares(weights).items()} for weights in branches]
    values = [_as_written(table, name, value) for value in model.values()]
    between = {value: (min(one.get(value, 0.0) for one in each), max(one.get(value, 0.0) for one in each)) for value in values}
    return Check(
        name="TVComplement",
        table=table.name,
        column=name,
        sentence=f"the shares of the values of {name} lie between those that are declared for different rows",
        group="shape",
        source=table.source,
        ask={"counts": f"histogram({_text(table, name)}) FILTER (WHERE {own(name)} IS NOT NULL)"},
        judge=SharesBetween(between),
    )


def _causes(subject: Subject, table: Written, model: Category) -> dict[str, Case] | None:
    """The columns and parts of moments that the shares go by: first that of `by`, then those of factors; None where one cannot be seen."""
    out: dict[str, Case] = {}
    by = [model.by.column] if model.by is not None else []
    for path in dict.fromkeys([*by, *(one.column for one in model.factors)]):
        declared: list[Mapping[str, Any]] = [model.by.values] if model.by is not None and path == model.by.column else []
        declared += [one.times for one in model.factors if one.column == path]
        case = case_of(subject, table, path, declared)
        if case is None:
            return None
        out[path] = case
    return out


@register
def constants(subject: Subject) -> Iterator[Check]:
    """Every written constant."""
    for table in subject.tables.values():
        for name, model in table.each(Constant):
            written = str(model.value).lower() if isinstance(model.value, bool) else str(model.value)
            is_number = table.columns[name].type.startswith(("bigint", "integer", "decimal"))
            yield _adherence(table, name, [_as_written(table, name, written) if is_number else written])


def _text(table: Written, name: str) -> str:
    kind = table.columns[name].type
    if kind.startswith("decimal"):
        return f"({own(name)}::DOUBLE)::VARCHAR"
    return f"{own(name)}::VARCHAR"


def _as_written(table: Written, name: str, value: str) -> str:
    kind = table.columns[name].type
    if kind == "varchar":
        return value
    return str(float(value)) if kind.startswith("decimal") else str(int(float(value)))


def _adherence(table: Written, name: str, values: list[str]) -> Check:
    listed = ", ".join(f"'{value.replace(chr(39), chr(39) * 2)}'" for value in values)
    wrong = f"{_text(table, name)} NOT IN ({listed})"
    shown = ", ".join(values[:6]) + (" .." if len(values) > 6 else "")
    return never(table, "CategoryAdherence", name, f"{name} is one of {shown}", wrong, counted=f"count({own(name)})", group="shape")


def _variation(table: Written, name: str, model: Category, causes: Mapping[str, Case]) -> Check:
    counted = f"concat_ws(chr(31), {', '.join([*(case.sql for case in causes.values()), _text(table, name)])})"
    given_of = {path: list(case.given) for path, case in causes.items()}
    by = given_of[model.by.column].pop(0) if model.by is not None else None
    judge = CategoryShares(
        weights=dict(model.weights),
        written={value: _as_written(table, name, value) for value in model.values()},
        causes=tuple(causes),
        by={value: dict(weights) for value, weights in by.items()} if by is not None else None,
        factors=tuple(ValueFactors(one.of, one.column, dict(given_of[one.column].pop(0))) for one in model.factors if one.column in causes),
    )
    given = f" for each {' and '.join(causes)}" if causes else ""
    return Check(
        name="TVComplement",
        table=table.name,
        column=name,
        sentence=f"the values of {name} have their declared shares{given}",
        group="shape",
        source=table.source + "".join(dict.fromkeys(case.joins for case in causes.values())),
        ask={"counts": f"histogram({counted}) FILTER (WHERE {own(name)} IS NOT NULL)"},
        judge=judge,
        reads=tuple(dict.fromkeys(read for case in causes.values() for read in case.reads)),
    )


@register
def booleans(subject: Subject) -> Iterator[Check]:
    """Every written boolean whose rate is that of the written value."""
    for table in subject.tables.values():
        for name, model in table.each(Boolean):
            case = case_of(subject, table, model.by.column, [model.by.values]) if model.by is not None else None
            if table.changes(name) or table.plan.rows < FEWEST:
                continue
            if model.by is not None and case is None:
                yield _rates(table, name, [model.rate, *model.by.values.values()])
            else:
                yield _rate(table, name, model, case)


def _rates(table: Written, name: str, rates: Sequence[float]) -> Check:
    """Of a boolean whose `by` cannot be seen: it is true at a rate between those that are declared."""
    low, high = min(rates), max(rates)
    return Check(
        name="TVComplement",
        table=table.name,
        column=name,
        sentence=f"{name} is true as often as is declared for different rows",
        group="shape",
        source=table.source,
        ask={"counts": f"histogram({own(name)}::VARCHAR) FILTER (WHERE {own(name)} IS NOT NULL)"},
        judge=SharesBetween({"true": (low, high), "false": (1 - high, 1 - low)}),
    )


def _rate(table: Written, name: str, model: Boolean, case: Case | None) -> Check:
    counted = f"concat_ws(chr(31), {case.sql if case is not None else literal('')}, {own(name)}::VARCHAR)"
    by = model.by.column if model.by is not None else None

    return Check(
        name="TVComplement",
        table=table.name,
        column=name,
        sentence=f"{name} is true as often as declared" + (f" for each {by}" if by is not None else ""),
        group="shape",
        source=table.source + (case.joins if case is not None else ""),
        ask={"counts": f"histogram({counted}) FILTER (WHERE {own(name)} IS NOT NULL)"},
        judge=BooleanRates(model.rate, dict(case.given[0]) if case is not None else {}),
        reads=case.reads if case is not None else (),
    )
