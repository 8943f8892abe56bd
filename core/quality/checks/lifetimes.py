"""Rows that last: when they begin, how many end, and that begin, end and current agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...spec.distributions import Distribution
from ...spec.kinds.lifetime import Begin, Current, End
from ...spec.layouts.entities import RUN_UP, Entities
from ...spec.layouts.versions import Versions
from ...spec.names import MICROSECONDS
from ..check import Check, never, register
from ..distributions import FEWEST
from ..expected import Declared
from ..judges.curves import Births, Leavers
from ..moments import Marks
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
        if isinstance(rows, Entities) and rows.business_days and begin is not None:
            yield _on_business_days(subject, table, begin, rows)
        if not isinstance(rows, Entities) or rows.of is not None or table.model.unknown:
            # Those of an owner are born otherwise than evenly, and the row for the unknown never was.
            continue
        if begin is not None and table.plan.rows >= FEWEST:
            yield _births(subject, table, begin, rows)
            if end is not None and rows.lifetime is not None:
                yield _leavers(subject, table, begin, end, rows.lifetime, 0.0 if not rows.some_stay else _STAY)


def _after(subject: Subject, table: Written, name: str) -> str:
    if table.columns[name].type == "date":
        return f"{own(name)} > DATE '{subject.plan.as_of}'"
    return f"{own(name)} >= {moment(subject.end)}"


def _on_business_days(subject: Subject, table: Written, begin: str, rows: Entities) -> Check:
    """Rows are born on business days, as far back as they are."""
    owner = subject.layout(rows.of) if rows.of is not None else rows
    start = subject.dataset.history.start - timedelta(days=owner.run_up if isinstance(owner, Entities) else RUN_UP)
    open_ = Marks(subject.dataset, start, subject.plan.as_of).part("is_business_day", "day")
    # Each day once, so that the list of holidays is looked through once for each.
    source = f"(SELECT {subject.day(table, begin)} AS day, count(*) AS n FROM {table.source} GROUP BY ALL) AS t"
    return never(table, "CalendarAdherence", begin, f"each {begin} is a business day", f"NOT {open_}", source=source, named="day",
                 counted="count(day)")  # fmt: skip


def _births(subject: Subject, table: Written, begin: str, rows: Entities) -> Check:
    """Births are spread over the history by their pace, after the share that is there at its start."""
    start, last = subject.dataset.history.start, subject.plan.as_of
    days = (last - start).days + 1
    edges = sorted({days * n // _SEGMENTS for n in range(_SEGMENTS + 1)})
    age = f"date_diff('day', DATE '{start}', {subject.day(table, begin)})"
    bounds = ", ".join(f"{edge - 0.5}" for edge in edges)
    line = _line(subject, rows, days)[edges]
    judge = Births(start, tuple(edges), tuple((line / line[-1]).tolist()))

    sentence = (
        f"{line[0]:.0%} of the rows are there on {start}, the others begin {'evenly' if rows.past is None else 'as declared'} after it"
    )
    ask = {"rows": f"count({own(begin)})", "counts": f"map_values(histogram({age}::DOUBLE, [{bounds}]::DOUBLE[]))"}
    return Check("KSComplement", table.name, begin, sentence, "shape", table.source, ask, judge)


def _line(subject: Subject, rows: Entities, days: int) -> NDArray[np.float64]:
    """The share of all rows of the history that is born before each of its days, up to `as_of` and the day after: shape (days + 1,)."""
    start = subject.dataset.history.start
    history = (subject.dataset.history.end - start).days + 1
    if rows.past is None:
        return rows.initial_share + (1 - rows.initial_share) * np.arange(days + 1) / history
    number = np.arange(-rows.run_up, max(days, history), dtype=np.int64)
    pace = (1 + rows.yearly_growth) ** (number / 365.25)
    if rows.business_days:
        closed = np.array(
            Marks(subject.dataset, start - timedelta(days=rows.run_up), subject.plan.as_of).closed("holidays"), "datetime64[D]"
        )
        pace *= np.is_busday(np.datetime64(start) + number, holidays=closed)
    reached = np.concatenate([np.zeros(1), np.cumsum(pace)])
    return reached[rows.run_up : rows.run_up + days + 1] / reached[rows.run_up + history]


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
