"""A compiled program at work: tables of layouts and kernels, made once a process, asked for blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from ..program.program import Program
from .calendar import Calendar
from .errors import FAILURES, named
from .hashing import BLOCK
from .pools import Pool
from .table import Table
from .vector import arrow_type, joined, written


class Engine:
    """The tables of one program. Everything it needs is in the program and the pool files that it names."""

    def __init__(self, program: Program) -> None:
        self.seed = program.seed
        self.as_of = program.as_of
        """Day number of the plan's `as_of`."""
        self.calendar = Calendar(program.calendar, program.seed)
        self.as_of_end: int = self.calendar.day_start(self.as_of + 1)
        """The moment at which `as_of` ends."""
        self._program = program
        self._tables: dict[str, Table] = {}
        self._pools: dict[str, Pool] = {}

    def table(self, name: str) -> Table:
        """A table of the program; raises KeyError."""
        table = self._tables.get(name)
        if table is None:
            table = self._tables[name] = Table(self, name, self._program.tables[name])
        return table

    def pool(self, name: str) -> Pool:
        """A pool of the program, read at its first use; raises KeyError, OSError and ValueError (changed file)."""
        pool = self._pools.get(name)
        if pool is None:
            pool = self._pools[name] = Pool.load(self._program.pools[name])
        return pool

    def schema(self, table: str) -> pa.Schema:
        """The Arrow schema of a written table: texts that come from lists as dictionaries, timestamps in UTC."""
        mine = self.table(table)
        return pa.schema([self._field(mine, name) for name in mine.written])

    def _field(self, table: Table, name: str) -> pa.Field:
        told = table.program.columns[name]
        return pa.field(name, arrow_type(told.type, dictionary=told.dictionary), nullable=told.nullable)

    def batch(self, table: str, start: int, stop: int, columns: Sequence[str] | None = None) -> pa.RecordBatch:
        """The written rows start .. stop - 1 of a table, counted over its history; -1 is its row for the unknown.

        Raises CellError for values that cannot be computed.
        """
        mine = self.table(table)
        most = mine.layout.at_once
        if most and stop - start > most:
            pieces = [self.batch(table, low, min(low + most, stop), columns) for low in range(start, stop, most)]
            return pa.Table.from_batches(pieces).combine_chunks().to_batches()[0]
        try:
            frame = mine.layout.block(max(start, 0), stop - max(start, 0))
        except FAILURES as error:
            raise named(error, table) from error
        fields = [self._field(mine, name) for name in (mine.written if columns is None else columns)]
        vecs = [mine.fitted(frame, field.name) for field in fields]
        if start < 0:
            unknown = mine.program.unknown or {}
            given = [written([unknown[field.name]], mine.program.columns[field.name].type) for field in fields]
            vecs = [joined(one, rest) for one, rest in zip(given, vecs, strict=True)]
        arrays = []
        for vec, field in zip(vecs, fields, strict=True):
            try:
                arrays.append(vec.to_arrow(field.type))
            except FAILURES as error:
                raise named(error, table, field.name) from error
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))

    def batches(self, table: str, start: int, stop: int, chunk: int = BLOCK) -> Iterator[pa.RecordBatch]:
        """Consecutive batches of at most `chunk` rows."""
        for low in range(start, stop, chunk):
            yield self.batch(table, low, min(low + chunk, stop))
