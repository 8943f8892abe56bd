"""The commands of days: the specification's options, examples and SQL, and what they say."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]
SPEC_INCREMENTAL = """
  --date, -d               Generation date (YYYY-MM-DD)
  --path-format, -p        Path format (nested/flat) [default: nested]
  --target-environment, -e  Target environment [default: lakehouse]
  --generation-mode, -m     Generation mode [default: auto]
  --seed, -s               Seed value
  --state-management       Enable state management [default: True]
"""
SPEC_SERIES = """
  --start-date, -s         Start date (YYYY-MM-DD)
  --end-date, -e           End date (YYYY-MM-DD)
  --batch-size, -b         Days per batch [default: 10]
  --path-format, -p        Path format [default: nested]
  --target-environment, -t  Target environment [default: lakehouse]
  --generation-mode, -m     Generation mode [default: auto]
  --output-mode, -o        Output mode [default: parquet]
  --seed                   Seed value
  --ignore-state           Ignore existing state
"""
"""Both without --execute, which belongs to compiled notebooks."""
VALUES = {
    "--date": "2024-03-15",
    "--start-date": "2024-03-15",
    "--end-date": "2024-03-16",
    "--path-format": "flat",
    "--target-environment": "warehouse",
    "--generation-mode": "python",
    "--output-mode": "csv",
    "--seed": "7",
    "--batch-size": "2",
}
NEEDED = {
    "generate-incremental": ["--date", "2024-03-15"],
    "generate-series": ["--start-date", "2024-03-15", "--end-date", "2024-03-16"],
}
DAILY = "retail_oltp_small_incremental"
SET = ["-s", "2024-01-01", "-e", "2024-01-01", "--set"]
STATE_SQL = """
SELECT 
    dataset_id,
    generation_date,
    tables_generated,
    total_rows,
    file_paths,
    status
FROM log_synthetic_data_generation
WHERE dataset_id = 'retail_oltp_small_incremental'
ORDER BY generation_date DESC;
"""  # noqa: W291  # verbatim


def options(table: str) -> list[tuple[str, str]]:
    """(long, short or nothing) of each line of a table."""
    return [(found[1], found[2] or "") for found in re.finditer(r"^  (--[a-z-]+)(?:, (-[a-z]))? ", table, re.MULTILINE)]


@pytest.mark.parametrize(
    ("command", "long", "short"),
    [("generate-incremental", *line) for line in options(SPEC_INCREMENTAL)] + [("generate-series", *line) for line in options(SPEC_SERIES)],
)
def test_an_option_of_the_specification(call: Call, tmp_path: Path, command: str, long: str, short: str) -> None:
    """Long and short say the same."""
    plans = []
    for spelling in filter(None, (long, short)):
        needed = dict(zip(NEEDED[command][::2], NEEDED[command][1::2], strict=True)) | {spelling: VALUES.get(long, "")}
        if spelling == short:
            needed.pop(long, None)
        words = [word for name, value in needed.items() for word in (name, value) if word]
        done = call(command, "retail_oltp_small_incremental", *words, "--dry-run", "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        plan = json.loads(done.stdout)
        # How long it takes is measured.
        del plan["estimate"]
        plans.append(plan)
    assert all(plan == plans[0] for plan in plans)
    told: dict[str, Any] = {"--seed": ("seed", 7), "--path-format": ("path_format", "flat_with_date"), "--date": ("days", ["2024-03-15"])}
    if long in told:
        assert plans[0][told[long][0]] == told[long][1]


@pytest.mark.slow
def test_the_example_of_the_specification(call: Call, tmp_path: Path) -> None:
    """Daily data of a quarter, the query of its state, and that it goes on with --resume."""
    text = """generate-series \\
    retail_oltp_small_incremental \\
    --start-date 2024-01-01 \\
    --end-date 2024-03-31 \\
    --batch-size 7 \\
    --path-format nested_daily"""
    done = call(*text.replace("\\\n", " ").split(), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "of 91 days" in done.stdout
    folder = tmp_path / "synthetic_data" / "Files" / "retail_oltp_small_incremental"
    assert (folder / "2024" / "03" / "15" / "orders" / "data.parquet").is_file()
    rows = json.loads(call("query", STATE_SQL, "--json", cwd=tmp_path).stdout)
    assert [row["generation_date"] for row in rows[:2]] == ["2024-03-31", "2024-03-30"]
    assert len(rows) == 91
    speed = "SELECT sum(duration_seconds) AS took, min(rows_per_second) AS slowest, max(peak_memory_gb) AS memory"
    (told,) = json.loads(call("query", f"{speed} FROM log_synthetic_data_generation", "--json", cwd=tmp_path).stdout)
    assert 0 < told["took"] < 300
    assert told["slowest"] > 0
    assert 0 < told["memory"] < 8
    again = call(*text.replace("\\\n", " ").split(), "--resume", cwd=tmp_path)
    assert again.stdout.startswith("retail_oltp_small_incremental: nothing to do")
    state = call("state", "show", cwd=tmp_path).stdout
    assert "2024 Feb  #############################" in state.splitlines()[2]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["generate-incremental", "retail_oltp_small_incremental"], f"--date YYYY-MM-DD (today is {date.today()})"),
        (["generate-incremental", "retail_oltp_small_incremental", "-d", "15.03.2024"], "is not a day; write it as YYYY-MM-DD"),
        (["generate-series", "retail_oltp_small_incremental", "-s", "2024-01-02", "-e", "2024-01-01"], "before it starts"),
        (["generate-series", "retail_oltp_small_incremental", "-s", "2024-01-02"], "--end-date YYYY-MM-DD"),
        (["generate-series", "retail_oltp_small_incremental", "-s", "1999-01-02", "-e", "1999-01-03"], "`history.start` moves it"),
        (["generate-series", "retail_oltp_small_incremental", "-s", "2024-01-01", "-e", "2024-01-01", "-p", "x/{table}"], "needs {part}"),
        (["generate-incremental", "retail_oltp_smal_incremental", "-d", "2024-03-15"], "retail_oltp_small"),
        (["generate-series", "x", "-s", "2024-01-01", "-e", "2024-01-01", "--resume", "--ignore-state"], "--resume goes by the state"),
        (["generate", "retail_oltp_small", "--path-format", "flat"], "tables have no paths: use output_mode parquet or csv"),
        (["generate-incremental", "retail_oltp_small_incremental", "-d", "2099-01-01"], "the last day there can be is 2085-02-14"),
        (["generate-incremental", "retail_oltp_smal_incremental", "-d", "2024-01-01"], "did you mean `retail_oltp_small_incremental`?"),
        (
            ["generate-incremental", "retail_oltp_small_incremental", "-d", "2024-01-01", "-p", "weekly"],
            "or placeholders such as {table}\n",
        ),
        (
            ["generate-series", "x", "-s", "2024-01-01", "-e", "2024-01-01", "-b", "0"],
            "--batch-size: must be from 1 to 3,660 days, not `0`",
        ),
        (["generate-series", "x", "-s", "2024-01-01", "-e", "2024-01-01", "-b", "x"], "--batch-size: `x` is not a whole number"),
        (["generate", "retail_oltp_small", "--date", "2024-01-01"], "--date is an option of validate-data, generate-incremental."),
        (["generate-incremental", "x", "-d", "2024-01-01", "--execute"], "there is no dataset `x`"),
        (
            [
                "generate-series",
                DAILY,
                *SET,
                "incremental_config.table_types.order=snapshot",
            ],
            "there is no table `order`; did you mean `orders`?",
        ),
        (
            [
                "generate-series",
                DAILY,
                *SET,
                "incremental_config.snapshot_frequncy=daily",
            ],
            "unknown key; did you mean `snapshot_frequency`?",
        ),
        (["state", "show"], "is not an output root"),
    ],
)
def test_bad_input_gets_a_sentence(call: Call, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    """And exit code 2; nothing is written."""
    done = call(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_dataset_arrives_by_days(call: Call, tmp_path: Path) -> None:
    """Each with its pace, and the type of each table."""
    listed = json.loads(call("list-incremental-datasets", "--json", cwd=tmp_path).stdout)
    one_shot = {found["dataset_id"] for found in json.loads(call("list-datasets", "--json", cwd=tmp_path).stdout)}
    assert {found["dataset_id"] for found in listed} == {f"{name}_incremental" for name in one_shot}
    by_id = {found["dataset_id"]: found for found in listed}
    assert by_id["retail_oltp_large_incremental"]["rows_per_day"] == 10_000
    assert by_id["retail_oltp_small_incremental"]["tables"] == {
        "customers": "slowly_changing_dimension",
        "products": "slowly_changing_dimension",
        "stores": "slowly_changing_dimension",
        "orders": "incremental",
        "order_items": "incremental",
        "inventory": "snapshot",
    }
    shown = call("list-incremental-datasets", cwd=tmp_path).stdout
    assert "retail_oltp_small_incremental" in shown


def test_damage_has_an_exit_code(call: Call, tmp_path: Path) -> None:
    """For scripts: 1 where a file is not as it was written, 0 after it was made again."""
    words = ["-s", "2024-03-15", "-e", "2024-03-17", "--output-dir", "out"]
    assert call("generate-series", "retail_oltp_small_incremental", *words, cwd=tmp_path).returncode == 0
    assert call("state", "verify", "--output-dir", "out", cwd=tmp_path).returncode == 0
    next((tmp_path / "out").rglob("orders/data.parquet")).unlink()
    done = call("state", "verify", "--output-dir", "out", "--json", cwd=tmp_path)
    assert (done.returncode, [found["what"] for found in json.loads(done.stdout)]) == (1, ["missing"])
    assert "  2024 Mar                ##+" in call("state", "show", "--output-dir", "out", cwd=tmp_path).stdout.replace("+##", "##+")
    for file in (tmp_path / "out").rglob("2024/03/16/*/data.parquet"):
        file.unlink()
    (shown,) = json.loads(call("state", "show", "--output-dir", "out", "--json", cwd=tmp_path).stdout)
    assert shown["missing"] == ["2024-03-16"]
    assert call("state", "repair", "--output-dir", "out", cwd=tmp_path).returncode == 0
    assert call("state", "verify", "--output-dir", "out", cwd=tmp_path).returncode == 0


def test_what_to_do_next_is_said(call: Call, tmp_path: Path) -> None:
    """Each command names the next one as it must be typed, and a refusal the option that lifts it."""
    days = ["generate-series", "retail_oltp_small_incremental", "-s", "2024-03-15", "--tables", "stores,orders", "--output-dir", "my days"]
    done = call(*days, "-e", "2024-03-15", cwd=tmp_path).stdout
    check = "synthetic-data validate-data retail_oltp_small_incremental --output-dir 'my days'"
    assert done.splitlines()[-1] == f"not checked; to check it: {check}"
    assert "checks passed" in call(*shlex.split(check)[1:], cwd=tmp_path).stdout
    call(*days[:3], "2024-03-17", *days[4:], "-e", "2024-03-17", cwd=tmp_path)
    assert call(*days, "-e", "2024-03-17", "--seed", "7", cwd=tmp_path).stderr.endswith("or write them again with --ignore-state\n")
    shown = call("state", "show", "--output-dir", "my days", cwd=tmp_path).stdout.splitlines()[-1]
    assert shown == "to generate the missing days: synthetic-data state repair --output-dir 'my days'"
    assert call(*shlex.split(shown)[6:], cwd=tmp_path).returncode == 0
    assert "to make" not in call("state", "show", "--output-dir", "my days", cwd=tmp_path).stdout
    next((tmp_path / "my days").rglob("orders/data.parquet")).write_bytes(b"x")
    damaged = call(*shlex.split(check)[1:], cwd=tmp_path)
    assert damaged.returncode == 1
    assert len(re.findall("cannot be asked", damaged.stdout)) == 1
    assert re.search(r"^  and \d+ more checks of orders, for the same reason$", damaged.stdout, re.MULTILINE)
    refused = call("validate-data", "finance_oltp_small", "--output-dir", "my days", cwd=tmp_path).stderr
    assert "holds no series of `finance_oltp_small`" in refused


def test_a_dry_run_tells_what_the_days_that_are_left_bring(call: Call, tmp_path: Path) -> None:
    """Rows and bytes of each table; into tables that stand, what comes, and not all that they hold."""
    days = ["generate-series", "retail_oltp_small_incremental", "-s", "2023-01-01", "-o", "table", "--tables", "stores,customers"]
    first = call(*days, "-e", "2023-01-01", "--dry-run", "--json", cwd=tmp_path)
    assert json.loads(first.stdout)["estimate"]["tables"]["customers"]["rows"] > 10_000
    assert list(tmp_path.iterdir()) == []
    call(*days, "-e", "2023-01-01", cwd=tmp_path)
    second = json.loads(call(*days, "-e", "2023-01-02", "--dry-run", "--json", cwd=tmp_path).stdout)
    assert second["left"] == ["2023-01-02"]
    assert 0 < second["estimate"]["tables"]["customers"]["rows"] < 200
    shown = call(*days, "-e", "2023-01-02", "--dry-run", cwd=tmp_path).stdout
    assert re.search(r"^  customers  slowly_changing_dimension +\d+ rows +[\d.]+ kB$", shown, re.MULTILINE)
    assert re.search(r"^about [\d.]+ s, [\d.]+ kB on disk, ", shown, re.MULTILINE)


def test_show_says_whose_rows_it_counts(call: Call, tmp_path: Path) -> None:
    """Of what arrives day by day those of the whole history, and its pace."""
    told = call("show", DAILY, cwd=tmp_path).stdout.splitlines()[2]
    assert told.startswith("it arrives day by day, 100 rows of its driving table a day: these are the rows of all 731 days")
    assert "day by day" not in call("show", "retail_oltp_small", cwd=tmp_path).stdout
