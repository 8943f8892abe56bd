"""Written datasets, and copies of them with damage done on purpose."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.report import Report
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.run.anew import plan_of
from ingen_fab.synthetic_data.core.run.manifest import find_manifest
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

OWN = Path(__file__).parent / "own"
"""Datasets of a user, with the words that no shipped dataset uses."""

Damage = Callable[..., Report]
Write = Callable[[str], Plan]


@pytest.fixture(scope="session")
def written_once(tmp_path_factory: pytest.TempPathFactory) -> Write:
    """`written_once("retail_oltp_small")` writes a dataset in its own size, seed 42, as parquet files, and gives the plan of it."""
    plans: dict[str, Plan] = {}

    def write(dataset_id: str) -> Plan:
        if dataset_id not in plans:
            flags = {"output_settings.output_mode": "parquet", "output_settings.output_dir": str(tmp_path_factory.mktemp(dataset_id))}
            plans[dataset_id] = make_plan(resolve_parameters(dataset_id, flags=flags, repository=DatasetConfigurationRepository([OWN])))
            assert run(plans[dataset_id]).status == "COMPLETED"
        return plans[dataset_id]

    return write


@pytest.fixture(scope="session")
def written(written_once: Write) -> Path:
    """An output root with retail_oltp_small at 10,000 orders."""
    return written_once("retail_oltp_small").output.root


@pytest.fixture(scope="session")
def plan(written: Path) -> Plan:
    """The plan of what is written there."""
    return plan_of(find_manifest(written))


@pytest.fixture
def damage(written_once: Write, tmp_path: Path) -> Damage:
    """`damage("orders", "UPDATE t SET ..")` changes the rows of a table in a copy of the files, and checks the copy.

    A query gives the rows that take their place. Other tables are there under their names.
    """

    def work(table: str, sql: str, dataset_id: str = "retail_oltp_small") -> Report:
        plan, root = written_once(dataset_id), tmp_path / "damaged"
        shutil.copytree(plan.output.root, root)
        rewrite(root, table, sql)
        return validate(replace(plan, output=replace(plan.output, root=root)), find_manifest(root))

    return work


def rewrite(root: Path, table: str, sql: str) -> None:
    """Replaces a table's file."""
    files = {file.parent.name: file for file in (root / "Files").glob("*/*/data.parquet")}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, file in files.items():
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{file}')")
        connection.execute(f"CREATE TABLE t AS SELECT * FROM {table}")
        if sql.startswith(("SELECT", "WITH")):
            connection.execute(f"CREATE OR REPLACE TABLE t AS {sql}")
        else:
            connection.execute(sql)
        connection.execute(f"COPY t TO '{files[table]}' (FORMAT parquet)")
