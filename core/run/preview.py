"""Looking at rows before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from operator import index
from threading import Lock
from typing import Final

import pyarrow as pa

from ..engine.engine import Engine
from ..errors import InputError
from ..plan.drawn_pools import restore
from ..plan.plan import Plan
from .told import told

MOST: int = 10_000
"""Rows of one preview."""
_PROBED: Final = 64


class PlanRows:
    """The rows of a plan, computed in this process when they are asked for. Several threads may ask at once.

    An engine keeps what it computed for the rows that come next, and is not made for several threads: each block is
    computed under a lock. Whoever looks at a plan more than once keeps one of these.
    """

    def __init__(self, plan: Plan) -> None:
        if plan.drawn:
            restore(plan.dataset, plan.seed, plan.drawn)
        self.plan = plan
        self._engine = Engine(plan.program)
        self._one = Lock()

    def schema(self, table: str) -> pa.Schema:
        """The Arrow schema of a written table; raises UnknownNameError."""
        mine = self.plan.table(table)
        with self._one:
            return self._engine.schema(mine.name)

    def page(self, table: str, offset: int = 0, rows: int = 100) -> pa.Table:
        """The rows `offset` .. `offset + rows - 1` of a table, 1 to 10,000 of them.

        Raises UnknownNameError for a table that the plan does not write, InputError for an offset outside it, DataError
        where a value cannot be computed.
        """
        mine = self.plan.table(table)
        offset, rows = _whole("offset", offset), _whole("rows", rows)
        if not 1 <= rows <= MOST:
            raise InputError(f"a preview shows 1 to {MOST:,} rows, not {rows:,}")
        if not 0 <= offset < max(mine.rows, 1):
            raise InputError(f"`{table}` has {mine.rows:,} rows: the offset may be 0 to {max(mine.rows - 1, 0):,}, not {offset:,}")
        start = mine.first_row + offset
        return pa.Table.from_batches([self._batch(table, start, min(start + rows, mine.first_row + mine.rows))])

    def batches(self, table: str, rows: int) -> Iterator[pa.RecordBatch]:
        """All rows of a table in batches of at most `rows` rows, from 1; raises UnknownNameError and InputError at once."""
        mine, rows = self.plan.table(table), _whole("rows", rows)
        if rows < 1:
            raise InputError(f"a batch has 1 row or more, not {rows:,}")
        end = mine.first_row + mine.rows
        return (self._batch(table, low, min(low + rows, end)) for low in range(mine.first_row, end, rows))

    def _batch(self, table: str, start: int, stop: int) -> pa.RecordBatch:
        with self._one, told():
            return self._engine.batch(table, start, stop)


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
