"""What every shipped dataset has, whatever it is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.spec.repository import CONFIGS, DatasetConfigurationRepository, load_dataset

DATASETS = [info.dataset_id for info in DatasetConfigurationRepository().list()]
EXAMPLES = CONFIGS.parent / "docs" / "examples"


def test_all_files_are_listed_without_a_problem() -> None:
    """Each YAML file is a dataset; the benchmarks stand in a domain of their own, at the end."""
    found = DatasetConfigurationRepository().list()
    assert [info.problem for info in found if info.problem] == []
    assert {info.source for info in found} == set((CONFIGS / "datasets").glob("*.yaml"))
    assert {info.dataset_id for info in found if info.domain == "benchmark"} == {"benchmark_orders", "benchmark_customers"}
    assert [info.domain == "benchmark" for info in found] == sorted(info.domain == "benchmark" for info in found)


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_checks_bind_on_the_planned_columns(plan_of: Callable[..., Plan], dataset_id: str) -> None:
    """DuckDB accepts every check on empty tables of the planned types, and no check fails without rows."""
    plan = plan_of(dataset_id)
    assert plan.checks
    with duckdb.connect() as connection:
        for table in plan.tables:
            columns = ", ".join(f'"{c.name}" {c.type.replace("timestamp", "TIMESTAMPTZ")}' for c in table.columns)
            connection.execute(f"CREATE TABLE {table.name} ({columns})")
        for sentence, (_, sql) in plan.checks.items():
            connection.execute(f"EXPLAIN {sql}")
            assert sentence == sentence.strip().rstrip(".")


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_tables_and_columns_are_described(plan_of: Callable[..., Plan], dataset_id: str) -> None:
    """Each written table and column says what it is: `show` and the data dictionary print it."""
    plan = plan_of(dataset_id)
    assert plan.dataset_name
    missing = [f"{table.name}.{c.name}" for table in plan.tables for c in table.columns if not c.about]
    missing += [table.name for table in plan.tables if not table.about]
    assert missing == []


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_money_is_exact_and_moments_are_instants(plan_of: Callable[..., Plan], dataset_id: str) -> None:
    """No amount is a binary fraction: what is counted in USD is a decimal."""
    for table in plan_of(dataset_id).tables:
        for column in table.columns:
            assert column.type != "double", column.name
            if column.unit == "USD":
                assert column.type == "decimal(18,2)", column.name


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_examples_make_a_plan(plan_of: Callable[..., Plan], file: Path) -> None:
    """The examples of the documentation work as they are printed."""
    dataset = load_dataset(file)
    dataset_id = "_".join([dataset.dataset_id, *list(dataset.sizes)[:1]])
    plan = plan_of(dataset_id, datasets=[file.parent], target_rows=100)
    assert plan.names == dataset.written
    assert plan.table(dataset.driver).rows == 100
