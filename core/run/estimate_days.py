"""What days will cost to write, from a few of them that are really generated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import thread_time
from typing import Final, NamedTuple

from ..engine.engine import Engine
from ..engine.parts import Ranges
from ..plan.daily import Daily, daily
from ..plan.series import Arrival, Series, Share
from .estimate import FIXED, START, Estimate, TableEstimate, estimate, in_modes, memory_of, write_probe
from .executor import workers_by_days
from .tally import sample_of_days
from .told import told

_PLACES: Final = 3
"""Pairs of days that are generated. The second of a pair has what the first one worked out of their month."""
_MEASURED: Final = 5_000_000
"""Rows of the driving table on a day up to which some days are generated."""
_PROBE: Final = 32_768
"""Rows of a table on a day that are looked at, at each of two places: the newest, and some of all others."""
_BLOCK: Final = 4_096
_WARM: Final = 1_024
_LONG: Final = 0.7
"""Seconds of looking at a table after which no other days of it are looked at."""
_FILE: Final = 0.0012
"""Seconds to publish a file and to note it."""
_BATCH: Final = 0.03
"""Seconds to publish and log a batch of days."""
_MERGE: Final = 0.09
"""Seconds to merge a batch into a table, besides its rows."""


class _Found(NamedTuple):
    """What one table brings on one day."""

    rows: float
    bytes: float
    seconds: float


def estimate_days(series: Series, days: Sequence[date], batch: int, fresh: bool = True) -> Estimate | None:
    """Rows, seconds, bytes and memory of writing some days of a series, all of them together, `batch` at a time.

    Tables of which nothing stands yet (`fresh`) are told as one load of them. None where a day has so many rows that looking at it
    would take minutes. Raises DataError where rows cannot be computed.
    """
    plan = series.plan
    if not days:
        return Estimate(0.0, 0, 0, {table.name: TableEstimate(0, 0, 0.0) for table in plan.tables})
    counted = daily(series)
    if max(counted.rows[day] for day in days) > _MEASURED:
        return None
    engine = Engine(plan.program)
    batches = -(-len(days) // batch)
    tables = plan.output.mode == "table"
    if tables and fresh:
        whole = estimate(series.load(engine, days, days[0], fresh=True))
        return replace(whole, seconds=whole.seconds + (batches - 1) * len(plan.tables) * _MERGE)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, told():
        probe = _Probe(series, engine, counted, Path(folder) / "probe")
        per_table = {arrival.table.name: probe.table(arrival, days) for arrival in series.arrivals}
    workers = workers_by_days(plan, len(days), len(series.days))
    work = sum(found.core_seconds for found in per_table.values()) + probe.months * max(workers - 1, 0)
    publishing = batches * len(plan.tables) * _MERGE if tables else batches * _BATCH + probe.files * _FILE
    seconds = work / max(workers, 1) + publishing + FIXED + (START if workers else 0.0)
    memory = memory_of(plan, engine, workers, probe.most)
    modes = in_modes(plan, work, seconds, probe.files)
    size = sum(found.bytes for found in per_table.values())
    return Estimate(modes[plan.work.mode], size, memory, per_table, modes if len(modes) > 1 else {})


class _Probe:
    """Looks at days. It counts the seconds of its own thread, which nothing else on the machine makes longer."""

    def __init__(self, series: Series, engine: Engine, counted: Daily, path: Path) -> None:
        self._series, self._engine, self._counted, self._path = series, engine, counted, path
        self.files = 0
        self.months = 0.0
        """Seconds that a worker takes for what it works out once a month."""
        self.most = 1
        """Rows of the largest part."""

    def table(self, arrival: Arrival, days: Sequence[date]) -> TableEstimate:
        due = [day for day in days if arrival.type != "snapshot" or arrival in self._series.due(day)]
        if not due:
            return TableEstimate(0, 0, 0.0)
        self.files += len(due)
        begun = self._begin(arrival, due[0])
        # The first day of the history also brings what began before it.
        first = [self._day(arrival, day) for day in due[:1] if self._series.number(day) == 0]
        rest = due[len(first) :]
        pairs, looked = list[list[_Found]](), list[date]()
        clock = thread_time()
        for pair in _pairs(rest):
            if not pairs or thread_time() - clock < _LONG:
                pairs.append([self._day(arrival, day) for day in pair])
                looked += pair
        seen = [found for pair in pairs for found in pair]
        share = self._share(arrival, rest, looked)
        rows = sum(found.rows for found in first) + share * sum(found.rows for found in seen)
        size = sum(found.bytes for found in first) + share * sum(found.bytes for found in seen)
        # Of the pairs' second days; where there is one day alone, of it.
        warm = sorted(pair[-1].seconds for pair in pairs)
        usual = warm[len(warm) // 2] if warm else 0.0
        once = max(min((pair[0].seconds - pair[-1].seconds for pair in pairs), default=0.0), 0.0)
        months = once * len({(day.year, day.month) for day in rest})
        self.months += months
        return TableEstimate(round(rows), round(size), begun + sum(found.seconds for found in first) + usual * len(rest) + months)

    def _share(self, arrival: Arrival, rest: Sequence[date], looked: Sequence[date]) -> float:
        """What all days bring, as a multiple of those that were looked at: events go by the rows of days, all else by days."""
        if arrival.type == "incremental":
            there = sum(self._counted.rows[day] for day in looked)
            if there:
                return sum(self._counted.rows[day] for day in rest) / there
        return len(rest) / max(len(looked), 1)

    def _begin(self, arrival: Arrival, day: date) -> float:
        """Seconds to build the tables that a worker builds once."""
        clock = thread_time()
        ranges = self._ranges(arrival, day)
        if ranges:
            low, high = ranges[-1]
            self._engine.batch(arrival.table.name, max(low, 0), max(min(low + _WARM, high), 0), as_of=self._series.number(day))
        return thread_time() - clock

    def _ranges(self, arrival: Arrival, day: date) -> Ranges:
        return tuple(pair for part in self._of(arrival, day).ranges for pair in part)

    def _of(self, arrival: Arrival, day: date) -> Share:
        return self._series.share(self._engine, arrival, day)

    def _day(self, arrival: Arrival, day: date) -> _Found:
        parts = self._of(arrival, day).ranges
        self.most = max([self.most, *map(_count, parts)])
        rest, newest = _split([pair for part in parts for pair in part])
        found = self._write(arrival, day, newest)
        many = _count(rest)
        if not many:
            return found
        some = _some(rest, many)
        other, share = self._write(arrival, day, some), many / _count(some)
        # Rows that lie together cost less each than those of many blocks, and all of them do.
        seconds = found.seconds * (1 + many / _count(newest))
        return _Found(found.rows + share * other.rows, found.bytes + share * other.bytes, seconds)

    def _write(self, arrival: Arrival, day: date, ranges: Ranges) -> _Found:
        plan, number = self._series.plan, self._series.number(day)
        clock = thread_time()
        result = write_probe(plan, self._engine, arrival.table, ranges, self._path, number, sample_of_days(plan), arrival.delivery)
        return _Found(result.rows, result.bytes, thread_time() - clock)


def _count(ranges: Ranges) -> int:
    return sum(stop - start for start, stop in ranges)


def _pairs(days: Sequence[date]) -> list[Sequence[date]]:
    """Neighbours, from places that lie evenly; few days are looked at all."""
    if len(days) <= 2 * _PLACES:
        return [days[n : n + 2] for n in range(0, len(days), 2)]
    return [days[place : place + 2] for place in ((len(days) - 2) * n // (_PLACES - 1) for n in range(_PLACES))]


def _split(ranges: Sequence[tuple[int, int]]) -> tuple[Ranges, Ranges]:
    """(all others, the last so many rows): what began on a day are the last rows."""
    left, newest = _PROBE, list[tuple[int, int]]()
    rest = list(ranges)
    while rest and left:
        start, stop = rest.pop()
        cut = max(start, stop - left)
        left -= stop - cut
        newest.insert(0, (cut, stop))
        if cut > start:
            rest.append((start, cut))
    return tuple(rest), tuple(newest)


def _some(ranges: Ranges, many: int) -> Ranges:
    """Blocks that lie evenly over many rows."""
    if many <= _PROBE:
        return ranges
    count = _PROBE // _BLOCK
    places = [(many - _BLOCK) * n // (count - 1) for n in range(count)]
    out, passed = list[tuple[int, int]](), 0
    for start, stop in ranges:
        for place in places:
            low = max(start, start + place - passed)
            high = min(stop, start + place + _BLOCK - passed)
            if low < high and (not out or low >= out[-1][1]):
                out.append((low, high))
        passed += stop - start
    return tuple(out)
