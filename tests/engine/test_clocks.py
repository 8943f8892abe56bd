"""Clocks: what would happen in closed time happens after the next opening, in the same order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.engine.clocks import Clock
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.zones import Zone
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.explain.column import column_facts
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.plan.time import calendar_program
from ingen_fab.synthetic_data.core.program.program import Clock as ClockProgram
from ingen_fab.synthetic_data.core.quality.validate import validate_output
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.dataset import CalendarUse, Dataset, Patterns, Table
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

SHOPS: Final = """
dataset_id: shops
history: {start: 2023-06-01, end: 2024-05-31}
calendar: {name: us_retail, time_zone: America/New_York}
clocks:
  shop: {hours: {mon-sat: ["09-12:30", "13-21"], sun: "11-18"}, closed: [thanksgiving, christmas]}
  carrier: {hours: {mon-sat: "08-20"}, closed: holidays, backlog: 6 hours}
driving: orders
target_rows: 20_000
tables:
  stores:
    rows: {layout: list, values: [{zone: America/New_York}, {zone: America/Phoenix}, {zone: America/Los_Angeles}]}
    columns: {store_id: key, zone: copy}
  orders:
    rows: events
    columns:
      order_id: key
      store_id: {kind: reference, to: stores}
      ordered_at: begin
      state:
        kind: lifecycle
        steps:
          placed: {}
          shipped: {after: placed, lag: {type: exponential, mean: 8, max: 60, unit: hours}}
          delivered: {after: shipped, lag: {type: exponential, mean: 30, max: 90, unit: hours}, clock: carrier, time_zone: store_id.zone}
          returned: {after: delivered, share: 0.3, lag: {type: exponential, mean: 90, max: 300, unit: hours}, clock: shop}
      shipped_at: state.shipped
      delivered_at: state.delivered
      returned_at: state.returned
      called_at: {kind: timestamp, from: ordered_at, plus: {min: 0, max: 20, unit: minutes}, clock: shop, time_zone: store_id.zone}
"""
ZONES: Final = ("America/New_York", "America/Phoenix", "America/Los_Angeles")


def rows(plan: Plan, start: int = 0, stop: int | None = None) -> list[dict[str, Any]]:
    """Orders of a plan."""
    found: list[dict[str, Any]] = Engine(plan.program).batch("orders", start, stop or plan.table("orders").rows).to_pylist()
    return found


def is_open(at: datetime, zone: str, hours: Mapping[int, Sequence[tuple[float, float]]], closed: set[tuple[int, int]]) -> bool:
    """Whether a moment lies in open time, by Python's own clocks."""
    local = at.astimezone(ZoneInfo(zone))
    hour = local.hour + local.minute / 60
    return (local.month, local.day) not in closed and any(low <= hour < high for low, high in hours.get(local.weekday(), ()))


CARRIER: Final = dict.fromkeys(range(6), ((8.0, 20.0),))
SHOP: Final = {**dict.fromkeys(range(6), ((9.0, 12.5), (13.0, 21.0))), 6: ((11.0, 18.0),)}
DAYS_OFF: Final = {(6, 19), (7, 4), (9, 4), (10, 9), (11, 10), (11, 23), (12, 25), (1, 1), (1, 15), (2, 19), (5, 27)}
"""Veterans Day of 2023, a Saturday, is kept on the Friday before."""


def test_steps_lie_in_open_time(own_plan: Callable[..., Plan]) -> None:
    """Of each row's own zone, never before the lag has passed, and no pile lies on one moment."""
    found = rows(own_plan(SHOPS))
    arrivals: Counter[datetime] = Counter()
    for row in found:
        zone = ZONES[row["store_id"] - 1]
        assert is_open(row["called_at"], zone, SHOP, {(11, 23), (12, 25)})
        assert row["called_at"] >= row["ordered_at"]
        if row["delivered_at"] is not None:
            assert is_open(row["delivered_at"], zone, CARRIER, DAYS_OFF)
            assert timedelta() <= row["delivered_at"] - row["shipped_at"] <= timedelta(hours=90 + 64)
            arrivals[row["delivered_at"]] += 1
        if row["returned_at"] is not None:
            assert is_open(row["returned_at"], ZONES[0], SHOP, {(11, 23), (12, 25)})
            assert row["returned_at"] >= row["delivered_at"]
    assert len(arrivals) > 19_000
    assert max(arrivals.values()) <= 3
    hours = Counter(at.astimezone(ZoneInfo("America/New_York")).hour for at in arrivals)
    assert hours[9] > 1.2 * hours[18] > 0


def test_nothing_but_the_row_decides(own_plan: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """Any pieces give the same rows, one row alone is the same, and a later end changes none before."""
    plan = own_plan(SHOPS, target_rows=3_000)
    assert digests(plan, 3_000) == digests(plan, 217, backwards=True)
    whole = rows(plan)
    assert rows(plan, 1_234, 1_235) == whole[1_234:1_235]
    end = date(2024, 9, 30)
    later = own_plan(SHOPS, target_rows=3_000, window=(plan.window[0], end), as_of=end)
    assert [row["called_at"] for row in rows(later)[: len(whole)]] == [row["called_at"] for row in whole]


def test_what_is_settled_stays(own_plan: Callable[..., Plan]) -> None:
    """After the days that the lifecycle asks for, its state changes no more."""
    plan = own_plan(SHOPS, target_rows=2_000)
    engine = Engine(plan.program)
    days = engine.table("orders").kernel("state").settled()
    assert days is not None
    assert 20 < days < 35
    last = engine.table("orders").layout.before(300)
    now = engine.batch("orders", 0, last, ["state", "returned_at"], as_of=300 + days)
    assert now.equals(engine.batch("orders", 0, last, ["state", "returned_at"], as_of=364))


@given(
    moments=st.lists(st.integers(1_600_000_000_000, 1_800_000_000_000), min_size=2, max_size=60),
    waits=st.integers(60_000, 86_400_000),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)
def test_order_stays(moments: list[int], waits: int, zone: str) -> None:
    """Moments never overtake each other, whatever the clocks do, and moving them again changes nothing that was open."""
    patterns = Patterns()
    table = Table.model_validate({"rows": "events", "columns": {"k": {"kind": "key"}}})
    dataset = Dataset(dataset_id="any", calendar=CalendarUse(time_zone=zone), tables={"rows": table})
    offsets = calendar_program(dataset, patterns, 1, dataset.history.end).offsets
    week = (((0, 90), (100, 1_440)), ((0, 30),), (), ((480, 1_200),), ((120, 150),), ((600, 720), (720, 800)), ((0, 1_440),))
    clock = Clock(ClockProgram(week, waits), Zone(offsets))
    before = np.sort(np.array(moments, np.int64)) * 1_000
    after = clock.moved(before)
    assert (np.diff(after) >= 0).all()
    assert (after >= before).all()
    assert int((after - before).max()) <= clock.longest()
    assert all((clock.moved(before[n : n + 1]) == after[n]).all() for n in range(0, len(before), 7))


def test_the_report_knows(own_plan: Callable[..., Plan]) -> None:
    """What waits is checked against its clock, and not against its lag; the column tells its clocks in words."""
    plan = own_plan(SHOPS, target_rows=4_000, output_settings__output_mode="parquet")
    assert run(plan).status == "COMPLETED"
    folder = plan.output.root.parent / "own"
    report = validate_output(plan.output.root, repository=DatasetConfigurationRepository([folder]))
    assert [result.sentence for result in report.failures] == []
    checked = {result.column for result in report.results if result.name == "OpenHours"}
    assert checked == {"called_at", "delivered_at", "returned_at"}
    law = dict(column_facts(plan, "orders.called_at").law)
    assert law["clock shop"].startswith("open mon-sat 09-12:30, 13-21; sun 11-18, closed on thanksgiving, christmas; what waits")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("clock: shop}", "clock: shops}", "there is no clock `shops`; did you mean `shop`?"),
        ("sun: \"11-18\"", "sun: \"11-8\"", '`11-8` is not a stretch of hours; write for example "08-20" or "09:30-18:00"'),
        ("sun: \"11-18\"", "son: \"11-18\"", "`son` is not a weekday"),
        ("sun: \"11-18\"", "mon: \"11-18\"", "two stretches of monday overlap"),
        ("closed: holidays", "closed: [xmas]", "the calendar has no holiday and no event `xmas`"),
        ("backlog: 6 hours", "backlog: 6 days", "it takes a minute to a day until all is done, not `6 days`"),
        ("time_zone: store_id.zone}\n          returned", "time_zone: store_id}\n          returned", "so it cannot tell the time zone"),
        ("zone: America/Phoenix", "zone: America/Phenix", "there is no time zone `America/Phenix`"),
        ("plus: {min: 0", "minus: {min: 0", "so it goes with `plus`, not with `minus`"),
        ("clock: shop, time_zone", "time_zone", "a `time_zone` needs a `clock` that goes by it"),
        ("  carrier: {", "  post: {hours: \"08-10\"}\n  carrier: {", "nothing goes by it; write `clock: post`, or leave it out"),
    ],
)  # fmt: skip
def test_what_is_refused(own_plan: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """With one sentence each."""
    with pytest.raises(ConfigError) as refused:
        own_plan(SHOPS, old, new)
    assert sentence in str(refused.value)


def test_open_says_whether_somebody_is_at_work(own_plan: Callable[..., Plan]) -> None:
    """By the clock of each row's time zone, or the dataset's; NULL where the moment is."""
    columns = (
        "      called_at: {kind: timestamp, from: ordered_at, plus: {min: 0, max: 20, unit: minutes}, clock: shop, "
        "time_zone: store_id.zone}\n"
        "      shop_open: {kind: open, clock: shop, time_zone: store_id.zone}\n"
        "      carrier_open: {kind: open, clock: carrier, at: ordered_at}\n"
        "      back_open: {kind: open, clock: shop, at: returned_at}\n"
    )
    text = SHOPS[: SHOPS.index("      called_at:")] + columns
    plan = own_plan(text)
    week = dict.fromkeys(range(6), ((9.0, 12.5), (13.0, 21.0))) | {6: ((11.0, 18.0),)}
    shut = {(11, 23), (12, 25)}
    found = rows(plan)
    for row in found:
        assert row["shop_open"] == is_open(row["ordered_at"], ZONES[row["store_id"] - 1], week, shut)
        assert (row["back_open"] is None) == (row["returned_at"] is None)
        assert row["back_open"] in (None, True)
    assert 0.3 < sum(row["carrier_open"] for row in found) / len(found) < 0.6
    assert rows(plan, 7_000, 7_003) == found[7_000:7_003]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("{kind: open, clock: bank}", "there is no clock `bank`"),
        ("{kind: open, clock: shop, at: store_id}", "`store_id` is a bigint, and no timestamp"),
        ("{kind: open, clock: shop, time_zone: state}", "there is no time zone `placed`"),
    ],
)
def test_open_refuses_what_it_cannot_read(own_plan: Callable[..., Plan], given: str, sentence: str) -> None:
    """With a sentence that says where."""
    with pytest.raises(ConfigError, match=sentence):
        own_plan(SHOPS + f"      open: {given}\n")
