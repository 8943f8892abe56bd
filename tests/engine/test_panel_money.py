"""Panels whose spending follows what comes in: rhythms, amounts that change, refusals in order, and retries."""

# ruff: noqa: E501  # a query is read as one

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.ground import laid_as
from ingen_fab.synthetic_data.core.engine.layouts.panel import Panel
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan

from .conftest import tables_of

DATASET = """
dataset_id: purses
driving: moves
history: {start: 2023-01-01, end: 2024-06-30}
calendar: {name: us_banking}
tables:
  people:
    rows: {number: 0.0025 per moves, initial_share: 0.8}
    columns: {person_id: key}
  members:
    rows: {of: people, per_owner: [{share: 1}], lifetime: {type: exponential, mean: 1500, min: 90, unit: days}}
    columns:
      member_id: key
      favourite_id: {kind: reference, to: people}
      rhythm: {kind: category, weights: {weekly: 1, fortnightly: 2, twice: 1, never: 1}}
      _pay: {kind: number, distribution: {min: 500, max: 1500}, places: 2}
      _bill: {kind: number, distribution: {min: 100, max: 300}, places: 2}
      usual: {kind: number, distribution: {type: lognormal, mean: 300, stddev: 400, min: 5, max: 4000}}
      activity: {kind: number, distribution: {min: 10, max: 30}}
      rate: {kind: category, weights: {0.00: 1, 0.02: 1, 0.06: 1}, as: "decimal(18,2)"}
      opened: {kind: balance, of: moves, at: start}
      now: {kind: balance, of: moves}
      joined_on: {kind: begin, as: date}
      left_on: {kind: end, as: date}
  cards:
    rows: {layout: renewals, of: members, count: 1, every: 3 years}
    columns:
      card_id: key
      member_id: parent
      most: {kind: category, weights: {200: 1, 400: 1}, as: bigint}
      from_on: {kind: begin, as: date}
      to_on: {kind: end, as: date}
  moves:
    rows:
      layout: panel
      of: members
      weight: activity
      typical_balance: usual
      moves_balance: "NOT is_void"
      spending: {entries: [spend], scale: [0.2, 5], saved: [0.1, 0.2], takes_rest: true}
      refused:
        funds: [spend, bill]
        limit: {entries: [spend], of: card_id, most: card_id.most, least: 200}
        retries: {share: 0.9, within: 5 minutes}
      entries:
        welcome: {due: begin, amount: 25, direction: in}
        farewell: {due: end}
        pay:
          due:
            column: rhythm
            values: {weekly: {every: 7 days, on: friday}, fortnightly: {every: 14 days, on: {friday: 1, tuesday: 1}}, twice: [15, last]}
          business_day: before
          amount: _pay
          direction: in
          raises: {every: 0.5 years, by: {min: 1.05, max: 1.1}}
        bill: {due: {2: 1, 20: 1}, amount: _bill, seasons: {1: 2, 7: 2}, scatter: 0.05}
        interest: {due: {last: 1}, accrues: rate, direction: in}
        gift: {share: 1, amount: {min: 1, max: 500}, rounds: {50: 1}, direction: in}
        spend: {share: 80, amount: {type: lognormal, mean: 20, stddev: 25, min: 0.5, max: 900}, between: [least, dearest], endings: {0.99: 0.5, 0.00: 0.2}}
        small_fee: {share: 3, amount: 1.5}
        undo: {share: 4, undoes: spend, same: [card_id]}
        refill: {due: shortage}
        rest: {due: settle}
    columns:
      move_id: key
      member_id: parent
      kind: entry
      moved_at: begin
      on_day: moved_at.date
      amount: kind.amount
      balance: kind.balance
      undone: kind.undone
      refused: kind.refused
      retried: kind.retried
      card_id: {kind: reference, to: cards, match: member_id, when: "kind IN ('spend', 'undo')"}
      other_card_id: {kind: reference, to: cards, match: {card_id: card_id}}
      left: {kind: sql, sql: "CASE WHEN kind.retried IS NULL THEN 500 ELSE 100 END"}
      shelf: {kind: category, weights: {low: 1, high: 1}}
      least: {kind: sql, sql: "CASE shelf WHEN 'low' THEN 2.5 ELSE 10 END"}
      dearest: {kind: sql, sql: "CASE shelf WHEN 'low' THEN 60 ELSE 500 END"}
      _void: {kind: boolean, rate: 0.05, when: "kind = 'spend' AND kind.retried IS NULL"}
      is_void: {kind: sql, sql: "coalesce(_void, false) OR kind.refused IS NOT NULL"}
"""

ROWS = 24_000

CHECKS = {
    "sums are those of the moves that count, in order of time": """
        SELECT move_id FROM (SELECT move_id, balance, opened + sum(CASE WHEN is_void THEN 0 ELSE amount END)
        OVER (PARTITION BY member_id ORDER BY moved_at, move_id) AS expected FROM moves JOIN members USING (member_id))
        WHERE balance <> expected""",
    "the last sum is the member's": """
        SELECT member_id FROM (SELECT member_id, arg_max(balance, (moved_at, move_id)) AS b FROM moves GROUP BY member_id)
        JOIN members USING (member_id) WHERE b <> now""",
    "no sum is below zero": "SELECT move_id FROM moves WHERE balance < 0",
    "what was refused for want of funds could not be had": "SELECT move_id FROM moves WHERE refused = 'funds' AND -amount <= balance",
    "nobody has more of a day than the limit": """
        SELECT card_id FROM moves JOIN cards USING (card_id) WHERE kind = 'spend' AND NOT is_void GROUP BY card_id, on_day HAVING sum(-amount) > any_value(most)""",
    "what was refused by the limit would have been more": """
        SELECT move_id FROM (SELECT move_id, refused, amount, most, sum(CASE WHEN is_void THEN 0 ELSE -amount END)
        OVER (PARTITION BY card_id, on_day ORDER BY moved_at, move_id) AS before FROM moves JOIN cards USING (card_id) WHERE kind = 'spend')
        WHERE refused = 'limit' AND before - amount <= most""",
    "a retry is of a refused row, the same again within five minutes": """
        SELECT r.move_id FROM moves r JOIN moves f ON f.move_id = r.retried WHERE NOT f.is_void OR f.amount <> r.amount OR f.card_id <> r.card_id
        OR f.kind <> r.kind OR f.on_day <> r.on_day OR r.moved_at < f.moved_at OR r.moved_at > f.moved_at + INTERVAL 5 MINUTE""",
    "an undo is of an earlier spending, once": """
        SELECT u.move_id FROM moves u LEFT JOIN moves s ON s.move_id = u.undone WHERE (u.kind = 'undo') <> (u.undone IS NOT NULL)
        OR u.kind = 'undo' AND (s.kind <> 'spend' OR s.is_void OR s.amount <> -u.amount OR s.moved_at > u.moved_at OR s.card_id <> u.card_id)""",
    "pay comes by the rhythm": """
        SELECT member_id FROM moves JOIN members USING (member_id) WHERE kind = 'pay' AND rhythm = 'never'""",
    "what is spent is within its bounds": """
        SELECT m.move_id FROM moves AS m LEFT JOIN moves AS f ON f.move_id = coalesce(m.retried, m.move_id)
        WHERE m.kind = 'spend' AND -m.amount NOT BETWEEN f.least AND f.dearest""",
    "interest is a twelfth of the rate on what the month began with": """
        WITH b AS (SELECT member_id, date_trunc('month', on_day) AS month, arg_max(balance, (moved_at, move_id)) AS last FROM moves GROUP BY ALL)
        SELECT m.move_id FROM moves AS m JOIN members AS a USING (member_id) LEFT JOIN b ON b.member_id = m.member_id
        AND b.month = date_trunc('month', m.on_day) - INTERVAL 1 MONTH
        WHERE kind = 'interest' AND (rate = 0 OR abs(m.amount - greatest(coalesce(last, opened) * rate / 12, 0.01)) > 0.0051)""",
    "gifts are round": "SELECT move_id FROM moves WHERE kind = 'gift' AND amount % 50 <> 0",
    "nothing happens after somebody left": "SELECT move_id FROM moves JOIN members USING (member_id) WHERE on_day > left_on",
    "in a unit and day, moves are in order of time": """
        SELECT 1 FROM (SELECT moved_at, lag(moved_at) OVER (PARTITION BY member_id ORDER BY move_id) AS b FROM moves) WHERE moved_at < b""",
}


@pytest.fixture
def purses(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(DATASET, *change, **{"target_rows": ROWS, **settings})


@pytest.mark.parametrize(("rows", "seed"), [(1_500, 42), (6_000, 7), (ROWS, 1), (ROWS, 42)])
def test_rules_hold(purses: Callable[..., Plan], rows: int, seed: int) -> None:
    """All rules of sums, refusals, retries and rhythms hold, at all sizes."""
    connection = tables_of(purses(target_rows=rows, seed=seed))
    assert {name: connection.execute(sql).fetchall() for name, sql in CHECKS.items() if connection.execute(sql).fetchall()} == {}


def test_everything_comes_up(purses: Callable[..., Plan]) -> None:
    """Both refusals, retries, rhythms, raises and seasons are in the rows, and spending takes most of what comes in."""
    connection = tables_of(purses())

    def ask(sql: str) -> float:
        return float(connection.execute(sql).fetchall()[0][0])

    assert ask("SELECT count(*) FROM moves WHERE refused = 'funds'") > 50
    assert ask("SELECT count(*) FROM moves WHERE refused = 'limit'") > 50
    assert ask("SELECT count(*) FROM moves WHERE retried IS NOT NULL") > 50
    assert ask("SELECT count(*) FROM moves WHERE kind = 'refill'") > 0
    assert ask("SELECT count(*) FROM moves WHERE kind = 'interest'") > 300
    # Every member has a month's end, and few of them have to even it.
    assert (
        ask(
            "SELECT avg(n) FROM (SELECT count(*) FILTER (kind = 'rest') / count(DISTINCT date_trunc('month', on_day)) AS n FROM moves GROUP BY member_id)"
        )
        < 0.9
    )
    assert (
        ask("SELECT count(DISTINCT isodow(on_day)) FROM moves JOIN members USING (member_id) WHERE kind = 'pay' AND rhythm = 'weekly'") <= 2
    )
    assert ask("SELECT avg(last / first) FROM (SELECT arg_min(amount, move_id) AS first, arg_max(amount, move_id) AS last FROM moves"
               " WHERE kind = 'pay' GROUP BY member_id HAVING count(*) > 24)") > 1.1  # fmt: skip
    assert ask("SELECT avg(amount) FILTER (month(on_day) IN (1, 7)) / avg(amount) FILTER (month(on_day) NOT IN (1, 7)) FROM moves"
               " WHERE kind = 'bill'") == pytest.approx(2, rel=0.15)  # fmt: skip
    assert 0.4 < ask("SELECT avg((abs(amount * 100) % 100 = 99)::INT) FROM moves WHERE kind = 'spend'") < 0.6
    assert ask("SELECT abs(sum(amount) FILTER (kind = 'rest')) / sum(amount) FILTER (kind = 'pay') FROM moves WHERE NOT is_void") < 0.6


@pytest.mark.parametrize(
    ("old", "new"), [("THEN 60 ELSE 500", "THEN 60 ELSE 99999999999999999"), ("THEN 2.5 ELSE 10", "THEN 2.5 ELSE 99999999999999999")]
)
def test_bounds_beyond_all_amounts(purses: Callable[..., Plan], old: str, new: str) -> None:
    """A most as large as numbers go is none; a least as large lets nothing be spent, as there is never so much."""
    connection = tables_of(purses(old, new, target_rows=6_000))
    told = """SELECT count(DISTINCT amount) FILTER (shelf = 'high'), count(*) FILTER (shelf = 'high' AND NOT is_void),
        count(*) FILTER (shelf = 'low' AND -amount NOT BETWEEN 2.5 AND 60) FROM moves WHERE kind = 'spend' AND retried IS NULL"""
    different, paid, beyond = connection.execute(told).fetchall()[0]
    assert beyond == 0
    if "ELSE 500" in old:
        assert different > 300
        assert paid > 500
    else:
        assert paid == 0


def test_what_has_accrued_is_kept_narrow(purses: Callable[..., Plan]) -> None:
    """Two bytes for each owner and month: there is one for each month of a history in every block that is kept."""
    engine = Engine(purses().program)
    engine.batch("moves", ROWS - 10, ROWS)
    layout = laid_as(engine.table("moves"), Panel)
    kept = layout._members.owners(0)
    assert len(kept.odd) > 2
    assert all(month.nbytes == 2 * kept.count and month.min() >= 0 and month.max() < 1_000 for month in kept.odd)
    assert any(month.any() for month in kept.odd)


def test_pieces_are_the_whole(purses: Callable[..., Plan]) -> None:
    """Rows are the same in any pieces, and backwards."""
    plan = purses()
    mine = plan.table("moves")

    def digest(chunk: int, backwards: bool = False) -> str:
        engine, end = Engine(plan.program), mine.first_row + mine.rows
        starts = list(range(mine.first_row, end, chunk))
        starts = starts[::-1] if backwards else starts
        return digest_of((engine.batch("moves", low, min(low + chunk, end)) for low in starts), mine.primary_key)

    assert digest(ROWS) == digest(997) == digest(5_000, backwards=True)


def test_a_few_rows_are_those_of_the_whole(purses: Callable[..., Plan]) -> None:
    """Of a few rows only what hangs together with them is worked out, and it is the same; who goes on asking gets all of the month."""
    plan = purses()
    engine = Engine(plan.program)
    whole = engine.batch("moves", 0, ROWS)
    fresh = Engine(plan.program)
    for start in (0, 7, ROWS // 3, ROWS // 3 + 2, ROWS // 3 + 9, ROWS // 3 + 20, ROWS - 2):
        assert fresh.batch("moves", start, start + 2).equals(whole.slice(start, 2)), start
    asked = laid_as(fresh.table("moves"), Panel).units
    assert asked.rows < laid_as(engine.table("moves"), Panel).units.rows


def test_a_later_end_changes_nothing(purses: Callable[..., Plan]) -> None:
    """More days continue the same rows, each of which is there alone as well."""
    short = purses()
    first, last = short.window
    long = purses(window=(first, last + timedelta(days=45)), as_of=last + timedelta(days=45))
    assert long.table("moves").rows > short.table("moves").rows
    for table in short.tables:
        columns = [column.name for column in table.columns if not column.as_of]
        before = Engine(short.program).batch(table.name, 0, table.rows, columns)
        assert Engine(long.program).batch(table.name, 0, table.rows, columns).equals(before), table.name
        for row in (0, table.rows // 3, table.rows - 1):
            assert Engine(long.program).batch(table.name, row, row + 1, columns).equals(before.slice(row, 1)), (table.name, row)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("every: 7 days", "every: 10 days", "whole weeks"),
        ("on: friday", "on: {}", "days need weights"),
        ("on: friday", "on: {friday: 0}", "days need weights"),
        ("on: {friday: 1, tuesday: 1}", "on: {friday: 1, tuesday: -0.5}", "days need weights"),
        ("twice: [15, last]", "twice: {15: 0}", "days need weights"),
        ("twice: [15, last]", "twice: {}", "days need weights"),
        ("twice: [15, last]", "twice: []", "needs 1 or more entries"),
        (
            "values: {weekly: {every: 7 days, on: friday}, fortnightly: {every: 14 days, on: {friday: 1, tuesday: 1}}, twice: [15, last]}",
            "values: {}",
            "needs 1 or more entries",
        ),
        ("due: {2: 1, 20: 1}", "due: {2: 1, 20: -1}", "days need weights"),
        ("due: {2: 1, 20: 1}", "due: {}", "days need weights"),
        ("weekly: {every", "daily: {every", "is never daily"),
        ("funds: [spend, bill]", "funds: [spend]", "`bill` is due and goes out"),
        ("entries: [spend], scale", "entries: [gift], scale", "does not go out"),
        ("of: card_id, most", "of: amount, most", "is not a reference"),
        ("of: card_id, most", "of: other_card_id, most", "must `match` a parent key"),
        ("of: card_id, most", "of: member_id.favourite_id, most", "must `match` a parent key"),
        ("most: card_id.most", "most: left", r"must not depend on `kind.retried`"),
        ('moves_balance: "NOT is_void"', 'moves_balance: "kind.retried IS NULL"', r"must not depend on `kind.retried`"),
        ("bill: {due", "bill: {multiply_by: left, due", "`multiply_by` has no effect"),
        ("gift: {share: 1,", "gift: {share: 1, multiply_by: left,", r"must not depend on `kind.retried`"),
        ("amount: 25, direction: in", 'amount: 25, direction: in, hours: {"09-17": 1}', "`hours` has no effect"),
        ("rest: {due: settle}", 'rest: {due: settle, hours: {"09-17": 1}}', "`hours` has no effect"),
        ("refill: {due: shortage}", 'refill: {due: shortage, hours: {"09-17": 1}}', "`hours` has no effect"),
        ("by: {min: 1.05, max: 1.1}", "by: {min: 1.05, max: 1.1, unit: days}", "a factor has no unit of time"),
        (
            "small_fee: {share: 3, amount: 1.5}",
            "small_fee: {share: 3, amount: 1.5, bursts: {rate: 0.01, rows: {min: 2, max: 4}, amount: {min: 1, max: 2, unit: days}}}",
            "have no unit of time",
        ),
        ("between: [least, dearest]", "between: [left, dearest]", r"must not depend on `kind.retried`"),
        ("between: [least, dearest]", "between: [least, shelf]", "`shelf` is not a number"),
        (
            "gift: {share: 1, amount: {min: 1, max: 500}",
            "bill_too: {due: {1: 1}, between: [least, dearest], amount: 5}\n        gift: {share: 1, amount: {min: 1, max: 500}",
            "`between` has no effect",
        ),
        ("accrues: rate, direction: in", "accrues: rate, amount: _pay, direction: in", "`accrues` has no effect"),
        ("accrues: rate, direction: in", "accrues: rate", "`accrues` has no effect"),
        ("accrues: rate, direction: in", "accrues: rate, direction: in, scatter: 0.1", "`scatter` has no effect"),
        ("accrues: rate", "accrues: rhythm", "is not a fixed number"),
        ("scale: [0.2, 5]", "scale: [2, 5]", "`scale` goes from"),
        ("by: {min: 1.05, max: 1.1}", "by: {min: 1, max: 9}", "0.5 to 2"),
        ("rounds: {50: 1}", "rounds: {50: 0.8, 10: 0.8}", "more than 1"),
    ],
)
def test_bad_values_are_refused(purses: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """One clear sentence for each."""
    with pytest.raises(ConfigError, match=sentence):
        purses(old, new)
