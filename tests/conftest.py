"""Fixtures for all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

MakePlan = Callable[..., Plan]


@pytest.fixture
def plan_of(tmp_path: Path) -> MakePlan:
    """Makes plans that write under the test's own folder: `plan_of("retail_oltp_small", target_rows=100)`."""

    def make(dataset_id: str, *, window: Any = None, as_of: Any = None, datasets: Any = (), **flags: Any) -> Plan:
        given = {name.replace("__", "."): value for name, value in flags.items()}
        given.setdefault("output_settings.output_dir", str(tmp_path / "out"))
        resolved = resolve_parameters(dataset_id, flags=given, repository=DatasetConfigurationRepository(datasets))
        return make_plan(resolved, window=window, as_of=as_of)

    return make
