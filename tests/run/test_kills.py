"""Series that are killed at random moments end where an undisturbed one does, and nobody has read a row twice or half a day.

The suite kills each kind twice; `pytest -m kills` kills a hundred times in all.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

KINDS = ("parquet", "csv", "delta", "warehouse")
pytestmark = [pytest.mark.slow, pytest.mark.kills, pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")]


@pytest.mark.parametrize("how", KINDS)
def test_a_series_that_is_killed_goes_on(request: pytest.FixtureRequest, tmp_path: Path, how: str) -> None:
    """Until it is whole; what somebody read on the way was whole as well."""
    times = 100 // len(KINDS) if request.config.getoption("markexpr") == "kills" else 2
    script = Path(__file__).with_name("kills.py")
    command = [sys.executable, str(script), str(tmp_path), how, str(times), "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3_600)
    assert done.returncode == 0, done.stderr
    killed, seen = map(int, done.stdout.split())
    assert killed == times
    assert seen or how == "warehouse", "nobody has read anything"
