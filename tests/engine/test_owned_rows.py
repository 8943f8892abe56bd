"""Rows that are born of owners, and rows that are renewed: each of them by single rows, and all of them by DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.layouts.streams import Streams
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan

DATASET = """
dataset_id: club
driving: members
target_rows: 500
tables:
  members:
    rows: {number: 1 per driving, initial_share: 0.8}
    columns: {member_id: key, since: begin}
  boats:
    rows:
      of: members
      per_owner: [{share: 1}, {share: 0.5, after: 60 days}, {share: 0.25, after: 300 days}]
      lifetime: {type: exponential, mean: 1500, min: 200, unit: days}
    columns:
      boat_id: key
      member_id: parent
      number: position
      bought_at: begin
      bought_on: {kind: begin, as: date}
      sold_on: {kind: end, as: date}
      is_owned: current
  permits:
    rows: {layout: renewals, of: boats, count: {type: empirical, values: {0: 15, 1: 60, 2: 20, 3: 5}}, every: 3 years, early: 250 days}
    columns:
      permit_id: key
      boat_id: parent
      generation: position
      issued_on: {kind: begin, as: date}
      replaced_on: {kind: end, as: date}
      is_valid: current
  trips:
    rows: {layout: events, number: 3000}
    columns:
      trip_id: key
      started_at: begin
      started_on: started_at.date
      boat_id: {kind: reference, to: boats}
      permit_id: {kind: reference, to: permits, match: boat_id}
"""


def club(plan_of: Callable[..., Plan], folder: Path, text: str = DATASET, **given: object) -> Plan:
    """A plan of the dataset above, written to a folder of its own."""
    (folder / "datasets").mkdir(exist_ok=True)
    (folder / "datasets" / "club.yaml").write_text(text)
    return plan_of("club", datasets=[folder / "datasets"], **given)


def rows_of(plan: Plan) -> duckdb.DuckDBPyConnection:
    """All tables of a plan in DuckDB."""
    connection = duckdb.connect()
    engine = Engine(plan.program)
    for table in plan.tables:
        batches = list(engine.batches(table.name, table.first_row, table.first_row + table.rows, 1_000))
        connection.register(table.name, pa.Table.from_batches(batches))
    return connection


CHECKS = {
    "a row is born so many days after its owner": """
        SELECT number FROM boats JOIN members USING (member_id) WHERE bought_at < since
        OR date_diff('day', since, bought_at) <> CASE number WHEN 1 THEN 0 WHEN 2 THEN 60 ELSE 300 END""",
    "who has the third has the first and second": """
        SELECT member_id FROM boats GROUP BY member_id HAVING max(number) <> count(*) OR count(DISTINCT number) <> count(*)""",
    "ids are in order of the day of birth": """
        SELECT boat_id FROM (SELECT boat_id, bought_on, lag(bought_on) OVER (ORDER BY boat_id) AS b FROM boats) WHERE bought_on < b""",
    "nothing is issued once the owner has left": "SELECT 1 FROM permits JOIN boats USING (boat_id) WHERE issued_on >= sold_on",
    "all slots of an owner begin with it": """
        SELECT boat_id FROM permits JOIN boats USING (boat_id)
        WHERE generation = 1 AND bought_on >= DATE '2024-01-01' AND issued_on <> bought_on""",
    "two slots of an owner are not first renewed on one day": """
        SELECT boat_id FROM permits WHERE generation = 2 GROUP BY boat_id, issued_on HAVING count(*) > 1""",
    "what is replaced ends as another begins, the last with its owner": """
        SELECT p.permit_id FROM permits AS p JOIN boats USING (boat_id) WHERE p.replaced_on IS DISTINCT FROM sold_on
        AND NOT EXISTS (SELECT 1 FROM permits AS n WHERE n.boat_id = p.boat_id AND n.generation = p.generation + 1
        AND n.issued_on = p.replaced_on)""",
    "rows are renewed up to 250 days before their time": """
        SELECT permit_id FROM permits JOIN boats USING (boat_id) WHERE replaced_on IS DISTINCT FROM sold_on
        AND replaced_on - issued_on NOT BETWEEN 1096 - 250 AND 1096""",
    "no more are renewed than there were": """
        SELECT boat_id FROM (SELECT boat_id, count(*) AS n, lag(count(*)) OVER (PARTITION BY boat_id ORDER BY generation) AS before
        FROM permits GROUP BY boat_id, generation) AS c WHERE n > before""",
    "a match is one of the owner that is valid on the day": """
        SELECT trip_id FROM trips t JOIN permits p USING (permit_id)
        WHERE t.boat_id <> p.boat_id OR started_on < issued_on OR started_on >= replaced_on""",
    "there is no match only where there is none": """
        SELECT trip_id FROM trips t JOIN permits p USING (boat_id) WHERE t.permit_id IS NULL""",
    "a drawn owner stands on the day": """
        SELECT trip_id FROM trips JOIN boats USING (boat_id) WHERE started_on < bought_on OR started_on >= sold_on""",
}


@pytest.mark.parametrize("rows", [1, 63, 500])
def test_owned_and_renewed_rows_fit_together(plan_of: Callable[..., Plan], tmp_path: Path, rows: int) -> None:
    """No rule of the tables above is broken, whatever the number of owners."""
    connection = rows_of(club(plan_of, tmp_path, target_rows=rows))
    broken = {sentence: found for sentence, sql in CHECKS.items() if (found := connection.execute(sql).fetchone())}
    assert broken == {}


def test_shares_are_quotas(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Of 500 owners, the declared shares have a first, second and third row, but for those whose time has not come."""
    connection = rows_of(club(plan_of, tmp_path))
    found = dict(connection.execute("SELECT number, count(*) FROM boats GROUP BY number").fetchall())
    assert found[1] == 500
    assert 235 <= found[2] <= 250
    assert 105 <= found[3] <= 125
    slots = connection.execute("SELECT count(*) / count(DISTINCT boat_id) FROM permits WHERE generation = 1").fetchone()
    assert slots is not None
    assert 1.25 <= slots[0] <= 1.4
    assert connection.execute("SELECT count(*) FROM trips WHERE permit_id IS NOT NULL").fetchone()[0] > 2_000  # type: ignore[index]


@settings(max_examples=30, deadline=None)
@given(picked=st.lists(st.integers(0, 1_500), min_size=1, max_size=40))
def test_any_rows_equal_the_whole(picked: list[int]) -> None:
    """Any rows in any order have the values that they have in the whole table, and lead back to their own number."""
    engine = Engine(PROGRAM["plan"].program)
    for name in ("boats", "permits"):
        table = engine.table(name)
        whole = engine.batch(name, 0, table.layout.before(731))
        rows = np.array([row % whole.num_rows for row in picked], np.int64)
        frame = table.rows_frame(rows)
        for column in table.written:
            mine = frame.get(column).to_arrow(whole.schema.field(column).type)
            assert mine.equals(whole.column(column).take(pa.array(rows))), column
        assert isinstance(table.layout, Streams)
        stream, owners = table.layout.origin(rows)
        assert table.layout.row_of(owners, stream).tolist() == rows.tolist()


PROGRAM: dict[str, Plan] = {}


@pytest.fixture(autouse=True)
def _program(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    PROGRAM.setdefault("plan", club(plan_of, tmp_path))


def test_a_later_end_changes_no_row(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Five years more add generations and change no earlier row, as-of columns aside."""
    short = club(plan_of, tmp_path)
    long = club(plan_of, tmp_path, window=(date(2023, 1, 1), date(2029, 12, 31)), as_of=date(2029, 12, 31))
    for table in short.tables:
        columns = [column.name for column in table.columns if not column.as_of]
        before = Engine(short.program).batch(table.name, 0, table.rows, columns)
        assert Engine(long.program).batch(table.name, 0, table.rows, columns).equals(before), table.name
    assert long.table("permits").rows > short.table("permits").rows * 1.5


def test_more_streams_than_can_be_counted_are_refused(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Each row whose `after` is a distribution takes 64, on each day of the history and of the owners' past."""
    one = "{share: 1, after: {type: exponential, mean: 1500, min: 200, unit: days}}"
    text = DATASET.replace("initial_share: 0.8", "past: 100 years")
    text = text.replace("[{share: 1}, {share: 0.5, after: 60 days}, {share: 0.25, after: 300 days}]", f"[{', '.join([one] * 6)}]")
    with pytest.raises(ConfigError, match=r"boats\.rows: `per_owner` takes 384 streams over [\d,]+ days, more than \d+ that can be"):
        club(plan_of, tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("      of: members\n", "      of: members\n      number: 7\n", "`number` has no effect"),
        ("{share: 0.25, after: 300 days}", "{share: 0.6, after: 300 days}", "shares do not rise"),
        ("after: 60 days", "after: 6 hours", "not a whole number of days"),
        ("      of: members\n", "      of: trips\n", "`trips` holds events"),
        ("early: 250 days", "early: 600 days", "less than half"),
        ("of: boats, count", "of: trips, count", "`trips` holds events"),
        ("{0: 15, 1: 60, 2: 20, 3: 5}", "{0: 15}", "0 to 16 slots"),
    ],
)
def test_what_cannot_be_is_refused(plan_of: Callable[..., Plan], tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """A sentence says which key is wrong and why."""
    assert old in DATASET
    with pytest.raises(ConfigError, match=sentence):
        club(plan_of, tmp_path, DATASET.replace(old, new))
