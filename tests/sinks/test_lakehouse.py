"""Delta tables are made of our own parquet files, one commit a change."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from ingen_fab.synthetic_data.core.sinks.files import ParquetPart
from ingen_fab.synthetic_data.core.sinks.lakehouse import current_files, footer_statistics, replace_table

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("price", pa.decimal128(18, 2)),
        pa.field("day", pa.date32()),
        pa.field("at", pa.timestamp("us", tz="UTC")),
        pa.field("city", pa.dictionary(pa.int32(), pa.string())),
    ]
)


def put(folder: Path, name: str, ids: list[int]) -> Path:
    folder.mkdir(exist_ok=True)
    rows = {
        "id": ids,
        "price": [Decimal("1.25")] * len(ids),
        "day": [date(2024, 2, 29)] * len(ids),
        "at": [datetime(2024, 1, 1, 1, 1, 1, 1500, UTC)] * len(ids),
        "city": ["Paris"] * len(ids),
    }
    writer = ParquetPart(folder / name, SCHEMA, ["id"], "snappy")
    writer.write(pa.table(rows, schema=SCHEMA).to_batches())
    writer.close()
    return folder / name


def test_replacing_keeps_the_old_version(tmp_path: Path) -> None:
    """The newest version holds the new rows alone; the version before can still be read."""
    table = tmp_path / "orders"
    replace_table(table, [put(table, "a.parquet", [1, 2])], SCHEMA, "first")
    replace_table(table, [put(table, "b.parquet", [3])], SCHEMA, "second")
    assert [Path(file).name for file in current_files(table) or []] == ["b.parquet"]
    assert DeltaTable(str(table)).to_pyarrow_table().column("id").to_pylist() == [3]
    assert DeltaTable(str(table), version=0).to_pyarrow_table().num_rows == 2


def test_a_commit_is_not_repeated(tmp_path: Path) -> None:
    """Publishing again under the same name, as after a crash, changes nothing."""
    table = tmp_path / "orders"
    for _ in range(3):
        replace_table(table, [put(table, "a.parquet", [1])], SCHEMA, "same")
    assert DeltaTable(str(table)).version() == 0


def test_another_schema_replaces_the_old_one(tmp_path: Path) -> None:
    """A rerun with other columns changes the table's schema."""
    table = tmp_path / "orders"
    table.mkdir()
    pq.write_table(pa.table({"id": [1], "gone": ["x"]}), table / "a.parquet")
    replace_table(table, [table / "a.parquet"], pq.read_schema(table / "a.parquet"), "first")
    replace_table(table, [put(table, "b.parquet", [1])], SCHEMA, "second")
    found = DeltaTable(str(table))
    assert [field.name for field in found.schema().fields] == SCHEMA.names
    assert found.to_pyarrow_table().num_rows == 1


def test_statistics_come_from_the_footer(tmp_path: Path) -> None:
    """Rows, bounds and NULLs are those of the values; moments are in UTC."""
    found = json.loads(footer_statistics(put(tmp_path, "a.parquet", [5, 2, 9])))
    assert found["numRecords"] == 3
    assert (found["minValues"]["id"], found["maxValues"]["id"]) == (2, 9)
    assert (found["minValues"]["price"], found["minValues"]["day"]) == (1.25, "2024-02-29")
    assert found["minValues"]["at"].startswith("2024-01-01T01:01:01.0015")
    assert found["nullCount"]["id"] == 0
    assert "city" not in found["minValues"]


def test_readers_skip_files_by_the_statistics(tmp_path: Path) -> None:
    """deltalake reads back the bounds that were committed."""
    table = tmp_path / "orders"
    replace_table(table, [put(table, "a.parquet", [1, 7]), put(table, "b.parquet", [20])], SCHEMA, "first")
    actions = pa.table(DeltaTable(str(table)).get_add_actions(flatten=True)).to_pylist()
    assert {row["path"]: (row["min.id"], row["max.id"]) for row in actions} == {"a.parquet": (1, 7), "b.parquet": (20, 20)}
