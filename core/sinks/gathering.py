"""Files of a Delta table that are put together before anybody sees them: small ones, and rows that are near each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ..frozen import dataclass
from ..program.tasks import ParquetSink, PartFile
from .arranged import groups
from .nearness import Curve
from .parts import opened
from .sorting import Sorter
from .sources import Source, parquet_of

_PLACE: Final = "_place"
"""Column of the place on the curve, while rows are sorted by it; no written column begins like that."""


@dataclass(frozen=True, slots=True)
class Order:
    """How the rows of files that are put together lie."""

    near: tuple[str, ...]
    """Columns of which rows that are near come into the same file."""
    sorted_by: tuple[str, ...]
    """Columns by which the rows of each file are sorted."""
    most: int
    """Rows of a file at most."""
    hold: int
    """Rows that are held at once."""
    chunk: int
    """Rows of a row group."""
    spill: Path | None
    """Folder for rows that wait; None: each `hold` rows are put in order by themselves."""


def gathered(
    sources: Sequence[Source], into: ParquetSink, order: Order, name: Callable[[int], Path], step: Callable[[], None]
) -> list[PartFile]:
    """Writes all rows of parquet files into new ones, and tells of these; their paths are bare names.

    `into` says how files are written, `name` which path the next one has; `step` is called often, and may raise.
    """
    rows = 0
    schema: Any = None
    for source in sources:
        with parquet_of(source) as parquet:
            rows += parquet.metadata.num_rows
            schema = schema or parquet.schema_arrow
    out: list[PartFile] = []

    def put(tables: Iterator[pa.Table], count: int) -> None:
        """Files of equal sizes."""
        # A file whose rows may not wait on disk is sorted as a whole.
        limit = order.most if order.spill is not None or not order.sorted_by else min(order.most, order.hold)
        most = -(-count // max(-(-count // limit), 1))
        for piece in _cut(tables, max(most, 1)):
            out.append(_file(piece, schema, replace(into, path=str(name(len(out)))), order))

    if not order.near:
        put(_tables(sources, schema, step), rows)
        return out
    curve = Curve(_tables(sources, pa.schema([schema.field(name) for name in order.near]), step), rows, order.near)
    placed = schema.append(pa.field(_PLACE, pa.int64()))
    sorter = Sorter(placed, (_PLACE,), order.hold, order.spill / "curve" if order.spill is not None else None)
    held = 0
    for table in _tables(sources, schema, step):
        sorter.add(table.append_column(placed.field(_PLACE), curve.places(table)).combine_chunks().to_batches())
        held += table.num_rows
        if sorter.is_full:
            put(_bare(sorter, step), held)
            held = 0
    if held:
        put(_bare(sorter, step), held)
    return out


def _bare(sorter: Sorter, step: Callable[[], None]) -> Iterator[pa.Table]:
    for table in sorter.drain():
        step()
        yield table.drop_columns([_PLACE])


def _tables(sources: Sequence[Source], schema: pa.Schema, step: Callable[[], None]) -> Iterator[pa.Table]:
    """The rows of files, of which a schema may name some columns, a row group at a time."""
    for source in sources:
        with parquet_of(source) as parquet:
            for group in range(parquet.num_row_groups):
                step()
                found = parquet.read_row_group(group, columns=schema.names)
                if found.num_rows:
                    # Texts may be words of a dictionary in one file and none in another.
                    yield found if found.schema.equals(schema) else found.select(schema.names).cast(schema)


def _cut(tables: Iterator[pa.Table], most: int) -> Iterator[Iterator[pa.Table]]:
    """The rows in pieces, each of which must be read to its end before the next one."""
    left: list[pa.Table] = []

    def piece(first: pa.Table) -> Iterator[pa.Table]:
        table: pa.Table | None = first
        rows = 0
        while table is not None:
            if rows + table.num_rows > most:
                left.append(table.slice(most - rows))
                table = table.slice(0, most - rows)
            rows += table.num_rows
            yield table
            table = next(tables, None) if rows < most else None

    while (first := left.pop() if left else next(tables, None)) is not None:
        yield piece(first)


def _file(tables: Iterator[pa.Table], schema: pa.Schema, sink: ParquetSink, order: Order) -> PartFile:
    if order.sorted_by:
        sorter = Sorter(schema, order.sorted_by, order.hold if order.spill is not None else order.most, order.spill)
        for table in tables:
            sorter.add(table.combine_chunks().to_batches())
        tables = sorter.drain()
    writer, rows = opened(sink, schema), 0
    for group in groups(tables, order.chunk):
        writer.write(group.combine_chunks().to_batches())
        rows += group.num_rows
    writer.close()
    told = writer.finish()
    return PartFile(Path(sink.path).name, rows, told.bytes, told.statistics)
