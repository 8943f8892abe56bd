"""Rows in files by the values of columns, in order, near each other: whatever fits into memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingen_fab.synthetic_data.core.errors import RunError
from ingen_fab.synthetic_data.core.program.folders import above, folder, is_folder, values
from ingen_fab.synthetic_data.core.program.tasks import ArrangedSink, ParquetSink, PartFile
from ingen_fab.synthetic_data.core.sinks.gathering import Order, gathered
from ingen_fab.synthetic_data.core.sinks.parts import opened

ROWS = 6_000
CITIES = ("New York", "a/b=c%", "São Paulo", None, "x")


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    """Of a table whose words, numbers and days are in no order."""
    drawn = np.random.default_rng(7)
    city = [CITIES[n] for n in drawn.integers(0, len(CITIES), ROWS)]
    day = pa.array(drawn.integers(19_000, 19_300, ROWS).astype(np.int32)).cast(pa.date32())
    numbers = {"id": np.arange(ROWS), "city": pa.array(city).dictionary_encode(), "n": drawn.integers(0, 500, ROWS), "day": day}
    return pa.table(numbers)


def written(rows: pa.Table, into: Path, **more: Any) -> Sequence[PartFile]:
    """The files that a sink makes of rows that come in batches of 250."""
    into.mkdir()
    given: dict[str, Any] = {"partitions": ("city",), "inside": False, "sorted_by": ("n", "day"), "hold": ROWS + 1, "chunk": 400}
    sink = ArrangedSink(ParquetSink(str(into / "data.parquet"), ("id",), "snappy", statistics=True), **(given | more))
    writer = opened(sink, rows.schema)
    for batch in rows.to_batches(max_chunksize=250):
        writer.write([batch])
    writer.close()
    return writer.finish().files


def test_runs_on_disk_give_the_files_of_rows_that_fit(rows: pa.Table, tmp_path: Path) -> None:
    """Each value has one file, sorted as a whole; without a disk each value has a file for what fits, sorted too. No row is lost."""
    whole = written(rows, tmp_path / "whole")
    spilled = written(rows, tmp_path / "spilled", hold=700, spill=str(tmp_path / "spill"))
    pieces = written(rows, tmp_path / "pieces", hold=700)
    assert [file.path for file in whole] == [file.path for file in spilled]
    assert [(tmp_path / "whole" / file.path).read_bytes() for file in whole] == [
        (tmp_path / "spilled" / f.path).read_bytes() for f in spilled
    ]
    assert not list((tmp_path / "spill").rglob("*.arrow"))
    assert {file.values for file in whole} == {(city,) for city in CITIES}
    assert len(pieces) > len(whole) == len(CITIES)
    for name, files in (("whole", whole), ("pieces", pieces)):
        found = []
        for file in files:
            table = pq.read_table(tmp_path / name / file.path, partitioning=None)
            order = list(zip(table["n"].to_pylist(), table["day"].to_pylist(), strict=True))
            assert order == sorted(order)
            assert table.column_names == ["id", "n", "day"]
            found += [(key, file.values[0]) for key in table["id"].to_pylist()]
        assert sorted(found, key=lambda one: one[0]) == list(zip(rows["id"].to_pylist(), rows["city"].to_pylist(), strict=True))


def test_folders_tell_their_values_again() -> None:
    """Whatever stands in them, and in the names that Spark gives them."""
    for value in (*CITIES, "%2F", "__HIVE_DEFAULT", "a:b?*[x]'\"", "2024-02-29", " "):
        name = folder("city", value)
        assert is_folder(name)
        assert values(f"{name}/data.parquet", ["city"]) == (value,)
    assert folder("city", "a/b=c%") == "city=a%2Fb%3Dc%25"
    assert folder("city", None) == "city=__HIVE_DEFAULT_PARTITION__"
    assert above("Files/s/orders/year=2024/city=New York/data.parquet") == "Files/s/orders"


@pytest.mark.parametrize("name", ["", "..", "city=", "=x", "city=a/b", "city=a\\b", "city=a\nb", ".x=1", "city"])
def test_what_leads_elsewhere_is_no_folder_of_a_partition(name: str) -> None:
    """Journals and manifests may name it, and are not believed."""
    assert not is_folder(name)


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (pa.array([f"w{n}" for n in range(1_001)]), "has more than 1,000 partitions by `c`"),
        (pa.array(["a", ""]), "has an empty text, which readers take for NULL"),
        (pa.array(["ö" * 200]), "which is too long for a folder"),
    ],
)
def test_values_that_make_no_folders_are_refused(tmp_path: Path, column: pa.Array, told: str) -> None:
    """In a sentence that names the column."""
    with pytest.raises(RunError, match=told):
        written(pa.table({"id": range(len(column)), "c": column}), tmp_path / "t", partitions=("c",), sorted_by=())


@pytest.mark.parametrize("spills", [False, True])
def test_near_rows_come_into_the_same_files(rows: pa.Table, tmp_path: Path, spills: bool) -> None:
    """In each of two columns a file spans a part of the values, where files as they came span all of them; NULLs are rows, too."""
    sources = []
    for n in range(4):
        sources.append(tmp_path / f"source{n}.parquet")
        part = rows.slice(n * 1_500, 1_500)
        # Of one file the texts are no words of a dictionary.
        plain = part.set_column(1, "city", part["city"].cast(pa.string())) if n == 2 else part
        pq.write_table(plain, sources[-1], row_group_size=500)
    order = Order(("n", "day"), ("city",), ROWS // 16, 900 if spills else ROWS, 200, tmp_path / "spill" if spills else None)
    sink = ParquetSink("", ("id",), "snappy", statistics=True)
    found = gathered(sources, sink, order, lambda n: tmp_path / f"near{n}.parquet", lambda: None)
    tables = [pq.read_table(tmp_path / file.path) for file in found]
    assert [file.rows for file in found] == [ROWS // 16] * 16
    assert sorted(key for table in tables for key in table["id"].to_pylist()) == list(range(ROWS))
    for table in tables:
        cities = [(city is None, city) for city in table["city"].to_pylist()]
        assert cities == sorted(cities, key=lambda one: (one[0], one[1] or ""))
    for name, whole in (("n", 500), ("day", 300)):
        spans = [np.ptp(table[name].cast(pa.int32()).to_numpy()) for table in tables]
        assert sum(spans) / len(spans) < whole / 2
