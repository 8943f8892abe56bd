"""Tables that nobody wrote hold the rows that a run writes, and are read by DuckDB without generating all of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Timer
from time import monotonic

import duckdb
import pyarrow.compute as pc
import pytest
from ingen_fab.synthetic_data import virtual
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import DataError, InputError, RunCancelled, RunError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.virtual.asking import answer_virtual
from ingen_fab.synthetic_data.core.virtual.scan import Source, VirtualTable, name_virtual

MakePlan = Callable[..., Plan]
Call = Callable[..., subprocess.CompletedProcess[str]]

NOTHING = "SELECT count(*) FROM orders WHERE total_amount = -1"
"""Takes minutes over a billion rows, and not one of them is ever found."""

BROKEN = """
dataset_id: things
history: {start: 2024-01-01, end: 2024-12-31}
tables:
  things:
    rows: events
    columns:
      k: key
      x: {kind: sql, sql: k * 999999999999 * 999999999999}
"""


@pytest.mark.parametrize(
    ("dataset_id", "rows"),
    [
        ("retail_oltp_small", 700),
        ("retail_star_small", 700),
        ("finance_oltp_small", 900),
        ("finance_star_small", 900),
        ("ecommerce_star_small", 900),
        ("healthcare_oltp_small", 700),
        ("retail_oltp_small_incremental", None),
    ],
)
def test_the_digests_are_those_of_the_files(plan_of: MakePlan, dataset_id: str, rows: int | None) -> None:
    """Of every table, through DuckDB."""
    size = {"incremental_config__rows_per_day": 2} if rows is None else {"target_rows": rows}
    plan = plan_of(dataset_id, output_settings__output_mode="parquet", output_settings__digest="full", **size)
    written = {table.name: table.digest for table in run(plan).tables}
    with duckdb.connect() as connection:
        name_virtual(connection, Source(plan))
        for table in plan.tables:
            got = connection.sql(f"SELECT * FROM {table.name}").to_arrow_reader(1_000)
            assert digest_of(got, table.primary_key) == written[table.name], table.name


def test_a_day_out_of_a_billion() -> None:
    """Joined with its lines, by either way to say the day; and a key, a list of keys, and a limit."""
    with virtual("retail_oltp_large", 1_000_000_000, seed=7) as connection:
        one = connection.execute("SELECT * FROM orders WHERE order_id = 777_777_777").fetchall()
        assert len(one) == 1
        day = one[0][6]
        orders = f"SELECT count(*), min(order_id), max(order_id) FROM orders WHERE order_date = DATE '{day}'"
        ((count, first, last),) = connection.execute(orders).fetchall()
        assert last - first + 1 == count > 900_000
        assert first <= 777_777_777 <= last
        next_day = f"SELECT min(order_id) FROM orders WHERE order_date > DATE '{day}' AND order_date <= DATE '{day + timedelta(days=1)}'"
        assert connection.execute(next_day).fetchall() == [(last + 1,)]
        lines = "SELECT order_id, sum(quantity) FROM order_items WHERE order_id = 777_777_777 GROUP BY 1"
        counted = "SELECT order_id, item_count FROM orders WHERE order_id = 777_777_777"
        assert connection.execute(lines).fetchall() == connection.execute(counted).fetchall()
        few = "SELECT order_id FROM orders WHERE order_id IN (5, 500_000_000, 1_000_000_000, 1_000_000_001) ORDER BY 1"
        assert connection.execute(few).fetchall() == [(5,), (500_000_000,), (1_000_000_000,)]
        assert connection.execute("SELECT order_id FROM orders LIMIT 3").fetchall() == [(1,), (2,), (3,)]


def test_a_table_joins_itself_and_others_on_several_threads() -> None:
    """One engine answers all scans at once."""
    joined = "orders a JOIN orders b USING (order_id) JOIN customers c ON c.customer_id = a.customer_id"
    sql = f"SELECT count(*), sum(b.total_amount) FROM {joined}"
    with virtual("retail_oltp_small", 3_000) as connection:
        connection.execute("SET threads = 4")
        expected = connection.execute("SELECT count(*), sum(total_amount) FROM orders WHERE customer_id IS NOT NULL").fetchall()
        together = " UNION ALL ".join([f"({sql})"] * 4)
        assert connection.execute(together).fetchall() == expected * 4


def test_parts_of_several_ranges_are_read_one_after_another(plan_of: MakePlan) -> None:
    """As those of large panels, so that no block of owners is worked out for each day anew; a day is a piece of each part."""
    plan = plan_of("finance_oltp_large", target_rows=9_000, tables=["transactions"])
    (table,) = plan.tables
    edges = [*range(0, 9_000, 60), 9_000]
    ranges = list(pairwise(edges))
    parts = replace(table.parts, ranges=(tuple(ranges[::2]), tuple(ranges[1::2])))
    scanned = VirtualTable(Source(plan), replace(table, parts=parts))
    whole = scanned.scanner().to_reader().read_all()
    assert whole.num_rows == 9_000
    assert digest_of(whole.to_batches(), table.primary_key) == digest_of(
        Engine(plan.program).batches("transactions", 0, 9_000), table.primary_key
    )
    day = pc.field("transaction_date") == whole.column("transaction_date")[4_500]
    assert (
        5
        < whole.filter(day).num_rows
        == scanned.count_rows(day)
        == scanned.scanner(["transaction_id"], day).to_reader().read_all().num_rows
    )
    assert scanned.count_rows() == 9_000


def test_sql_of_others_reads_these_tables_and_nothing_else(plan_of: MakePlan) -> None:
    """By the rules of `query`."""
    plan = plan_of("retail_oltp_small", target_rows=500)
    assert answer_virtual(plan, "SELECT count(*) AS n, min(ordered_at) FROM orders").names == ("n", "min(ordered_at)")
    assert [row[1:4] for row in answer_virtual(plan, "SHOW TABLES").rows][:2] == [
        ("customers", "virtual", "retail_oltp_small"),
        ("inventory", "virtual", "retail_oltp_small"),
    ]
    assert answer_virtual(plan, "SELECT count(*) FROM main.orders WHERE order_id BETWEEN 7 AND 9").rows == (("3",),)
    for sql, told in (
        ("SELECT * FROM '/etc/passwd'", "files cannot be read"),
        ("SELECT * FROM read_text('/etc/passwd')", "may not call read_text"),
        ("COPY orders TO '/tmp/x'", "nothing can be changed"),
        ("SELECT * FROM order_lines", "did you mean"),
        ("SELECT nothing FROM orders", "nothing"),
        ("SET threads = 1; SELECT 1", "one"),
    ):
        with pytest.raises(InputError, match=told):
            answer_virtual(plan, sql)


def test_a_scan_that_finds_nothing_stops_when_it_is_told_to(plan_of: MakePlan) -> None:
    """Though DuckDB waits for a row before it looks whether it has to stop."""
    plan = plan_of("retail_oltp_large", target_rows=1_000_000_000)
    began = monotonic()
    with pytest.raises(RunError, match="ran longer than 1 second"):
        answer_virtual(plan, NOTHING, seconds=1)
    cancel = CancelToken()
    Timer(0.5, cancel.set).start()
    with pytest.raises(RunCancelled):
        answer_virtual(plan, NOTHING, cancel=cancel)
    assert monotonic() - began < 20


def test_the_command(call: Call, tmp_path: Path) -> None:
    """Settings as in `preview`; what would be ignored is refused."""
    sql = "SELECT count(*) AS n, sum(total_amount) AS sales FROM orders"
    one = call("query", "--virtual", "retail_oltp_small", "-r", "300", "--seed", "7", "--csv", sql, cwd=tmp_path)
    assert one.returncode == 0, one.stderr
    assert one.stdout.startswith("n,sales\n300,")
    set_ = call("query", sql, "--virtual=retail_oltp_small", "--set", "target_rows=300", "--set", "seed_value=7", "--csv", cwd=tmp_path)
    slow = call("query", "--timeout", "60", "--virtual", "retail_oltp_small", "-r300", "-s7", "--csv", sql, cwd=tmp_path)
    assert one.stdout == set_.stdout == slow.stdout
    for words, told in (
        (("-r", "300"), "--target-rows is of datasets that are not written: say which with --virtual, or leave it out"),
        (("--set", "seed_value=7"), "--set is of datasets"),
        (("--virtual", "retail_oltp_smal"), "did you mean `retail_oltp_small`"),
        (("--virtual", "retail_oltp_small", "--output-dir", "out"), "--output-dir: with --virtual nothing that was written is read"),
    ):
        done = call("query", *words, sql, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert told in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_value_that_cannot_be_computed_is_told_as_in_a_run(own_plan: MakePlan) -> None:
    """Not as a failure of DuckDB."""
    plan = own_plan(BROKEN, target_rows=100)
    with pytest.raises(DataError, match=r"`things\.x` cannot be computed: a whole number"):
        answer_virtual(plan, "SELECT sum(x) FROM things")
    assert answer_virtual(plan, "SELECT count(*) FROM things").rows == (("100",),)
