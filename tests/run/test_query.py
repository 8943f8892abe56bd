"""The documented SQL runs as it is written, over lakehouse and warehouse alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from ingen_fab.synthetic_data.core.errors import InputError, RunError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run

RESOURCES = """
-- Peak memory usage by dataset size
SELECT 
    dataset_id,
    target_rows,
    MAX(peak_memory_gb) as max_memory,
    MAX(cpu_cores_used) as max_cores,
    AVG(duration_seconds) as avg_duration
FROM log_synthetic_data_generation
GROUP BY dataset_id, target_rows
ORDER BY target_rows;
"""  # noqa: W291  # as the specification has it
STATE = """
-- View generation state
SELECT 
    dataset_id,
    generation_date,
    tables_generated,
    total_rows,
    file_paths,
    status
FROM log_synthetic_data_generation
WHERE dataset_id = 'retail_oltp_small'
ORDER BY generation_date DESC;
"""  # noqa: W291  # as the specification has it


@pytest.mark.parametrize("environment", ["lakehouse", "warehouse"])
def test_the_log_tells_of_the_run(plan_of: Callable[..., Plan], tmp_path: Path, environment: str) -> None:
    """Both environments answer the same queries, with the run's own figures."""
    plan = plan_of("retail_oltp_small", target_rows=60, output_settings__target_environment=environment)
    result = run(plan)
    root = tmp_path / "out"
    (used,) = query(root, RESOURCES).to_pylist()
    assert (used["dataset_id"], used["target_rows"]) == ("retail_oltp_small", 60)
    assert used["max_memory"] == pytest.approx(result.peak_memory_bytes / 1e9)
    assert used["max_cores"] > 0
    (state,) = query(root, STATE).to_pylist()
    assert (state["generation_date"], state["status"], state["total_rows"]) == (plan.as_of, "COMPLETED", plan.rows)
    assert state["tables_generated"].split(", ") == list(plan.names)
    for table in plan.tables:
        (counted,) = query(root, f"SELECT count(*) AS n FROM retail_oltp_small.{table.name}").to_pylist()
        assert counted["n"] == table.rows


@pytest.mark.parametrize(
    "name", ["config_synthetic_data_datasets", "sample_dataset_configurations", "config.config_synthetic_data_generation_jobs"]
)
def test_the_config_tables_are_there(plan_of: Callable[..., Plan], tmp_path: Path, name: str) -> None:
    """The shipped datasets and the run's job can be listed."""
    run(plan_of("retail_oltp_small", target_rows=10))
    assert "retail_oltp_small" in query(tmp_path / "out", f"SELECT dataset_id FROM {name}").column("dataset_id").to_pylist()


def test_tables_without_a_schema(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """An empty schema puts the tables beside the log, and they answer to their bare names."""
    run(plan_of("retail_oltp_small", target_rows=20, output_settings__schema=""))
    assert (tmp_path / "out" / "Tables" / "orders" / "_delta_log").is_dir()
    assert query(tmp_path / "out", "SELECT count(*) AS n FROM orders").to_pylist() == [{"n": 20}]


def test_a_broken_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    """A warehouse that cannot be opened, and a root that is not there, give errors of ours."""
    (tmp_path / "warehouse.duckdb").write_text("no database " * 1_000)
    with pytest.raises(RunError, match="cannot be read now"):
        query(tmp_path, "SELECT 1")
    with pytest.raises(InputError, match="is not an output root"):
        query(tmp_path / "nowhere", "SELECT 1")


def test_queries_leave_the_warehouse_alone(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A query opens the file for reading alone, so what it holds stays byte for byte."""
    run(plan_of("retail_oltp_small", target_rows=20, output_settings__target_environment="warehouse"))
    file = tmp_path / "out" / "warehouse.duckdb"
    before = file.read_bytes()
    with pytest.raises(InputError):
        query(tmp_path / "out", "DELETE FROM warehouse.retail_oltp_small.orders")
    assert query(tmp_path / "out", "SELECT 1 AS one").num_rows == 1
    assert file.read_bytes() == before
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM retail_oltp_small.orders").fetchone() == (20,)
