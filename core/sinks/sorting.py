"""Rows in order of some columns, more of them than are held at once: sorted runs that wait on disk are merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from ..engine.vector import integer_array, plain

_PIECES: Final = 16
"""Pieces of a run, of which one is held while runs are merged."""


def in_order(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The rows by the values of columns, NULLs last; rows that are equal in these stay in their order."""
    table = table.combine_chunks()
    return table.take(_order(table, keys)) if keys and table.num_rows > 1 else table


def _order(table: pa.Table, keys: Sequence[str]) -> pa.Array:
    import pyarrow.compute as pc

    columns = pa.Table.from_arrays([decoded(table.column(key)) for key in keys], names=list(keys))
    return pc.sort_indices(columns, sort_keys=[(key, "ascending") for key in keys])


def decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column without its dictionary."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


class Sorter:
    """Takes rows, and gives them in order.

    It holds `hold` rows. More of them wait in files of the folder `spill`; where there is none, whoever adds them drains it when it
    is full.
    """

    def __init__(self, schema: pa.Schema, keys: Sequence[str], hold: int, spill: Path | None) -> None:
        self._schema, self._keys, self._hold, self._spill = schema, keys, hold, spill
        self._held: list[pa.RecordBatch] = []
        self._rows = 0
        self._runs: list[Path] = []

    @property
    def is_full(self) -> bool:
        """Whether it must be drained before more is added."""
        return self._spill is None and self._rows >= self._hold

    def add(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Takes rows."""
        self._held += batches
        self._rows += sum(batch.num_rows for batch in batches)
        if self._spill is not None and self._rows >= self._hold:
            self._set_aside(self._spill)

    def drain(self) -> Iterator[pa.Table]:
        """All rows that were taken, in order, in tables; it is empty afterwards."""
        if self._runs and self._rows and self._spill is not None:
            self._set_aside(self._spill)
        if not self._runs:
            held = self._take()
            if held.num_rows:
                yield in_order(held, self._keys)
            return
        try:
            yield from self._merged()
        finally:
            self.forget()

    def forget(self) -> None:
        """Removes what waits on disk."""
        for run in self._runs:
            run.unlink(missing_ok=True)
        self._runs = []

    def _take(self) -> pa.Table:
        held, self._held, self._rows = self._held, [], 0
        return pa.Table.from_batches(held, self._schema)

    def _set_aside(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        run = folder / f"{len(self._runs):05}.arrow"
        table = in_order(self._take(), self._keys)
        with pa.OSFile(str(run), "wb") as file, pa.ipc.new_file(file, self._schema) as writer:
            writer.write_table(table, max_chunksize=max(self._hold // _PIECES, 1))
        self._runs.append(run)

    def _merged(self) -> Iterator[pa.Table]:
        files = [pa.OSFile(str(run), "rb") for run in self._runs]
        try:
            runs = [_Run(pa.ipc.open_file(file)) for file in files]
            # Each of them is filled, and not only the first one that can be.
            while sum(run.fill() for run in runs):
                together = pa.concat_tables([run.piece for run in runs]).combine_chunks()
                order = plain(_order(together, self._keys)).astype(np.int64)
                ends = np.cumsum([run.piece.num_rows for run in runs])
                # Rows after the last one that is held of a run may stand behind others that are not read yet.
                last = [int(end) - 1 for run, end in zip(runs, ends, strict=True) if run.goes_on]
                if last:
                    order = order[: int(np.flatnonzero(np.isin(order, last))[0]) + 1]
                counts = np.bincount(np.searchsorted(ends, order, side="right"), minlength=len(runs))
                for run, count in zip(runs, counts.tolist(), strict=True):
                    run.piece = run.piece.slice(count)
                yield together.take(integer_array(order, pa.int64()))
        finally:
            for file in files:
                file.close()


class _Run:
    """A sorted run while it is merged."""

    def __init__(self, reader: pa.RecordBatchFileReader) -> None:
        self._reader, self._next = reader, 0
        self.piece = pa.Table.from_batches([], reader.schema)

    @property
    def goes_on(self) -> bool:
        """Whether there are rows after the piece."""
        return self._next < self._reader.num_record_batches

    def fill(self) -> bool:
        """Reads the next piece where this one is used up; tells whether there are rows."""
        if not self.piece.num_rows and self.goes_on:
            self.piece = pa.Table.from_batches([self._reader.get_batch(self._next)])
            self._next += 1
        return bool(self.piece.num_rows)
