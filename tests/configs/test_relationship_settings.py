"""The settings of relationships on every shipped dataset: what they name is found in the files, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.plan.relations import optional_references
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.kinds.reference import Reference
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

pytestmark = pytest.mark.slow

REPOSITORY = DatasetConfigurationRepository()
SMALLEST = {info.world: info.dataset_id for info in sorted(REPOSITORY.list(), key=lambda info: info.target_rows, reverse=True)}
DATASETS = sorted(SMALLEST.values())
ROWS = 2_500

SPECIFICATION: dict[str, Any] = {"enable_relationships": True, "relationship_null_percentage": 0.05}
"""The block as the specification prints it."""

MakePlan = Callable[..., Plan]
Place = tuple[str, str]
Cells = Callable[[Plan], dict[Place, list[Any]]]
Users = Callable[[str, int, Iterable[Place]], set[Place]]
Only = Callable[..., set[Place]]


def optional(dataset_id: str) -> list[tuple[str, str]]:
    """The references that settings may make NULL."""
    dataset = REPOSITORY.get(dataset_id).dataset
    return [(table, column) for table, column, _ in optional_references(dataset, dataset.tables)]


def missing(dataset_id: str, table: str, column: str) -> str:
    """SQL condition that a reference is NULL, or the key of the row for the unknown where its table has one."""
    tables = REPOSITORY.get(dataset_id).dataset.tables
    return f"{column} = -1" if tables[tables[table].columns[column].to].unknown is not None else f"{column} IS NULL"


@pytest.fixture
def only(plan_of: MakePlan, cells: Cells, users: Users) -> Only:
    """The columns that settings change: all of them are these places, or computed from them."""

    def work(dataset_id: str, places: list[Place], **settings: Any) -> set[Place]:
        before = cells(plan_of(dataset_id, target_rows=ROWS))
        after = cells(plan_of(dataset_id, target_rows=ROWS, **settings))
        assert set(before) == set(after)
        changed = {place for place in before if before[place] != after[place]}
        assert changed <= users(dataset_id, ROWS, places)
        return changed

    return work


def written(plan: Plan, root: Path) -> duckdb.DuckDBPyConnection:
    """The files of a run, as DuckDB reads them."""
    result = run(plan)
    assert result.status == "COMPLETED", result.message
    connection = duckdb.connect()
    for name in plan.names:
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{root / 'Files' / plan.dataset_id / name / '*.parquet'}')")
    return connection


def quotas(connection: duckdb.DuckDBPyConnection, plan: Plan, table: str, condition: str, share: float) -> None:
    """A condition holds for an exact share: of each 1,024 rows to a row, and of all rows where the table is counted."""
    found = np.asarray(connection.execute(f"SELECT ({condition})::INT AS hit FROM {table} AS mine").fetchnumpy()["hit"], np.int64)
    blocks = [int(found[start : start + 1_024].sum()) for start in range(0, len(found) - 1_023, 1_024)]
    assert np.allclose(blocks, 1_024 * share, atol=1.0)
    if plan.table(table).driving:
        assert int(found.sum()) == int(len(found) * share + 0.5)


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_the_specification_s_block(plan_of: MakePlan, only: Only, tmp_path: Path, dataset_id: str) -> None:
    """5 % of each optional reference are NULL in the files; a dataset without one says so."""
    settings = SPECIFICATION | {"output_settings__output_mode": "parquet"}
    if not optional(dataset_id):
        with pytest.raises(
            InputError, match=f"relationship_null_percentage: dataset `{REPOSITORY.get(dataset_id).dataset.dataset_id}` has"
        ):
            plan_of(dataset_id, target_rows=ROWS, **settings)
        return
    plan = plan_of(dataset_id, target_rows=ROWS, **settings)
    connection = written(plan, tmp_path / "out")
    for table, column in optional(dataset_id):
        quotas(connection, plan, table, missing(dataset_id, table, column), 0.05)
    changed = only(dataset_id, optional(dataset_id), **SPECIFICATION)
    assert {(table, column) for table, column in optional(dataset_id) if plan.table(table).rows >= 1_024} <= changed


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_orphans_point_at_no_row(plan_of: MakePlan, only: Only, tmp_path: Path, dataset_id: str) -> None:
    """2 % of the keys of each optional reference to numbered rows are of no row, beside 5 % that are NULL."""
    dataset = REPOSITORY.get(dataset_id).dataset
    dense = [
        (table, column, model.to)
        for table, column, model in optional_references(dataset, dataset.tables)
        if [dataset.tables[model.to].columns[name].kind for name in dataset.tables[model.to].key] == ["key"]
    ]
    settings = {"orphan_percentage": 0.02, "relationship_null_percentage": 0.05, "output_settings__output_mode": "parquet"}
    if not dense:
        with pytest.raises(InputError, match=r"orphan_percentage: .*no optional reference"):
            plan_of(dataset_id, target_rows=ROWS, orphan_percentage=0.02)
        return
    plan = plan_of(dataset_id, target_rows=ROWS, **settings)
    connection = written(plan, tmp_path / "out")
    for table, column, to in dense:
        if to in plan.names:
            (key,) = plan.table(to).primary_key
            lost = f"{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {to} AS theirs WHERE theirs.{key} = mine.{column})"
            quotas(connection, plan, table, lost, 0.02)
        quotas(connection, plan, table, missing(dataset_id, table, column), 0.05)
    places = [(table, column) for table, column, _ in dense]
    changed = only(dataset_id, places, orphan_percentage=0.02)
    assert {(table, column) for table, column in places if plan.table(table).rows >= 1_024} <= changed


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_without_relationships_keys_are_any_of_the_range(plan_of: MakePlan, only: Only, dataset_id: str) -> None:
    """Drawn references are even over all rows of the parent, also over those that are not there yet; others stay as they are."""
    dataset = REPOSITORY.get(dataset_id).dataset
    drawn = {
        (table, column): model
        for table in dataset.written
        for column, model in dataset.tables[table].columns.items()
        if isinstance(model, Reference) and model.pick == "draw" and not model.match and not dataset.tables[model.to].rows.by_time
    }
    if not drawn:
        with pytest.raises(InputError, match=r"enable_relationships: dataset .* has no drawn reference"):
            plan_of(dataset_id, target_rows=ROWS, enable_relationships=False)
        return
    assert only(dataset_id, list(drawn), enable_relationships=False)
    plan = plan_of(dataset_id, target_rows=ROWS, enable_relationships=False)
    for (table, column), model in drawn.items():
        rows = Engine(plan.program).table(table).frame(0, plan.table(table).rows).get(column, "row").values
        size = Engine(plan.program).table(model.to).layout.before(Engine(plan.program).calendar.days)
        assert rows.min() >= 0
        assert rows.max() < size
        if len(rows) >= 1_000 and not model.distinct:
            halves = np.bincount(rows * 2 // size, minlength=2) / len(rows)
            assert abs(halves[0] - 0.5) < 0.06


def test_every_setting_is_exact_and_apart(plan_of: MakePlan, only: Only) -> None:
    """The default changes nothing; shares that do not fit are refused in one sentence."""
    assert only("retail_oltp_small", [("orders", "customer_id")], enable_relationships=True) == set()
    with pytest.raises(InputError, match=r"orphan_percentage: the shares of nulls and orphans of `orders.customer_id` add up"):
        plan_of("retail_oltp_small", relationship_null_percentage=0.7, orphan_percentage=0.6)
    with pytest.raises(InputError, match=r"must be a share from 0 to 1, not `5`; did you mean 0\.05 or 5%"):
        plan_of("retail_oltp_small", relationship_null_percentage=5)


def test_without_lifetimes_orders_come_before_customers(plan_of: MakePlan, cells: Cells) -> None:
    """What `enable_relationships: false` gives up is seen: some customers order before they register."""
    early = {}
    for enabled in (True, False):
        found = cells(plan_of("retail_oltp_small", target_rows=ROWS, enable_relationships=enabled))
        joined = dict(zip(found["customers", "customer_id"], found["customers", "registered_at"], strict=True))
        pairs = zip(found["orders", "customer_id"], found["orders", "ordered_at"], strict=True)
        early[enabled] = sum(joined[customer] > moment for customer, moment in pairs)
    assert early[True] == 0
    assert early[False] > ROWS * 0.1
