"""The days of the named calendars, against dates known from elsewhere."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from ingen_fab.synthetic_data.core.plan.time import calendar_program, marked
from ingen_fab.synthetic_data.core.program.days import easter
from ingen_fab.synthetic_data.core.spec.calendars import NamedCalendar, load_calendar
from ingen_fab.synthetic_data.core.spec.dataset import CalendarUse, Dataset, Patterns, Table

YEARS = range(2015, 2036)


@pytest.fixture
def us_retail() -> NamedCalendar:
    """The shipped calendar of United States retail."""
    return load_calendar("us_retail")


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("black_friday", ["2015-11-27", "2019-11-29", "2023-11-24", "2024-11-29", "2030-11-29", "2035-11-23"]),
        ("cyber_monday", ["2015-11-30", "2019-12-02", "2023-11-27", "2024-12-02", "2030-12-02", "2035-11-26"]),
    ],
)
def test_sales_fall_on_known_dates(us_retail: NamedCalendar, event: str, days: list[str]) -> None:
    """Black Friday and Cyber Monday stand where the printed calendars have them."""
    for text in days:
        day = date.fromisoformat(text)
        assert us_retail.days(event, date(day.year, 1, 1), date(day.year, 12, 31)) == {day}


@pytest.mark.parametrize("year", YEARS)
def test_events_follow_their_rules(us_retail: NamedCalendar, year: int) -> None:
    """Rules as they are written in the documentation, counted day by day."""

    def found(event: str) -> list[date]:
        return sorted(us_retail.days(event, date(year, 1, 1), date(year, 12, 31)))

    november = [date(year, 11, n) for n in range(1, 31)]
    thanksgiving = [day for day in november if day.weekday() == 3][3]
    assert found("black_friday") == [thanksgiving + timedelta(days=1)]
    assert found("cyber_monday") == [thanksgiving + timedelta(days=4)]
    assert found("christmas_week") == [date(year, 12, n) for n in range(18, 25)]
    july = [date(year, 7, n) for n in range(1, 32)]
    second_monday = [day for day in july if day.weekday() == 0][1]
    assert found("summer_sale") == [second_monday + timedelta(days=n) for n in range(7)]


def test_an_event_is_cut_at_the_window(us_retail: NamedCalendar) -> None:
    """Only days inside the window count."""
    assert us_retail.days("christmas_week", date(2024, 12, 23), date(2025, 6, 30)) == {date(2024, 12, 23), date(2024, 12, 24)}


def test_holidays_agree_with_the_holidays_package(us_retail: NamedCalendar) -> None:
    """Each federal holiday of the package `holidays` falls on the day of our rule, 2015 to 2035 (Juneteenth from 2021)."""
    holidays = pytest.importorskip("holidays", reason="the package `holidays` is not installed")
    names = {
        "new_year": "New Year's Day",
        "martin_luther_king_day": "Martin Luther King Jr. Day",
        "presidents_day": "Washington's Birthday",
        "memorial_day": "Memorial Day",
        "juneteenth": "Juneteenth National Independence Day",
        "independence_day": "Independence Day",
        "labor_day": "Labor Day",
        "columbus_day": "Columbus Day",
        "veterans_day": "Veterans Day",
        "thanksgiving": "Thanksgiving Day",
        "christmas": "Christmas Day",
    }
    for year in YEARS:
        theirs = holidays.US(years=year, observed=False)
        for ours, name in names.items():
            if ours == "juneteenth" and year < 2021:
                continue
            assert us_retail.holidays[ours].first(year) in theirs.get_named(name, lookup="icontains"), (ours, year)


def test_easter_falls_on_known_sundays() -> None:
    """Early, late and ordinary years."""
    known = ["2008-03-23", "2011-04-24", "2019-04-21", "2023-04-09", "2024-03-31", "2025-04-20", "2038-04-25"]
    assert [easter(int(day[:4])).isoformat() for day in known] == known


def test_bank_holidays_are_those_of_the_federal_reserve() -> None:
    """The federal holidays of the package `holidays`; what falls on a Sunday is kept on Monday, on a Saturday not at all."""
    holidays = pytest.importorskip("holidays")
    theirs = set()
    for year in range(2000, 2041):
        for day, name in holidays.US(years=year, observed=False).items():
            if "Inauguration" not in name:
                theirs.add(day + timedelta(days=day.weekday() == 6))
    table = Table.model_validate({"rows": "events", "columns": {"k": {"kind": "key"}}})
    dataset = Dataset(dataset_id="bank", calendar=CalendarUse(name="us_banking"), tables={"days": table})
    calendar = calendar_program(dataset, Patterns(), 42, dataset.history.end)
    marks = marked(calendar, dataset, {"holidays"}).holidays
    assert marks is not None
    ours = {date(1970, 1, 1) + timedelta(days=span[0]) for span in marks.spans()}
    years = range(2000, 2041)
    assert {day for day in ours if day.year in years} == {day for day in theirs if day.year in years}
