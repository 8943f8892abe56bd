"""The command line, as a shell sees it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.cli import generate as generating
from ingen_fab.synthetic_data.core import quality

Call = Callable[..., subprocess.CompletedProcess[str]]


def test_help_is_light(tmp_path: Path) -> None:
    """`--help` imports none of the heavy libraries, and names the commands."""
    code = """
import atexit
import sys
sys.argv = ["synthetic-data", "--help"]
from ingen_fab.synthetic_data.cli.main import synthetic_data
heavy = {"numpy", "pyarrow", "pandas", "pydantic", "textual", "deltalake", "duckdb", "sqlglot", "yaml"}
atexit.register(lambda: print("HEAVY", sorted(heavy & set(sys.modules))))
synthetic_data()
"""
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "HEAVY []" in found.stdout
    for command in ("list-datasets", "generate", "show", "preview", "validate", "validate-data", "query", "config"):
        assert command in found.stdout


def test_both_spellings_work(tmp_path: Path) -> None:
    """`ingen_fab package synthetic-data` is the same command."""
    script = str(Path(sys.executable).parent / "ingen_fab")
    found = subprocess.run(
        [script, "package", "synthetic-data", "list-datasets", "--json"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert {"retail_oltp_small", "retail_oltp_large"} <= {d["dataset_id"] for d in json.loads(found.stdout)}


def test_the_first_example_of_the_specification(call: Call, tmp_path: Path) -> None:
    """The quick development dataset is written by a process of its own, logged and found by a query."""
    arguments = ("generate", "retail_oltp_small", "--target-rows", "1000", "--seed", "42", "--output-mode", "table")
    command = [sys.executable, "-m", "ingen_fab.synthetic_data", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert re.search(r"(?m)^info: quality: \d+ checks passed$", done.stderr)
    asked = call("query", "SELECT count(*) AS n FROM retail_oltp_small.orders", "--json", cwd=tmp_path)
    assert json.loads(asked.stdout) == [{"n": 1000}]


def test_json_and_options(call: Call, tmp_path: Path) -> None:
    """`--json` gives the result on standard output; short flags are the specification's."""
    done = call(
        "generate", "retail_oltp_small", "-r", "50", "-e", "lakehouse", "-m", "auto", "-s", "0", "-o", "csv", "--json", "--no-validate",
        cwd=tmp_path,
    )  # fmt: skip
    assert "quality" not in done.stderr
    result = json.loads(done.stdout)
    assert result["status"] == "COMPLETED"
    assert {table["name"]: table["rows"] for table in result["tables"]}["orders"] == 50


def test_dry_run_writes_nothing(call: Call, tmp_path: Path) -> None:
    """A dry run shows rows, bytes and seconds, and leaves no file."""
    done = call("generate", "retail_oltp_small", "--dry-run", "--json", cwd=tmp_path)
    value = json.loads(done.stdout)
    assert value["estimate"]["bytes"] > 0
    assert list(tmp_path.iterdir()) == []


def test_runtime_parameters_of_the_specification(call: Call, tmp_path: Path) -> None:
    """The specification's block as a config file gives twice 50,000 orders as snappy parquet files, in the folders of their days."""
    config = tmp_path / "config.yaml"
    config.write_text(
        json.dumps(
            {
                "dataset_id": "retail_oltp_small",
                "target_rows": 50000,
                "scale_factor": 2.0,
                "seed_value": 12345,
                "output_settings": {"output_mode": "parquet", "path_format": "hive_partitioned", "compression": "snappy"},
                "generation_settings": {"chunk_size": 10000, "parallel_workers": 4, "memory_fraction": 0.8},
            }
        )
    )
    done = call("generate", "--config", str(config), "--dry-run", "--json", cwd=tmp_path)
    plan = json.loads(done.stdout)["plan"]
    assert plan["target_rows"] == 100_000
    assert plan["seed"] == 12345
    assert plan["work"]["chunk_size"] == 10_000
    assert (plan["output"]["mode"], plan["output"]["pattern"]) == ("parquet", "hive_partitioned")
    assert {part["under"] for part in plan["tables"][3]["parts"]} >= {"2023-01-01", "2024-12-31"}
    shown = call("show", "--config", str(config), "--set", "seed_value=7", "--resolved", "--json", cwd=tmp_path)
    settings = json.loads(shown.stdout)["settings"]
    assert settings["seed_value"] == [7, "--set"]
    assert settings["target_rows"] == [50000, f"config file {config}"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["generate", "retail_oltp_smal"], 2, "did you mean `retail_oltp_small`?"),
        (["generate"], 2, "say which dataset"),
        (["generate", "retail_oltp_small", "-s", ""], 2, "is not a whole number"),
        (["generate", "retail_oltp_small", "-s", "x1"], 2, "--seed: `x1` is not a whole number"),
        (["generate", "retail_oltp_small", "-s", "-1"], 2, "must be at least 0"),
        (["generate", "retail_oltp_small", "-r", "0"], 2, "must be at least 1"),
        (["generate", "retail_oltp_small", "-m", "spark"], 2, "'python', 'pyspark' or 'auto'"),
        (["generate", "retail_oltp_small", "-m", "pyspark", "--spark-writer", "jvm"], 2, "'auto', 'direct' or 'spark'"),
        (["generate", "retail_oltp_small", "--spark-conf", "memory"], 2, "`memory` is not of the form name=value"),
        (["generate", "retail_oltp_small", "-o", "xml"], 2, "'table', 'parquet' or 'csv'"),
        (["generate", "retail_oltp_small", "--as-of", "2020-01-01"], 2, "is before the last day of the run"),
        (["generate", "retail_oltp_small", "--tables", "order"], 2, "did you mean `orders`?"),
        (["generate", "retail_oltp_small", "--set", "partition_config.partition_columns=[ordre_date]"], 2, "`order_date`?"),
        (["generate", "retail_oltp_small", "--enable-partitioning", "-e", "warehouse"], 2, "a warehouse has no partitions"),
        (["generate", "retail_oltp_small", "--set", "sede=1"], 2, "unknown key"),
        (["generate", "retail_oltp_small", "--set", "distributions.order_amont={type: normal, mean: 1, stddev: 1}"], 2, "did you mean"),
        (["generate", "retail_oltp_small", "--set", "distributions.order_amount={type: normal, mean: 100, stddev: 1}"], 2, "can be"),
        (["generate", "retail_oltp_small", "--config", "missing.yaml"], 2, "does not exist"),
        (["generate", "retail_oltp_small", "--schema", "../x"], 2, "letters, digits and underscores"),
        (["preview", "retail_oltp_small", "orders", "--offset", "10000"], 2, "the offset may be 0 to 9,999"),
        (["preview", "retail_oltp_small", "order"], 2, "did you mean `orders`?"),
        (["query", "SELECT 1"], 2, "is not an output root"),
        (["validate", "missing.yaml"], 2, "does not exist"),
        (["list-datasets", "--domain", "retial"], 2, "did you mean `retail`?"),
    ],
)
def test_bad_input_gets_a_sentence(call: Call, tmp_path: Path, arguments: list[str], code: int, sentence: str) -> None:
    """Each mistake gives its exit code and one sentence on standard error, no traceback, and nothing is written."""
    done = call(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_existing_output_is_refused_with_3(call: Call, tmp_path: Path) -> None:
    """`--if-exists fail` ends with exit code 3."""
    arguments = ("generate", "retail_oltp_small", "-r", "10", "--if-exists", "fail")
    assert call(*arguments, cwd=tmp_path).returncode == 0
    assert call(*arguments, cwd=tmp_path).returncode == 3


def test_schemas_are_published(call: Call, tmp_path: Path) -> None:
    """The JSON Schemas name what their files may hold, and the published files are fresh."""
    published = Path(__file__).resolve().parents[2] / "configs" / "schema"
    for of, key in (("dataset", "tables"), ("runtime", "seed_value"), ("enhanced", "runtime_params")):
        printed = json.loads(call("config", "schema", of, cwd=tmp_path).stdout)
        assert key in printed["properties"]
        assert printed == json.loads((published / f"{of}.json").read_text()), (
            f"synthetic-data config schema {of} > configs/schema/{of}.json"
        )


@pytest.mark.parametrize(("validate", "told"), [(None, True), (False, False)])
def test_a_large_run_says_how_it_is_checked(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], validate: bool | None, told: bool
) -> None:
    """With a command that runs as printed; who asked for no check is not reminded."""
    monkeypatch.setattr(quality, "CHECKED_AT_ONCE", 100)
    flags = {"target_rows": 50, "output_settings.output_dir": str(tmp_path / "my output"), "output_settings.output_mode": "csv"}
    assert generating.generate("retail_oltp_small", flags, (), None, False, False, validate) == 0
    found = capsys.readouterr()
    assert "quality" not in found.err
    hint = [line for line in found.out.splitlines() if line.startswith("not checked")]
    assert bool(hint) == told
    for line in hint:
        assert line.startswith("not checked, above 100 rows; to check it: synthetic-data validate-data ")
        assert call(*shlex.split(line.partition("synthetic-data ")[2]), cwd=tmp_path).returncode == 0
