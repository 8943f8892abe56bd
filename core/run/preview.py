"""Looking at rows before anything is written."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise
from operator import index
from threading import Lock
from typing import Final

import numpy as np
import pyarrow as pa

from ..engine.engine import Engine
from ..engine.ground import Frame
from ..engine.hashing import BLOCK, Ints
from ..errors import InputError
from ..plan.drawn_pools import restore
from ..plan.plan import Plan, TablePlan
from .told import told

MOST: int = 10_000
"""Rows of one preview."""
_PROBED: Final = 64


class PlanRows:
    """The rows of a plan, computed in this process when they are asked for. Several threads may ask at once.

    An engine keeps what it computed for the rows that come next, and is not made for several threads: each block is
    computed under a lock. Whoever looks at a plan more than once keeps one of these.

    A row's *place* is its number among the written rows of its table, from 0. Every `as_of` is the day as of whose end the
    tables are seen; None is that of the plan.
    """

    def __init__(self, plan: Plan) -> None:
        if plan.drawn:
            restore(plan.dataset, plan.seed, plan.drawn)
        self.plan = plan
        self._engine = Engine(plan.program)
        self._one = Lock()

    @contextmanager
    def engine(self, as_of: date | None = None) -> Iterator[Engine]:
        """The engine, for one caller at a time; raises InputError for a day that is not seen, DataError for what cannot be computed."""
        number = self._number(as_of)
        with self._one, told(), self._engine.moment.on(number):
            yield self._engine

    def schema(self, table: str) -> pa.Schema:
        """The Arrow schema of a written table; raises UnknownNameError."""
        mine = self.plan.table(table)
        with self._one:
            return self._engine.schema(mine.name)

    def count(self, table: str, as_of: date | None = None) -> int:
        """How many rows a table has as of a day; raises UnknownNameError and InputError."""
        mine = self.plan.table(table)
        if as_of is None or as_of == self.plan.as_of:
            return mine.rows
        number = self._number(as_of)
        with self.engine(as_of) as engine:
            layout = engine.table(table).layout
            last = min(number, self._day_number(self.plan.window[1])) if layout.happens else number
            _, high = layout.rows(self._day_number(self.plan.window[0]), last)
        return max(high - mine.first_row, 0)

    def page(self, table: str, offset: int = 0, rows: int = 100, as_of: date | None = None) -> pa.Table:
        """The rows `offset` .. `offset + rows - 1` of a table, 1 to 10,000 of them.

        Raises UnknownNameError for a table that the plan does not write, InputError for an offset outside it, DataError
        where a value cannot be computed.
        """
        mine = self.plan.table(table)
        offset, rows = _whole("offset", offset), _whole("rows", rows)
        if not 1 <= rows <= MOST:
            raise InputError(f"a preview shows 1 to {MOST:,} rows, not {rows:,}")
        count = self.count(table, as_of)
        if not 0 <= offset < max(count, 1):
            raise InputError(f"`{table}` has {count:,} rows: the offset may be 0 to {max(count - 1, 0):,}, not {offset:,}")
        start = mine.first_row + offset
        with self.engine(as_of) as engine:
            return pa.Table.from_batches([engine.batch(table, start, min(start + rows, mine.first_row + count))])

    def some(self, table: str, places: Ints, columns: Sequence[str] | None = None, as_of: date | None = None) -> pa.Table:
        """The rows at any places of a table, in their order; raises as `page`, places aside, which must be there."""
        mine = self.plan.table(table)
        numbers = np.asarray(places, np.int64) + mine.first_row
        unknown = np.flatnonzero(numbers < 0)
        with self.engine(as_of) as engine:
            most = engine.table(table).layout.at_once or BLOCK
            schema = engine.schema(table)
            if columns is not None:
                schema = pa.schema([schema.field(name) for name in columns])
            out: list[pa.RecordBatch] = []
            for low, high in _between(len(numbers), unknown.tolist()):
                if low == high:
                    out.append(engine.batch(table, -1, 0, columns))
                for start in range(low, high, most):
                    frame = frame_of(engine, table, numbers[start : min(start + most, high)])
                    out.append(engine.rows(table, frame, columns))
            return pa.Table.from_batches(out, schema)

    def begun_before(self, table: str, day: date) -> int | None:
        """The place of the first row that does not begin before a day; None where rows are not in order of their days."""
        mine, number = self.plan.table(table), self._day_number(day)
        with self.engine() as engine:
            layout = engine.table(table).layout
            if not (layout.rises and layout.dense):
                return None
            # By halves, as a layout counts whole days and its rows may be only some of those.
            numbers = range(max(mine.first_row, 0), mine.first_row + mine.rows)
            at = bisect_left(numbers, number, key=lambda row: int(frame_of(engine, table, np.array([row], np.int64)).day[0]))
        return numbers.start + at - mine.first_row

    def place_of(self, table: str, number: int, as_of: date | None = None) -> int | None:
        """The place of the row to which a layout gives a number; None where it is not among the written ones."""
        mine, count = self.plan.table(table), self.count(table, as_of)
        with self.engine(as_of) as engine:
            layout = engine.table(table).layout
            if layout.dense:
                place = number - mine.first_row
                return place if 0 <= place < count else None

            def told(row: int) -> int:
                return int(layout.block(row, 1).rows[0])

            rows = range(max(mine.first_row, 0), mine.first_row + count)
            at = bisect_left(rows, number, key=told)
            return rows[at] - mine.first_row if at < len(rows) and told(rows[at]) == number else None

    def batches(self, table: str, rows: int) -> Iterator[pa.RecordBatch]:
        """All rows of a table in batches of at most `rows` rows, from 1; raises UnknownNameError and InputError at once."""
        mine, rows = self.plan.table(table), _whole("rows", rows)
        if rows < 1:
            raise InputError(f"a batch has 1 row or more, not {rows:,}")
        end = mine.first_row + mine.rows
        return (self._batch(mine, low, min(low + rows, end)) for low in range(mine.first_row, end, rows))

    def _batch(self, table: TablePlan, start: int, stop: int) -> pa.RecordBatch:
        with self.engine() as engine:
            return engine.batch(table.name, start, stop)

    def day_of(self, number: int) -> date:
        """The date of a day that the engine knows by its number."""
        return self.plan.as_of + timedelta(days=number - self.plan.program.as_of)

    def _day_number(self, day: date) -> int:
        return self.plan.program.as_of - (self.plan.as_of - day).days

    def _number(self, day: date | None) -> int:
        if day is None:
            return self.plan.program.as_of
        number = self._day_number(day)
        if not 0 <= number <= self.plan.program.as_of:
            raise InputError(f"tables can be seen as of {self.day_of(0)} to {self.plan.as_of}, not {day}")
        return number


def frame_of(engine: Engine, table: str, numbers: Ints) -> Frame:
    """The written rows with these numbers, from 0, as a frame; raises CellError."""
    mine = engine.table(table)
    if mine.layout.dense:
        return mine.rows_frame(numbers)
    distinct, place = np.unique(numbers, return_inverse=True)
    edges = [0, *(np.flatnonzero(np.diff(distinct) != 1) + 1).tolist(), len(distinct)]
    runs = [distinct[low:high] for low, high in pairwise(edges) if high > low]
    rows = [mine.layout.block(int(run[0]), len(run)).rows for run in runs]
    return mine.rows_frame(np.concatenate([np.zeros(0, np.int64), *rows])[place])


def _between(count: int, marked: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The stretches of 0 .. count - 1 without the marked ones, each of which stands as an empty stretch."""
    low = 0
    for place in marked:
        if place > low:
            yield low, place
        yield place, place
        low = place + 1
    if low < count:
        yield low, count


def _whole(name: str, value: int) -> int:
    try:
        return index(value)
    except TypeError:
        raise InputError(f"`{name}` is a whole number, not {value!r}") from None


def preview(plan: Plan, table: str, offset: int = 0, rows: int = 100) -> pa.Table:
    """The rows `offset` .. `offset + rows - 1` of a table, the same that a run writes; raises as `PlanRows.page`."""
    return PlanRows(plan).page(table, offset, rows)


def probe(plan: Plan) -> None:
    """Computes the first and the last rows of each table, so that what no run could write is found; raises DataError."""
    engine = Engine(plan.program)
    for table in plan.tables:
        stop = table.first_row + table.rows
        with told():
            engine.batch(table.name, table.first_row, min(table.first_row + _PROBED, stop))
            engine.batch(table.name, max(stop - _PROBED, table.first_row), stop)
