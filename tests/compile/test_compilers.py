"""Notebooks from datasets: what travels in them, how large they are, and that they follow from what was asked for alone."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.compile.bundle import bundle_of, shipped
from ingen_fab.synthetic_data.core.compile.cells import Notebook, notebook_of
from ingen_fab.synthetic_data.core.compile.compilers import IncrementalSyntheticDataGenerationCompiler
from ingen_fab.synthetic_data.core.errors import EditedError, InputError
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters
from ingen_fab.synthetic_data.core.spec.templates import TemplateRepository, enhanced_variant
from ingen_fab.synthetic_data.core.version import __version__

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("compile")]

Call = Callable[..., Any]
FABRIC = "fabric_workspace_items"
IDS = [info.dataset_id for info in DatasetConfigurationRepository().list() if not info.for_measuring]


def text_of(path: Path) -> str:
    """Of a compiled notebook."""
    return (path / "notebook-content.py").read_text(encoding="utf-8")


def read(path: Path) -> Notebook:
    """The same, read back."""
    return notebook_of(text_of(path))


def test_what_travels_needs_nothing_that_is_missing() -> None:
    """At its top a module imports the standard library, numpy, pyarrow and its own; nothing aboard is missing or a stranger."""
    files = bundle_of(shipped()).files
    assert not any(word in name for name in files for word in ("cli/", "tui/", "tests/", "faker_rows"))
    allowed = {*sys.stdlib_module_names, "numpy", "pyarrow", "ingen_fab"}
    for name, text in files.items():
        if not name.endswith(".py"):
            continue
        for statement in ast.parse(text).body:
            if isinstance(statement, ast.Import):
                tops = {alias.name.partition(".")[0] for alias in statement.names}
            elif isinstance(statement, ast.ImportFrom) and not statement.level:
                tops = {str(statement.module).partition(".")[0]}
            else:
                continue
            # Of Spark's room nothing is loaded without Spark.
            assert tops <= (allowed | {"pyspark"} if "/core/spark/" in name else allowed), (name, tops)


def test_a_bundle_does_not_follow_from_the_order() -> None:
    """Equal bytes for the same datasets, and the same hash."""
    one, other = bundle_of(shipped()), bundle_of(shipped()[::-1])
    assert one.content == other.content
    assert one.sha256 == other.sha256


def test_every_dataset_and_template_is_small_and_compiles_twice_alike(tmp_path: Path) -> None:
    """Under a megabyte; a second compilation changes no byte."""
    compiler = IncrementalSyntheticDataGenerationCompiler(tmp_path)
    templates = [enhanced_variant(info.template_id) for info in TemplateRepository().list()]
    for one in (*map(resolve_parameters, IDS), *templates):
        made = compiler.compile_series(resolved=one) if one.variant.incremental else compiler.compile(resolved=one)
        for path in made.notebooks:
            assert (path / "notebook-content.py").stat().st_size < 1_000_000, path
    assert compiler.compile(IDS[-1]).published.written == ()


@pytest.mark.parametrize("kind", ["single", "series", "generic_spark"])
def test_a_notebook_is_its_golden_copy(tmp_path: Path, kind: str) -> None:
    """But for the engine, its hash and its size."""
    compiler = IncrementalSyntheticDataGenerationCompiler(tmp_path)
    if kind == "single":
        made = compiler.compile("retail_star_small", target_rows=500, include_ddl=False)
    elif kind == "series":
        settings = {"output_settings.target_environment": "warehouse"}
        made = compiler.compile_series("retail_oltp_small_incremental", parameters=settings, include_ddl=False, pipeline=True)
    else:
        made = compiler.compile_generic_templates(template_type="series", kernel="spark")
    (path,) = made.notebooks
    text = re.sub(r'ENGINE = \(\n(?:    ".*"\n)+\)', "ENGINE = ()", text_of(path))
    text = re.sub(r"[0-9a-f]{64}", "0" * 64, text).replace(__version__, "VERSION")
    text = re.sub(r"[\d.]+ MB of Python and lists, compressed to [\d,]+ kB", "N MB of Python and lists, compressed to N kB", text)
    found = {f"compiled_{kind}.py.txt": text} | {
        f"compiled_{kind}_pipeline.json": file.read_text() for file in tmp_path.rglob("pipeline-*.json")
    }
    for name, content in found.items():
        golden = Path(__file__).with_name("golden") / name
        if os.environ.get("SYNTHETIC_DATA_GOLDEN"):
            golden.write_text(content, encoding="utf-8")
        assert content == golden.read_text(encoding="utf-8")
    assert len(found) == (2 if kind == "series" else 1)


def test_generic_notebooks(tmp_path: Path) -> None:
    """Four of the lakehouse, two of the warehouse; parameters are literals and each is told."""
    compiler = IncrementalSyntheticDataGenerationCompiler(tmp_path)
    made = [*compiler.compile_generic_templates("lakehouse").notebooks, *compiler.compile_generic_templates("warehouse").notebooks]
    names = {path.name.removesuffix(".Notebook") for path in made if path.name.startswith("generic")}
    assert names == {
        *(f"generic_{kind}_lakehouse{end}" for kind in ("single_dataset", "incremental_series") for end in ("", "_spark")),
        "generic_single_dataset_warehouse",
        "generic_incremental_series_warehouse",
    }
    for path in made:
        for cell in read(path).cells:
            if cell.kind == "parameters":
                for statement in ast.parse(cell.text).body:
                    assert isinstance(statement, ast.Assign)
                    assert isinstance(ast.literal_eval(statement.value), str | int | float | bool)


def test_an_edit_by_hand_is_kept(tmp_path: Path) -> None:
    """Refused with its name, and overwritten where that is asked for."""
    compiler = IncrementalSyntheticDataGenerationCompiler(tmp_path)
    (path,) = [one for one in compiler.compile("retail_star_small").notebooks if "ddl" not in one.name]
    before = text_of(path)
    (path / "notebook-content.py").write_text(before.replace("print(job.check())", "pass"))
    with pytest.raises(EditedError, match=r"notebook-content\.py"):
        compiler.compile("retail_star_small")
    IncrementalSyntheticDataGenerationCompiler(tmp_path, force=True).compile("retail_star_small")
    assert text_of(path) == before


def test_the_examples_of_the_specification(call: Call, tmp_path: Path) -> None:
    """The second, and the first half of the fourth, word for word."""
    words = ["--dataset-id", "retail_star_large", "--target-rows", "100000000", "--generation-mode", "pyspark", "--output-mode", "parquet"]
    done = call("compile", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / FABRIC).rglob("synthetic_data_retail_star_large_lakehouse_spark.Notebook")
    assert 'generation_mode = "pyspark"' in text_of(path)
    assert 'output_mode = "parquet"' in text_of(path)
    assert "target_rows = 100000000" in text_of(path)
    words = ["--enhanced", "--config-template", "retail_oltp_enhanced", "--path-pattern", "hive_partitioned"]
    done = call("compile", *words, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (own,) = [Path(one) for one in json.loads(done.stdout)["notebooks"] if "enhanced" in one and "ddl" not in one]
    assert 'path_format = "hive_partitioned"' in text_of(tmp_path / own)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("compile", "say what to compile: --dataset-id ID, or --enhanced --config-template ID"),
        ("compile --enhanced", "say which template"),
        ("compile --config-template retail_oltp_enhanced", "--config-template goes with --enhanced"),
        ("compile --enhanced --config-template retail_oltp_enhance", "did you mean `retail_oltp_enhanced`"),
        ("compile -d retail_oltp_smal", "did you mean `retail_oltp_small`"),
        ("compile -d retail_oltp_small_incremental --kernel spark -o csv", "days as files are written by a Python notebook"),
        ("compile -d retail_oltp_small --kernel spark -e warehouse", "a warehouse is loaded by a Python notebook"),
        ("compile -d retail_oltp_small -m pyspark -e warehouse", "a warehouse is loaded by a Python notebook: use the generation mode"),
        ("compile -d retail_oltp_small_incremental -m pyspark -o csv", "days as files are written by a Python notebook"),
        ("compile-generic-templates --kernel spark -t warehouse", "a warehouse is loaded by a Python notebook"),
        (
            "compile -d retail_oltp_small --kernel python -m pyspark",
            "is `pyspark`, which the kernel `python` has not: leave one of them out",
        ),
        ("compile -d retail_oltp_small --kernel spark -m python", "is `python`, which the kernel `spark` has not: leave one of them out"),
        ("compile -d retail_oltp_small --set spark.master=local[2]", "spark.master: a notebook has the session of its workspace"),
        ("compile -d retail_oltp_small --set spark.writer=direct", "spark.writer: a notebook has the session of its workspace"),
        ("generate retail_oltp_small --execute --spark-conf a.b=c", "spark.conf.a.b: a notebook has the session of its workspace"),
        ("compile -d retail_oltp_small -e warehouse -o csv", "a warehouse holds tables"),
        ("compile -d retail_oltp_small_incremental -e warehouse -o parquet", "a warehouse holds tables"),
        ("execute-with-parameters generic_single_dataset", "there is no notebook `generic_single_dataset`"),
        ("execute-with-parameters generic_single_dataset_warehouse_spark", "a warehouse is loaded by a Python notebook"),
        ("execute-with-parameters generic_single_dataset_lakehouse --start-date 2024-01-01", "no parameter `start_date`"),
        ("execute-with-parameters generic_single_dataset_lakehouse --set check", "--set `check` is not of the form"),
        ("execute-with-parameters generic_single_dataset_lakehouse --set target_rows=many", "`many` is not a"),
        ("execute-with-parameters generic_single_dataset_lakehouse --set a=1 --set a.b=2", "a.b"),
        ("execute-with-parameters generic_single_dataset_lakehouse --set check=perhaps", "check"),
        ("execute-with-parameters generic_single_dataset_lakehouse --batch-size x", "batch"),
    ],
)
def test_what_is_refused(call: Call, tmp_path: Path, words: str, sentence: str) -> None:
    """One sentence."""
    done = call(*words.split(), cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert sentence in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2, done.stderr


def test_days_of_a_warehouse_are_tables(tmp_path: Path) -> None:
    """Whatever days are elsewhere: the parameter says so."""
    compiler = IncrementalSyntheticDataGenerationCompiler(tmp_path)
    for settings, mode in (({"output_settings.target_environment": "warehouse"}, "table"), ({}, "parquet")):
        made = compiler.compile_series("retail_oltp_small_incremental", parameters=settings, include_ddl=False)
        (path,) = made.notebooks
        assert re.search(r"^output_mode = (\S+)", text_of(path), re.MULTILINE)[1] == f'"{mode}"'  # type: ignore[index]
    with pytest.raises(InputError, match="warehouse holds tables"):
        compiler.compile(
            "retail_oltp_small", parameters={"output_settings.target_environment": "warehouse", "output_settings.output_mode": "csv"}
        )
