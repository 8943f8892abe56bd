"""One part becomes one file: parquet with settings chosen by column type, or CSV."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, Protocol

import pyarrow as pa

Format = Literal["parquet", "csv"]

_MEASURABLE: Final = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_date, pa.types.is_timestamp)


class PartWriter(Protocol):
    """Takes the rows of one part, a row group at a time."""

    def write(self, batches: list[pa.RecordBatch]) -> None:
        """Writes one row group."""

    def close(self) -> None:
        """Finishes the file."""


def parquet_options(schema: pa.Schema, key: Iterable[str], compression: str) -> dict[str, Any]:
    """Settings of the parquet writer.

    Dictionaries only where the column is one already (anything else costs a second pass), statistics only where a reader
    can skip by them, consecutive keys as differences.
    """
    keys = set(key)
    dictionaries = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    deltas = {field.name: "DELTA_BINARY_PACKED" for field in schema if field.name in keys and pa.types.is_int64(field.type)}
    options: dict[str, Any] = {
        "compression": compression,
        "use_dictionary": dictionaries,
        "write_statistics": [field.name for field in schema if field.name in keys or any(test(field.type) for test in _MEASURABLE)],
        "store_schema": False,
    }
    if deltas:
        options["column_encoding"] = deltas
    if int(pa.__version__.split(".", maxsplit=1)[0]) >= 17:
        options["store_decimal_as_integer"] = True
    return options


class ParquetPart:
    """A parquet file. `compression` is snappy, zstd, lz4, gzip or none."""

    def __init__(self, sink: BinaryIO, schema: pa.Schema, key: Iterable[str], compression: str) -> None:
        import pyarrow.parquet as pq

        self._writer = pq.ParquetWriter(sink, schema, **parquet_options(schema, key, compression))

    def write(self, batches: list[pa.RecordBatch]) -> None:
        """Writes one row group."""
        table = pa.Table.from_batches(batches)
        self._writer.write_table(table, row_group_size=max(table.num_rows, 1))

    def close(self) -> None:
        """Writes the footer."""
        self._writer.close()


class CsvPart:
    """A CSV file with a header; NULL is an empty field, an empty text a quoted one."""

    def __init__(self, sink: BinaryIO, schema: pa.Schema) -> None:
        import pyarrow.csv as csv

        self._writer = csv.CSVWriter(sink, schema)

    def write(self, batches: list[pa.RecordBatch]) -> None:
        """Writes the rows."""
        for batch in batches:
            self._writer.write_batch(batch)

    def close(self) -> None:
        """Flushes the last rows."""
        self._writer.close()


def open_part(sink: BinaryIO, form: Format, schema: pa.Schema, key: Iterable[str], compression: str) -> PartWriter:
    """A writer of one part into an open binary file, which stays the caller's to close."""
    return ParquetPart(sink, schema, key, compression) if form == "parquet" else CsvPart(sink, schema)


def sync(path: Path) -> None:
    """Makes a file's bytes, or a folder's entries, survive a power cut where the platform can."""
    if path.is_dir():
        if os.name == "nt":
            return
        handle = os.open(path, os.O_RDONLY)
    else:
        handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
