"""The engine gives the same digests with the oldest libraries that executors and notebooks have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.program.codec import to_json
from ingen_fab.synthetic_data.core.program.content import KNOWN

ROOT = Path(__file__).resolve().parents[2]
OLDEST = {"numpy": "1.26.4", "pyarrow": "14.0.2", "pandas": "2.1.4"}

UNREACHABLE = ("connect", "dns error", "name resolution", "timed out", "max retries", "unreachable", "failed to fetch")
"""What pip and uv say where there is no network, in small letters."""

CODE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import numpy, pandas, pyarrow
from core.engine.digest import digest_of
from core.engine.engine import Engine
from core.program.codec import from_json
from core.program.content import Contents
from core.program.program import Program
program, lists, tables = json.load(sys.stdin)
contents = Contents()
for text in lists:
    contents.hold(text.encode())
engine = Engine(from_json(Program, program), contents)
found = {}
for name, (key, first, last) in tables.items():
    batches = list(engine.batches(name, first, last))
    frame = pyarrow.Table.from_batches(batches).to_pandas()
    found[name] = [digest_of(batches, tuple(key)), len(frame), len(frame.columns)]
versions = {"numpy": numpy.__version__, "pyarrow": pyarrow.__version__, "pandas": pandas.__version__}
others = sorted(set(sys.modules) & {"pydantic", "sqlglot", "duckdb", "yaml", "deltalake", "ingen_fab"})
print(json.dumps([versions, others, found]))
"""


@pytest.fixture(scope="module")
def oldest() -> Path:
    """An interpreter with the oldest libraries and nothing of ours; kept between runs."""
    folder = ROOT / ".venv-oldest"
    python = folder / "bin" / "python"
    stamp = folder / "installed.json"
    if stamp.exists() and json.loads(stamp.read_text()) == OLDEST:
        return python
    wanted = [f"{name}=={version}" for name, version in OLDEST.items()]
    uv = shutil.which("uv")
    make = (
        [uv, "venv", "--quiet", "--clear", str(folder), "--python", sys.executable]
        if uv
        else [sys.executable, "-m", "venv", "--clear", str(folder)]
    )
    install = (
        [uv, "pip", "install", "--python", str(python)] if uv else [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    )
    for command in (make, [*install, "--quiet", *wanted]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            told = done.stderr.strip()
            if os.environ.get("CI") != "true" and any(word in told.lower() for word in UNREACHABLE):
                pytest.skip(f"the package index cannot be reached: {told.splitlines()[-1]}")
            pytest.fail(f"{' '.join(command)}: {told}")
    stamp.write_text(json.dumps(OLDEST))
    return python


@pytest.mark.slow
@pytest.mark.xdist_group("old_libraries")  # the interpreter is made once, by nobody else at the same time
@pytest.mark.skipif(sys.version_info >= (3, 13), reason="the old libraries have no wheels for it")
@pytest.mark.parametrize("dataset_id", ["retail_oltp_small", "retail_star_small", "benchmark_orders", "benchmark_customers"])
def test_old_libraries_give_the_same_rows(plan_of: Callable[..., Plan], oldest: Path, dataset_id: str) -> None:
    """numpy 1.26, pyarrow 14, pandas 2.1: equal digests, from one JSON value and the folders of engine and program alone."""
    plan = plan_of(dataset_id, target_rows=5_000)
    spans = {table.name: (list(table.primary_key), table.first_row, table.first_row + table.rows) for table in plan.tables}
    engine = Engine(plan.program)
    here = {
        table.name: [digest_of(list(engine.batches(*_span(table.name, spans))), table.primary_key), table.rows, len(table.columns)]
        for table in plan.tables
    }
    done = subprocess.run(
        [str(oldest), "-c", CODE, str(ROOT)],
        input=json.dumps([to_json(plan.program), [KNOWN.read(pool.sha256).decode() for pool in plan.program.pools.values()], spans]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    versions, others, found = json.loads(done.stdout)
    assert versions == OLDEST
    assert others == []
    assert found == here


def _span(name: str, spans: dict[str, tuple[list[str], int, int]]) -> tuple[str, int, int]:
    return name, spans[name][1], spans[name][2]
