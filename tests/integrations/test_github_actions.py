"""The steps of a workflow, run as GitHub runs them: the data is generated first, and the tests are told where it lies."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
Shell = Callable[..., subprocess.CompletedProcess[str]]

SPECIFIED = """
# GitHub Actions workflow
name: Generate Test Data
on: [push]

jobs:
  generate-data:
    runs-on: ubuntu-latest
    steps:
      - name: Generate Synthetic Data
        run: |
          ingen_fab package synthetic-data generate \\
            retail_oltp_small \\
            --target-rows 10000 \\
            --seed ${{ github.run_number }}
      
      - name: Run Tests
        run: pytest tests/ --test-data-path=./synthetic_data/
"""  # noqa: W293
"""The workflow of the specification."""

TESTS = """
def test_it_reads_what_the_step_before_wrote(synthetic_dataset, synthetic_duckdb):
    found = synthetic_dataset("retail_oltp_small", target_rows=10_000)
    assert (found.root.name, found.seed, found.rows["orders"]) == ("synthetic_data", 123, 10_000)
    orders, wrong = synthetic_duckdb("retail_oltp_small").execute(
        "SELECT count(*), count(*) FILTER (customer_id NOT IN (SELECT customer_id FROM customers)) FROM orders"
    ).fetchone()
    assert (orders, wrong) == (10_000, 0)
"""
DOCUMENTED = re.search(r"```yaml\n(name: .*?)```", (ROOT / "docs" / "testing.md").read_text(), re.DOTALL)


def steps(workflow: str) -> list[str]:
    """What the steps of a workflow run, as GitHub fills it in; what installs is there already."""
    jobs: dict[str, Any] = yaml.safe_load(workflow)["jobs"]
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    filled = [re.sub(r"\$\{\{ *github\.run_number *\}\}", "123", script) for script in scripts]
    assert not any("${{" in script for script in filled)
    return [script for script in filled if not script.startswith("pip install ")]


@pytest.mark.parametrize("workflow", [SPECIFIED, DOCUMENTED[1] if DOCUMENTED else ""], ids=["specified", "documented"])
def test_the_steps_of_a_workflow(tmp_path: Path, shell: Shell, workflow: str) -> None:
    """One after another in the folder of the checkout; the tests get what was generated, and write nothing."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_orders.py").write_text(TESTS)
    scripts = steps(workflow)
    assert len(scripts) == 2
    before: list[Path] = []
    for script in scripts:
        before = sorted((tmp_path / "synthetic_data").rglob("*"))
        done = shell(script, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert sorted((tmp_path / "synthetic_data").rglob("*")) == before
