"""The rows of a part in files by the values of columns, sorted in each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ..engine.vector import plain
from ..errors import RunError, brief
from ..program.folders import MOST_BYTES, MOST_VALUES, NULL, folder, text_of
from ..program.tasks import ArrangedSink, CsvSink, ParquetSink, PartFile, Written
from .sorting import Sorter, decoded

Values = tuple[str | None, ...]


class ArrangedParts:
    """Many files, one open at a time: rows are sorted by the partition columns first, so that each folder is written once."""

    def __init__(self, sink: ArrangedSink, schema: pa.Schema, opened: Callable[[Any, pa.Schema], Any]) -> None:
        self._sink, self._opened = sink, opened
        self._into: ParquetSink | CsvSink = _file(sink)
        name = Path(self._into.path).name
        self._folder = self._into.path.removesuffix(name)
        self._stem, dot, ending = name.rpartition(".")
        self._ending = f"{dot}{ending}"
        self._columns = [name for name in schema.names if sink.inside or name not in sink.partitions]
        self._schema = schema
        self._sorter = Sorter(schema, (*sink.partitions, *sink.sorted_by), sink.hold, _aside(sink))
        self._times = 0
        self._folders = PartitionFolders(sink.partitions)
        self._files: list[PartFile] = []

    def write(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Takes rows."""
        self._sorter.add(batches)
        if self._sorter.is_full:
            self._put()

    def close(self) -> None:
        """Nothing is open between two calls."""

    def finish(self) -> Written:
        """Writes what is held, and tells all files; there is one even where there is no row, under NULL."""
        self._put()
        if not self._files:
            self._write((None,) * len(self._sink.partitions), iter([pa.Table.from_batches([], self._schema)]))
        return Written(sum(file.bytes for file in self._files), files=tuple(self._files))

    def _put(self) -> None:
        pieces = self._pieces()
        first = next(pieces, None)
        while first is not None:
            values, table = first
            following: list[tuple[Values, pa.Table]] = []
            self._write(values, _same(values, table, pieces, following))
            first = following[0] if following else None
        self._times += 1

    def _pieces(self) -> Iterator[tuple[Values, pa.Table]]:
        """The rows in order, cut where the values of the partition columns change."""
        for table in self._sorter.drain():
            columns = [decoded(table.column(name)) for name in self._sink.partitions]
            for start, stop in _runs(columns, table.num_rows):
                yield tuple(text_of(column[start].as_py()) for column in columns), table.slice(start, stop - start)

    def _write(self, values: Values, tables: Iterator[pa.Table]) -> None:
        """One file."""
        folders = self._folders.steps(values)
        name = f"{self._stem}-{self._times:05}{self._ending}" if self._times else f"{self._stem}{self._ending}"
        path = self._folder + "/".join([*folders, name])
        if "://" not in path:
            # An object store has no folders to make.
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        schema = pa.schema([self._schema.field(name) for name in self._columns])
        writer, rows = self._opened(replace(self._into, path=path), schema), 0
        try:
            for group in groups(tables, self._sink.chunk):
                writer.write(group.select(self._columns).combine_chunks().to_batches())
                rows += group.num_rows
        finally:
            writer.close()
        told = writer.finish()
        self._files.append(PartFile("/".join([*folders, name]), rows, told.bytes, told.statistics, values))


class PartitionFolders:
    """The folders of a part's partitions."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._seen: set[Values] = set()

    def steps(self, values: Values) -> list[str]:
        """The steps of the path of a partition. Raises RunError for values that no folder can have, and for too many of them."""
        names = ", ".join(f"`{name}`" for name in self._columns)
        self._seen.add(values)
        if len(self._seen) > MOST_VALUES:
            raise RunError(f"a part of the table has more than {MOST_VALUES:,} partitions by {names}: choose columns with fewer values")
        found = []
        for column, value in zip(self._columns, values, strict=True):
            if value == NULL:
                raise RunError(f"partition column `{column}` has `{value}`, which readers take for NULL: choose another column")
            if value == "":
                raise RunError(f"partition column `{column}` has an empty text, which readers take for NULL: choose another column")
            found.append(folder(column, value))
            if len(found[-1].encode()) > MOST_BYTES:
                raise RunError(f"partition column `{column}` has `{brief(value)}`, which is too long for a folder: choose another column")
        return found


class SortedPart:
    """One file, whose rows are sorted; those that are held at once by themselves, where more of them may not wait on disk."""

    def __init__(self, sink: ArrangedSink, schema: pa.Schema, opened: Callable[[Any, pa.Schema], Any]) -> None:
        self._writer, self._chunk = opened(sink.into, schema), sink.chunk
        self._sorter = Sorter(schema, sink.sorted_by, sink.hold, _aside(sink))
        self._rows = 0

    def write(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Takes rows."""
        self._rows += sum(batch.num_rows for batch in batches)
        self._sorter.add(batches)
        if self._sorter.is_full:
            self._put()
        if not self._rows:
            self._writer.write(batches)

    def close(self) -> None:
        """What is held is written by `finish`."""

    def finish(self) -> Written:
        """Writes what is held."""
        try:
            self._put()
        finally:
            self._writer.close()
        told: Written = self._writer.finish()
        return told

    def _put(self) -> None:
        tables = self._sorter.drain()
        first = next(tables, None)
        if first is not None:
            for group in groups(chain([first], tables), self._chunk):
                self._writer.write(group.combine_chunks().to_batches())


def _aside(sink: ArrangedSink) -> Path | None:
    """A folder for the rows of this sink that wait on disk."""
    return Path(sink.spill) / sha256(os.fsencode(_file(sink).path)).hexdigest()[:16] if sink.spill else None


def _file(sink: ArrangedSink) -> ParquetSink | CsvSink:
    if not isinstance(sink.into, ParquetSink | CsvSink):
        raise TypeError(f"a sink of kind {sink.into.kind} is no file")
    return sink.into


def _runs(columns: Sequence[pa.ChunkedArray], rows: int) -> Iterator[tuple[int, int]]:
    """First row, and one past the last, of the rows that are equal in all columns."""
    changes = np.zeros(max(rows - 1, 0), np.bool_)
    for column in columns:
        codes = plain(column.combine_chunks().dictionary_encode(null_encoding="encode").indices)
        changes |= codes[1:] != codes[:-1]
    starts = [0, *(np.flatnonzero(changes) + 1).tolist()]
    yield from zip(starts, [*starts[1:], rows], strict=True)


def _same(
    values: Values, table: pa.Table, pieces: Iterator[tuple[Values, pa.Table]], following: list[tuple[Values, pa.Table]]
) -> Iterator[pa.Table]:
    """The tables of one file; what follows with other values is kept."""
    yield table
    for found in pieces:
        if found[0] != values:
            following.append(found)
            return
        yield found[1]


def groups(tables: Iterator[pa.Table], size: int) -> Iterator[pa.Table]:
    """Rows in row groups of a size; the last one has what is left. Of no rows an empty one."""
    held: list[pa.Table] = []
    rows, any_yet = 0, False
    for table in tables:
        start = 0
        while rows + table.num_rows - start >= size:
            end = start + size - rows
            yield pa.concat_tables([*held, table.slice(start, end - start)])
            start, held, rows, any_yet = end, [], 0, True
        left = table.slice(start)
        if left.num_rows or not any_yet:
            held.append(left)
            rows += left.num_rows
    if rows or not any_yet:
        yield pa.concat_tables(held)
