"""Distributions, temporal patterns and relationships on every shipped dataset: each changes what it names, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.layouts.children import Children
from ingen_fab.synthetic_data.core.engine.layouts.panel import Panel
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

pytestmark = pytest.mark.slow

REPOSITORY = DatasetConfigurationRepository()
SMALLEST = {info.world: info.dataset_id for info in sorted(REPOSITORY.list(), key=lambda info: info.target_rows, reverse=True)}
DATASETS = sorted(SMALLEST.values())
ROWS = 1_500

MakePlan = Callable[..., Plan]


Place = tuple[str, str]
Cells = Callable[[Plan], dict[Place, list[Any]]]
Users = Callable[[str, int, Iterable[Place]], set[Place]]


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_a_distribution_changes_its_column(plan_of: MakePlan, cells: Cells, users: Users, dataset_id: str) -> None:
    """The first drawn number of each written table that has no price endings and does not change: a constant is found in all its rows."""
    variant = REPOSITORY.get(dataset_id)
    chosen: dict[str, str] = {}
    for table in variant.dataset.written:
        model = variant.dataset.tables[table]
        changes = getattr(model.rows, "changes", None)
        for column, kind in model.columns.items():
            plain = kind.kind == "number" and not kind.endings and not kind.when and column not in (changes.columns if changes else ())
            if plain and not column.startswith("_"):
                chosen.setdefault(table, column)
    if not chosen:
        pytest.skip("no written table of this dataset has a plain number")
    before = cells(plan_of(dataset_id, target_rows=ROWS))
    for table, column in chosen.items():
        distribution = {"type": "constant", "value": 3}
        after = cells(plan_of(dataset_id, target_rows=ROWS, distributions={f"{table}.{column}": distribution}))
        assert {float(value) for value in after[table, column] if value is not None} == {3.0}
        changed = {place for place in before if before[place] != after[place]}
        assert (table, column) in changed <= users(dataset_id, ROWS, [(table, column)])


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_closed_mondays_have_no_events(plan_of: MakePlan, dataset_id: str) -> None:
    """None is on one but those that are due on a day; all of them are there. Without events it is said that nothing follows a weekday."""
    dataset = REPOSITORY.get(dataset_id).dataset
    if not any(table.rows.is_event for table in dataset.tables.values()):
        with pytest.raises(InputError, match=r"temporal_patterns\.weekdays: dataset .* has no events"):
            plan_of(dataset_id, target_rows=ROWS, temporal_patterns__weekdays={"monday": 0})
        return
    plan = plan_of(dataset_id, target_rows=ROWS, temporal_patterns__weekdays={"monday": 0})
    engine = Engine(plan.program)
    name = dataset.driver
    while isinstance(engine.table(name).layout, Children):
        name = engine.table(name).layout.of
    table = engine.table(name)
    low, high = table.layout.rows(0, engine.calendar.days - 1)
    weekday = (table.frame(low, high - low).day + engine.calendar.origin + 3) % 7
    assert high > low
    assert np.mean(weekday == 0) < (0.1 if isinstance(table.layout, Panel) else 1e-9)
    assert len(np.unique(weekday)) >= 4
    assert plan.table(dataset.driver).rows == ROWS


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_a_new_relationship_adds_one_column(plan_of: MakePlan, cells: Cells, dataset_id: str) -> None:
    """From the driving table to the first table with a numbered key: its keys are of rows, and all other cells stay."""
    dataset = REPOSITORY.get(dataset_id).dataset
    able = [
        (name, dataset.tables[name].key[0])
        for name in dataset.written
        if name != dataset.driver
        and [dataset.tables[name].columns[column].kind for column in dataset.tables[name].key] == ["key"]
        and dataset.tables[name].rows.layout == "entities"
    ]
    if not able:
        pytest.skip("no table of this dataset has a numbered key beside the driving one")
    parent, key = able[0]
    new = {"parent": f"{parent}.{key}", "child": f"{dataset.driver}.another_key", "type": "one_to_many"}
    before = cells(plan_of(dataset_id, target_rows=ROWS))
    plan = plan_of(dataset_id, target_rows=ROWS, relationships=[new])
    after = cells(plan)
    assert set(after) - set(before) == {(dataset.driver, "another_key")}
    assert {place: after[place] for place in before} == before
    assert set(after[dataset.driver, "another_key"]) <= set(after[parent, key])
    assert ("another_key", parent) in {(found.column, found.parent) for found in plan.table(dataset.driver).foreign_keys}
