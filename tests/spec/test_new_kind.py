"""A kind is added by two new files, one of the specification and one of the engine, and nothing else is touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SPEC = '''"""Numbers of a progression."""

from typing import Any, Literal

from ...program import progression as told
from .base import Column, Compiled, Scope, register


@register
class Progression(Column):
    """start, start + step, start + 2 step .."""

    kind: Literal["progression"]
    start: int = 0
    step: int

    def compile(self, scope: Scope) -> Compiled:
        return Compiled(told.Progression(self.start, self.step), "bigint")
'''

PROGRAM = '''"""What the engine is told of progressions."""

from dataclasses import dataclass

from .columns import Kernel


@dataclass(frozen=True, slots=True)
class Progression(Kernel):
    """start, start + step, start + 2 step .."""

    kind = "progression"
    start: int
    step: int
'''

ENGINE = '''"""The kernel of progressions."""

from ...program import progression as told
from ..ground import Frame, Kernel
from ..vector import Vec
from .base import register


@register("progression")
class Progression(Kernel):
    """A function of the row number alone."""

    program: told.Progression

    def values(self, frame: Frame) -> Vec:
        return Vec(self.program.start + self.program.step * frame.rows)
'''

DATASET = """
dataset_id: odd
tables:
  things:
    rows: events
    columns: {thing_id: key, odd: {kind: progression, start: 1, step: 2}, double: {kind: sql, sql: odd * 2}}
"""

RUN = """
import json, sys
import ingen_fab.synthetic_data as package
from ingen_fab.synthetic_data import make_plan, query, resolve_parameters
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.schema import json_schema
settings = {"target_rows": 2500, "output_settings.rows_per_file": 1000, "output_settings.output_dir": "out"}
plan = make_plan(resolve_parameters("odd", flags=settings, repository=DatasetConfigurationRepository(["own"])))
result = run(plan, workers=2)
row = query("out", "SELECT count(*), sum(odd)::BIGINT, sum(double)::BIGINT FROM odd.things").to_pylist()[0]
print(json.dumps([package.__file__, result.status, list(row.values()), "progression" in json.dumps(json_schema("dataset"))]))
"""


@pytest.mark.slow
def test_a_kind_of_three_files(tmp_path: Path) -> None:
    """A copy of the package gets the files; plan, worker processes, SQL and the JSON Schema know the kind."""
    package = tmp_path / "ingen_fab" / "synthetic_data"
    package.mkdir(parents=True)
    for name in ("cli", "core", "configs"):
        shutil.copytree(ROOT / name, package / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "__main__.py"):
        shutil.copy(ROOT / name, package / name)
    (package / "core" / "spec" / "kinds" / "progression.py").write_text(SPEC)
    (package / "core" / "program" / "progression.py").write_text(PROGRAM)
    (package / "core" / "engine" / "kernels" / "progression.py").write_text(ENGINE)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "odd.yaml").write_text(DATASET)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "SYNTHETIC_DATA_DATASETS": str(tmp_path / "own")}
    done = subprocess.run([sys.executable, "-c", RUN], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    where, status, row, published = json.loads(done.stdout)
    assert where.startswith(str(tmp_path))
    assert status == "COMPLETED"
    assert row == [2500, 2500**2, 2 * 2500**2]
    assert published
