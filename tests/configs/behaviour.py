"""Batteries of figures: what people of the trade look for, each beside what it was when rows were independent draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters


class Point(NamedTuple):
    """A figure, what it was with seed 7 before, and what it must be."""

    name: str
    sql: str
    before: float
    least: float
    most: float


class Written(NamedTuple):
    """What was generated, and a connection with a view for each of its tables."""

    plan: Plan
    connection: duckdb.DuckDBPyConnection


def write(root: Path, dataset_id: str, seed: int, rows: int) -> Written:
    """Generates a dataset as parquet."""
    settings = {
        "target_rows": rows,
        "seed_value": seed,
        "output_settings.output_mode": "parquet",
        "output_settings.output_dir": str(root),
    }
    plan = make_plan(resolve_parameters(dataset_id, flags=settings))
    assert run(plan, datasets=()).status == "COMPLETED"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for table in plan.tables:
        connection.execute(f"CREATE VIEW {table.name} AS FROM read_parquet('{root}/Files/{dataset_id}/{table.name}/**/*.parquet')")
    return Written(plan, connection)


def check(written: Written, points: Sequence[Point]) -> None:
    """Each figure is within its bounds, outside of which it was."""
    found = {point.name: written.connection.execute(point.sql).fetchall()[0][0] for point in points}
    beyond = [(point.name, found[point.name]) for point in points if not point.least <= found[point.name] <= point.most]
    assert not beyond, beyond
    blind = [point.name for point in points if point.least <= point.before <= point.most]
    assert not blind, blind
