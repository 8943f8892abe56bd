"""Tables that DuckDB and whoever else takes an Arrow dataset scan, and whose rows are generated meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from ..engine.engine import Engine
from ..engine.ground import Frame
from ..engine.hashing import BLOCK, Ints
from ..engine.parts import EvenParts, Ranges
from ..engine.vector import integer_array, physical
from ..errors import RunCancelled
from ..plan.drawn_pools import restore
from ..plan.plan import Plan, TablePlan
from ..run.told import told
from .units import SMALL, Pruner, Range, asked_of, chosen, within

if TYPE_CHECKING:
    import duckdb

_PLACE: Final = "_place"
"""No written column begins like that."""
_FEW: Final = 8
"""One of so many rows at most are few: they are generated alone, rather than taken out of all."""


class Source:
    """A plan whose tables are generated while they are scanned, by any number of threads."""

    def __init__(self, plan: Plan) -> None:
        if plan.drawn:
            restore(plan.dataset, plan.seed, plan.drawn)
        self.plan = plan
        self.engine = Engine(plan.program)
        self.lock = Lock()
        """Held by whoever asks the engine, which is not made for several threads."""
        self.stopped = Event()
        """Set where no row is wanted any longer."""
        self.failure: BaseException | None = None
        """Why a scan ended early, which DuckDB knows as a text alone."""

    def tables(self) -> dict[str, VirtualTable]:
        """Every table of the plan."""
        return {table.name: VirtualTable(self, table) for table in self.plan.tables}


class VirtualTable(ds.Dataset):  # type: ignore[misc]  # pyarrow has no types
    """One table: `scanner` is all that DuckDB asks of a dataset besides its schema."""

    def __init__(self, source: Source, table: TablePlan) -> None:
        # The base class is made by Arrow alone, and of files.
        self._source, self._plan = source, table
        self._schema = source.engine.schema(table.name)

    @property
    def schema(self) -> pa.Schema:
        """The columns, with the types of the files."""
        return self._schema

    def scanner(self, columns: Sequence[str] | None = None, filter: pc.Expression | None = None, **_: Any) -> Scan:  # noqa: A002  # Arrow's
        """A scan of some columns of the rows for which the filter holds."""
        return Scan(self._source, self._plan, self._schema, columns, filter)

    def count_rows(self, filter: pc.Expression | None = None, **_: Any) -> int:  # noqa: A002  # Arrow's
        """How many rows there are; none is generated where there is no filter."""
        if filter is None:
            return self._plan.rows
        return sum(batch.num_rows for batch in self.scanner([], filter).to_reader())


def name_virtual(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Gives a connection the tables of a plan, under their names."""
    for name, table in source.tables().items():
        connection.register(name, table)


class Scan:
    """Rows on their way to whoever asks for them."""

    def __init__(
        self, source: Source, table: TablePlan, schema: pa.Schema, columns: Sequence[str] | None, expression: pc.Expression | None
    ) -> None:
        self._source, self._plan, self._expression = source, table, expression
        self._columns = schema.names if columns is None else list(columns)
        self._asked = asked_of(schema, expression) if expression is not None else ()
        self.dataset_schema = schema
        self.projected_schema = pa.schema([schema.field(name) for name in self._columns])

    def to_reader(self) -> pa.RecordBatchReader:
        """The rows in batches, each generated when it is asked for."""
        return pa.RecordBatchReader.from_batches(self.projected_schema, self._told())

    def _told(self) -> Iterator[pa.RecordBatch]:
        try:
            with told():
                yield from self._batches()
        except GeneratorExit:
            raise
        except BaseException as error:
            self._source.failure = error
            raise

    def _batches(self) -> Iterator[pa.RecordBatch]:
        source, name = self._source, self._plan.name
        layout, size = source.engine.table(name).layout, SMALL
        most = min(layout.at_once or BLOCK, BLOCK)
        for ranges in self._parts():
            with source.lock:
                layout.prepare(ranges)
            for start, stop in ranges:
                low = start
                while low < stop:
                    if source.stopped.is_set():
                        raise RunCancelled
                    # Small at first, for whoever wants few rows.
                    high = 0 if low < 0 else min(low + min(size, most), stop)
                    size *= 4
                    with source.lock:
                        batch = self._batch(low, high)
                    if batch.num_rows:
                        yield batch
                    low = high

    def _parts(self) -> Iterator[Sequence[Range]]:
        """The rows to generate, in the order that costs least."""
        table = self._plan
        start, stop = table.first_row, table.first_row + table.rows
        some: list[Range] = [(start, stop)] if start < stop else []
        if self._expression is not None:
            with self._source.lock:
                some = Pruner(self._source.engine, table.name, self._asked).ranges(start, stop, self._expression)
        parts: Sequence[Ranges] = table.parts.ranges
        if isinstance(parts, EvenParts) or all(len(ranges) == 1 for ranges in parts):
            parts = [((start, stop),)]
        for ranges in parts:
            mine = list(within(ranges, some))
            if mine:
                yield mine

    def _batch(self, low: int, high: int) -> pa.RecordBatch:
        """The chosen ones of some rows; the columns that the filter asks for are generated first."""
        engine, name, expression = self._source.engine, self._plan.name, self._expression
        if low < 0:
            rows = pa.Table.from_batches([engine.batch(name, low, high)])
            return _one((rows if expression is None else chosen(rows, expression)).select(self._columns))
        frame = engine.frame(name, low, high)
        if expression is None:
            return self._counted(engine.rows(name, frame, self._columns), frame.count)
        asked = engine.rows(name, frame, self._asked)
        places = _places(asked, expression)
        if len(places) == frame.count:
            return self._counted(self._with(asked, frame), frame.count)
        if len(places) * _FEW <= frame.count:
            few = engine.table(name).rows_frame(frame.rows[places], day=frame.day[places])
            return self._counted(engine.rows(name, few, self._columns), few.count)
        rows = self._with(asked, frame)
        return self._counted(rows.take(integer_array(places, pa.int64())) if self._columns else rows, len(places))

    def _with(self, asked: pa.RecordBatch, frame: Frame) -> pa.RecordBatch:
        """The wanted columns of a frame of which those that the filter asks for are there."""
        further = [column for column in self._columns if column not in self._asked]
        there = self._source.engine.rows(self._plan.name, frame, further)
        arrays = [asked.column(name) if name in self._asked else there.column(name) for name in self._columns]
        return pa.RecordBatch.from_arrays(arrays, schema=self.projected_schema)

    def _counted(self, rows: pa.RecordBatch, count: int) -> pa.RecordBatch:
        """A batch that knows how many rows it has even where it has no column."""
        if self._columns:
            return rows
        return pa.RecordBatch.from_arrays([pa.nulls(count)], ["none"]).select([])


def _places(rows: pa.RecordBatch, expression: pc.Expression) -> Ints:
    """The places of the rows for which a filter holds."""
    numbers = integer_array(np.arange(rows.num_rows, dtype=np.int64), pa.int64())
    numbered = pa.Table.from_arrays([*rows.columns, numbers], names=[*rows.schema.names, _PLACE])
    return np.sort(physical(_one(chosen(numbered, expression).select([_PLACE])).column(0)))


def _one(rows: pa.Table) -> pa.RecordBatch:
    """A small table as one batch."""
    found = rows.combine_chunks().to_batches()
    return found[0] if found else pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in rows.schema], schema=rows.schema)
