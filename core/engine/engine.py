"""A compiled program at work: tables of layouts and kernels, made once a process, asked for blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa

from ..program.content import KNOWN, Contents
from ..program.program import Program
from .asof import AsOf, Kept
from .calendar import Calendar
from .day_columns import day_field, day_part
from .errors import FAILURES, CellError, named
from .ground import Frame
from .hashing import BLOCK
from .pools import Pool
from .table import Table
from .vector import arrow_type, joined, written

_DAYS_KEPT: Final = 64
"""Counts of tables that are others on other days."""


class Engine:
    """The tables of one program. Everything it needs is in the program and the contents that this names."""

    def __init__(self, program: Program, contents: Contents = KNOWN) -> None:
        self._contents = contents
        self.seed = program.seed
        self.planned = program.as_of
        """Day number of the plan's `as_of`, where nobody names another."""
        self.calendar = Calendar(program.calendar, program.seed)
        self.moment = AsOf(self.calendar, program.as_of)
        self._program = program
        self._tables: dict[str, Table] = {}
        self._pools: dict[str, Pool] = {}
        self._sizes: Kept[str, int] = Kept(self.moment, _DAYS_KEPT)

    @property
    def as_of(self) -> int:
        """Day number of the day as of which tables are looked at."""
        return self.moment.day

    @property
    def as_of_end(self) -> int:
        """The moment at which that day ends."""
        return self.moment.end

    def table(self, name: str) -> Table:
        """A table of the program; raises KeyError."""
        table = self._tables.get(name)
        if table is None:
            table = self._tables[name] = Table(self, name, self._program.tables[name])
        return table

    def pool(self, name: str) -> Pool:
        """A pool of the program, read at its first use; raises KeyError, and OSError and ValueError as `Contents.read`."""
        pool = self._pools.get(name)
        if pool is None:
            pool = self._pools[name] = Pool.load(self._program.pools[name], self._contents)
        return pool

    def schema(self, table: str, day_columns: Sequence[str] = ()) -> pa.Schema:
        """The Arrow schema of a written table: texts that come from lists as dictionaries, timestamps in UTC.

        `day_columns` as of `batch`.
        """
        mine = self.table(table)
        return pa.schema([*(self._field(mine, name) for name in mine.written), *map(day_field, day_columns)])

    def _field(self, table: Table, name: str) -> pa.Field:
        told = table.program.columns[name]
        return pa.field(name, arrow_type(told.type, dictionary=told.dictionary), nullable=told.nullable)

    def batch(
        self,
        table: str,
        start: int,
        stop: int,
        columns: Sequence[str] | None = None,
        *,
        as_of: int | None = None,
        day_columns: Sequence[str] = (),
    ) -> pa.RecordBatch:
        """The written rows start .. stop - 1 of a table, counted over its history; -1 is its row for the unknown.

        `as_of` is the day number as of which they are seen (default: the program's); days may change from call to call. `day_columns`
        (of year, month, day) follow the others: those of the local day on which a row begins.
        Raises CellError for values that cannot be computed, among them those of rows beyond the last one that the calendar reaches,
        and ValueError for a day that it does not reach.
        """
        if as_of is None:
            return self._batch(table, start, stop, columns, day_columns)
        with self.moment.on(as_of):
            return self._batch(table, start, stop, columns, day_columns)

    def _batch(self, table: str, start: int, stop: int, columns: Sequence[str] | None, day_columns: Sequence[str]) -> pa.RecordBatch:
        mine = self.table(table)
        if stop > (size := self._size(table)):
            # Entities could be born for ever, and what stands on others could be cut short.
            raise CellError(table, "", f"there is no row {stop - 1:,} counted from 0, as the last one is {size - 1:,}")
        most = mine.layout.at_once
        if most and stop - start > most:
            pieces = [self._batch(table, low, min(low + most, stop), columns, day_columns) for low in range(start, stop, most)]
            return pa.Table.from_batches(pieces).combine_chunks().to_batches()[0]
        return self.rows(table, self.frame(table, max(start, 0), stop), columns, start < 0, day_columns)

    def _size(self, table: str) -> int:
        """How many rows a table has by the last day that the calendar reaches; of snapshots and versions: as of the day looked at."""
        try:
            return self._sizes.get(table, lambda: self.table(table).layout.rows(0, len(self.calendar.weights) - 1)[1])
        except FAILURES as error:
            raise named(error, table) from error

    def frame(self, table: str, start: int, stop: int) -> Frame:
        """The rows start .. stop - 1 of a table as a frame, as of the day that is looked at; raises CellError."""
        try:
            mine = self.table(table)
            frame = mine.layout.block(start, stop - start)
            if mine.siblings_differ and frame.count and frame.start is not None:
                # Siblings are drawn together: what they depend on is worked out for all of them once, not for these rows as well.
                whole = mine.layout.whole(frame)[0]
                if whole is not frame and whole.start is not None and whole.start <= frame.start:
                    frame.lie_within(whole, frame.start - whole.start)
            return frame
        except FAILURES as error:
            raise named(error, table) from error

    def rows(
        self,
        table: str,
        frame: Frame,
        columns: Sequence[str] | None = None,
        unknown_row: bool = False,
        day_columns: Sequence[str] = (),
    ) -> pa.RecordBatch:
        """The written columns of a frame's rows, after the table's row for the unknown where this is asked for; raises CellError.

        `day_columns` as of `batch`; those of the row for the unknown are NULL.
        """
        mine = self.table(table)
        fields = [self._field(mine, name) for name in (mine.written if columns is None else columns)]
        vecs = [mine.fitted(frame, field.name) for field in fields]
        if unknown_row:
            unknown = mine.program.unknown or {}
            given = [written([unknown[field.name]], mine.program.columns[field.name].type) for field in fields]
            vecs = [joined(one, rest) for one, rest in zip(given, vecs, strict=True)]
        arrays = []
        for vec, field in zip(vecs, fields, strict=True):
            try:
                arrays.append(vec.to_arrow(field.type))
            except FAILURES as error:
                raise named(error, table, field.name) from error
        if day_columns:
            days = frame.day + self.calendar.origin
            arrays += [day_part(days, name, unknown_row) for name in day_columns]
            fields += map(day_field, day_columns)
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))

    def batches(self, table: str, start: int, stop: int, chunk: int = BLOCK) -> Iterator[pa.RecordBatch]:
        """Consecutive batches of at most `chunk` rows."""
        for low in range(start, stop, chunk):
            yield self.batch(table, low, min(low + chunk, stop))
