"""What a run refuses before it writes anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import DiskSpaceError, ExistsError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.run import run


def test_a_full_disk_is_foreseen(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A plan of a hundred billion orders does not fit: a sentence says so, and nothing is staged or logged."""
    plan = plan_of("retail_oltp_large", target_rows=100_000_000_000, chunking_config__enabled=False)
    with pytest.raises(DiskSpaceError, match="GB free"):
        run(plan)
    assert [path.name for path in (tmp_path / "out").iterdir()] in ([], [".lock"])


@pytest.mark.parametrize(
    ("environment", "mode"), [("lakehouse", "table"), ("lakehouse", "csv"), ("warehouse", "table"), ("warehouse", "parquet")]
)
def test_existing_output_is_kept(plan_of: Callable[..., Plan], environment: str, mode: str) -> None:
    """With `if_exists: fail` the second run is refused in every kind of output; another schema is free."""

    def plan(**more: str) -> Plan:
        return plan_of(
            "retail_oltp_small",
            target_rows=20,
            output_settings__target_environment=environment,
            output_settings__output_mode=mode,
            output_settings__if_exists="fail",
            **more,
        )

    assert run(plan()).status == "COMPLETED"
    with pytest.raises(ExistsError):
        run(plan())
    assert run(plan(output_settings__schema="another")).status == "COMPLETED"
