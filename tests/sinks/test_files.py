"""Parts are written with the settings that were asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingen_fab.synthetic_data.core.sinks.files import CsvPart, ParquetPart

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("city", pa.dictionary(pa.int32(), pa.string())),
        pa.field("note", pa.string()),
        pa.field("price", pa.decimal128(18, 2)),
        pa.field("at", pa.timestamp("us", tz="UTC")),
    ]
)


def rows(count: int) -> list[pa.RecordBatch]:
    values = {
        "id": list(range(count)),
        "city": [None if n % 3 == 0 else "Paris" for n in range(count)],
        "note": ["", None, 'a "quoted", text'] * (count // 3),
        "price": [Decimal("-0.05")] * count,
        "at": [datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)] * count,
    }
    return [pa.RecordBatch.from_pydict(values, schema=SCHEMA)]


@pytest.mark.parametrize("compression", ["snappy", "zstd", "lz4", "gzip", "none"])
def test_parquet_settings(tmp_path: Path, compression: str) -> None:
    """The codec is that asked for, a write is a row group, texts of lists are dictionaries, plain texts have no statistics."""
    writer = ParquetPart(tmp_path / "a.parquet", SCHEMA, ["id"], compression)
    writer.write(rows(300))
    writer.write(rows(150))
    writer.close()
    footer = pq.read_metadata(tmp_path / "a.parquet")
    assert [footer.row_group(n).num_rows for n in range(footer.num_row_groups)] == [300, 150]
    columns = {name: footer.row_group(0).column(n) for n, name in enumerate(SCHEMA.names)}
    assert {column.compression for column in columns.values()} == {"UNCOMPRESSED" if compression == "none" else compression.upper()}
    assert "DELTA_BINARY_PACKED" in columns["id"].encodings
    assert any("DICTIONARY" in encoding for encoding in columns["city"].encodings)
    assert columns["note"].statistics is None
    assert columns["at"].statistics.has_min_max
    assert columns["price"].physical_type == "INT64"


def test_parquet_of_no_rows(tmp_path: Path) -> None:
    """A part without rows is a valid file with the columns."""
    writer = ParquetPart(tmp_path / "a.parquet", SCHEMA, ["id"], "snappy")
    writer.write([])
    writer.close()
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 0
    assert pq.read_schema(tmp_path / "a.parquet").names == SCHEMA.names


def test_csv_tells_null_from_empty(tmp_path: Path) -> None:
    """NULL is an empty field, an empty text is quoted, and quotes are doubled."""
    writer = CsvPart(tmp_path / "a.csv", SCHEMA)
    writer.write(rows(3))
    writer.close()
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert [part.strip('"') for part in lines[0].split(",")] == SCHEMA.names
    assert lines[1].startswith('0,,"",-0.05,"2024-01-02 03:04:05')
    assert lines[2].replace('"Paris"', "Paris").startswith("1,Paris,,-0.05,")
    assert '"a ""quoted"", text"' in lines[3]


def of_words(codes: list[int | None], words: list[str]) -> pa.RecordBatch:
    """A batch whose text column points into a list of words."""
    indices = pa.array(codes, pa.int32())
    schema = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("word", pa.dictionary(pa.int32(), pa.string()))])
    return pa.RecordBatch.from_arrays(
        [pa.array(range(len(codes)), pa.int64()), pa.DictionaryArray.from_arrays(indices, pa.array(words))], schema=schema
    )


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_small_part_holds_the_words_that_it_uses(tmp_path: Path, pieces: int) -> None:
    """Twelve rows that draw from 20,000 words are not a file of 20,000 words; the values are the same, NULL too."""
    words = [f"a long name that nobody has, number {n}" for n in range(20_000)]
    codes = [None if n == 5 else n * 1_511 % 20_000 for n in range(12)]
    each = len(codes) // pieces
    batches = [of_words(codes[low : low + each], words) for low in range(0, len(codes), each)]
    writer = ParquetPart(tmp_path / "a.parquet", batches[0].schema, ["id"], "snappy")
    writer.write(batches)
    writer.close()
    found = pq.read_table(tmp_path / "a.parquet")
    assert found.column("word").to_pylist() == [None if code is None else words[code] for code in codes]
    assert found.schema == batches[0].schema
    assert (tmp_path / "a.parquet").stat().st_size < 3_000


def test_a_large_part_keeps_its_dictionary(tmp_path: Path) -> None:
    """Where there are more rows than words nothing is looked up; each row group has its own dictionary."""
    batch = of_words([n % 4 for n in range(64)], ["a", "b", "c", "d", "never"])
    writer = ParquetPart(tmp_path / "a.parquet", batch.schema, ["id"], "snappy")
    writer.write([batch])
    writer.write([batch.slice(0, 3)])
    writer.close()
    found = pq.read_table(tmp_path / "a.parquet").column("word").to_pylist()
    assert found == [*batch.column("word").to_pylist(), "a", "b", "c"]
