"""Looking for rows of a table that nobody wrote: those of a condition in SQL, or of one value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from ..engine.hashing import BLOCK, Ints
from ..engine.vector import integer_array, physical
from ..errors import InputError, RunError, hint
from ..run.guarded import checked_tables, first, guarded
from ..run.limits import check_limits
from ..run.preview import PlanRows
from ..statement import tokens
from .chosen import Chosen, asked_of
from .units import SMALL, Pruner

if TYPE_CHECKING:
    import duckdb

HITS: Final = 10_000
"""Rows that a search finds at most."""
BOUND: Final = 10_000_000
"""Rows that a search generates at most; those that cannot fit are not generated, and do not count."""
_ROW: Final = "_row"
"""No written column begins like that."""
_MEMORY: Final = 1 << 30
_WHAT: Final = "the condition"
_UNKNOWN: Final = re.compile(r'Referenced (?:column|table) "([^"]+)" not found')


class Search:
    """One search in one table. One thread searches; any other may look at how far it is, and stop it."""

    def __init__(self, rows: PlanRows, table: str, as_of: date | None = None, *, start: int = 0, bound: int = BOUND) -> None:
        """`start`: the place of the first row that is looked at. Raises UnknownNameError and InputError."""
        self._rows, self._as_of, self._bound = rows, as_of, bound
        self.table, self.start = rows.plan.table(table).name, start
        self.total = rows.count(table, as_of)
        """Rows of the table."""
        self.reached = start
        """The place up to which everything is known."""
        self.generated = 0
        self.places: Ints = np.zeros(0, np.int64)
        """Of the rows that were found, in order; complete up to `reached` when the search has ended."""
        self._stopped = Event()
        self._failure: BaseException | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every row from the start on was looked at."""
        return self.reached >= self.total

    def stop(self) -> None:
        """Ends the search soon; what it has found stays."""
        self._stopped.set()

    def by_value(self, column: str, value: Any) -> Ints:
        """The places of rows with one value in a column, an Arrow scalar that is not NULL; raises DataError."""
        return self.by_expression(pc.field(column) == value)

    def by_expression(self, expression: pc.Expression, most: int = HITS) -> Ints:
        """The places of the first rows, `most` at most, that a filter of Arrow's leaves; raises DataError."""
        for numbers, _ in self._scan((), expression):
            self.places = np.concatenate([self.places, numbers])
            if len(self.places) >= most:
                self._enough(most)
                break
        return self.places

    def by_condition(self, condition: str) -> Ints:
        """The places of rows for which a condition of DuckDB's SQL is true.

        It may name the columns of the table, and call what a query may call. Raises InputError for one that cannot be read,
        DataError where a value cannot be computed, RunError where it needs too much memory.
        """
        import duckdb

        check_limits("a search")
        _check(condition)
        name = self.table
        sql = f'SELECT {_ROW} FROM "{name}" WHERE (\n{condition}\n) LIMIT {HITS}'  # noqa: S608  # looked at by DuckDB's own parser, and the connection is locked

        def prepare(connection: duckdb.DuckDBPyConnection) -> None:
            connection.register(name, _Numbered(self))

        def work(connection: duckdb.DuckDBPyConnection) -> pa.Table:
            return connection.sql(sql).to_arrow_table()

        try:
            with guarded(prepare, lambda _: (), memory=_MEMORY, threads=1, stop=self.stop) as (guard, _):
                checked_tables(guard.asked(sql, _WHAT), {("", name): None}, {})
                found = guard.work(work)
        except duckdb.OutOfMemoryException:
            raise RunError(f"{_WHAT} needs more than the {_MEMORY >> 30} GiB of memory that it may use") from None
        except duckdb.Error as error:
            if self._failure is not None:
                raise self._failure from None
            raise InputError(self._in_words(str(error))) from None
        if found.schema.types != [pa.int64()]:
            raise InputError(f"{_WHAT} is one expression that is true or false of a row")
        places = physical(pc.drop_null(found.column(0)).combine_chunks())
        self.places = np.unique(places[(places >= 0) & (places < self.total)])
        if len(self.places) >= HITS:
            self._enough(HITS)
        return self.places

    def _in_words(self, text: str) -> str:
        unknown = _UNKNOWN.search(text)
        names = self._rows.schema(self.table).names
        return f"`{self.table}` has no column `{unknown[1]}`{hint(unknown[1], names)}" if unknown else first(text)

    def _enough(self, most: int) -> None:
        """Goes on, if at all, behind the last row that was found."""
        self.places = self.places[:most]
        self.reached = int(self.places[-1]) + 1

    def _scan(self, columns: Sequence[str], expression: pc.Expression | None) -> Iterator[tuple[Ints, pa.RecordBatch]]:
        """The places of the rows that a filter of Arrow's leaves, with some of their columns."""
        rows, table = self._rows, self.table
        offset = rows.plan.table(table).first_row
        begin, end = self.start + offset, self.total + offset
        with rows.engine(self._as_of) as engine:
            layout = engine.table(table).layout
            chosen = Chosen(engine, table, columns, expression)
            ranges = [(-1, 0), (0, end)] if begin < 0 < end else [(begin, end)] if begin < end else []
            if expression is not None and ranges:
                ranges = Pruner(engine, table, chosen.asked).ranges(begin, end, expression)
            most = min(layout.at_once or BLOCK, BLOCK)
        size = SMALL
        for start, stop in ranges:
            low = start
            while low < stop:
                self.reached = low - offset
                if self._stopped.is_set() or self.generated >= self._bound:
                    return
                high = 0 if low < 0 else min(low + min(size, most), stop)
                size *= 4
                # The lock is given back between blocks, for whoever wants to see a page meanwhile.
                with rows.engine(self._as_of):
                    places, batch = chosen.found(low, high)
                self.generated += high - low
                low, base = high, low - offset
                if len(places):
                    yield places + base, batch
        self.reached = self.total


def _check(condition: str) -> None:
    """Raises InputError for what is not one expression, or holds a query: that would end where the bound is, and give a wrong answer."""
    words = tokens(condition, _WHAT)
    depth = 0
    for word, before in zip(words, ["", *(word.text for word in words)], strict=False):
        depth += {"(": 1, ")": -1}.get(word.text, 0) if word.token_type.name in ("L_PAREN", "R_PAREN") else 0
        if depth < 0:
            raise InputError(f"{_WHAT} closes a bracket that it does not open")
        if word.token_type.name == "SELECT" or (before == "(" and word.text.upper() in ("FROM", "WITH", "VALUES", "TABLE")):
            raise InputError(f"{_WHAT} may not hold a query of its own")


class _Numbered(ds.Dataset):  # type: ignore[misc]  # pyarrow has no types
    """The table of a search with the place of each row as one more column."""

    def __init__(self, search: Search) -> None:
        # The base class is made by Arrow alone, and of files.
        self._search, self._scanned = search, False
        self._bare = search._rows.schema(search.table)

    @property
    def schema(self) -> pa.Schema:
        return self._bare.append(pa.field(_ROW, pa.int64()))

    def scanner(self, columns: Sequence[str] | None = None, filter: pc.Expression | None = None, **_: Any) -> _Scan:  # noqa: A002  # Arrow's
        if self._scanned:
            self._search._failure = InputError(f"{_WHAT} may not hold a query of its own")
            raise self._search._failure
        self._scanned = True
        return _Scan(self._search, self.schema, self.schema.names if columns is None else columns, filter)


class _Scan:
    def __init__(self, search: Search, schema: pa.Schema, columns: Sequence[str], expression: pc.Expression | None) -> None:
        self._search, self._columns, self._expression = search, list(columns), expression
        self.dataset_schema = schema
        self.projected_schema = pa.schema([schema.field(name) for name in columns])

    def to_reader(self) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self.projected_schema, self._told())

    def _told(self) -> Iterator[pa.RecordBatch]:
        try:
            if self._expression is not None and _ROW in asked_of(self.dataset_schema, self._expression):
                raise InputError(f"{_WHAT} may name the columns of the table, not `{_ROW}`")
            bare = [name for name in self._columns if name != _ROW]
            for places, batch in self._search._scan(bare, self._expression):
                numbered = integer_array(places, pa.int64())
                arrays = [numbered if name == _ROW else batch.column(name) for name in self._columns]
                yield pa.RecordBatch.from_arrays(arrays, schema=self.projected_schema)
        except GeneratorExit:
            raise
        except BaseException as error:
            self._search._failure = error
            raise
