"""What is known of the days of a series, and what they will bring."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from ingen_fab.synthetic_data.core.plan.daily import daily
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.days_there import day_states
from ingen_fab.synthetic_data.core.run.events import DaysProgress, Event
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters


def series_of(root: Path, first: date, last: date, mode: str = "parquet") -> Series:
    """Days of a small shop."""
    given = (f"output_settings.output_dir={root}", f"output_settings.output_mode={mode}", "incremental_config.rows_per_day=9")
    return make_series(resolve_parameters("retail_oltp_small_incremental", sets=given), first, last)


@pytest.mark.parametrize("mode", ["parquet", "table"])
def test_days_are_published_planned_or_missing(tmp_path: Path, mode: str) -> None:
    """Also those that another range wrote."""
    assert run_series(series_of(tmp_path, date(2023, 1, 1), date(2023, 1, 3), mode)).status == "COMPLETED"
    found = day_states(series_of(tmp_path, date(2023, 1, 3), date(2023, 1, 5), mode))
    assert list(found.items()) == [
        (date(2023, 1, 1), "published"),
        (date(2023, 1, 2), "published"),
        (date(2023, 1, 3), "published"),
        (date(2023, 1, 4), "planned"),
        (date(2023, 1, 5), "planned"),
    ]
    if mode == "parquet":
        gap = day_states(series_of(tmp_path, date(2023, 1, 6), date(2023, 1, 6)))
        assert Counter(gap.values()) == {"published": 3, "missing": 2, "planned": 1}


def test_the_curve_is_what_the_files_hold(tmp_path: Path) -> None:
    """Row for row, day for day, from the first day of the history on; and events have their names."""
    series = series_of(tmp_path, date(2023, 1, 1), date(2023, 1, 9))
    assert run_series(series).status == "COMPLETED"
    told = daily(series)
    assert told.table == "orders"
    for day, rows in told.rows.items():
        file = tmp_path / "Files" / series.plan.output.schema / series.path("orders", day, 0, 1)
        assert pq.read_metadata(file).num_rows == rows
    later = daily(series_of(tmp_path / "other", date(2023, 11, 20), date(2023, 12, 31)))
    assert later.events[date(2023, 11, 24)] == ("black_friday",)
    assert sum(names == ("christmas_week",) for names in later.events.values()) == 7
    assert later.rows[date(2023, 11, 24)] == max(later.rows.values())


def test_decades_are_told_at_once(tmp_path: Path) -> None:
    """Each day of them."""
    told = daily(series_of(tmp_path, date(2023, 1, 1), date(2063, 1, 1)))
    assert len(told.rows) == (date(2063, 1, 1) - date(2023, 1, 1) + timedelta(days=1)).days
    assert min(told.rows.values()) >= 0


def test_a_cancelled_series_does_not_say_that_nothing_was_published(tmp_path: Path) -> None:
    """It says how far it came."""
    cancel = CancelToken()

    def stop(event: Event) -> None:
        if isinstance(event, DaysProgress) and event.done >= 2:
            cancel.set()

    result = run_series(series_of(tmp_path, date(2023, 1, 1), date(2023, 1, 20)), batch=1, emit=stop, cancel=cancel)
    assert result.status == "CANCELLED"
    assert result.message.startswith("cancelled; ")
    assert "nothing" not in result.message
    assert f"{len(result.days)} of 20 days are written" in result.message
