"""Categories and booleans by a part of the row's own moment, in bands of whole numbers, and by what stands at the end of a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.validate import validate, validate_output
from ingen_fab.synthetic_data.core.run.manifest import find_manifest
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

HOURS: Final = """
dataset_id: hours
history: {start: 2023-06-01, end: 2024-05-31}
calendar: {name: us_retail, time_zone: America/Chicago}
temporal_patterns: {hourly_distribution: {"08-22": 2, default: 1}}
driving: orders
target_rows: 40_000
tables:
  members:
    rows: {number: 500, initial_share: 1.0}
    columns: {member_id: key, tier: {kind: category, weights: {gold: 30, plain: 70}}}
  orders:
    rows: events
    columns:
      order_id: key
      member_id: {kind: reference, to: members}
      ordered_at: begin
      channel:
        kind: category
        weights: {shop: 70, web: 30}
        by: {column: ordered_at.hour, values: {"0-8": {web: 1}, "22-24": {web: 1}, "19-22": {shop: 40, web: 60}}}
        factors:
          - {of: shop, column: ordered_at.holiday, times: {Christmas: 0}}
          - {of: web, column: ordered_at.weekday, times: {"6-8": 1.5}}
      parcel: {kind: category, weights: {small: 60, large: 40}, factors: [{of: large, column: member_id.tier, times: {gold: 3}}]}
      gift: {kind: boolean, rate: 0.05, by: {column: ordered_at.month, values: {"12-13": 0.4, "1-3": 0.01, default: 0.1}}}
"""


def rows(plan: Plan, start: int = 0, stop: int | None = None) -> list[dict[str, Any]]:
    """Orders of a plan."""
    found: list[dict[str, Any]] = Engine(plan.program).batch("orders", start, stop or plan.table("orders").rows).to_pylist()
    return found


def share(found: list[dict[str, Any]], column: str, value: Any, when: Callable[[Any], bool]) -> float:
    """How often a column has a value among the rows at whose local time something holds."""
    among = [row for row in found if when(row["ordered_at"].astimezone(ZoneInfo("America/Chicago")))]
    assert len(among) > 60
    return sum(row[column] == value for row in among) / len(among)


def test_the_hour_and_the_day_decide(own_plan: Callable[..., Plan]) -> None:
    """No shop sells at night and on Christmas Day; weights of a band and factors are multiplied; `default` is all other numbers."""
    found = rows(own_plan(HOURS))
    assert share(found, "channel", "web", lambda at: at.hour < 8 or at.hour >= 22) == 1
    assert share(found, "channel", "web", lambda at: (at.month, at.day) == (12, 25)) == 1
    assert share(found, "channel", "web", lambda at: 8 <= at.hour < 19 and at.weekday() < 5) == pytest.approx(0.3, abs=0.02)
    assert share(found, "channel", "web", lambda at: 8 <= at.hour < 19 and at.weekday() > 4) == pytest.approx(45 / 115, abs=0.03)
    assert share(found, "channel", "web", lambda at: 19 <= at.hour < 22 and at.weekday() < 5) == pytest.approx(0.6, abs=0.03)
    assert share(found, "gift", True, lambda at: at.month == 12) == pytest.approx(0.4, abs=0.03)
    assert share(found, "gift", True, lambda at: at.month < 3) == pytest.approx(0.01, abs=0.01)
    assert share(found, "gift", True, lambda at: 3 <= at.month < 12) == pytest.approx(0.1, abs=0.01)
    gold = {row["member_id"] for row in Engine(own_plan(HOURS).program).batch("members", 0, 500).to_pylist() if row["tier"] == "gold"}
    large = [row["parcel"] == "large" for row in found if row["member_id"] in gold]
    assert sum(large) / len(large) == pytest.approx(120 / 180, abs=0.02)


def test_nothing_but_the_row_decides(own_plan: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """Any pieces give the same rows, and one row alone is the same."""
    plan = own_plan(HOURS, target_rows=3_000)
    assert digests(plan, 3_000) == digests(plan, 217, backwards=True)
    assert rows(plan, 1_234, 1_235) == rows(plan)[1_234:1_235]


def test_the_report_knows(own_plan: Callable[..., Plan]) -> None:
    """Shares are checked hour by hour, and a column whose hours are others is found."""
    plan = own_plan(HOURS, output_settings__output_mode="parquet")
    assert run(plan).status == "COMPLETED"
    own = DatasetConfigurationRepository([plan.output.root.parent / "own"])
    report = validate_output(plan.output.root, repository=own)
    assert [result.sentence for result in report.failures] == []
    told = {result.column: result.sentence for result in report.results if result.name == "TVComplement"}
    assert told["channel"].endswith("declared shares for each ordered_at.hour and ordered_at.holiday and ordered_at.weekday")
    assert told["gift"] == "gift is true as often as declared for each ordered_at.month"
    assert told["parcel"] == "the values of parcel have their declared shares for each member_id.tier"
    text = HOURS.replace('"0-8": {web: 1}', '"0-7": {web: 1}').replace('"12-13": 0.4', '"11-13": 0.4')
    other = validate(own_plan(text, output_settings__output_mode="parquet"), find_manifest(plan.output.root))
    failed = {result.column for result in other.failures if result.name == "TVComplement"}
    assert failed == {"channel", "gift"}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"0-8"', '"0-25x"', "`ordered_at.hour` is a whole number: `0-25x` is not a band of numbers"),
        ('"0-8"', '"0-23"', "the number 22 stands in two bands"),
        ('{"6-8": 1.5}', "{default: 1.5}", 'so its values are bands such as "0-8"'),
        ("Christmas: 0", "Xmas: 0", "the calendar has no holiday `Xmas`"),
        ("column: ordered_at.weekday", "column: ordered_at.weekdy", "nothing called `weekdy` is inside"),
        ("{gold: 3}", "{silver: 3}", "`member_id.tier` is never `silver`"),
        ("weights: {shop: 70, web: 30}\n", "weights: {shop: 70, web: 30}\n        exact: true\n", "takes no `by` and no `factors`"),
        (
            "weights: {small: 60, large: 40}, factors: [{of: large, column: member_id.tier, times: {gold",
            "exact: per_1024, weights: {small: 60, large: 40}, factors: [{of: large, column: ordered_at.hour, times: {'0-3'",
            "blocks do not know it",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(own_plan: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """With one sentence each."""
    with pytest.raises(ConfigError) as refused:
        own_plan(HOURS, old, new)
    assert sentence in str(refused.value)
