"""What a run tells about its own cost."""

from __future__ import annotations

import subprocess
import sys

_LAUNCHER = """
import subprocess, sys
taken = b"x" * (1 << 30)
told = subprocess.run([sys.executable, "-c", sys.argv[1]], capture_output=True, text=True, check=True)
print(told.stdout, end="")
"""
_TOLD = "from ingen_fab.synthetic_data.core.run.metrics import peak_memory; print(peak_memory())"


def test_the_peak_of_a_process_is_not_that_of_its_launcher() -> None:
    """A gigabyte that the launcher holds is not told as the memory of the run that it starts."""
    told = subprocess.run([sys.executable, "-c", _LAUNCHER, _TOLD], capture_output=True, text=True, check=True)
    assert 1 << 20 < int(told.stdout) < 1 << 29
