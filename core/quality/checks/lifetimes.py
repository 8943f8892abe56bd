"""Rows that last: when they begin, how many end, and that begin, end and current agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from ...spec.distributions import Distribution
from ...spec.kinds.lifetime import Begin, Current, End
from ...spec.layouts.entities import Entities
from ...spec.layouts.versions import Versions
from ...spec.names import MICROSECONDS
from ..check import Check, never, register
from ..distributions import FEWEST
from ..expected import Declared
from ..judges.curves import Births, Leavers
from ..subject import Subject, Written, is_open, moment, own

_STAY: Final = 1 / 16
"""Share of the rows that never end, so that a reference always finds somebody alive."""
_SEGMENTS: Final = 48


@register
def lifetimes(subject: Subject) -> Iterator[Check]:
    """Begin, end and current of what may end; versions have audits of their own."""
    for table in subject.tables.values():
        begin, end, current = (table.first(kind) for kind in (Begin, End, Current))
        if not table.rows.ends or isinstance(table.rows, Versions):
            continue
        if begin is not None and end is not None:
            yield never(table, "LifetimeAdherence", end, f"no row ends at or before its {begin}", f"{own(end)} <= {own(begin)}",
                        counted=f"count({own(end)})")  # fmt: skip
        if current is not None and end is not None:
            yield never(table, "LifetimeAdherence", current, f"{current} holds exactly where {end} is open",
                        f"{own(current)} IS DISTINCT FROM {is_open(own(end))}")  # fmt: skip
        for name in (begin, end):
            if name is not None:
                sentence = f"{name} is {subject.plan.as_of} at the latest"
                late = f"{_after(subject, table, name)} AND NOT {is_open(own(name))}"
                yield never(table, "BoundaryAdherence", name, sentence, late, counted=f"count({own(name)})")
        rows = table.rows
        if not isinstance(rows, Entities) or rows.of is not None or table.model.unknown:
            # Those of an owner are born otherwise than evenly, and the row for the unknown never was.
            continue
        if begin is not None and table.plan.rows >= FEWEST:
            yield _births(subject, table, begin, float(rows.initial_share))
            if end is not None and rows.lifetime is not None:
                yield _leavers(subject, table, begin, end, rows.lifetime, 0.0 if not rows.some_stay else _STAY)


def _after(subject: Subject, table: Written, name: str) -> str:
    if table.columns[name].type == "date":
        return f"{own(name)} > DATE '{subject.plan.as_of}'"
    return f"{own(name)} >= {moment(subject.end)}"


def _births(subject: Subject, table: Written, begin: str, before: float) -> Check:
    """Births are spread evenly over the history, after the share that is there at its start."""
    start, last = subject.dataset.history.start, subject.plan.as_of
    days = (last - start).days + 1
    history = (subject.dataset.history.end - start).days + 1
    edges = sorted({days * n // _SEGMENTS for n in range(_SEGMENTS + 1)})
    age = f"date_diff('day', DATE '{start}', {subject.day(table, begin)})"
    bounds = ", ".join(f"{edge - 0.5}" for edge in edges)
    # Up to `as_of` the same line as over the whole history: `before` at its start, everybody at its end.
    line = np.array([before + (1 - before) * edge / history for edge in edges])
    judge = Births(start, tuple(edges), tuple((line / line[-1]).tolist()))

    sentence = f"{before:.0%} of the rows are there on {start}, the others begin evenly after it"
    ask = {"rows": f"count({own(begin)})", "counts": f"map_values(histogram({age}::DOUBLE, [{bounds}]::DOUBLE[]))"}
    return Check("KSComplement", table.name, begin, sentence, "shape", table.source, ask, judge)


def _leavers(subject: Subject, table: Written, begin: str, end: str, distribution: Distribution, stay: float) -> Check:
    """As many rows have ended as the distribution of their lifetimes says of their ages."""
    life = Declared(distribution.engine(), distribution.microseconds() / MICROSECONDS["day"])
    age = f"date_diff('day', {subject.day(table, begin)}, DATE '{subject.plan.as_of}')"
    ended = f"count(*) FILTER (WHERE NOT {is_open(own(end))})"
    source = f"(SELECT {age} AS age, count(*) AS n, {ended} AS ended FROM {table.source} GROUP BY 1)"

    return Check(
        name="MissingValueSimilarity",
        table=table.name,
        column=end,
        sentence=f"{end} is filled as often as the rows' ages and their {distribution.type} distribution say",
        group="shape",
        source=source,
        ask={"groups": "list({'age': age, 'n': n, 'ended': ended})"},
        judge=Leavers(life, stay),
    )
