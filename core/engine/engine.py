"""A compiled program at work: tables of layouts and kernels, made once a process, asked for blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from ..program.columns import Pointing
from ..program.content import KNOWN, Contents
from ..program.program import Program
from ..program.program import Table as TableProgram
from .asof import AsOf, Kept
from .calendar import Calendar
from .deck import Deck
from .errors import FAILURES, OutOfRange, named
from .expressions import evaluate
from .frame import Frame
from .hashing import BLOCK, Ints, hash_ints, make_key
from .kernels import KERNELS, Kernel, make_kernel
from .layouts import make_layout
from .numbers import fitted
from .permute import permute
from .pools import Pool
from .vector import Mask, Vec, arrow_type, joined, written

_SMALL: Final = 65_536
"""Rows up to which a table's columns may be computed whole and kept: it only saves time, never changes a value."""
_DAYS_KEPT: Final = 64
_NULL_BLOCK: Final = 1_024


class Table:
    """One table of the program."""

    def __init__(self, engine: Engine, name: str, program: TableProgram) -> None:
        self.engine = engine
        self.name = name
        self.world = program.world
        self.program = program
        self.layout = make_layout(program.rows, self)
        self._columns = program.columns
        self._kernels: dict[str, Kernel] = {}
        self._decks: dict[str, Deck] = {}
        self._whole: Kept[tuple[str, str | None], Vec] = Kept(engine.moment, _DAYS_KEPT)
        self._by_day: Kept[tuple[str, str | None, int], Vec] = Kept(engine.moment, _DAYS_KEPT, _DAYS_KEPT)
        self.written = program.written

    def key(self, column: str, *purpose: str) -> int:
        """A key of one column."""
        return make_key(self.engine.seed, self.world, self.name, column, *purpose)

    def kernel(self, column: str) -> Kernel:
        """The kernel of one column, made at its first use."""
        kernel = self._kernels.get(column)
        if kernel is None:
            kernel = self._kernels[column] = make_kernel(self._columns[column], self, column)
        return kernel

    def check(self, column: str) -> None:
        """Raises ValueError where a column cannot be filled for all days of the plan."""
        if KERNELS[self._columns[column].kernel.kind].checks:
            self.kernel(column).check()

    def deck(self, column: str, number: int) -> Deck:
        """The shuffle of blocks that a column of this table deals; `number` is the table's rows by the end of the history."""
        deck = self._decks.get(column)
        if deck is None:
            deck = self._decks[column] = Deck(self.key(column, "deck"), number)
        return deck

    def frame(self, start: int, count: int, seen: Ints | int | None = None) -> Frame:
        """A frame of consecutive rows."""
        return Frame(self, start, count, None, seen)

    def rows_frame(self, rows: Ints, seen: Ints | int | None = None) -> Frame:
        """A frame of any rows."""
        return Frame(self, None, len(rows), rows, seen)

    @property
    def size(self) -> int:
        """Rows up to the horizon, for tables whose rows last."""
        return self.layout.before(len(self.engine.calendar.weights))

    def compute(self, frame: Frame, column: str, part: str | None) -> Vec:
        """A column of a frame; of small tables of lasting rows, gathered from the whole column."""
        told = self._columns[column]
        if frame.start is None and not self.layout.happens and frame.count >= 256 and self.size <= _SMALL:
            if not told.changing:
                return self._entire(column, part).take(frame.rows)
            gathered = self._gather_by_day(frame, column, part)
            if gathered is not None:
                return gathered
        return self._fresh(frame, column, part)

    def _entire(self, column: str, part: str | None) -> Vec:
        return self._whole.get((column, part), lambda: self._fresh(self.frame(0, self.size), column, part))

    def _gather_by_day(self, frame: Frame, column: str, part: str | None) -> Vec | None:
        seen = frame.seen
        if isinstance(seen, int):
            return self._on_day(column, part, seen).take(frame.rows) if frame.count * 4 >= self.size else None
        first, last = int(seen.min()), int(seen.max())
        if (last - first + 1) * self.size > frame.count * 2:
            return None
        days = [self._on_day(column, part, day) for day in range(first, last + 1)]
        if days[0].text is not None or any(day.valid is not None for day in days):
            return None
        stacked = Vec(np.concatenate([day.values for day in days]), None, days[0].scale, days[0].words)
        return stacked.take(frame.rows + (seen - first) * self.size)

    def _on_day(self, column: str, part: str | None, day: int) -> Vec:
        return self._by_day.get((column, part, day), lambda: self._fresh(self.frame(0, self.size, seen=day), column, part))

    def _fresh(self, frame: Frame, column: str, part: str | None) -> Vec:
        try:
            return self._computed(frame, column, part)
        except FAILURES as error:
            raise named(error, self.name, column) from error

    def _computed(self, frame: Frame, column: str, part: str | None) -> Vec:
        told = self._columns[column]
        if told.recalled:
            frame = self.layout.recalled(frame)
        kernel = self.kernel(column)
        out = kernel.part(frame, part) if part is not None else kernel.values(frame)
        if told.when is not None:
            out = out.where(truth(evaluate(told.when, frame)))
        if told.nulls:
            out = out.where(~self.quota(frame, self.key(column, "nulls"), told.nulls))
        if part is None and told.unknown and out.valid is not None:
            return Vec(np.where(out.valid, out.values, -1))
        return out

    def fitted(self, frame: Frame, column: str) -> Vec:
        """A written column of a frame, whose values its type can hold; raises CellError."""
        try:
            return fitted(frame.get(column), self._columns[column].type)
        except OutOfRange as error:
            raise named(error.among(frame.rows), self.name, column) from None

    def through(self, frame: Frame, column: str) -> tuple[Frame, Ints | None, Mask | None]:
        """As `Frame.through`."""
        told = self._columns[column]
        try:
            target, places, valid = self.kernel(column).target(self.layout.recalled(frame) if told.recalled else frame)
        except FAILURES as error:
            raise named(error, self.name, column) from error
        if told.when is not None or told.nulls or (isinstance(told.kernel, Pointing) and told.kernel.orphans):
            own = frame.get(column)
            mine = own.values != -1 if told.unknown else own.valid
            valid = mine if valid is None else (valid if mine is None else valid & mine)
        return target, places, valid

    def quota(self, frame: Frame, key: int, share: float, from_end: bool = False) -> Mask:
        """An exact share of the rows: of each 1,024 row numbers, and of all rows up to the driving total.

        `from_end` takes its share from the other end of the shuffle, so that two quotas never meet.
        """
        total = self.layout.own_number if self.layout.happens else 0
        block, inside = frame.rows // _NULL_BLOCK, frame.rows % _NULL_BLOCK
        size = np.full(frame.count, _NULL_BLOCK, np.int64)
        if total % _NULL_BLOCK:
            cut = total // _NULL_BLOCK
            size[block == cut] = total % _NULL_BLOCK
            late = frame.rows >= total
            if late.any():
                inside[late] = (frame.rows[late] - total) % _NULL_BLOCK
                block[late] = cut + 1 + (frame.rows[late] - total) // _NULL_BLOCK
                size[late] = _NULL_BLOCK
        before = np.minimum(block * _NULL_BLOCK, total) if total else block * _NULL_BLOCK
        if total:
            before = np.where(block > total // _NULL_BLOCK, total + (block - total // _NULL_BLOCK - 1) * _NULL_BLOCK, before)
        taken = np.floor((before + size) * share + 0.5) - np.floor(before * share + 0.5)
        slot = permute(hash_ints(key, block), size, inside)
        return slot >= size - taken if from_end else slot < taken


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

    def schema(self, table: str) -> pa.Schema:
        """The Arrow schema of a written table: texts that come from lists as dictionaries, timestamps in UTC."""
        mine = self.table(table)
        return pa.schema([self._field(mine, name) for name in mine.written])

    def _field(self, table: Table, name: str) -> pa.Field:
        told = table.program.columns[name]
        return pa.field(name, arrow_type(told.type, dictionary=told.dictionary), nullable=told.nullable)

    def batch(self, table: str, start: int, stop: int, columns: Sequence[str] | None = None, *, as_of: int | None = None) -> pa.RecordBatch:
        """The written rows start .. stop - 1 of a table, counted over its history; -1 is its row for the unknown.

        `as_of` is the day number as of which they are seen (default: the program's); days may change from call to call.
        Raises CellError for values that cannot be computed, and ValueError for a day that the calendar does not reach.
        """
        if as_of is None:
            return self._batch(table, start, stop, columns)
        with self.moment.on(as_of):
            return self._batch(table, start, stop, columns)

    def _batch(self, table: str, start: int, stop: int, columns: Sequence[str] | None) -> pa.RecordBatch:
        mine = self.table(table)
        most = mine.layout.at_once
        if most and stop - start > most:
            pieces = [self._batch(table, low, min(low + most, stop), columns) for low in range(start, stop, most)]
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


def truth(vec: Vec) -> Mask:
    """Where a condition is true (neither false nor NULL)."""
    out = vec.values.astype(np.bool_, copy=False)
    return out if vec.valid is None else out & vec.valid
