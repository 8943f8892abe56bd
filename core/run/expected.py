"""What the days of a series will bring, told before they are written: counted where rows can be, else judged by a few days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ..engine.engine import Engine
from ..engine.parts import Ranges
from ..plan.series import Arrival, Series, Share
from .estimate import write_probe
from .told import told

_SAMPLES: Final = 5
"""Days that are written to see what they take."""
_PROBE: Final = 131_072
"""Rows of a day that are written at most, where all of them come."""
_PIECES, _PIECE = 32, 8_192
"""Of older rows, any of which may have changed, so many stretches of so many rows are looked at."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a table brings on a day."""

    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class TableDays:
    """What a table brings on some days."""

    counted: bool
    """Whether the rows are exact; else they are about so many."""
    days: Mapping[date, Brought]

    @property
    def rows(self) -> int:
        """Of all days."""
        return sum(found.rows for found in self.days.values())

    @property
    def bytes(self) -> int:
        """Of all days."""
        return sum(found.bytes for found in self.days.values())


@dataclass(slots=True)
class _Written:
    """What was written of a table to see what it takes."""

    empty: int
    """Bytes of a file without rows."""
    rows: int = 0
    bytes: int = 0
    """Of the rows alone."""
    days: dict[date, float] = field(default_factory=dict)
    """Rows that sampled days bring."""

    def size(self, rows: float, files: int) -> int:
        """Bytes of so many rows in so many files."""
        return round(files * self.empty + (rows * self.bytes / self.rows if self.rows else 0))


def expected(series: Series, days: Sequence[date]) -> dict[str, TableDays]:
    """What each table brings on each of some days of a series; as many seconds for a year of them as for a day, nearly.

    Raises DataError where rows cannot be computed.
    """
    engine = Engine(series.plan.program)
    due: dict[str, list[date]] = {arrival.table.name: [] for arrival in series.arrivals}
    for day in days:
        for arrival in series.due(day):
            due[arrival.table.name].append(day)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, told():
        path = Path(folder) / "probe"
        return {arrival.table.name: _table(series, engine, arrival, due[arrival.table.name], path) for arrival in series.arrivals}


def _table(series: Series, engine: Engine, arrival: Arrival, days: Sequence[date], path: Path) -> TableDays:
    counted = arrival.delivery is None
    if not days:
        return TableDays(counted, {})
    plan, written = series.plan, _Written(0)
    # What began before the history comes with its first day, which is like no other.
    usual = [day for day in days if day != series.origin]
    samples = [usual[len(usual) * (2 * n + 1) // (2 * _SAMPLES)] for n in range(min(_SAMPLES, len(usual)))]
    for day in [*dict.fromkeys(samples), *(day for day in days if day == series.origin)]:
        share = series.share(engine, arrival, day)
        for ranges, weight in _looked_at(engine, arrival, share):
            if not written.empty:
                low = ranges[0][0]
                written.empty = write_probe(plan, engine, arrival.table, ((low, low),), path, share.day, share.delivery).bytes
            part = write_probe(plan, engine, arrival.table, ranges, path, share.day, share.delivery)
            written.rows += part.rows
            written.bytes += part.bytes - written.empty
            written.days[day] = written.days.get(day, 0.0) + part.rows * weight
    own = {day: _own(series, engine, arrival, day) for day in days} if not counted and not arrival.lasts else {}
    sampled = [written.days[day] for day in samples]
    out: dict[date, Brought] = {}
    for day in days:
        files = 1
        if counted:
            parts = series.share(engine, arrival, day).ranges
            files, rows = len(parts), float(sum(stop - start for part in parts for start, stop in part))
        elif day in written.days:
            rows = written.days[day]
        elif sum(own.get(day, 0) for day in samples):
            # Of events, what changed and what comes late goes with what is new.
            rows = own[day] * sum(sampled) / sum(own[day] for day in samples)
        else:
            rows = sum(sampled) / len(sampled)
        out[day] = Brought(round(rows), written.size(rows, files))
    return TableDays(counted, out)


def _own(series: Series, engine: Engine, arrival: Arrival, day: date) -> int:
    """Rows that begin on a day."""
    number, layout = series.number(day), engine.table(arrival.table.name).layout
    return layout.before(number + 1) - layout.before(number)


def _looked_at(engine: Engine, arrival: Arrival, share: Share) -> Iterator[tuple[Ranges, float]]:
    """The rows of a day that are written, and how many rows of the day each stands for."""
    ranges = tuple(one for part in share.ranges for one in part)
    rows = sum(stop - start for start, stop in ranges)
    if share.delivery is None:
        start, stop = ranges[0]
        yield ((start, min(stop, start + _PROBE)),), 1.0
        return
    if rows <= 2 * _PIECES * _PIECE:
        yield ranges, 1.0
        return
    (low, _), (_, high) = ranges[0], ranges[-1]
    layout = engine.table(arrival.table.name).layout
    # Those that are new are all looked at, since they are many among few; what changed lies anywhere before them.
    edge = min(max(layout.before(share.day), low), high) if layout.by_birth or layout.happens else high
    starts = [low + (edge - low) * n // _PIECES for n in range(_PIECES)]
    pieces = tuple((start, min(start + _PIECE, edge)) for start in starts)
    yield pieces, (edge - low) / sum(stop - start for start, stop in pieces)
    if edge < high:
        yield ((edge, high),), 1.0
