"""Days at which a series stopped: told until a run has written them, whatever came of the process, and never believed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import ExistsError, NoOutputError, PlaceError
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.run import actions
from ingen_fab.synthetic_data.core.run.attempts import DIED, Attempt
from ingen_fab.synthetic_data.core.run.calendars import Calendar, calendars
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.days_there import day_states
from ingen_fab.synthetic_data.core.run.events import DaysProgress, Event
from ingen_fab.synthetic_data.core.run.root import ATTEMPTS
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

DATASET = "retail_oltp_small"
FIRST = date(2023, 1, 1)
Make = Callable[..., Series]
Call = Callable[..., subprocess.CompletedProcess[str]]
PLACES = {"parquet": f"{DATASET}-parquet", "table": f"{DATASET}-lakehouse-table"}
modes = pytest.mark.parametrize("mode", ["parquet", "table"])


@pytest.fixture
def series_of(tmp_path: Path) -> Make:
    """So many days from the first of the history on."""

    def make(days: int, mode: str, *sets: str) -> Series:
        given = (f"output_settings.output_dir={tmp_path / 'out'}", f"output_settings.output_mode={mode}", "target_rows=300", *sets)
        return make_series(resolve_parameters(DATASET, sets=given), FIRST, FIRST + timedelta(days=days - 1))

    return make


def breaking(patch: pytest.MonkeyPatch, mode: str, error: BaseException) -> None:
    """Publishing ends with an error from now on."""

    def end(*_: Any) -> None:
        raise error

    patch.setitem(actions.DO, {"parquet": "days", "table": "delta"}[mode], end)


def known(root: Path) -> Calendar:
    """The one calendar of a root."""
    (found,) = calendars(root)
    return found


@modes
def test_a_day_that_failed_is_told_until_it_is_written(series_of: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """Apart from published and missing ones; a run of other days does not clear it, one that writes it does."""
    root = tmp_path / "out"
    assert run_series(series_of(2, mode), workers=0).status == "COMPLETED"
    with monkeypatch.context() as patch:
        breaking(patch, mode, OSError(28, "No space left on device"))
        assert run_series(series_of(6, mode), batch=2, workers=0).status == "FAILED"
    found = known(root)
    assert [(one.day, one.outcome) for one in found.failed] == [(FIRST + timedelta(days=2), "FAILED")]
    assert found.failed[0].message
    assert (len(found.days), found.missing, found.span) == (2, [], (FIRST, FIRST + timedelta(days=2)))
    assert list(day_states(series_of(4, mode)).values()) == ["published", "published", "failed", "planned"]
    assert run_series(series_of(2, mode), workers=0).days == ()
    assert len(known(root).failed) == 1
    assert run_series(series_of(6, mode), batch=3, workers=0).status == "COMPLETED"
    assert known(root).failed == ()
    assert not (root / ATTEMPTS).exists()


@modes
def test_a_series_that_never_published_a_day_is_told(
    series_of: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call, mode: str
) -> None:
    """With its dataset, the day and the reason, for people and for scripts."""
    root = tmp_path / "out"
    with monkeypatch.context() as patch:
        breaking(patch, mode, OSError(5, "Input/output error"))
        assert run_series(series_of(3, mode), workers=0).status == "FAILED"
    found = known(root)
    assert (found.place, found.dataset_id, dict(found.days)) == (PLACES[mode], DATASET, {})
    shown = call("state", "show", "--output-dir", str(root), cwd=root).stdout
    assert f"{DATASET} ({PLACES[mode]}): 0 days, 2023-01-01 to 2023-01-01, 0 missing, 1 failed" in shown
    assert "2023 Jan  x" in shown
    assert "2023-01-01: failed: " in shown
    (value,) = json.loads(call("state", "show", "--output-dir", str(root), "--json", cwd=root).stdout)
    assert value["failed"] == [{"day": "2023-01-01", "status": "FAILED", "message": found.failed[0].message}]


@modes
def test_a_process_that_dies_leaves_its_day(series_of: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """As one that has not ended; the next run knows that nobody works on it any more."""
    root = tmp_path / "out"
    run_series(series_of(2, mode), workers=0)
    with monkeypatch.context() as patch:
        breaking(patch, mode, SystemExit())
        with pytest.raises(SystemExit):
            run_series(series_of(5, mode), batch=2, workers=0)
        assert known(root).begun == (Attempt(FIRST + timedelta(days=2), "RUNNING", ""),)
        assert known(root).failed == ()
        assert "failed" not in day_states(series_of(5, mode)).values()
        breaking(patch, mode, OSError(28, "No space left on device"))
        assert run_series(series_of(5, mode), batch=1, workers=0).status == "FAILED"
        assert [one.outcome for one in known(root).failed] == ["FAILED"]
    assert run_series(series_of(5, mode), workers=0).status == "COMPLETED"
    assert known(root).failed == ()


def test_a_dead_run_elsewhere_is_told_as_failed(series_of: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a run that writes other days than those at which it died."""
    root = tmp_path / "out"
    with monkeypatch.context() as patch:
        breaking(patch, "parquet", SystemExit())
        with pytest.raises(SystemExit):
            run_series(series_of(2, "parquet"), workers=0)
    later = series_of(9, "parquet")
    run_series(later, only=[FIRST + timedelta(days=8)], workers=0)
    assert known(root).failed == (Attempt(FIRST, "FAILED", DIED),)
    assert known(root).missing == []


@modes
def test_a_run_that_is_stopped_tells_where(series_of: Make, tmp_path: Path, mode: str) -> None:
    """After what it has published."""
    cancel = CancelToken()

    def stop(event: Event) -> None:
        if isinstance(event, DaysProgress) and event.done >= 2:
            cancel.set()

    result = run_series(series_of(6, mode), batch=2, workers=0, emit=stop, cancel=cancel)
    assert result.status == "CANCELLED"
    (failed,) = known(tmp_path / "out").failed
    assert (failed.day, failed.outcome) == (FIRST + timedelta(days=len(result.days)), "CANCELLED")


@modes
def test_a_day_that_stands_stays_published(series_of: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """When writing it again fails."""
    run_series(series_of(2, mode), workers=0)
    with monkeypatch.context() as patch:
        breaking(patch, mode, OSError(28, "No space left on device"))
        assert run_series(series_of(2, mode), again=True, workers=0).status == "FAILED"
    found = known(tmp_path / "out")
    assert (len(found.days), found.failed) == (2, ())


def test_what_is_refused_leaves_no_trace(series_of: Make, tmp_path: Path) -> None:
    """Nothing was tried; nor does a run without state leave one."""
    run_series(series_of(1, "table"), workers=0)
    with pytest.raises(ExistsError):
        run_series(series_of(2, "table", "output_settings.if_exists=fail"), workers=0)
    assert not list((tmp_path / "out" / ATTEMPTS).glob("*"))


def test_without_state_nothing_is_noted(series_of: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither days nor failures."""
    with monkeypatch.context() as patch:
        breaking(patch, "parquet", OSError(28, "No space left on device"))
        result = run_series(series_of(1, "parquet", "incremental_config.state_management=false"), workers=0)
    assert result.status == "FAILED"
    with pytest.raises(NoOutputError):
        calendars(tmp_path / "out")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "7",
        '{"dataset_id": "x"}',
        '{"dataset_id": "x", "days": {"2023-01-01": {"outcome": "DONE", "message": ""}}}',
        '{"dataset_id": "x", "days": {"9999-01-01": {"outcome": "FAILED", "message": ""}}}',
        '{"dataset_id": "x", "days": {"2023-01-01": {"outcome": "FAILED", "message": 7}}}',
        '{"dataset_id": "x", "days": {"2023-01-01": {"outcome": "FAILED", "message": "\\ud800"}}}',
        '{"dataset_id": "x", "days": [1, 2]}',
        json.dumps({"dataset_id": "x", "days": {"2023-01-01": {"outcome": "FAILED", "message": "x" * 2_000}}}),
    ],
)
def test_what_no_series_has_left_is_passed_over(series_of: Make, tmp_path: Path, text: str) -> None:
    """And the next run writes over it."""
    run_series(series_of(1, "parquet"), workers=0)
    (tmp_path / "out" / ATTEMPTS).mkdir()
    file = tmp_path / "out" / ATTEMPTS / f"{PLACES['parquet']}.json"
    file.write_text(text)
    assert known(tmp_path / "out").failed == ()
    assert run_series(series_of(2, "parquet"), workers=0).status == "COMPLETED"
    assert not file.exists()


def test_links_are_not_followed(series_of: Make, tmp_path: Path) -> None:
    """Neither in place of the folder nor of a file."""
    run_series(series_of(1, "parquet"), workers=0)
    (tmp_path / "elsewhere").mkdir()
    victim = tmp_path / "elsewhere" / f"{PLACES['parquet']}.json"
    text = json.dumps({"dataset_id": "x", "days": {"2023-02-01": {"outcome": "FAILED", "message": "told"}}})
    victim.write_text(text)
    folder = tmp_path / "out" / ATTEMPTS
    folder.symlink_to(tmp_path / "elsewhere")
    assert known(tmp_path / "out").failed == ()
    with pytest.raises(PlaceError, match="is a link"):
        run_series(series_of(2, "parquet"), workers=0)
    folder.unlink()
    folder.mkdir()
    (folder / victim.name).symlink_to(victim)
    assert known(tmp_path / "out").failed == ()
    assert run_series(series_of(2, "parquet"), workers=0).status == "COMPLETED"
    assert victim.read_text() == text
