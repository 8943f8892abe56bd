"""Calendars as tables, references to them by time, and the parts of moments."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

SHOP = """
dataset_id: shop
history: {start: 2012-03-10, end: 2024-11-05}
calendar: {name: us_retail, time_zone: America/New_York, fiscal: 4-5-4, fiscal_start: february}
tables:
  dim_date:
    rows: {layout: calendar, years_ahead: 1}
    columns:
      date_key: {kind: key, format: "%Y%m%d"}
      date: copy
      month_name: copy
      day_of_year: copy
      is_month_end: copy
      season: copy
      is_holiday: copy
      holiday: copy
      event: copy
      is_business_day: copy
      next_business_day: copy
      iso_year: copy
      month_end: copy
      business_day_of_month: copy
      after_year: next_business_day.year
      fiscal_year: copy
      fiscal_quarter: copy
      fiscal_month: copy
      fiscal_week: copy
  dim_time:
    rows: {layout: calendar, step: minute}
    columns: {time_key: {kind: key, format: "%H%M"}, hour: copy, minute: copy, day_part: copy}
  people:
    rows: {number: 300, initial_share: 0.9}
    columns:
      person_id: key
      joined: begin
      joined_key: {kind: reference, to: dim_date, nulls: 0.1}
  sales:
    rows: events
    columns:
      sale_id: key
      at: begin
      date_key: {kind: reference, to: dim_date}
      time_key: {kind: reference, to: dim_time}
      due: {kind: date, from: at, plus: {min: 1, max: 90, unit: days}, nulls: 0.2}
      due_key: {kind: reference, to: dim_date, at: due}
      fiscal_week: date_key.fiscal_week
      same_week: at.fiscal_week
      day_part: at.day_part
      holiday: due.holiday
      through: due_key.holiday
"""


@pytest.fixture
def shop(own_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plans of the dataset above, changed by a replacement."""
    return lambda *change, **settings: own_plan(SHOP, *change, **{"target_rows": 2_000, **settings})


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    return preview(plan, table, 0, plan.table(table).rows).to_pylist()


def test_whole_years_and_one_ahead(shop: Callable[..., Plan]) -> None:
    """From January of the first year to December of the year after the last; keys are the digits of the day."""
    days = rows(shop(), "dim_date")
    assert [row["date"] for row in days] == [date(2012, 1, 1) + timedelta(days=n) for n in range(len(days))]
    assert days[-1]["date"] == date(2025, 12, 31)
    assert all(row["date_key"] == int(row["date"].strftime("%Y%m%d")) for row in days)


@pytest.mark.parametrize(("fiscal", "lengths"), [("fiscal: 4-5-4, fiscal_start: february", {364, 371}), ("fiscal_start: july", {365, 366})])
def test_whole_fiscal_years(own_plan: Callable[..., Plan], fiscal: str, lengths: set[int]) -> None:
    """From the begin of the one that January lies in to the end of the one that December lies in; each day is as it was."""
    plain = SHOP.replace("fiscal: 4-5-4, fiscal_start: february", fiscal)
    known = {row["date"]: row for row in rows(own_plan(plain, target_rows=2_000), "dim_date")}
    days = rows(own_plan(plain, "years_ahead: 1", "whole_fiscal_years: true", target_rows=2_000), "dim_date")
    counts = Counter(row["fiscal_year"] for row in days)
    assert set(counts) == set(range(2011, 2025))
    assert set(counts.values()) <= lengths
    assert [row["date"] for row in days] == [days[0]["date"] + timedelta(days=n) for n in range(len(days))]
    assert days[0]["date"] <= date(2012, 1, 1) <= date(2024, 12, 31) <= days[-1]["date"]
    assert all(known[row["date"]] == row for row in days if row["date"].year >= 2012)


def test_a_later_end_adds_days(shop: Callable[..., Plan]) -> None:
    """A window that goes on to 2026 needs 2027; nothing else changes."""
    day = date(2026, 2, 1)
    early, late = rows(shop(), "dim_date"), rows(shop(window=(date(2026, 1, 1), day), as_of=day), "dim_date")
    assert late[-1]["date"] == date(2027, 12, 31)
    assert late[: len(early)] == early


def test_civil_parts(shop: Callable[..., Plan]) -> None:
    """Against Python's calendar."""
    for row in rows(shop(), "dim_date"):
        day = row["date"]
        assert row["month_name"] == day.strftime("%B")
        assert row["day_of_year"] == day.timetuple().tm_yday
        assert row["is_month_end"] == ((day + timedelta(days=1)).day == 1)
        assert row["iso_year"] == day.isocalendar().year
        assert row["month_end"] == (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        assert row["season"] == ("winter", "spring", "summer", "autumn")[day.month % 12 // 3]
        following = day + timedelta(days=1)
        while following.weekday() > 4 or (following - date(2012, 1, 1)).days < 0:
            following += timedelta(days=1)
        assert row["next_business_day"] >= following
        assert row["after_year"] == row["next_business_day"].year


def test_holidays_and_business_days(shop: Callable[..., Plan]) -> None:
    """Named on their day, empty on others; business days are the weekdays that are none, the next one is the next of them."""
    days = rows(shop(), "dim_date")
    names = {row["date"]: row["holiday"] for row in days}
    assert names[date(2023, 11, 23)] == "Thanksgiving"
    assert names[date(2024, 12, 25)] == "Christmas"
    assert names[date(2024, 12, 24)] is None
    assert {row["event"] for row in days} >= {None, "black_friday", "christmas_week"}
    assert next(row for row in days if row["date"] == date(2024, 11, 29))["event"] == "black_friday"
    business = [row["date"] for row in days if row["is_business_day"]]
    assert business == [row["date"] for row in days if row["date"].weekday() < 5 and row["holiday"] is None]
    within: Counter[date] = Counter()
    for row in days:
        within[row["date"].replace(day=1)] += row["is_business_day"]
        assert row["business_day_of_month"] == (within[row["date"].replace(day=1)] if row["is_business_day"] else None)
    assert all(row["is_holiday"] == (row["holiday"] is not None) for row in days)
    ahead = iter(business)
    here = next(ahead)
    for row in days[:-5]:
        while here <= row["date"]:
            here = next(ahead)
        assert row["next_business_day"] == here


def test_the_retail_calendar_is_that_of_the_trade(shop: Callable[..., Plan]) -> None:
    """Years of 53 weeks are those that the National Retail Federation names; 2023 ran from 29 January 2023 to 3 February 2024."""
    days = rows(shop(), "dim_date")
    weeks: dict[int, set[int]] = {}
    for row in days:
        weeks.setdefault(row["fiscal_year"], set()).add(row["fiscal_week"])
    assert {year for year, found in weeks.items() if len(found) == 53} == {2012, 2017, 2023}
    year = [row for row in days if row["fiscal_year"] == 2023]
    assert (year[0]["date"], year[-1]["date"]) == (date(2023, 1, 29), date(2024, 2, 3))
    assert [sum(row["fiscal_month"] == month for row in year) // 7 for month in range(1, 13)] == [4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 5]
    assert all(row["fiscal_quarter"] == (row["fiscal_month"] + 2) // 3 for row in days)
    assert all((row["date"].weekday() == 6) == (row["fiscal_week"] != before["fiscal_week"]) for before, row in itertools.pairwise(days))


def test_a_plain_fiscal_year_is_of_months(shop: Callable[..., Plan]) -> None:
    """From the first of its month, called after the year in which it begins."""
    for row in rows(shop("fiscal: 4-5-4, fiscal_start: february", "fiscal_start: july"), "dim_date"):
        day = row["date"]
        assert row["fiscal_year"] == day.year - (day.month < 7)
        assert row["fiscal_month"] == (day.month - 7) % 12 + 1
        assert row["fiscal_week"] == (day - date(row["fiscal_year"], 7, 1)).days // 7 + 1


def test_the_minutes_of_a_day(shop: Callable[..., Plan]) -> None:
    """1,440 rows; parts of the day start at 6, 11, 14, 18 and 22 o'clock."""
    minutes = rows(shop(), "dim_time")
    assert [row["time_key"] for row in minutes] == [hour * 100 + minute for hour in range(24) for minute in range(60)]
    begins = [row["hour"] for before, row in itertools.pairwise(minutes) if before["day_part"] != row["day_part"]]
    assert begins == [6, 11, 14, 18, 22]


def test_references_by_time(shop: Callable[..., Plan]) -> None:
    """The local day and minute of the begin, or of another moment; what began before the calendar is NULL."""
    plan = shop()
    names = {row["date"]: row["holiday"] for row in rows(plan, "dim_date")}
    for row in rows(plan, "sales"):
        local = row["at"].astimezone(ZoneInfo("America/New_York"))
        assert (row["date_key"], row["time_key"]) == (int(f"{local:%Y%m%d}"), int(f"{local:%H%M}"))
        assert row["fiscal_week"] == row["same_week"]
        assert (
            row["day_part"]
            == ("night", "morning", "noon", "afternoon", "evening", "night")[sum(local.hour >= h for h in (6, 11, 14, 18, 22))]
        )
        assert row["due_key"] == (row["due"] and int(f"{row['due']:%Y%m%d}"))
        assert row["through"] == row["holiday"] == (row["due"] and names[row["due"]])
    people = rows(plan, "people")
    assert {row["joined"] < datetime(2012, 1, 1, 5, tzinfo=ZoneInfo("UTC")) for row in people if row["joined_key"] is None} == {True, False}
    assert {
        int(f"{row['joined'].astimezone(ZoneInfo('America/New_York')):%Y%m%d}") - row["joined_key"] for row in people if row["joined_key"]
    } == {0}


def test_single_rows_equal_the_block(shop: Callable[..., Plan]) -> None:
    """A row previewed alone is the row of the block."""
    plan = shop()
    for table in ("dim_date", "sales"):
        block = rows(plan, table)
        assert [preview(plan, table, n, 1).to_pylist()[0] for n in range(0, len(block), 211)] == block[::211]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("season: copy", "saeson: copy", "a calendar of days has no `saeson`; did you mean `season`"),
        ("hour: copy, minute: copy", "hour: copy, year: copy", "a calendar of minutes has no `year`"),
        ('"%H%M"', '"%H"', r"`%H` does not tell the minutes apart; write `%H%M`"),
        ("sale_id: key", 'sale_id: {kind: key, format: "%Y"}', "only the key of a calendar takes a `format`"),
        ("step: minute}", "step: minute, years_ahead: 1}", "no effect on the minutes of a day"),
        ("years_ahead: 1", "start: 2013-01-01", "2013-01-01 lies after the first day of the history, 2012-03-10"),
        ("name: us_retail, ", "", "`is_holiday` needs a calendar with holidays"),
        ("at: due}", "at: due, orphans: 0.1}", "have no effect on a reference to the calendar `dim_date`"),
        ("fiscal: 4-5-4", "fiscal: 4-4-4", "fiscal"),
    ],
)
def test_what_is_said_of_mistakes(shop: Callable[..., Plan], old: str, new: str, sentence: str) -> None:
    """One sentence each."""
    with pytest.raises(ConfigError, match=sentence):
        shop(old, new)
