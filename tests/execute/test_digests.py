"""The notebook that deploys makes the rows of the direct run, wherever they go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingen_fab.synthetic_data.core.compile.compilers import IncrementalSyntheticDataGenerationCompiler
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.execute.execute import Executed
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

from .conftest import tables_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("execute")]

Run = Callable[..., Executed]
Call = Callable[..., Any]
SINGLE = "generic_single_dataset_lakehouse"


def _direct(plan: Plan) -> dict[str, tuple[int, str]]:
    return {table.name: (table.rows, table.digest) for table in run(plan).tables}


@pytest.mark.parametrize(
    ("dataset_id", "mode"), [("retail_oltp_small", "table"), ("finance_star_small", "parquet"), ("healthcare_oltp_small", "csv")]
)
def test_a_dataset(executed: Run, plan_of: Callable[..., Plan], dataset_id: str, mode: str) -> None:
    """In each form."""
    done = executed(SINGLE, dataset_id=dataset_id, target_rows=300, seed=7, output_mode=mode)
    plan = plan_of(dataset_id, target_rows=300, seed_value=7, output_settings__output_mode=mode)
    assert tables_of(done.value) == _direct(plan)
    assert done.value["status"] == "COMPLETED"
    assert done.value["checks"] > len(plan.tables)


BASE = """
dataset_id: base_world
driving: people
history: {start: 2023-01-01, end: 2023-12-31}
tables:
  people:
    rows: {layout: entities, number: 40}
    columns:
      person_id: key
      name: {kind: pool, pool: names}
      joined: begin
      day: {kind: sql, sql: "date_diff('day', history_start(), joined)"}
pools: {names: {faker: name, locale: fr_FR, rows: 50}}
"""
OWN = """
dataset_id: own_world
extends: base_world
driving: visits
tables:
  visits:
    rows: events
    columns:
      visit_id: key
      at: begin
      person_id: {kind: reference, to: people}
      since: {kind: constant, value: 2020-02-29}
      days: {kind: sql, sql: "date_diff('day', history_start(), at)"}
"""


@pytest.mark.parametrize("days", ["own", "moved"])
def test_a_dataset_of_a_users_own(
    compiler: IncrementalSyntheticDataGenerationCompiler, executed: Run, tmp_path: Path, plan_of: Callable[..., Plan], days: str
) -> None:
    """One that extends another of its folder, with a list that Faker draws, days of YAML, and SQL that asks when the history begins."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "base.yaml").write_text(BASE)
    (folder / "own.yaml").write_text(OWN)
    moved = {"history.start": "2022-02-01", "history.end": "2022-03-01"} if days == "moved" else {}
    settings = {"target_rows": 200, **moved}
    flags = {**settings, "output_settings.output_mode": "parquet"}
    resolved = resolve_parameters("own_world", flags=flags, repository=DatasetConfigurationRepository([folder]))
    (path,) = compiler.compile(resolved=resolved, include_ddl=False).notebooks
    name = path.name.removesuffix(".Notebook")
    plan = plan_of("own_world", datasets=[folder], **flags)
    assert tables_of(executed(name).value) == _direct(plan)
    if days == "own":
        with pytest.raises(InputError, match="brings what was drawn for the seed"):
            executed(name, seed=8)


def _files(root: Path) -> dict[str, bytes]:
    """Files of days, as they lie below a root."""
    found = (path for path in (root / "Files").rglob("*.parquet") if not any(part.startswith(".") for part in path.relative_to(root).parts))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("first", ["direct", "notebook"])
def test_days_go_on(call: Call, tmp_path: Path, first: str) -> None:
    """What one began the other goes on with: days that are there are passed over, and all files are those of one series."""
    series = ["generate-series", "retail_oltp_small_incremental", "-s", "2024-03-01", "--set", "incremental_config.rows_per_day=50"]
    both, alone = tmp_path / "both", tmp_path / "alone"
    for end, executes in (("2024-03-02", first == "notebook"), ("2024-03-03", first == "direct")):
        words = [*series, "-e", end, "--output-dir", str(both), *(["--execute"] if executes else [])]
        done = call(*words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert call(*series, "-e", "2024-03-03", "--output-dir", str(alone), cwd=tmp_path).returncode == 0
    found, wanted = _files(both), _files(alone)
    assert sorted(found) == sorted(wanted)
    assert wanted
    for path, content in wanted.items():
        assert pq.read_table(pa.BufferReader(found[path])).equals(pq.read_table(pa.BufferReader(content))), path


def _rows(file: Path, schema: str) -> dict[str, list[Any]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        sql = "SELECT table_name FROM duckdb_tables() WHERE schema_name = ? ORDER BY 1"
        names = [name for (name,) in connection.execute(sql, [schema]).fetchall()]
        return {name: connection.execute(f'SELECT * FROM "{schema}"."{name}" ORDER BY ALL').fetchall() for name in names}


@pytest.mark.parametrize("kind", ["single", "series"])
def test_a_warehouse(call: Call, tmp_path: Path, kind: str) -> None:
    """Its tables hold the rows that the direct run writes, each of them; days are merged into those that stand."""
    if kind == "single":
        runs = [["generate", "finance_star_small", "-r", "200"]]
    else:
        words = ["generate-series", "retail_oltp_small_incremental", "-o", "table", "--set", "incremental_config.rows_per_day=50"]
        runs = [[*words, "-s", first, "-e", last] for first, last in (("2024-03-01", "2024-03-02"), ("2024-03-03", "2024-03-04"))]
    for one in runs:
        for where, further in (("here", []), ("there", ["--execute"])):
            done = call(*one, "--target-environment", "warehouse", "--output-dir", str(tmp_path / where), *further, cwd=tmp_path)
            assert done.returncode == 0, done.stderr
    schema = "finance_star_small" if kind == "single" else "retail_oltp_small_incremental"
    here, there = (_rows(tmp_path / where / "warehouse.duckdb", schema) for where in ("here", "there"))
    assert list(here) == list(there)
    assert here
    for name, rows in here.items():
        assert rows == there[name], name


def test_one_day(call: Call, tmp_path: Path) -> None:
    """The command of a scheduler, as the specification prints it, into tables of files."""
    done = call("generate-incremental", "retail_oltp_small_incremental", "--date", "2024-03-01", "--execute", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 day" in done.stdout or "rows of retail_oltp_small_incremental" in done.stdout, done.stdout
    here = call("generate-incremental", "retail_oltp_small_incremental", "--date", "2024-03-01", "--output-dir", "here", cwd=tmp_path)
    assert here.returncode == 0, here.stderr
    found, wanted = _files(tmp_path / "synthetic_data"), _files(tmp_path / "here")
    assert {path: pq.read_table(pa.BufferReader(found[path])) for path in found} == {
        path: pq.read_table(pa.BufferReader(wanted[path])) for path in wanted
    }
    assert wanted
