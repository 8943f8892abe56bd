"""`ddl show` and `ddl apply`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]


def test_what_is_shown_runs(call: Call, tmp_path: Path) -> None:
    """As text, which DuckDB takes as it is; as JSON, statement by statement."""
    text = call("ddl", "show", "benchmark_orders", "--dialect", "duckdb", "--schema", "mine", cwd=tmp_path).stdout
    scripts = json.loads(call("ddl", "show", "benchmark_orders", "--dialect", "duckdb", "--schema", "mine", "--json", cwd=tmp_path).stdout)
    assert [script["path"] for script in scripts] == [
        "ddl/duckdb/001_config_tables.sql",
        "ddl/duckdb/002_config_data.sql",
        "ddl/duckdb/010_benchmark_orders.sql",
    ]
    seen = []
    for statements in ([text], [statement for script in scripts for statement in script["statements"]]):
        with duckdb.connect() as connection:
            for statement in statements:
                connection.execute(statement)
            sql = "SELECT schema_name, table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
            seen.append((connection.execute(sql).fetchall(), connection.execute("FROM config.sample_dataset_configurations").fetchall()))
    assert seen[0] == seen[1]
    assert {row[0] for row in seen[0][0]} == {"config", "mine"}
    assert len(seen[0][1]) > 10


def test_tables_of_the_log_come_without_a_dataset(call: Call, tmp_path: Path) -> None:
    """They are empty, and `query` sees them."""
    done = call("ddl", "apply", "--output-dir", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "out: 4 tables made, 0 there before"
    found = call("query", "--output-dir", "out", "SELECT count(*) AS runs FROM log_synthetic_data_generation", "--json", cwd=tmp_path)
    assert json.loads(found.stdout) == [{"runs": 0}]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["show", "--dialect", "oracle"], "'oracle' is not one of"),
        (["show", "nothing_here"], "there is no dataset `nothing_here`"),
        (["show", "--schema", "x"], "--schema is of a dataset's tables"),
        (["show", "retail_oltp_small", "--schema", "a b"], "--schema"),
        (["show", "retail_oltp_small", "--schema", "pg_catalog", "--dialect", "postgres"], "`pg_catalog` is a name"),
        (["apply", "--url", "postgresql://x", "--output-dir", "out"], "--url is of a database"),
        (["apply", "--output-dir", "s3://bucket/folder"], "is on an object store"),
        (["apply", "retail_oltp_small", "-e", "warehouse", "--schema", "information_schema", "--output-dir", "out"], "the warehouse's own"),
    ],
)
def test_bad_input_is_one_sentence(call: Call, tmp_path: Path, words: list[str], told: str) -> None:
    """And nothing is made."""
    done = call("ddl", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert list(tmp_path.iterdir()) == []
