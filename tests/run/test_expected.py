"""What a dry run tells of days is what they bring, when they are written."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.plan.make_series import as_files, make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.run.attempts import place_of
from ingen_fab.synthetic_data.core.run.expected import Brought, expected
from ingen_fab.synthetic_data.core.run.ledger import Ledger
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

Call = Callable[..., subprocess.CompletedProcess[str]]
Make = Callable[..., Series]
UPDATES = "incremental_config.updates=true"
LATE = "incremental_config.late_arrivals={share: 0.1, days: {type: exponential, mean: 1, max: 4}}"
CSV = "output_settings.output_mode=csv"
WEEKLY = "incremental_config.snapshot_frequency=weekly"


@pytest.fixture
def series(tmp_path: Path) -> Make:
    """Days of a dataset: `series("retail_oltp_small_incremental", date(2024, 3, 1), 14)`."""

    def make(dataset: str, first: date, days: int, *sets: str) -> Series:
        given = (f"output_settings.output_dir={tmp_path / 'out'}", *sets)
        return make_series(as_files(resolve_parameters(dataset, sets=given)), first, first + timedelta(days=days - 1))

    return make


def brought(series: Series) -> dict[str, dict[date, Brought]]:
    """What the days bring when they are written."""
    result = run_series(series, workers=0, datasets=())
    assert result.status == "COMPLETED", result.message
    out: dict[str, dict[date, Brought]] = {arrival.table.name: {} for arrival in series.arrivals}
    for entry in Ledger(series.plan.output.root).entries(place_of(series)):
        out[entry.table][entry.day] = Brought(entry.rows, sum(file.bytes for file in entry.files))
    return out


@pytest.mark.parametrize(
    ("dataset", "first", "sets"),
    [
        ("retail_oltp_small_incremental", date(2024, 3, 1), ()),
        ("retail_oltp_small_incremental", date(2024, 3, 1), (UPDATES, LATE, CSV, WEEKLY)),
        ("retail_star_small_incremental", date(2024, 3, 1), ()),
        ("finance_star_small_incremental", date(2023, 1, 1), ()),
    ],
)
def test_expected_days_are_those_that_come(series: Make, dataset: str, first: date, sets: tuple[str, ...]) -> None:
    """Rows exactly where they are counted, else within a third or a few; bytes within a quarter; on the days that have a table."""
    wanted = series(dataset, first, 14, *sets)
    told, found = expected(wanted, wanted.days), brought(wanted)
    assert any(table.counted for table in told.values())
    for name, table in told.items():
        real = found[name]
        assert set(table.days) == set(real)
        rows, size = sum(day.rows for day in real.values()), sum(day.bytes for day in real.values())
        if table.counted:
            assert {day: one.rows for day, one in table.days.items()} == {day: one.rows for day, one in real.items()}
        assert abs(table.rows - rows) <= max(rows / 3, 30), name
        assert abs(table.bytes - size) <= size / 4, name
    if first == wanted.origin:
        (apart,) = (day for day in found["dim_customer"] if day == wanted.origin)
        assert told["dim_customer"].days[apart].rows == found["dim_customer"][apart].rows
    if UPDATES in sets:
        assert not told["orders"].counted
        assert set(told["inventory"].days) == {date(2024, 3, 3), date(2024, 3, 10)}


@pytest.mark.slow
def test_large_tables_are_judged_by_a_part_of_their_rows(series: Make) -> None:
    """Of a million customers, most of whom are as they were yesterday."""
    wanted = series("retail_oltp_large_incremental", date(2024, 3, 1), 1, "tables=[customers]")
    (told,), (found,) = expected(wanted, wanted.days).values(), brought(wanted).values()
    (one,), (real,) = told.days.values(), found.values()
    assert real.rows > 2_000
    assert abs(one.rows - real.rows) < real.rows / 5
    assert abs(one.bytes - real.bytes) < real.bytes / 4


def test_a_dry_run_tells_days(call: Call, tmp_path: Path) -> None:
    """What is there, what is left, and rows and bytes of each table and day; it writes nothing."""
    words = ("retail_oltp_small_incremental", "-s", "2023-01-01", "-e", "2023-01-04")
    first = call("generate-series", *words, "--dry-run", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert list(tmp_path.iterdir()) == []
    lines = first.stdout.splitlines()
    assert lines[1] == "0 days there, 4 days left to write"
    (customers,) = (line for line in lines if line.startswith("  customers"))
    assert " a day; about 10," in customers
    assert customers.endswith("on 2023-01-01, with what began before")
    assert any(line.startswith("left to write: about ") for line in lines)
    done = call("generate-series", *words[:-1], "2023-01-02", "--json", cwd=tmp_path)
    wrote = json.loads(done.stdout)
    value = json.loads(call("generate-series", *words, "--dry-run", "--json", cwd=tmp_path).stdout)
    assert (value["there"], value["left"]) == (["2023-01-01", "2023-01-02"], ["2023-01-03", "2023-01-04"])
    assert (value["there_rows"], value["there_bytes"]) == (wrote["rows"], wrote["bytes"])
    orders = value["tables"]["orders"]
    assert orders["counted"]
    assert list(orders["days"]) == value["left"]
    assert orders["rows"] == sum(day["rows"] for day in orders["days"].values())
    assert all(day["bytes"] > 1_000 for day in orders["days"].values())
    again = call("generate-series", *words, "--ignore-state", "--dry-run", "--json", cwd=tmp_path)
    assert len(json.loads(again.stdout)["left"]) == 4
    one = call("generate-incremental", words[0], "-d", "2023-01-03", "--dry-run", cwd=tmp_path).stdout
    assert f"{orders['days']['2023-01-03']['rows']} rows, " in one
    assert " a day" not in one
    nothing = call("generate-incremental", words[0], "-d", "2023-01-02", "--dry-run", cwd=tmp_path).stdout
    assert "1 day there" in nothing
    assert "left to write: about" not in nothing
    tables = call("generate-series", *words, "-o", "table", "--schema", "other", "--dry-run", cwd=tmp_path)
    assert "tables under" in tables.stdout
    assert " a day" in tables.stdout
