"""A table's digest depends on its values alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingen_fab.synthetic_data.core.engine.digest import Digest, digest_of
from pyarrow import csv

ROWS = 5_000
SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64()),
        pa.field("city", pa.dictionary(pa.int32(), pa.string())),
        pa.field("name", pa.string()),
        pa.field("amount", pa.decimal128(18, 2)),
        pa.field("day", pa.date32()),
        pa.field("at", pa.timestamp("us", tz="UTC")),
        pa.field("open", pa.bool_()),
        pa.field("share", pa.float64()),
    ]
)


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    """Rows of every type, with NULLs, empty texts and texts of many lengths."""
    numbers = range(ROWS)
    return pa.table(
        {
            "id": list(numbers),
            "city": [None if n % 7 == 0 else f"city {n % 5}" for n in numbers],
            "name": [None if n % 11 == 0 else "é" * (n % 20) + str(n) if n % 3 else "" for n in numbers],
            "amount": [None if n % 13 == 0 else Decimal(n - 2_500) / 100 for n in numbers],
            "day": [date(2024, 1, 1 + n % 28) for n in numbers],
            "at": [datetime(2024, 1, 1, n % 24, n % 60, tzinfo=UTC) for n in numbers],
            "open": [None if n % 5 == 0 else n % 2 == 0 for n in numbers],
            "share": [n / 7 for n in numbers],
        },
        schema=SCHEMA,
    )


def digest(table: pa.Table, chunk: int = ROWS, sample: int = 1) -> str:
    return digest_of(table.to_batches(max_chunksize=chunk), ["id"], sample)


@pytest.mark.parametrize("chunk", [1, 7, 1_000, 4_999])
@pytest.mark.parametrize("sample", [1, 8])
def test_chunks_do_not_matter(rows: pa.Table, chunk: int, sample: int) -> None:
    """Slices, which start inside buffers, give the digest of the whole."""
    table = rows.slice(0, 300) if chunk == 1 else rows
    assert digest(table, chunk, sample) == digest(table, sample=sample)


def test_order_does_not_matter(rows: pa.Table) -> None:
    """Rows in reverse order are the same rows."""
    backwards = rows.take(list(reversed(range(ROWS))))
    assert digest(backwards) == digest(rows)


def test_columns_may_change_places(rows: pa.Table) -> None:
    """Columns are known by name."""
    assert digest(rows.select(rows.column_names[::-1])) == digest(rows)


def test_encoding_does_not_matter(rows: pa.Table) -> None:
    """A dictionary and its plain texts are the same values."""
    plain = rows.set_column(1, "city", rows.column("city").cast(pa.string()))
    assert digest(plain) == digest(rows)


def test_parquet_read_back(rows: pa.Table, tmp_path: Path) -> None:
    """A file gives the digest of what was written to it, whole or sampled."""
    pq.write_table(rows, tmp_path / "a.parquet", row_group_size=700, store_schema=False)
    back = pq.read_table(tmp_path / "a.parquet")
    assert digest(back) == digest(rows)
    assert digest(back, sample=16) == digest(rows, sample=16)


def test_csv_read_back(rows: pa.Table, tmp_path: Path) -> None:
    """A CSV file read with the table's types gives the same digest."""
    kept = rows.select(["id", "amount", "day", "open"])
    csv.write_csv(kept, tmp_path / "a.csv")
    types = csv.ConvertOptions(column_types=kept.schema)
    assert digest(csv.read_csv(tmp_path / "a.csv", convert_options=types)) == digest(kept)


@pytest.mark.parametrize("column", SCHEMA.names)
def test_every_cell_counts(rows: pa.Table, column: str) -> None:
    """Exchanging two different values of one column changes the digest."""
    values = rows.column(column).to_pylist()
    other = next(n for n in range(2, ROWS) if values[n] != values[1])
    values[1], values[other] = values[other], values[1]
    place = rows.column_names.index(column)
    changed = rows.set_column(place, rows.schema.field(place), pa.array(values, rows.schema.field(place).type))
    assert digest(changed) != digest(rows)


def test_null_is_no_value() -> None:
    """NULL, an empty text and zero differ."""
    texts = [pa.table({"id": [1], "x": pa.array([value], pa.string())}) for value in (None, "", "0")]
    assert len({digest(table) for table in texts}) == 3
    numbers = [pa.table({"id": [1], "x": pa.array([value], pa.int64())}) for value in (None, 0)]
    assert len({digest(table) for table in numbers}) == 2


def test_texts_are_not_confused() -> None:
    """Zero bytes, ends of words and moved boundaries count."""
    words = ["a", "a\0", "a" * 8, "a" * 9, "a" * 8 + "\0", "aaaaaaab", "baaaaaaa", "a" * 16, "a" * 17]
    assert len({digest(pa.table({"id": [1], "x": [word]})) for word in words}) == len(words)
    assert digest(pa.table({"id": [1], "x": ["ab"], "y": ["c"]})) != digest(pa.table({"id": [1], "x": ["a"], "y": ["bc"]}))


def test_parts_are_merged(rows: pa.Table) -> None:
    """Workers' digests add up to that of the table."""
    left, right = Digest(["id"]), Digest(["id"])
    for batch in rows.slice(0, 1_234).to_batches():
        left.update(batch)
    for batch in rows.slice(1_234).to_batches():
        right.update(batch)
    left.merge(right.state())
    assert left.hex() == digest(rows)
    assert left.rows == ROWS
