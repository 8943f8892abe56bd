"""Categories of which some values come only while rows of another table are there, and references to these rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

WALKS = """
dataset_id: walks
history: {start: 2024-01-01, end: 2024-12-31}
driving: visits
tables:
  campaigns:
    rows: {number: 40, initial_share: 0.1, lifetime: {min: 5, max: 40, unit: days}, some_stay: false}
    columns:
      campaign_id: key
      channel: {kind: category, weights: {mail: 60, search: 40}, exact: true}
      budget: {kind: number, distribution: {min: 20, max: 400}}
      began: begin
      ended: {kind: end, as: timestamp}
  visits:
    rows: events
    columns:
      visit_id: key
      goal:
        kind: category
        exact: per_1024
        weights: {look: 80, buy: 20}
        factors: [{of: buy, column: channel, times: {mail: 2.0, walk: 0.5}}]
      channel:
        kind: category
        weights: {mail: 30, walk: 50, search: 20}
        only_while: {to: campaigns, match: channel, weight: budget}
      campaign_id: {kind: reference, to: campaigns, match: channel, weight: budget}
      day: {kind: begin, as: date}
"""


ALIVE = "        only_while: {to: campaigns, match: channel, weight: budget}\n"


@pytest.fixture
def walks(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(WALKS, *change, **{"target_rows": 60_000, **settings})


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    mine = plan.table(table)
    found: list[dict[str, Any]] = Engine(plan.program).batch(table, mine.first_row, mine.first_row + mine.rows).to_pylist()
    return found


def budgets(campaigns: list[dict[str, Any]], day: date) -> Counter[str]:
    """What the campaigns of each channel that run on the whole of a day may cost."""
    out: Counter[str] = Counter()
    for row in campaigns:
        if row["began"].date() < day and (row["ended"] is None or row["ended"].date() > day):
            out[row["channel"]] += row["budget"]
    return out


def test_values_come_while_their_rows_are_there(walks: Callable[..., Plan]) -> None:
    """None on a day without a campaign, and then as many for each unit of the budget as on any other day."""
    plan = walks()
    campaigns, visits = rows(plan, "campaigns"), rows(plan, "visits")
    by_day: dict[date, Counter[str]] = defaultdict(Counter)
    for row in visits:
        by_day[row["day"]][row["channel"]] += 1
    found, meant = defaultdict[tuple[str, str], int](int), defaultdict[tuple[str, str], float](float)
    idle: Counter[str] = Counter()
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(366)]
    running = {day: budgets(campaigns, day) for day in days}
    for channel, weight in (("mail", 30), ("search", 20)):
        mean = sum(running[day][channel] for day in days) / len(days)
        for day in days:
            if not running[day][channel]:
                idle[channel] += 1
                assert by_day[day][channel] == 0
            high = "more" if running[day][channel] > mean else "less"
            found[channel, high] += by_day[day][channel]
            meant[channel, high] += by_day[day]["walk"] * weight / 50 * running[day][channel] / mean
        assert 10 < idle[channel] < 300
    # The visits that buy lean towards mail and those that look away from it, so the channels come as if nothing were bought.
    assert all(abs(found[key] / meant[key] - 1) < 0.06 for key in meant), (found, meant)


def test_such_a_value_always_finds_its_row(walks: Callable[..., Plan]) -> None:
    """The match looks for whole days, too; rows are found in proportion to their weights."""
    plan = walks()
    campaigns = {row["campaign_id"]: row for row in rows(plan, "campaigns")}
    found, meant = defaultdict[int, int](int), defaultdict[int, float](float)
    running = {day: budgets(list(campaigns.values()), day) for day in {row["day"] for row in rows(plan, "visits")}}
    for row in rows(plan, "visits"):
        assert (row["campaign_id"] is None) == (row["channel"] == "walk")
        if row["campaign_id"] is None:
            continue
        mine = campaigns[row["campaign_id"]]
        assert mine["channel"] == row["channel"]
        assert mine["began"].date() < row["day"]
        assert mine["ended"] is None or mine["ended"].date() > row["day"]
        found[row["campaign_id"]] += 1
        for other in campaigns.values():
            lasts = other["ended"] is None or other["ended"].date() > row["day"]
            if other["channel"] == row["channel"] and other["began"].date() < row["day"] and lasts:
                meant[other["campaign_id"]] += other["budget"] / running[row["day"]][row["channel"]]
    assert all(abs(found[key] - meant[key]) < 5 * meant[key] ** 0.5 for key in meant)


def test_an_outcome_is_as_frequent_as_declared_on_its_days(walks: Callable[..., Plan]) -> None:
    """Who comes by mail buys twice as often as who searches, and four times as often as who walks in, day by day."""
    visits: dict[tuple[date, str], int] = Counter()
    bought: dict[date, int] = Counter()
    buys: Counter[str] = Counter()
    for row in rows(walks(), "visits"):
        visits[row["day"], row["channel"]] += 1
        if row["goal"] == "buy":
            bought[row["day"]] += 1
            buys[row["channel"]] += 1
    factors = {"mail": 2.0, "search": 1.0, "walk": 0.5}
    meant: dict[str, float] = defaultdict(float)
    for day, count in bought.items():
        whole = sum(visits[day, channel] * factor for channel, factor in factors.items())
        for channel, factor in factors.items():
            meant[channel] += count * visits[day, channel] * factor / whole
    assert all(abs(buys[channel] - meant[channel]) < 5 * meant[channel] ** 0.5 for channel in factors)


def test_rows_alone_and_a_later_end_are_the_same(walks: Callable[..., Plan]) -> None:
    """Row k is row k of the whole, and half a year more changes none."""
    plan = walks()
    whole = rows(plan, "visits")
    assert preview(plan, "visits", 31_234, 100).to_pylist() == whole[31_234:31_334]
    end = date(2025, 6, 30)
    longer = walks(window=(date(2024, 1, 1), end), as_of=end)
    assert rows(longer, "visits")[:60_000] == whole


def test_without_a_weight_each_row_counts_one(walks: Callable[..., Plan]) -> None:
    """As many visits for each campaign that runs."""
    plan = walks("channel, weight: budget}\n      campaign_id", "channel}\n      campaign_id")
    campaigns, found = rows(plan, "campaigns"), Counter[tuple[bool, str]]()
    counted = [{**row, "budget": 1} for row in campaigns]
    running = {day: budgets(counted, day)["mail"] for day in {row["day"] for row in rows(plan, "visits")}}
    for row in rows(plan, "visits"):
        if running[row["day"]] in (1, 2):
            found[running[row["day"]] == 2, row["channel"]] += 1
    ratio = [found[two, "mail"] / found[two, "walk"] for two in (False, True)]
    assert abs(ratio[1] / ratio[0] - 2) < 0.2


@pytest.mark.parametrize("line", [ALIVE, ""])
def test_all_outcomes_may_have_factors(own_plan: Callable[..., Plan], line: str) -> None:
    """No outcome is left that has none, and here they change nothing; with values that need campaigns, and without."""
    text = WALKS.replace(ALIVE, line)
    old = "[{of: buy, column: channel, times: {mail: 2.0, walk: 0.5}}]"
    new = "[{of: buy, column: channel, times: {mail: 1}}, {of: look, column: channel, times: {mail: 1}}]"
    seen = Counter(row["channel"] for row in rows(own_plan(text, old, new, target_rows=3_000), "visits"))
    assert set(seen) == {"mail", "walk", "search"}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "{mail: 30, walk: 50, search: 20}",
            "{mail: 30, search: 20}",
            r"each value needs a row of `campaigns`, so that none could be drawn",
        ),
        (
            "{mail: 30, walk: 50, search: 20}",
            "{maill: 30, walk: 50}",
            r"no value needs a row of `campaigns`: its `channel` is mail, search",
        ),
        ("match: channel, weight: budget}\n      campaign", "match: budget}\n      campaign", r"`budget` of `campaigns` is none"),
        (
            "match: channel, weight: budget}\n      campaign",
            "match: channel, weight: began}\n      campaign",
            r"`began` of `campaigns` is not a fixed number",
        ),
        ("walk: 0.5", "walk: 0", r"`factors` of `goal` leave no value for `buy` on a day without a row of `campaigns`"),
        ("weights: {mail: 30,", "exact: true\n        weights: {mail: 30,", r"`only_while` and `inherit` go neither together nor with"),
        ("match: channel, weight: budget}\n      day", "weight: budget, skew: none}\n      day", r"`weight` goes with `pick: share`, with"),
    ],
)
def test_what_is_said_of_mistakes(walks: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """One sentence: what is wrong, where, and what is meant."""
    with pytest.raises(ConfigError, match=sentence):
        walks(old, new)
