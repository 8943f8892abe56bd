"""A compiled pipeline, walked as Fabric walks it: its parameters go by expressions into the notebooks that it runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ingen_fab.synthetic_data.core.compile.compilers import IncrementalSyntheticDataGenerationCompiler
from ingen_fab.synthetic_data.core.compile.items import logical_id
from ingen_fab.synthetic_data.core.compile.literals import Scalar
from ingen_fab.synthetic_data.core.compile.reading import parameters_of, read_notebook
from ingen_fab.synthetic_data.core.execute.execute import Executed
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.run import run

from .conftest import tables_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("execute")]

EXPRESSION = re.compile(r"@pipeline\(\)\.parameters\.(\w+)")
TYPES = {"string": str, "int": int, "float": float, "bool": bool}
WAREHOUSE = {"output_settings.target_environment": "warehouse"}


def _steps(pipeline: Mapping[str, Any], given: Mapping[str, Scalar]) -> dict[str, dict[str, Scalar]]:
    """Of each notebook's id the values that its activity hands on, in the order in which activities run."""
    told = pipeline["properties"]
    declared = {name: TYPES[each["type"]] for name, each in told["parameters"].items()}
    values = {name: each["defaultValue"] for name, each in told["parameters"].items()} | dict(given)
    out: dict[str, dict[str, Scalar]] = {}
    used: set[str] = set()
    done: list[str] = []
    for activity in told["activities"]:
        assert [(each["activity"], each["dependencyConditions"]) for each in activity["dependsOn"]] == [
            (name, ["Succeeded"]) for name in done[-1:]
        ]
        handed: dict[str, Scalar] = {}
        for name, each in activity["typeProperties"].get("parameters", {}).items():
            assert each["value"]["type"] == "Expression"
            found = EXPRESSION.fullmatch(each["value"]["value"])
            assert found is not None
            assert TYPES[each["type"]] is declared[found[1]] is type(values[found[1]])
            handed[name] = values[found[1]]
            used.add(found[1])
        out[activity["typeProperties"]["notebookId"]] = handed
        done.append(activity["name"])
    assert used == set(declared)
    return out


def _pipeline(folder: Path) -> Mapping[str, Any]:
    (file,) = folder.rglob("pipeline-content.json")
    found: Mapping[str, Any] = json.loads(file.read_text())
    return found


def test_a_pipeline_runs_with_other_values(tmp_path: Path, plan_of: Callable[..., Plan]) -> None:
    """First the DDL, then the notebook: with defaults from what was compiled, and rows of the values that a run is given instead."""
    compiler = IncrementalSyntheticDataGenerationCompiler(tmp_path / "items")
    compiler.compile("retail_star_small", target_rows=200, seed=7, parameters=WAREHOUSE, pipeline=True)
    names = ["ddl_warehouse_retail_star_small", "synthetic_data_retail_star_small_warehouse"]
    steps = _steps(_pipeline(compiler.folder), {"target_rows": 250})
    assert list(steps) == [logical_id("Notebook", name) for name in names]
    done: list[Executed] = []
    for name, handed in zip(names, steps.values(), strict=True):
        known = parameters_of(read_notebook(compiler.found(name)))
        assert {each: type(value) for each, value in handed.items()} == {each: type(known[each]) for each in handed}
        done.append(compiler.execute_with_parameters(name, handed, output_dir=tmp_path / "out"))
        if len(done) == 1:
            with duckdb.connect(str(tmp_path / "out" / "warehouse.duckdb"), read_only=True) as connection:
                empty = connection.execute("SELECT count(*) FROM retail_star_small.fact_sales").fetchone()
            assert empty == (0,)
    direct = run(plan_of("retail_star_small", target_rows=250, seed_value=7))
    assert tables_of(done[-1].value) == {table.name: (table.rows, table.digest) for table in direct.tables}


def test_defaults_of_a_pipeline_are_those_of_its_notebook(tmp_path: Path) -> None:
    """Of days, too, and of settings that are no scalars."""
    compiler = IncrementalSyntheticDataGenerationCompiler(tmp_path)
    made = compiler.compile_series("retail_oltp_small_incremental", seed=9, include_ddl=False, pipeline=True)
    (handed,) = _steps(_pipeline(tmp_path), {}).values()
    known = parameters_of(read_notebook(made.notebooks[0]))
    assert handed == {name: known[name] for name in ("start_date", "end_date", "scale_factor", "seed", "runtime_params")}
    assert handed["seed"] == 9
