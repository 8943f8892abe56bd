"""The page on the quality report lists every check there is."""

from __future__ import annotations

import re
from pathlib import Path

from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.quality.derived import derive
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
