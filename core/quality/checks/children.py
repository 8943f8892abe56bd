"""Children: how many rows each parent has, and their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from ...engine.distributions import multiset
from ...sinks.warehouse import quoted
from ...spec.distributions import Distribution
from ...spec.kinds.category import Category
from ...spec.kinds.family import Parent, Position
from ...spec.layouts.children import Children
from ..check import Check, never, register
from ..judges.children import CountShares, CountsWithin, MeanCount
from ..subject import Subject, Written, own

_GROUP: Final = 1_024
_BITS: Final = 62


@register
def children(subject: Subject) -> Iterator[Check]:
    """Counts of children, where the reference to the parent is written."""
    for table in subject.tables.values():
        rows = table.rows
        parent = table.first(Parent)
        if not isinstance(rows, Children) or parent is None:
            continue
        counts = _dealt(subject, rows)
        yield from _counts(subject, table, parent, {int(n): many / _GROUP for n, many in sorted(counts.items())}, rows)
        position = table.first(Position)
        if position is not None:
            yield _positions(table, parent, position, rows.count.most)


def _dealt(subject: Subject, rows: Children) -> Counter[int]:
    """How many of 1,024 parents have each count."""
    if isinstance(rows.count, Distribution):
        return Counter(multiset(rows.count.engine(), _GROUP).tolist())
    out: Counter[int] = Counter()
    model: Category = subject.dataset.tables[rows.of].columns[rows.count.column]
    for value, size in zip(model.values(), model.sizes(), strict=True):
        if size:
            out.update(multiset(rows.count.values[value].engine(), size).tolist())
    return out


def per_parent(table: Written, key: str) -> str:
    """A source with the number of rows `n` of each key."""
    return f"(SELECT count(*) AS n FROM {table.source} WHERE {own(key)} IS NOT NULL GROUP BY {own(key)})"


def _counts(subject: Subject, table: Written, parent: str, declared: Mapping[int, float], rows: Children) -> Iterator[Check]:
    least = int(rows.count.least or 0)
    most = int(rows.count.most if rows.count.most is not None else max(declared))
    everybody = quoted(rows.of) if rows.of in subject.tables else ""
    if not everybody and least < 1:
        # Parents without children cannot be seen.
        return
    source = per_parent(table, parent)
    parents = f"(SELECT count(*) FROM {everybody})" if everybody else "count(*)"
    reads = (rows.of,) if everybody else ()
    ask = {"parents": parents, "some": "count(*)", "total": "sum(n)", "least": "min(n)", "most": "max(n)", "counts": "histogram(n)"}
    mean = sum(n * p for n, p in declared.items())
    stddev = sum((n - mean) ** 2 * p for n, p in declared.items()) ** 0.5

    of = rows.of.removeprefix("_")
    yield Check(
        "CardinalityBoundaryAdherence", table.name, parent, f"each row of {of} has {least} to {most} rows of {table.name}", "structure",
        source, ask, CountsWithin(least, most),
        f"SELECT {own(parent)} FROM {table.source} GROUP BY {own(parent)} "
        f"HAVING count(*) NOT BETWEEN {least} AND {most} ORDER BY 1 LIMIT 5",
        reads,
    )  # fmt: skip
    yield Check(
        "CardinalityStatisticSimilarity", table.name, parent, f"a row of {of} has {mean:.4g} rows of {table.name} on average", "shape",
        source, ask, MeanCount(mean, stddev, least, most), reads=reads,
    )  # fmt: skip
    if len(declared) > 1:
        yield Check(
            "CardinalityShapeSimilarity", table.name, parent, f"as many rows of {of} as declared have 1, 2, 3 .. rows of {table.name}",
            "shape", source, ask, CountShares(declared), reads=reads,
        )  # fmt: skip


def _positions(table: Written, parent: str, position: str, most: float | None) -> Check:
    place = own(position)
    # One bit for each number: ten times as fast as counting different ones.
    few = most is not None and most <= _BITS
    different = f"bit_count(bit_or(CASE WHEN {place} BETWEEN 1 AND {_BITS} THEN 1::BIGINT << ({place} - 1)::INTEGER ELSE 0 END))"
    source = (
        f"(SELECT {own(parent)} AS parent, min({place}) AS least, max({place}) AS most, count(*) AS n, "
        f"{different if few else f'count(DISTINCT {place})'} AS different FROM {table.source} GROUP BY {own(parent)})"
    )
    sentence, wrong = f"{position} counts 1, 2, 3 .. within each {parent}", "least <> 1 OR most <> n OR different <> n"
    return never(table, "PositionAdherence", position, sentence, wrong, source=source, named="parent")
