"""Rows for which a filter holds, generated without what is not needed of the others. Executors import this as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..engine.engine import Engine
from ..engine.ground import Frame
from ..engine.hashing import Ints
from ..engine.vector import integer_array, physical

_PLACE: Final = "_place"
"""No written column begins like that."""
_FEW: Final = 8
"""One of so many rows at most are few: they are generated alone, rather than taken out of all."""


class Chosen:
    """Some columns of the rows of a table for which a filter holds. It is as bound to one thread as its engine."""

    def __init__(self, engine: Engine, table: str, columns: Sequence[str], expression: pc.Expression | None) -> None:
        schema = engine.schema(table)
        self._engine, self._table, self._columns, self._expression = engine, table, list(columns), expression
        self.asked = asked_of(schema, expression) if expression is not None else ()
        """The columns that the filter asks for."""
        self.schema = pa.schema([schema.field(name) for name in self._columns])
        """Of the batches; one without columns still knows its number of rows."""

    def batch(self, low: int, high: int) -> pa.RecordBatch:
        """The chosen ones of the rows low .. high - 1, of which -1 stands alone; raises CellError."""
        return self.found(low, high)[1]

    def found(self, low: int, high: int) -> tuple[Ints, pa.RecordBatch]:
        """As `batch`, after the places of the chosen ones among the rows low .. high - 1."""
        engine, name, expression = self._engine, self._table, self._expression
        if low < 0:
            rows = pa.Table.from_batches([engine.batch(name, low, high)])
            one = _one((rows if expression is None else rows.filter(expression)).select(self._columns))
            return np.arange(one.num_rows, dtype=np.int64), one
        frame = engine.frame(name, low, high)
        if expression is None:
            return np.arange(frame.count, dtype=np.int64), self._counted(engine.rows(name, frame, self._columns), frame.count)
        asked = engine.rows(name, frame, self.asked)
        places = _places(asked, expression)
        if len(places) == frame.count:
            return places, self._counted(self._with(asked, frame), frame.count)
        if len(places) * _FEW <= frame.count:
            few = engine.table(name).rows_frame(frame.rows[places], day=frame.day[places])
            return places, self._counted(engine.rows(name, few, self._columns), few.count)
        rows = self._with(asked, frame)
        return places, self._counted(rows.take(integer_array(places, pa.int64())) if self._columns else rows, len(places))

    def _with(self, asked: pa.RecordBatch, frame: Frame) -> pa.RecordBatch:
        """The wanted columns of a frame of which those that the filter asks for are there."""
        there = self._engine.rows(self._table, frame, [column for column in self._columns if column not in self.asked])
        arrays = [(asked if name in self.asked else there).column(name) for name in self._columns]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _counted(self, rows: pa.RecordBatch, count: int) -> pa.RecordBatch:
        """A batch that knows how many rows it has even where it has no column."""
        return rows if self._columns else pa.RecordBatch.from_arrays([pa.nulls(count)], [_PLACE]).select([])


def asked_of(schema: pa.Schema, expression: pc.Expression) -> tuple[str, ...]:
    """The columns that a filter asks for: those without which it cannot be bound."""
    nothing = schema.empty_table()
    out = []
    for place, name in enumerate(schema.names):
        try:
            nothing.remove_column(place).filter(expression)
        except (pa.ArrowInvalid, pa.ArrowKeyError):
            out.append(name)
    return tuple(out)


def _places(rows: pa.RecordBatch, expression: pc.Expression) -> Ints:
    """The places of the rows for which a filter holds."""
    numbers = integer_array(np.arange(rows.num_rows, dtype=np.int64), pa.int64())
    numbered = pa.Table.from_arrays([*rows.columns, numbers], names=[*rows.schema.names, _PLACE])
    return np.sort(physical(_one(numbered.filter(expression).select([_PLACE])).column(0)))


def _one(rows: pa.Table) -> pa.RecordBatch:
    """A small table as one batch."""
    found = rows.combine_chunks().to_batches()
    return found[0] if found else pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in rows.schema], schema=rows.schema)
