"""Values from lists: rows of the list, as often as its weights say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ...plan.plan import ListFile
from ...sinks.reading import rows_of
from ...sinks.warehouse import quoted
from ...spec.kinds.pool import Pool
from ..check import Check, NoneBad, never, register
from ..expressions import see
from ..judges.shares import ListShares
from ..subject import Subject, Written, own

_FEWEST: Final = 500


@register
def pools(subject: Subject) -> Iterator[Check]:
    """Every pool column of which a field is written."""
    for table in subject.tables.values():
        for name, model in table.declared.items():
            if not isinstance(model, Pool) or model.pool not in subject.plan.lists:
                continue
            file = subject.plan.lists[model.pool]
            fields = shown(table, name, file)
            if not fields:
                continue
            yield _rows(table, model.pool, file, fields)
            yield from _valid(subject, table, model, file, fields)
            uneven = model.at or model.match or model.near or model.per or model.alternate or table.changes(name)
            if uneven or table.plan.rows < _FEWEST or model.when is not None:
                continue
            for field, column in fields.items():
                if file.fields[field] == "varchar":
                    yield _variation(table, column, field, model.pool, file)


def shown(table: Written, name: str, file: ListFile) -> dict[str, str]:
    """Fields of a list, and the written columns that show those of the row that a column has."""
    fields = {field: copy for field in file.fields if (copy := table.copy_of(f"{name}.{field}")) is not None}
    return {next(iter(file.fields)): name} | fields if name in table.columns else fields


def listed(file: ListFile) -> str:
    """SQL of a list's rows, all of them texts."""
    return rows_of("csv", [str(file.path)], "all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"'")


def _rows(table: Written, pool: str, file: ListFile, fields: Mapping[str, str]) -> Check:
    equal = " AND ".join(
        f"p.{quoted(field)} = {own(column)}" if file.fields[field] == "varchar"
        else f"p.{quoted(field)}::{table.columns[column].type} = {own(column)}"
        for field, column in fields.items()
    )  # fmt: skip
    filled = " AND ".join(f"{own(column)} IS NOT NULL" for column in fields.values())
    wrong = f"{filled} AND NOT EXISTS (SELECT 1 FROM {listed(file)} AS p WHERE {equal})"
    columns = ", ".join(fields.values())
    sentence = f"{columns} {'stand together' if len(fields) > 1 else 'stands'} in the list {pool}"
    source = f"(SELECT * FROM {table.source} WHERE {wrong}) AS t"
    check = never(table, "CategoryAdherence", columns, sentence, "true", source=source, group="shape")
    return Check(
        check.name, table.name, columns, sentence, "shape", source,
        {"bad": "count(*)", "rows": f"(SELECT count(*) FROM {quoted(table.name)})"}, check.judge, check.culprits,
    )  # fmt: skip


def _valid(subject: Subject, table: Written, model: Pool, file: ListFile, fields: Mapping[str, str]) -> Iterator[Check]:
    """Rows of the list are valid on their day, where one that matches is; none where moment or matches are not seen."""
    texts = all(file.fields[field] == "varchar" for field in fields)
    seen = see(subject, table, model.at) if model.at is not None and texts else None
    ours = [see(subject, table, path) for path in model.match.values()]
    if model.at is None or seen is None or seen.joins or any(one is None or one.joins for one in ours):
        return
    moment = table.copy_of(model.at) if "." in model.at else model.at
    # A part of a moment that is a date is none of the columns.
    is_date = moment is None or table.columns[moment].type == "date"
    day = seen.sql if is_date else f"{subject.local(seen.sql)}::DATE"
    bounds = [
        f"coalesce(nullif(p.{end}, '')::DATE {sign} v.day, true)"
        for end, sign in (("valid_from", "<="), ("valid_to", ">="))
        if end in file.fields
    ]
    equal = [f"p.{quoted(field)} = v.f{number}" for number, field in enumerate(fields)]
    alike = [f"lower(p.{quoted(field)}) = lower(v.m{number})" for number, field in enumerate(model.match)]
    told = [f"{own(column)}::VARCHAR AS f{number}" for number, column in enumerate(fields.values())]
    told += [f"({one.sql})::VARCHAR AS m{number}" for number, one in enumerate(ours) if one is not None]
    rows = f"SELECT DISTINCT {day} AS day, {', '.join(told)} FROM {table.source}"
    listed_ = listed(file)
    wrong = (
        f"v.day IS NOT NULL AND v.f0 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {listed_} AS p WHERE {' AND '.join([*bounds, *equal])}) "
        f"AND EXISTS (SELECT 1 FROM {listed_} AS p WHERE {' AND '.join([*bounds, *alike])})"
    )
    source = f"(SELECT * FROM ({rows}) AS v WHERE {wrong}) AS v"
    columns = ", ".join(fields.values())
    yield Check(
        "CategoryAdherence", table.name, columns, f"{columns} is valid in the list {model.pool} on the day of {model.at}", "shape", source,
        {"bad": "count(*)", "rows": f"(SELECT count(*) FROM {quoted(table.name)})"}, NoneBad(),
        f"SELECT day, f0 FROM {source} ORDER BY ALL LIMIT 5",
    )  # fmt: skip


def _variation(table: Written, column: str, field: str, pool: str, file: ListFile) -> Check:
    weight = '"weight"::DOUBLE' if "weight" in file.fields else "1.0"
    summed = f"SELECT {quoted(field)} AS f, sum({weight}) AS w FROM {listed(file)} GROUP BY ALL"
    weights = f"(SELECT list({{'value': f, 'weight': w}} ORDER BY f) FROM ({summed}))"

    return Check(
        name="TVComplement",
        table=table.name,
        column=column,
        sentence=f"the values of {column} are as frequent as in the list {pool}",
        group="shape",
        source=table.source,
        ask={"counts": f"histogram({own(column)})", "weights": weights},
        judge=ListShares(),
    )
