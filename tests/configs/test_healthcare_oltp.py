"""The healthcare dataset, read back from its files by DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError, ParameterError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.run.run import run

DATASET = "healthcare_oltp_small"
TABLES = ("patients", "providers", "appointments", "diagnoses", "procedures", "prescriptions")


def whole(plan: Plan, table: str, columns: list[str] | None = None) -> pa.Table:
    """All rows of a table that a plan writes."""
    mine = plan.table(table)
    return pa.Table.from_batches([Engine(plan.program).batch(table, mine.first_row, mine.first_row + mine.rows, columns)])


def opened(plan: Plan, root: Path) -> duckdb.DuckDBPyConnection:
    """Writes a plan and opens its files."""
    result = run(plan)
    assert result.status == "COMPLETED", result.message
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name in plan.names:
        files = root / "Files" / plan.dataset_id / name / "*.parquet"
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{files}')")
    return connection


def test_small_is_small(plan_of: Callable[..., Plan]) -> None:
    """The six tables of the specification, of 8 to 25 columns, with references that point at written keys."""
    plan = plan_of(DATASET)
    assert sorted(plan.names) == sorted(TABLES)
    assert plan.table("appointments").rows == 10_000
    assert plan.rows <= 60_000
    assert all(8 <= len(table.columns) <= 25 for table in plan.tables)
    keys = {(t.name, f.column, f.parent, f.parent_column) for t in plan.tables for f in t.foreign_keys}
    assert {("diagnoses", "patient_id", "patients", "patient_id"), ("procedures", "diagnosis_id", "diagnoses", "diagnosis_id")} <= keys
    assert len(keys) == 2 + 3 * 3


def test_safe_harbor_groups_ages_over_89_and_nothing_else(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Under the profile nobody is older than 90 and nobody over 89 has a date of birth; all other cells stay."""
    open_, private = plan_of(DATASET, target_rows=3_000), plan_of(DATASET, target_rows=3_000, privacy="safe_harbor")
    for name in TABLES:
        changed = {"patients": ["birth_date"], "appointments": ["patient_age"]}.get(name, [])
        same = [column.name for column in open_.table(name).columns if column.name not in changed]
        assert whole(open_, name, same).equals(whole(private, name, same))
        assert [column.name for column in open_.table(name).columns] == [column.name for column in private.table(name).columns]
    births, hidden = (
        whole(open_, "patients", ["birth_date"]).column(0).to_pylist(),
        whole(private, "patients", ["birth_date"]).column(0).to_pylist(),
    )
    for before, after in zip(births, hidden, strict=True):
        years = (date(2024, 12, 31) - before).days / 365.2425
        assert after == before if years < 89.99 else years < 90.01 or after is None
    assert None in hidden
    assert None not in births
    ages, grouped = (
        whole(open_, "appointments", ["patient_age"]).column(0).to_pylist(),
        whole(private, "appointments", ["patient_age"]).column(0).to_pylist(),
    )
    assert grouped == [min(age, 90) for age in ages]
    assert max(ages) > 90


def test_an_unknown_profile_is_refused(plan_of: Callable[..., Plan]) -> None:
    """One sentence that names the dataset's profiles, or says that it has none."""
    with pytest.raises(ParameterError, match="has no profile `safe_harbour`; its profiles are safe_harbor; did you mean `safe_harbor`"):
        plan_of(DATASET, privacy="safe_harbour")
    with pytest.raises(ParameterError, match="dataset `retail_oltp` has no profile `safe_harbor`; there are none"):
        plan_of("retail_oltp_small", privacy="safe_harbor")


def test_lead_times_may_be_given(plan_of: Callable[..., Plan]) -> None:
    """A distribution for `lead_time` changes when appointments were booked, and nothing else."""
    plain = plan_of(DATASET, target_rows=2_000)
    sooner = plan_of(DATASET, target_rows=2_000, distributions={"lead_time": {"type": "geometric", "mean": 3, "max": 30}})
    booked = ["booked_at", "lead_days", "checked_in_at"]
    for name in TABLES:
        same = [column.name for column in plain.table(name).columns if column.name not in booked]
        assert whole(plain, name, same).equals(whole(sooner, name, same))
    days = whole(sooner, "appointments", ["lead_days"]).column(0).to_pylist()
    assert 2.5 < sum(days) / len(days) < 3.5
    assert max(days) <= 30


def test_days_may_be_given_and_hours_may_not(plan_of: Callable[..., Plan]) -> None:
    """Weekdays' factors move the visits; office hours are those of the grid, and a day without any is refused."""
    plan = plan_of(DATASET, target_rows=3_000, temporal_patterns={"weekdays": {"wednesday": 3}})
    days = [day.weekday() for day in whole(plan, "appointments", ["visit_date"]).column(0).to_pylist()]
    assert days.count(2) > 2 * days.count(1)
    with pytest.raises(ParameterError, match=r"hourly_distribution.*the rows of `appointments` keep the hours of their grid"):
        plan_of(DATASET, temporal_patterns={"hourly_distribution": {"17-20": 2}})
    with pytest.raises(ConfigError, match=r"2024-01-06 has \d+ rows by the temporal patterns, but no post is open"):
        plan_of(DATASET, temporal_patterns={"weekdays": {"saturday": 1}})


def test_billions_are_previewed(plan_of: Callable[..., Plan]) -> None:
    """The last rows at a billion appointments, with parents that can be looked up themselves."""
    plan = plan_of(DATASET, target_rows=1_000_000_000)
    visits = preview(plan, "appointments", 999_999_900, 100).to_pylist()
    assert [visit["appointment_id"] for visit in visits] == list(range(999_999_901, 1_000_000_001))
    for visit in visits[::33]:
        patient = preview(plan, "patients", visit["patient_id"] - 1, 1).to_pylist()[0]
        assert patient["payer"] == visit["payer"]
        assert patient["registered_on"] < visit["visit_date"]
