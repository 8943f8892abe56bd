"""Panels: rows shared among owners day by day, and sums that are exact in order of time, in whatever pieces they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.engine.digest import Digest, digest_of
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.layouts.panel import Panel
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan

from .conftest import tables_of

DATASET = """
dataset_id: points
driving: moves
history: {start: 2024-01-10, end: 2024-03-20}
temporal_patterns:
  weekdays: {saturday: 2.0, sunday: 0.5}
tables:
  members:
    rows: {number: 0.15 per moves, initial_share: 0.7, lifetime: {type: exponential, mean: 1500, min: 90, unit: days}}
    columns:
      member_id: key
      tier: {kind: category, weights: {blue: 3, gold: 1}}
      activity: {kind: number, distribution: {type: lognormal, mean: 10, stddev: 10, min: 1, max: 100}}
      usual: {kind: number, distribution: {type: lognormal, mean: 80, stddev: 60, min: 5, max: 900}}
      credit: {kind: category, weights: {0: 2, 20: 1}, as: bigint}
      has_plan: {kind: boolean, rate: 0.3}
      opened: {kind: balance, of: moves, at: start}
      now: {kind: balance, of: moves}
      joined_on: {kind: begin, as: date}
      left_on: {kind: end, as: date}
  partners:
    rows: {number: 40, initial_share: 1.0}
    columns:
      partner_id: key
      factor: {kind: number, distribution: {min: 1, max: 5}}
  moves:
    rows:
      layout: panel
      of: members
      weight: activity
      typical_balance: usual
      overdraft_limit: credit
      moves_balance: "NOT is_void"
      exceeds_balance: "is_void AND void_code = 7"
      entries:
        welcome: {due: begin, amount: 25, direction: in}
        farewell: {due: end}
        plan: {due: {5: 1, last: 1}, where: has_plan, amount: 9.5, direction: in}
        spend:
          share: 80
          amount: {type: lognormal, mean: 4, stddev: 5, min: 0.1, max: 90}
          multiply_by: partner_id.factor
          bursts: {rate: 0.01, rows: {min: 3, max: 5}, within: 30 minutes}
        earn: {share: 15, amount: {min: 1, max: 60}, direction: in, factors: [{column: tier, times: {gold: 3}}]}
        undo: {share: 5, undoes: spend, same: [partner_id]}
        refill: {due: shortage}
        correction: {due: settle}
    columns:
      move_id: key
      member_id: parent
      kind: entry
      moved_at: begin
      on_day: moved_at.date
      amount: kind.amount
      balance: kind.balance
      undone: kind.undone
      is_burst: kind.is_burst
      partner_id: {kind: reference, to: partners, when: "kind IN ('spend', 'undo')"}
      _void: {kind: boolean, rate: 0.05, when: "kind IN ('spend', 'earn')"}
      is_void: {kind: sql, sql: "coalesce(_void, false)"}
      void_code: {kind: number, distribution: {min: 1, max: 9}}
"""

ROWS = 24_000
"""Of 3,600 members: two blocks."""

CHECKS = {
    "sums are those of the moves that count, in order of time": """
        SELECT move_id FROM (SELECT move_id, balance, opened + sum(CASE WHEN is_void THEN 0 ELSE amount END)
        OVER (PARTITION BY member_id ORDER BY moved_at, move_id) AS expected FROM moves JOIN members USING (member_id))
        WHERE balance <> expected""",
    "the last sum is the member's": """
        SELECT member_id FROM (SELECT member_id, arg_max(balance, (moved_at, move_id)) AS b FROM moves GROUP BY member_id)
        JOIN members USING (member_id) WHERE b <> now""",
    "who has no move keeps the sum": """
        SELECT member_id FROM members WHERE member_id NOT IN (SELECT member_id FROM moves) AND opened <> now""",
    "no sum is below the floor": "SELECT move_id FROM moves JOIN members USING (member_id) WHERE balance < -credit",
    "members move while they are there": """
        SELECT move_id FROM moves JOIN members USING (member_id) WHERE on_day < joined_on OR on_day > left_on""",
    "who left has nothing": "SELECT member_id FROM members WHERE left_on IS NOT NULL AND now <> 0",
    "who joined was welcomed first, on that day": """
        SELECT member_id FROM (SELECT member_id, arg_min(kind, (moved_at, move_id)) AS k, min(on_day) AS d FROM moves GROUP BY member_id)
        JOIN members USING (member_id) WHERE joined_on >= DATE '2024-01-10' AND (k <> 'welcome' OR d <> joined_on)""",
    "nobody is welcomed twice": "SELECT member_id FROM moves WHERE kind = 'welcome' GROUP BY member_id HAVING count(*) > 1",
    "the plan is due once a month": """
        SELECT member_id FROM moves WHERE kind = 'plan' GROUP BY member_id, month(on_day) HAVING count(*) > 1""",
    "an undo is of an earlier spending of the member, once": """
        SELECT u.move_id FROM moves u LEFT JOIN moves s ON s.move_id = u.undone WHERE (u.kind = 'undo') <> (u.undone IS NOT NULL)
        OR u.kind = 'undo' AND (s.kind <> 'spend' OR s.is_void OR s.amount <> -u.amount OR s.moved_at > u.moved_at
        OR s.member_id <> u.member_id OR s.partner_id <> u.partner_id)""",
    "nothing is undone twice": "SELECT undone FROM moves WHERE undone IS NOT NULL GROUP BY undone HAVING count(*) > 1",
    "what is beyond could not be had": """
        SELECT move_id FROM moves JOIN members USING (member_id) WHERE is_void AND void_code = 7
        AND kind = 'spend' AND -amount <= balance + credit""",
    "a member has at most one correction a month": """
        SELECT member_id FROM moves WHERE kind = 'correction' GROUP BY member_id, month(on_day) HAVING count(*) > 1""",
    "ids rise with the day": "SELECT 1 FROM (SELECT on_day, lag(on_day) OVER (ORDER BY move_id) AS b FROM moves) WHERE on_day < b",
    "bursts are short": """
        SELECT member_id FROM moves WHERE is_burst GROUP BY member_id, on_day
        HAVING count(*) BETWEEN 2 AND 5 AND max(moved_at) - min(moved_at) > INTERVAL 30 MINUTE AND count(*) <= 3""",
}


@pytest.fixture
def points(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(DATASET, *change, **{"target_rows": ROWS, **settings})


def digest(plan: Plan, chunk: int, table: str = "moves", backwards: bool = False) -> str:
    """The digest of a table, made in pieces."""
    mine = plan.table(table)
    engine, end = Engine(plan.program), mine.first_row + mine.rows
    starts = list(range(mine.first_row, end, chunk))
    if backwards:
        starts.reverse()
    return digest_of((engine.batch(table, low, min(low + chunk, end)) for low in starts), mine.primary_key)


@pytest.mark.parametrize(("rows", "seed"), [(60, 42), (700, 7), (ROWS, 1), (ROWS, 42)])
def test_sums_are_exact(points: Callable[..., Plan], rows: int, seed: int) -> None:
    """No rule above is broken, and there are exactly as many rows as asked for."""
    plan = points(target_rows=rows, seed_value=seed)
    assert plan.table("moves").rows == rows
    connection = tables_of(plan)
    broken = {sentence: found for sentence, sql in CHECKS.items() if (found := connection.execute(sql).fetchone())}
    assert broken == {}


def test_shares_are_as_declared(points: Callable[..., Plan]) -> None:
    """Every entry occurs; gold members earn more often; Saturdays have four times the moves of Sundays."""
    connection = tables_of(points())
    kinds = dict(connection.execute("SELECT kind, count(*) FROM moves GROUP BY kind").fetchall())
    assert set(kinds) == {"welcome", "farewell", "plan", "spend", "earn", "undo", "refill", "correction"}
    assert sum(burst for (burst,) in connection.execute("SELECT is_burst::INT FROM moves").fetchall()) >= 20
    shares = dict(
        connection.execute(
            "SELECT tier, avg((kind = 'earn')::INT) FROM moves JOIN members USING (member_id) WHERE kind IN ('earn', 'spend') GROUP BY tier"
        ).fetchall()
    )
    assert 0.13 <= shares["blue"] <= 0.18
    assert 0.32 <= shares["gold"] <= 0.4
    saturday, sunday = connection.execute(
        "SELECT count(*) FILTER (isodow(on_day) = 6), count(*) FILTER (isodow(on_day) = 7) FROM moves WHERE kind NOT IN ('plan', 'welcome')"
    ).fetchone() or (0, 1)
    assert 3.4 <= saturday / sunday <= 4.6


def test_plans_are_paid_on_their_days(points: Callable[..., Plan]) -> None:
    """Nearly all of what is due on the 5th or the last of the month comes on that day."""
    found = (
        tables_of(points())
        .execute("SELECT avg((day(on_day) = 5 OR on_day = last_day(on_day))::INT), count(*) FROM moves WHERE kind = 'plan'")
        .fetchone()
    )
    assert found is not None
    assert found[0] > 0.9
    assert found[1] > 800


def test_pieces_do_not_matter(points: Callable[..., Plan]) -> None:
    """Chunks of 1,000, 777 and 65,536 rows, forwards and backwards, and other units before, give one digest."""
    plan = points()
    expected = digest(plan, 65_536)
    assert digest(plan, 1_000) == expected
    assert digest(plan, 777, backwards=True) == expected
    assert digest(plan, 333, "members", backwards=True) == digest(plan, 65_536, "members")


def test_what_is_kept_does_not_matter(points: Callable[..., Plan]) -> None:
    """An engine that keeps the next day or two of all blocks, or next to nothing, gives the same rows."""
    plan = points()
    for kept in (1, 700, 3_000):
        engine = Engine(plan.program)
        layout = engine.table("moves").layout
        assert isinstance(layout, Panel)
        layout.units.kept_rows = kept
        starts = [*range(0, 3_000, 500), *range(12_000, 10_000, -500)]
        for low in starts:
            again = Engine(plan.program).batch("moves", low, low + 500)
            assert engine.batch("moves", low, low + 500).equals(again)


def test_days_are_slices(points: Callable[..., Plan]) -> None:
    """The days of a week across the end of a month, each from a plan of its own, add up to the week."""
    days = [date(2024, 1, 28) + timedelta(days=n) for n in range(7)]
    week = points(window=(days[0], days[-1]))
    total = Digest(week.table("moves").primary_key)
    for day in days:
        alone = points(window=(day, day))
        mine = alone.table("moves")
        for batch in Engine(alone.program).batches("moves", mine.first_row, mine.first_row + mine.rows):
            total.update(batch)
    assert total.hex() == digest(week, 10_000)


@pytest.mark.parametrize("end", [date(2024, 4, 7), date(2024, 12, 31)])
def test_a_later_end_changes_nothing(points: Callable[..., Plan], end: date) -> None:
    """More days continue the same rows; the sum at the end of a day in the middle of a month is that of the last move."""
    short, long = points(), points(window=(date(2024, 1, 10), end), as_of=end)
    assert long.table("moves").rows > ROWS
    for table in short.tables:
        columns = [column.name for column in table.columns if not column.as_of]
        before = Engine(short.program).batch(table.name, 0, table.rows, columns)
        assert Engine(long.program).batch(table.name, 0, table.rows, columns).equals(before), table.name
    connection = tables_of(long)
    assert {s: f for s, sql in CHECKS.items() if (f := connection.execute(sql).fetchone())} == {}


KEPT: dict[str, tuple[Engine, pa.RecordBatch]] = {}


@pytest.fixture
def _kept(points: Callable[..., Plan]) -> None:
    if not KEPT:
        engine = Engine(points().program)
        KEPT["moves"] = engine, engine.batch("moves", 0, ROWS)


@pytest.mark.usefixtures("_kept")
@settings(max_examples=25, deadline=None)
@given(picked=st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=60))
def test_any_rows_equal_the_whole(picked: list[int]) -> None:
    """Any rows in any order have the values that they have in the whole table, from an engine that has seen nothing else."""
    warm, whole = KEPT["moves"]
    for engine in (warm, Engine(warm._program)):
        frame = engine.table("moves").rows_frame(np.array(picked, np.int64))
        for field in whole.schema:
            assert frame.get(field.name).to_arrow(field.type).equals(whole.column(field.name).take(pa.array(picked))), field.name
        picked = picked[:3]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("        correction: {due: settle}\n", "", "`due: settle` is missing"),
        ("        farewell: {due: end}\n", "", "`due: end` is missing"),
        ("min: 90, unit: days", "min: 9, unit: days", "must stay for 45 days"),
        ("undoes: spend", "undoes: spent", "is not an entry with a share"),
        ("weight: activity", "weight: tier", "`tier` of `members` is not a fixed number"),
        ("{gold: 3}", "{golden: 3}", "is never `golden`"),
        ('moves_balance: "NOT is_void"', 'moves_balance: "balance"', "is a decimal"),
        ("refill: {due: shortage}", "refill: {due: shortage, amount: 7}", "follows from the others"),
        (
            "where: has_plan, amount: 9.5",
            "where: has_plan, amount: 9.5, factors: [{column: tier, times: {gold: 2}}]",
            "`factors` has no effect",
        ),
        ("of: members\n", "of: moves\n", "depend on themselves"),
        ("kind: entry", "kind: {kind: category, weights: [spend, undo]}", "circle|nothing called|has no"),
        ("now: {kind: balance, of: moves}", "now: {kind: balance, of: partners}", "`partners` is not a panel of `members`"),
        ('moves_balance: "NOT is_void"', 'moves_balance: "amount < 3"', "must not depend on"),
    ],
)
def test_what_cannot_be_is_refused(points: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """A sentence says which key is wrong and why."""
    with pytest.raises(ConfigError, match=sentence):
        points(old, new)


def test_too_few_rows_are_refused(points: Callable[..., Plan]) -> None:
    """Where an owner would have a month without a row, the sentence gives the numbers."""
    with pytest.raises(ConfigError, match=r"3,000 rows leave [\d,]+ for 2024-0\d, too few for [\d,]+ rows of `members` then: it takes"):
        points("number: 0.15 per moves", "number: 2_000", target_rows=3_000)
    with pytest.raises(ConfigError, match="entries that are due"):
        points("number: 0.15 per moves", "number: 2_000", target_rows=300)


LARGE: dict[str, Engine] = {}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 990_000), rows=st.integers(0, 200_000), most=st.integers(2_000, 60_000))
@example(start=5_000, rows=0, most=2_000)
def test_parts_hold_every_row_once(plan_of: Callable[..., Plan], start: int, rows: int, most: int) -> None:
    """Whatever the stretch and the largest size; of large months a part holds all days of some blocks."""
    if not LARGE:
        LARGE["finance"] = Engine(plan_of("finance_oltp_large", target_rows=1_000_000).program)
    stop = min(start + rows, 1_000_000)
    parts = LARGE["finance"].table("transactions").layout.parts(start, stop, most)
    ranges = sorted(ranges for part in parts for ranges in part)
    assert [low for low, _ in ranges] == [start, *(high for _, high in ranges[:-1])]
    assert ranges[-1][1] == stop
    assert max(sum(high - low for low, high in part) for part in parts) <= most


@pytest.mark.parametrize("rows_per_file", [7_000, 25_000])
def test_parts_of_blocks_are_the_same_rows(plan_of: Callable[..., Plan], rows_per_file: int) -> None:
    """Six weeks of three blocks of accounts, written part by part and last part first, and in order of their ids."""
    plan = plan_of(
        "finance_oltp_large",
        target_rows=2_500_000,
        window=(date(2023, 3, 10), date(2023, 4, 20)),
        tables=["transactions"],
        output_settings__rows_per_file=rows_per_file,
    )
    table = plan.table("transactions")
    assert max(len(part.ranges) for part in table.parts) > 5
    engine = Engine(plan.program)
    engine.table("transactions").layout.prepare(table.parts[0].ranges)
    found = (engine.batch("transactions", *ranges) for part in reversed(table.parts) for ranges in part.ranges)
    whole = Engine(plan.program).batches("transactions", table.first_row, table.first_row + table.rows)
    assert digest_of(found, table.primary_key) == digest_of(whole, table.primary_key)


def test_rows_of_one_child_each_are_cut_like_their_parents(plan_of: Callable[..., Plan]) -> None:
    """Facts that stand on a panel's rows one to one hold all days of some blocks, too."""
    plan = plan_of("finance_star_large", target_rows=40_000_000, tables=["fact_transactions"])
    parts = plan.table("fact_transactions").parts
    assert sum(part.rows for part in parts) == 40_000_000
    assert min(len(part.ranges) for part in parts) > 20


@pytest.mark.parametrize("as_of", [date(2024, 2, 1), date(2024, 3, 20), date(2024, 3, 31)])
def test_sums_are_seen_from_other_tables(points: Callable[..., Plan], as_of: date) -> None:
    """Whatever the day, and beside members who come later."""
    calls = """  calls:
    rows: {layout: events, number: 3000}
    columns:
      call_id: key
      member_id: {kind: reference, to: members}
      sum: member_id.now
  moves:
    rows:"""
    plan = points("  moves:\n    rows:", calls, as_of=as_of, window=(date(2024, 1, 10), as_of))
    connection = tables_of(plan)
    wrong = "SELECT call_id FROM calls JOIN members USING (member_id) WHERE sum <> now"
    assert connection.execute(wrong).fetchall() == []
    assert connection.execute("SELECT count(*) FROM calls JOIN members USING (member_id)").fetchone() != (0,)


def test_a_panel_beyond_memory_is_refused(own_plan: Callable[..., Plan]) -> None:
    """The rows of all days and blocks are known before the first is written."""
    with pytest.raises(
        ConfigError, match=r"tables\.moves\.rows: a panel is worked out for at most 50,000,000,000 rows, not 1,000,000,000,000"
    ):
        own_plan(DATASET, target_rows=10**12)
