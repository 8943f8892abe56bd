"""Looking at rows before anything is written."""

from __future__ import annotations

from threading import Lock
from typing import Final

import pyarrow as pa

from ..engine.engine import Engine
from ..errors import InputError, UnknownNameError
from ..plan.plan import Plan
from .told import told

MOST: int = 10_000
"""Rows of one preview."""
_PROBED: Final = 64

_engines: dict[int, tuple[Plan, Engine]] = {}
_one = Lock()
"""Engines keep what they computed and are not made for several threads, from which front ends call."""


def engine_of(plan: Plan) -> Engine:
    """The engine of a plan; the last one is kept, so paging through a preview builds nothing twice."""
    known = _engines.get(id(plan))
    if known is None or known[0] is not plan:
        _engines.clear()
        known = _engines[id(plan)] = (plan, Engine(plan.program))
    return known[1]


def preview(plan: Plan, table: str, offset: int = 0, rows: int = 100) -> pa.Table:
    """The rows `offset` .. `offset + rows - 1` of a table, the same that a run writes.

    Raises UnknownNameError for a table that the plan does not write, InputError for an offset outside it, DataError where a value
    cannot be computed.
    """
    if table not in plan.names:
        raise UnknownNameError("table", table, plan.names)
    mine = plan.table(table)
    if not 1 <= rows <= MOST:
        raise InputError(f"a preview shows 1 to {MOST:,} rows, not {rows:,}")
    if not 0 <= offset < max(mine.rows, 1):
        raise InputError(f"`{table}` has {mine.rows:,} rows: the offset may be 0 to {max(mine.rows - 1, 0):,}, not {offset:,}")
    start = mine.first_row + offset
    with _one, told():
        batch = engine_of(plan).batch(table, start, min(start + rows, mine.first_row + mine.rows))
    return pa.Table.from_batches([batch])


def probe(plan: Plan) -> None:
    """Computes the first and the last rows of each table, so that what no run could write is found; raises DataError."""
    engine = Engine(plan.program)
    for table in plan.tables:
        stop = table.first_row + table.rows
        with told():
            engine.batch(table.name, table.first_row, min(table.first_row + _PROBED, stop))
            engine.batch(table.name, max(stop - _PROBED, table.first_row), stop)
