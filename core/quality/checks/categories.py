"""Categories and booleans: only declared values, in declared shares."""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.kinds.boolean import Boolean
from ...spec.kinds.category import Category
from ...spec.kinds.constant import Constant
from ..check import Check, never, register
from ..distributions import FEWEST
from ..judges.shares import BooleanRates, CategoryShares, ValueFactors
from ..subject import Subject, Written, own


@register
def categories(subject: Subject) -> Iterator[Check]:
    """Every written category."""
    for table in subject.tables.values():
        for name, model in table.each(Category):
            values = [_as_written(table, name, value) for value in model.values()]
            yield _adherence(table, name, values)
            causes = (model.by.column,) if model.by is not None else tuple(dict.fromkeys(one.column for one in model.factors))
            # A quota of a changing column holds at birth only, and a changed value follows no weights. Values that need rows of
            # another table follow theirs on the mean day alone, and chance is larger where many rows take the value of one.
            seen = all(cause in table.columns for cause in causes) and model.only_while is None and model.inherit is None
            if seen and not table.changes(name) and table.plan.rows >= FEWEST and len(values) > 1:
                yield _variation(table, name, model, causes)


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


def _variation(table: Written, name: str, model: Category, causes: tuple[str, ...]) -> Check:
    pieces = [f"{own(cause)}::VARCHAR" for cause in causes]
    counted = f"concat_ws(chr(31), {', '.join([*pieces, _text(table, name)])})"
    filled = " AND ".join(f"{own(column)} IS NOT NULL" for column in (*causes, name))

    judge = CategoryShares(
        weights=dict(model.weights),
        written={value: _as_written(table, name, value) for value in model.values()},
        causes=causes,
        by={value: dict(weights) for value, weights in model.by.values.items()} if model.by is not None else None,
        factors=tuple(ValueFactors(one.of, one.column, dict(one.times)) for one in model.factors),
    )
    given = f" for each {' and '.join(causes)}" if causes else ""
    return Check(
        name="TVComplement",
        table=table.name,
        column=name,
        sentence=f"the values of {name} have their declared shares{given}",
        group="shape",
        source=table.source,
        ask={"counts": f"histogram({counted}) FILTER (WHERE {filled})"},
        judge=judge,
    )


@register
def booleans(subject: Subject) -> Iterator[Check]:
    """Every written boolean whose rate is that of the written value."""
    for table in subject.tables.values():
        for name, model in table.each(Boolean):
            by = model.by.column if model.by is not None else None
            if table.changes(name) or table.plan.rows < FEWEST or (by is not None and by not in table.columns):
                continue
            yield _rate(table, name, model, by)


def _rate(table: Written, name: str, model: Boolean, by: str | None) -> Check:
    cause = f"{own(by)}::VARCHAR" if by is not None else "''"
    counted = f"concat_ws(chr(31), {cause}, {own(name)}::VARCHAR)"

    return Check(
        name="TVComplement",
        table=table.name,
        column=name,
        sentence=f"{name} is true as often as declared" + (f" for each {by}" if by is not None else ""),
        group="shape",
        source=table.source,
        ask={"counts": f"histogram({counted}) FILTER (WHERE {own(name)} IS NOT NULL)"},
        judge=BooleanRates(model.rate, dict(model.by.values) if model.by is not None else {}),
    )
