"""Delta tables are made of our own parquet files, one commit a change."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, QueryBuilder
from ingen_fab.synthetic_data.core.errors import RunError
from ingen_fab.synthetic_data.core.program.folders import folder
from ingen_fab.synthetic_data.core.sinks.files import ParquetPart
from ingen_fab.synthetic_data.core.sinks.lakehouse import (
    Added,
    Form,
    append_rows,
    change_table,
    current_files,
    own_files,
    read_rows,
    replace_table,
    take_back,
)
from ingen_fab.synthetic_data.core.sinks.statistics import footer_statistics

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
    replace_table(table, [Added(put(table, "a.parquet", [1, 2]))], SCHEMA, "first")
    replace_table(table, [Added(put(table, "b.parquet", [3]))], SCHEMA, "second")
    assert [Path(file).name for file in current_files(table) or []] == ["b.parquet"]
    assert DeltaTable(str(table)).to_pyarrow_table().column("id").to_pylist() == [3]
    assert DeltaTable(str(table), version=0).to_pyarrow_table().num_rows == 2


def test_a_commit_is_not_repeated(tmp_path: Path) -> None:
    """Publishing again under the same name, as after a crash, changes nothing."""
    table = tmp_path / "orders"
    for _ in range(3):
        replace_table(table, [Added(put(table, "a.parquet", [1]))], SCHEMA, "same")
    assert DeltaTable(str(table)).version() == 0


def test_another_schema_replaces_the_old_one(tmp_path: Path) -> None:
    """A rerun with other columns changes the table's schema."""
    table = tmp_path / "orders"
    table.mkdir()
    pq.write_table(pa.table({"id": [1], "gone": ["x"]}), table / "a.parquet")
    replace_table(table, [Added(table / "a.parquet")], pq.read_schema(table / "a.parquet"), "first")
    replace_table(table, [Added(put(table, "b.parquet", [1]))], SCHEMA, "second")
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
    replace_table(table, [Added(put(table, "a.parquet", [1, 7])), Added(put(table, "b.parquet", [20]))], SCHEMA, "first")
    actions = pa.table(DeltaTable(str(table)).get_add_actions(flatten=True)).to_pylist()
    assert {row["path"]: (row["min.id"], row["max.id"]) for row in actions} == {"a.parquet": (1, 7), "b.parquet": (20, 20)}


@dataclass(frozen=True)
class Case:
    """A column of two row groups, and what its bounds are in Delta's JSON, as it is written there (None: not told)."""

    kind: pa.DataType
    groups: list[list[Any]]
    least: str | None
    most: str | None
    arrow: str = "Int64"
    """The type in DataFusion's words."""


UTC_ = pa.timestamp("us", tz="UTC")
CASES = {
    "integers": Case(pa.int64(), [[-5, 2**62], [None, -(2**62)]], str(-(2**62)), str(2**62)),
    "narrow decimals": Case(
        pa.decimal128(9, 2), [[Decimal("-0.05")], [Decimal("1234567.89"), None]], "-0.05", "1234567.89", "Decimal128(9, 2)"
    ),
    "wide decimals": Case(
        pa.decimal128(18, 2),
        [[Decimal("9007199254740993.01")], [Decimal("-9007199254740993.03")]],
        "-9007199254740993.03",
        "9007199254740993.01",
        "Decimal128(18, 2)",
    ),
    "widest decimals": Case(
        pa.decimal128(38, 6),
        [[Decimal("-12345678901234567890123456789012.000001")], [Decimal("0.000001"), Decimal("7")]],
        "-12345678901234567890123456789012.000001",
        "7.000000",
        "Decimal128(38, 6)",
    ),
    "whole decimals": Case(pa.decimal128(12, 0), [[Decimal("-7")], [Decimal("12")]], "-7", "12", "Decimal128(12, 0)"),
    "floats with NaN": Case(pa.float64(), [[1.5, math.nan], [-0.0, 0.0]], None, None, "Float64"),
    "moments": Case(
        UTC_,
        [[datetime(1969, 12, 31, 23, 59, 59, 999999, UTC)], [datetime(2262, 5, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]],
        '"0001-01-01T00:00:00.000Z"',
        '"2262-05-01T00:00:00.000Z"',
        'Timestamp(Microsecond, Some("UTC"))',
    ),
    "moments without a zone": Case(
        pa.timestamp("us"),
        [[datetime(1969, 12, 31, 23, 59, 59, 999999)], [None]],
        '"1969-12-31T23:59:59.999999"',
        '"1969-12-31T23:59:59.999999"',
        "Timestamp(Microsecond, None)",
    ),
    "dates": Case(pa.date32(), [[date(1899, 12, 31)], [date(9999, 12, 31), None]], '"1899-12-31"', '"9999-12-31"', "Date32"),
    "booleans": Case(pa.bool_(), [[True], [False, None]], None, None, "Boolean"),
    "nothing but NULL": Case(pa.int64(), [[None], [None, None]], None, None),
    "a group of NULL": Case(pa.int64(), [[None, None], [3, 4]], "3", "4"),
}


def write_groups(path: Path, kind: pa.DataType, groups: list[list[Any]]) -> None:
    """A file as a part is written, a row group each."""
    schema = pa.schema([pa.field("v", kind), pa.field("other", pa.int64())])
    writer = ParquetPart(path, schema, [], "snappy")
    for values in groups:
        writer.write(pa.table({"v": pa.array(values, kind), "other": pa.array(range(len(values)), pa.int64())}, schema=schema).to_batches())
    writer.close()


def bound(statistics: str, which: str) -> str | None:
    """A bound of column `v`, as it is written."""
    body = statistics.split(f'"{which}": {{')[1].split("}", maxsplit=1)[0]
    found = dict(part.split(": ", 1) for part in body.split(", ") if part)
    return found.get('"v"')


@pytest.mark.parametrize("name", CASES)
def test_bounds_are_exact_for_every_type(tmp_path: Path, name: str) -> None:
    """Bounds over all row groups, to the last digit; what a footer does not tell for sure is left out. NULLs are counted."""
    case = CASES[name]
    write_groups(tmp_path / "a.parquet", case.kind, case.groups)
    found = footer_statistics(tmp_path / "a.parquet")
    values = [value for group in case.groups for value in group]
    assert json.loads(found)["numRecords"] == len(values)
    assert json.loads(found)["nullCount"]["v"] == values.count(None)
    assert (bound(found, "minValues"), bound(found, "maxValues")) == (case.least, case.most)


@pytest.mark.parametrize("name", CASES)
def test_readers_that_skip_files_find_every_row(tmp_path: Path, name: str) -> None:
    """Each value is found by a predicate on it, and rows without a value by IS NULL, in tables of two files."""
    case = CASES[name]
    table = tmp_path / "t"
    table.mkdir()
    for number, group in enumerate(case.groups):
        write_groups(table / f"{number}.parquet", case.kind, [group])
    replace_table(table, [Added(file) for file in sorted(table.glob("*.parquet"))], pq.read_schema(table / "0.parquet"), "first")
    values = [value for group in case.groups for value in group]
    reader = QueryBuilder().register("t", DeltaTable(str(table)))
    kind = f"arrow_cast(x, '{case.arrow}')"
    for value in values:
        if value is None:
            wanted, where = values.count(None), "v IS NULL"
        elif isinstance(value, float) and math.isnan(value):
            wanted, where = 2, "v > 1.0"
        else:
            text = str(value).replace("+00:00", "Z")
            wanted, where = values.count(value), f"v = {kind.replace('x', repr(text), 1)}"
        found = pa.table(reader.execute(f"SELECT count(*) AS n FROM t WHERE {where}")).to_pylist()
        assert found == [{"n": wanted}], where


def test_a_row_group_without_statistics_leaves_bounds_out(tmp_path: Path) -> None:
    """A file of which one group knows no bounds has none; nor have texts, whose bounds may be cut short."""
    table = pa.table({"v": [1, 2], "text": ["x" * 100, "y"]})
    for name, known in (("a", True), ("b", ["text"])):
        pq.write_table(table, tmp_path / name, write_statistics=known)
    first, second = pq.ParquetFile(tmp_path / "a"), pq.ParquetFile(tmp_path / "b")
    assert json.loads(footer_statistics(tmp_path / "a"))["minValues"] == {"v": 1}
    assert json.loads(footer_statistics(tmp_path / "b")) == {"numRecords": 2, "minValues": {}, "maxValues": {}, "nullCount": {"text": 0}}
    first.close()
    second.close()


SMALL = pa.schema([("id", pa.string()), ("at", pa.timestamp("us", tz="UTC"))])
SPOILT = {
    "no parquet": b"mine",
    "other columns": pa.table({"mine": [42]}),
    "other types": pa.table({"id": ["x"], "at": ["noon"]}),
    "no UTF-8": pa.table({"id": pa.array([b"\xff"]).view(pa.string()), "at": pa.array([0]).cast(SMALL.field("at").type)}),
    "beyond all calendars": pa.table({"id": ["x"], "at": pa.array([2**62]).cast(SMALL.field("at").type)}),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_file_of_a_small_table_is_named(tmp_path: Path, name: str) -> None:
    """In one sentence, whatever is wrong with it."""
    table, spoilt = tmp_path / "t", SPOILT[name]
    append_rows(table, [{"id": "x", "at": datetime(2024, 2, 29, tzinfo=UTC)}], SMALL, "run", again=False)
    (file,) = table.glob("*.parquet")
    if isinstance(spoilt, bytes):
        file.write_bytes(spoilt)
    else:
        pq.write_table(spoilt, file)
    with pytest.raises(RunError, match=f"{file.name} cannot be read: .") as told:
        read_rows(table, SMALL)
    assert "\n" not in str(told.value)


def test_what_others_do_to_a_table_is_seen(tmp_path: Path) -> None:
    """Their commits, and another table in its place, though the process knows the one that was there."""
    table, at = tmp_path / "told", datetime(2024, 2, 29, tzinfo=UTC)

    def keys() -> set[str]:
        return {row["id"] for row in read_rows(table, SMALL)}

    for key in ("a", "b"):
        append_rows(table, [{"id": key, "at": at}], SMALL, "run", again=False)
    assert keys() == {"a", "b"}
    DeltaTable(str(table)).delete()
    assert keys() == set()
    DeltaTable(str(table)).restore(1)
    assert keys() == {"a", "b"}
    shutil.rmtree(table)
    assert current_files(table) is None
    append_rows(table, [{"id": "c", "at": at}], SMALL, "run", again=False)
    assert keys() == {"c"}


def test_moments_beyond_all_calendars_are_left_out(tmp_path: Path) -> None:
    """Microseconds that no date can hold stop no publication."""
    far = pa.array([2**62, 0], pa.int64()).cast(pa.timestamp("us", tz="UTC"), safe=False)
    pq.write_table(pa.table({"v": far, "day": pa.array([2**31 - 1, 0], pa.int32()).cast(pa.date32())}), tmp_path / "a.parquet")
    assert json.loads(footer_statistics(tmp_path / "a.parquet"))["maxValues"] == {}


@pytest.mark.parametrize("name", ["plain", "odd [x] é"])
def test_partitions_may_have_any_value(tmp_path: Path, name: str) -> None:
    """They come, go and come back in folders that delta-rs and our own list agree on; properties of others stay."""
    table, schema = tmp_path / name / "t", pa.schema([("id", pa.int64()), ("city", pa.string())])
    form = Form(("city",), {"delta.autoOptimize.autoCompact": "true"})

    def add(number: int, city: str | None) -> Added:
        path = table / folder("city", city) / f"{number}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"id": [number], "city": [city]}, schema=schema), path)
        return Added(path, values=(city,))

    files = [add(1, "New York"), add(2, "a/b=c%"), add(3, "São Paulo"), add(4, None)]
    names = sorted(file.path.relative_to(table).as_posix() for file in files)
    replace_table(table, files, schema, "first", form)
    assert sorted(file.relative_to(table).as_posix() for file in own_files(table)) == names
    change_table(table, [add(5, "New York")], names, schema, "second", form)
    assert [file.name for file in own_files(table)] == ["5.parquet"]
    assert take_back(table, "second", 0)
    assert sorted(file.relative_to(table).as_posix() for file in own_files(table)) == names
    if name == "plain":
        found = DeltaTable(str(table))
        rows = {(row["id"], row["city"]) for row in found.to_pyarrow_table().to_pylist()}
        assert rows == {(1, "New York"), (2, "a/b=c%"), (3, "São Paulo"), (4, None)}
        assert found.metadata().configuration == {"delta.autoOptimize.autoCompact": "true"}
        found.alter.set_table_properties({"delta.logRetentionDuration": "interval 9 days"})
    replace_table(table, [add(6, "x")], schema, "third", Form(("city",)))
    if name == "plain":
        assert DeltaTable(str(table)).metadata().configuration == {"delta.logRetentionDuration": "interval 9 days"}


def test_a_link_in_place_of_a_partition_is_refused(tmp_path: Path) -> None:
    """Whatever it leads to: what lies behind it is no file of the table."""
    table, schema = tmp_path / "t", pa.schema([("id", pa.int64())])
    path = table / "city=x" / "a.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"id": [1]}, schema=schema), path)
    replace_table(table, [Added(path, values=("x",))], schema.append(pa.field("city", pa.string())), "first", Form(("city",)))
    path.parent.rename(tmp_path / "elsewhere")
    path.parent.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(RunError, match="which is not a plain file in it"):
        own_files(table)
