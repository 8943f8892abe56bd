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
    """Delta's JSON statistics of a parquet file, from its footer: rows, and minimum, maximum and NULLs of columns."""
    import pyarrow.parquet as pq

    meta = pq.read_metadata(file)
    schema = meta.schema.to_arrow_schema()
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    for number in range(min(meta.num_columns, _STATISTICS)):
        found = [meta.row_group(group).column(number) for group in range(meta.num_row_groups)]
        if not found or any(c.statistics is None or not c.statistics.has_min_max for c in found):
            continue
        if isinstance(found[0].statistics.min_raw, bytes):
            # Texts and decimals of more than 18 digits: not worth a decoder, and Delta does without.
            continue
        name = found[0].path_in_schema
        kind = schema.field(name).type
        if all(c.statistics.has_null_count for c in found):
            nulls[name] = sum(c.statistics.null_count for c in found)
        # The raw values: converting them would import pandas.
        low[name] = _json(min(c.statistics.min_raw for c in found), kind)
        high[name] = _json(max(c.statistics.max_raw for c in found), kind)
    return json.dumps({"numRecords": meta.num_rows, "minValues": low, "maxValues": high, "nullCount": nulls})


def _json(raw: Any, kind: pa.DataType) -> Any:
    if pa.types.is_timestamp(kind):
        moment = EPOCH + timedelta(microseconds=raw)
        return moment.isoformat(timespec="microseconds" if raw % 1000 else "milliseconds").replace("+00:00", "Z")
    if pa.types.is_date32(kind):
        return (EPOCH.date() + timedelta(days=raw)).isoformat()
    return raw / 10**kind.scale if pa.types.is_decimal(kind) else raw


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
