"""Entries of a panel with a sibling: two sides of a transfer between owners of one family, each of which is worked out alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan

from .conftest import tables_of

DATASET = """
dataset_id: jars
driving: moves
history: {start: 2023-01-01, end: 2024-06-30}
tables:
  people:
    rows: {number: 0.005 per moves, initial_share: 0.7}
    columns:
      person_id: key
      puts_by: {kind: boolean, rate: 0.8}
      part: {kind: number, distribution: {min: 20, max: 90}}
      _on: {kind: category, weights: {early: 1, late: 1}}
  jars:
    rows:
      of: people
      per_owner:
        - {share: 1}
        - {share: 0.75, after: {type: exponential, mean: 200, min: 1, max: 900, unit: days}}
        - {share: 0.25, after: {min: 200, max: 900, unit: days}}
      lifetime: {type: exponential, mean: 900, min: 90, unit: days}
    columns:
      jar_id: key
      person_id: parent
      number: position
      on: {kind: copy, from: person_id._on}
      _part: {kind: copy, from: person_id.part}
      is_from: {kind: sql, sql: number = 1 AND person_id.puts_by}
      is_to: {kind: sql, sql: number = 2 AND person_id.puts_by}
      _pay: {kind: sql, sql: "CASE WHEN number = 1 THEN 300 ELSE 0 END"}
      usual: {kind: number, distribution: {min: 1, max: 40}}
      activity: {kind: number, distribution: {min: 10, max: 30}}
      opened: {kind: balance, of: moves, at: start}
      now: {kind: balance, of: moves}
      from_on: {kind: begin, as: date}
      to_on: {kind: end, as: date}
  moves:
    rows:
      layout: panel
      of: jars
      weight: activity
      typical_balance: usual
      moves_balance: "refused IS NULL"
      spending: {entries: [spend], scale: [0.3, 8], saved: [0.01, 0.05]}
      refused: {funds: [spend, bill], retries: {share: 0.5, within: 5 minutes}}
      entries:
        welcome: {due: begin, amount: 10, direction: in}
        farewell: {due: end}
        pay: {due: {10: 1, 25: 1}, where: number = 1, amount: _pay, direction: in}
        bill: {due: {1: 1, 14: 1}, where: number = 1, amount: 80}
        away: {due: {column: on, values: {early: [2], late: [20]}}, where: is_from, sibling: 2, amount: _part}
        here: {due: {column: on, values: {early: [2], late: [20]}}, where: is_to, sibling: 1, amount: _part, direction: in}
        spend: {share: 80, amount: {type: lognormal, mean: 20, stddev: 25, min: 0.5, max: 200}}
        refill: {due: shortage}
        rest: {due: settle}
    columns:
      move_id: key
      jar_id: parent
      kind: entry
      moved_at: begin
      on_day: moved_at.date
      amount: kind.amount
      balance: kind.balance
      refused: kind.refused
      transfer:
        kind: sql
        sql: "CASE WHEN kind IN ('away', 'here') THEN jar_id.person_id * 1000 + date_diff('month', DATE '2020-01-01', on_day) END"
"""
ROWS = 16_000
CHECKS = {
    "each side has its other one, on its day or the next that has room": """
        SELECT transfer FROM moves JOIN jars USING (jar_id) WHERE transfer IS NOT NULL GROUP BY transfer
        HAVING count(*) <> 2 OR sum(amount) <> 0 OR max(on_day) - min(on_day) > 2 OR count(DISTINCT jar_id) < 2
        OR count(DISTINCT person_id) > 1 OR count(refused) > 0""",
    "both sides are there all month": """
        SELECT move_id FROM moves JOIN jars USING (jar_id) WHERE transfer IS NOT NULL
        AND (from_on > date_trunc('month', on_day) OR to_on < last_day(on_day))""",
    "sums are those of the moves that count, in order of time": """
        SELECT move_id FROM (SELECT move_id, balance, opened + sum(CASE WHEN refused IS NULL THEN amount ELSE 0 END)
        OVER (PARTITION BY jar_id ORDER BY moved_at, move_id) AS expected FROM moves JOIN jars USING (jar_id)) WHERE balance <> expected""",
    "the last sum is the jar's": """
        SELECT jar_id FROM (SELECT jar_id, arg_max(balance, (moved_at, move_id)) AS b FROM moves GROUP BY jar_id)
        JOIN jars USING (jar_id) WHERE b <> now""",
    "no sum is below zero": "SELECT move_id FROM moves WHERE balance < 0",
    "what was refused could not be had, but for what is kept for the other jar": """
        SELECT move_id FROM (SELECT move_id, refused, amount, balance, sum(CASE WHEN kind = 'away' THEN -amount ELSE 0 END)
        OVER (PARTITION BY jar_id, date_trunc('month', on_day) ORDER BY moved_at DESC, move_id DESC) AS kept FROM moves)
        WHERE refused IS NOT NULL AND -amount <= balance - kept""",
}


@pytest.fixture
def jars(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(DATASET, *change, **{"target_rows": ROWS, **settings})


@pytest.mark.parametrize("change", [(), ("initial_share: 0.7", "past: 12 years, yearly_growth: 0.1")], ids=["", "a long past"])
@pytest.mark.parametrize(("rows", "seed"), [(700, 7), (ROWS, 7), (ROWS, 42), (60_000, 2024)])
def test_both_sides_agree(jars: Callable[..., Plan], rows: int, seed: int, change: tuple[str, ...]) -> None:
    """To the cent, whatever else an owner's month holds."""
    connection = tables_of(jars(*change, target_rows=rows, seed_value=seed))
    for sentence, sql in CHECKS.items():
        assert connection.execute(sql).fetchall() == [], sentence
    sides, kept = connection.execute("SELECT count(transfer), count(refused) FROM moves").fetchall()[0]
    assert sides > rows // 250
    assert kept > 0


def test_pieces_and_a_later_end_change_nothing(jars: Callable[..., Plan]) -> None:
    """Rows are the same backwards in pieces, alone, and in a longer history."""
    plan = jars()
    whole = Engine(plan.program).batch("moves", 0, ROWS)
    engine = Engine(plan.program)
    for start in range(ROWS - ROWS % 997, -1, -997):
        assert engine.batch("moves", start, min(start + 997, ROWS)).equals(whole.slice(start, 997)), start
    for row in (0, ROWS // 3, ROWS - 1):
        assert Engine(plan.program).batch("moves", row, row + 1).equals(whole.slice(row, 1)), row
    first, last = plan.window
    later = jars(window=(first, last + timedelta(days=45)), as_of=last + timedelta(days=45))
    columns = [column.name for column in plan.table("moves").columns if not column.as_of]
    assert Engine(later.program).batch("moves", 0, ROWS, columns).equals(whole.select(columns))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("sibling: 2", "sibling: 4", "have 3 siblings at most"),
        ("sibling: 2", "sibling: 0", "greater than or equal to 1|at least 1|1 or more"),
        ("funds: [spend, bill]", "funds: [spend, bill, away]", "`away` is among `refused.funds`"),
        ("spend: {share: 80,", "spend: {share: 80, sibling: 1,", "`sibling` has no effect"),
    ],
)
def test_bad_values_are_refused(jars: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """One clear sentence for each."""
    with pytest.raises(ConfigError, match=sentence):
        jars(old, new)
