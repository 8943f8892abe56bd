"""Rows of a list that are valid for some time are drawn as of the day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.run.manifest import find_manifest
from ingen_fab.synthetic_data.core.run.run import run

LIST: Final = """version,device,weight,valid_from,valid_to
100,phone,90,,2024-02-29
101,phone,10,2024-02-01,2024-02-29
101,phone,90,2024-03-01,
50,desk,1,2024-01-10,2024-06-30
51,desk,1,2024-07-10,
"""
GAP: Final = LIST.replace(",2024-02-29", ",2024-01-31").replace("1,2024-01-10", "1,2024-02-05").replace("2024-02-01", "2024-01-01")
VISITS: Final = """
dataset_id: visits
history: {start: 2024-01-01, end: 2024-12-31}
calendar: {time_zone: America/New_York}
tables:
  visits:
    rows: events
    columns:
      visit_id: key
      device: {kind: category, weights: {phone: 60, desk: 40}}
      started_at: begin
      ended_at: {kind: timestamp, from: started_at, plus: {min: 0, max: 90, unit: days}, nulls: 0.2}
      _browser: {kind: pool, pool: browsers, match: {device: device}, at: started_at}
      version: _browser.version_text
      device_again: _browser.device
      _later: {kind: pool, pool: browsers, match: {device: device}, at: ended_at}
      later: _later.version_text
"""


@pytest.fixture
def visits(own_plan: Callable[..., Plan], tmp_path: Path) -> Callable[..., Plan]:
    """Plans of the dataset above with a list, changed by a replacement in it or in the dataset."""

    def make(old: str = "", new: str = "", listed: str = LIST, **settings: Any) -> Plan:
        (tmp_path / "own" / "pools").mkdir(parents=True, exist_ok=True)
        text = "\n".join(
            ",".join([f"v{line.split(',')[0]}" if number else "version_text", *line.split(",")[1:]])
            for number, line in enumerate(listed.splitlines())
        )
        (tmp_path / "own" / "pools" / "browsers.csv").write_text(text + "\n")
        return own_plan(VISITS, old, new, **{"target_rows": 20_000, **settings})

    return make


def rows(plan: Plan, start: int = 0, stop: int | None = None) -> list[dict[str, Any]]:
    """Visits of a plan."""
    found: list[dict[str, Any]] = Engine(plan.program).batch("visits", start, stop or plan.table("visits").rows).to_pylist()
    return found


def day(moment: Any) -> date:
    """In New York."""
    local: date = moment.astimezone(ZoneInfo("America/New_York")).date()
    return local


def test_rows_are_of_their_day(visits: Callable[..., Plan]) -> None:
    """By weights, within those that match; where none is valid, what was last or is next; NULL where there is no moment."""
    found = rows(visits())
    phones = {
        month: Counter(row["version"] for row in found if row["device"] == "phone" and day(row["started_at"]).month == month)
        for month in range(1, 13)
    }
    assert set(phones[1]) == {"v100"}
    assert phones[2]["v101"] / phones[2].total() == pytest.approx(0.1, abs=0.04)
    assert all(set(phones[month]) == {"v101"} for month in range(4, 13))
    for row in found:
        assert row["device_again"] == row["device"]
        if row["device"] == "desk":
            # No row is valid before the tenth of January, and from the first to the ninth of July.
            assert row["version"] == ("v50" if day(row["started_at"]) < date(2024, 7, 10) else "v51")
        assert (row["later"] is None) == (row["ended_at"] is None)
        if row["later"] is not None and row["device"] == "desk" and day(row["ended_at"]) > date(2024, 7, 11):
            assert row["later"] == "v51"


def test_nothing_but_the_row_decides(visits: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """Any pieces give the same rows, one row alone is the same, and a later end changes none before."""
    plan = visits(target_rows=3_000)
    assert digests(plan, 3_000) == digests(plan, 217, backwards=True)
    whole = rows(plan)
    assert rows(plan, 1_234, 1_235) == whole[1_234:1_235]
    end = date(2025, 6, 30)
    later = visits(target_rows=3_000, window=(date(2024, 1, 1), end), as_of=end)
    assert rows(later, 0, 3_000) == whole


def test_the_report_knows(visits: Callable[..., Plan]) -> None:
    """What is declared passes, and versions from the future are found."""
    settings = {"target_rows": 3_000, "output_settings__output_mode": "parquet"}
    plan = visits(**settings)
    assert run(plan).status == "COMPLETED"
    report = validate(plan, find_manifest(plan.output.root))
    assert [result.sentence for result in report.failures] == []
    sentence = "version, device_again is valid in the list browsers on the day of started_at"
    assert sentence in {result.sentence for result in report.results}
    other = visits(listed=LIST.replace("2024-03-01", "2024-05-01").replace("90,,2024-02-29", "90,,2024-12-31"), **settings)
    assert sentence in {result.sentence for result in validate(other, find_manifest(plan.output.root)).failures}


@pytest.mark.parametrize(
    ("old", "new", "listed", "sentence"),
    [
        ("", "", GAP, "no row of the pool `browsers` is valid on 2024-02-01; the history is 2024-01-01 to 2024-12-31"),
        ("", "", LIST.replace("2024-07-10", "10.7.2024"), "`valid_from` of the pool `browsers` holds `10.7.2024`, which is no day"),
        ("", "", LIST.replace("2024-06-30", "2023-06-30"), "a row of `browsers` is valid from 2024-01-10 to 2023-06-30, which is before"),
        ("", "", LIST.replace("valid_from,valid_to", "begun,ended"), "has neither a field `valid_from` nor `valid_to`"),
        ("at: started_at", "at: device", LIST, "`device` is not a date or timestamp"),
        ("at: started_at", "at: started_at, alternate: visit_id", LIST, "`at` goes with no `alternate`"),
    ],
)  # fmt: skip
def test_what_is_refused(visits: Callable[..., Plan], old: str, new: str, listed: str, sentence: str) -> None:
    """With one sentence each."""
    with pytest.raises(ConfigError) as refused:
        visits(old, new, listed)
    assert sentence in str(refused.value)
