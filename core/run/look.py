"""A preview's values as texts, and what they look like in numbers."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..engine.hashing import Ints
from ..engine.vector import physical
from ..frozen import dataclass

_BINS: Final = 12
_TOP: Final = 5
_WHOLE: Final = ".000000"
_FRACTION: Final = re.compile(r"\.(\d*?)(?:000)*(?!\d)")


def texts(column: pa.ChunkedArray) -> list[str | None]:
    """A column's values as people read them: times in UTC to whole seconds, thousandths or millionths, None for NULL.

    Through Arrow's own cast, because values as Python objects would import pandas, which takes most of a second.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    found = pc.cast(column, pa.string()).to_pylist()
    if pa.types.is_timestamp(column.type):
        return [None if text is None else _moment(text) for text in found]
    return list(found)


def _moment(text: str) -> str:
    """A time as Arrow writes it, without digits of which three at a time are zeros: `12.050` stays what it is."""
    text = text.removesuffix("Z")
    return text[: -len(_WHOLE)] if text.endswith(_WHOLE) else _FRACTION.sub(lambda found: f".{found[1]}" if found[1] else "", text)


def order(column: pa.ChunkedArray, falling: bool = False) -> Ints:
    """The indexes of a column's values from the smallest to the largest, NULL last; equal values stay in their order."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    way = "descending" if falling else "ascending"
    table = pa.table([column], names=["value"])
    return physical(pc.sort_indices(table, sort_keys=[("value", way)])).astype(np.int64)


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """One column of the rows that were looked at."""

    name: str
    type: str
    rows: int
    nulls: int
    distinct: int
    """Different values, NULL aside."""
    minimum: str
    """As text; empty where every value is NULL."""
    maximum: str
    mean: float | None
    """Of numbers."""
    stddev: float | None
    """Of numbers, over the rows."""
    top: tuple[tuple[str, int], ...]
    """The most frequent values with their counts, at most five."""
    histogram: tuple[int, ...]
    """Counts in twelve equal bins from the smallest to the largest value, of numbers and times; else empty."""


def column_statistics(table: pa.Table, name: str) -> ColumnStatistics:
    """Figures of one column of a preview; raises KeyError for an unknown one."""
    column = table.column(name)
    shown = texts(column)
    present = [text for text in shown if text is not None]
    values = numbers(column)
    order = np.argsort(values, kind="stable") if values.size else None
    ordered = [present[order[0]], present[order[-1]]] if order is not None and order.size else sorted(present)
    is_number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)
    counts = Counter(present)
    return ColumnStatistics(
        name=name,
        type=str(column.type.value_type if pa.types.is_dictionary(column.type) else column.type),
        rows=len(shown),
        nulls=len(shown) - len(present),
        distinct=len(counts),
        minimum=ordered[0] if ordered else "",
        maximum=ordered[-1] if ordered else "",
        mean=float(values.mean()) if is_number and values.size else None,
        stddev=float(values.std()) if is_number and values.size else None,
        top=tuple(counts.most_common(_TOP)),
        histogram=_histogram(values),
    )


def _histogram(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[int, ...]:
    if not values.size:
        return ()
    # From zero on, because bins of a few microseconds vanish beside the microseconds since 1970.
    found = values - values.min()
    span = float(found.max())
    bins = np.minimum((found / span * _BINS).astype(np.int64), _BINS - 1) if span > 0 else np.zeros(found.size, np.int64)
    return tuple(np.bincount(bins, minlength=_BINS if span > 0 else 1).tolist())


def numbers(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The values of a column of numbers or times, NULL aside; nothing of other types."""
    kind = column.type
    found = column.drop_null()
    if pa.types.is_timestamp(kind):
        found = found.cast(pa.int64())
    elif pa.types.is_date32(kind):
        found = found.cast(pa.int32())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return np.empty(0)
    return np.array(pc.cast(found, pa.float64(), safe=False).to_pylist(), np.float64)
