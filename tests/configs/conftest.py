"""What tests of all datasets share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.plan.balance import balanced
from ingen_fab.synthetic_data.core.plan.compiler import Compiler
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.program.codec import to_json
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository

from . import behaviour

Place = tuple[str, str]
"""(table, column)."""


def _cells(plan: Plan) -> dict[Place, list[Any]]:
    out: dict[Place, list[Any]] = {}
    for table in plan.tables:
        batch = Engine(plan.program).batch(table.name, table.first_row, table.first_row + table.rows)
        out |= {(table.name, name): batch.column(name).to_pylist() for name in batch.schema.names}
    return out


def _names(text: str, name: str) -> bool:
    """Whether a program names a table or column: alone, or at the end of a path."""
    return f'"{name}"' in text or f'.{name}"' in text


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., behaviour.Written]]:
    """A dataset of so many driving rows with a seed, written once: `written("retail_oltp_large", 7)`."""
    made: dict[tuple[str, int, int], behaviour.Written] = {}

    def make(dataset_id: str, seed: int, rows: int = 60_000) -> behaviour.Written:
        asked = dataset_id, seed, rows
        if asked not in made:
            made[asked] = behaviour.write(tmp_path_factory.mktemp("behaviour"), *asked)
        return made[asked]

    yield make
    for one in made.values():
        one.connection.close()


@pytest.fixture
def cells() -> Callable[[Plan], dict[Place, list[Any]]]:
    """Every value of every written column of a plan."""
    return _cells


@pytest.fixture
def users() -> Callable[[str, int, Iterable[Place]], set[Place]]:
    """The columns that these are, or that are computed from them.

    All of a table belong to them whose rows themselves ask one of its own, and a column that is of a whole table, as a balance is.
    """

    def work(dataset_id: str, rows: int, places: Iterable[Place]) -> set[Place]:
        variant = DatasetConfigurationRepository().get(dataset_id)
        compiler = Compiler(balanced(variant.dataset, variant.source), variant.source, variant.size, rows)
        programs = compiler.tables()
        asked = {table: json.dumps(to_json(program.rows)) for table, program in programs.items()}
        told = {(table, c): json.dumps(to_json(own)) for table, program in programs.items() for c, own in program.columns.items()}
        pointing = ("reference", "parent", "copy", "sql")
        found = compiler.users_of(*places)
        while True:
            tables = {table for table, _ in found}
            laid = {table for table in asked if any(_names(asked[table], column) for _, column in found)}
            whole = {
                (table, column)
                for (table, column), text in told.items()
                if variant.dataset.tables[table].columns[column].kind not in pointing
                and any(_names(text, name) for name in tables - {table})
            }
            of_rows = {(table, column) for table in laid for column in variant.dataset.tables[table].columns}
            more = found | compiler.users_of(*of_rows, *whole)
            if more == found:
                return found
            found = more

    return work
