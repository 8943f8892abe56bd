"""The healthcare dataset, read back from its files by DuckDB."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError, ParameterError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import CONFIGS

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


GONE = {
    "patients": ["mrn", "first_name", "last_name", "email", "phone", "street_address", "city"],
    "providers": ["npi", "first_name", "last_name", "email", "phone"],
}
"""45 CFR 164.514(b)(2)(i)(A), (B), (D), (F), (H) and (K): names, places, telephone, e-mail, numbers of records and licences."""
YEARS = {
    "patients": ["birth_date", "registered_on", "left_on", "deceased_on"],
    "providers": ["hired_on", "left_on"],
    "appointments": ["visit_date", "starts_at", "ends_at", "booked_at", "checked_in_at", "delivered_on"],
    "diagnoses": ["diagnosed_on"],
    "procedures": ["ordered_on", "performed_on"],
    "prescriptions": ["prescribed_on", "due_on", "filled_on"],
}
"""(C): dates, of which the year is left."""
STAYS = {
    "patients": ["patient_id", "sex", "age_band", "is_chronic", "language", "blood_type", "state", "payer", "plan_type", "is_active"],
    "providers": [
        "provider_id",
        "specialty_code",
        "specialty",
        "credential",
        "office_days",
        "visit_minutes",
        "room",
        "accepts_new",
        "is_active",
    ],
}
"""What is none of the eighteen; keys are numbers of these tables alone, as (c) allows. Of the other tables what is no date and no age."""
RESTRICTED = {"036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890", "893"}


def test_safe_harbor_takes_out_all_that_the_rule_names(plan_of: Callable[..., Plan]) -> None:
    """Column by column: gone, the year alone, three digits of the ZIP code, ages up to 90, or as it was."""
    open_, private = plan_of(DATASET, target_rows=3_000), plan_of(DATASET, target_rows=3_000, privacy="safe_harbor")
    year_of_birth = dict(zip(*(whole(private, "patients").column(name).to_pylist() for name in ("patient_id", "birth_date")), strict=True))
    for name in TABLES:
        before, after = whole(open_, name), whole(private, name)
        assert before.column_names == after.column_names
        for column in before.column_names:
            old, new = before.column(column).to_pylist(), after.column(column).to_pylist()
            if column in GONE.get(name, ()):
                assert set(new) == {None}, (name, column)
            elif column == "birth_date":
                for day, year in zip(old, new, strict=True):
                    age = (date(2024, 12, 31) - day).days / 365.2425
                    assert year == day.year if age < 89.99 else age < 90.01 or year is None
                assert None in new
            elif column == "onset_on":
                # The year of what set in in childhood would tell how old somebody over 89 is.
                aged = [year_of_birth[patient] is None for patient in before.column("patient_id").to_pylist()]
                assert new == [None if day is None or hidden else day.year for day, hidden in zip(old, aged, strict=True)]
                assert any(day is not None and hidden for day, hidden in zip(old, aged, strict=True))
            elif column in YEARS.get(name, ()):
                assert all((day is None) == (year is None) for day, year in zip(old, new, strict=True)), (name, column)
                assert all(abs(day.year - year) <= (name == "appointments") for day, year in zip(old, new, strict=True) if day is not None)
                assert after.schema.field(column).type == pa.int64()
            elif column == "postal_code":
                assert new == ["000" if code[:3] in RESTRICTED else code[:3] for code in old]
            elif column == "patient_age":
                assert new == [min(age, 90) for age in old]
                assert max(old) > 90
            else:
                assert name not in STAYS or column in STAYS[name], f"{name}.{column} is neither taken out nor said to stay"
                assert not pa.types.is_temporal(before.schema.field(column).type), (name, column)
                assert old == new, (name, column)


def test_places_where_few_live_are_000() -> None:
    """The rule of the population is that of the seventeen areas of the census of 2000; the dataset says of itself what it is without it."""
    told = (CONFIGS / "datasets" / "healthcare_oltp.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"'(\d{3})'", told[told.index("left(postal_code, 3) IN") : told.index("THEN '000'")])) == RESTRICTED
    assert "All are synthetic; nothing is de-identified unless" in told


def test_a_private_run_is_checked_by_what_is_left(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Checks that name what is hidden are silent; the others hold."""
    parquet = {"output_settings.output_mode": "parquet", "output_settings.output_dir": str(tmp_path / "private")}
    plan = plan_of(DATASET, target_rows=1_000, privacy="safe_harbor", **parquet)
    data = opened(plan, tmp_path / "private")
    assert data.execute("SELECT count(*) FROM appointments WHERE visit_date = 2024").fetchall() == [(1_000,)]
    report = validate(plan)
    assert report.failures == ()
    assert len(report.results) > 80
    reasons = [silent.reason for silent in report.silent]
    assert sum(reason.startswith("the privacy profile replaces ") for reason in reasons) > 5


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
