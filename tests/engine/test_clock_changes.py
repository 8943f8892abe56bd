"""Days on which the clocks change have as many rows as others, in order, at hours that exist."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.calendar import Calendar
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.functions import date_diff
from ingen_fab.synthetic_data.core.engine.moment_parts import PARTS
from ingen_fab.synthetic_data.core.engine.vector import Vec
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.plan.time import calendar_program
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.spec.dataset import Dataset, Patterns
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

ZONE = ZoneInfo("America/New_York")
ROWS = 200_000


@pytest.fixture
def dataset() -> Dataset:
    """The retail dataset, whose clock is New York's."""
    return DatasetConfigurationRepository().get("retail_oltp_small").dataset


@pytest.mark.parametrize("bands", [{}, {"09-12": 1.2, "17-20": 1.8, "default": 0.3}, {"02-03": 1, "default": 0}])
@pytest.mark.parametrize("day", [date(2023, 3, 12), date(2024, 3, 10), date(2023, 11, 5), date(2024, 5, 1)])
def test_moments_ascend_through_a_change_of_clocks(dataset: Dataset, bands: dict[str, float], day: date) -> None:
    """Evenly spaced positions of a day give moments that never fall, all of that local day."""
    patterns = Patterns(hourly_distribution=bands)
    calendar = Calendar(calendar_program(dataset, patterns, 1, dataset.history.end), 1)
    number = (day - dataset.history.start).days
    moments = calendar.moments(np.full(ROWS, number), np.arange(ROWS) / ROWS)
    assert (np.diff(moments) >= 0).all()
    local = [datetime.fromtimestamp(int(m) / 1e6, UTC).astimezone(ZONE) for m in moments[:: ROWS // 200]]
    assert {moment.date() for moment in local} == {day}
    assert (calendar.day_of(moments) == number).all()


@pytest.mark.parametrize("part", ["hour", "minute", "second"])
@pytest.mark.parametrize("change", [datetime(2024, 3, 10, 7, tzinfo=UTC), datetime(2024, 11, 3, 6, tzinfo=UTC)])
def test_time_goes_on_while_clocks_change(dataset: Dataset, part: str, change: datetime) -> None:
    """Differences of moments within four hours of a change are those of DuckDB, in the hour that comes twice, too."""
    calendar = Calendar(calendar_program(dataset, Patterns(), 1, dataset.history.end), 1)
    near = int(change.timestamp()) * 1_000_000 + np.arange(-240, 240, 7) * 60_234_567
    first, second = np.repeat(near, len(near)), np.tile(near, len(near))
    ours = date_diff(calendar, part, Vec(first), Vec(second), (False, False)).values
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        pairs = "SELECT unnest(?::BIGINT[]) AS a, unnest(?::BIGINT[]) AS b"
        found = connection.execute(
            f"SELECT date_diff('{part}', make_timestamptz(a), make_timestamptz(b)) FROM ({pairs})", [first.tolist(), second.tolist()]
        ).fetchall()
    assert ours.tolist() == [row[0] for row in found]


STEPS = """
dataset_id: steps
driving: steps
history: {start: 2024-01-01, end: 2024-12-31}
calendar: {name: us_retail, time_zone: ZONE}
tables:
  steps:
    rows: events
    columns:
      step_id: key
      at: begin
      again: {kind: timestamp, from: at, plus: 0 seconds}
"""


@pytest.mark.parametrize("zone", ["America/New_York", "Africa/Cairo", "Australia/Lord_Howe"])
def test_parts_of_a_day_are_those_of_its_moments(own_plan: Callable[..., Plan], zone: str) -> None:
    """Whether they are told by the day on which a row begins, or by the moment."""
    names = sorted(PARTS)
    text = STEPS.replace("ZONE", zone) + "".join(
        f"      {name}_{n}: {of}.{name}\n" for name in names for n, of in enumerate(("at", "again"))
    )
    plan = own_plan(text, target_rows=5_000)
    rows = Engine(plan.program).batch("steps", 0, 5_000)
    assert all(rows.column(f"{name}_0").equals(rows.column(f"{name}_1")) for name in names)
    assert preview(plan, "steps", 1_000, 3).to_pylist() == rows.slice(1_000, 3).to_pylist()
