"""Clocks: what waits for open time happens in it."""

from __future__ import annotations

from collections.abc import Iterator

from ...sinks.reading import literal
from ...spec.kinds.lifecycle import Lifecycle
from ...spec.kinds.moment import Timestamp
from ..check import Check, never, register
from ..expressions import Seen, see
from ..subject import Subject, Written, own


@register
def clocks(subject: Subject) -> Iterator[Check]:
    """Every written moment that goes by a clock, whose time zone is known."""
    for table in subject.tables.values():
        for name, model in table.each(Timestamp):
            # What is kept within a bound may lie in closed time.
            if model.clock is not None and model.not_after is None:
                yield from _open(subject, table, name, model.clock, model.time_zone)
        for name, cycle in table.each(Lifecycle):
            for step, declared in cycle.steps.items():
                copy = table.copy_of(f"{name}.{step}")
                if declared.clock is not None and copy is not None:
                    yield from _open(subject, table, copy, declared.clock, declared.time_zone)


def _open(subject: Subject, table: Written, column: str, clock: str, zone: str | None) -> Iterator[Check]:
    seen = see(subject, table, zone) if zone is not None else Seen("NULL")
    if seen is None:
        return
    declared = subject.dataset.clocks[clock]
    local = f"timezone(coalesce({seen.sql}, {literal(subject.zone)}), {own(column)})"
    minute = f"(hour({local}) * 60 + minute({local}))"
    days = " ".join(
        f"WHEN {number} THEN {' OR '.join(f'({minute} >= {start} AND {minute} < {end})' for start, end in stretches) or 'false'}"
        for number, stretches in enumerate(declared.week, 1)
    )
    closed = subject.marks.closed(declared.closed)
    listed = ", ".join(f"DATE '{day}'" for day in closed)
    wrong = f"NOT (CASE isodow({local}) {days} END)" + (f" OR {local}::DATE IN ({listed})" if closed else "")
    sentence = f"{column} lies in the open time of {clock}"
    yield never(table, "OpenHours", column, sentence, wrong, joins=seen.joins, counted=f"count({own(column)})", reads=seen.reads)
