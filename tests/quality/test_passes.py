"""Correct data passes, whatever its seed, size, settings and form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.check import NO_ROWS, NO_VALUES, unasked
from ingen_fab.synthetic_data.core.quality.judges.counts import StepShare
from ingen_fab.synthetic_data.core.quality.judges.shares import BooleanRates
from ingen_fab.synthetic_data.core.quality.report import Report, Result
from ingen_fab.synthetic_data.core.quality.validate import validate, validate_output
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

MakePlan = Callable[..., Plan]
PARQUET = {"output_settings__output_mode": "parquet"}
DATASETS = [info.dataset_id for info in DatasetConfigurationRepository().list()]
SMALL = [name for name in DATASETS if not name.endswith("_large")]
LARGEST = [name for name in DATASETS if name.replace("_small", "_large") not in DATASETS or name.endswith("_large")]


def checked(plan: Plan) -> Report:
    """Runs a plan and checks what it wrote, by its manifest."""
    result = run(plan)
    assert result.status == "COMPLETED", result.message
    return validate_output(plan.output.root)


def broken(report: Report) -> list[tuple[str, str, str, object, object, object]]:
    """What failed, for the message of a test."""
    return [(r.name, f"{r.table}.{r.column}", r.sentence, r.observed, r.expected, r.limit) for r in report.failures]


@pytest.mark.parametrize("seed", [1, 7, 42])
@pytest.mark.parametrize("rows", [1, 10_000])
def test_any_seed_passes(plan_of: MakePlan, rows: int, seed: int) -> None:
    """Nothing fails, from one order to ten thousand."""
    report = checked(plan_of("retail_oltp_small", target_rows=rows, seed_value=seed, **PARQUET))
    assert broken(report) == []
    assert report.passed
    assert len(report.results) > 200 or rows == 1


@pytest.mark.parametrize("seed", [pytest.param(1, marks=pytest.mark.slow), 7, pytest.param(42, marks=pytest.mark.slow)])
@pytest.mark.parametrize("dataset_id", SMALL)
def test_any_seed_of_any_dataset_passes(plan_of: MakePlan, dataset_id: str, seed: int) -> None:
    """Each shipped dataset with a thousand rows of its driving table."""
    assert broken(checked(plan_of(dataset_id, target_rows=1_000, seed_value=seed, **PARQUET))) == []


@pytest.mark.slow
@pytest.mark.parametrize("dataset_id", SMALL)
@pytest.mark.parametrize("rows", [1, 3, 150])
def test_few_rows_pass(plan_of: MakePlan, dataset_id: str, rows: int) -> None:
    """Down to a single row of the driving table, but for accounts, which need a few rows each."""
    if rows < 150 and dataset_id.startswith("finance"):
        with pytest.raises(ConfigError, match=rf"{rows} rows .*ask for more"):
            plan_of(dataset_id, target_rows=rows)
    else:
        assert broken(checked(plan_of(dataset_id, target_rows=rows, **PARQUET))) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "seed"),
    [
        *((10_000, seed) for seed in (1, 42)),
        *(pytest.param(1_000_000, seed, marks=pytest.mark.long if seed != 7 else ()) for seed in (1, 7, 42)),
    ],
)
@pytest.mark.parametrize("dataset_id", LARGEST)
def test_any_seed_of_any_dataset_passes_at_size(plan_of: MakePlan, dataset_id: str, rows: int, seed: int) -> None:
    """Where limits are narrower, and at a million every declared rule speaks."""
    report = checked(plan_of(dataset_id, target_rows=rows, seed_value=seed, **PARQUET))
    assert broken(report) == []
    if rows == 1_000_000:
        skewed = {result.column for result in report.results if result.name == "SkewSlope"}
        assert {silent.reason for silent in report.silent if not silent.reason.startswith(("there are no ", "fewer than 60 days"))} == set()
        assert dataset_id != "retail_oltp_large" or skewed == {"customer_id"}


@pytest.mark.slow
@pytest.mark.parametrize("later", [date(2025, 2, 11), date(2026, 3, 31)])
@pytest.mark.parametrize("dataset_id", SMALL)
def test_any_dataset_passes_beyond_its_history(plan_of: MakePlan, dataset_id: str, later: date) -> None:
    """More days are as the days before them."""
    first = plan_of(dataset_id, target_rows=5_000).window[0]
    plan = plan_of(dataset_id, target_rows=5_000, window=(first, later), as_of=later, **PARQUET)
    assert broken(checked(plan)) == []


@pytest.mark.parametrize(
    ("mode", "environment"), [("parquet", "lakehouse"), ("csv", "lakehouse"), ("table", "lakehouse"), ("table", "warehouse")]
)
def test_every_form_is_read(plan_of: MakePlan, mode: str, environment: str) -> None:
    """Parquet, CSV, Delta and the warehouse, each cut into several files where it has files: the same answers."""
    settings = {"output_settings__output_mode": mode, "output_settings__target_environment": environment}
    report = checked(plan_of("retail_oltp_small", target_rows=3_000, output_settings__rows_per_file=1_000, **settings))
    assert broken(report) == []
    assert report.output == f"{mode} ({environment})"
    assert report.rows == 14_597


def test_a_delta_table_is_read_in_its_current_version(plan_of: MakePlan) -> None:
    """Files of the version before lie in the same folder."""
    assert run(plan_of("retail_oltp_small", target_rows=900)).status == "COMPLETED"
    assert broken(checked(plan_of("retail_oltp_small", target_rows=500))) == []


def test_what_has_nothing_to_look_at_is_no_pass(plan_of: MakePlan) -> None:
    """It is told with the reason; what may not be there is a pass where nothing is."""
    report = checked(plan_of("retail_oltp_small", target_rows=100, **PARQUET))
    assert broken(report) == []
    reasons = {silent.name: silent.reason for silent in report.silent if silent.name != "BusinessRule"}
    assert reasons["DayScatter"] == "fewer than 60 days have 50 rows or more: 0"
    assert all(result.rows for result in report.results if result.group == "shape")
    assert [unasked(reason).unasked for reason in (NO_ROWS, NO_VALUES)] == [NO_ROWS, NO_VALUES]
    assert {StepShare()({"rows": 0}).unasked, BooleanRates(0.5, {})({"counts": {}}).unasked} == {NO_ROWS, NO_VALUES}


def test_some_tables_alone(plan_of: MakePlan) -> None:
    """What needs a table that was not written says nothing, and why."""
    report = checked(plan_of("retail_oltp_small", target_rows=1_000, tables=["orders", "products"], **PARQUET))
    assert broken(report) == []
    reasons = {rule.sentence: rule.reason for rule in report.silent}
    assert reasons["no order before its customer registered"] == "customers was not written"
    assert not any(result.name == "ReferentialIntegrity" for result in report.results)


@pytest.mark.parametrize(
    ("window", "as_of"),
    [
        ((date(2024, 11, 1), date(2024, 12, 31)), None),
        ((date(2023, 1, 1), date(2023, 6, 30)), date(2023, 6, 30)),
        ((date(2023, 5, 1), date(2023, 6, 30)), None),
        ((date(2024, 3, 10), date(2024, 3, 10)), date(2024, 3, 10)),
        ((date(2023, 1, 1), date(2025, 2, 28)), date(2025, 3, 15)),
    ],
    ids=["the last two months", "the first half", "two months, seen much later", "a day of 23 hours", "beyond the history"],
)
def test_other_windows(plan_of: MakePlan, window: tuple[date, date], as_of: date | None) -> None:
    """State is that of `as_of`; the rules that speak of the whole history are silent."""
    report = checked(plan_of("retail_oltp_small", target_rows=20_000, window=window, as_of=as_of, **PARQUET))
    assert broken(report) == []
    assert all("whole history" in rule.reason for rule in report.silent if rule.name == "BusinessRule" and "speaks from" not in rule.reason)
    assert any(result.name == "DailyRowCount" for result in report.results)


@pytest.mark.slow
@pytest.mark.parametrize("dataset_id", SMALL)
def test_a_month_of_any_dataset_passes(plan_of: MakePlan, dataset_id: str) -> None:
    """What its rows refer to may have happened before it; what lasts is there up to `as_of`."""
    # The bank's small size has the last two months of the year.
    window = (date(2024, 11, 1), date(2024, 11, 30))
    assert broken(checked(plan_of(dataset_id, target_rows=4_000, window=window, as_of=date(2024, 12, 15), **PARQUET))) == []


@pytest.mark.parametrize(
    ("settings", "touched"),
    [
        ({"distributions.customer_age": {"type": "normal", "mean": 30, "stddev": 5, "min": 4, "max": 60}}, "customers.birth_date"),
        ({"distributions.order_amount": {"type": "lognormal", "mean": 100, "sigma": 50}}, "order_items.unit_price"),
        ({"distributions.quantity": {"type": "uniform", "min": 3, "max": 9}}, "order_items.quantity"),
        ({"temporal_patterns.weekdays": {"sunday": 0}, "temporal_patterns.yearly_growth": 0.5}, ""),
        ({"relationships": [{"parent": "customers.customer_id", "child": "order_items.bought_for"}]}, ""),
    ],
    ids=["age", "amount", "quantity", "patterns", "relationship"],
)
def test_settings_are_what_is_declared(plan_of: MakePlan, settings: dict[str, object], touched: str) -> None:
    """The checks follow a run's settings; declared rules about what they change are silent."""
    report = checked(plan_of("retail_oltp_small", target_rows=10_000, **PARQUET, **settings))
    assert broken(report) == []
    assert not touched or any(touched in rule.reason for rule in report.silent)


def test_a_plan_without_a_manifest(plan_of: MakePlan, tmp_path: Path) -> None:
    """Files in the plan's folders are enough."""
    plan = plan_of("retail_oltp_small", target_rows=500, **PARQUET)
    run(plan)
    for file in (tmp_path / "out" / ".manifests").iterdir():
        file.unlink()
    report = validate(plan)
    assert report.passed
    assert report.run_id == ""


def test_orders_without_their_settings_fail(plan_of: MakePlan) -> None:
    """Other weekdays than the plan's are found: the checks read the files, not what made them."""
    run(plan_of("retail_oltp_small", target_rows=10_000, **PARQUET, **{"temporal_patterns.weekdays": {"sunday": 0}}))
    report = validate(plan_of("retail_oltp_small", target_rows=10_000, **PARQUET))
    failed: set[str] = {result.name for result in report.failures}
    assert {"DailyRowCount", "WeekdayPattern"} <= failed
    first: Result = next(result for result in report.failures if result.name == "DailyRowCount")
    assert first.offending[0].startswith("2023-01-01: 0 instead of")
