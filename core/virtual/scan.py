"""Tables that DuckDB and whoever else takes an Arrow dataset scan, and whose rows are generated meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from ..engine.engine import Engine
from ..engine.hashing import BLOCK
from ..engine.parts import EvenParts, Ranges
from ..errors import RunCancelled
from ..plan.drawn_pools import restore
from ..plan.plan import Plan, TablePlan
from ..run.told import told
from .chosen import Chosen
from .units import SMALL, Pruner, Range, within

if TYPE_CHECKING:
    import duckdb


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
        self._chosen = Chosen(source.engine, table.name, schema.names if columns is None else columns, expression)
        self.dataset_schema, self.projected_schema = schema, self._chosen.schema

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
                        batch = self._chosen.batch(low, high)
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
                some = Pruner(self._source.engine, table.name, self._chosen.asked).ranges(start, stop, self._expression)
        parts: Sequence[Ranges] = table.parts.ranges
        if isinstance(parts, EvenParts) or all(len(ranges) == 1 for ranges in parts):
            parts = [((start, stop),)]
        for ranges in parts:
            mine = list(within(ranges, some))
            if mine:
                yield mine
