"""Ramps around events, curves of the hours, and days that scatter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from statistics import fmean, pstdev
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.explain.time_shape import year_curve
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.run.manifest import find_manifest
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.curves import STEPS, smooth

SHOP: Final = """
dataset_id: shop
history: {start: 2023-01-01, end: 2024-12-31}
calendar: {name: us_retail, time_zone: America/New_York}
temporal_patterns:
  hourly_distribution: {"08-12": 1.0, "12-17": 1.6, "17-21": 2.2, "21-24": 0.3, default: 0}
  seasonal_multipliers: {black_friday: 4.0, christmas_week: 2.0}
tables:
  orders: {rows: events, columns: {order_id: key, ordered_at: begin}}
"""
RAMPS: Final = SHOP.replace(
    "tables:",
    """  ramps:
    black_friday: {before: 4 days, after: 2 days}
    christmas_week: {before: 20 days, hangover: 0.5, recovery: 10 days}
tables:""",
)
CURVE: Final = SHOP.replace("tables:", "  smooth: true\ntables:")
NOISE: Final = SHOP.replace("tables:", "  noise: 0.2\ntables:")


def days(plan: Plan) -> dict[date, int]:
    """Rows of each day of the window."""
    layout, first = Engine(plan.program).table("orders").layout, plan.dataset.history.start
    many = (plan.window[1] - first).days + 1
    edges = [layout.before(number) for number in range(many + 1)]
    return {first + timedelta(days=number): edges[number + 1] - edges[number] for number in range(many)}


def test_ramps_lead_up_to_events(own_plan: Callable[..., Plan]) -> None:
    """Day by day against the dataset without them; what is drawn for people has them too."""
    settings = {"target_rows": 2_000_000}
    plain, ramped = days(own_plan(SHOP, **settings)), days(own_plan(RAMPS, **settings))
    usual = ramped[date(2024, 5, 5)] / plain[date(2024, 5, 5)]

    def factor(day: date) -> float:
        return ramped[day] / plain[day] / usual

    friday = date(2024, 11, 29)
    # Both ramps at once.
    assert factor(friday) == pytest.approx(1 + 2 / 21, abs=0.01)
    assert factor(friday + timedelta(days=1)) == pytest.approx((1 + 3 * 2 / 3) * (1 + 3 / 21), abs=0.03)
    assert factor(friday - timedelta(days=2)) == pytest.approx(1 + 3 * 0.6, abs=0.02)
    assert factor(friday - timedelta(days=4)) == pytest.approx(1 + 3 * 0.2, abs=0.02)
    assert factor(friday - timedelta(days=5)) == pytest.approx(1, abs=0.02)
    assert [factor(date(2023, 12, day)) for day in (17, 7, 18, 25)] == pytest.approx([1 + 20 / 21, 1 + 10 / 21, 1, 0.5], abs=0.02)
    assert [factor(date(2024, 1, day)) for day in (3, 4)] == pytest.approx([0.95, 1], abs=0.02)
    plan = own_plan(RAMPS)
    curve, flat = (year_curve(own_plan(text).dataset, 2024) for text in (RAMPS, SHOP))
    assert curve[333 - 1] / flat[333 - 1] == pytest.approx((1 + 3 * 0.8) * (1 + 1 / 21))
    assert curve[0] == pytest.approx(0.5 + 0.5 * 7 / 10)
    assert sum(days(plan).values()) == plan.target_rows


@given(st.lists(st.sampled_from([0.0, 0.2, 1.0, 1.6, 30.0]), min_size=24, max_size=24).filter(any))
def test_bands_keep_their_share(hours: list[float]) -> None:
    """Whatever the hours are: each band's sum stays, nothing is below 0, and what is 0 stays so."""
    curve = smooth(hours)
    begins = [hour for hour in range(24) if hours[hour] != hours[hour - 1]] or [0]
    for begin, end in zip(begins, [*begins[1:], begins[0] + 24], strict=True):
        own = [curve[step % len(curve)] for step in range(begin * STEPS, end * STEPS)]
        assert sum(own) == pytest.approx(hours[begin] * (end - begin))
        assert min(own) >= 0
        assert hours[begin] > 0 or max(own) == 0


def test_the_curve_has_no_stairs(own_plan: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """Five minutes differ little from the next five, bands keep their rows, and any pieces give the same rows."""
    found = {}
    for name, text in (("stairs", SHOP), ("curve", CURVE)):
        plan = own_plan(text, target_rows=200_000)
        moments = Engine(plan.program).batch("orders", 0, 200_000, ["ordered_at"]).column(0).cast("int64").to_numpy()
        local = Engine(plan.program).calendar.to_local(moments) // 300_000_000 % 288
        found[name] = np.bincount(local, minlength=288)
    hours = {name: counts.reshape(24, 12).sum(axis=1) for name, counts in found.items()}
    for low, high in ((0, 8), (8, 12), (12, 17), (17, 21), (21, 24)):
        assert hours["curve"][low:high].sum() == pytest.approx(hours["stairs"][low:high].sum(), rel=0.02, abs=20)
    assert found["stairs"][252] < 0.2 * found["stairs"][251]
    inside = found["curve"][100:]
    assert (np.abs(np.diff(inside)) < 0.15 * inside.max()).all()
    small = own_plan(CURVE, target_rows=3_000)
    assert digests(small, 3_000) == digests(small, 217, backwards=True)


def test_days_scatter_as_declared(own_plan: Callable[..., Plan]) -> None:
    """By a fifth, with no more rows in all, and a later end changes no day before it."""
    settings = {"target_rows": 1_000_000}
    noisy = days(own_plan(NOISE, **settings))
    usual = [rows for day, rows in noisy.items() if day.month < 11]
    assert pstdev(usual) / fmean(usual) == pytest.approx(0.2, abs=0.03)
    assert sum(noisy.values()) == 1_000_000
    end = date(2025, 6, 30)
    later = days(own_plan(NOISE, **settings, window=(date(2023, 1, 1), end), as_of=end))
    assert {day: later[day] for day in noisy} == noisy


def test_the_report_knows(own_plan: Callable[..., Plan]) -> None:
    """What is declared passes; days without ramps, hours with stairs and days without noise are found."""
    text = RAMPS.replace("  ramps:", "  smooth: true\n  noise: 0.1\n  ramps:")
    plan = own_plan(text, target_rows=150_000, output_settings__output_mode="parquet")
    assert run(plan).status == "COMPLETED"
    report = validate(plan, find_manifest(plan.output.root))
    assert [result.sentence for result in report.failures] == []
    assert any(result.sentence == "days of equal shape scatter by 10%" for result in report.results)
    for changed, name in (
        (text.replace("smooth: true", "smooth: false").replace('21-24": 0.3', '21-24": 0.9'), "HourPattern"),
        (text.replace("noise: 0.1", "noise: 0.4"), "DayScatter"),
        (text.replace("  noise: 0.1\n", ""), "DailyRowCount"),
        (text.replace("hangover: 0.5", "hangover: 1").replace("noise: 0.1", "noise: 0.05"), "DailyRowCount"),
    ):
        other = validate(own_plan(changed, target_rows=150_000, output_settings__output_mode="parquet"), find_manifest(plan.output.root))
        assert name in {result.name for result in other.failures}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("black_friday: {before", "cyber_monday: {before", "`seasonal_multipliers` has none for `cyber_monday`"),
        ("before: 4 days", "before: 4 hours", "a ramp lasts whole days, 90 at most, not `4 hours`"),
        ("before: 4 days, after: 2 days", "recovery: 2 days", "`recovery` has no effect without `hangover`"),
        ("before: 4 days, after: 2 days", "before: 0 days", "a ramp needs `before`, `after` or `hangover`"),
        ("  ramps:", "  noise: 3\n  ramps:", "temporal_patterns.noise"),
    ],
)
def test_what_is_refused(own_plan: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """With one sentence each."""
    with pytest.raises(ConfigError) as refused:
        own_plan(RAMPS, old, new)
    assert sentence in str(refused.value)
