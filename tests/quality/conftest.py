"""Written datasets, and copies of them with damage done on purpose."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.manifest import find_manifest, plan_of
from ingen_fab.synthetic_data.core.quality.report import Report
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

Damage = Callable[[str, str], Report]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output root with retail_oltp_small at 10,000 orders, seed 42, as parquet files."""
    root = tmp_path_factory.mktemp("written")
    flags = {"output_settings.output_mode": "parquet", "output_settings.output_dir": str(root)}
    assert run(make_plan(resolve_parameters("retail_oltp_small", flags=flags))).status == "COMPLETED"
    return root


@pytest.fixture(scope="session")
def plan(written: Path) -> Plan:
    """The plan of what is written there."""
    return plan_of(find_manifest(written))


@pytest.fixture
def damage(written: Path, tmp_path: Path) -> Damage:
    """`damage("orders", "SELECT .. FROM t")` replaces a table's rows in a copy of the files, and checks the copy."""

    def work(table: str, sql: str) -> Report:
        root = tmp_path / "damaged"
        shutil.copytree(written, root)
        rewrite(next((root / "Files").glob(f"*/{table}/data.parquet")), sql)
        noted = find_manifest(root)
        return validate(plan_of(noted), noted)

    return work


@pytest.fixture(name="rewrite")
def rewriting() -> Callable[[Path, str], None]:
    """`rewrite(file, "SELECT .. FROM t")`."""
    return rewrite


def rewrite(file: Path, sql: str) -> None:
    """Replaces a parquet file by the result of a query over its rows `t`."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TABLE t AS SELECT * FROM read_parquet('{file}')")
        connection.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet)")
