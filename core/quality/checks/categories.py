"""Categories and booleans: only declared values, in declared shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ...spec.kinds.boolean import Boolean
from ...spec.kinds.category import Category
from ...spec.kinds.constant import Constant
from .. import limits
from ..check import Answer, Check, Verdict, near, never, register
from ..distributions import FEWEST
from ..expected import shares
from ..plots import Bars
from ..subject import Subject, Written, own

_BETWEEN: Final = "\x1f"
"""Stands between the values of several columns in one text."""


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

    def law(cause: tuple[str, ...]) -> Mapping[str, float]:
        weights = dict(model.weights)
        if model.by is not None:
            weights = model.by.values.get(cause[0], model.weights)
        for one in model.factors:
            weights[one.of] = weights.get(one.of, 0.0) * one.times.get(cause[causes.index(one.column)], 1.0)
        return shares({_as_written(table, name, value): weight for value, weight in weights.items()})

    def judge(answer: Answer) -> Verdict:
        groups: dict[tuple[str, ...], dict[str, int]] = {}
        for text, count in (answer["counts"] or {}).items():
            *cause, value = text.split(_BETWEEN)
            groups.setdefault(tuple(cause), {})[value] = int(count)
        worst, plotted = (0.0, 1.0), (dict[str, float](), dict[str, float]())
        rows = sum(sum(counts.values()) for counts in groups.values())
        for cause, counts in groups.items():
            declared, total = law(cause), sum(counts.values())
            every = sorted({*counts, *declared})
            off = sum(abs(counts.get(v, 0) / total - declared.get(v, 0.0)) for v in every) / 2
            worst = max(worst, (off, limits.variation(declared.values(), total)), key=lambda pair: pair[0] - pair[1])
            for value in every:
                plotted[0][value] = plotted[0].get(value, 0.0) + counts.get(value, 0) / rows
                plotted[1][value] = plotted[1].get(value, 0.0) + declared.get(value, 0.0) * total / rows
        labels = tuple(sorted(plotted[1], key=lambda value: (-plotted[1][value], value)))
        plot = Bars(labels, tuple(plotted[0][v] for v in labels), tuple(plotted[1][v] for v in labels))
        return Verdict(worst[0] <= worst[1], 1 - worst[0], worst[0], 0, worst[1], rows, plot)

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

    def judge(answer: Answer) -> Verdict:
        groups: dict[str, list[int]] = {}
        for text, count in (answer["counts"] or {}).items():
            value, _, truth = text.rpartition(_BETWEEN)
            groups.setdefault(value, [0, 0])[truth == "true"] += int(count)
        worst: Verdict | None = None
        rows, true, meant = 0, 0, 0.0
        for value, (no, yes) in groups.items():
            rate = model.by.values.get(value, model.rate) if model.by is not None else model.rate
            total = no + yes
            rows, true, meant = rows + total, true + yes, meant + rate * total
            found = near(yes / total, rate, limits.share(rate, total), total)
            if worst is None or (worst.passed and not found.passed):
                worst = found
        if worst is None:
            return Verdict(True, 1.0, "no values", "", 0, 0)
        plot = Bars(("true", "false"), (true / rows, 1 - true / rows), (meant / rows, 1 - meant / rows))
        return Verdict(worst.passed, worst.score, worst.observed, worst.expected, worst.limit, rows, plot)

    return Check(
        name="TVComplement",
        table=table.name,
        column=name,
        sentence=f"{name} is true as often as declared" + (f" for each {by}" if by is not None else ""),
        group="shape",
        source=table.source,
        ask={"counts": f"histogram({counted}) FILTER (WHERE {own(name)} IS NOT NULL)"},
        judge=judge,
    )
