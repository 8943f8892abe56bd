"""What a run refuses before it writes anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import DiskSpaceError, ExistsError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.events import Event, PhaseChanged
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


class Panic(BaseException):
    """As libraries in Rust raise it: not an Exception."""


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (Panic("it broke\nbacktrace"), "FAILED", "this should not have happened (Panic: it broke); please report it with the file "),
        (KeyError("x"), "FAILED", "this should not have happened (KeyError: 'x'); please report it with the file "),
        (KeyboardInterrupt(), "CANCELLED", "cancelled"),
    ],
    ids=["panic", "bug", "Ctrl-C"],
)
@pytest.mark.parametrize("phase", ["generate", "publish", "log"])
def test_whatever_is_raised_ends_in_a_sentence(
    plan_of: Callable[..., Plan], tmp_path: Path, reports_of_defects: Path, error: BaseException, status: str, told: str, phase: str
) -> None:
    """In every phase: a status, one line, and a root in which the next run works."""

    def emit(event: Event) -> None:
        if isinstance(event, PhaseChanged) and event.phase == phase:
            raise error

    result = run(plan_of("retail_oltp_small", target_rows=20, tables=["stores"]), emit=emit, datasets=())
    assert "\n" not in result.message
    if phase == "log":
        # Everything is published: nothing is left to cancel.
        assert result.status == ("COMPLETED" if status == "CANCELLED" else "FAILED")
        assert result.status == "COMPLETED" or result.message.endswith("what was written is complete")
    else:
        assert result.status == status
        assert told in result.message
    reports = list(reports_of_defects.glob("synthetic-data-error-*"))
    assert len(reports) == (status == "FAILED")
    for report in reports:
        assert "Traceback" in report.read_text()
        report.unlink()
    assert not (tmp_path / "out" / ".staging").exists()
    assert run(plan_of("retail_oltp_small", target_rows=20, tables=["stores"]), datasets=()).status == "COMPLETED"
