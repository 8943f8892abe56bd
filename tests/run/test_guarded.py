"""The locked connection holds by itself, whatever reaches it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from ingen_fab.synthetic_data.core.errors import RunError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.guarded import guarded
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.sinks.reading import exact


def nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes nothing ready."""


def only(file: str) -> Callable[[None], list[str]]:
    """That the connection is given this file."""
    return lambda _: [file]


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO '{folder}/x.csv'",
        "ATTACH '{folder}/x.duckdb'",
        "EXPORT DATABASE '{folder}/x'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET temp_directory = '{folder}'",
        "SET allowed_directories = ['/']",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA enable_profiling = 'json'",
        "CALL enable_logging('QueryLog', storage = 'file', storage_path = '{folder}/x')",
        "CREATE PERSISTENT SECRET s (TYPE http)",
        "SELECT getenv('HOME')",
    ],
)
def test_a_locked_connection_does_nothing_else(tmp_path: Path, statement: str) -> None:
    """Statements that no parser has looked at are refused all the same."""
    with guarded(nothing, lambda _: []) as (guard, _), pytest.raises(duckdb.Error):
        guard.rows(statement.format(folder=tmp_path))
    assert not any(tmp_path.iterdir())


def test_what_does_not_fit_is_spilled() -> None:
    """Temporary files are its own, also when it is locked."""
    rows = "SELECT hash(i) AS h, repeat('x', 40) AS t FROM range(2000000) r(i)"
    sql = f"SELECT max(n) FROM (SELECT t, row_number() OVER (ORDER BY h) AS n FROM ({rows}))"
    with guarded(nothing, lambda _: [], memory=96 << 20) as (guard, _):
        assert guard.rows(sql) == [(2_000_000,)]


def test_only_given_files_are_read(tmp_path: Path) -> None:
    """A name is a name: what it would find as a pattern is not read."""
    for name in ("a*", "ab", "[ab]", "b", "a?"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.csv").write_text(f"x\n{name}\n")
    for name in ("a*", "[ab]", "a?"):
        mine = str(tmp_path / name / "x.csv")
        with guarded(nothing, only(mine)) as (guard, _):
            assert guard.rows(f"SELECT x FROM read_csv('{exact(mine)}')") == [(name,)]
            with pytest.raises(duckdb.Error, match="Cannot access"):
                guard.rows(f"SELECT x FROM read_csv('{mine}')")


# The object takes long to go, so that the statement comes back before the process has ended.
STUBBORN = """
from time import sleep
from ingen_fab.synthetic_data.core.run import guarded

class LongWayDown:
    def __del__(self, sleep=sleep):
        sleep(4)

kept = LongWayDown()
guarded._GRACE = 0.2
try:
    with guarded.guarded(lambda _: None, lambda _: []) as (guard, _):
        guard.rows("SELECT list_sort(range(4000000))[1]", 0.1)
except guarded.TooSlow:
    print("too slow")
"""


@pytest.mark.slow
def test_a_statement_that_hears_nothing_ends_no_process() -> None:
    """One that comes back while the interpreter goes down would abort it."""
    done = subprocess.run([sys.executable, "-c", STUBBORN], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "too slow\n", "")


@pytest.mark.slow
def test_a_command_does_not_wait_for_a_statement_that_hears_nothing(tmp_path: Path) -> None:
    """It says what happened, and ends with its exit code."""
    sql = "SELECT list_sort(range(20000000))[1]"
    command = [sys.executable, "-m", "ingen_fab.synthetic_data", "query", sql, "--timeout", "1", "--output-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: the query took too long")


def test_a_warehouse_that_is_held_stops_nobody(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """The other tables answer, and it is said."""
    root = tmp_path / "out"
    run(plan_of("retail_oltp_small", target_rows=10, tables=["stores"], output_settings__target_environment="warehouse"))
    run(plan_of("retail_oltp_small", target_rows=10, tables=["products"], output_settings__output_mode="csv"))
    told: list[str] = []
    with duckdb.connect(str(root / "warehouse.duckdb")):
        assert query(root, "SELECT count(*) > 0 AS some FROM retail_oltp_small.products", say=told.append).to_pylist() == [{"some": True}]
    assert told == [f"{root / 'warehouse.duckdb'} is held by a run: its tables were not read"]


@pytest.mark.parametrize("name", ["blockchain", "conflict of locks", "different configuration"])
def test_a_broken_warehouse_is_not_held_by_its_name(tmp_path: Path, name: str) -> None:
    """Words of a path are no words of an error: what is broken is said at once, and nobody waits."""
    root = tmp_path / name
    root.mkdir()
    (root / "warehouse.duckdb").write_text("not one" * 1_000)
    with pytest.raises(RunError, match="not a valid DuckDB database file"):
        query(root, "SELECT 1")
