"""The audits of versions, on rows made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import duckdb
import pytest
from ingen_fab.synthetic_data.core.plan.plan import ColumnPlan, Plan
from ingen_fab.synthetic_data.core.quality.checks.versions import audits
from ingen_fab.synthetic_data.core.quality.subject import Subject, Written

pytestmark = pytest.mark.slow

ROWS = [
    (1, 10, "2024-01-01", "2024-03-01", False, 1),
    (2, 10, "2024-03-01", "2024-09-15", False, 2),
    (3, 10, "2024-09-15", None, True, 3),
    (4, 11, "2024-02-02", None, True, 1),
]
"""(key, owner, begin, end, current, number)."""
FAR = "9999-12-31"


@pytest.fixture
def table(plan_of: Callable[..., Plan]) -> Written:
    """A description of a table of versions, as a plan would give it."""
    some = Subject(plan_of("retail_oltp_small", target_rows=10)).tables["stores"]
    kinds = {"version_key": "bigint", "customer_id": "bigint", "valid_from": "date", "valid_to": "date", "is_current": "boolean",
             "version": "bigint"}  # fmt: skip
    columns = tuple(ColumnPlan(name, kind, "", name == "valid_to", False) for name, kind in kinds.items())
    return Written(replace(some.plan, name="dim_customer", columns=columns, primary_key=("version_key",)), some.model)


def failing(table: Written, rows: list[tuple[object, ...]]) -> dict[str, tuple[str, ...]]:
    """The audits that fail on these rows, and the keys that they name."""
    out = {}
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE dim_customer (version_key BIGINT, customer_id BIGINT, valid_from DATE, valid_to DATE, "
                           "is_current BOOLEAN, version BIGINT)")  # fmt: skip
        connection.executemany("INSERT INTO dim_customer VALUES (?, ?, ?, ?, ?, ?)", rows)
        for check in audits(table, "customer_id", "valid_from", "valid_to", "is_current", "version"):
            asked = ", ".join(f"{sql} AS {name}" for name, sql in check.ask.items())
            found = connection.execute(f"SELECT {asked} FROM {check.source}")
            names = [column[0] for column in found.description or ()]
            answer = dict(zip(names, found.fetchall()[0], strict=True))
            if not check.judge(answer).passed:
                out[check.name] = tuple(str(row[0]) for row in connection.execute(check.culprits).fetchall())
    return out


@pytest.mark.parametrize("end", [None, FAR])
def test_periods_without_gap_and_overlap_pass(table: Written, end: str | None) -> None:
    """An open end is NULL or far away."""
    assert failing(table, [(*row[:3], row[3] or end, *row[4:]) for row in ROWS]) == {}


CASES: dict[str, tuple[int, tuple[object, ...] | None, dict[str, tuple[str, ...]]]] = {
    "a gap": (1, (2, 10, "2024-03-05", "2024-09-15", False, 2), {"EndDate": ("1",)}),
    "an overlap": (0, (1, 10, "2024-01-01", "2024-04-01", False, 1), {"EndDate": ("1",), "Overlap": ("1",)}),
    "two that are open": (1, (2, 10, "2024-03-01", None, True, 2), {"EndDate": ("2",), "Overlap": ("2",), "EndOfTime": ("10",)}),
    "none that is open": (3, (4, 11, "2024-02-02", "2024-05-05", False, 1), {"EndDate": ("4",), "EndOfTime": ("11",)}),
    "no length": (1, (2, 10, "2024-03-01", "2024-03-01", False, 2), {"EndDate": ("2",), "Consolidation": ("2",)}),
    "a current row that is closed": (0, (1, 10, "2024-01-01", "2024-03-01", True, 1), {"IsCurrent": ("1",)}),
    "an open row that is not current": (3, (4, 11, "2024-02-02", None, False, 1), {"IsCurrent": ("4",)}),
    "a number that was left out": (2, (3, 10, "2024-09-15", None, True, 4), {"VersionNumber": ("3",)}),
    "a version that is missing": (1, None, {"EndDate": ("1",), "VersionNumber": ("3",)}),
}


@pytest.mark.parametrize("name", CASES)
def test_each_audit_finds_its_fault(table: Written, name: str) -> None:
    """And names the rows, or the owner."""
    place, row, expected = CASES[name]
    rows = [*ROWS[:place], *([row] if row is not None else []), *ROWS[place + 1 :]]
    assert failing(table, rows) == expected


def test_the_same_begin_twice(table: Written) -> None:
    """Two versions from one day: the order of the two is nobody's."""
    found = failing(table, [*ROWS, (5, 11, "2024-02-02", "2024-02-02", False, 2)])
    assert {"DistinctKeys", "Consolidation"} <= set(found)
    assert found["DistinctKeys"] == ("11",)
