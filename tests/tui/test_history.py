"""Results: every run of the folder, two beside each other, taken up again and deleted; and SQL over all of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import RunCancelled
from ingen_fab.synthetic_data.core.quality.validate import Progress
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.delete import Doomed
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.sinks.warehouse import keywords
from ingen_fab.synthetic_data.tui.screens.dialogs import Confirm
from ingen_fab.synthetic_data.tui.state import Past
from ingen_fab.synthetic_data.tui.widgets.history import Again, HistoryPanel, PastRuns
from ingen_fab.synthetic_data.tui.widgets.quality import Checks
from ingen_fab.synthetic_data.tui.widgets.sql import Rows, _quoted
from ingen_fab.synthetic_data.tui.words import completed
from textual.widgets import Input, OptionList

Drive = Callable[..., None]
TABLES = {"shop.orders": ("order_id", "amount"), "shop.lines": ("line_id", "order_id"), "log": ("rows", "message")}


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("select * from sh", "select * from shop.orders"),
        ("select * from shop.l", "select * from shop.lines"),
        ("SEL", "SELECT"),
        ("select am", "select amount"),
        ("select count(*) from log where me", "select count(*) from log where message"),
        ("select * from shop.lines where li", "select * from shop.lines where line_id"),
        ("select * from log where message = 'sh", None),
        ("select * from log ", None),
        ("select zzz", None),
        ("select * from o", "select * from shop.orders"),
        ("SELECT * FROM l", "SELECT * FROM log"),
        ("SELECT * FROM g", None),
        ("describe sel", "describe select"),
    ],
)
def test_the_last_word_is_completed(line: str, whole: str | None) -> None:
    assert completed(line, TABLES) == whole


def test_names_that_are_words_of_sql_are_quoted() -> None:
    """DuckDB would not find them."""
    assert _quoted("shop.order", keywords()) == 'shop."order"'
    assert _quoted("Left.orders", keywords()) == '"Left".orders'


def test_an_older_run_is_checked_from_the_history(drive: Drive, plan_of: Callable[..., Any], tmp_path: Any) -> None:
    """The palette leads there; `v` checks the run under the cursor on the side of the checks, and says where nothing is left of it."""
    plans = [plan_of("retail_oltp_small", target_rows=rows, output_settings__output_mode="csv") for rows in (30, 40)]
    ids = [run(plan, workers=0).run_id for plan in plans]

    async def story(driver: Any) -> None:
        await driver.press("ctrl+p")
        await driver.type("older run")
        await driver.until(lambda: bool(driver.wizard.screen.query_one("CommandList").option_count))
        await driver.press("enter")
        await driver.until(lambda: driver.wizard.current_mode == "results")
        past = driver.wizard.screen.query_one(PastRuns)
        await driver.until(lambda: past.row_count == 2)
        assert past.has_focus
        await driver.press("v")
        await driver.until(lambda: "checks passed" in driver.text("#verdict"))
        assert driver.text("#verdict").startswith(f"run {ids[1]} of retail_oltp_small: ✓")
        assert driver.wizard.screen.query_one(Checks).row_count > 100
        assert not driver.wizard.screen.query_one("#summary").display
        await driver.press("H", "down", "v")
        await driver.until(lambda: "could not be checked" in driver.text("#verdict"))
        assert f"what run {ids[0]} wrote has been replaced" in driver.text("#verdict")
        # Whoever goes to the tables is back at the runs of this session.
        await driver.press("t", "t")
        assert driver.text("#verdict") == "not checked yet"
        assert driver.wizard.screen.query_one("#summary").display

    drive(story, config={"output_settings": {"output_dir": str(tmp_path / "out")}})


def test_the_check_of_an_older_run_is_stopped(drive: Drive, plan_of: Callable[..., Any], tmp_path: Any) -> None:
    """While it works it says where it is; it begins anew when its side is shown again."""
    run(plan_of("retail_oltp_small", target_rows=30, output_settings__output_mode="csv"), workers=0)
    begun: list[Past] = []

    def validate(past: Past, *, progress: Progress, cancel: CancelToken, **_: Any) -> Any:
        begun.append(past)
        progress(1, 3, "orders")
        cancel.wait(60)
        raise RunCancelled

    async def story(driver: Any) -> None:
        wizard = driver.wizard
        await driver.press("6", "H")
        await driver.until(lambda: wizard.screen.query_one(PastRuns).row_count == 1)
        for times in (1, 2):
            # What waits for a check would wait for it to end.
            await driver.pilot.press("v")
            await driver.until(lambda: "checking orders" in driver.text("#verdict"))
            assert wizard.screen.query_one("#checking").display
            assert len(begun) == times
            await driver.pilot.press("x")
            await driver.until(lambda: "the check was stopped" in driver.text("#verdict"))
            await driver.press("x", "H")
        assert {past.dataset_id for past in begun} == {"retail_oltp_small"}

    drive(story, config={"output_settings": {"output_dir": str(tmp_path / "out")}}, validate=validate)


def test_runs_of_other_sessions_are_seen_and_asked(drive: Drive, plan_of: Callable[..., Any], tmp_path: Any) -> None:
    """In one session: listed, compared, asked in SQL with an error beside the line, deleted after a question, and taken up again."""
    plans = [plan_of("retail_oltp_small", target_rows=rows, seed_value=rows, output_settings__output_mode="csv") for rows in (30, 40)]
    ids = [run(plan, workers=0).run_id for plan in plans]

    async def story(driver: Any) -> None:
        wizard = driver.wizard
        await driver.press("6")
        assert "H shows all runs" in driver.text("#summary")
        await driver.press("H")
        past = wizard.screen.query_one(PastRuns)
        await driver.until(lambda: past.row_count == 2)
        assert [str(past.get_cell_at((row, 0))) for row in (0, 1)] == ["*", ""]
        assert ids[1] in driver.text("#past-told")
        assert "what it wrote is still there" in driver.text("#past-told")
        assert "seed_value: 40" in driver.text("#past-told")
        await driver.press("c", "down", "enter")
        await driver.until(lambda: "settings (A | B)" in driver.text("#past-told"))
        assert "seed_value: 40 | 30" in driver.text("#past-told")
        assert "tables differ" in driver.text("#past-told")

        await driver.press("A")
        names = wizard.screen.query_one("#sql-names", OptionList)
        await driver.until(lambda: names.option_count > 6)
        line = wizard.screen.query_one("#sql-line", Input)
        assert line.has_focus
        await driver.type("FROM orders")
        assert line.value == "FROM orders"
        await driver.press("right")
        assert line.value == "FROM retail_oltp_small.orders"
        line.value = "SELECT count(*) AS n, seed_value FROM retail_oltp_small.orders, log_synthetic_data_generation GROUP BY ALL"
        await driver.press("enter")
        rows = wizard.screen.query_one(Rows)
        await driver.until(lambda: rows.row_count == 2)
        assert "2 rows, 2 columns" in driver.text("#sql-told")
        line.value = "SELECT nothing FROM retail_oltp_small.orders"
        await driver.press("enter")
        await driver.until(lambda: "nothing" in driver.text("#sql-told"))
        assert rows.row_count == 2
        line.value = "SELECT count(*) FROM range(100000000000), range(1000)"
        await driver.pilot.press("enter")
        await driver.until(lambda: "asking" in driver.text("#sql-told"))
        await driver.pilot.press("escape")
        await driver.until(lambda: "asking" not in driver.text("#sql-told"))
        names.focus()
        await driver.press("home", "enter")
        await driver.until(lambda: "Speed by dataset" in driver.text("#sql-bars"))
        assert "█" in driver.text("#sql-bars")

        rows.focus()
        await driver.press("H")
        past.focus()
        await driver.press("up", "d")
        await driver.until(lambda: isinstance(wizard.screen, Confirm))
        assert "orders" in driver.text("Confirm Label")
        await driver.press("y")
        await driver.until(lambda: any("is deleted" in note for note in driver.notes))
        await driver.until(lambda: str(past.get_cell_at((0, 0))) == "")
        assert not list((tmp_path / "out").rglob("*.csv"))
        assert "nothing of it is left" in driver.text("#past-told")
        await driver.press("d")
        await driver.until(lambda: "nothing to delete" in driver.text("#past-told"))
        # What comes late reaches nobody who has gone elsewhere.
        results = wizard.screen
        await driver.press("5")
        results.post_message(HistoryPanel.Wanted(Again("retail_oltp_small", {})))
        results.post_message(HistoryPanel.Doom(tmp_path, Doomed(ids[0], ("orders",), "parquet", 1, 1)))
        await driver.settled()
        assert wizard.current_mode == "run"
        assert not wizard.screen.is_modal
        await driver.press("6")
        await driver.until(lambda: past.row_count == 2)
        panel = results.query_one(HistoryPanel)
        panel.open(tmp_path / "elsewhere", wizard.repository)
        await driver.until(lambda: "nothing has been generated" in driver.text("#past-told"))
        assert past.row_count == 0
        panel.open(tmp_path / "out", wizard.repository)
        await driver.until(lambda: past.row_count == 2)
        panel.open(None, wizard.repository)
        assert past.row_count == 0
        await driver.press("enter")
        assert wizard.current_mode == "results"
        panel.open(tmp_path / "out", wizard.repository)
        await driver.until(lambda: past.row_count == 2)
        await driver.press("down", "enter")
        await driver.until(lambda: wizard.current_mode == "parameters")
        assert wizard.draft.config == {
            "target_rows": 30,
            "seed_value": 30,
            "output_settings": {"output_mode": "csv", "output_dir": str(tmp_path / "out")},
        }
        await driver.press("u")
        assert wizard.draft.config == {"output_settings": {"output_dir": str(tmp_path / "out")}}

    drive(story, config={"output_settings": {"output_dir": str(tmp_path / "out")}})


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_what_a_run_took_is_in_sight(drive: Drive, plan_of: Callable[..., Any], tmp_path: Any, size: tuple[int, int]) -> None:
    """In few columns a verdict is its mark alone, and comes back with the room."""
    run(plan_of("retail_oltp_small", target_rows=30, output_settings__output_mode="csv"), workers=0)

    async def story(driver: Any) -> None:
        await driver.press("6", "H")
        past = driver.wizard.screen.query_one(PastRuns)
        await driver.until(lambda: past.row_count == 1)
        head, line = (next(line for line in driver.drawn.splitlines() if re.search(word, line)) for word in ("began, UTC", r"\d\d:\d\d "))
        assert "took" in head
        assert re.search(r" \d\.\d s ", line)
        assert "✓" in line
        for width, there in ((120, True), (80, False)):
            await driver.pilot.resize_terminal(width, 40)
            await driver.settled()
            assert ("✓ completed" in driver.drawn) == there
            assert past.row_count == 1

    drive(story, config={"output_settings": {"output_dir": str(tmp_path / "out")}}, size=size)
