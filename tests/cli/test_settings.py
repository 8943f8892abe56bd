"""Commands beside the wizard: what settings mean, words that are completed, little said, and the report opened."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from ingen_fab.synthetic_data.cli.app import app
from ingen_fab.synthetic_data.cli.completing import CHOICES
from ingen_fab.synthetic_data.core.spec.flags import FLAGS
from ingen_fab.synthetic_data.core.spec.form import settings
from ingen_fab.synthetic_data.core.spec.reference import references
from typer.main import get_command

Call = Callable[..., subprocess.CompletedProcess[str]]
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")


def test_it_tells_what_the_page_tells() -> None:
    """Of each setting of the documented ones, and of no other, its spellings, its default and what it changes."""
    page: dict[str, tuple[set[str], str, str]] = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 4:
            first, *others = re.findall(r"`([\w.]+)`", cells[0])
            page[first] = (set(others), cells[1], cells[3])
    told = {one.path: (set(one.also) - {"seed", "output_settings.path_pattern"}, one.default, one.changes) for one in references()}
    assert told.keys() == page.keys()
    for name, (also, default, changes) in page.items():
        assert (told[name][0], told[name][2]) == (also, changes), name
        if default:
            assert told[name][1] == default.removesuffix(".0"), name
    assert all(one.about and one.allowed for one in references())
    assert {one.path for one in settings()} <= told.keys()


def test_a_setting_is_found_by_any_of_its_names(call: Call, tmp_path: Path) -> None:
    """By path, option, title, last word, variable; a block gives several; a slip gets the nearest name."""

    def told(name: str) -> list[str]:
        return [one["setting"] for one in json.loads(call("settings", name, "--json", cwd=tmp_path).stdout)]

    for name in ("output_settings.compression", "Compression", "compression", "SYNTHETIC_DATA_COMPRESSION"):
        assert told(name) == ["output_settings.compression"]
    assert told("target-rows") == told("Target Rows") == ["target_rows"]
    assert told("seed") == ["seed_value"]
    assert "spark.conf" in told("spark")
    assert {"target_rows", "output_settings.rows_per_file", "incremental_config.rows_per_day"} <= set(told("rows"))
    card = call("settings", "orphan_percentage", cwd=tmp_path).stdout
    assert "a number, 0 to 1" in card
    assert "values of the data" in card
    listed = call("settings", cwd=tmp_path).stdout
    assert "target_rows" in listed
    assert "a whole number, 1 to 1,000,000,000,000; default the dataset's; changes rows" in listed
    slip = call("settings", "orphan_percentag", cwd=tmp_path)
    assert (slip.returncode, slip.stdout) == (2, "")
    assert "did you mean `orphan_percentage`?" in slip.stderr


def test_every_command_has_both_spellings_of_help() -> None:
    """`-h` is `--help`, of each command and of each group of them."""

    def walk(command: object, words: list[str]) -> list[list[str]]:
        inner = getattr(command, "commands", {})
        return [words, *(found for name, one in inner.items() for found in walk(one, [*words, name]))]

    every = walk(get_command(app), [])
    assert ["config", "schema"] in every
    for words in every:
        short, long = (CliRunner().invoke(get_command(app), [*words, flag]).output for flag in ("-h", "--help"))  # type: ignore[arg-type]
        assert short == long
        assert short.startswith("Usage: ")
    # No sentence about a command is cut.
    assert "... " not in CliRunner().invoke(get_command(app), ["-h"]).output  # type: ignore[arg-type]


def test_choices_and_tables_are_completed() -> None:
    """Each option with a few words to choose from completes them; `--tables` goes on behind a comma."""
    generate = get_command(app).commands["generate"]  # type: ignore[attr-defined]
    chosen = [setting for setting in settings() if setting.control == "choice" and setting.path in FLAGS]
    assert {setting.path for setting in chosen} == set(CHOICES)

    def completed(option: str, begun: str, *arguments: str) -> list[str]:
        with generate.make_context("generate", [*arguments], resilient_parsing=True) as context:
            (parameter,) = [one for one in generate.params if option in one.opts]
            return [item.value for item in parameter.shell_complete(context, begun)]

    for setting in chosen:
        assert tuple(completed(FLAGS[setting.path], "")) == setting.choices
    assert completed("--output-mode", "p") == ["parquet"]
    assert completed("--path-format", "h") == ["hive_partitioned"]
    assert completed("--tables", "orders,cus", "retail_oltp_small") == ["orders,customers"]


def test_quiet_tells_warnings_and_errors_alone(call: Call, tmp_path: Path) -> None:
    """Nothing of a run that went well, on either stream; the same rows as ever; an error is still a sentence."""
    done = call("generate", "retail_oltp_small", "-r", "50", "-q", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    checked = call("validate-data", "-q", cwd=tmp_path)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    days = ("generate-series", "retail_oltp_small_incremental", "--start-date", "2024-01-01", "--end-date", "2024-01-02", "--quiet")
    done = call(*days, "--rows-per-day", "5", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads(call("generate", "retail_oltp_small", "-r", "50", "-q", "--json", cwd=tmp_path).stdout)["rows"] > 50
    executed = call("generate", "retail_oltp_small", "-r", "50", "-q", "--execute", cwd=tmp_path)
    assert (executed.returncode, executed.stdout, executed.stderr) == (0, "", "")
    refused = call("generate", "retail_oltp_small", "-r", "50", "-q", "--if-exists", "fail", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "exists" in refused.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="the browser of this test is a shell script")
def test_the_report_is_opened(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made once for what stands there, anew after the next run, shown by the user's browser; else a sentence says where it is."""
    assert "is not an output root" in call("open", cwd=tmp_path).stderr
    call("generate", "retail_oltp_small", "-r", "50", "-q", cwd=tmp_path)
    first = Path(call("open", "--print", cwd=tmp_path).stdout.strip())
    assert "retail_oltp_small" in first.read_text()
    made = first.stat().st_mtime_ns
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/shown\n')
    browser.chmod(0o755)
    # Python looks for browsers once a process.
    monkeypatch.setattr("webbrowser._tryorder", None)
    done = call("open", "retail_oltp_small", cwd=tmp_path, BROWSER=f"{browser} %s")
    assert done.returncode == 0, done.stderr
    shown = Path(done.stdout.strip())
    assert (tmp_path / "shown").read_text().strip() == shown.as_uri()
    assert Path(call("open", "--print", cwd=tmp_path).stdout.strip()).stat().st_mtime_ns == made
    call("generate", "retail_oltp_small", "-r", "60", "-q", cwd=tmp_path)
    assert Path(call("open", "--print", cwd=tmp_path).stdout.strip()) != first
    monkeypatch.setattr("webbrowser._tryorder", None)
    lost = call("open", cwd=tmp_path, BROWSER="/nowhere/browser %s")
    assert lost.returncode == 1
    assert "--print gives its path alone" in lost.stderr
