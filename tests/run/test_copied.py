"""Rows as texts for other programs: each form is read back to the same values."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.run.copied import copied, copied_cell

ROWS = pa.table(
    {
        'a"b': pa.array([1, None], pa.int64()),
        "text": pa.array(['it\'s a "quote",\n\tand more', ""]),
        "word": pa.array(["7", None]).dictionary_encode(),
        "money": pa.array([Decimal("12.50"), Decimal("-0.01")], pa.decimal128(10, 2)),
        "odd": pa.array([float("nan"), -1.5]),
        "day": pa.array([date(2024, 2, 29), None]),
        "moment": pa.array([datetime(2024, 2, 29, 12, 30, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
        "yes": pa.array([True, False]),
    }
)


def test_sql_inserts_the_same_rows() -> None:
    """As DuckDB reads it; quotes in values and names stay inside of them."""
    connection = duckdb.connect()
    connection.execute(
        'CREATE TABLE "t""x" ("a""b" BIGINT, text VARCHAR, word VARCHAR, money DECIMAL(10,2), odd DOUBLE, day DATE, moment TIMESTAMP,'
        " yes BOOLEAN)"
    )
    connection.execute(copied(ROWS, "sql", 't"x'))
    first, second = connection.execute('SELECT * EXCLUDE (odd) FROM "t""x"').fetchall()
    assert first == (1, 'it\'s a "quote",\n\tand more', "7", Decimal("12.50"), date(2024, 2, 29), datetime(2024, 2, 29, 12, 30), True)
    assert second == (None, "", None, Decimal("-0.01"), None, None, False)


def test_csv_json_and_text() -> None:
    """NULL is told from the empty text; what JSON cannot hold is null."""
    lines = copied(ROWS, "csv", "t")
    assert [row[:4] for row in csv.reader(io.StringIO(lines))][1:] == [
        ["1", 'it\'s a "quote",\n\tand more', "7", "12.50"],
        ["", "", "", "-0.01"],
    ]
    assert lines.splitlines()[-1].startswith(',"",,-0.01')
    first, second = json.loads(copied(ROWS, "json", "t"))
    assert (first['a"b'], first["word"], first["money"], first["odd"], first["yes"]) == (1, "7", 12.5, None, True)
    assert (second["text"], second["day"], second["odd"]) == ("", None, -1.5)
    assert json.loads(copied(ROWS.slice(1), "json", "t"))["money"] == -0.01
    assert copied(ROWS, "text", "t").count("\n") == 1
    assert [len(line.split("\t")) for line in copied(ROWS, "text", "t").splitlines()] == [8, 8]


@pytest.mark.parametrize(("form", "shown"), [("text", ""), ("csv", '""'), ("json", '""'), ("sql", "''")])
def test_one_cell(form: str, shown: str) -> None:
    """As it stands in each form."""
    assert copied_cell(ROWS.select(["text"]).slice(1), form) == shown  # type: ignore[arg-type]  # a form
