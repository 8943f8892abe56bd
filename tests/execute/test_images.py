"""Notebooks in environments with the very packages of Fabric's images, which pip fetches."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.compile.compilers import IncrementalSyntheticDataGenerationCompiler
from ingen_fab.synthetic_data.core.execute.execute import execute
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.run import run

from .conftest import tables_of

IMAGES = {
    "python": ("3.12", "", "numpy==1.26.4 pandas==2.3.3 pyarrow==22.0.0 deltalake==1.2.1 duckdb==1.4.4"),
    "spark 1.3": ("3.11", "_spark", "numpy==1.26.4 pandas==2.1.4 pyarrow==14.0.2 pyspark==3.5.5 delta-spark==3.2.1"),
    "spark 2.0": ("3.13", "_spark", "numpy==2.4.1 pandas==2.3.3 pyarrow==24.0.0 pyspark==4.1.1 delta-spark==4.2.0"),
}
"""Image -> its Python, the end of the notebook's name, and its packages."""


@pytest.mark.long
@pytest.mark.parametrize("image", IMAGES)
def test_an_image(
    compiler: IncrementalSyntheticDataGenerationCompiler, plan_of: Callable[..., Plan], tmp_path: Path, needs_java: None, image: str
) -> None:
    """The generic notebook makes the rows of the direct run there."""
    version, end, packages = IMAGES[image]
    there: list[Path | str] = [
        *Path.home().glob(f".pyenv/versions/{version}*/bin/python"),
        *filter(None, [shutil.which(f"python{version}")]),
    ]
    if not there:
        pytest.skip(f"there is no Python {version}")
    subprocess.run([there[0], "-m", "venv", tmp_path / "image"], check=True)
    python = tmp_path / "image" / "bin" / "python"
    words = ["--quiet", "--disable-pip-version-check", *packages.split(), "setuptools<81", "tzdata"]
    subprocess.run([python, "-m", "pip", "install", *words], check=True)
    path = compiler.found(f"generic_single_dataset_lakehouse{end}")
    done = execute(path, {"dataset_id": "retail_star_small", "target_rows": 300}, tmp_path / "there", python=python)
    assert tables_of(done.value) == {
        table.name: (table.rows, table.digest) for table in run(plan_of("retail_star_small", target_rows=300)).tables
    }
