"""Numbers that go together: `follows` of a number."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.together import normal_correlation
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

BANK = """
dataset_id: bank
history: {start: 2024-01-01, end: 2024-12-31}
driving: people
tables:
  people:
    columns:
      person_id: key
      income: {kind: number, distribution: {type: lognormal, mean: 60_000, stddev: 40_000, min: 10_000, max: 900_000}}
      rank: income.rank
      score:
        kind: number
        distribution: {type: normal, mean: 700, stddev: 70, min: 300, max: 850}
        follows: {column: income, correlation: 0.3}
      debt: {kind: number, distribution: {type: exponential, mean: 9_000}, follows: {column: score, correlation: -0.7}}
      grade: {kind: category, weights: {a: 1, b: 1}}
      share: {kind: number, distribution: {min: 0, max: 99}, follows: {column: income, correlation: 0.8}}
      perhaps: {kind: number, distribution: {min: 1, max: 9}, when: "grade = 'a'"}
      certain: {kind: number, distribution: {min: 1, max: 9}, follows: {column: perhaps, correlation: 0.9}}
  accounts:
    rows: {of: people, per_owner: [{share: 1}, {share: 0.5, after: 60 days}]}
    columns:
      account_id: key
      person_id: parent
      balance:
        kind: number
        distribution: {type: pareto, mean: 3_000, min: 500, max: 100_000}
        follows: {column: person_id.income, correlation: 0.5}
"""


def tables(plan: Plan) -> duckdb.DuckDBPyConnection:
    """A connection that holds all rows of a plan's tables."""
    connection, engine = duckdb.connect(), Engine(plan.program)
    for table in plan.tables:
        connection.register(table.name, pa.Table.from_batches([engine.batch(table.name, 0, table.rows)]))
    return connection


def ranks(connection: duckdb.DuckDBPyConnection, one: str, other: str, source: str = "people") -> float:
    """Spearman's correlation."""
    inner = f"SELECT rank() OVER (ORDER BY {one}) AS a, rank() OVER (ORDER BY {other}) AS b FROM {source}"
    return float(connection.execute(f"SELECT corr(a, b) FROM ({inner})").fetchall()[0][0])


def test_ranks_are_correlated_as_declared(own_plan: Callable[..., Plan]) -> None:
    """Of the row and of the row that it stands on; what follows one that follows goes with both."""
    connection = tables(own_plan(BANK, target_rows=30_000))
    assert ranks(connection, "income", "score") == pytest.approx(0.3, abs=0.02)
    assert ranks(connection, "score", "debt") == pytest.approx(-0.7, abs=0.02)
    assert ranks(connection, "income", "share") == pytest.approx(0.8, abs=0.02)
    assert ranks(connection, "income", "debt") == pytest.approx(-0.2, abs=0.03)
    assert ranks(connection, "income", "balance", "accounts JOIN people USING (person_id)") == pytest.approx(0.5, abs=0.02)
    assert ranks(connection, "perhaps", "certain", "(FROM people WHERE grade = 'a')") == pytest.approx(0.9, abs=0.02)


def test_distributions_stay(own_plan: Callable[..., Plan]) -> None:
    """With and without `follows` a number has the same quantiles; the rank is the share of rows below it."""
    found, alone = (
        tables(own_plan(BANK, target_rows=30_000)),
        tables(own_plan(BANK.replace("correlation: 0.8", "correlation: 0"), target_rows=30_000)),
    )
    for column in ("score", "debt", "share", "certain"):
        sql = f"SELECT quantile_cont({column}, [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]), min({column}), max({column}) FROM people"
        mine, theirs = found.execute(sql).fetchall()[0], alone.execute(sql).fetchall()[0]
        assert np.allclose(mine[0], theirs[0], rtol=0.05, atol=2), column
    low, high = found.execute("SELECT min(rank), max(rank) FROM people").fetchall()[0]
    assert (low < 20, high > 65_515) == (True, True)
    assert ranks(found, "income", "rank") == pytest.approx(1, abs=1e-6)


def test_rows_alone_are_the_same(own_plan: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """In pieces, backwards, and a row by itself."""
    plan = own_plan(BANK, target_rows=3_000)
    assert digests(plan, 777, backwards=True) == digests(plan, 10_000)
    whole = preview(plan, "accounts", 0, plan.table("accounts").rows).to_pylist()
    assert preview(plan, "accounts", 1_234, 1).to_pylist() == whole[1_234:1_235]


@pytest.mark.parametrize("wanted", [-0.95, -0.3, 0.0, 0.3, 0.95])
def test_the_correlation_of_normal_scores(wanted: float) -> None:
    """2 sin(pi r / 6), worked out without a library whose last bits differ."""
    assert normal_correlation(wanted) == pytest.approx(2 * np.sin(np.pi * wanted / 6), abs=1e-15)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("follows: {column: income, correlation: 0.3}", "follows: {column: grade, correlation: 0.3}", "`grade` is not a drawn number"),
        ("follows: {column: income, correlation: 0.3}", "follows: {column: income, correlation: 1.2}", "correlation"),
        ("follows: {column: income, correlation: 0.3}", "follows: {column: debt, correlation: 0.3}", "circle"),
    ],
)
def test_bad_words_are_told(own_plan: Callable[..., Plan], old: str, new: str, told: str) -> None:
    """What cannot be followed, how much is too much, and circles."""
    with pytest.raises(ConfigError, match=told):
        own_plan(BANK, old, new, target_rows=100)
