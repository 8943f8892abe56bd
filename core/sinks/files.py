"""One part, one file: parquet or CSV, written in row groups of a chunk."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final

import numpy as np
import pyarrow as pa

from ..engine.digits import moment_texts

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.\-/]+" if os.name != "nt" else r"[A-Za-z0-9_.\-/\\: ~]+")


class ParquetPart:
    """A parquet file in the settings that its column types are written fastest with."""

    def __init__(self, path: Path | pa.NativeFile, schema: pa.Schema, key: Sequence[str], compression: str) -> None:
        import pyarrow.parquet as pq

        money = any(pa.types.is_decimal(field.type) for field in schema)
        counted = [f.name for f in schema if f.name in key and pa.types.is_int64(f.type)]
        options: dict[str, Any] = {"column_encoding": dict.fromkeys(counted, "DELTA_BINARY_PACKED")} if counted else {}
        if money and int(pa.__version__.split(".")[0]) >= 20:
            # Eight bytes instead of a fixed-length binary; older versions do not know the option.
            options["store_decimal_as_integer"] = True
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression=compression,
            use_dictionary=with_words(schema),
            write_statistics=with_bounds(schema),
            coerce_timestamps="us",
            **options,
        )
        self._schema = schema

    def write(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Writes one row group."""
        table = _pruned(pa.Table.from_batches(list(batches), self._schema))
        self._writer.write_table(table, row_group_size=max(table.num_rows, 1))

    def close(self) -> None:
        """Completes the file."""
        self._writer.close()

    @property
    def footer(self) -> Any:
        """What stands in the footer, once the file is complete."""
        return self._writer.writer.metadata


def _pruned(table: pa.Table) -> pa.Table:
    """The table without the words that it does not use, where a column has more words than rows: a file holds all of them."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pa.types.is_dictionary(field.type) and any(len(chunk.dictionary) > table.num_rows for chunk in column.chunks):
            table = table.set_column(place, field, column.cast(field.type.value_type).dictionary_encode())
    return table


def with_words(schema: pa.Schema) -> list[str]:
    """Columns that have a dictionary in parquet files: texts that come from lists, and money."""
    return [field.name for field in schema if pa.types.is_dictionary(field.type) or pa.types.is_decimal(field.type)]


def with_bounds(schema: pa.Schema) -> list[str]:
    """Columns that have statistics in parquet files: those of texts cost more than their encoding and help no query."""
    return [field.name for field in schema if not (pa.types.is_dictionary(field.type) or pa.types.is_string(field.type))]


class CsvPart:
    """A CSV file with a header: UTF-8, ISO 8601 moments in UTC, empty for NULL."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        from pyarrow import csv

        texts = (pa.types.is_dictionary, pa.types.is_timestamp)
        plain = [pa.field(f.name, pa.string() if any(is_text(f.type) for is_text in texts) else f.type, f.nullable) for f in schema]
        self._schema = pa.schema(plain)
        self._writer = csv.CSVWriter(path, self._schema, write_options=csv.WriteOptions(quoting_style="needed"))

    def write(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Writes some rows."""
        for batch in batches:
            columns = [_as_text(column) for column in batch.columns]
            self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        """Completes the file."""
        self._writer.close()


def _as_text(column: pa.Array) -> pa.Array:
    """Words of a dictionary and moments as texts; other columns as they are."""
    if pa.types.is_dictionary(column.type):
        return column.dictionary.take(column.indices)
    if not pa.types.is_timestamp(column.type):
        return column
    # Arrow's own way takes a microsecond for each moment, forty times as long.
    valid, data = (pa.concat_arrays([column]) if column.offset else column).buffers()
    texts = moment_texts(np.frombuffer(data, np.int64, count=len(column)))
    return texts if not column.null_count else pa.StringArray.from_buffers(len(texts), *texts.buffers()[1:], valid, column.null_count)


def sync(path: Path) -> None:
    """Makes a file's content, or on POSIX a folder's entries, survive a power cut."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def plain_place() -> str | None:
    """A folder for temporary files whose name has nothing that a library could take for a URL; None: the usual one."""
    places = (gettempdir(), "/tmp", "/var/tmp")  # noqa: S108
    return next((place for place in places if is_plain(place)), None)


def is_plain(path: Path | str) -> bool:
    """Whether no library takes any letter of a path for a part of a URL."""
    return _PLAIN.fullmatch(str(path)) is not None
