"""The ledger of ten years: what is asked of a day costs no more than in one of a week."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.run.ledger import Entry, Ledger, WrittenFile

PLACE = "shop-parquet"
FIRST = date(2015, 1, 1)


def entries(days: int) -> list[Entry]:
    """Eight tables on each day."""
    files = (WrittenFile("2015/01/01/orders/data.parquet", 1_000, "0" * 64),)
    return [Entry(FIRST + timedelta(days=n), f"table_{t}", "run", 100, "0" * 32, files) for n in range(days) for t in range(8)]


@pytest.fixture
def ten_years(tmp_path: Path) -> Ledger:
    """Of 29,224 entries, all told by the log but those of the last day."""
    out = Ledger(tmp_path)
    found = entries(3_653)
    out.note(PLACE, found, {"seed_value": 42})
    out.log(PLACE, sorted({entry.day for entry in found})[:-1])
    return out


def steps(monkeypatch: pytest.MonkeyPatch, ask: Callable[[], object]) -> int:
    """Hundreds of steps of SQLite's machine that a question takes, whatever the machine it runs on."""
    count = [0]
    connect = sqlite3.connect

    def counted(*arguments: Any, **named: Any) -> sqlite3.Connection:
        made = connect(*arguments, **named)

        def step() -> None:
            count[0] += 1

        made.set_progress_handler(step, 100)
        return made

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", counted)
        ask()
    return count[0]


def test_a_day_of_ten_years_costs_what_a_day_of_a_week_does(ten_years: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To ask for it, to note it again and to log it: none of them walks over the others."""
    (tmp_path / "week").mkdir()
    week = Ledger(tmp_path / "week")
    week.note(PLACE, entries(7), {"seed_value": 42})
    day = FIRST + timedelta(days=5)
    mine = [entry for entry in entries(7) if entry.day == day]
    for name, ask in {
        "entries": lambda ledger: ledger.entries(PLACE, day, day),
        "note": lambda ledger: ledger.note(PLACE, mine, {"seed_value": 42}),
        "log": lambda ledger: ledger.log(PLACE, [day]),
    }.items():
        short, long = (steps(monkeypatch, lambda ledger=ledger, ask=ask: ask(ledger)) for ledger in (week, ten_years))  # type: ignore[misc]
        assert long <= short + 2, name
    assert steps(monkeypatch, lambda: ten_years.entries(PLACE)) > 1_000


def test_ten_years_are_all_there(ten_years: Ledger) -> None:
    """Each entry as it was noted, by day and table, and the last day waits for the log."""
    found = ten_years.entries(PLACE)
    assert [(entry.day, entry.table, entry.files) for entry in found] == [(entry.day, entry.table, entry.files) for entry in entries(3_653)]
    assert {entry.day for entry in ten_years.unlogged(PLACE)} == {FIRST + timedelta(days=3_652)}
