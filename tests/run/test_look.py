"""Looking before a run: previews show the rows that it writes, estimates are near what it costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingen_fab.synthetic_data.core.errors import InputError, UnknownNameError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.estimate import estimate
from ingen_fab.synthetic_data.core.run.look import texts
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.run.run import run

TABLES = ["customers", "products", "stores", "orders", "order_items", "inventory"]


def test_preview_is_what_the_run_writes(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Every table's rows at several offsets, also across the files' borders, are those of the files."""
    plan = plan_of("retail_oltp_small", target_rows=2_000, output_settings__output_mode="parquet", output_settings__rows_per_file=1_000)
    result = run(plan)
    for table in result.tables:
        files = [pq.ParquetFile(tmp_path / "out" / file).read() for file in table.files]
        written = [row for file in files for row in file.to_pylist()]
        for offset in {0, table.rows // 3, max(table.rows - 5, 0)}:
            assert preview(plan, table.name, offset, 10).to_pylist() == written[offset : offset + 10], table.name


@pytest.mark.parametrize("table", TABLES)
def test_preview_reaches_the_end_of_a_billion(plan_of: Callable[..., Plan], table: str) -> None:
    """The last rows of a billion-row plan are there at once; a page beyond the end is cut."""
    plan = plan_of("retail_oltp_large", target_rows=1_000_000_000)
    rows = plan.table(table).rows
    assert preview(plan, table, rows - 10, 100).num_rows == 10


def test_preview_refuses_what_is_not_there(plan_of: Callable[..., Plan]) -> None:
    """An unknown table names the nearest one; an offset outside the table names the range."""
    plan = plan_of("retail_oltp_small", target_rows=100)
    with pytest.raises(UnknownNameError, match="did you mean `orders`"):
        preview(plan, "order")
    with pytest.raises(InputError, match="0 to 99"):
        preview(plan, "orders", 100)
    with pytest.raises(InputError):
        preview(plan, "orders", -1)


@pytest.mark.parametrize("mode", ["parquet", "csv"])
def test_estimated_bytes_are_near(plan_of: Callable[..., Plan], mode: str) -> None:
    """The bytes of a run lie within 25 % of the estimate, and each table has its share."""
    plan = plan_of("retail_oltp_small", target_rows=30_000, output_settings__output_mode=mode)
    expected, result = estimate(plan), run(plan)
    assert set(expected.per_table) == set(plan.names)
    assert expected.seconds > 0
    assert expected.memory_bytes > 0
    assert result.bytes == pytest.approx(expected.bytes, rel=0.25)


def test_times_keep_their_thousandths() -> None:
    """What is no whole second is told in thousandths or millionths, never with fewer digits."""
    moments = [12_050_000, 500_000, 7_000_000, 12_050_100, None]
    for kind in (pa.timestamp("us"), pa.timestamp("us", tz="UTC"), pa.timestamp("us", tz="+10:00")):
        told = texts(pa.chunked_array([pa.array(moments, kind)]))
        assert [text and text[17:].removesuffix("+1000") for text in told] == ["12.050", "00.500", "07", "12.050100", None]
