"""The local lakehouse's Delta tables: own parquet parts and one commit of add actions, with statistics from the footers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from .rows import EPOCH, rows_table, table_rows

_STATISTICS: Final = 32
"""Columns with statistics, as Delta's own default."""


def delta_schema(schema: pa.Schema) -> pa.Schema:
    """The schema as the Delta protocol knows it: no dictionaries."""
    return pa.schema([pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type, True) for f in schema])


def replace_table(folder: Path, files: Iterable[Path], schema: pa.Schema, app: str) -> None:
    """Makes the table in `folder` hold exactly the given files, which lie in it, in one commit; older versions stay readable.

    `app` names the commit: the same one again does nothing.
    """
    from deltalake import CommitProperties, DeltaTable, Schema, Transaction
    from deltalake.transaction import AddAction, create_table_with_add_actions

    actions: list[Any] = []
    for file in files:
        stat = file.stat()
        actions.append(AddAction(file.name, stat.st_size, {}, int(stat.st_mtime * 1000), True, footer_statistics(file)))
    properties = CommitProperties(app_transactions=[Transaction(app, 0)])
    wanted = Schema.from_arrow(delta_schema(schema))
    if not DeltaTable.is_deltatable(str(folder)):
        create_table_with_add_actions(str(folder), wanted, actions, mode="error", commit_properties=properties)
        return
    table = DeltaTable(str(folder))
    if table.transaction_version(app) is not None:
        return
    if wanted.to_json() == table.schema().to_json():
        table.create_write_transaction(actions, mode="overwrite", schema=wanted, commit_properties=properties)
    else:
        create_table_with_add_actions(str(folder), wanted, actions, mode="overwrite", commit_properties=properties)


def footer_statistics(file: Path) -> str:
    """Delta's JSON statistics of a parquet file, from its footer: rows, and minimum, maximum and NULLs of columns.

    What a footer does not tell for sure is left out, and readers look into the file: bounds of texts, which may be cut short,
    of floats, which leave NaN out, of booleans, which Delta does not have, and of moments that no calendar holds.
    """
    import pyarrow.parquet as pq

    meta = pq.read_metadata(file)
    schema = meta.schema.to_arrow_schema()
    low: list[str] = []
    high: list[str] = []
    nulls: list[str] = []
    for number in range(min(meta.num_columns, _STATISTICS)):
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
        bounds = [[_whole(raw, kind) for raw in (statistics.min_raw, statistics.max_raw)] for statistics in filled]
        least = _json(min(bound[0] for bound in bounds), kind)
        most = _json(max(bound[1] for bound in bounds), kind)
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


def overwrite_rows(folder: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
    """Replaces a small table's rows in one commit."""
    from deltalake import write_deltalake

    write_deltalake(str(folder), rows_table(rows, schema), mode="overwrite", schema_mode="overwrite")


def read_rows(folder: Path) -> list[dict[str, Any]]:
    """All rows of a small table; none where there is no table."""
    import pyarrow.parquet as pq

    out: list[dict[str, Any]] = []
    for file in current_files(folder) or []:
        # One file at a time: a dataset reader would bring imports that cost more than the read.
        with pq.ParquetFile(file) as parquet:
            out += table_rows(parquet.read())
    return out


def current_files(folder: Path) -> list[str] | None:
    """Paths of the files of the table's current version; None where there is no table."""
    from deltalake import DeltaTable

    if not DeltaTable.is_deltatable(str(folder)):
        return None
    return [str(uri) for uri in DeltaTable(str(folder)).file_uris()]
