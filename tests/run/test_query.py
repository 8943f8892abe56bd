"""The documented SQL runs as it is written, over lakehouse and warehouse alike."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals
from threading import Timer

import duckdb
import pytest
from ingen_fab.synthetic_data.core.errors import InputError, RunCancelled, RunError
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.journal import File, FolderStep, Journal
from ingen_fab.synthetic_data.core.run.manifest import find_manifest
from ingen_fab.synthetic_data.core.run.publish import JOURNAL, locked
from ingen_fab.synthetic_data.core.run.query import answer, query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters
from ingen_fab.synthetic_data.core.statement import with_name

ENDLESS = "SELECT count(*) FROM range(1000000000000)"
RESOURCES = """
-- Peak memory usage by dataset size
SELECT 
    dataset_id,
    target_rows,
    MAX(peak_memory_gb) as max_memory,
    MAX(cpu_cores_used) as max_cores,
    AVG(duration_seconds) as avg_duration
FROM log_synthetic_data_generation
GROUP BY dataset_id, target_rows
ORDER BY target_rows;
"""  # noqa: W291  # as the specification has it
STATE = """
-- View generation state
SELECT 
    dataset_id,
    generation_date,
    tables_generated,
    total_rows,
    file_paths,
    status
FROM log_synthetic_data_generation
WHERE dataset_id = 'retail_oltp_small'
ORDER BY generation_date DESC;
"""  # noqa: W291  # as the specification has it


@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
def test_the_log_tells_of_the_run(plan_of: Callable[..., Plan], tmp_path: Path, environment: str) -> None:
    """Both environments answer the same queries, with the run's own figures."""
    plan = plan_of("retail_oltp_small", target_rows=60, output_settings__target_environment=environment)
    result = run(plan)
    root = tmp_path / "out"
    (used,) = query(root, RESOURCES).to_pylist()
    assert (used["dataset_id"], used["target_rows"]) == ("retail_oltp_small", 60)
    assert used["max_memory"] == pytest.approx(result.peak_memory_bytes / 1e9)
    assert used["max_cores"] > 0
    (state,) = query(root, STATE).to_pylist()
    assert (state["generation_date"], state["status"], state["total_rows"]) == (plan.as_of, "COMPLETED", plan.rows)
    assert state["tables_generated"].split(", ") == list(plan.names)
    for table in plan.tables:
        (counted,) = query(root, f"SELECT count(*) AS n FROM retail_oltp_small.{table.name}").to_pylist()
        assert counted["n"] == table.rows


@pytest.mark.parametrize(
    "name", ["config_synthetic_data_datasets", "sample_dataset_configurations", "config.config_synthetic_data_generation_jobs"]
)
def test_the_config_tables_are_there(plan_of: Callable[..., Plan], tmp_path: Path, name: str) -> None:
    """The shipped datasets and the run's job can be listed."""
    run(plan_of("retail_oltp_small", target_rows=10))
    assert "retail_oltp_small" in query(tmp_path / "out", f"SELECT dataset_id FROM {name}").column("dataset_id").to_pylist()


def test_tables_without_a_schema(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """An empty schema puts the tables beside the log, and they answer to their bare names."""
    run(plan_of("retail_oltp_small", target_rows=20, output_settings__schema=""))
    assert (tmp_path / "out" / "Tables" / "orders" / "_delta_log").is_dir()
    assert query(tmp_path / "out", "SELECT count(*) AS n FROM orders").to_pylist() == [{"n": 20}]


def test_a_broken_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    """A warehouse that cannot be opened, and a root that is not there, give errors of ours."""
    (tmp_path / "warehouse.duckdb").write_text("no database " * 1_000)
    with pytest.raises(RunError, match="cannot be read now"):
        query(tmp_path, "SELECT 1")
    with pytest.raises(InputError, match="is not an output root"):
        query(tmp_path / "nowhere", "SELECT 1")


def test_queries_leave_the_warehouse_alone(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A query opens the file for reading alone, so what it holds stays byte for byte."""
    run(plan_of("retail_oltp_small", target_rows=20, output_settings__target_environment="warehouse"))
    file = tmp_path / "out" / "warehouse.duckdb"
    before = file.read_bytes()
    with pytest.raises(InputError):
        query(tmp_path / "out", "DELETE FROM warehouse.retail_oltp_small.orders")
    assert query(tmp_path / "out", "SELECT 1 AS one").num_rows == 1
    assert file.read_bytes() == before
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM retail_oltp_small.orders").fetchone() == (20,)


@pytest.mark.parametrize(
    "statement",
    [
        "EXPLAIN ANALYZE COPY (SELECT 'gone' AS x) TO '{root}/Files/x/../data.parquet'",
        "EXPLAIN COPY (SELECT 1) TO '{root}/new.csv'",
        "COPY (SELECT 1) TO '{root}/new.csv'",
        "WITH x AS (INSERT INTO orders VALUES (1) RETURNING 1) SELECT 1",
        "SELECT 1; COPY (SELECT 1) TO '{root}/new.csv'",
        "ATTACH '{root}/new.duckdb' AS new",
        "EXPORT DATABASE '{root}/new'",
        "SET enable_external_access = true",
        "PRAGMA version",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CALL enable_logging()",
        "CREATE TABLE new AS SELECT 1",
        "SELECT * FROM read_csv('{outside}')",
        "SELECT * FROM read_text('{outside}')",
        "SELECT * FROM main.read_text('{outside}')",
        "SELECT * FROM '{outside}'",
        'SELECT * FROM "{outside}"',
        'WITH "{outside}" AS (SELECT 1) SELECT * FROM "{outside}"',
        "SELECT * FROM sniff_csv('{outside}')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM parquet_scan('{outside}')",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM query_table('{outside}')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM (SELECT read_text FROM read_text('{outside}'))",
        "SELECT getenv('HOME')",
        "SELECT 'HOME'.getenv()",
        "SELECT system.main.getenv('HOME')",
        "SELECT current_setting('secret_directory')",
        "SELECT write_log('x')",
        "SELECT nextval('x')",
        "SELECT * FROM warehouse.main.orders",
        "SHOW DATABASES",
        "SELECT * FROM (SHOW TABLES)",
        "PIVOT (SELECT 1 AS a, 2 AS b) ON a USING sum(b)",
        "EXPLAIN (FORMAT json) SELECT 1",
        "EXPLAIN",
        "",
        "-- nothing",
    ],
)
def test_only_reading_statements_run(tmp_path: Path, statement: str) -> None:
    """What is not one SELECT over the tables of the root is refused in a sentence, and nothing is written or read."""
    root, outside = tmp_path / "root", tmp_path / "outside.csv"
    root.mkdir()
    outside.write_text("secret\nyes\n")
    with pytest.raises(InputError) as refused:
        query(root, statement.format(root=root, outside=outside))
    assert "yes" not in str(refused.value)
    assert {path.name for path in tmp_path.rglob("*")} == {"root", "outside.csv"}


@pytest.mark.parametrize(("statement", "sentence"), [
    ("SELECT " + "(" * 30 + "1" + ")" * 30, "nested 30 levels deep; 20 are allowed"),
    ("SELECT '" + "x" * 60_000 + "'", "60,009 characters; it may have 50,000"),
    ("SELECT 1; SELECT 2", "one statement"),
    ("SELECT " + "NOT " * 5_000 + "true", "Max expression depth"),
])  # fmt: skip
def test_statements_are_bounded(tmp_path: Path, statement: str, sentence: str) -> None:
    """Length and depth have bounds that the sentence names."""
    with pytest.raises(InputError, match=sentence):
        query(tmp_path, statement)


@pytest.mark.parametrize(("statement", "sentence"), [
    ("SELECT * FROM (WITH pg_settings AS (SELECT 1 z) SELECT * FROM pg_settings) x, pg_settings", "are the database's own"),
    ("SELECT * FROM (WITH a AS (SELECT 1 z) SELECT * FROM a) x, a", "no table `a`"),
    ("WITH a AS (FROM b), b AS (SELECT 1) SELECT * FROM a", "no table `b`"),
    ("WITH sqlite_master AS (FROM sqlite_master) SELECT * FROM sqlite_master", "are the database's own"),
    ("WITH RECURSIVE a AS (FROM a UNION ALL FROM a) SELECT * FROM a", "no table `a`"),
    ("WITH a AS (WITH c AS (SELECT 1) FROM c) SELECT * FROM a, c", "no table `c`"),
    ("SELECT * FROM (PIVOT orders ON status)", "has a PIVOT that is not allowed: it may stand behind a table"),
    ("SELECT CAST('x' AS INTEGER)", "^Could not convert string 'x'"),
    ('WITH "x.csv" AS (SELECT 1) SELECT * FROM "x.csv"', "without points and slashes"),
])  # fmt: skip
def test_queries_of_with_are_seen_where_they_are(tmp_path: Path, statement: str, sentence: str) -> None:
    """A name that is made in one part of a statement does not stand for a view of DuckDB's in another."""
    with pytest.raises(InputError, match=sentence):
        query(tmp_path, statement)


def test_queries_of_with_are_read(tmp_path: Path) -> None:
    """By the statement, by later ones, by what stands in them, and a recursive one by itself."""
    for statement in (
        "WITH a AS (SELECT 3 AS x), b AS (WITH c AS (FROM a) FROM c) SELECT x FROM B WHERE x IN (FROM a)",
        "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM a WHERE x < 3) SELECT max(x) AS x FROM a",
        "WITH a AS MATERIALIZED (SELECT 3 AS x) (FROM a) UNION (FROM a)",
    ):
        assert query(tmp_path, statement).to_pylist() == [{"x": 3}]


def test_no_view_of_duckdb_is_hidden_by_a_name() -> None:
    """All that answer without a schema begin as a query of WITH may not."""
    names = duckdb.execute("SELECT view_name FROM duckdb_views() WHERE internal AND schema_name <> 'information_schema'").fetchall()
    for (name,) in names:
        with pytest.raises(InputError, match="are the database's own"):
            with_name(name, "the query")


def test_columns_of_equal_names_are_told_apart(tmp_path: Path) -> None:
    """Each keeps its own values."""
    assert query(tmp_path, "SELECT 1 AS a, 2 AS a, 3 AS a_1").to_pylist() == [{"a": 1, "a_2": 2, "a_1": 3}]


def test_every_value_can_be_shown(tmp_path: Path) -> None:
    """Also those that Python has no room for."""
    found = answer(
        tmp_path,
        "SELECT 'infinity'::DATE, DATE '0044-03-15 (BC)', INTERVAL 3 YEAR, 340282366920938463463374607431768211455::UHUGEINT, "
        "[1, NULL], {'a': '-infinity'::TIMESTAMP}, NULL, '101'::BIT",
    )
    (row,) = found.rows
    assert row == ("infinity", "0044-03-15 (BC)", "3 years", "3402823669209384634633746074317" + "68211455", "[1,null]",
                   '{"a":"-infinity"}', None, "101")  # fmt: skip


def test_a_missing_table_suggests_tables_of_the_root(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Never one of the database's own."""
    run(plan_of("retail_oltp_small", target_rows=10, output_settings__output_mode="csv"))
    for statement, sentence in (
        ("SELECT * FROM orders", "did you mean `retail_oltp_small.orders`"),
        ("SELECT * FROM retail_oltp_small.ordrs", "did you mean `retail_oltp_small.orders`"),
        ("SELECT * FROM pg_collation", "there is no table `pg_collation`"),
    ):
        with pytest.raises(InputError, match=sentence) as told:
            query(tmp_path / "out", statement)
        assert "pg_" not in str(told.value).replace("`pg_collation`", "")


def test_show_tables_lists_the_data(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """With their schemas, what they are stored as and the run that wrote them."""
    result = run(plan_of("retail_oltp_small", target_rows=10, output_settings__output_mode="parquet"))
    rows = query(tmp_path / "out", "show tables;").to_pylist()
    assert {
        "schema": "retail_oltp_small",
        "table": "orders",
        "stored_as": "parquet",
        "dataset_id": "retail_oltp_small",
        "run_id": result.run_id,
    } in rows
    assert {"column_name": "order_id", "column_type": "BIGINT"}.items() <= query(
        tmp_path / "out", "DESCRIBE retail_oltp_small.orders"
    ).to_pylist()[0].items()


@pytest.mark.parametrize("last", ["parquet", "csv", *(pytest.param(last, marks=pytest.mark.slow) for last in ("table", "warehouse"))])
def test_the_newest_run_answers(plan_of: Callable[..., Plan], tmp_path: Path, last: str) -> None:
    """Whatever was written before, and in whatever mode; the log speaks of all runs."""
    modes = [mode for mode in ("warehouse", "csv", "parquet", "table") if mode != last] + [last]
    for n, mode in enumerate(modes):
        where = {"output_settings__target_environment": "warehouse"} if mode == "warehouse" else {"output_settings__output_mode": mode}
        run(plan_of("retail_oltp_small", target_rows=10 + n, tables=["stores", "orders", "customers", "products"], **where))
    assert query(tmp_path / "out", "SELECT count(*) AS n FROM retail_oltp_small.orders").to_pylist() == [{"n": 13}]
    assert find_manifest(tmp_path / "out").value.target_rows == 13
    logged = query(tmp_path / "out", "SELECT target_rows AS n FROM log_synthetic_data_generation ORDER BY n").column("n").to_pylist()
    assert logged == [10, 11, 12, 13]


def test_manifests_of_others_are_passed_over(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """One that is broken, or names files elsewhere, is told and stops nobody."""
    root = tmp_path / "out"
    run(plan_of("retail_oltp_small", target_rows=10, output_settings__output_mode="parquet"))
    (good,) = (root / ".manifests").glob("*.json")
    (root / ".manifests" / "broken.json").write_text("{")
    (root / ".manifests" / "deep.json").write_text("[" * 100_000)
    (root / ".manifests" / "bare.json").write_text("[]")
    (root / ".manifests" / "away.json").write_text(good.read_text().replace("Files/retail", "../Files/retail").replace('"2', '"3'))
    os.mkfifo(root / ".manifests" / "pipe.json")
    told: list[str] = []
    assert query(root, "SELECT count(*) AS n FROM retail_oltp_small.orders", say=told.append).to_pylist() == [{"n": 10}]
    assert [Path(sentence.split()[0]).name for sentence in told] == ["away.json", "bare.json", "broken.json", "deep.json", "pipe.json"]
    assert "leaves the output root" in told[0]


@pytest.mark.parametrize("mode", ["parquet", "csv"])
def test_links_out_of_the_root_are_not_read(plan_of: Callable[..., Plan], tmp_path: Path, mode: str) -> None:
    """A file that only looks as if it lay under the root is named to whoever asks for its table."""
    root = tmp_path / "out"
    run(plan_of("retail_oltp_small", target_rows=10, output_settings__output_mode=mode))
    (secret,) = (root / "Files" / "retail_oltp_small" / "stores").iterdir()
    away = secret.rename(tmp_path / f"secret.{mode}")
    secret.symlink_to(away)
    with pytest.raises(RunError) as refused:
        query(root, "SELECT * FROM retail_oltp_small.stores")
    assert str(refused.value) == f"retail_oltp_small.stores cannot be read: {secret} is not a plain file under {root}"
    assert query(root, "SELECT count(*) AS n FROM retail_oltp_small.orders").to_pylist() == [{"n": 10}]


@pytest.mark.parametrize("mode", ["table", "parquet", "flat", "days"])
def test_a_part_of_the_rows_is_never_shown_for_all(plan_of: Callable[..., Plan], tmp_path: Path, mode: str) -> None:
    """A file of a table that is gone is named, whatever else is there of it."""
    flags = {"output_settings__output_mode": "table" if mode == "table" else "parquet"}
    flags |= {"output_settings__path_format": "flat"} if mode == "flat" else {}
    if mode == "days":
        resolved = resolve_parameters("retail_oltp_small", sets=["output_settings.output_mode=parquet"])
        first = date(2024, 3, 1)
        run_series(make_series(resolved, first, first + timedelta(days=2), output_dir=tmp_path / "out"), workers=0)
    else:
        run(plan_of("retail_oltp_small", target_rows=10, **flags))
    files = [path for path in (tmp_path / "out").rglob("*.parquet") if "orders" in str(path) and "log" not in str(path)]
    files[0].unlink()
    with pytest.raises(RunError, match=rf"retail_oltp_small.orders cannot be read: .*{re.escape(files[0].name)} does not exist"):
        query(tmp_path / "out", "SELECT count(*) FROM retail_oltp_small.orders")


@pytest.mark.parametrize("name", ["a b", "it's", "50%20", "a#b", "what?", "[x]", "a*b", "é😀", 'say "x"', "k=v"])
@pytest.mark.parametrize("mode", [pytest.param("parquet", marks=pytest.mark.slow), "csv"])
def test_roots_may_have_any_name(plan_of: Callable[..., Plan], tmp_path: Path, name: str, mode: str) -> None:
    """A name is a name, never a pattern; the folder beside it that a pattern would find is not read."""
    run(plan_of("retail_oltp_small", target_rows=10, output_settings__output_mode=mode))
    root = (tmp_path / "out").rename(tmp_path / name)
    shutil.rmtree(root / "Tables")
    (found,) = query(root, "SELECT count(*) AS n, count(COLUMNS(*)) FROM retail_oltp_small.orders").to_pylist()
    assert found["n"] == 10
    assert "k" not in query(root, "DESCRIBE retail_oltp_small.orders").column("column_name").to_pylist()


def test_a_slow_query_ends(tmp_path: Path) -> None:
    """By its bound, and at once when it is cancelled."""
    with pytest.raises(RunError, match=r"ran longer than 0.3 seconds"):
        query(tmp_path, ENDLESS, seconds=0.3)
    cancel = CancelToken()
    Timer(0.2, cancel.set).start()
    with pytest.raises(RunCancelled):
        query(tmp_path, ENDLESS, cancel=cancel)


@pytest.mark.parametrize("signal", [SIGINT, SIGTERM])
def test_a_signal_ends_the_command(tmp_path: Path, signal: Signals) -> None:
    """The exit code names the signal, and nothing is left behind."""
    scratch, root = tmp_path / "scratch", tmp_path / "root"
    scratch.mkdir()
    root.mkdir()
    command = [sys.executable, "-m", "ingen_fab.synthetic_data", "query", ENDLESS, "--output-dir", str(root)]
    process = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(scratch)}, stdout=-1, stderr=-1, text=True)
    while not any(scratch.iterdir()) and process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    process.send_signal(signal)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (128 + signal, "")
    assert "Error" not in err
    assert not any(scratch.iterdir())


def test_a_publication_that_was_cut_is_finished(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A query after a kill between two tables reads the new run, and says that it finished it."""
    root = tmp_path / "out"
    run(plan_of("retail_oltp_small", target_rows=10, output_settings__output_mode="parquet"))
    run(
        plan_of(
            "retail_oltp_small", target_rows=20, output_settings__output_mode="parquet", output_settings__output_dir=str(tmp_path / "2")
        )
    )
    staged = root / ".staging" / "20990101T000000-00000000"
    (staged / "new").mkdir(parents=True)
    source = tmp_path / "2" / "Files" / "retail_oltp_small" / "orders"
    files = tuple(File(name=file.name, bytes=file.stat().st_size) for file in source.iterdir())
    source.rename(staged / "new" / "orders")
    journal = Journal(schema_name="retail_oltp_small", steps=(FolderStep(table="orders", files=files),))
    (staged / JOURNAL).write_text(journal.text())
    told: list[str] = []
    with locked(root):
        assert query(root, "SELECT count(*) AS n FROM retail_oltp_small.orders", say=told.append).to_pylist() == [{"n": 10}]
    assert "a run is writing to" in told[0]
    told.clear()
    assert query(root, "SELECT count(*) AS n FROM retail_oltp_small.orders", say=told.append).to_pylist() == [{"n": 20}]
    assert told == ["finished publishing run 20990101T000000-00000000, which had been interrupted"]


@pytest.mark.slow
def test_a_query_has_no_more_memory_than_its_bound(tmp_path: Path) -> None:
    """Also for values that the database does not count: one sentence, exit code 1."""
    command = [sys.executable, "-m", "ingen_fab.synthetic_data", "query", "SELECT repeat('a', 3000000000)", "--output-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: the query needs more than the 2 GiB of memory that it may use\n"


def test_a_slow_query_names_its_option(tmp_path: Path) -> None:
    """The sentence says what may be changed."""
    line = [sys.executable, "-m", "ingen_fab.synthetic_data", "query", ENDLESS, "--timeout", "1", "--output-dir", str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    told = "the query took too long: it ran longer than 1 second and was stopped; --timeout sets how long it may run"
    assert (done.returncode, done.stderr) == (1, f"Error: {told}\n")


def test_what_an_older_run_wrote_is_not_shown_for_what_the_newest_lost(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Files of a run stand beside the tables of the next one, of which a file is gone."""
    run(plan_of("retail_oltp_small", target_rows=10, output_settings__output_mode="parquet"))
    run(plan_of("retail_oltp_small", target_rows=20, output_settings__output_mode="table"))
    (file,) = (tmp_path / "out" / "Tables" / "retail_oltp_small" / "orders").glob("*.parquet")
    file.unlink()
    with pytest.raises(RunError, match=r"retail_oltp_small.orders cannot be read: .* does not exist"):
        query(tmp_path / "out", "SELECT count(*) FROM retail_oltp_small.orders")
    assert query(tmp_path / "out", "SELECT count(*) AS n FROM retail_oltp_small.customers").num_rows == 1
