"""`list-enhanced`, and commands that begin with a template."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.spec.templates import TemplateRepository

Call = Callable[..., subprocess.CompletedProcess[str]]


def test_templates_are_listed(call: Call, tmp_path: Path) -> None:
    """Id, dataset and what each is; a file that cannot be used with its problem; the patterns of paths."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "bad.yaml").write_text("{\x1b[31m: [")
    done = call("list-enhanced", "--templates", "own", cwd=tmp_path)
    assert done.returncode == 0
    for info in TemplateRepository().list():
        (line,) = [line for line in done.stdout.splitlines() if line.startswith(f"{info.template_id} ")]
        assert info.dataset_id in line
        assert info.name in line
        assert f"  {info.about}\n" in done.stdout
    assert "bad " in done.stdout
    assert "\x1b" not in done.stdout
    for pattern in ("nested_daily", "flat_with_date", "hive_partitioned", "custom"):
        assert f"  {pattern} " in done.stdout
    listed = json.loads(call("list-enhanced", "--json", cwd=tmp_path).stdout)
    assert [one["template_id"] for one in listed["templates"]] == [info.template_id for info in TemplateRepository().list()]


@pytest.mark.parametrize("info", TemplateRepository().list(), ids=lambda info: info.template_id)
def test_one_is_told_with_all_that_it_offers(call: Call, tmp_path: Path, info: object) -> None:
    """Each parameter with meaning, default and what changes with it; the same as JSON."""
    template_id = info.template_id  # type: ignore[attr-defined]  # pytest's parameters are objects
    value = json.loads(call("list-enhanced", template_id, "--json", cwd=tmp_path).stdout)
    text = call("list-enhanced", template_id, cwd=tmp_path).stdout
    assert len(value["parameters"]) >= 3
    for one in value["parameters"]:
        assert f"  {one['parameter']}\n    {one['about']}\n" in text
        assert one["changes"]
    for one in value["changes"]:
        assert f"  {one['setting']}: " in text
    assert {"seed_value", "scale_factor"} <= {one["parameter"] for one in (*value["common_parameters"], *value["parameters"])}


def test_a_preview_shows_the_rows_of_a_run(call: Call, tmp_path: Path) -> None:
    """Without the dataset's name and with it; both are the rows that `generate` writes."""
    given = ("--config-template", "finance_oltp_enhanced", "--json")
    short = call("preview", "customers", *given, "-r", "300", "--rows", "3", cwd=tmp_path)
    long = call("preview", "finance_oltp_small", "customers", *given, "-r", "300", "--rows", "3", cwd=tmp_path)
    assert short.returncode == long.returncode == 0, short.stderr
    assert json.loads(short.stdout) == json.loads(long.stdout)
    done = call("generate", *given, "-r", "300", "-o", "csv", "--no-validate", "--output-dir", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "out" / "Files" / "finance_oltp_small" / "customers" / "data.csv").read_text().splitlines()[1]
    assert written.split(",")[1].strip('"') == json.loads(short.stdout)[0]["customer_number"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["generate", "--config-template", "retail_oltp_enhancd"], "there is no enhanced template `retail_oltp_enhancd`; did you mean"),
        (["list-enhanced", "../../etc/passwd"], "there is no enhanced template"),
        (["generate", "retail_oltp_small", "--templates", "."], "name one with it"),
        (["list-enhanced", "--templates", "nowhere"], "`nowhere` is not a folder"),
        (["generate", "finance_oltp_small", "--config-template", "retail_oltp_enhanced"], "and its other sizes, but dataset"),
        (["generate", "--config-template", "retail_oltp_enhanced", "--path-pattern", "x{y}"], "which is none of"),
        (["generate", "--config-template", "finance_oltp_enhanced", "--path-pattern", "flat"], "tables have no paths"),
        (["preview", "orders"], "say which table of the dataset"),
        (["generate-series", "--config-template", "retail_oltp_incremental_enhanced", "--end-date", "2024-01-02"], "say which day"),
    ],
)
def test_bad_input_gets_a_sentence(call: Call, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    """Exit code 2, no traceback, and nothing is written."""
    done = call(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
