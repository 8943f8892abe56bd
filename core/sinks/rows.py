"""A few Python rows as an Arrow table and back, from and to buffers: `pa.array` and `to_pylist` would import pandas.

That import takes longer than most runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa

from ..engine.vector import bitmap, integer_array, string_array, with_validity

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def rows_table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """The table of rows whose values are texts, integers, floats, dates, aware datetimes or None."""
    return pa.Table.from_arrays([_array([row[field.name] for row in rows], field.type) for field in schema], schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    valid = np.array([value is not None for value in values], np.bool_)
    if pa.types.is_string(kind):
        texts = string_array([value or "" for value in values])
        return texts if bool(valid.all()) else with_validity(texts, valid)
    numbers = np.array([_number(value) for value in values], np.float64 if pa.types.is_floating(kind) else np.int64)
    if pa.types.is_date32(kind):
        numbers = numbers.astype(np.int32)
    return integer_array(numbers, kind, None if bool(valid.all()) else bitmap(valid))


def _number(value: Any) -> int | float:
    if isinstance(value, datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return (aware - EPOCH) // timedelta(microseconds=1)
    if isinstance(value, date):
        return (value - EPOCH.date()).days
    return value if value is not None else 0


def table_rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a small table of the types that `rows_table` makes."""
    names = table.column_names
    columns = [_values(chunk) for chunk in (column.combine_chunks() for column in table.columns)]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def texts(column: pa.ChunkedArray) -> list[str]:
    """The values of a column of texts without NULL."""
    return _values(column.cast(pa.string()))


def _values(column: pa.ChunkedArray | pa.Array) -> list[Any]:
    out: list[Any] = []
    for chunk in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
        kind, count, shift = chunk.type, len(chunk), chunk.offset
        validity = chunk.buffers()[0]
        valid = np.ones(count, np.bool_)
        if validity is not None:
            valid = np.unpackbits(np.frombuffer(validity, np.uint8), bitorder="little", count=shift + count)[shift:].astype(np.bool_)
        if pa.types.is_string(kind):
            offsets = np.frombuffer(chunk.buffers()[1], np.int32, count=shift + count + 1)[shift:]
            data = chunk.buffers()[2]
            raw = data.to_pybytes() if data is not None else b""
            values: list[Any] = [raw[offsets[n] : offsets[n + 1]].decode() for n in range(count)]
        else:
            width = np.dtype(np.float64) if pa.types.is_floating(kind) else np.dtype(f"i{kind.bit_width // 8}")
            values = np.frombuffer(chunk.buffers()[1], width, count=shift + count)[shift:].tolist()
            if pa.types.is_timestamp(kind):
                values = [EPOCH + timedelta(microseconds=value) for value in values]
            elif pa.types.is_date32(kind):
                values = [EPOCH.date() + timedelta(days=value) for value in values]
        out += [value if ok else None for value, ok in zip(values, valid.tolist(), strict=True)]
    return out
