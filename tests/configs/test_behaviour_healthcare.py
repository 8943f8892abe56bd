"""What people of the trade look for in the clinics' data: one figure a point, beside the figure of version 1, whose rows were independent
draws."""

# ruff: noqa: E501  # a query is read as one

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow


class Point(NamedTuple):
    """A figure, what it was with seed 7 before, and what it must be."""

    name: str
    sql: str
    before: float
    least: float
    most: float


GAPS = (
    "WITH g AS (SELECT *, lead(visit_date) OVER w - visit_date AS days, lag(status) OVER w AS earlier FROM appointments"
    " WINDOW w AS (PARTITION BY patient_id, provider_id ORDER BY visit_date)) "
)
CARE = [
    Point("variance by mean of a patient's visits",
          "SELECT var_samp(n) / avg(n) FROM (SELECT count(appointment_id) AS n FROM patients LEFT JOIN appointments USING (patient_id)"
          " WHERE registered_on < '2024-01-01' AND left_on IS NULL GROUP BY patient_id)", 1.1, 3, 7),
    Point("percent of patients with ten visits or more",
          "SELECT 100 * avg((n > 9)::INT) FROM (SELECT count(appointment_id) AS n FROM patients LEFT JOIN appointments USING (patient_id)"
          " WHERE registered_on < '2024-01-01' AND left_on IS NULL GROUP BY patient_id)", 0, 4, 15),
    Point("percent of visits after which the patient is back within four weeks", GAPS + "SELECT 100 * avg((coalesce(days, 999) <= 28)::INT) FROM g", 0, 25, 60),
    Point("the same of cancelled visits, in that of completed ones",
          GAPS + "SELECT avg((coalesce(days, 999) <= 28)::INT) FILTER (status = 'cancelled')"
          " / avg((coalesce(days, 999) <= 28)::INT) FILTER (status = 'completed') FROM g", 1.0, 1.6, 3),
    Point("missed visits after a missed one, in those after others",
          GAPS + "SELECT avg((status = 'no_show')::INT) FILTER (earlier = 'no_show') / avg((status = 'no_show')::INT) FILTER (earlier <> 'no_show')"
          " FROM g", 0.98, 1.25, 2.5),
]  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], duckdb.DuckDBPyConnection]:
    """60,000 appointments with a seed, written once, with a view for each table."""
    made: dict[int, duckdb.DuckDBPyConnection] = {}

    def make(seed: int) -> duckdb.DuckDBPyConnection:
        if seed not in made:
            root = Path(tmp_path_factory.mktemp("behaviour"))
            settings = {
                "target_rows": 60_000,
                "seed_value": seed,
                "output_settings.output_mode": "parquet",
                "output_settings.output_dir": str(root),
            }
            plan = make_plan(resolve_parameters("healthcare_oltp_small", flags=settings))
            assert run(plan, datasets=()).status == "COMPLETED"
            connection = made[seed] = duckdb.connect()
            connection.execute("SET TimeZone = 'UTC'")
            for table in plan.tables:
                connection.execute(
                    f"CREATE VIEW {table.name} AS FROM read_parquet('{root}/Files/{plan.dataset_id}/{table.name}/**/*.parquet')"
                )
        return made[seed]

    return make


@pytest.mark.parametrize("seed", [1, 7, 42])
@pytest.mark.parametrize("points", [CARE], ids=["care"])
def test_rows_depend_on_each_other(written: Callable[[int], duckdb.DuckDBPyConnection], points: list[Point], seed: int) -> None:
    """Each figure is within its bounds, outside of which it was."""
    connection = written(seed)
    found = {point.name: connection.execute(point.sql).fetchall()[0][0] for point in points}
    assert [(point.name, found[point.name]) for point in points if not point.least <= found[point.name] <= point.most] == []
    assert [point.name for point in points if point.least <= point.before <= point.most] == []
