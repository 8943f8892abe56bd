"""Looking before days are written: estimates are near what a run of them writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.run.estimate_days import estimate_days
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

START = date(2023, 1, 1)
SeriesOf = Callable[..., Series]


@pytest.fixture
def series_of(tmp_path: Path) -> SeriesOf:
    """Days of a dataset with settings, under the test's own folder."""

    def make(dataset_id: str, first: date, last: date, *sets: str) -> Series:
        given = (f"output_settings.output_dir={tmp_path}", "output_settings.output_mode=parquet", *sets)
        return make_series(resolve_parameters(dataset_id, sets=given), first, last)

    return make


@pytest.mark.parametrize(
    ("dataset_id", "start", "sets"),
    [
        ("retail_oltp_small_incremental", START, ("incremental_config.updates=true", "incremental_config.snapshot_frequency=weekly")),
        ("finance_oltp_small_incremental", date(2024, 11, 20), ("output_settings.output_mode=csv",)),
    ],
)
def test_an_estimate_is_near_what_is_written(series_of: SeriesOf, dataset_id: str, start: date, sets: tuple[str, ...]) -> None:
    """Rows and bytes of each table over two weeks, also with the first day of the history."""
    series = series_of(dataset_id, start, start + timedelta(days=13), *sets)
    expected = estimate_days(series, series.days, 10)
    assert expected is not None
    result = run_series(series, workers=0)
    for name, told in expected.per_table.items():
        rows = sum(day.tables.get(name, 0) for day in result.days)
        assert told.rows == pytest.approx(rows, rel=0.25, abs=40), name
    assert expected.bytes == pytest.approx(result.bytes, rel=0.2)
    assert 0 < expected.seconds < 60


def test_the_days_that_are_left_are_estimated(series_of: SeriesOf) -> None:
    """None cost nothing; half of them cost about half."""
    series = series_of("retail_oltp_small_incremental", date(2023, 3, 1), date(2023, 3, 20))
    whole, half, none = (estimate_days(series, series.days[:count], 10) for count in (20, 10, 0))
    assert whole is not None
    assert half is not None
    assert half.bytes == pytest.approx(whole.bytes / 2, rel=0.1)
    assert none is not None
    assert (none.bytes, none.seconds, {table.rows for table in none.per_table.values()}) == (0, 0.0, {0})


def test_tables_are_estimated_as_they_will_stand(series_of: SeriesOf) -> None:
    """A row that changes on ten days stands once."""
    series = series_of("retail_oltp_small_incremental", START, date(2023, 1, 10), "output_settings.output_mode=table")
    expected = estimate_days(series, series.days, 5)
    assert expected is not None
    assert expected.per_table["inventory"].rows == 2_345


def test_days_of_too_many_rows_are_not_estimated(series_of: SeriesOf) -> None:
    """Looking at one would take minutes."""
    series = series_of("retail_oltp_small_incremental", START, START, "incremental_config.rows_per_day=100000000")
    assert estimate_days(series, series.days, 1) is None
