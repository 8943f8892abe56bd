"""The option table of `generate`, as the specification prints it: every spelling works, and every default is as said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.cli.app import app
from ingen_fab.synthetic_data.core.errors import SyntheticDataError
from typer.testing import CliRunner

pytestmark = pytest.mark.slow

TABLE = """
  --target-rows, -r         Number of rows to generate [default: 10000]
  --target-environment, -e  Target environment [default: lakehouse]
  --generation-mode, -m     Generation mode [default: auto]
  --seed, -s               Seed value for reproducibility
  --output-mode, -o        Output mode [default: table]
"""
"""Without --execute, which writes (`tests/execute`)."""
NEW = {
    "generate": "--execute",
    "generate-incremental": "--date,-d --path-format,-p --target-environment,-e --generation-mode,-m --seed,-s --state-management"
    " --execute",
    "generate-series": "--start-date,-s --end-date,-e --batch-size,-b --path-format,-p --target-environment,-t --generation-mode,-m"
    " --output-mode,-o --seed --ignore-state --execute",
    "compile": "--dataset-id,-d --target-rows,-r --target-environment,-e --generation-mode,-m --seed,-s --include-ddl --output-mode,-o"
    " --enhanced --config-template,-t --path-pattern,-p --no-include-ddl --output-dir",
    "compile-generic-templates": "--target-environment,-t --force --template-type",
    "execute-with-parameters": "--dataset-id --start-date --end-date --batch-size --target-rows --scale-factor --path-format"
    " --output-mode --seed --generation-mode --custom-schema --enable-partitioning",
}
"""Command -> its options in the specification, long and short."""

VALUES: dict[str, list[tuple[str, Any]]] = {
    "--target-rows": [("50", 50), ("1k", 1_000)],
    "--target-environment": [("warehouse", "warehouse"), ("lakehouse", "lakehouse")],
    "--generation-mode": [("python", "python"), ("pyspark", "pyspark"), ("auto", "python")],
    "--seed": [("12345", 12345)],
    "--output-mode": [("parquet", "parquet"), ("csv", "csv"), ("table", "table")],
}


def planned(folder: Path, *arguments: str) -> dict[str, Any]:
    """The plan of a dry run."""
    done = CliRunner().invoke(app, ["generate", "retail_oltp_small", *arguments, "--dry-run", "--json", "--output-dir", str(folder)])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)["plan"]
    return found


def told(plan: dict[str, Any], option: str) -> Any:
    """What a plan says about an option."""
    return {
        "--target-rows": plan["target_rows"],
        "--target-environment": plan["output"]["environment"],
        "--generation-mode": plan["work"]["mode"],
        "--seed": plan["seed"],
        "--output-mode": plan["output"]["mode"],
    }[option]


LINES = [line.split() for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0].rstrip(","))
def test_an_option_of_the_specification(tmp_path: Path, line: list[str]) -> None:
    """Long and short, with each value that the specification names."""
    option, short = line[0].rstrip(","), line[1]
    for text, value in VALUES[option]:
        for spelling in (option, short):
            assert told(planned(tmp_path, spelling, text), option) == value


@pytest.mark.parametrize(
    "words",
    [
        ["--path-format", "flat"],
        ["--path-pattern", "flat_with_date"],
        ["-p", "flat"],
        ["--set", "output_settings.path_pattern=flat"],
        ["--set", "output_settings.path_pattern=nested", "--path-format", "flat"],
    ],
)
def test_paths_have_their_spellings(tmp_path: Path, words: list[str]) -> None:
    """As where days are generated, and in settings; an option is stronger than whatever a setting is called."""
    assert planned(tmp_path, "-o", "parquet", *words)["output"]["pattern"] == "flat_with_date"
    assert planned(tmp_path, "-o", "parquet")["output"]["pattern"] == ""
    command = ["generate", "retail_oltp_small", *words, "--dry-run", "--output-dir", str(tmp_path)]
    done = CliRunner().invoke(app, [*command, "-o", "parquet"])
    assert done.stdout.splitlines()[-1] == f"for example orders_20230101.parquet under {tmp_path / 'Files' / 'retail_oltp_small'}"
    done = CliRunner().invoke(app, command)
    assert isinstance(done.exception, SyntheticDataError)
    assert "tables have no paths" in str(done.exception)


def test_the_defaults_of_the_specification(tmp_path: Path) -> None:
    """As in its brackets; `auto` is python for few rows, and says why."""
    plan = planned(tmp_path)
    defaults = dict(re.findall(r"(--[a-z-]+),.*\[default: (\w+)\]", TABLE))
    for option, default in defaults.items():
        expected = {"10000": 10_000, "auto": "python"}.get(default, default)
        assert told(plan, option) == expected
    assert plan["work"]["mode_reason"].startswith("auto")


def test_a_dry_run_tells_what_pyspark_would_do(tmp_path: Path) -> None:
    """The writer with its reason, and what either mode costs; nothing is started."""
    done = CliRunner().invoke(app, ["generate", "retail_oltp_small", "-m", "pyspark", "--dry-run", "--output-dir", str(tmp_path)])
    assert "mode: pyspark (asked for)" in done.stdout
    assert "writer: direct (auto: the output root is a folder, which executors see as well); master local[*]" in done.stdout
    assert "in python mode about" in done.stdout


@pytest.mark.parametrize("command", NEW)
def test_every_option_of_a_command_is_there(command: str) -> None:
    """Long and short, under one name."""
    from typer.main import get_command

    found = get_command(app).commands[command]  # type: ignore[attr-defined]  # a group
    known = [{*parameter.opts, *parameter.secondary_opts} for parameter in found.params]
    for words in NEW[command].split():
        assert any(set(words.split(",")) <= options for options in known), words
