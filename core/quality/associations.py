"""Which columns of a table are associated, found in a sample of its rows, against what the declaration says of their causes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..errors import RunCancelled
from ..plan.dependences import Dependences, dependences_of
from ..plan.plan import Plan
from ..run.cancel import CancelToken
from ..run.guarded import Guard
from . import limits
from .binned import Asked, Binned, asked, binned
from .report import Matrix, Pair
from .subject import Subject, Written, own

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS: Final = 20_000
"""Rows of a table that are looked at: about so many, chosen by a hash of their keys, however many there are."""
FEWEST: Final = 200
"""Rows below which nothing but the strongest association could be told from chance."""

Views = dict[str, list[Binned]]
"""Column -> its views."""


def matrices(plan: Plan, guard: Guard, rows: Mapping[str, int], cancel: CancelToken) -> tuple[Matrix, ...]:
    """The matrix of each table with rows enough; lists and calendars, whose rows are written down, have none.

    `rows` are those that were found of each table. Memory is that of a sample, whatever the size of a table.
    """
    subject, declared = Subject(plan), dependences_of(plan.dataset)
    samples: dict[str, tuple[int, Views]] = {}
    for table in subject.tables.values():
        if cancel.is_set():
            raise RunCancelled
        if rows.get(table.name, 0) >= FEWEST and not table.rows.by_time and not table.rows.always_there:
            samples[table.name] = _sample(subject, table, guard, rows[table.name])
    tests = sum(len(one) * len(other) for _, views in samples.values() for _, one, _, other in _couples(views))
    return tuple(
        Matrix(
            table=name,
            rows=looked,
            of=rows[name],
            columns=tuple(views),
            left_out=tuple(column for column in subject.tables[name].columns if column not in views),
            pairs=tuple(_pairs(declared, name, views, tests)),
        )
        for name, (looked, views) in samples.items()
        if len(views) > 1
    )


def _sample(subject: Subject, table: Written, guard: Guard, rows: int) -> tuple[int, Views]:
    """Rows that were looked at, and the columns that have bins."""
    import duckdb

    keys = {key.column for key in table.plan.foreign_keys}
    each = list[Asked]()
    for name, column in table.columns.items():
        # A key of its own is another one in each row.
        if table.declared[name].kind != "key":
            each += asked(subject, column, name in keys)
    names = [own(name) for name in table.plan.primary_key if name in table.columns] or ["t"]
    every = max(round(rows / ROWS), 1)
    some = f" WHERE hash({', '.join(names)}) % {every} = 0" if every > 1 else ""
    sql = f"SELECT {', '.join(f'{view.sql} AS v{n}' for n, view in enumerate(each))} FROM {table.source}{some}"
    try:
        found: dict[str, Any] = guard.work(lambda connection: connection.execute(sql).fetchnumpy()) if each else {}
    except duckdb.Error:
        # Values that cannot be read have failed a check.
        return 0, {}
    looked = len(found["v0"]) if found else 0
    views: Views = {}
    for n, view in enumerate(each):
        one = binned(view, found[f"v{n}"]) if looked >= FEWEST else None
        if one is not None:
            views.setdefault(view.column, []).append(one)
    return looked, views


def _couples(views: Views) -> Iterator[tuple[str, Sequence[Binned], str, Sequence[Binned]]]:
    columns = list(views)
    for n, one in enumerate(columns):
        for other in columns[n + 1 :]:
            yield one, views[one], other, views[other]


def _pairs(declared: Dependences, table: str, views: Views, tests: int) -> Iterator[Pair]:
    """Of the views of two columns the two that are most associated, measured by how far beyond their limit they are."""
    for one, ours, other, theirs in _couples(views):
        strength, limit, seen = max(
            ((*_measured(mine, its, tests), (mine.view, its.view)) for mine in ours for its in theirs),
            key=lambda found: (found[0] - found[1], found[0]),
        )
        related = declared.related(table, one, other)
        named = related and declared.names(table, one, other)
        yield Pair(one, other, round(strength, 4), round(limit, 4), "named" if named else "cause" if related else "", seen)


def _measured(one: Binned, other: Binned, tests: int) -> tuple[float, float]:
    """How strongly two views are associated, and what chance explains."""
    import numpy as np

    counts = np.bincount(one.bins * other.count + other.bins, minlength=one.count * other.count).reshape(one.count, other.count)
    n = int(counts.sum())
    rarest = float(counts.sum(axis=1).min()) * float(counts.sum(axis=0).min()) / n
    return cramers_v(counts), limits.association(n, one.count, other.count, rarest, tests)


def cramers_v(counts: NDArray[np.intp]) -> float:
    """Cramér's V of a table of counts, corrected for its bias (Bergsma 2013): 0 independent, 1 one decides the other."""
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    counts, rows, columns = counts[rows > 0][:, columns > 0], rows[rows > 0], columns[columns > 0]
    n = int(rows.sum())
    if min(len(rows), len(columns)) < 2 or n < 2:
        return 0.0
    squared = float((counts / rows[:, None] * (counts / columns[None, :])).sum()) - 1
    return limits.corrected(squared, n, len(rows), len(columns))
