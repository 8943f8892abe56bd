"""Delta's statistics of a parquet file, by which readers skip it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from .rows import EPOCH


def footer_statistics(file: Path, bounds: int = 32) -> str:
    """Delta's JSON statistics of a parquet file, from its footer: rows, and minimum, maximum and NULLs of columns.

    `bounds` is the number of columns, from the first, that have more than rows (0: none).

    What a footer does not tell for sure is left out, and readers look into the file: bounds of texts, which may be cut short,
    of floats, which leave NaN out, of booleans, which Delta does not have, and of moments that no calendar holds.
    """
    import pyarrow.parquet as pq

    return statistics_of(pq.read_metadata(file), bounds)


def statistics_of(meta: Any, bounds: int = 32) -> str:
    """As `footer_statistics`, of a footer that has been read."""
    if not bounds:
        return f'{{"numRecords": {meta.num_rows}}}'
    schema = meta.schema.to_arrow_schema()
    low: list[str] = []
    high: list[str] = []
    nulls: list[str] = []
    for number in range(min(meta.num_columns, bounds)):
        found = [meta.row_group(group).column(number) for group in range(meta.num_row_groups)]
        found = [column for column in found if column.num_values]
        name = json.dumps(meta.schema.column(number).path)
        if not found or not all(c.statistics is not None and c.statistics.has_null_count for c in found):
            continue
        nulls.append(f"{name}: {sum(c.statistics.null_count for c in found)}")
        filled = [c.statistics for c in found if c.statistics.null_count < c.num_values]
        if not filled or not all(statistics.has_min_max for statistics in filled):
            continue
        kind = schema.field(number).type
        # The raw values: converting them would import pandas.
        ends = [[_whole(raw, kind) for raw in (statistics.min_raw, statistics.max_raw)] for statistics in filled]
        least = _json(min(end[0] for end in ends), kind)
        most = _json(max(end[1] for end in ends), kind)
        if least is not None and most is not None:
            low.append(f"{name}: {least}")
            high.append(f"{name}: {most}")
    listed = {"minValues": low, "maxValues": high, "nullCount": nulls}
    bodies = [f'"{what}": {{{", ".join(values)}}}' for what, values in listed.items()]
    return f'{{"numRecords": {meta.num_rows}, {", ".join(bodies)}}}'


def _whole(raw: Any, kind: pa.DataType) -> Any:
    """A bound as a footer holds it; of a decimal as bytes, the whole number."""
    return int.from_bytes(raw, "big", signed=True) if isinstance(raw, bytes) and pa.types.is_decimal(kind) else raw


def _json(raw: Any, kind: pa.DataType) -> str | None:
    """A bound as JSON; None where it is not sure, or not to be told."""
    try:
        if kind in (pa.timestamp("us"), pa.timestamp("us", tz="UTC")):
            moment = (EPOCH + timedelta(microseconds=raw)).replace(tzinfo=None)
            return f'"{moment.isoformat(timespec="microseconds" if raw % 1000 else "milliseconds")}{"Z" if kind.tz else ""}"'
        if pa.types.is_date32(kind):
            return f'"{(EPOCH.date() + timedelta(days=raw)).isoformat()}"'
    except OverflowError:
        return None
    if pa.types.is_decimal(kind):
        # As digits: a float would round what has more than fifteen of them.
        digits = f"{abs(raw):0{kind.scale + 1}}"
        point = len(digits) - kind.scale
        return f"{'-' if raw < 0 else ''}{digits[:point]}{'.' if kind.scale else ''}{digits[point:]}"
    return str(raw) if pa.types.is_signed_integer(kind) else None
