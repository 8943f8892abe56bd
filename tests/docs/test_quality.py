"""The page on the quality report lists every check there is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.derived import derive
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.quality.words import warnings
from ingen_fab.synthetic_data.core.run.manifest import find_manifest
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

ROOT = Path(__file__).parents[2]


def test_every_check_is_listed() -> None:
    """And nothing is listed that no dataset has: shipped ones, and one of a user."""
    text = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8").partition("## The checks")[2].partition("## The limits")[0]
    listed = {name for row in re.findall(r"(?m)^\| ([A-Z][^|]+) \|", text) for name in row.split(", ")}
    own = DatasetConfigurationRepository([ROOT / "tests" / "quality" / "own"])
    found: set[str] = set()
    for name in (info.dataset_id for info in own.list()):
        if not name.endswith("_large"):
            found |= {check.name for check in derive(make_plan(resolve_parameters(name, repository=own))).checks}
    assert listed == found


@pytest.mark.slow
def test_the_example_runs(
    plan_of: Callable[..., Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It tells the strongest association of each table; the line of the warning is the one of a column that was copied."""
    text = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"(?s)```python\n(.*?)```", text)
    plan = plan_of(
        "retail_oltp_small", output_settings__output_dir=str(tmp_path / "synthetic_data"), output_settings__output_mode="parquet"
    )
    assert run(plan).status == "COMPLETED"
    monkeypatch.chdir(tmp_path)
    exec(example, {})  # noqa: S102  # our own page
    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert {line[0] for line in told} <= set(plan.names)
    assert all(float(line[3]) > 0.4 and line[4] in ("named", "cause") for line in told)
    (file,) = (tmp_path / "synthetic_data" / "Files").glob("*/customers/data.parquet")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TABLE t AS SELECT * REPLACE (loyalty_tier AS gender) FROM '{file}'")
        connection.execute(f"COPY t TO '{file}' (FORMAT parquet)")
    damaged = validate(plan, find_manifest(plan.output.root), groups=(), associations=True)
    # The limit follows from how many pairs are looked at.
    (found,) = (line for line in warnings(damaged) if "gender and loyalty_tier" in line)
    (shown,) = (line.strip() for line in text.splitlines() if line.startswith("    warning: "))
    assert re.sub(r"limit 0\.\d\d", "limit", found) == re.sub(r"limit 0\.\d\d", "limit", shown)
