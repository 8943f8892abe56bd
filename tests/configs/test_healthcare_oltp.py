"""The healthcare dataset, read back from its files by DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.digest import Digest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError, ParameterError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.run.run import run

Digests = Callable[..., dict[str, str]]
Violated = Callable[[Plan, Path], dict[str, object]]

DATASET = "healthcare_oltp_small"
TABLES = ("patients", "providers", "appointments", "diagnoses", "procedures", "prescriptions")
GOLDEN = {
    "patients": "49cbe324dbb884b5f13b640ac6a5055b",
    "providers": "371ce0db545c940ef8862ebbf8d95c18",
    "appointments": "cad6c038043c4f7184c378ed5d6fe3b7",
    "diagnoses": "92fe5869c9ab2e1700e6f32324bb77f5",
    "procedures": "cbf1c3d31428ef100d15c19a8dab19a1",
    "prescriptions": "af0adb6d737c380aaa722d6ab59b2090",
}
"""Of a thousand appointments with seed 42."""


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


@pytest.mark.parametrize(("rows", "seed"), [(1, 42), (300, 7), (1_000, 1), (10_000, 42)])
def test_rules_hold_at_every_size(plan_of: Callable[..., Plan], tmp_path: Path, rows: int, seed: int, violated: Violated) -> None:
    """No check finds a violation, and the appointments are exactly as many as asked for."""
    plan = plan_of(DATASET, target_rows=rows, seed_value=seed, output_settings__output_mode="parquet")
    assert plan.table("appointments").rows == rows
    assert violated(plan, tmp_path / "out") == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 7])
def test_shapes_hold_for_other_seeds(plan_of: Callable[..., Plan], tmp_path: Path, seed: int, violated: Violated) -> None:
    """Every check holds at ten thousand appointments."""
    plan = plan_of(DATASET, seed_value=seed, output_settings__output_mode="parquet")
    assert violated(plan, tmp_path / "out") == {}


@pytest.mark.slow
def test_shapes_hold_at_a_million(plan_of: Callable[..., Plan], tmp_path: Path, violated: Violated) -> None:
    """Every check holds at a million appointments."""
    plan = plan_of(DATASET, target_rows=1_000_000, output_settings__output_mode="parquet")
    assert len(plan.checks) >= 30
    assert violated(plan, tmp_path / "out") == {}


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


def test_golden_digests(plan_of: Callable[..., Plan]) -> None:
    """A change of these digests is a change of everybody's data: a major release."""
    plan = plan_of(DATASET, target_rows=1_000)
    assert {table.name: table.digest for table in run(plan).tables} == GOLDEN


def test_chunks_and_order_do_not_matter(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """Pieces of 1,000, 777 and 65,536 rows, forwards and backwards, give equal digests."""
    plan = plan_of(DATASET, target_rows=3_000)
    expected = digests(plan, 65_536)
    assert digests(plan, 1_000) == expected
    assert digests(plan, 777, backwards=True) == expected


@pytest.mark.parametrize("table", TABLES)
def test_single_and_scattered_rows_equal_the_block(plan_of: Callable[..., Plan], table: str) -> None:
    """Row k alone, and among rows from anywhere in any order, is row k of the whole table."""
    plan = plan_of(DATASET, target_rows=2_000)
    block = whole(plan, table)
    for place in (0, block.num_rows // 2, block.num_rows - 1):
        assert preview(plan, table, place, 1).to_pylist() == block.slice(place, 1).to_pylist()
    engine = Engine(plan.program)
    rows = np.random.default_rng(5).permutation(block.num_rows)[:300]
    frame = engine.table(table).rows_frame(rows)
    schema = engine.schema(table)
    mine = pa.Table.from_arrays([frame.get(field.name).to_arrow(field.type) for field in schema], schema=schema)
    assert mine.to_pylist() == block.take(pa.array(rows)).to_pylist()


def test_single_days_are_slices(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """The days of a week, each from a plan of its own, add up to the week; state is as of one day."""
    end, start = date(2024, 12, 31), date(2024, 6, 24)
    days = [start + timedelta(days=n) for n in range(7)]
    week = plan_of(DATASET, target_rows=3_000, window=(days[0], days[-1]), as_of=end)
    names = ("appointments", "diagnoses", "procedures", "prescriptions")
    totals = {name: Digest(week.table(name).primary_key) for name in names}
    for day in days:
        plan = plan_of(DATASET, target_rows=3_000, window=(day, day), as_of=end)
        engine = Engine(plan.program)
        for name, total in totals.items():
            alone = plan.table(name)
            for batch in engine.batches(name, alone.first_row, alone.first_row + alone.rows):
                total.update(batch)
    expected = digests(week, 10_000)
    for name, total in totals.items():
        assert total.rows == week.table(name).rows > 0
        assert total.hex() == expected[name]


def test_a_later_end_changes_no_earlier_row(plan_of: Callable[..., Plan]) -> None:
    """With a window beyond the history, all columns but the as-of ones keep their values."""
    short = plan_of(DATASET, target_rows=1_000)
    later = date(2026, 3, 31)
    long = plan_of(DATASET, target_rows=1_000, window=(date(2024, 1, 1), later), as_of=later)
    for table in short.tables:
        columns = [column.name for column in table.columns if not column.as_of]
        assert long.table(table.name).rows > table.rows
        assert whole(long, table.name, columns).slice(0, table.rows).equals(whole(short, table.name, columns)), table.name
    state = {f"{table.name}.{column.name}" for table in short.tables for column in table.columns if column.as_of}
    assert state == {
        "patients.left_on", "patients.deceased_on", "patients.is_active", "providers.left_on", "providers.is_active",
        "procedures.status", "procedures.performed_on", "procedures.days_after_visit", "prescriptions.status", "prescriptions.filled_on",
    }  # fmt: skip


def test_unwritten_tables_change_nothing(plan_of: Callable[..., Plan], digests: Digests) -> None:
    """Selecting tables leaves the rows of the selected ones as they are."""
    everything = digests(plan_of(DATASET, target_rows=500), 10_000)
    for chosen in (["appointments"], ["prescriptions", "patients"], ["procedures"]):
        assert digests(plan_of(DATASET, target_rows=500, tables=chosen), 10_000) == {name: everything[name] for name in chosen}


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
    with pytest.raises(ParameterError, match="dataset `retail_oltp` has no profile `safe_harbor`; it has none"):
        plan_of("retail_oltp_small", privacy="safe_harbor")


def test_lead_times_may_be_given(plan_of: Callable[..., Plan]) -> None:
    """A law for `lead_time` changes when appointments were booked, and nothing else."""
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
    with pytest.raises(ConfigError, match=r"2024-01-06 has \d+ rows by the temporal patterns, but no seat is open"):
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
