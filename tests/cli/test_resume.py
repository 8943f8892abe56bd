"""`generate-series --resume` without a first day: it finds the one that is missing, and goes on from there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]
DATASET = "retail_oltp_small_incremental"
SHORT = ("--set", "history={start: 2024-01-01, end: 2024-01-12}")


@pytest.fixture
def series(call: Call, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command, on a dataset with a history of twelve days."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return call("generate-series", DATASET, *SHORT, *words, cwd=tmp_path)

    return run


def written(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The days that a command wrote."""
    assert done.returncode == 0, done.stderr
    return [day["day"] for day in json.loads(done.stdout)["days"]]


def days(first: int, last: int) -> list[str]:
    """Of January."""
    return [f"2024-01-{n:02}" for n in range(first, last + 1)]


@pytest.mark.parametrize("mode", ["parquet", "table"])
def test_it_goes_on_behind_the_last_day(series: Call, mode: str) -> None:
    """To the day that is named, and without one to the end of the history; then nothing is left."""
    more = ("--output-mode", mode, "--json")
    assert written(series("-s", "2024-01-03", "-e", "2024-01-04", *more)) == days(3, 4)
    assert written(series("--resume", "-e", "2024-01-06", *more)) == days(5, 6)
    assert written(series("--resume", *more)) == days(7, 12)
    assert written(series("--resume", *more)) == []
    assert "nothing to do, 2024-01-03 to 2024-01-12 is there" in series("--resume", "--output-mode", mode).stdout


def test_gaps_are_filled_first(series: Call, tmp_path: Path) -> None:
    """Days between others, a first day whose file is gone, and days after the history up to the last one that is there."""
    series("-s", "2024-01-02", "-e", "2024-01-03")
    series("-s", "2024-01-08", "-e", "2024-01-14")
    folder = tmp_path / "synthetic_data" / "Files" / DATASET / "2024" / "01"
    (folder / "02" / "orders" / "data.parquet").unlink()
    (folder / "13" / "orders" / "data.parquet").unlink()
    assert written(series("--resume", "--json")) == ["2024-01-02", *days(4, 7), "2024-01-13"]
    assert written(series("--resume", "--json")) == []


def test_the_days_are_those_of_one_series(series: Call, call: Call, tmp_path: Path) -> None:
    """Whatever the way to them."""
    series("-s", "2024-01-01", "-e", "2024-01-05")
    (tmp_path / "synthetic_data").rename(tmp_path / "whole")
    series("-s", "2024-01-01", "-e", "2024-01-02")
    assert written(series("--resume", "-e", "2024-01-05", "--json")) == days(3, 5)
    files = [
        {path.relative_to(tmp_path / root): path.read_bytes() for path in (tmp_path / root / "Files").rglob("*.parquet")}
        for root in ("whole", "synthetic_data")
    ]
    assert files[0] == files[1]


@pytest.mark.parametrize("mode", ["parquet", "table"])
def test_without_days_it_says_what_is_missing(series: Call, tmp_path: Path, mode: str) -> None:
    """And writes nothing; so it does where the last day lies before the first that is there."""
    done = series("--resume", "--output-mode", mode)
    assert done.returncode == 2
    assert (
        f"holds no day of {DATASET} to go on with: say where the days begin, with --start-date, or name another --output-dir" in done.stderr
    )
    assert list(tmp_path.iterdir()) == []
    series("-s", "2024-01-05", "-e", "2024-01-05", "--output-mode", mode)
    done = series("--resume", "-e", "2024-01-02", "--output-mode", mode)
    assert done.returncode == 2
    assert "begin with 2024-01-05, which is after 2024-01-02: to write earlier ones, give --start-date" in done.stderr


def test_with_a_first_day_it_works_as_without_resume(series: Call) -> None:
    """It needs a last one, and passes over what is there."""
    series("-s", "2024-01-05", "-e", "2024-01-05")
    assert "--end-date YYYY-MM-DD" in series("--resume", "-s", "2024-01-04").stderr
    assert written(series("--resume", "-s", "2024-01-04", "-e", "2024-01-06", "--json")) == ["2024-01-04", "2024-01-06"]


def test_refusals_name_the_options(series: Call) -> None:
    """Of what was given, and of what would help."""
    series("-s", "2024-01-02", "-e", "2024-01-03")
    for words in (("--resume",), ("-s", "2024-01-02", "-e", "2024-01-03")):
        done = series(*words, "--seed", "7")
        assert done.returncode == 2
        assert "seed_value was 42, and is 7): undo that change, or write them again with --ignore-state" in done.stderr
    done = series("-s", "2024-01-02", "-e", "2024-01-02", "--seed", "7", "--ignore-state")
    assert "--ignore-state must write all of them again" in done.stderr
    done = series("-s", "2024-01-02", "-e", "2024-01-03", "--output-mode", "table", "--path-format", "flat")
    assert "Error: --path-format (output_settings.path_format): tables have no paths of days" in done.stderr
    done = series("-s", "2024-01-02", "-e", "2024-01-03", "--set", "incremental_config.updates=true", "--output-mode", "table")
    assert "Error: incremental_config.updates: is of files" in done.stderr


def test_runs_and_days_name_the_option_that_parts_them(series: Call, call: Call, tmp_path: Path) -> None:
    """In either order, and where a run would leave files of another one."""
    given = ("retail_oltp_small", "-r", "20", "-o", "csv", *SHORT)
    assert call("generate", *given, "-p", "flat", "--output-dir", "runs", cwd=tmp_path).returncode == 0
    done = call("generate", *given, "-p", "flat", "--tables", "orders", "--output-dir", "runs", cwd=tmp_path)
    assert (done.returncode, done.stderr.rstrip().endswith("write all tables of that run, or choose another --schema")) == (2, True)
    done = series("-s", "2024-01-02", "-e", "2024-01-03", "--output-dir", "runs", "--schema", "retail_oltp_small")
    assert (done.returncode, done.stderr.rstrip().endswith("of a run of `generate`: choose another --schema")) == (2, True)
    series("-s", "2024-01-02", "-e", "2024-01-03", "--output-dir", "days")
    done = call("generate", *given, "-p", "flat", "--output-dir", "days", "--schema", DATASET, cwd=tmp_path)
    assert done.returncode == 3
    assert "holds days of a series, and `query` would show those: move it away, or choose another --output-dir or --schema" in done.stderr
