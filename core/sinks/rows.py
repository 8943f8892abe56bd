"""A few Python rows as an Arrow table, without `pa.array`: that would import pandas, which takes longer than most runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa

from ..engine.vector import bitmap, integer_array, string_array, with_validity

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def rows_table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """The table of rows whose values are texts, integers, floats, dates, aware datetimes or None."""
    return pa.table([_array([row[field.name] for row in rows], field.type) for field in schema], schema=schema)


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
        return (aware - _EPOCH) // timedelta(microseconds=1)
    if isinstance(value, date):
        return (value - _EPOCH.date()).days
    return value if value is not None else 0
