"""The notebook of the Spark kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.execute.execute import Executed
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.run import run

from .conftest import tables_of


@pytest.mark.slow
def test_rows_are_those_of_python(
    executed: Callable[..., Executed],
    plan_of: Callable[..., Plan],
    tmp_path: Path,
    needs_java: None,
    short_lived: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the same digests."""
    for name, value in short_lived.items():
        monkeypatch.setenv(name, value)
    done = executed("generic_single_dataset_lakehouse_spark", tmp_path / "by_spark", dataset_id="retail_oltp_small", target_rows=200)
    plan = plan_of("retail_oltp_small", target_rows=200)
    assert tables_of(done.value) == {table.name: (table.rows, table.digest) for table in run(plan).tables}
