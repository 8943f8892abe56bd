"""The warehouse is loaded in a memory that does not grow with what is loaded."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from ingen_fab.synthetic_data.core.sinks.warehouse import ENOUGH, Load, connect, load_tables, relations, writing


def bytes_of(setting: str) -> float:
    """`244.1 MiB` in bytes."""
    number, unit = setting.split()
    return float(number) * 1024 ** ["bytes", "KiB", "MiB", "GiB", "TiB"].index(unit)


@pytest.mark.parametrize(("given", "used"), [(64 << 30, ENOUGH), (ENOUGH, ENOUGH), (100 << 20, 100 << 20), (1, 64 << 20)])
def test_memory_is_that_which_suffices(tmp_path: Path, given: int, used: int) -> None:
    """A machine with much free memory gives DuckDB no more than a load needs."""
    connection = connect(tmp_path, given)
    (found,) = connection.execute("SELECT current_setting('memory_limit')").fetchone() or ("",)
    connection.close()
    assert bytes_of(found) == pytest.approx(used, rel=0.01)


def test_more_rows_than_memory_are_loaded_in_order(tmp_path: Path) -> None:
    """Rows of 130 MB come through the least memory, without temporary files and in the order of their files."""
    (tmp_path / ".staging").mkdir()
    files = [tmp_path / ".staging" / "0.parquet", tmp_path / ".staging" / "1.parquet"]
    for low, high, file in zip([0, 1_000_000], [1_000_000, 4_000_000], files, strict=True):
        rows = f"SELECT range AS id, hash(range) AS a, hash(range, 1) AS b, hash(range, 2) AS c FROM range({low}, {high})"
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({rows}) TO '{file}' (FORMAT parquet)")
    connection = connect(tmp_path, 1)
    load_tables(connection, "shop", [Load("orders", tuple(files))], "first")
    connection.close()
    connection = connect(tmp_path, 1, read_only=True)
    found = connection.execute("SELECT count(*), sum((id <> rowid)::INT) FROM shop.orders").fetchone()
    connection.close()
    assert found == (4_000_000, 0)


def test_a_database_of_others_reads_no_files(tmp_path: Path) -> None:
    """Views and macros that somebody has put into it."""
    secret = tmp_path / "secret.csv"
    secret.write_text("word\nhidden\n")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as planted:
        planted.execute(f"CREATE VIEW told AS SELECT * FROM read_csv('{secret}')")
        planted.execute("CREATE MACRO duckdb_tables() AS TABLE SELECT 1 WHERE false")
        planted.execute("CREATE TABLE orders (a INTEGER)")
    with writing(tmp_path, 1 << 28) as connection:
        with pytest.raises(duckdb.Error, match="disabled by configuration"):
            connection.execute("FROM told")
        assert not relations(connection, "")["orders"].is_view
