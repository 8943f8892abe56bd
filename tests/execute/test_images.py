"""Notebooks in environments with the very packages of Fabric's images, which pip fetches and a cache keeps.

They are long: whoever releases runs them (docs/releases.md), with `CI=true`, by which a Python or a Java that is missing is a failure.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from deltalake import DeltaTable
from filelock import FileLock
from ingen_fab.synthetic_data.core.compile.bundle import bundle_of, shipped
from ingen_fab.synthetic_data.core.compile.compilers import IncrementalSyntheticDataGenerationCompiler
from ingen_fab.synthetic_data.core.execute.execute import execute
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters
from platformdirs import user_cache_path

from .conftest import Write, tables_of

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("spark")]

IMAGES = {
    "python": ("3.12", "", "numpy==1.26.4 pandas==2.3.3 pyarrow==22.0.0 deltalake==1.2.1 duckdb==1.4.4"),
    "spark 1.3": ("3.11", "_spark", "numpy==1.26.4 pandas==2.1.4 pyarrow==14.0.2 pyspark==3.5.5 delta-spark==3.2.1"),
    "spark 2.0": ("3.13", "_spark", "numpy==2.4.1 pandas==2.3.3 pyarrow==24.0.0 pyspark==4.1.1 delta-spark==4.2.0"),
}
"""Image -> its Python, the end of the notebook's name, and its packages."""
DAYS = {"start_date": "2024-03-01", "end_date": "2024-03-03", "output_mode": "table"}
FEW = {"incremental_config": {"rows_per_day": 50}}


def _python(version: str) -> Path:
    """An interpreter of a version; where this machine has none the test is skipped, and fails in CI."""
    there = [*Path.home().glob(f".pyenv/versions/{version}*/bin/python"), *map(Path, filter(None, [shutil.which(f"python{version}")]))]
    if not there:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"there is no Python {version}")
    return there[0]


class Image(NamedTuple):
    """An image of Fabric's, as an environment."""

    python: Path
    end: str
    """Of the name of notebooks for it."""
    version: str
    packages: Mapping[str, str]
    """Name -> version."""


@pytest.fixture(scope="module", params=IMAGES)
def image(request: pytest.FixtureRequest, needs_java: None) -> Image:
    """Each of them."""
    return _made(request.param)


@pytest.fixture(scope="module")
def python_image() -> Image:
    """That of the Python kernel, which alone writes to warehouses and by delta-rs."""
    return _made("python")


def _made(name: str) -> Image:
    version, end, packages = IMAGES[name]
    words = [*packages.split(), "setuptools<81", "tzdata"]
    told = hashlib.sha256(" ".join([version, *words]).encode()).hexdigest()[:12]
    folder = user_cache_path("ingen-fab-synthetic-data-tests", ensure_exists=True) / f"image-{told}"
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([_python(version), "-m", "venv", folder], check=True)
            install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", *words]
            subprocess.run([folder / "bin" / "python", *install], check=True)
            (folder / "complete").touch()
    return Image(folder / "bin" / "python", end, version, dict(package.split("==") for package in packages.split()))


ASKED = """
import importlib, importlib.metadata, json, sys
there = []
for name in ("ingen_fab.synthetic_data", "pydantic", "sqlglot", "yaml", "faker", "numpy"):
    try:
        importlib.import_module(name)
        there.append(name)
    except ImportError:
        pass
versions = {name: importlib.metadata.version(name) for name in names.split()}
notebookutils.notebook.exit(json.dumps({"python": sys.version_info[:2], "versions": versions, "there": there}))
"""


def test_what_an_image_has(image: Image, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its Python and the versions of its packages; this product is not found there, although whoever runs the notebook has a path to it."""
    (tmp_path / "leads" / "ingen_fab").mkdir(parents=True)
    (tmp_path / "leads" / "ingen_fab" / "synthetic_data").symlink_to(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "leads"))
    subprocess.run([image.python, "-c", "import ingen_fab.synthetic_data"], check=True)
    told = execute(write(ASKED, names=" ".join(image.packages)), {}, tmp_path / "there", python=image.python).value
    assert told == {"python": [int(part) for part in image.version.split(".")], "versions": image.packages, "there": ["numpy"]}


def test_a_dataset(
    image: Image, compiler: IncrementalSyntheticDataGenerationCompiler, plan_of: Callable[..., Plan], tmp_path: Path
) -> None:
    """The generic notebook makes the digests of the direct run."""
    path = compiler.found(f"generic_single_dataset_lakehouse{image.end}")
    done = execute(path, {"dataset_id": "retail_star_small", "target_rows": 300}, tmp_path / "there", python=image.python)
    direct = run(plan_of("retail_star_small", target_rows=300))
    assert tables_of(done.value) == {table.name: (table.rows, table.digest) for table in direct.tables}


def _rows(root: Path | str) -> dict[str, Any]:
    """The rows of each table of days, in an order of their own."""
    found = {}
    for name in ("customers", "products", "stores", "orders", "order_items", "inventory"):
        table = DeltaTable(f"{root}/Tables/retail_oltp_small_incremental/{name}").to_pyarrow_table()
        table = table.select(sorted(table.column_names))
        found[name] = sorted(map(repr, table.to_pylist()))
    return found


def _directly(root: Path, **flags: Any) -> dict[str, Any]:
    """The same days of the direct run."""
    given = {"output_settings.output_dir": str(root), "output_settings.output_mode": "table", "incremental_config.rows_per_day": 50}
    resolved = resolve_parameters("retail_oltp_small_incremental", flags={**given, **flags})
    assert run_series(make_series(resolved, date(2024, 3, 1), date(2024, 3, 3))).status == "COMPLETED"
    found = _rows_of_warehouse(root) if flags else _rows(root)
    assert found
    return found


def test_days(image: Image, compiler: IncrementalSyntheticDataGenerationCompiler, tmp_path: Path) -> None:
    """In two runs, of which the second goes on: tables hold the rows of the direct run."""
    path = compiler.found(f"generic_incremental_series_lakehouse{image.end}")
    for last in ("2024-03-02", "2024-03-03"):
        execute(path, {**DAYS, "end_date": last, "runtime_params": json.dumps(FEW)}, tmp_path / "there", python=image.python)
    assert _rows(tmp_path / "there") == _directly(tmp_path / "here")


def test_a_warehouse(
    python_image: Image, compiler: IncrementalSyntheticDataGenerationCompiler, plan_of: Callable[..., Plan], tmp_path: Path
) -> None:
    """Loaded by the Python kernel, through what stands for one here."""
    path = compiler.found("generic_single_dataset_warehouse")
    done = execute(path, {"dataset_id": "finance_star_small", "target_rows": 200}, tmp_path / "there", python=python_image.python)
    direct = run(plan_of("finance_star_small", target_rows=200))
    assert tables_of(done.value) == {table.name: (table.rows, table.digest) for table in direct.tables}


def _rows_of_warehouse(root: Path) -> dict[str, Any]:
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        sql = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'retail_oltp_small_incremental' ORDER BY 1"
        names = [name for (name,) in connection.execute(sql).fetchall()]
        return {name: connection.execute(f"SELECT * FROM retail_oltp_small_incremental.{name} ORDER BY ALL").fetchall() for name in names}


def test_days_of_a_warehouse(python_image: Image, compiler: IncrementalSyntheticDataGenerationCompiler, tmp_path: Path) -> None:
    """Batch by batch, and in two runs."""
    path = compiler.found("generic_incremental_series_warehouse")
    for last in ("2024-03-02", "2024-03-03"):
        words = {**DAYS, "end_date": last, "batch_size": 1, "runtime_params": json.dumps(FEW)}
        execute(path, words, tmp_path / "there", python=python_image.python)
    wanted = _directly(tmp_path / "here", **{"output_settings.target_environment": "warehouse"})
    assert _rows_of_warehouse(tmp_path / "there") == wanted


AWAY = """
import sys
from datetime import date
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

flags = {"output_settings.output_dir": sys.argv[1], "output_settings.output_mode": "table", "incremental_config.rows_per_day": 50}
resolved = resolve_parameters("retail_oltp_small_incremental", flags=flags)
for last in (2, 3):
    result = run_series(make_series(resolved, date(2024, 3, 1), date(2024, 3, last)), batch=1)
    assert result.status == "COMPLETED", result.message
"""


def test_days_at_an_object_store(python_image: Image, s3: Any, tmp_path: Path) -> None:
    """What a notebook brings, at a URL as a lakehouse has one: its library merges, and the tables hold the rows of a folder."""
    for name, text in bundle_of(shipped()).files.items():
        (tmp_path / "engine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "engine" / name).write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "engine"), "SYNTHETIC_DATA_CACHE": "off"}
    told = subprocess.run([python_image.python, "-c", AWAY, s3.url], env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert _rows(s3.url) == _directly(tmp_path / "here")
