"""What holds whatever the values are: rows, columns, types, keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...format import many
from ...sinks.warehouse import quoted
from ...spec.kinds.base import Column
from ...spec.kinds.boolean import Boolean
from ...spec.kinds.category import Category
from ...spec.kinds.code import Code
from ...spec.kinds.family import Key
from ...spec.kinds.number import Number
from ...spec.kinds.pool import Pool
from ...spec.kinds.reference import Reference
from ..check import Check, never, register
from ..judges.counts import Columns, Distinct, NullShare, RowCount
from ..subject import Subject, Written, own, text_of

_TYPES = {"timestamp": "TIMESTAMP WITH TIME ZONE"}


@register
def structure(subject: Subject) -> Iterator[Check]:
    """Rows, columns, keys and what is never NULL, of every table."""
    for table in subject.tables.values():
        yield _columns(table)
        yield _rows(table, subject.plan.target_rows if table.plan.driving and subject.is_whole else table.plan.rows)
        if all(column in table.columns for column in table.plan.primary_key):
            yield unique(table, table.plan.primary_key, f"no two rows have the same {', '.join(table.plan.primary_key)}")
        for name, key in table.each(Key):
            plain = key.format is None and not table.model.unknown
            if table.columns[name].type == "bigint" and table.plan.rows and table.rows.dense and plain:
                yield _dense(table, name)
        for name, model in table.each(Code):
            if model.unique and model.scheme != "uuid":
                yield unique(table, (name,), f"no two rows have the same {name}")
        for name, column in table.columns.items():
            if not column.nullable:
                yield never(table, "MissingValueSimilarity", name, f"{name} is never empty", f"{own(name)} IS NULL")


def _columns(table: Written) -> Check:
    wanted = [f"{c.name} {_TYPES.get(c.type, c.type.replace(' ', '').upper())}" for c in table.plan.columns]

    return Check(
        name="TableStructure",
        table=table.name,
        column="",
        sentence="the columns are those of the plan, with their types",
        group="structure",
        source=f"(DESCRIBE SELECT * FROM {quoted(table.name)})",
        ask={"columns": "list(column_name || ' ' || replace(column_type, ' ', '').replace('TIMESTAMPWITH', 'TIMESTAMP WITH ')"
             ".replace('TIMEZONE', 'TIME ZONE'))"},
        judge=Columns(tuple(wanted)),
        of_parts=True,
    )  # fmt: skip


def _rows(table: Written, wanted: int) -> Check:
    sentence = f"there should be {many(wanted, 'row')}"
    return Check("RowCount", table.name, "", sentence, "structure", quoted(table.name), {"rows": "count(*)"}, RowCount(wanted, sentence))


def unique(table: Written, columns: Sequence[str], sentence: str) -> Check:
    """A check that no two rows have the same values in some columns."""
    listed = ", ".join(own(column) for column in columns)
    filled = " AND ".join(f"{own(column)} IS NOT NULL" for column in columns)
    groups = f"(SELECT count(*) AS n FROM {table.source} WHERE {filled} GROUP BY {listed})"

    return Check(
        name="KeyUniqueness",
        table=table.name,
        column=", ".join(columns),
        sentence=sentence,
        group="structure",
        source=groups,
        ask={"rows": "sum(n)", "distinct": "count(*)"},
        judge=Distinct(),
        culprits=f"SELECT {text_of(list(columns))} FROM {table.source} WHERE {filled} GROUP BY {listed} "
        f"HAVING count(*) > 1 ORDER BY {listed} LIMIT 5",
        of_parts=True,
    )


def _dense(table: Written, name: str) -> Check:
    low, high = table.plan.first_row + 1, table.plan.first_row + table.plan.rows
    outside = f"{own(name)} NOT BETWEEN {low} AND {high}"
    return never(table, "BoundaryAdherence", name, f"{name} runs from {low:,} to {high:,}", outside)


@register
def missing(subject: Subject) -> Iterator[Check]:
    """Where a column may be NULL by its declaration: exactly there, and as often as declared."""
    from ..expressions import express

    for table in subject.tables.values():
        for name, model in table.models():
            if not isinstance(model, Reference | Category | Boolean | Number | Pool | Code):
                continue
            if _follows(subject, model):
                continue
            # What would be NULL is the row for the unknown, where there is one.
            unknown = isinstance(model, Reference) and subject.dataset.tables[model.to].unknown
            empty = f"({own(name)} IS NOT DISTINCT FROM -1)" if unknown else f"({own(name)} IS NULL)"
            if model.when is not None:
                seen = express(subject, table, model.when)
                if seen is None:
                    continue
                wrong = f"NOT coalesce({seen.sql}, false) AND NOT {empty}"
                where = f"only where {model.when}"
                if not model.nulls:
                    wrong += f" OR coalesce({seen.sql}, false) AND {empty}"
                    where = f"where {model.when}, and only there"
                yield never(table, "MissingValueSimilarity", name, f"{name} is filled {where}", wrong, joins=seen.joins, reads=seen.reads)
                if model.nulls:
                    yield _share(table, name, model.nulls, empty, seen.sql, f"{table.source}{seen.joins}", exact=False)
            elif model.nulls:
                yield _share(table, name, model.nulls, empty, "true", table.source, exact=subject.is_whole)


def _follows(subject: Subject, model: Column) -> bool:
    """Whether a column is also NULL where another value is: what scales it, what it is found by, what it begins with."""
    if isinstance(model, Number):
        return model.multiply_by is not None
    if isinstance(model, Reference):
        # Moments outside a calendar have no row in it.
        return bool(model.match) or subject.layout(model.to).by_time
    if isinstance(model, Pool):
        return bool(model.match)
    return isinstance(model, Code) and model.prefix is not None


def _share(table: Written, name: str, nulls: float, empty: str, condition: str, source: str, exact: bool) -> Check:
    return Check(
        name="MissingValueSimilarity",
        table=table.name,
        column=name,
        sentence=f"{nulls:.2%} of {name} are empty",
        group="structure",
        source=source,
        ask={"rows": f"count(*) FILTER (WHERE {condition})", "nulls": f"count(*) FILTER (WHERE ({condition}) AND {empty})"},
        judge=NullShare(nulls, exact),
    )
