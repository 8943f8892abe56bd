"""Days and clocks, daylight saving included."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.calendar import Calendar
from ingen_fab.synthetic_data.core.plan.time import calendar_program
from ingen_fab.synthetic_data.core.program.days import easter
from ingen_fab.synthetic_data.core.spec.calendars import load_calendar
from ingen_fab.synthetic_data.core.spec.dataset import Dataset

HOURS = {"09-12": 1.2, "12-14": 1.5, "14-17": 1.0, "17-20": 1.8, "default": 0.3}


def calendar(zone: str) -> Calendar:
    """The calendar of a dataset in a zone."""
    tables = {"events": {"rows": "events", "columns": {"id": "key"}}}
    patterns = {"hourly_distribution": HOURS}
    dataset = Dataset.model_validate({"dataset_id": "x", "tables": tables, "calendar": {"time_zone": zone}, "temporal_patterns": patterns})
    return Calendar(calendar_program(dataset, dataset.temporal_patterns, 42, date(2024, 12, 31)), 42)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Europe/Berlin", "Australia/Sydney", "Asia/Kolkata"])
def test_moments_ascend_and_stay_in_their_local_day(zone: str) -> None:
    """Positions through each of the history's days give ascending moments of that local day, changes of the clock included."""
    found = calendar(zone)
    where = ZoneInfo(zone)
    for day in range(731):
        moments = found.moments(np.full(400, day), np.arange(400) / 400)
        assert (np.diff(moments) >= 0).all()
        for moment in (moments[0], moments[-1]):
            local = datetime.fromtimestamp(int(moment) / 1e6, UTC).astimezone(where)
            assert (local.date() - date(2023, 1, 1)).days == day
    assert (found.day_of(found.moments(np.arange(731), np.full(731, 0.999))) == np.arange(731)).all()


def test_a_place_that_is_rounded_up_to_midnight_stays_in_its_day() -> None:
    """The last place of a very large day and its hash may add up to all of it, as floats."""
    found = calendar("America/New_York")
    days = np.arange(731)
    assert (found.day_of(found.moments(days, np.ones(731))) == days).all()


def test_hours_have_their_weights() -> None:
    """A band's share of the day is its weight per hour times its hours."""
    found = calendar("UTC")
    moments = found.moments(np.zeros(240_000, np.int64), np.arange(240_000) / 240_000)
    hours = np.bincount(moments // 3_600_000_000 % 24, minlength=24) / 240_000
    total = 3 * 1.2 + 2 * 1.5 + 3 * 1.0 + 3 * 1.8 + 13 * 0.3
    assert hours[10] == pytest.approx(1.2 / total, rel=0.01)
    assert hours[13] == pytest.approx(1.5 / total, rel=0.01)
    assert hours[18] == pytest.approx(1.8 / total, rel=0.01)
    assert hours[3] == pytest.approx(0.3 / total, rel=0.01)


def test_rules_give_known_days() -> None:
    """Black Friday is the day after Thanksgiving, not a fixed date; Easter is where almanacs have it."""
    shops = load_calendar("us_retail")
    start, end = date(2022, 1, 1), date(2025, 12, 31)
    assert shops.days("black_friday", start, end) == {date(2022, 11, 25), date(2023, 11, 24), date(2024, 11, 29), date(2025, 11, 28)}
    assert len(shops.days("christmas_week", start, end)) == 28
    assert [easter(year) for year in (2000, 2023, 2024, 2025, 2038)] == [
        date(2000, 4, 23),
        date(2023, 4, 9),
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2038, 4, 25),
    ]
