"""What was written is read as it stands, wherever it stands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.errors import RunError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.sinks import warehouse
from ingen_fab.synthetic_data.core.sinks.warehouse import Load, connect, load_tables

Make = Callable[..., Plan]
CORE = Path(warehouse.__file__).parents[1]


@pytest.mark.parametrize("name", ["store_id=5", "c=d"])
@pytest.mark.parametrize(("environment", "mode"), [("lakehouse", "parquet"), ("lakehouse", "table"), ("warehouse", "table")])
def test_a_folder_is_no_column(plan_of: Make, tmp_path: Path, name: str, environment: str, mode: str) -> None:
    """DuckDB would take such a folder for a partition, and its name for the values of a column."""
    root = tmp_path / name
    settings = {"output_settings__output_mode": mode, "output_settings__target_environment": environment}
    plan = plan_of("retail_oltp_small", target_rows=20, tables=["stores"], output_settings__output_dir=str(root), **settings)
    result = run(plan)
    assert result.status == "COMPLETED", result.message
    (table,) = plan.tables
    found = query(root, "SELECT * FROM retail_oltp_small.stores")
    assert found.column_names == [column.name for column in table.columns]
    assert digest_of(found.to_batches(), table.primary_key) == result.tables[0].digest
    assert validate(plan).passed


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize(("name", "beside"), [("what?", b"what\xff"), ("a[b]", b"a\xff]"), ("a*c", b"a\xffc")], ids=["?", "[", "*"])
@pytest.mark.parametrize(("environment", "mode"), [("lakehouse", "table"), ("lakehouse", "csv"), ("warehouse", "table")])
def test_folders_beside_the_root_are_not_looked_at(
    plan_of: Make, tmp_path: Path, name: str, beside: bytes, environment: str, mode: str
) -> None:
    """DuckDB would take the root's name for a pattern, and break on the name of a folder beside it that is not UTF-8."""
    os.mkdir(os.fsencode(tmp_path) + b"/" + beside)
    settings = {"output_settings__output_mode": mode, "output_settings__target_environment": environment}
    plan = plan_of("retail_oltp_small", target_rows=20, tables=["stores"], output_settings__output_dir=str(tmp_path / name), **settings)
    for _ in range(2):
        result = run(plan)
        assert result.status == "COMPLETED", result.message
    assert query(tmp_path / name, "SELECT * FROM retail_oltp_small.stores").num_rows == plan.rows
    assert validate(plan).passed


@pytest.mark.parametrize("name", ["a[b]", "plain"])
def test_a_broken_file_is_named(plan_of: Make, tmp_path: Path, name: str) -> None:
    """By its own name, wherever it lies."""
    root = tmp_path / name
    settings = {"output_settings__output_mode": "parquet", "output_settings__output_dir": str(root)}
    plan = plan_of("retail_oltp_small", target_rows=20, tables=["stores"], **settings)
    run(plan)
    (file,) = (root / "Files").rglob("*.parquet")
    file.write_text("broken")
    with pytest.raises(RunError) as told:
        query(root, "SELECT * FROM retail_oltp_small.stores")
    assert str(file) in str(told.value)


def test_a_table_that_was_loaded_otherwise_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load whose columns are not those of the files is undone."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    write_table(pa.table({"id": [1]}), tmp_path / "x.parquet")
    monkeypatch.setattr(warehouse, "rows_of", lambda *_: "(SELECT 1 AS id, 2 AS more)")
    connection = connect(tmp_path, 1)
    with pytest.raises(RunError, match="was loaded with the columns id, more instead of id"):
        load_tables(connection, "shop", [Load("orders", (tmp_path / "x.parquet",))], "run")
    assert warehouse.relations(connection, "shop") == {}
    connection.close()


def test_readers_are_spelled_once() -> None:
    """Every reader of files in the source is that of `sinks/reading.py`, which says what DuckDB may not guess."""
    readers = ("read_parquet", "parquet_scan")
    spelled = [path.relative_to(CORE).as_posix() for path in CORE.rglob("*.py") if any(f"{word}(" in path.read_text() for word in readers)]
    # The stand-in for a warehouse works where nothing of this product is.
    assert spelled == ["execute/warehouse.py"]
    assert [path.name for path in CORE.rglob("*.py") if "hive_partitioning" in path.read_text()] == ["reading.py"]
